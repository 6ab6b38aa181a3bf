import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { readCapture } from '../../host/capture/read.js';
import { UserError } from '../../host/common/errors.js';
import { homeOf, testCaptures } from '../../scripts/bench/engine-speed.js';
import { Random } from '../../scripts/bench/random.js';
import { instantiate, RawEngine } from '../../scripts/bench/tape.js';
import { checkedEngine } from '../../scripts/checked-engine.js';
import * as memory from '../../src/engine/constants/memory.js';
import { fuzzFrame, goodFrames } from '../native/frames.js';

const home = ['10.20.0.0/16', 'fd20:20::/32'];

describe('the engine with its assertions', function (this: Mocha.Suite) {
  this.timeout(180_000);
  let module: string;

  before(async () => {
    module = await checkedEngine();
  });

  /** Feeds both builds; the checked one traps where an assertion fails. */
  function compare(blocks: string[], feed: (raw: RawEngine) => void): void {
    const [checked, release] = [module, undefined].map((path) => {
      const raw = new RawEngine(instantiate(path), blocks, [0x1234, 0x5678]);
      feed(raw);
      raw.flush();
      return raw;
    }) as [RawEngine, RawEngine];
    assert.deepEqual(checked.counters(), release.counters());
    assert.ok(checked.records.equals(release.records), 'the records differ');
  }

  for (const path of testCaptures()) {
    it(`holds them over ${basename(path)}, with the records of the release`, () => {
      compare(homeOf(path), (raw) => {
        try {
          readCapture(path, raw.take);
        } catch (error) {
          // Damaged on purpose: what could be read counts.
          if (!(error instanceof UserError)) throw error;
        }
      });
    });
  }

  for (const seed of [1, 2]) {
    it(`holds them over 40,000 mutated frames, leaps of the clock and other configs (seed ${seed})`, () => {
      const good = goodFrames(3000);
      compare(home, (raw) => {
        const random = new Random(seed);
        let time = random.next();
        for (let i = 0; i < 40_000; i++) {
          const frame = fuzzFrame(random, good);
          time = (time + (random.below(500) ? random.below(200) : random.next())) >>> 0;
          raw.push(time, frame.link, frame.head, frame.original);
          if (i % 500 !== 499) continue;
          raw.configure(random.below(2) ? home : ['10.0.0.0/8'], { watch: random.below(2) ? ['0.0.0.0/1'] : [] });
        }
      });
    });
  }

  it('traps where an entry is not sound, and the release does not', () => {
    const good = goodFrames(2000);
    const feed = (raw: RawEngine): void => {
      for (const [i, frame] of good.entries()) raw.push(i, frame.link, frame.head, frame.original);
      raw.run();
    };
    /** Runs frames, makes all sources' situations (+90) ones that do not exist, and runs the frames again. */
    const disturb = (path?: string): void => {
      const raw = new RawEngine(instantiate(path), home);
      feed(raw);
      for (let i = 0; i < memory.SOURCE_SLOTS; i++) raw.memory[memory.SOURCES_AT + i * memory.SOURCE_BYTES + 90] = 31;
      feed(raw);
    };
    assert.throws(() => disturb(module), WebAssembly.RuntimeError);
    disturb();
  });
});
