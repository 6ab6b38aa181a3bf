/**
 * The engine as the sensor uses it: frames in, timed records out. A new config needs a new engine and a trap makes one;
 * neither may let episode numbers or counters start over within one boot.
 */
import type { Config } from '../../src/protocol/config.js';
import type { TimedRecord } from '../../src/protocol/record.js';

/** One frame of a capture. The bytes are only lent: they may change after the call that brought them. */
export interface Frame {
  /** Milliseconds since 1970; may have a fraction. */
  timeMs: number;
  /** LINK_* of src/engine/codes.ts */
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
  takeRecords(): TimedRecord[];
  counters(): Record<string, number>;
  readonly traps: number;
  /** Frames that went down with a trap. */
  readonly framesLost: number;
}

/** What of a config concerns the engine; absent means the engine's default. */
export interface EngineSettings {
  home?: string[];
  alertsPerMinute?: number;
  evidence?: number;
  watch?: string[];
}

export type LoadEngine = (settings: EngineSettings) => Promise<EngineLike>;

/** Counters that say how full something is: those of an engine that is gone do not count. All others add up. */
const GAUGE = /(Used|Peak|Open)$/;

export class Watch {
  readonly #load: LoadEngine;
  readonly #home: string[];
  #engine: EngineLike;
  #next: EngineLike | undefined;
  #loading: Promise<void> = Promise.resolve();
  /** Records that the engine before left behind. */
  #left: TimedRecord[] = [];
  #spent: Record<string, number> = {};
  #spentTraps = 0;
  #spentFrames = 0;
  #trapsSeen = 0;
  #episodeBase = 0;
  #highestEpisode = 0;

  private constructor(load: LoadEngine, home: string[], engine: EngineLike) {
    this.#load = load;
    this.#home = home;
    this.#engine = engine;
  }

  /** @param home what the command line says; a config that names blocks goes before it */
  static async begin(load: LoadEngine, home: string[], config: Config | undefined): Promise<Watch> {
    return new Watch(load, home, await load(settings(home, config)));
  }

  /** Puts a config to work: with the next frame or tick after the new engine is loaded. */
  configure(config: Config): Promise<void> {
    // One after the other, so that the last config wins, not the last to be loaded. A failure concerns its caller only.
    const before = this.#loading.catch(() => {});
    this.#loading = before.then(async () => {
      this.#next = await this.#load(settings(this.#home, config));
    });
    return this.#loading;
  }

  push(frame: Frame): void {
    if (this.#next) this.#change();
    this.#engine.push(frame.timeMs, frame.link, frame.bytes, frame.offset, frame.captured, frame.original);
    this.#noticeTrap();
  }

  run(): void {
    this.#engine.run();
    this.#noticeTrap();
  }

  tick(timeMs: number): void {
    if (this.#next) this.#change();
    this.#engine.tick(timeMs);
    this.#noticeTrap();
  }

  /** The end of the input: judges what is pending. */
  flush(): void {
    this.#engine.run();
    this.#engine.flush();
    this.#noticeTrap();
  }

  takeRecords(): TimedRecord[] {
    const taken = this.#left.concat(this.#take());
    this.#left = [];
    return taken;
  }

  counters(): Record<string, number> {
    const total = { ...this.#engine.counters() };
    for (const [name, value] of Object.entries(this.#spent)) {
      if (!GAUGE.test(name)) total[name] = (total[name] ?? 0) + value;
    }
    return total;
  }

  get traps(): number {
    return this.#spentTraps + this.#engine.traps;
  }

  get framesLost(): number {
    return this.#spentFrames + this.#engine.framesLost;
  }

  /** After a trap the engine counts episodes from 1 again; what it still holds is from before. */
  #noticeTrap(): void {
    if (this.#engine.traps === this.#trapsSeen) return;
    this.#trapsSeen = this.#engine.traps;
    this.#left.push(...this.#take());
    this.#episodeBase = this.#highestEpisode;
  }

  #take(): TimedRecord[] {
    const records = this.#engine.takeRecords();
    for (const record of records) {
      record.episode += this.#episodeBase;
      this.#highestEpisode = Math.max(this.#highestEpisode, record.episode);
    }
    return records;
  }

  #change(): void {
    const next = this.#next as EngineLike;
    this.#next = undefined;
    this.flush();
    this.#left.push(...this.#take());
    this.#spent = this.counters();
    this.#spentTraps = this.traps;
    this.#spentFrames = this.framesLost;
    this.#trapsSeen = 0;
    this.#episodeBase = this.#highestEpisode;
    this.#engine = next;
  }
}

function settings(home: string[], config: Config | undefined): EngineSettings {
  const blocks = config && config.home.length > 0 ? config.home : home;
  return {
    ...(blocks.length > 0 ? { home: blocks } : {}),
    ...(config && config.alertsPerMinute > 0 ? { alertsPerMinute: config.alertsPerMinute } : {}),
    ...(config && config.evidence > 0 ? { evidence: config.evidence } : {}),
    ...(config && config.watch.length > 0 ? { watch: config.watch } : {}),
  };
}
