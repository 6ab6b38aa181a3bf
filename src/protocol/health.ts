/** The health message: a CBOR map with integer keys, specified in docs/PROTOCOL.md. */
import type { ClockState } from './alert.js';
import { CborWriter } from './cbor.js';
import type { CounterName } from './counters.js';
import { counterNames, counters } from './counters.js';
import { WireError } from './wire-error.js';
import { codeAt, has, textAt, U32_MAX, unsigned, unsignedAt } from './wire-read.js';

/** Keys of the map that are not figures. */
export const healthKeys = {
  boot: 1,
  time: 2,
  clock: 3,
  version: 4,
  configProblem: 5,
  counters: 6,
  updateProblem: 7,
} as const;

/** Figures: name -> key. Each is an unsigned number, 0 if the message omits it. */
export const healthFigures = {
  /** Milliseconds since the boot. */
  uptime: 10,
  /** The newest sequence number of this boot; 0 before the first message. */
  sequence: 11,
  /**
   * Every message of this boot up to this number was acknowledged or dropped: those missing from the store are lost.
   */
  settled: 12,
  outboxUsed: 13,
  outboxCapacity: 14,
  outboxPeak: 15,
  /** Messages dropped unsent from the full outbox since the boot, by class. */
  droppedAlerts: 16,
  droppedProgress: 17,
  droppedWhispers: 18,
  /** Messages sent again after a lost connection. */
  resent: 19,
  /** Connections to the broker since the boot. */
  connections: 20,
  /** Restarts of the engine after a trap. */
  traps: 21,
  /** Frames the tap lost before the engine saw them. */
  tapLost: 22,
  /** `version` of the config in force; 0 if none was received. */
  configVersion: 23,
  /** Configs refused since the boot. */
  configRefused: 24,
  /** Bytes; boards only. */
  freeHeap: 25,
  /** Signal of the uplink in dB below 1 mW, sign dropped; boards with a radio uplink only. */
  signalLoss: 26,
  /** Failed writes to the outbox's storage: the affected messages are in memory only. */
  storageErrors: 27,
  /** Frames lost in traps of the engine. */
  trapLost: 28,
  /** Frames that found the ring before the engine full; included in `tapLost`. Boards only. */
  ringDropped: 29,
  /** Unintended restarts of the sensor: faults, the watchdog, power cuts. Boards only. */
  restarts: 30,
  /** Planned seconds until the next health message: a longer silence indicates a fault. */
  healthSeconds: 40,
  /** State of an update: the number of a step in `updateSteps`. */
  updateStep: 50,
  /** Bytes of the new image received so far. */
  updateBytes: 51,
  /** Updates refused or abandoned since the boot. */
  updatesRefused: 52,
  /** Image blocks that were not requested. */
  updateStrays: 53,
  /** Bytes sent to the broker since the boot, MQTT and TLS overhead included. */
  bytesSent: 41,
  /** Messages in the outbox that wait for the quota. */
  quotaWaiting: 42,
} as const;

/** Steps of an update by their number in health; 0: none, or finished. */
export const updateSteps = ['none', 'waiting', 'fetching', 'checking', 'trial', 'failed'] as const;
export type UpdateStep = (typeof updateSteps)[number];

export type HealthFigure = keyof typeof healthFigures;
export const healthFigureNames = Object.keys(healthFigures) as HealthFigure[];

const clocks = ['uptime', 'synced'] as const;
/** Maximum text lengths, in characters. */
const LONGEST_VERSION = 64;
const LONGEST_PROBLEM = 200;

export interface Health {
  boot: number;
  /** Milliseconds since 1970, or since the boot if `clock` is `uptime`. */
  time: number;
  clock: ClockState;
  /** Version of the sensor's program, engine included. */
  version: string;
  /** Why the last config was refused, as one sentence; empty if it was accepted. */
  configProblem: string;
  /** Why the last update was refused or abandoned, as one sentence; absent if none was. */
  updateProblem?: string;
  figures: Record<HealthFigure, number>;
  counters: Record<CounterName, number>;
}

/** Figures and counters that are 0 are omitted; the reader restores them. */
export function encodeHealth(health: Health): Uint8Array {
  const figures = healthFigureNames.filter((name) => whole(health.figures[name]) > 0);
  const counts = counterNames.filter((name) => whole(health.counters[name]) > 0);
  const problem = health.configProblem.slice(0, LONGEST_PROBLEM);
  const update = health.updateProblem?.slice(0, LONGEST_PROBLEM);
  const out = new CborWriter(320);
  out.map(5 + (problem ? 1 : 0) + (update ? 1 : 0) + figures.length);
  out.integer(healthKeys.boot).integer(whole(health.boot));
  out.integer(healthKeys.time).integer(whole(health.time));
  out.integer(healthKeys.clock).integer(clocks.indexOf(health.clock));
  out.integer(healthKeys.version).text(health.version.slice(0, LONGEST_VERSION));
  if (problem) out.integer(healthKeys.configProblem).text(problem);
  if (update) out.integer(healthKeys.updateProblem).text(update);
  out.integer(healthKeys.counters).map(counts.length);
  for (const name of counts) out.integer(counters[name]).integer(whole(health.counters[name]));
  for (const name of figures) out.integer(healthFigures[name]).integer(whole(health.figures[name]));
  return out.finish();
}

function whole(value: number): number {
  return value > 0 ? Math.min(Math.round(value), Number.MAX_SAFE_INTEGER) : 0;
}

/**
 * Validates and reads a decoded health message. Unknown keys and counters are ignored.
 *
 * @param message the CBOR map, integer keys
 * @throws WireError one sentence for the first error
 */
export function readHealth(message: unknown): Health {
  if (!(message instanceof Map)) throw new WireError('The health message is not a CBOR map.');
  const map = message as Map<unknown, unknown>;
  const counts: unknown = map.get(healthKeys.counters);
  if (!(counts instanceof Map)) throw new WireError(`The counters (key ${healthKeys.counters}) are not a CBOR map.`);
  const figures = {} as Record<HealthFigure, number>;
  for (const name of healthFigureNames) {
    figures[name] = optional(map.get(healthFigures[name]), `figure ${name}`);
  }
  const counted = {} as Record<CounterName, number>;
  for (const name of counterNames) counted[name] = optional(counts.get(counters[name]), `counter ${name}`);
  return {
    boot: unsignedAt(map, healthKeys.boot, 'boot', U32_MAX),
    time: unsignedAt(map, healthKeys.time, 'time', Number.MAX_SAFE_INTEGER),
    clock: codeAt(map.get(healthKeys.clock), 'clock', clocks, 0),
    version: textAt(map, healthKeys.version, 'version', LONGEST_VERSION),
    configProblem: has(map, healthKeys.configProblem)
      ? textAt(map, healthKeys.configProblem, 'config problem', LONGEST_PROBLEM)
      : '',
    ...(has(map, healthKeys.updateProblem)
      ? { updateProblem: textAt(map, healthKeys.updateProblem, 'update problem', LONGEST_PROBLEM) }
      : {}),
    figures,
    counters: counted,
  };
}

function optional(value: unknown, name: string): number {
  return value === undefined ? 0 : unsigned(value, name, Number.MAX_SAFE_INTEGER);
}
