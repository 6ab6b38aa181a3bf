import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { fixPage } from '../../scripts/fixed-page.mjs';
import { compileDriver, deepestStack } from '../../scripts/native.js';
import { describeWith } from '../support/requirement.js';

const here = join(projectRoot, 'test/native');
const wabt = dirname(createRequire(import.meta.url).resolve('wabt/package.json'));

describeWith(['cc'], 'a trap in the C build', function (this: Mocha.Suite) {
  this.timeout(60_000);

  it('of every sort is contained, counted, and leaves an engine started anew with its config and seed', () => {
    const generated = join(projectRoot, 'build/native/trapping-c');
    mkdirSync(generated, { recursive: true });
    const tool = (name: string, ...args: string[]): void => {
      execFileSync(process.execPath, [join(wabt, 'bin', name), ...args], { stdio: 'pipe' });
    };
    tool('wat2wasm', join(here, 'trapping.wat'), '-o', join(generated, 'engine.wasm'));
    tool('wasm2c', '-n', 'engine', join(generated, 'engine.wasm'), '-o', join(generated, 'engine.c'));
    const source = join(generated, 'engine.c');
    writeFileSync(source, fixPage(readFileSync(source, 'utf8')));
    for (const flags of [['-O2'], ['-Os']]) {
      const program = compileDriver({ name: `trapping${flags[0]}`, generated, flags }, join(here, 'trapping.c'));
      assert.match(execFileSync(program, { encoding: 'utf8' }), /^ok \d+\n$/);
    }
  });
});

describe('the page made constant in the C source', () => {
  it('is refused where wasm2c does not write what it wrote when this was made', () => {
    assert.throws(() => fixPage('int main(void) { return 0; }'), /0 times instead of 1/);
  });
});

describe('the stack depth read from a call graph', () => {
  const node = (name: string, bytes: number): string =>
    `node: { title: "${name}" label: "${name}\\nx.c:1:1\\n${bytes} bytes (static)\\n0 dynamic objects" }\n`;
  const edge = (from: string, to: string): string =>
    `edge: { sourcename: "${from}" targetname: "${to}" label: "x.c:2:2" }\n`;

  it('is that of the deepest chain of calls', () => {
    const graph =
      node('a', 16) + node('b', 32) + node('c', 100) + edge('a', 'b') + edge('a', 'c') + edge('b', 'memcpy');
    assert.equal(deepestStack([graph]), 116);
  });

  it('follows calls from one file into another', () => {
    assert.equal(deepestStack([node('a', 16) + edge('a', 'b'), node('b', 32)]), 48);
  });

  it('is refused where a function can reach itself', () => {
    const graph = node('a', 16) + node('b', 32) + edge('a', 'b') + edge('b', 'a');
    assert.throws(() => deepestStack([graph]), /cycle: a -> b -> a/);
  });
});
