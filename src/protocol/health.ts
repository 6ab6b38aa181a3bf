/** The health message: a CBOR map with integer keys, described in docs/PROTOCOL.md. */
import type { ClockState } from './alert.js';
import { CborWriter } from './cbor.js';
import type { CounterName } from './counters.js';
import { counterNames, counters } from './counters.js';
import { WireError } from './wire-error.js';
import { codeAt, has, textAt, U32_MAX, unsigned, unsignedAt } from './wire-read.js';

/** Keys of the map that do not hold a figure. */
export const healthKeys = {
  boot: 1,
  time: 2,
  clock: 3,
  version: 4,
  configProblem: 5,
  counters: 6,
  updateProblem: 7,
} as const;

/** Figures: name -> key. Each is an unsigned number, 0 where the message does not have it. */
export const healthFigures = {
  /** Milliseconds since the boot. */
  uptime: 10,
  /** The newest sequence number given to a message of this boot; 0 before the first. */
  sequence: 11,
  /** Every message of this boot up to this number was acknowledged or dropped: what the store lacks of them is lost. */
  settled: 12,
  outboxUsed: 13,
  outboxCapacity: 14,
  outboxPeak: 15,
  /** Messages that left the full outbox unsent since the boot, by class. */
  droppedAlerts: 16,
  droppedProgress: 17,
  droppedWhispers: 18,
  /** Messages sent again after a lost connection. */
  resent: 19,
  /** Connections to the broker since the boot. */
  connections: 20,
  /** Times the engine trapped and was started anew. */
  traps: 21,
  /** Frames the tap lost before the engine saw them. */
  tapLost: 22,
  /** `version` of the config in force; 0 where none was received. */
  configVersion: 23,
  /** Configs refused since the boot. */
  configRefused: 24,
  /** Bytes; boards only. */
  freeHeap: 25,
  /** Signal of the uplink in dB below 1 mW, sign dropped; boards with a radio uplink only. */
  signalLoss: 26,
  /** Writes to the outbox's storage that failed: its messages are in memory only. */
  storageErrors: 27,
  /** Frames that went down with a trap of the engine. */
  trapLost: 28,
  /** Frames that found the ring before the engine full; they are part of `tapLost`. Boards only. */
  ringDropped: 29,
  /** Times the sensor started anew without being asked to: faults, the watchdog, the power. Boards only. */
  restarts: 30,
  /** Seconds until the next health message, as the sensor means it: who hears nothing for longer knows that something is wrong. */
  healthSeconds: 40,
  /** What becomes of an update: the number of a step of `updateSteps`. */
  updateStep: 50,
  /** Bytes of the new image that are here. */
  updateBytes: 51,
  /** Updates refused or given up since the boot. */
  updatesRefused: 52,
  /** Blocks of an image that nobody had asked for. */
  updateStrays: 53,
  /** Bytes sent to the broker since the boot, what MQTT and TLS add included. */
  bytesSent: 41,
  /** Messages in the outbox that wait for the quota. */
  quotaWaiting: 42,
} as const;

/** Steps of an update as they are numbered in health; 0: there is none, or it is done. */
export const updateSteps = ['none', 'waiting', 'fetching', 'checking', 'trial', 'failed'] as const;
export type UpdateStep = (typeof updateSteps)[number];

export type HealthFigure = keyof typeof healthFigures;
export const healthFigureNames = Object.keys(healthFigures) as HealthFigure[];

const clocks = ['uptime', 'synced'] as const;
/** Longest texts, in characters. */
const LONGEST_VERSION = 64;
const LONGEST_PROBLEM = 200;

export interface Health {
  boot: number;
  /** Milliseconds since 1970, or since the boot where `clock` is `uptime`. */
  time: number;
  clock: ClockState;
  /** Version of the sensor's program, engine included. */
  version: string;
  /** Why the last config was refused, as one sentence; empty where it was not. */
  configProblem: string;
  /** Why the last update was refused or given up, as one sentence; absent where none was. */
  updateProblem?: string;
  figures: Record<HealthFigure, number>;
  counters: Record<CounterName, number>;
}

/** Figures and counters that are 0 are left out; the reader puts them back. */
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
 * Checks a decoded health message and gives what it says. Unknown keys and counters are passed over.
 *
 * @param message the CBOR map, integer keys
 * @throws WireError one sentence for the first thing that is wrong
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
