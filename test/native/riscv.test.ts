import assert from 'node:assert/strict';
import { riscvSizes } from '../../scripts/native.js';
import { describeWith } from '../support/requirement.js';

describeWith(['riscv'], 'the engine compiled for the chip (rv32imc, -Os)', function (this: Mocha.Suite) {
  this.timeout(60_000);

  it('is small, keeps all its state in one object of little more than a page, and has a known deepest stack', () => {
    const { text, rodata, data, bss, state, stack } = riscvSizes();
    console.log(
      `      text ${text}, rodata ${rodata}, data ${data}, bss ${bss}, of which state ${state}; deepest stack ${stack} bytes`,
    );
    // Of a slot of 1.9 MB in flash. Mirrors and logins by shape made it 20 KB larger.
    assert.ok(text > 1000 && text < 72 * 1024, `code ${text}`);
    assert.ok(state >= 65536 && state < 65536 + 2048, `state ${state}`);
    // What is left: where a trap goes (a jmp_buf) and a few words.
    assert.ok(bss - state < 512 && data <= 64, `other memory: data ${data}, bss ${bss - state}`);
    assert.ok(stack > 0 && stack < 4096, `stack ${stack}`);
  });
});
