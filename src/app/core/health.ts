/** Builds the health message from the parts of the app. The machine's own figures come in as `vitals`. */

import type { CounterName } from '../../protocol/counters.js';
import { counterNames } from '../../protocol/counters.js';
import type { Health, HealthFigure } from '../../protocol/health.js';
import { encodeHealth, healthFigureNames } from '../../protocol/health.js';
import type { Outbox } from './outbox.js';
import type { Clock } from './ports.js';

/** Figures of the engine's host; counters by the names of src/protocol/counters.ts. */
export interface EngineHealth {
  counters(): Record<string, number>;
  /** Times the engine trapped since the boot. */
  readonly traps: number;
  /** Frames lost in traps. */
  readonly framesLost: number;
}

/** Figures of the machine: `tapLost` everywhere, the others on boards. */
export type Vitals = Partial<
  Pick<
    Record<HealthFigure, number>,
    | 'tapLost'
    | 'ringDropped'
    | 'restarts'
    | 'freeHeap'
    | 'signalLoss'
    | 'updateStep'
    | 'updateBytes'
    | 'updatesRefused'
    | 'updateStrays'
  >
>;

export interface HealthParts {
  version: string;
  clock: Clock;
  outbox: Outbox;
  engine: EngineHealth;
  connections: number;
  quota: { readonly sent: number; readonly low: boolean };
  vitals: Vitals;
  config: { version: number; refused: number; problem: string; healthSeconds: number };
  /** Why the last update was refused or abandoned; absent or empty if none was. */
  updateProblem?: string;
}

export function buildHealth(parts: HealthParts): Uint8Array {
  return encodeHealth(describeHealth(parts));
}

function describeHealth(parts: HealthParts): Health {
  const { outbox, clock, config } = parts;
  const known: Partial<Record<HealthFigure, number>> = {
    uptime: clock.uptime(),
    sequence: outbox.sequence,
    settled: outbox.settled,
    outboxUsed: outbox.used,
    outboxCapacity: outbox.capacity,
    outboxPeak: outbox.peak,
    droppedAlerts: outbox.dropped.alert,
    droppedProgress: outbox.dropped.progress,
    droppedWhispers: outbox.dropped.whisper,
    resent: outbox.resent,
    storageErrors: outbox.storageErrors,
    connections: parts.connections,
    bytesSent: parts.quota.sent,
    quotaWaiting: parts.quota.low ? outbox.waiting : 0,
    traps: parts.engine.traps,
    trapLost: parts.engine.framesLost,
    configVersion: config.version,
    configRefused: config.refused,
    healthSeconds: config.healthSeconds,
    ...parts.vitals,
  };
  const figures = {} as Record<HealthFigure, number>;
  for (const name of healthFigureNames) figures[name] = known[name] ?? 0;
  const given = parts.engine.counters();
  const counters = {} as Record<CounterName, number>;
  for (const name of counterNames) counters[name] = given[name] ?? 0;
  return {
    boot: outbox.boot,
    time: clock.now(),
    clock: clock.state(),
    version: parts.version,
    configProblem: config.problem,
    ...(parts.updateProblem ? { updateProblem: parts.updateProblem } : {}),
    figures,
    counters,
  };
}
