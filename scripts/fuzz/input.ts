/**
 * The fuzzer's inputs, written and played: the format stands at the head of harness.c. What the harness asserts of the C
 * build is asserted here of any build behind the engine's exports, so that the tests need no clang.
 */
import assert from 'node:assert/strict';
import type { EngineExports } from '../../host/sensor/engine.js';
import * as codes from '../../src/engine/constants/codes.js';
import * as memory from '../../src/engine/constants/memory.js';
import { ENGINE_CONFIG_BYTES } from '../../src/protocol/engine-config.js';

const frameHeader = 8;
const mostFrames = 2000;
/** Times are told apart within 2^31 ms, the clock wraps after 2^32: a story sees both. */
const mostElapsedMs = 49 * 86_400_000;
const units = [1, 50, 1000, 20_000, 600_000, 7_200_000, -1, -7000];
const budgets = [0, 1, 8, 255];
/** Nats. */
const thresholds = [0, 1, 4, 64];

const [TICK, FLUSH, RUN, SWEEP, CONFIGURE] = [0x80, 0x81, 0x82, 0x83, 0x84];

export interface Setup {
  /** 0 the tests' office, 1 none, 2 many blocks, 3 a config block full of ones. */
  home?: 0 | 1 | 2 | 3;
  /** Alert records a minute: 0 the default, 1 one, 2 eight, 3 255. */
  budget?: 0 | 1 | 2 | 3;
  /** The threshold, nats: 0 the default, 1 one, 2 four, 3 sixty-four. */
  threshold?: 0 | 1 | 2 | 3;
  /** 203.0.113.0/24 is on the watch list. */
  watch?: boolean;
  packed?: boolean;
  /** High byte of the first time. */
  clock?: number;
}

/** The byte for a pause of about so many ms. */
function pauseOf(ms: number): number {
  if (ms < 0) return ms > -1000 ? (6 << 5) | Math.min(31, -ms) : (7 << 5) | Math.min(31, Math.ceil(-ms / 7000));
  const unit = units.findIndex((size) => ms / size <= 31);
  return unit < 0 ? (5 << 5) | 31 : (unit << 5) | Math.round(ms / (units[unit] as number));
}

function setupByte({ home = 0, budget = 0, threshold = 0, watch = false, packed = false }: Setup): number {
  return home | (budget << 2) | (threshold << 4) | (watch ? 0x40 : 0) | (packed ? 0x80 : 0);
}

/** Writes an input, operation by operation. */
export class InputWriter {
  readonly #bytes: number[];

  constructor(setup: Setup = {}) {
    this.#bytes = [setupByte(setup), setup.clock ?? 0];
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** `wire` and `captured` are written as they are given, true or not. */
  frame(
    link: number,
    head: Uint8Array,
    pauseMs = 1,
    wire = head.length,
    captured = Math.min(head.length, memory.HEAD_BYTES),
  ): this {
    const length = Math.min(wire, 0xffff);
    this.#bytes.push(link & 7, pauseOf(pauseMs), captured, length & 0xff, length >> 8);
    for (let i = 0; i < captured && i < memory.HEAD_BYTES; i++) this.#bytes.push(head[i] ?? 0);
    return this;
  }

  tick(pauseMs: number): this {
    this.#bytes.push(TICK, pauseOf(pauseMs));
    return this;
  }

  flush(pauseMs: number): this {
    this.#bytes.push(FLUSH, pauseOf(pauseMs));
    return this;
  }

  run(bytes: number): this {
    this.#bytes.push(RUN, bytes & 0xff, bytes >> 8);
    return this;
  }

  /** Another config; `packed` and `clock` do not count. */
  configure(setup: Setup): this {
    this.#bytes.push(CONFIGURE, setupByte(setup));
    return this;
  }

  sweep(place: number, count: number, pauseMs = 1): this {
    this.#bytes.push(SWEEP, pauseOf(pauseMs), count, place);
    return this;
  }
}

function writeHome(config: Uint8Array, home: number): void {
  const block4 = (i: number): void => config.set([0, 0, 20 + i, 10, 0, 0, 255, 255], 8 + 8 * i);
  if (home === 0) {
    config.set([1, 1]);
    block4(0);
    config.set([0xfd, 0x20, 0, 0x20], 136);
    config[152] = 32;
  } else if (home === 2) {
    config.set([16, 8]);
    for (let i = 0; i < 16; i++) block4(i);
    for (let i = 0; i < 8; i++) {
      config.set([0xfd, 0x20, 0, i], 136 + 24 * i);
      config[152 + 24 * i] = 128 - 18 * i;
    }
  } else if (home === 3) {
    config.fill(255);
  }
}

/** The config block of a setup's byte. */
function configOf(setup: number): Uint8Array {
  const config = new Uint8Array(ENGINE_CONFIG_BYTES);
  writeHome(config, setup & 3);
  config.set([budgets[(setup >> 2) & 3] as number, 0], 2);
  const threshold = codes.EVIDENCE_PER_NAT * (thresholds[(setup >> 4) & 3] as number);
  config.set([threshold & 0xff, threshold >> 8], 4);
  if (setup & 0x40) {
    config[6] = 1;
    config.set([0, 113, 0, 203, 0, 255, 255, 255], 336);
  }
  return config;
}

/** Plays inputs to a build of the engine, and checks after each call what must always hold. */
export class Player {
  readonly #engine: EngineExports;
  readonly #page: Uint8Array;
  readonly #view: DataView;
  readonly #batch: number;
  readonly #capacity: number;
  readonly #records: Uint8Array[] = [];
  #input = new Uint8Array();
  #at = 0;
  #now = 0;
  #elapsed = 0;
  /** Time has only gone forwards, and all of it by #passTime. */
  #clockIsSound = true;
  #filled = 0;
  #frames = 0;
  #pushed = 0;
  #packed = false;
  #constants = new Uint8Array();
  #heldBackTold = 0;
  #last = { link: 0, captured: 0, wire: 0, head: new Uint8Array(memory.HEAD_BYTES) };

  constructor(engine: EngineExports) {
    this.#engine = engine;
    this.#page = new Uint8Array(engine.memory.buffer);
    this.#view = new DataView(engine.memory.buffer);
    this.#batch = engine.batchAddress();
    this.#capacity = engine.batchCapacity();
  }

  /** All records of this input, one after another. */
  get records(): Buffer {
    return Buffer.concat(this.#records);
  }

  get frames(): number {
    return this.#frames;
  }

  counters(): number[] {
    const at = this.#engine.countersAddress();
    return Array.from({ length: codes.COUNTER_COUNT }, (_, i) => this.#view.getUint32(at + 4 * i, true));
  }

  play(input: Uint8Array): void {
    this.#input = input.slice();
    this.#at = 0;
    this.#begin(this.#u8(), this.#u8());
    while (this.#at < input.length && this.#pushed < mostFrames) this.#operation(this.#u8());
    this.#runPacked();
    this.#engine.tick(this.#now);
    this.#check();
    this.#flush();
    assert.deepEqual(
      this.#page.slice(0, memory.COUNTERS_AT),
      this.#constants,
      'the engine wrote into its config or its constants',
    );
    assert.ok(
      this.#page.subarray(memory.END).every((byte) => byte === 0),
      'the engine wrote behind its last table',
    );
  }

  #begin(setup: number, clock: number): void {
    this.#page.set(configOf(setup), this.#engine.configAddress());
    this.#engine.start(1, 2, 1);
    this.#packed = (setup & 0x80) !== 0;
    this.#now = (clock << 24) >>> 0;
    this.#elapsed = 0;
    this.#clockIsSound = true;
    this.#filled = this.#frames = this.#pushed = this.#heldBackTold = 0;
    this.#records.length = 0;
    this.#last = { link: 0, captured: 0, wire: 0, head: new Uint8Array(memory.HEAD_BYTES) };
    this.#constants = this.#page.slice(0, memory.COUNTERS_AT);
  }

  #configure(setup: number): void {
    this.#runPacked();
    const at = this.#engine.configAddress();
    const config = configOf(setup);
    const before = this.#page.slice();
    this.#page.set(config, at);
    this.#engine.configure();
    if (Buffer.compare(before.subarray(at, at + config.length), config) === 0) {
      assert.ok(Buffer.compare(before, this.#page) === 0, 'the same config has changed something');
    }
    this.#constants = this.#page.slice(0, memory.COUNTERS_AT);
    this.#check();
  }

  #operation(operation: number): void {
    if (operation < 0x80) return this.#readFrame(operation & 7);
    if ((operation & 7) === (CONFIGURE & 7)) return this.#configure(this.#u8());
    switch (0x80 | (operation & 3)) {
      case RUN:
        // What is left of older batches runs again, headers and their times cut anywhere.
        this.#clockIsSound = false;
        return this.#run(this.#u16() % (this.#capacity + 1));
      case SWEEP:
        return this.#sweep();
      default:
        this.#runPacked();
        this.#passTime(this.#u8());
        if (operation & 1) return this.#flush();
        this.#engine.tick(this.#now);
        this.#check();
    }
  }

  #readFrame(link: number): void {
    this.#passTime(this.#u8());
    const captured = this.#u8();
    const wire = this.#u16();
    const head = new Uint8Array(memory.HEAD_BYTES);
    for (let i = 0; i < Math.min(captured, memory.HEAD_BYTES); i++) head[i] = this.#u8();
    this.#last = { link, captured, wire, head };
    this.#push();
  }

  #sweep(): void {
    const [pause, count, place] = [this.#u8(), this.#u8(), this.#u8() % memory.HEAD_BYTES];
    for (let i = 0; i < count; i++) {
      this.#passTime(pause);
      this.#last.head[place] = (this.#last.head[place] as number) + 1;
      this.#push();
    }
  }

  #push(): void {
    if (this.#pushed++ >= mostFrames) return;
    const { link, captured, wire, head } = this.#last;
    const bytes = Math.min(captured, memory.HEAD_BYTES);
    const padded = (bytes + 3) & ~3;
    if (this.#filled + frameHeader + padded > this.#capacity) this.#runPacked();
    const at = this.#batch + this.#filled;
    this.#view.setUint32(at, this.#now, true);
    this.#page.set([captured, link, wire & 0xff, wire >> 8], at + 4);
    this.#page.fill(0, at + frameHeader, at + frameHeader + padded);
    this.#page.set(head.subarray(0, bytes), at + frameHeader);
    this.#filled += frameHeader + padded;
    if (!this.#packed) this.#runPacked();
  }

  #runPacked(): void {
    if (this.#filled) this.#run(this.#filled);
  }

  #run(bytes: number): void {
    this.#frames += this.#engine.batch(bytes);
    this.#filled = 0;
    this.#check();
  }

  #flush(): void {
    this.#engine.flush(this.#now);
    const counters = this.#check();
    assert.equal(counters[codes.COUNTER_EPISODES_OPEN], 0, 'episodes open after a flush');
    assert.equal(this.#heldBackTold, counters[codes.COUNTER_HELD_BACK], 'the digests tell what was held back');
  }

  #check(): number[] {
    const { memory: page } = this.#engine;
    const pending = this.#engine.recordsPending();
    assert.ok(pending <= memory.RECORD_SLOTS, `${pending} records wait`);
    for (let i = 0; i < pending; i++) {
      const record = this.#page.slice(this.#engine.recordAddress(i)).subarray(0, codes.RECORD_BYTES);
      checkRecord(record, this.#clockIsSound);
      this.#records.push(record);
      if (record[codes.RECORD_KIND] === codes.KIND_DIGEST)
        this.#heldBackTold += Buffer.from(record).readUInt32LE(codes.RECORD_PROBES);
    }
    this.#engine.recordsRelease(pending);
    const counters = this.counters();
    checkCounters(counters, this.#frames, this.#records.length);
    assert.equal(page.buffer.byteLength, memory.PAGE_BYTES);
    return counters;
  }

  #passTime(pause: number): void {
    const step = (pause & 31) * (units[pause >> 5] as number);
    if (this.#elapsed + step > mostElapsedMs) return;
    this.#elapsed += step;
    if (step < 0) this.#clockIsSound = false;
    this.#now = (this.#now + step) >>> 0;
  }

  #u8(): number {
    return this.#input[this.#at++] ?? 0;
  }

  #u16(): number {
    return this.#u8() | (this.#u8() << 8);
  }
}

function within(value: number, least: number, most: number, what: string): void {
  assert.ok(value >= least && value <= most, `a record's ${what} is ${value}`);
}

/** Is this a record that says something? */
function checkRecord(record: Uint8Array, clockIsSound: boolean): void {
  const u8 = (at: number): number => record[at] as number;
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const u32 = (at: number): number => view.getUint32(at, true);
  within(u8(codes.RECORD_STAGE), codes.STAGE_START, codes.STAGE_WHISPER, 'stage');
  within(u8(codes.RECORD_KIND), codes.KIND_HOST_SWEEP, most('KIND'), 'kind');
  assert.equal(
    u8(codes.RECORD_STAGE) === codes.STAGE_WHISPER,
    [codes.KIND_WHISPER, codes.KIND_KNOCKS].includes(u8(codes.RECORD_KIND)),
    "a whisper's stage and kind",
  );
  within(
    u8(codes.RECORD_FLAGS),
    0,
    codes.FLAG_SCAN | codes.FLAG_SPOOFABLE | codes.FLAG_AGGREGATE | codes.FLAG_DECOY,
    'flags',
  );
  within(u8(codes.RECORD_SEVERITY), codes.SEVERITY_LOW, codes.SEVERITY_CRITICAL, 'severity');
  within(u8(codes.RECORD_CONFIDENCE), 0, 100, 'confidence');
  within(u8(codes.RECORD_TOOL), 0, most('TOOL'), 'tool');
  within(u8(codes.RECORD_TECHNIQUE), 0, most('TECHNIQUE'), 'technique');
  within(u8(codes.RECORD_SERVICE_COUNT), 0, codes.RECORD_MAX_SERVICES, 'service count');
  within(u8(codes.RECORD_SHAPE_SHIFT), 0, 31, 'shape step');
  if (u8(codes.RECORD_KIND) !== codes.KIND_DIGEST) {
    // Of these nobody knows the source, or there are many.
    const knocks = u8(codes.RECORD_KIND) === codes.KIND_KNOCKS;
    if (knocks) within(u32(codes.RECORD_TARGETS), 1, Math.min(codes.KNOCKS_MOST, u32(codes.RECORD_PROBES)), 'knocks');
    if (knocks) within(u32(codes.RECORD_DARK), 0, u32(codes.RECORD_TARGETS), 'knocks that met nobody');
    const nobody =
      knocks || [codes.KIND_DISTRIBUTED_SCAN, codes.KIND_FLOOD, codes.KIND_ARP_SHADOW].includes(u8(codes.RECORD_KIND));
    const families = nobody ? [codes.FAMILY_NONE] : [codes.FAMILY_MAC, codes.FAMILY_IPV4, codes.FAMILY_IPV6];
    assert.ok(families.includes(u8(codes.RECORD_FAMILY)), `a record's family is ${u8(codes.RECORD_FAMILY)}`);
    within(u8(codes.RECORD_DIRECTION), codes.DIRECTION_INBOUND, codes.DIRECTION_TRANSIT, 'direction');
    within(
      u8(codes.RECORD_PROTOCOL),
      knocks || u8(codes.RECORD_KIND) === codes.KIND_NEW_TALKER ? 0 : codes.PROTOCOL_TCP,
      most('PROTOCOL'),
      'protocol',
    );
  }
  const [time, first, last] = [u32(codes.RECORD_TIME), u32(codes.RECORD_FIRST), u32(codes.RECORD_LAST)];
  // The clock set back dates records anew.
  if (!clockIsSound) return;
  assert.ok(((last - first) | 0) >= 0, `a record's first time ${first} is after its last ${last}`);
  assert.ok(((time - last) | 0) >= 0, `a record's last time ${last} is after its own ${time}`);
}

/** The highest code of a group of codes.ts, such as KIND_*: a new code needs no change here. */
export function most(group: string): number {
  return Math.max(
    ...Object.entries(codes)
      .filter(([name]) => name.startsWith(`${group}_`))
      .map(([, value]) => value),
  );
}

function checkCounters(counters: number[], frames: number, records: number): void {
  const of = (index: number): number => counters[index] as number;
  const fates = counters
    .slice(codes.COUNTER_DECODED, codes.COUNTER_MALFORMED_TRANSPORT + 1)
    .reduce((sum, n) => sum + n, 0);
  assert.equal(of(codes.COUNTER_FRAMES), frames, 'frames counted, frames run');
  assert.equal(fates, frames, 'the fates add up to the frames');
  assert.equal(of(codes.COUNTER_RECORDS) - of(codes.COUNTER_RECORDS_LOST), records, 'records counted, records taken');
  const rising: [string, ...number[]][] = [
    ['sources', of(codes.COUNTER_SOURCES_USED), of(codes.COUNTER_SOURCES_PEAK), memory.SOURCE_SLOTS],
    ['probation', of(codes.COUNTER_PROBATION_USED), memory.PROBATION_SETS * memory.PROBATION_WAYS],
    ['presence', of(codes.COUNTER_PRESENCE_USED), memory.PRESENCE_SETS * memory.PRESENCE_WAYS],
    ['episodes', of(codes.COUNTER_EPISODES_OPEN), of(codes.COUNTER_EPISODES_PEAK), memory.EPISODE_SLOTS],
    ['episodes opened', of(codes.COUNTER_EPISODES_PEAK), of(codes.COUNTER_EPISODES)],
    ['episodes cut', of(codes.COUNTER_EPISODES_CUT), of(codes.COUNTER_EPISODES)],
    ['contacts unjudged', of(codes.COUNTER_CONTACTS_UNJUDGED), of(codes.COUNTER_CONTACTS)],
  ];
  for (const [what, ...figures] of rising) {
    assert.ok(
      figures.every((figure, i) => i === 0 || (figures[i - 1] as number) <= figure),
      `${what}: ${figures.join(', ')}`,
    );
  }
}

/** The corpus in one file: each input behind its length, u16 little endian. */
export function packCorpus(inputs: readonly Uint8Array[]): Buffer {
  const ordered = inputs.map((input) => Buffer.from(input)).sort((a, b) => a.length - b.length || Buffer.compare(a, b));
  return Buffer.concat(ordered.flatMap((input) => [Buffer.from(Uint16Array.of(input.length).buffer), input]));
}

export function unpackCorpus(file: Buffer): Uint8Array[] {
  const inputs: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt16LE(at);
    if (at + 2 + length > file.length) throw new Error('the corpus ends within an input');
    inputs.push(file.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return inputs;
}
