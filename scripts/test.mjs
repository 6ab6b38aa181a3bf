// `npm test`: builds, then runs mocha over the compiled test/**/*.test.ts, a worker process for each core. A path among the
// arguments takes the place of all tests; every other argument goes on to mocha.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderInMemory } from './memory-folder.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = (args, env = {}) =>
  spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1;

/** Files that take longest, and start first: one that starts last would leave the other cores idle. */
const slowest = [
  ...['collector/postgres', 'collector/sqlite', 'branches/branches', 'native/parts', 'collector/outputs/queue'],
  ...['cli/commands', 'enrolment/config', 'native/equivalence', 'cli/known', 'collector/backup', 'enrolment/enroll'],
  ...['collector/start', 'fuzz/corpus', 'cli/outputs', 'native/taps', 'collector/outputs/killed', 'collector/will'],
].map((name) => `test/${name}.test.ts`);

/** What `npm run test:xs` runs: it builds a JavaScript engine twice, and takes minutes. */
const apart = 'test/firmware/xs/';

/** With an SDK these build the firmware into the same folders: one after the other. */
const ofSdk = ['linux', 'update', 'build'].map((name) => `test/firmware/${name}.test.ts`);

/** The test files at a path: the file itself, or all below a folder. */
const testsAt = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => join(path, name))
    : [path];

const rank = (path) => (slowest.includes(path) ? slowest.indexOf(path) : slowest.length);

const args = process.argv.slice(2);
const isPath = (arg) => !arg.startsWith('-') && /\.ts$|^test(\/|$)/.test(arg);
const paths = args.filter(isPath);
const missing = paths.find((path) => !existsSync(join(root, path)));
if (missing) {
  console.error(`There is no ${missing}.`);
  process.exit(1);
}
if (node(['scripts/build.mjs', '--quiet']) !== 0) process.exit(1);

const files = (paths.length > 0 ? paths : ['test'])
  .flatMap((path) => testsAt(join(root, path)))
  .map((path) => relative(root, path))
  .filter((path) => paths.length > 0 || !path.startsWith(apart))
  .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
const jobs = Number(process.env.BLOCKWATCH_JOBS ?? availableParallelism());
const alone = files.filter((path) => process.env.MODDABLE && ofSdk.includes(path));
const together = files.filter((path) => !alone.includes(path));
const temporary = process.env.TMPDIR ? undefined : folderInMemory();

/** Runs mocha over some files; 0 where all passed. */
function mocha(paths, workers) {
  if (paths.length === 0) return 0;
  // mocha lists the names of a run that is parallel only by running it.
  const parallel = paths.length > 1 && workers > 1 && !args.includes('--dry-run');
  return node(
    [
      'node_modules/mocha/bin/mocha.js',
      '--timeout',
      '60000',
      '--require',
      'build/js/test/each-file.js',
      ...(parallel ? ['--parallel', '--jobs', String(workers)] : []),
      ...args.filter((arg) => !isPath(arg)),
      ...paths.map((path) => join('build/js', path.replace(/\.ts$/, '.js'))),
    ],
    { BLOCKWATCH_BUILT: '1', ...(temporary ? { TMPDIR: temporary } : {}) },
  );
}

const statuses = [mocha(together, jobs), mocha(alone, 1)];
if (temporary) rmSync(temporary, { recursive: true, force: true });
process.exit(Math.max(...statuses));
