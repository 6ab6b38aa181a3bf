/** What the sensor and its engine say to each other: frames in, settings in, timed records out. */
import type { Config } from '../../src/protocol/config.js';
import type { EngineSettings } from '../../src/protocol/engine-config.js';
import { homeOf } from '../../src/protocol/engine-config.js';
import type { TimedRecord } from '../../src/protocol/record.js';

/** One frame of a capture. The bytes are only lent: they may change after the call that brought them. */
export interface Frame {
  /** Milliseconds since 1970; may have a fraction. */
  timeMs: number;
  /** LINK_* of src/engine/constants/codes.ts */
  link: number;
  /** The frame's head stands at `offset` and is `captured` bytes long. */
  bytes: Uint8Array;
  offset: number;
  captured: number;
  /** Length on the wire. */
  original: number;
}

/** What the sensor needs of `Engine` in ./engine.ts. */
export interface EngineLike {
  push(timeMs: number, link: number, bytes: Uint8Array, offset: number, captured: number, original: number): void;
  run(): void;
  tick(timeMs: number): void;
  flush(): void;
  /** Holds for what is pushed from now on; what it throws changes nothing. */
  configure(settings: EngineSettings): void;
  takeRecords(): TimedRecord[];
  counters(): Record<string, number>;
  readonly traps: number;
  /** Frames that went down with a trap. */
  readonly framesLost: number;
}

export type LoadEngine = (settings: EngineSettings) => Promise<EngineLike>;

/** @param home what the command line says; a config that names blocks goes before it */
export function engineSettings(home: readonly string[], config: Config | undefined): EngineSettings {
  const blocks = homeOf(config, home);
  return {
    ...(blocks.length > 0 ? { home: blocks } : {}),
    ...(config && config.alertsPerMinute > 0 ? { alertsPerMinute: config.alertsPerMinute } : {}),
    ...(config && config.evidence > 0 ? { evidence: config.evidence } : {}),
    ...(config && config.watch.length > 0 ? { watch: config.watch } : {}),
  };
}
