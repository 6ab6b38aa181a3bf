import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { testCaptures } from '../../scripts/bench/engine-speed.js';
import { instantiate, RawEngine, Tape, taped } from '../../scripts/bench/tape.js';
import { compareCapture, runOnChip } from '../../scripts/firmware/rv32.js';
import { compileChip } from '../../scripts/native.js';
import { describeWith } from '../support/requirement.js';

/** Every kind of decoder and many kinds of scan; `npm run firmware:rv32` does all captures. */
const chosen = ['nmap-ss-block', 'arp-scan-lan', 'teamtnt-block', 'qinq-scan', 'benign-monitoring', 'mirai-outbound'];

describeWith(
  ['riscv', 'qemu'],
  "the engine on the chip's instruction set (rv32imc in QEMU)",
  function (this: Mocha.Suite) {
    this.timeout(180_000);
    let program: string;
    before(() => {
      program = compileChip();
    });

    for (const name of chosen) {
      it(`gives the WebAssembly's records for ${name}, every frame through the ring`, () => {
        const path = testCaptures().find((capture) => basename(capture).startsWith(name));
        assert.ok(path, name);
        const run = compareCapture(program, path);
        assert.equal(run.traps, 0);
        assert.ok(run.frames > 0);
        assert.ok(run.same, 'the records differ');
        console.log(
          `      ${run.frames} frames, ${run.records.length / 96} records, ${Math.round(run.engine / run.frames)} + ${Math.round(run.ring / run.frames)} instructions a frame`,
        );
      });
    }

    it('counts the same instructions each time', () => {
      const path = testCaptures().find((capture) => basename(capture).startsWith('arp-scan-lan')) as string;
      assert.equal(compareCapture(program, path).engine, compareCapture(program, path).engine);
    });

    it('fails where the tape is damaged, and where the engine never started', () => {
      const tape = new Tape();
      assert.throws(() => runOnChip(program, tape), /ended with 3/);
      const raw = new RawEngine(taped(instantiate(), tape), [], [1, 2]);
      raw.flush();
      assert.equal(runOnChip(program, tape).frames, 0);
    });
  },
);
