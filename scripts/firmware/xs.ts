/**
 * Real XS on this machine: its sources come in the npm package @agoric/xsnap, pinned in test/firmware/xs/sources/package.json and
 * installed apart from the project's own packages, because its install script compiles for half a minute what most
 * who install Blockwatch never run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { transformSync } from 'esbuild';
import { projectRoot } from '../../host/common/paths.js';

const source = join(projectRoot, 'test/firmware/xs');
const output = join(projectRoot, 'build/xs');

const defines = [
  '-fno-common',
  '-DINCLUDE_XSPLATFORM',
  '-DmxLockdown=1',
  '-DmxMetering=1',
  '-DmxParse=1',
  '-DmxProfile=1',
  '-DmxRun=1',
  '-DmxSloppy=1',
  '-DmxSnapshot=1',
  '-DmxRegExpUnicodePropertyEscapes=1',
  '-DmxStringNormalize=1',
  '-DmxMinusZero=1',
  '-DmxBoundsCheck=1',
];

/** `xs` runs modules on this machine's own terms, `xs32` cases on a board's: test/firmware/xs/host.c, board.c. */
export type XsProgram = 'xs' | 'xs32';

const programs: Record<XsProgram, { own: string[]; words: string[] }> = {
  xs: { own: ['host.c', 'host-inside.c'], words: ['-O1', '-DXSPLATFORM="xsnapPlatform.h"'] },
  // Numbers of the ids have 16 bits where pointers have 32, here as on a chip. x87 would round doubles twice.
  xs32: {
    own: ['board.c', 'host-inside.c'],
    words: [
      '-O1',
      '-m32',
      '-msse2',
      '-mfpmath=sse',
      '-DXSPLATFORM="board-platform.h"',
      '-DmxReserveChunkSize=0x8000000',
    ],
  },
};

/** Installs XS's sources without their scripts, and compiles them with our host; returns the program. Both are kept. */
export function buildXs(name: XsProgram = 'xs'): string {
  const folder = join(output, name === 'xs' ? '' : name);
  mkdirSync(folder, { recursive: true });
  const program = join(folder, name);
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(join(source, 'sources', file), join(output, file));
  const home = join(output, 'node_modules/@agoric/xsnap');
  if (!existsSync(home)) {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], {
      cwd: output,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
  const own = programs[name].own.map((file) => join(source, file));
  if (existsSync(program) && own.every((path) => statSync(path).mtimeMs < statSync(program).mtimeMs)) return program;
  const xs = join(home, 'moddable/xs');
  const platform = join(home, 'xsnap-native/xsnap/sources');
  const files = [
    ...readdirSync(join(xs, 'sources'))
      .filter((file) => file.endsWith('.c'))
      .map((file) => join(xs, 'sources', file)),
    join(platform, 'xsnapPlatform.c'),
    ...own,
  ];
  const includes = ['includes', 'platforms', 'sources']
    .flatMap((part) => ['-I', join(xs, part)])
    .concat('-I', platform, '-I', source);
  const objects = files.map((path) => join(folder, `${basename(path)}.o`));
  const words = [...programs[name].words, '-w', ...defines, ...includes].map((word) => `'${word}'`).join(' ');
  // One compiler a core: forty files, half a minute.
  const script = files
    .map((path, i) => `test '${objects[i]}' -nt '${path}' || cc ${words} -c '${path}' -o '${objects[i]}'`)
    .join('\n');
  execFileSync('xargs', ['-d', '\n', '-P', String(availableParallelism()), '-I', '{}', 'sh', '-c', '{}'], {
    input: script,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const linker = name === 'xs32' ? ['-m32'] : [];
  execFileSync('cc', [...linker, '-rdynamic', ...objects, '-o', program, '-ldl', '-lm', '-lpthread'], {
    stdio: 'pipe',
  });
  return program;
}

/** Why a test file cannot run on XS: the first module of Node's that it asks for; undefined where it can. */
export function needsNode(path: string): string | undefined {
  const text = readFileSync(path, 'utf8');
  for (const [, name] of text.matchAll(/from ['"]([^.'"][^'"]*)['"]/g)) {
    if (name !== 'node:assert/strict' && name !== 'cborg') return name;
  }
  const word = /\b(Buffer|process)\b\./.exec(text)?.[1];
  return word ?? /from ['"](\.\.\/\.\.\/host\/[^'"]*)['"]/.exec(text)?.[1];
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
        const text = readFileSync(join(from, path), 'utf8')
          .replace(/['"]node:assert\/strict['"]/g, `'${join(to, 'test/firmware/xs/assert.js')}'`)
          .replace(/['"]cborg['"]/g, `'${join(to, 'cborg/cborg.js')}'`);
        writeFileSync(target, absolute(text, target));
      }
    }
  };
  // The reader that the tests hold our own writer against.
  const cborg = join(projectRoot, 'node_modules/cborg');
  for (const name of [
    'cborg.js',
    ...readdirSync(join(cborg, 'lib'))
      .filter((file) => file.endsWith('.js'))
      .map((file) => `lib/${file}`),
  ]) {
    mkdirSync(join(to, 'cborg/lib'), { recursive: true });
    copyFileSync(join(cborg, name), join(to, 'cborg', name));
  }
  for (const folder of [
    'src/protocol',
    'src/app',
    'src/engine',
    'test/protocol',
    'test/app',
    'test/support',
    'test/firmware/xs',
  ])
    copy(folder);
  stageXsModules(to);
  return to;
}

/** XS does not resolve `..` in the names of modules: one that is named in two ways would be there twice. */
const absolute = (text: string, target: string): string =>
  text.replace(
    /\b(from|import|import\() ?(['"])(\.\.?\/[^'"]*)\2/g,
    (_, word: string, quote: string, path: string) => `${word} ${quote}${join(dirname(target), path)}${quote}`,
  );

/** Stand-ins for what modules of XS's own import of the SDK: test/firmware/xs/sdk. */
const standIns: Record<string, string> = {
  timer: 'timer',
  net: 'net',
  crypt: 'crypt',
  'embedded:io/socket/tcp': 'tcp',
  'ssl/session': 'session',
  'embedded:network/mqtt/client': 'mqtt-client',
};

/** Those that the board's cases run through; the project's own build leaves them out, for their types need the SDK's. */
function stageXsModules(to: string): void {
  mkdirSync(join(to, 'src/app/xs'), { recursive: true });
  for (const name of ['mqtt', 'sockets', 'hmac', 'timers']) {
    const { code } = transformSync(readFileSync(join(projectRoot, `src/app/xs/${name}.ts`), 'utf8'), {
      loader: 'ts',
      target: 'es2022',
    });
    const target = join(to, `src/app/xs/${name}.js`);
    writeFileSync(
      target,
      absolute(
        code.replace(
          / from "([^".][^"]*)"/g,
          (_, from: string) => ` from "${join(to, `test/firmware/xs/sdk/${standIns[from]}.js`)}"`,
        ),
        target,
      ),
    );
  }
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
    for (const name of readdirSync(join(projectRoot, folder))
      .filter((file) => file.endsWith('.test.ts'))
      .sort()) {
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
  writeFileSync(
    path,
    [
      // First: cborg makes a TextDecoder as it is loaded.
      "import './test/firmware/xs/text.js';",
      "import { run } from './test/firmware/xs/mocha.js';",
      ...tests.map((test) => `await import('./${test.replace(/\.ts$/, '.js')}');`),
      'await run();',
      '',
    ].join('\n'),
  );
  return path;
}
