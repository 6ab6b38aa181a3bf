/**
 * Runs the engine's WebAssembly module on a computer. Calling it per frame would cost more than the detection itself,
 * so frame heads are packed into the engine's batch area and processed together.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { HEAD_BYTES } from '../../src/engine/constants/memory.js';
import { counterNames, isGauge, readCounters } from '../../src/protocol/counters.js';
import type { EngineSettings } from '../../src/protocol/engine-config.js';
import { ENGINE_CONFIG_BYTES, homeOrPrivate, writeEngineConfig } from '../../src/protocol/engine-config.js';
import { readRecord, type TimedRecord } from '../../src/protocol/record.js';
import { WireError } from '../../src/protocol/wire-error.js';
import { UserError } from '../common/errors.js';
import { engineModule } from '../common/paths.js';

/** The engine's exports (src/engine/index.ts). */
export interface EngineExports {
  memory: WebAssembly.Memory;
  configAddress(): number;
  start(seedLow: number, seedHigh: number, firstEpisode: number): void;
  configure(): void;
  batchAddress(): number;
  batchCapacity(): number;
  batch(bytes: number): number;
  tick(timeMs: number): void;
  flush(timeMs: number): void;
  recordsPending(): number;
  recordAddress(index: number): number;
  recordsRelease(count: number): void;
  countersAddress(): number;
}

export interface EngineOptions extends EngineSettings {
  /** Seed of every hash; random by default. The same seed and frames produce the same records. */
  seed?: [number, number];
  /** Path of the module. */
  module?: string;
}

const clockWrap = 2 ** 32;
/** Words are read and written in this machine's byte order, which preserves the bytes. */
const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const maxBatchMs = 1000;
/** Bytes of a frame's header: time, head length, link type, length on the wire. */
const frameHeader = 8;

/** Like writeEngineConfig, but throws a UserError for an invalid block or too many blocks. */
export function writeConfig(view: DataView, at: number, home: readonly string[], options: EngineSettings = {}): void {
  try {
    writeEngineConfig(view, at, home, options);
  } catch (error) {
    if (error instanceof WireError) throw new UserError('BW_USAGE', { problem: error.message });
    throw error;
  }
}

/** The config block of these settings. Throws like writeConfig. */
function configBlock(settings: EngineSettings): Uint8Array {
  const block = new Uint8Array(ENGINE_CONFIG_BYTES);
  writeConfig(new DataView(block.buffer), 0, homeOrPrivate(settings.home), settings);
  return block;
}

export class Engine {
  /** Number of traps, after each of which the engine restarted. */
  traps = 0;
  /** Frames lost to traps. */
  framesLost = 0;
  private readonly module: WebAssembly.Module;
  /** Stored here because a trap destroys the engine's memory. */
  private block: Uint8Array;
  /** Higher than every episode number used in this boot, across traps. */
  private nextEpisode = 1;
  private readonly seed: [number, number];
  private exports!: EngineExports;
  private view!: DataView;
  /** The engine's memory as 32-bit words, for fast copying. */
  private words!: Int32Array;
  /** View of the buffer that the latest frame came from. */
  private source: DataView = new DataView(new ArrayBuffer(0));
  private batchAt = 0;
  private batchEnd = 0;
  /** End of the packed frames. */
  private filled = 0;
  private packed = 0;
  /** Time of the first packed frame. */
  private packedFrom = 0;
  /** Time of the latest frame or tick, ms since 1970; engine times are resolved relative to it. */
  private now = 0;
  private records: TimedRecord[] = [];
  /** Sum of the counters of trapped engines. */
  private readonly accumulated: Record<string, number> = {};

  private constructor(module: WebAssembly.Module, options: EngineOptions) {
    this.module = module;
    this.block = configBlock(options);
    const random = randomBytes(8);
    this.seed = options.seed ?? [random.readUInt32LE(0), random.readUInt32LE(4)];
    this.begin();
  }

  static load(options: EngineOptions = {}): Promise<Engine> {
    const path = options.module ?? engineModule;
    if (!existsSync(path)) return Promise.reject(new UserError('BW_NOT_BUILT'));
    try {
      return Promise.resolve(new Engine(new WebAssembly.Module(readFileSync(path)), options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private begin(): void {
    this.exports = new WebAssembly.Instance(this.module).exports as unknown as EngineExports;
    this.view = new DataView(this.exports.memory.buffer);
    this.words = new Int32Array(this.exports.memory.buffer);
    this.batchAt = this.exports.batchAddress();
    this.batchEnd = this.batchAt + this.exports.batchCapacity();
    this.filled = this.batchAt;
    this.packed = 0;
    this.writeBlock();
    this.exports.start(this.seed[0], this.seed[1], this.nextEpisode);
  }

  private writeBlock(): void {
    new Uint8Array(this.exports.memory.buffer).set(this.block, this.exports.configAddress());
  }

  /**
   * Applies another config to the frames pushed from now on. Learned state, counters and open scans stay
   * (src/engine/index.ts, configure).
   *
   * @throws UserError for an invalid block or too many blocks; the previous config then stays
   */
  configure(settings: EngineSettings): void {
    const block = configBlock(settings);
    this.run();
    this.block = block;
    this.guard(() => {
      this.writeBlock();
      this.exports.configure();
    });
  }

  /** Appends the head of a frame; processes the batch first if it would not fit. `timeMs` in ms since 1970. */
  push(timeMs: number, link: number, bytes: Uint8Array, offset: number, captured: number, original: number): void {
    const length = Math.min(captured, HEAD_BYTES);
    const at = this.filled;
    const data = at + frameHeader;
    const next = data + ((length + 3) & ~3);
    // A batch spans at most a second, so that the record ring never overflows, and a wrong timestamp dates only its own
    // records.
    if (next > this.batchEnd || (this.packed > 0 && Math.abs(timeMs - this.packedFrom) > maxBatchMs)) {
      this.run();
      return this.push(timeMs, link, bytes, offset, captured, original);
    }
    this.now = timeMs;
    // ToUint32 of a float is the time modulo 2^32, rounded down: exactly the engine's clock, and far faster than %.
    const wire = Math.min(original, 0xffff);
    this.view.setInt32(at, timeMs >>> 0, true);
    this.view.setInt32(at + 4, length | (link << 8) | (wire << 16), true);
    this.copyHead(data, bytes, offset, length);
    this.filled = next;
    if (this.packed++ === 0) this.packedFrom = timeMs;
  }

  /**
   * Copies eight aligned words per iteration: twice as fast as the same loop through views on both sides, and faster
   * than set(subarray()), which allocates an object per frame.
   */
  private copyHead(to: number, bytes: Uint8Array, offset: number, length: number): void {
    if (this.source.buffer !== bytes.buffer) this.source = new DataView(bytes.buffer);
    const { source, words, view } = this;
    let from = bytes.byteOffset + offset;
    let word = to >> 2;
    const end = word + (length >> 2);
    for (; word + 8 <= end; word += 8, from += 32) {
      words[word] = source.getInt32(from, littleEndian);
      words[word + 1] = source.getInt32(from + 4, littleEndian);
      words[word + 2] = source.getInt32(from + 8, littleEndian);
      words[word + 3] = source.getInt32(from + 12, littleEndian);
      words[word + 4] = source.getInt32(from + 16, littleEndian);
      words[word + 5] = source.getInt32(from + 20, littleEndian);
      words[word + 6] = source.getInt32(from + 24, littleEndian);
      words[word + 7] = source.getInt32(from + 28, littleEndian);
    }
    for (; word < end; word++, from += 4) words[word] = source.getInt32(from, littleEndian);
    for (let at = word << 2; at < to + length; at++, from++) view.setUint8(at, source.getUint8(from));
  }

  /** Processes the packed frames and collects the records. */
  run(): void {
    if (this.packed === 0) return;
    const bytes = this.filled - this.batchAt;
    this.guard(() => this.exports.batch(bytes));
    this.filled = this.batchAt;
    this.packed = 0;
  }

  /** Advances time without frames. */
  tick(timeMs: number): void {
    this.run();
    if (timeMs > this.now) this.now = timeMs;
    const now = (this.now % clockWrap) >>> 0;
    this.guard(() => this.exports.tick(now));
  }

  /** Ends the input: closes open episodes. */
  flush(): void {
    this.run();
    const now = (this.now % clockWrap) >>> 0;
    this.guard(() => this.exports.flush(now));
  }

  /** The records since the last call, oldest first. */
  takeRecords(): TimedRecord[] {
    const records = this.records;
    this.records = [];
    return records;
  }

  /** All counters by name, across restarts. */
  counters(): Record<string, number> {
    const now = readCounters(this.view, this.exports.countersAddress());
    const out: Record<string, number> = {};
    for (const name of counterNames) out[name] = now[name] + (this.accumulated[name] ?? 0);
    return out;
  }

  private guard(work: () => void): void {
    try {
      work();
      this.drain();
    } catch (error) {
      // A stack overflow and a record outside the page are RangeErrors in JavaScript.
      if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
      // Memory is not trustworthy after a trap: restart with the same config. The frames of this batch are lost.
      this.traps++;
      this.framesLost += this.packed;
      const counted = readCounters(this.view, this.exports.countersAddress());
      for (const name of counterNames) {
        if (!isGauge(name)) this.accumulated[name] = (this.accumulated[name] ?? 0) + counted[name];
      }
      this.begin();
    }
  }

  private drain(): void {
    const pending = this.exports.recordsPending();
    for (let i = 0; i < pending; i++) {
      const record = readRecord(this.view, this.exports.recordAddress(i));
      this.nextEpisode = Math.max(this.nextEpisode, record.episode + 1);
      this.records.push({
        ...record,
        time: this.epoch(record.time),
        first: this.epoch(record.first),
        last: this.epoch(record.last),
      });
    }
    if (pending > 0) this.exports.recordsRelease(pending);
  }

  /** The time in ms since 1970 nearest to now with these low 32 bits. */
  private epoch(engineMs: number): number {
    const now = Math.floor(this.now);
    const difference = (engineMs - ((now % clockWrap) >>> 0)) | 0;
    return now + difference;
  }
}
