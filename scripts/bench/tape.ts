/**
 * The engine's WebAssembly module without the host class around it, and a tape of what is fed to it: the C driver
 * (test/native/replay.c) plays the tape to the C build. Layouts: src/engine/constants/codes.ts and docs/PROTOCOL.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { engineModule } from '../../host/common/paths.js';
import { type EngineExports, writeConfig } from '../../host/sensor/engine.js';
import { COUNTER_COUNT, RECORD_BYTES } from '../../src/engine/constants/codes.js';
import { HEAD_BYTES } from '../../src/engine/constants/memory.js';
import { ENGINE_CONFIG_BYTES, type EngineSettings } from '../../src/protocol/engine-config.js';

const [START, BATCH, TICK, FLUSH, CONFIGURE] = [1, 2, 3, 4, 5];

export function instantiate(path = engineModule): EngineExports {
  const module = new WebAssembly.Module(readFileSync(path));
  return new WebAssembly.Instance(module, {}).exports as unknown as EngineExports;
}

/** Operations one after another, as test/native/replay.c reads them. */
export class Tape {
  readonly #chunks: Uint8Array[] = [];

  #add(operation: number, ...payload: Uint8Array[]): void {
    const length = payload.reduce((sum, part) => sum + part.length, 0);
    this.#chunks.push(
      new Uint8Array(Uint32Array.of(operation, length).buffer),
      ...payload.map((part) => part.slice()),
      new Uint8Array(-length & 3),
    );
  }

  start(config: Uint8Array, low: number, high: number): void {
    this.#add(START, config, new Uint8Array(Uint32Array.of(low, high).buffer));
  }

  configure(config: Uint8Array): void {
    this.#add(CONFIGURE, config);
  }

  batch(frames: Uint8Array): void {
    this.#add(BATCH, frames);
  }

  tick(timeMs: number): void {
    this.#add(TICK, new Uint8Array(Uint32Array.of(timeMs).buffer));
  }

  flush(timeMs: number): void {
    this.#add(FLUSH, new Uint8Array(Uint32Array.of(timeMs).buffer));
  }

  write(path: string): void {
    writeFileSync(path, Buffer.concat(this.#chunks));
  }
}

/** The same exports, with every call that matters written to the tape before it is made. */
export function taped(engine: EngineExports, tape: Tape): EngineExports {
  const bytes = (at: number, length: number): Uint8Array => new Uint8Array(engine.memory.buffer, at, length);
  return {
    ...engine,
    start(low, high, firstEpisode) {
      tape.start(bytes(engine.configAddress(), ENGINE_CONFIG_BYTES), low, high);
      engine.start(low, high, firstEpisode);
    },
    configure() {
      tape.configure(bytes(engine.configAddress(), ENGINE_CONFIG_BYTES));
      engine.configure();
    },
    batch(length) {
      tape.batch(bytes(engine.batchAddress(), length));
      return engine.batch(length);
    },
    tick(timeMs) {
      tape.tick(timeMs);
      engine.tick(timeMs);
    },
    flush(timeMs) {
      tape.flush(timeMs);
      engine.flush(timeMs);
    },
  };
}

/** Feeds frames and takes raw records: as little as can stand between a test and the module. */
export class RawEngine {
  readonly engine: EngineExports;
  readonly memory: Uint8Array;
  readonly #view: DataView;
  readonly #records: Uint8Array[] = [];
  readonly #start: number;
  readonly #capacity: number;
  #used = 0;
  #frames = 0;
  /** Engine clock of the newest frame. */
  clock = 0;

  constructor(engine: EngineExports, home: readonly string[], seed: [number, number] = [1, 2]) {
    this.engine = engine;
    this.memory = new Uint8Array(engine.memory.buffer);
    this.#view = new DataView(engine.memory.buffer);
    writeConfig(this.#view, engine.configAddress(), home);
    engine.start(...seed, 1);
    this.#start = engine.batchAddress();
    this.#capacity = engine.batchCapacity();
  }

  /** The signature of a capture reader's callback, cut to the head as the host does it. */
  readonly take = (
    timeMs: number,
    link: number,
    bytes: Uint8Array,
    offset: number,
    captured: number,
    original: number,
  ): void =>
    this.push(Math.floor(timeMs), link, bytes.subarray(offset, offset + Math.min(captured, HEAD_BYTES)), original);

  /** Appends one frame; `original` and `captured` are written as they are given, true or not. */
  push(timeMs: number, link: number, head: Uint8Array, original: number, captured = head.length): void {
    if (this.#used + 8 + head.length + 3 > this.#capacity) this.run();
    const at = this.#start + this.#used;
    this.clock = timeMs >>> 0;
    this.#view.setUint32(at, this.clock, true);
    this.#view.setUint8(at + 4, captured);
    this.#view.setUint8(at + 5, link);
    this.#view.setUint16(at + 6, Math.min(original, 0xffff), true);
    this.memory.set(head, at + 8);
    this.#used += 8 + ((head.length + 3) & ~3);
    this.#frames++;
  }

  /** Runs what was pushed; returns the frames the engine says there were. */
  run(): number {
    const count = this.#used ? this.engine.batch(this.#used) : 0;
    this.#used = 0;
    this.drain();
    return count;
  }

  /** Another config, for the frames pushed from now on. */
  configure(home: readonly string[], settings: EngineSettings = {}): void {
    this.run();
    const at = this.engine.configAddress();
    this.memory.fill(0, at, at + ENGINE_CONFIG_BYTES);
    writeConfig(this.#view, at, home, settings);
    this.engine.configure();
    this.drain();
  }

  flush(): void {
    this.run();
    this.engine.flush(this.clock);
    this.drain();
  }

  drain(): void {
    const count = this.engine.recordsPending();
    for (let i = 0; i < count; i++) {
      const at = this.engine.recordAddress(i);
      this.#records.push(this.memory.slice(at, at + RECORD_BYTES));
    }
    this.engine.recordsRelease(count);
  }

  /** Frames pushed. */
  get frames(): number {
    return this.#frames;
  }

  /** All records so far, one after another. */
  get records(): Buffer {
    return Buffer.concat(this.#records);
  }

  counters(): number[] {
    const at = this.engine.countersAddress();
    return Array.from({ length: COUNTER_COUNT }, (_, i) => this.#view.getUint32(at + 4 * i, true));
  }
}
