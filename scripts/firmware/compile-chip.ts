/**
 * `npm run firmware:compile`: compiles the C of the firmware for the chips against ESP-IDF's and XS's own headers, with every
 * warning an error. It needs IDF_PATH and MODDABLE and a compiler of Debian's for the instruction set; it links nothing. Include folders
 * and defines are those of the SDK's own makefile for the board, asked of it: what is not found here, the build does not find either.
 * What IDF's build decides (sdkconfig.h) is written by hand in scripts/firmware/chip, as much of it as these headers ask for.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import type { Board } from '../../host/firmware/boards.js';
import { boardNames, boards } from '../../host/firmware/boards.js';
import { generatedWarnings } from '../native.js';
import { buildXsStages, isRiscv, stagesOf } from './build.js';
import type { Idf } from './idf.js';
import { findIdf, HOW_TO_GET_IDF } from './idf.js';
import { makeVariable } from './makefile.js';
import type { Sdk } from './sdk.js';
import { findSdk, HOW_TO_GET_SDK } from './sdk.js';

interface Compiler {
  command: string;
  flags: readonly string[];
  /** It checks what is written and makes nothing. */
  checksOnly: boolean;
}

const riscv: Compiler = {
  command: 'riscv64-unknown-elf-gcc',
  flags: ['-march=rv32imc', '-mabi=ilp32', '--specs=picolibc.specs'],
  checksOnly: false,
};
/** A compiler for another Xtensa core: it checks what is written, and what it makes would not run. */
const xtensa: Compiler = { command: 'xtensa-lx106-elf-gcc', flags: ['-mlongcalls', '-fsyntax-only'], checksOnly: true };
/** Debian's compiler for Xtensa comes without a C library's headers; those of picolibc are the same for every 32-bit machine. */
export const LIBC = '/usr/lib/picolibc/riscv64-unknown-elf/include';

export const compilerOf = (board: Board): Compiler => (isRiscv(board) ? riscv : xtensa);

/** Names that an object asks of others. */
export function undefinedSymbols(object: string, nm = 'riscv64-unknown-elf-nm'): string[] {
  return execFileSync(nm, ['-u', object], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).pop() ?? '')
    .filter((name) => name !== '');
}

interface Defining {
  defines?: Record<string, Record<string, number>>;
}

/** What mcconfig makes of the defines of the project's manifest and a board's, as mc.defines.h. */
export function definesOf(...manifests: readonly Defining[]): string {
  return manifests
    .flatMap(({ defines = {} }) => Object.entries(defines))
    .flatMap(([group, values]) =>
      Object.entries(values).map(
        ([name, value]) => `#define MODDEF_${group.toUpperCase()}_${name.toUpperCase()} (${value})\n`,
      ),
    )
    .join('');
}

/** Our own C files of a board, as its makefile has them. */
function ownSources(sdk: Sdk, makefile: { path: string; idf: string }): string[] {
  const folders = makeVariable(sdk, makefile, 'OBJECTS').map((path) => path.replace(/^.*\//, '').replace(/\.o$/, ''));
  const sources = execFileSync(
    'find',
    [join(projectRoot, 'src/native'), join(projectRoot, 'build/engine'), '-name', '*.c'],
    { encoding: 'utf8' },
  )
    .trim()
    .split('\n');
  return sources.filter((path) => folders.includes(path.replace(/^.*\//, ''))).sort();
}

/**
 * Folders of headers, ours apart: theirs may warn.
 *
 * @param words the makefile's, each with its -I
 * @param drivers as for compileForBoard
 */
export function includeFolders(
  words: readonly string[],
  compiler: Pick<Compiler, 'checksOnly'>,
  drivers: string,
): { ours: string[]; theirs: string[] } {
  const paths = words.map((word) => word.replace(/^-I/, ''));
  const isOurs = (path: string): boolean => path.startsWith(projectRoot);
  const added = [
    ...(compiler.checksOnly ? [LIBC] : []),
    ...(drivers === '' ? [] : ['w5500', 'wiznet_common'].map((component) => join(drivers, component, 'include'))),
  ];
  return { ours: paths.filter(isOurs), theirs: [...paths.filter((path) => !isOurs(path)), ...added] };
}

/**
 * Compiles all of our C for a board.
 *
 * @param drivers the folder of github.com/espressif/esp-eth-drivers; empty: what needs it is left out
 * @returns the files that were checked, and those left out; throws with the compiler's words
 */
export function compileForBoard(sdk: Sdk, idf: Idf, name: string, drivers = ''): { checked: string[]; left: string[] } {
  const board = boards[name] as Board;
  const compiler = compilerOf(board);
  const stages = stagesOf(name, board);
  buildXsStages(sdk, name, board);
  const makefile = { path: join(stages, 'makefile'), idf: idf.root };
  const folder = join(projectRoot, 'build/native', `chip-${name}`);
  mkdirSync(folder, { recursive: true });
  const { ours, theirs } = includeFolders(makeVariable(sdk, makefile, 'C_INCLUDES'), compiler, drivers);
  const target = board.platform.split('/').pop() ?? '';
  const flags = [
    ...compiler.flags,
    ...makeVariable(sdk, makefile, 'C_DEFINES'),
    '-std=gnu17',
    '-Os',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-DESP_PLATFORM',
    `-DCONFIG_IDF_TARGET_${target.toUpperCase()}=1`,
    `-DCONFIG_IDF_TARGET="${target}"`,
    `-DCONFIG_IDF_TARGET_ARCH_${compiler === riscv ? 'RISCV' : 'XTENSA'}=1`,
    '-I',
    join(projectRoot, 'scripts/firmware/chip'),
    ...ours.flatMap((path) => ['-I', path]),
    ...theirs.flatMap((path) => ['-isystem', path]),
  ];
  const checked: string[] = [],
    left: string[] = [];
  for (const source of ownSources(sdk, makefile)) {
    const shown = source.slice(projectRoot.length + 1);
    if (shown.includes('w5500') && drivers === '') {
      left.push(shown);
      continue;
    }
    const generated = shown.startsWith('build/');
    const done = spawnSync(
      compiler.command,
      [...flags, ...(generated ? generatedWarnings : []), '-c', source, '-o', join(folder, `${checked.length}.o`)],
      { encoding: 'utf8' },
    );
    if (done.status !== 0)
      throw new Error(`${shown} does not compile for ${name}:\n${done.stderr.split('\n').slice(0, 25).join('\n')}`);
    checked.push(shown);
  }
  return { checked, left };
}

function main(): void {
  const sdk = findSdk();
  if (!sdk) return fail(HOW_TO_GET_SDK);
  try {
    const idf = findIdf();
    if (!idf) return fail(HOW_TO_GET_IDF);
    for (const name of boardNames) {
      const compiler = compilerOf(boards[name] as Board);
      if (spawnSync(compiler.command, ['--version']).error) {
        console.log(`${name}: not checked, ${compiler.command} is not installed`);
        continue;
      }
      const { checked, left } = compileForBoard(sdk, idf, name, process.env['ESP_ETH_DRIVERS'] ?? '');
      console.log(
        `${name} (${boards[name]?.platform ?? ''}, ${compiler.command}): ${checked.length} files ${compiler.checksOnly ? 'checked' : 'compiled'} without a warning`,
      );
      if (left.length > 0)
        console.log(
          `  left out, ESP_ETH_DRIVERS does not say where github.com/espressif/esp-eth-drivers is: ${left.join(', ')}`,
        );
    }
  } catch (error) {
    fail((error as Error).message);
  }
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}

if (process.argv[1]?.endsWith('compile-chip.js')) main();
