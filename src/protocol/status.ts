/**
 * The status message: birth, farewell and will, all retained on the same topic. JSON, so that people who watch the
 * broker can read it; it is rare, so its size does not matter.
 */
import { parseBlock } from './address.js';
import type { ClockState } from './alert.js';
import { WireError } from './wire-error.js';

export interface Status {
  state: 'online' | 'offline';
  /** `lost` comes from the will, which the broker publishes for the sensor. Empty while online. */
  reason: '' | 'stopped' | 'lost';
  boot: number;
  /** Number of the connection within the boot, from 1: distinguishes an old connection's will from the next birth. */
  connection: number;
  version: string;
  clock: ClockState;
  /** Creation time; for a will, that of its connection. Unit as in the alert. */
  time: number;
  /** The sensor's home blocks, in CIDR form; absent if none are configured. */
  home?: readonly string[];
  /** Name of the board, as in its images; absent if the sensor is not a board. */
  board?: string;
}

export type StatusMeta = Pick<Status, 'boot' | 'connection' | 'version' | 'clock' | 'time' | 'home' | 'board'>;

export function birth(meta: StatusMeta): Status {
  return { state: 'online', reason: '', ...meta };
}

/** The sensor's message on a deliberate stop. */
export function farewell(meta: StatusMeta): Status {
  return { state: 'offline', reason: 'stopped', ...meta };
}

/** The broker's message when the connection is lost. */
export function will(meta: StatusMeta): Status {
  return { state: 'offline', reason: 'lost', ...meta };
}

export function encodeStatus(status: Status): string {
  return JSON.stringify(status);
}

/**
 * Whether `next` replaces `current` of the same boot. The will of an older connection may arrive after the next birth
 * and does not replace it. Within one connection the order is birth, then farewell or will. The numbers of two boots do
 * not show which is later.
 */
export function supersedes(next: Status, current: Status | undefined): boolean {
  if (!current) return true;
  if (next.connection !== current.connection) return next.connection > current.connection;
  return next.state === 'offline' || current.state === 'online';
}

/** @throws WireError one sentence for the first error; unknown members are ignored */
export function readStatus(text: string): Status {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WireError('The status is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WireError('The status is not a JSON object.');
  }
  const member = value as Record<string, unknown>;
  const oneOf = <T extends string>(name: string, allowed: readonly T[]): T => {
    const found = allowed.find((known) => known === member[name]);
    if (found === undefined) throw new WireError(`The status has no valid "${name}".`);
    return found;
  };
  const whole = (name: string, lowest: number): number => {
    const number = member[name];
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < lowest) {
      throw new WireError(`The status's "${name}" is not a whole number from ${lowest}.`);
    }
    return number;
  };
  const version = member['version'];
  if (typeof version !== 'string' || version.length > 64) {
    throw new WireError('The status\'s "version" is not text of at most 64 characters.');
  }
  const home = readHome(member['home']);
  return {
    state: oneOf('state', ['online', 'offline'] as const),
    reason: oneOf('reason', ['', 'stopped', 'lost'] as const),
    boot: whole('boot', 0),
    connection: whole('connection', 0),
    version,
    clock: oneOf('clock', ['synced', 'uptime'] as const),
    time: whole('time', 0),
    ...(home.length > 0 ? { home } : {}),
    // An invalid name is dropped, as a block is: it alone must not make a birth invalid.
    ...(typeof member['board'] === 'string' && /^[a-z0-9_]{1,32}$/.test(member['board'])
      ? { board: member['board'] }
      : {}),
  };
}

/** Maximum number of blocks in a status: as many as in a config. */
const MAX_BLOCKS = 24;

/** An invalid block is dropped: it alone must not make a birth invalid. */
function readHome(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[])
    .slice(0, MAX_BLOCKS)
    .filter((text): text is string => typeof text === 'string' && parseBlock(text) !== undefined);
}
