/**
 * The app on XS, the boards' JavaScript engine, built for this machine: `npm run test:xs`. Apart from `npm test`, because
 * the two builds of XS and the runs inside an emulated heap take minutes.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../host/common/paths.js';
import { caseNames, creation, left, runCase, before as usedBefore } from '../../../scripts/firmware/board-heap.js';
import { knownFigures, measureOnXs, regressions } from '../../../scripts/firmware/check.js';
import { buildXs, needsNode, portableTests, runOnXs, stage, testModule } from '../../../scripts/firmware/xs.js';
import { describeWith } from '../../support/requirement.js';

describeWith(['cc'], 'the app on real XS', function (this: Mocha.Suite) {
  this.timeout(1_200_000);
  let program: string;
  let modules: string;
  before(() => {
    program = buildXs();
    modules = stage();
  });

  it('passes its own tests there; two files are left out, because they read the sources as files', () => {
    const { run, left } = portableTests();
    assert.deepEqual(
      left.map(({ path }) => path),
      ['test/app/portable.test.ts', 'test/protocol/document.test.ts'],
    );
    const { status, output } = runOnXs(program, testModule(modules, run));
    assert.equal(status, 0, output);
    const passed = Number(/^(\d+) passed, 0 failed$/m.exec(output)?.[1]);
    console.log(`      ${run.length} files, ${passed} tests`);
    assert.ok(passed > 250, output);
  });

  it('costs no more computrons than it did', () => {
    const { metered, heap } = measureOnXs(program, modules);
    console.log(
      `      ${JSON.stringify(metered)}; an outbox of ${heap.held}: ${heap.slots} slots, ${heap.chunks} bytes`,
    );
    assert.deepEqual(regressions(metered, knownFigures()), []);
  });

  it('has a host that fails where a module throws, a promise is rejected, or a test fails', () => {
    const cases: [string, string][] = [
      ['throws.js', 'throw new Error("as meant");'],
      ['rejects.js', 'await Promise.reject(new Error("as meant"));'],
      ['parse.js', 'this is no JavaScript'],
      [
        'fails.js',
        "import { run } from './test/firmware/xs/mocha.js'; import assert from './test/firmware/xs/assert.js';\n" +
          "it('as meant', () => assert.deepEqual({ a: [1, 2] }, { a: [1, 3] })); await run();",
      ],
      ['none.js', "import { run } from './test/firmware/xs/mocha.js'; await run();"],
    ];
    for (const [name, text] of cases) {
      writeFileSync(join(modules, name), text);
      const { status, output } = runOnXs(program, join(modules, name));
      assert.notEqual(status, 0, name);
      assert.match(output, /as meant|SyntaxError|no test/, name);
    }
    writeFileSync(join(modules, 'fine.js'), 'print("fine");');
    assert.deepEqual(runOnXs(program, join(modules, 'fine.js')), { status: 0, output: 'fine' });
  });

  it('says so where a module does not come to an end', () => {
    writeFileSync(join(modules, 'endless.js'), 'for (;;) ;');
    const { status, output } = runOnXs(program, join(modules, 'endless.js'), 1);
    assert.notEqual(status, 0);
    assert.match(output, /did not come to an end within 1 s\.$/);
  });

  it('is not asked to run what needs Node', () => {
    assert.equal(needsNode(join(projectRoot, 'test/app/portable.test.ts')), 'node:fs');
    assert.equal(needsNode(join(projectRoot, 'test/app/outbox.test.ts')), undefined);
  });
});

describeWith(
  ['cc32'],
  "a board's memory: XS with slots of 32 bits and a heap that does not grow",
  function (this: Mocha.Suite) {
    this.timeout(1_200_000);
    let program: string;
    let modules: string;
    before(() => {
      program = buildXs('xs32');
      modules = stage();
    });

    it('has what the manifest says: a heap of a fixed size', () => {
      assert.deepEqual(
        [creation().chunk.incremental, creation().heap.incremental, creation().keys.incremental],
        [0, 0, 0],
      );
    });

    it('is enough for everything a board must be able to do', () => {
      const names = caseNames(program, modules);
      assert.ok(names.length > 8);
      const wrong = names.flatMap((name) => {
        const free = left(usedBefore(name));
        const run = runCase(program, modules, name, free);
        return run.ok ? [] : [`${name}, with ${free.slots} slots and ${free.chunks} bytes of chunks: ${run.output}`];
      });
      assert.deepEqual(wrong, []);
    });

    it('is not enough where there is less: then the machine ends, as on a board', () => {
      const name = 'the longest provisioning, with a CA of 1,800 bytes';
      const free = left('rest');
      for (const less of [
        { ...free, chunks: 8_000 },
        { ...free, slots: 20 },
      ]) {
        const { ok, output } = runCase(program, modules, name, less);
        assert.equal(ok, false);
        assert.match(output, /failed in fixed size heap/);
      }
    });
  },
);
