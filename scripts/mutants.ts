/**
 * `npm run mutants -- FOLDER [--sample N] [--seed N] [--jobs N]`: changes the code below FOLDER in small ways, one at a
 * time, and runs the tests that run what it changes, the quickest first. What no test notices survives, and is printed
 * with its place. The same seed takes the same sample.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../host/common/paths.js';
import { memoryMap } from '../src/engine/constants/memory-map.js';
import { folderInMemory } from './memory-folder.mjs';
import type { Mutation } from './mutants/mutations.js';
import { mutationsOf, sample } from './mutants/mutations.js';
import { Shadow } from './mutants/shadow.js';
import type { Reach } from './mutants/tests-of.js';
import { candidates, isEngine, reaches, readReach } from './mutants/tests-of.js';

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

/** Runs test files in a shadow until the first failure. */
function runTests(
  root: string,
  tests: readonly string[],
  limit: number,
  env: NodeJS.ProcessEnv = {},
): Promise<{ end: 'passed' | 'failed' | 'late'; said: string }> {
  const words = ['--bail', '--timeout', '60000', '--exit', '--require', 'build/js/test/each-file.js'];
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'node_modules/mocha/bin/mocha.js'), ...words, ...tests.map((test) => join('build/js', test))],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, BLOCKWATCH_BUILT: '1', ...env },
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
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
    // Not when its output is closed: a process that a mutant leaves behind holds that.
    child.on('exit', (status) => {
      clearTimeout(timer);
      process.off('exit', end);
      resolve({ end: late ? 'late' : status === 0 ? 'passed' : 'failed', said });
    }),
  );
}

/** A test file as it is without a mutant. */
interface Usual {
  test: string;
  ms: number;
  reach: Reach;
}

/** Runs each test file once with no mutant. One that fails here would call every mutant killed: it is left out. */
async function runUnchanged(root: string, tests: readonly string[]): Promise<Usual[]> {
  const found: Usual[] = [];
  for (const test of tests) {
    const coverage = mkdtempSync(join(tmpdir(), 'blockwatch-coverage-'));
    const start = performance.now();
    const { end, said } = await runTests(root, [test], 600_000, { NODE_V8_COVERAGE: coverage });
    if (end === 'passed') found.push({ test, ms: performance.now() - start, reach: readReach(coverage, root) });
    else console.error(`${test} is left out, because it fails with no mutant:\n${said.slice(-2_000)}`);
    rmSync(coverage, { recursive: true });
  }
  return found.sort((a, b) => a.ms - b.ms);
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
  const all = files.flatMap((file) => mutationsOf(file, readFileSync(join(projectRoot, file), 'utf8')));
  const chosen = sample(all, wholeNumber('sample', values.sample, all.length), seed);
  console.log(`${chosen.length} of ${all.length} mutants of ${files.length} files, seed ${seed}`);

  const tables = memoryMap.find(([name]) => name === 'compiler tables')?.[1] ?? 0;
  const shadows = Array.from({ length: jobs }, (_, i) => new Shadow(String(i), tables));
  const tests = candidates(folder, [...new Set(chosen.map(({ file }) => file))]);
  const usual = await runUnchanged((shadows[0] as Shadow).root, tests);
  if (usual.length === 0) throw new Sorry('No test runs this code and passes without a mutant.');

  const fates = new Map<Mutation, Fate>();
  const waiting = [...chosen];
  const fateOf = async (shadow: Shadow, mutation: Mutation): Promise<Fate> => {
    const back = await shadow.put(mutation);
    if (!back) return 'invalid';
    try {
      const able = usual.filter(({ reach }) => isEngine(mutation.file) || reaches(reach, mutation));
      if (able.length === 0) return 'survived';
      const limit = LEAST + SLOWER * able.reduce((sum, { ms }) => sum + ms, 0);
      const { end } = await runTests(
        shadow.root,
        able.map(({ test }) => test),
        limit,
      );
      return end === 'passed' ? 'survived' : end === 'failed' ? 'killed' : 'timeout';
    } finally {
      back();
    }
  };
  const worker = async (shadow: Shadow): Promise<void> => {
    for (let mutation = waiting.shift(); mutation; mutation = waiting.shift()) {
      const fate = await fateOf(shadow, mutation);
      fates.set(mutation, fate);
      if (fate === 'survived') {
        const line = readFileSync(join(projectRoot, mutation.file), 'utf8').split('\n')[mutation.line - 1]?.trim();
        console.log(
          `survived  ${mutation.file}:${mutation.line}  ${mutation.operator} -> ${mutation.replacement.slice(0, 40)}\n          ${line}`,
        );
      }
    }
  };
  await Promise.all(shadows.map(worker));

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

const temporary = process.env['TMPDIR'] ? undefined : folderInMemory();
if (temporary) {
  process.env['TMPDIR'] = temporary;
  process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
}

main().catch((error: unknown) => {
  if (!(error instanceof Sorry)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
