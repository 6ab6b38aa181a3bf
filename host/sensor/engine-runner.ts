/** The interface between the sensor and its engine: frames and settings in, timed records out. */
import type { Config } from '../../src/protocol/config.js';
import type { EngineSettings } from '../../src/protocol/engine-config.js';
import { homeOf } from '../../src/protocol/engine-config.js';
import type { TimedRecord } from '../../src/protocol/record.js';

/** One captured frame. Its bytes may change after the call that passed them. */
export interface Frame {
  /** Milliseconds since 1970; may have a fraction. */
  timeMs: number;
  /** LINK_* of src/engine/constants/codes.ts */
  link: number;
  /** The frame's head starts at `offset` and has `captured` bytes. */
  bytes: Uint8Array;
  offset: number;
  captured: number;
  /** Length on the wire. */
  original: number;
}

/** The part of `Engine` (./engine.ts) that the sensor uses. */
export interface EngineRunner {
  push(timeMs: number, link: number, bytes: Uint8Array, offset: number, captured: number, original: number): void;
  run(): void;
  tick(timeMs: number): void;
  flush(): void;
  /** Applies to frames pushed from now on; if it throws, nothing changes. */
  configure(settings: EngineSettings): void;
  takeRecords(): TimedRecord[];
  counters(): Record<string, number>;
  readonly traps: number;
  /** Frames lost to traps. */
  readonly framesLost: number;
}

export type LoadEngine = (settings: EngineSettings) => Promise<EngineRunner>;

/** @param home from the command line; home blocks in the config take precedence */
export function engineSettings(home: readonly string[], config: Config | undefined): EngineSettings {
  const blocks = homeOf(config, home);
  return {
    ...(blocks.length > 0 ? { home: blocks } : {}),
    ...(config && config.alertsPerMinute > 0 ? { alertsPerMinute: config.alertsPerMinute } : {}),
    ...(config && config.evidence > 0 ? { evidence: config.evidence } : {}),
    ...(config && config.sampleKey > 0 ? { sampleKey: config.sampleKey } : {}),
    ...(config && config.watch.length > 0 ? { watch: config.watch } : {}),
  };
}

/** How long an outcome may take, in steps as fine as the engine's housekeeping. ms */
const OUTCOMES = { for: 5_000, every: 250 };
/** How long a suspicion report may take; not longer, because then scans would begin to end by their silence. ms */
const REPORTS = { for: 5 * 60_000 - 1, every: 15_000 };

/**
 * After the last frame of a capture, at `lastMs`: time runs on until every outcome is decided, then the input ends. Not
 * for an input that was stopped: its answers may still have come.
 *
 * @param toReports also until the next suspicion report, for who asked for them
 */
export function finishCapture(engine: Pick<EngineRunner, 'tick' | 'flush'>, lastMs: number, toReports = false): void {
  const end = toReports ? REPORTS.for : OUTCOMES.for;
  for (let passed = 0; Number.isFinite(lastMs) && passed < end; ) {
    passed = Math.min(end, passed + (passed < OUTCOMES.for ? OUTCOMES.every : REPORTS.every));
    engine.tick(lastMs + passed);
  }
  engine.flush();
}
