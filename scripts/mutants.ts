/**
 * `npm run mutants -- FOLDER [--sample N] [--seed N] [--jobs N]`: changes the code below FOLDER in small ways, one at a time, and runs
 * the tests mapped to it. What no test notices survives, and is printed with its place. The same seed takes the same sample.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../host/common/paths.js';
import { memoryMap } from '../src/engine/constants/memory-map.js';
import type { Mutation } from './mutants/mutations.js';
import { mutationsOf, sample } from './mutants/mutations.js';
import { Shadow } from './mutants/shadow.js';
import { testFinder } from './mutants/tests-of.js';

type Fate = 'killed' | 'timeout' | 'survived' | 'invalid';

/** Milliseconds that the tests of a mutant may take: this many times what they take with none, and so much more. */
const SLOWER = 4;
const LEAST = 10_000;

/** What ends the command with one sentence. */
class Sorry extends Error {}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Sorry(`--${name} must be a whole number of 1 or more.`);
  return Number(text);
}

function sourcesBelow(folder: string): string[] {
  const path = join(projectRoot, folder);
  if (!existsSync(path)) throw new Sorry(`There is no folder ${folder}.`);
  if (statSync(path).isFile()) return [folder];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name))
    .sort();
}

/** Runs test files in a shadow until the first failure; 0 passed, 1 failed, 2 did not end in time. */
function runTests(root: string, tests: readonly string[], limit: number): Promise<0 | 1 | 2> {
  const words = [
    '--bail',
    '--timeout',
    '30000',
    '--exit',
    '--require',
    'build/js/test/each-file.js',
    '--reporter',
    'dot',
  ];
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'node_modules/mocha/bin/mocha.js'), ...words, ...tests.map((test) => join('build/js', test))],
    { cwd: root, stdio: 'ignore', detached: true },
  );
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    // The group: a test's own processes go with it.
    process.kill(-(child.pid as number), 'SIGKILL');
  }, limit);
  const end = (): void => {
    process.kill(-(child.pid as number), 'SIGKILL');
  };
  process.once('exit', end);
  return new Promise((resolve) =>
    child.on('close', (status) => {
      clearTimeout(timer);
      process.off('exit', end);
      resolve(late ? 2 : status === 0 ? 0 : 1);
    }),
  );
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { sample: { type: 'string' }, seed: { type: 'string' }, jobs: { type: 'string' } },
  });
  const folder = positionals[0]?.replace(/\/+$/, '');
  if (!folder || positionals.length > 1)
    throw new Sorry(
      'Name one folder or file: src/engine, src/protocol, src/app, host/collector, or below one of them.',
    );
  const seed = wholeNumber('seed', values.seed, 1);
  const jobs = wholeNumber('jobs', values.jobs, 1);
  const files = sourcesBelow(folder);
  const testsOf = testFinder(folder);
  const all = files.flatMap((file) => mutationsOf(file, readFileSync(join(projectRoot, file), 'utf8')));
  const chosen = sample(all, wholeNumber('sample', values.sample, all.length), seed);
  console.log(`${chosen.length} of ${all.length} mutants of ${files.length} files, seed ${seed}`);

  const tables = memoryMap.find(([name]) => name === 'compiler tables')?.[1] ?? 0;
  const usual = new Map<string, Promise<number>>();
  /** How long these tests take with no mutant, in ms. They must pass. */
  const unchanged = (shadow: Shadow, tests: readonly string[]): Promise<number> => {
    const key = tests.join(' ');
    const known = usual.get(key);
    if (known !== undefined) return known;
    const measured = (async () => {
      const start = performance.now();
      if ((await runTests(shadow.root, tests, 600_000)) !== 0)
        throw new Sorry(`The tests fail with no mutant: npm test -- ${key.replaceAll('.js', '.ts')}`);
      return performance.now() - start;
    })();
    usual.set(key, measured);
    return measured;
  };

  const fates = new Map<Mutation, Fate>();
  const waiting = [...chosen];
  const worker = async (name: string): Promise<void> => {
    const shadow = new Shadow(name, tables);
    for (let mutation = waiting.shift(); mutation; mutation = waiting.shift()) {
      const tests = testsOf(mutation.file);
      const limit = tests.length > 0 ? LEAST + SLOWER * (await unchanged(shadow, tests)) : 0;
      const back = await shadow.put(mutation);
      const status = back && tests.length > 0 ? await runTests(shadow.root, tests, limit) : 0;
      back?.();
      const fate: Fate = !back ? 'invalid' : status === 0 ? 'survived' : status === 1 ? 'killed' : 'timeout';
      fates.set(mutation, fate);
      if (fate === 'survived') {
        const line = readFileSync(join(projectRoot, mutation.file), 'utf8').split('\n')[mutation.line - 1]?.trim();
        console.log(
          `survived  ${mutation.file}:${mutation.line}  ${mutation.operator} -> ${mutation.replacement.slice(0, 40)}\n          ${line}`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, (_, i) => worker(String(i))));

  const count = (fate: Fate): number => [...fates.values()].filter((one) => one === fate).length;
  const noticed = count('killed') + count('timeout');
  const valid = noticed + count('survived');
  console.log(
    `${count('killed')} killed, ${count('timeout')} timed out, ${count('survived')} survived, ${count('invalid')} do not compile: ` +
      `${valid > 0 ? ((100 * noticed) / valid).toFixed(1) : '-'} % of ${valid} noticed`,
  );
}

// With its exit the tests of a mutant end too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

main().catch((error: unknown) => {
  if (!(error instanceof Sorry)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
