/**
 * Real XS on this machine: its sources come in the npm package @agoric/xsnap, pinned in test/firmware/xs/sources/package.json and
 * installed apart from the project's own packages, because its install script compiles for half a minute what most
 * who install Blockwatch never run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { projectRoot } from '../../host/paths.js';

const source = join(projectRoot, 'test/firmware/xs');
const output = join(projectRoot, 'build/xs');

const defines = ['-fno-common', '-DINCLUDE_XSPLATFORM', '-DXSPLATFORM="xsnapPlatform.h"', '-DmxLockdown=1', '-DmxMetering=1', '-DmxParse=1', '-DmxProfile=1',
  '-DmxRun=1', '-DmxSloppy=1', '-DmxSnapshot=1', '-DmxRegExpUnicodePropertyEscapes=1', '-DmxStringNormalize=1', '-DmxMinusZero=1', '-DmxBoundsCheck=1'];

/** Installs XS's sources without their scripts, and compiles them with our host; returns the program. Both are kept. */
export function buildXs(): string {
  mkdirSync(output, { recursive: true });
  const program = join(output, 'xs');
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(source, 'sources', name), join(output, name));
  const home = join(output, 'node_modules/@agoric/xsnap');
  if (!existsSync(home)) {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], { cwd: output, stdio: ['ignore', 'pipe', 'pipe'] });
  }
  const own = ['host.c', 'host-inside.c'].map((name) => join(source, name));
  if (existsSync(program) && own.every((path) => statSync(path).mtimeMs < statSync(program).mtimeMs)) return program;
  const xs = join(home, 'moddable/xs');
  const platform = join(home, 'xsnap-native/xsnap/sources');
  const files = [...readdirSync(join(xs, 'sources')).filter((name) => name.endsWith('.c')).map((name) => join(xs, 'sources', name)), join(platform, 'xsnapPlatform.c'), ...own];
  const includes = ['includes', 'platforms', 'sources'].flatMap((name) => ['-I', join(xs, name)]).concat('-I', platform);
  const objects = files.map((path) => join(output, `${basename(path)}.o`));
  // One compiler a core: forty files, half a minute.
  const script = files.map((path, i) => `test '${objects[i]}' -nt '${path}' || cc -O1 -w ${[...defines, ...includes].map((word) => `'${word}'`).join(' ')} -c '${path}' -o '${objects[i]}'`).join('\n');
  execFileSync('xargs', ['-d', '\n', '-P', String(availableParallelism()), '-I', '{}', 'sh', '-c', '{}'], { input: script, stdio: ['pipe', 'pipe', 'pipe'] });
  execFileSync('cc', ['-rdynamic', ...objects, '-o', program, '-ldl', '-lm', '-lpthread'], { stdio: 'pipe' });
  return program;
}

/** Why a test file cannot run on XS: the first module of Node's that it asks for; undefined where it can. */
export function needsNode(path: string): string | undefined {
  const text = readFileSync(path, 'utf8');
  for (const [, name] of text.matchAll(/from '([^.'][^']*)'/g)) {
    if (name !== 'node:assert/strict' && name !== 'cborg') return name;
  }
  const word = /\b(Buffer|process)\b\./.exec(text)?.[1];
  return word ?? /from '(\.\.\/\.\.\/host\/[^']*)'/.exec(text)?.[1];
}

/** Copies compiled modules to where XS finds them, with their own assert in the place of Node's. Returns the folder. */
export function stage(): string {
  const from = join(projectRoot, 'build/js');
  const to = join(output, 'modules');
  const copy = (folder: string): void => {
    for (const entry of readdirSync(join(from, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) copy(path);
      else if (entry.name.endsWith('.js')) {
        const target = join(to, path);
        mkdirSync(dirname(target), { recursive: true });
        const shim = relative(dirname(target), join(to, 'test/firmware/xs/assert.js'));
        const text = readFileSync(join(from, path), 'utf8').replace(/'node:assert\/strict'/g, `'${shim.startsWith('.') ? shim : `./${shim}`}'`)
          .replace(/'cborg'/g, `'${relative(dirname(target), join(to, 'cborg/cborg.js'))}'`);
        writeFileSync(target, text);
      }
    }
  };
  // The reader that the tests hold our own writer against.
  const cborg = join(projectRoot, 'node_modules/cborg');
  for (const name of ['cborg.js', ...readdirSync(join(cborg, 'lib')).filter((file) => file.endsWith('.js')).map((file) => `lib/${file}`)]) {
    mkdirSync(join(to, 'cborg/lib'), { recursive: true });
    copyFileSync(join(cborg, name), join(to, 'cborg', name));
  }
  for (const folder of ['src/protocol', 'src/app', 'src/engine', 'test/protocol', 'test/app', 'test/firmware/xs']) copy(folder);
  return to;
}

export interface XsRun {
  status: number;
  output: string;
}

/** Runs a module on XS, at most ten minutes: all of it takes seconds where the machine has nothing else to do. */
export function runOnXs(program: string, module: string, seconds = 600): XsRun {
  const done = spawnSync(program, [module], { encoding: 'utf8', timeout: seconds * 1000 });
  const ended = done.signal ? `\nXS did not come to an end within ${seconds} s.` : '';
  return { status: done.status ?? 1, output: `${done.stdout}${done.stderr}${ended}`.trim() };
}

/** The tests of the modules that boards run, by whether XS can run them. */
export function portableTests(): { run: string[]; left: Array<{ path: string; needs: string }> } {
  const run: string[] = [];
  const left: Array<{ path: string; needs: string }> = [];
  for (const folder of ['test/app', 'test/protocol']) {
    for (const name of readdirSync(join(projectRoot, folder)).filter((file) => file.endsWith('.test.ts')).sort()) {
      const path = join(folder, name);
      const needs = needsNode(join(projectRoot, path));
      if (needs) left.push({ path, needs });
      else run.push(path);
    }
  }
  return { run, left };
}

/** Writes a module that runs the given test files; returns its path. */
export function testModule(modules: string, tests: readonly string[]): string {
  const path = join(modules, 'all-tests.js');
  writeFileSync(path, [
    // First: cborg makes a TextDecoder as it is loaded.
    "import './test/firmware/xs/text.js';",
    "import { run } from './test/firmware/xs/mocha.js';",
    ...tests.map((test) => `await import('./${test.replace(/\.ts$/, '.js')}');`),
    'await run();', '',
  ].join('\n'));
  return path;
}
