/**
 * The sensor's config: retained JSON on `.../config`. All of it is checked before any of it counts: a sensor that took
 * half a config would watch something nobody asked for.
 */
import { parseBlock } from './address.js';
import { WireError } from './wire-error.js';

export const configDefaults = { alertsPerMinute: 0, healthSeconds: 30, evidence: 0, bytesPerDay: 0 } as const;

/** Bounds of what a config may say; both ends included. */
export const configLimits = {
  /** Bytes of the JSON text. */
  bytes: 4096,
  /** The engine's config block has room for these. */
  ipv4Blocks: 16,
  ipv6Blocks: 8,
  alertsPerMinute: { lowest: 0, highest: 6000 },
  healthSeconds: { lowest: 5, highest: 3600 },
  evidence: { lowest: 0, highest: 100 },
  bytesPerDay: { lowest: 0, highest: 0xffffffff },
  watchBlocks: 48,
} as const;

export interface Config {
  /** Number of this config, raised by whoever writes it; a lower one than that in force is refused. */
  version: number;
  /** Blocks that are ours, in CIDR form. Empty: what the sensor was started with. */
  home: string[];
  /** Alert records a minute before the rest goes into a digest; 0: the engine's default. */
  alertsPerMinute: number;
  /** Seconds between health messages. */
  healthSeconds: number;
  /** Evidence that accuses, whole nats; 0: the engine's default. */
  evidence: number;
  /** The uplink's quota: bytes of messages a day, what TLS adds included; 0: none. */
  bytesPerDay: number;
  /** IPv4 blocks of known adversaries, in CIDR form: a source of theirs is told at its first contact. */
  watch: string[];
}

/** All but `version`. */
export const configMembers = [
  'home',
  'alertsPerMinute',
  'healthSeconds',
  'evidence',
  'bytesPerDay',
  'watch',
] as const satisfies readonly (keyof Config)[];
const members: readonly string[] = ['version', ...configMembers];

/**
 * @param text the JSON as it arrived
 * @throws WireError one sentence for the first thing that is wrong. An unknown member is wrong too: a misspelt setting
 *   that is passed over in silence looks as if it worked.
 */
export function readConfig(text: string): Config {
  if (text.length > configLimits.bytes) throw new WireError(`The config is longer than ${configLimits.bytes} bytes.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WireError('The config is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WireError('The config is not a JSON object.');
  }
  const given = value as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!members.includes(name))
      throw new WireError(`The config has no member "${name.slice(0, 40)}"; it has ${members.join(', ')}.`);
  }
  return {
    version: whole(given, 'version', 1, 0xffffffff),
    home: readHome(given['home']),
    alertsPerMinute: optional(given, 'alertsPerMinute', configDefaults.alertsPerMinute, configLimits.alertsPerMinute),
    healthSeconds: optional(given, 'healthSeconds', configDefaults.healthSeconds, configLimits.healthSeconds),
    evidence: optional(given, 'evidence', configDefaults.evidence, configLimits.evidence),
    bytesPerDay: optional(given, 'bytesPerDay', configDefaults.bytesPerDay, configLimits.bytesPerDay),
    watch: readWatch(given['watch']),
  };
}

/** Whether both say the same. */
export function sameConfig(a: Config, b: Config): boolean {
  const same = (name: 'home' | 'watch'): boolean =>
    a[name].length === b[name].length && a[name].every((block, i) => block === b[name][i]);
  return (
    a.version === b.version &&
    a.alertsPerMinute === b.alertsPerMinute &&
    a.healthSeconds === b.healthSeconds &&
    a.evidence === b.evidence &&
    a.bytesPerDay === b.bytesPerDay &&
    same('home') &&
    same('watch')
  );
}

function whole(given: Record<string, unknown>, name: string, lowest: number, highest: number): number {
  const value = given[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < lowest || value > highest) {
    throw new WireError(`The config's "${name}" is not a whole number from ${lowest} to ${highest}.`);
  }
  return value;
}

function optional(
  given: Record<string, unknown>,
  name: string,
  absent: number,
  limits: { lowest: number; highest: number },
): number {
  return given[name] === undefined ? absent : whole(given, name, limits.lowest, limits.highest);
}

function readHome(value: unknown): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new WireError('The config\'s "home" is not a list of blocks.');
  let ipv4 = 0;
  let ipv6 = 0;
  for (const text of value as unknown[]) {
    const block = typeof text === 'string' ? parseBlock(text) : undefined;
    if (!block) {
      const shown = String(text).slice(0, 60);
      throw new WireError(`The config's home block "${shown}" is not a CIDR block such as 10.0.0.0/8.`);
    }
    if (block.bytes.length === 4) ipv4++;
    else ipv6++;
  }
  if (ipv4 > configLimits.ipv4Blocks || ipv6 > configLimits.ipv6Blocks) {
    const most = `${configLimits.ipv4Blocks} IPv4 and ${configLimits.ipv6Blocks} IPv6`;
    throw new WireError(`The config's "home" has more than ${most} blocks.`);
  }
  return value as string[];
}

function readWatch(value: unknown): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new WireError('The config\'s "watch" is not a list of blocks.');
  for (const text of value as unknown[]) {
    const block = typeof text === 'string' ? parseBlock(text) : undefined;
    if (block?.bytes.length !== 4) {
      const shown = String(text).slice(0, 60);
      throw new WireError(`The config's watched block "${shown}" is not an IPv4 CIDR block such as 192.0.2.0/24.`);
    }
  }
  if (value.length > configLimits.watchBlocks)
    throw new WireError(`The config's "watch" has more than ${configLimits.watchBlocks} blocks.`);
  return value as string[];
}
