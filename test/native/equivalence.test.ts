import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readCapture } from '../../host/capture/read.js';
import { UserError } from '../../host/common/errors.js';
import { projectRoot } from '../../host/common/paths.js';
import { homeOf, testCaptures } from '../../scripts/bench/engine-speed.js';
import { Random } from '../../scripts/bench/random.js';
import { instantiate, RawEngine, Tape, taped } from '../../scripts/bench/tape.js';
import { compileDriver } from '../../scripts/native.js';
import { COUNTER_RECORDS, COUNTER_RECORDS_LOST, RECORD_BYTES } from '../../src/engine/constants/codes.js';
import { describeWith } from '../support/requirement.js';
import { fuzzFrame, goodFrames } from './frames.js';

const driver = join(projectRoot, 'test/native/replay.c');

/** What a build of the engine made of a tape. */
interface Outcome {
  traps: number;
  frames: number;
  counters: number[];
  records: Buffer;
}

describeWith(['cc'], 'the C build against the WebAssembly build', function (this: Mocha.Suite) {
  this.timeout(120_000);
  let directory: string;
  let program: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'blockwatch-native-'));
    program = compileDriver({ name: 'replay' }, driver);
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  function play(tape: Tape, command = program): Outcome {
    const [tapePath, recordsPath] = [join(directory, 'tape'), join(directory, 'records')];
    tape.write(tapePath);
    const printed = execFileSync(command, [tapePath, recordsPath], { encoding: 'utf8' });
    const number = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(printed)?.[1]);
    const counters = [...printed.matchAll(/^counter \d+ (\d+)$/gm)].map((match) => Number(match[1]));
    return { traps: number('traps'), frames: number('frames'), counters, records: readFileSync(recordsPath) };
  }

  /** Feeds the WebAssembly build, and what it was fed to the C build; returns the outcome both had. */
  function compare(home: string[], feed: (raw: RawEngine) => void, command = program): Outcome {
    const tape = new Tape();
    const raw = new RawEngine(taped(instantiate(), tape), home, [0x1234, 0x5678]);
    feed(raw);
    raw.flush();
    const native = play(tape, command);
    assert.equal(native.traps, 0);
    assert.equal(native.frames, raw.frames);
    assert.deepEqual(native.counters, raw.counters());
    assert.equal(native.records.length, raw.records.length);
    assert.ok(native.records.equals(raw.records), 'the records differ');
    const [made = 0, lost = 0] = [native.counters[COUNTER_RECORDS], native.counters[COUNTER_RECORDS_LOST]];
    assert.equal(native.records.length / RECORD_BYTES, made - lost);
    return native;
  }

  function readAll(path: string, raw: RawEngine): void {
    try {
      readCapture(path, raw.take);
    } catch (error) {
      // Damaged on purpose: what could be read counts.
      if (!(error instanceof UserError)) throw error;
    }
  }

  it('the comparison has captures', () => assert.ok(testCaptures().length > 20));

  for (const path of testCaptures()) {
    it(`gives the same records and counters for ${basename(path)}`, () => {
      compare(homeOf(path), (raw) => readAll(path, raw));
    });
  }

  it('gives the same for 30,000 mutated and random frames, ticks between them, and a wrapping clock', () => {
    const good = goodFrames(3000);
    const random = new Random(42);
    const outcome = compare(['10.20.0.0/16', 'fd20:20::/32'], (raw) => {
      let time = 0xffff0000;
      for (let i = 0; i < 30_000; i++) {
        time = (time + random.below(40)) >>> 0;
        const frame = fuzzFrame(random, good);
        raw.push(time, frame.link, frame.head, frame.original);
        if (i % 1000 === 999) {
          raw.run();
          raw.engine.tick(time);
          raw.drain();
        }
      }
    });
    assert.ok(outcome.records.length > 0);
  });

  it('gives the same where configs come between the frames, other ones and the same again', () => {
    const good = goodFrames(3000);
    const random = new Random(44);
    const homes = [['10.20.0.0/16', 'fd20:20::/32'], ['10.20.0.0/16'], ['10.0.0.0/8', '192.0.2.0/24', 'fd20::/16'], []];
    const outcome = compare(['10.20.0.0/16', 'fd20:20::/32'], (raw) => {
      for (let i = 0; i < 20_000; i++) {
        const frame = fuzzFrame(random, good);
        raw.push(i * 5, frame.link, frame.head, frame.original);
        if (i % 250 !== 249) continue;
        raw.configure(homes[random.below(4)] as string[], {
          alertsPerMinute: random.below(100),
          evidence: random.below(12),
          watch: random.below(2) ? ['0.0.0.0/1'] : [],
        });
      }
    });
    assert.ok(outcome.records.length > 0);
  });

  it('runs clean under the address and undefined behaviour sanitizers', () => {
    const flags = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    const sanitized = compileDriver({ name: 'replay-sanitized', flags }, driver);
    for (const name of ['nmap-ss-block', 'arp-scan-lan']) {
      const path = testCaptures().find((capture) => basename(capture).startsWith(name));
      assert.ok(path, `${name} is not among the test captures`);
      compare(homeOf(path), (raw) => readAll(path, raw), sanitized);
    }
    const good = goodFrames(1000);
    const random = new Random(43);
    compare(
      ['10.20.0.0/16'],
      (raw) => {
        for (let i = 0; i < 5000; i++) {
          const frame = fuzzFrame(random, good);
          raw.push(i, frame.link, frame.head, frame.original);
        }
      },
      sanitized,
    );
  });

  it('refuses a tape that is cut or holds an operation it does not know', () => {
    const tapePath = join(directory, 'bad');
    for (const bytes of [
      [1, 0, 0, 0],
      [2, 0, 0, 0, 9, 0, 0, 0],
      [9, 0, 0, 0, 0, 0, 0, 0],
    ]) {
      writeFileSync(tapePath, Uint8Array.from(bytes));
      assert.throws(() => execFileSync(program, [tapePath], { stdio: 'pipe' }), /replay: /);
    }
  });
});
