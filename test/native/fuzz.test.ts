import assert from 'node:assert/strict';
import { Random } from '../../scripts/bench/random.js';
import { instantiate, RawEngine } from '../../scripts/bench/tape.js';
import * as codes from '../../src/engine/constants/codes.js';
import { fuzzFrame, goodFrames } from './frames.js';

const page = 65536;
const home = ['10.20.0.0/16', 'fd20:20::/32'];
const fates = Array.from({ length: 10 }, (_, i) => codes.COUNTER_DECODED + i);

/** Every frame has exactly one fate, nothing is left half done, and the memory is what it was. */
function checkInvariants(raw: RawEngine, frames: number): void {
  const counters = raw.counters();
  const of = (index: number): number => counters[index] as number;
  assert.equal(of(codes.COUNTER_FRAMES), frames, 'frames counted');
  assert.equal(
    fates.reduce((sum, fate) => sum + of(fate), 0),
    frames,
    'the fates add up to the frames',
  );
  assert.equal(raw.engine.memory.buffer.byteLength, page);
  assert.equal(raw.engine.recordsPending(), 0);
  for (const [used, peak] of [
    [codes.COUNTER_SOURCES_USED, codes.COUNTER_SOURCES_PEAK],
    [codes.COUNTER_EPISODES_OPEN, codes.COUNTER_EPISODES_PEAK],
  ] as const) {
    assert.ok(of(used) <= of(peak) && of(peak) < 4096, `occupancy ${of(used)} of a peak of ${of(peak)}`);
  }
}

describe('the engine under frames that nobody meant to send', function () {
  this.timeout(60_000);
  const good = goodFrames(4000);

  it('has a memory of one page that cannot grow', () => {
    const { memory } = instantiate();
    assert.equal(memory.buffer.byteLength, page);
    assert.throws(() => memory.grow(1), RangeError);
  });

  it('decodes the good frames that the broken ones are made of', () => {
    const raw = new RawEngine(instantiate(), home);
    for (const [i, frame] of good.entries()) raw.push(i, frame.link, frame.head, frame.original);
    raw.flush();
    checkInvariants(raw, good.length);
    const decoded = raw.counters()[codes.COUNTER_DECODED] as number;
    // ARP has no place behind the raw IP links: those frames are not decoded, and rightly.
    assert.ok(decoded > good.length * 0.97, `${decoded} of ${good.length} decoded`);
  });

  for (const seed of [1, 2, 3, 4]) {
    it(`takes 50,000 mutated and random frames without a trap, each with one fate (seed ${seed})`, () => {
      const random = new Random(seed);
      const raw = new RawEngine(instantiate(), home, [random.next(), random.next()]);
      let time = random.next();
      for (let i = 0; i < 50_000; i++) {
        const frame = fuzzFrame(random, good);
        // Mostly forwards by a little; at times a leap, at times backwards, and over the wrap of the clock.
        time = (time + (random.below(500) ? random.below(20) : random.next())) >>> 0;
        raw.push(time, frame.link, frame.head, frame.original);
        if (random.below(2000) === 0) raw.engine.tick(time);
      }
      raw.flush();
      checkInvariants(raw, 50_000);
    });
  }

  for (const seed of [5, 6, 7]) {
    it(`takes frame headers that lie about their lengths, and a batch length that does (seed ${seed})`, () => {
      const random = new Random(seed);
      const raw = new RawEngine(instantiate(), home);
      const { engine, memory } = raw;
      const start = engine.batchAddress(),
        capacity = engine.batchCapacity();
      let frames = 0;
      for (let i = 0; i < 2000; i++) {
        let at = 0;
        while (at < capacity - 300) {
          const { link, head, original } = fuzzFrame(random, good);
          const captured = random.below(3) ? head.length : random.below(256);
          memory.set(
            [
              0,
              i,
              i >> 8,
              0,
              captured,
              link,
              random.below(3) ? original : random.next(),
              random.below(3) ? original >> 8 : random.next(),
            ],
            start + at,
          );
          memory.set(head, start + at + 8);
          at += random.below(10) ? 8 + ((head.length + 3) & ~3) : 8 + random.below(200);
        }
        frames += engine.batch(
          [at, random.below(capacity), capacity, capacity + random.below(9), random.next(), 0, 7][i % 7] as number,
        );
        raw.drain();
      }
      engine.flush(raw.clock);
      raw.drain();
      checkInvariants(raw, frames);
    });
  }

  it('looks at nothing past the end of a head', () => {
    const run = (poison: number): RawEngine => {
      const random = new Random(98);
      const raw = new RawEngine(instantiate(), home);
      const start = raw.engine.batchAddress(),
        end = start + raw.engine.batchCapacity();
      for (let i = 0; i < 5_000; i++) {
        const frame = fuzzFrame(random, good);
        raw.memory.fill(poison, start, end);
        raw.push(i * 2, frame.link, frame.head, frame.original);
        raw.run();
      }
      raw.memory.fill(0, start, end);
      return raw;
    };
    assert.deepEqual(run(0).memory, run(0xff).memory);
  });

  it('gives the same records for the same frames, and takes batches of any size alike', () => {
    const run = (every: number): Buffer => {
      const random = new Random(99);
      const raw = new RawEngine(instantiate(), home);
      for (let i = 0; i < 20_000; i++) {
        const frame = fuzzFrame(random, good);
        raw.push(i * 2, frame.link, frame.head, frame.original);
        if (i % every === 0) raw.run();
      }
      raw.flush();
      return raw.records;
    };
    const once = run(1);
    assert.ok(once.length > 0);
    assert.deepEqual(run(1), once);
    assert.deepEqual(run(64), once);
    assert.deepEqual(run(1_000_000), once);
  });
});
