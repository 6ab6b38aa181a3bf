/** What the collector's tests share: messages as sensors write them, stores that go away, and a running collector. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Collector, CollectorOptions } from '../../host/collector/collector.js';
import { startCollector } from '../../host/collector/collector.js';
import type { Arrival } from '../../host/collector/rules/decode.js';
import type { ClockState } from '../../src/protocol/alert.js';
import { encodeAlert } from '../../src/protocol/alert.js';
import type { CounterName } from '../../src/protocol/counters.js';
import { counterNames } from '../../src/protocol/counters.js';
import type { Health, HealthFigure } from '../../src/protocol/health.js';
import { encodeHealth, healthFigureNames } from '../../src/protocol/health.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import type { Status } from '../../src/protocol/status.js';
import { encodeStatus } from '../../src/protocol/status.js';
import type { MessageType } from '../../src/protocol/topics.js';
import { buildTopic, clientId } from '../../src/protocol/topics.js';
import { logInto } from './log.js';
import { sampleRecord } from './samples.js';

/** When the tests' world begins: milliseconds since 1970. */
export const T0 = 1_760_000_000_000;

export interface From {
  site?: string;
  sensor?: string;
}

const SITE = 'berlin';
const SENSOR = 'tap-1';

export const topicOf = (messageType: MessageType, { site = SITE, sensor = SENSOR }: From = {}): string =>
  buildTopic(site, sensor, messageType);
export const clientOf = ({ site = SITE, sensor = SENSOR }: From = {}): string => clientId(site, sensor);

export interface AlertChanges extends From {
  boot?: number;
  clock?: ClockState;
  messageType?: 'alert' | 'whisper';
  record?: Partial<TimedRecord>;
}

/** The alert number `sequence` of a sensor. */
export function alert(sequence: number, changes: AlertChanges = {}): Arrival {
  const { boot = 1, clock = 'synced', messageType = 'alert', record } = changes;
  const payload = encodeAlert(sampleRecord(record), { boot, sequence, clock });
  return { topic: topicOf(messageType, changes), payload, retained: false };
}

export interface HealthChanges extends From {
  boot?: number;
  clock?: ClockState;
  time?: number;
  version?: string;
  configProblem?: string;
  updateProblem?: string;
  figures?: Partial<Record<HealthFigure, number>>;
  counters?: Partial<Record<CounterName, number>>;
}

export function health(changes: HealthChanges = {}): Arrival {
  const zero = <T extends string>(names: readonly T[]): Record<T, number> =>
    Object.fromEntries(names.map((name) => [name, 0])) as Record<T, number>;
  const message: Health = {
    boot: changes.boot ?? 1,
    time: changes.time ?? T0,
    clock: changes.clock ?? 'synced',
    version: changes.version ?? '0.1.0',
    configProblem: changes.configProblem ?? '',
    ...(changes.updateProblem === undefined ? {} : { updateProblem: changes.updateProblem }),
    figures: { ...zero(healthFigureNames), uptime: 30_000, ...changes.figures },
    counters: { ...zero(counterNames), ...changes.counters },
  };
  return { topic: topicOf('health', changes), payload: encodeHealth(message), retained: false };
}

export function status(changes: Partial<Status> & From & { retained?: boolean } = {}): Arrival {
  const { site, sensor, retained = false, ...rest } = changes;
  const from = { ...(site ? { site } : {}), ...(sensor ? { sensor } : {}) };
  const message: Status = {
    state: 'online',
    reason: '',
    boot: 1,
    connection: 1,
    version: '0.1.0',
    clock: 'synced',
    time: T0,
    ...rest,
  };
  return { topic: topicOf('status', from), payload: Buffer.from(encodeStatus(message)), retained };
}

/** Gives the location of a store that no other test has open. */
export type Place = () => Promise<string>;

export interface Scratch {
  path: (name: string) => string;
  remove: () => void;
}

/** A directory that is gone when `remove` is called. */
export function scratch(): Scratch {
  const directory = mkdtempSync(join(tmpdir(), 'blockwatch-test-'));
  return {
    path: (name) => join(directory, name),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export interface TestCollector extends Collector {
  reports: string[];
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects; where that is absent, its assertion fails.
  get: (path: string) => Promise<{ status: number; body: any }>;
}

/** A collector on free ports of loopback. */
export async function testCollector(store: string, changes: Partial<CollectorOptions> = {}): Promise<TestCollector> {
  const reports: string[] = [];
  const collector = await startCollector({
    broker: { listen: { host: '127.0.0.1', port: 0, option: '--mqtt' } },
    store,
    http: { host: '127.0.0.1', port: 0, option: '--http' },
    page: '/nonexistent',
    log: logInto(reports),
    ...changes,
  });
  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    const reply = await fetch(collector.url + path);
    return { status: reply.status, body: await reply.json() };
  };
  return { ...collector, reports, get };
}

/** Looks again until `probe` gives something; for what other processes and sockets do in their own time. */
export async function until<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  what = 'it',
): Promise<T> {
  for (let i = 0; i < 1500; i++) {
    const found = await probe();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${what} did not happen`);
}
