/**
 * `npm run firmware:compile`: compiles the C of the firmware for the chips against ESP-IDF's and XS's own headers, with every
 * warning an error. It needs IDF_PATH and MODDABLE and a compiler of Debian's for the instruction set; it links nothing. What the
 * real build decides (sdkconfig.h) is written by hand in scripts/firmware/chip, as much of it as these headers ask for.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/paths.js';
import { generatedWarnings } from '../native.js';
import { boards } from '../../host/firmware/boards.js';
import { HOW_TO_GET_SDK, findSdk } from './sdk.js';

interface Chip {
  /** IDF's name of it. */
  target: string;
  board: string;
  architecture: 'riscv' | 'xtensa';
  compiler: string;
  flags: string[];
  /** ESP32_TARGET of the SDK's makefile. */
  number: number;
}

const riscv = { architecture: 'riscv', compiler: 'riscv64-unknown-elf-gcc', flags: ['-march=rv32imc', '-mabi=ilp32', '--specs=picolibc.specs'] } as const;
/** A compiler for another Xtensa core: it checks what is written, and what it makes would not run. */
const xtensa = { architecture: 'xtensa', compiler: 'xtensa-lx106-elf-gcc', flags: ['-mlongcalls', '-fsyntax-only'] } as const;

/** Debian's compiler for it comes without a C library's headers; those of picolibc are the same for every 32-bit machine. */
const LIBC = '/usr/lib/picolibc/riscv64-unknown-elf/include';

const chips: readonly Chip[] = [
  { target: 'esp32c3', board: 'esp32c3_w5500', number: 4, ...riscv, flags: [...riscv.flags] },
  { target: 'esp32', board: 'wt32_eth01', number: 1, ...xtensa, flags: [...xtensa.flags] },
  { target: 'esp32', board: 'esp32_poe', number: 1, ...xtensa, flags: [...xtensa.flags] },
  { target: 'esp32s3', board: 'esp32s3', number: 3, ...xtensa, flags: [...xtensa.flags] },
];

const everywhere = ['wasm-rt/wasm-rt-impl.c', 'ring/frame-ring.c', 'engine/blockwatch-engine.c', 'engine/engine-task.c', 'engine/engine-task-freertos.c',
  'xs/sensor-host.c', 'xs/wake-esp32.c', 'board/board-esp32.c', 'board/image-esp32.c'];

/** Names that an object asks of others. */
export function undefinedSymbols(object: string, nm = 'riscv64-unknown-elf-nm'): string[] {
  return execFileSync(nm, ['-u', object], { encoding: 'utf8' }).split('\n').map((line) => line.trim().split(/\s+/).pop() ?? '').filter((name) => name !== '');
}

const targets = ['esp32', 'esp32c2', 'esp32c3', 'esp32c5', 'esp32c6', 'esp32c61', 'esp32h2', 'esp32h21', 'esp32h4', 'esp32p4', 'esp32s2', 'esp32s3', 'esp32s31', 'linux'];

/** The folders of headers that IDF's components publish for a chip; those of other chips and architectures are left out. */
export function headerFolders(idf: string, target: string, architecture: string): string[] {
  const foreign = new Set([...targets.filter((name) => name !== target), architecture === 'riscv' ? 'xtensa' : 'riscv', 'test_apps', 'host_test', 'test', 'examples', 'private_include', 'priv_include']);
  const own = new Set(['include', 'register', 'platform_include']);
  const found: string[] = [];
  const walk = (folder: string, depth: number): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isDirectory() || foreign.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (own.has(entry.name)) found.push(path);
      if (depth < 5) walk(path, depth + 1);
    }
  };
  for (const component of readdirSync(join(idf, 'components'), { withFileTypes: true })) {
    if (component.isDirectory() && !['linux', 'openthread', 'bt', 'mbedtls', 'wpa_supplicant', 'ulp'].includes(component.name)) walk(join(idf, 'components', component.name), 0);
  }
  const kernel = join(idf, 'components/freertos');
  return [...found, join(kernel, 'FreeRTOS-Kernel/portable', architecture, 'include/freertos'), join(kernel, 'config/include/freertos')].filter(existsSync);
}

interface Defining {
  defines?: Record<string, Record<string, number>>;
}

/** What mcconfig makes of the defines of the project's manifest and a board's, as mc.defines.h. */
export function definesOf(...manifests: readonly Defining[]): string {
  return manifests.flatMap(({ defines = {} }) => Object.entries(defines)).flatMap(([group, values]) => Object.entries(values).map(
    ([name, value]) => `#define MODDEF_${group.toUpperCase()}_${name.toUpperCase()} (${value})\n`)).join('');
}

/** The board's tap, and a mc.defines.h as its build has it. */
function boardParts(board: string, folder: string): string[] {
  const base = join(projectRoot, 'src/app/boards', board);
  const own = JSON.parse(readFileSync(join(base, 'manifest.json'), 'utf8')) as Defining & { modules: { '*': string[] } };
  const { modules } = own;
  writeFileSync(join(folder, 'mc.defines.h'), definesOf(JSON.parse(readFileSync(join(projectRoot, 'manifest.json'), 'utf8')) as Defining, own));
  return modules['*'].map((path) => join(base, path.replace(/\*$/, ''))).flatMap((path) => readdirSync(path).filter((name) => name.endsWith('.c')).map((name) => join(path, name)));
}

/** Compiles all of a board's C. Returns the files that were checked; throws with the compiler's words. */
export function compileForChip(chip: Chip, idf: string, moddable: string, components = ''): { checked: string[]; left: string[] } {
  const folder = join(projectRoot, 'build/native', `chip-${chip.board}`);
  mkdirSync(folder, { recursive: true });
  const generated = join(projectRoot, 'build/engine/engine.c');
  const own = [...boardParts(chip.board, folder), ...everywhere.map((name) => join(projectRoot, 'src/native', name)), generated];
  const includes = [folder, join(projectRoot, 'scripts/firmware/chip'), join(projectRoot, 'build/engine'),
    ...['ring', 'tap', 'tap/ethernet', 'tap/wifi', 'engine', 'wasm-rt', 'xs'].map((name) => join(projectRoot, 'src/native', name)),
    ...['xs/includes', 'xs/platforms/esp', 'xs/platforms/mc'].map((name) => join(moddable, name))];
  const outside = [...headerFolders(idf, chip.target, chip.architecture), ...(chip.architecture === 'xtensa' ? [LIBC] : []),
    ...(components ? ['w5500', 'wiznet_common'].map((name) => join(components, name, 'include')) : [])];
  const checked: string[] = [], left: string[] = [];
  for (const source of own) {
    const name = source === generated ? 'build/engine/engine.c' : source.slice(join(projectRoot, 'src/native').length + 1);
    if (name.includes('w5500') && !components) {
      left.push(name);
      continue;
    }
    const done = spawnSync(chip.compiler, [...chip.flags, '-std=gnu17', '-Os', '-Wall', '-Wextra', '-Werror', ...(source === generated ? generatedWarnings : []), `-DESP32=${chip.number}`, '-DESP_PLATFORM',
      `-DCONFIG_IDF_TARGET_${chip.target.toUpperCase()}=1`, `-DCONFIG_IDF_TARGET="${chip.target}"`, `-DCONFIG_IDF_TARGET_ARCH_${chip.architecture.toUpperCase()}=1`,
      ...includes.flatMap((path) => ['-I', path]), ...outside.flatMap((path) => ['-isystem', path]), '-c', source, '-o', join(folder, `${checked.length}.o`)], { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${name} does not compile for ${chip.target}:\n${done.stderr.split('\n').slice(0, 25).join('\n')}`);
    checked.push(name);
  }
  return { checked, left };
}

function main(): void {
  const idf = process.env['IDF_PATH'];
  const sdk = findSdk();
  if (!sdk) return fail(HOW_TO_GET_SDK);
  if (!idf || !existsSync(join(idf, 'components/esp_eth'))) return fail('ESP-IDF is not here. Clone github.com/espressif/esp-idf at v6.0 and set IDF_PATH to its folder.');
  for (const chip of chips) {
    if (spawnSync(chip.compiler, ['--version']).error) {
      console.log(`${chip.board}: not checked, ${chip.compiler} is not installed`);
      continue;
    }
    const { checked, left } = compileForChip(chip, idf, sdk.root, process.env['ESP_ETH_DRIVERS'] ?? '');
    console.log(`${chip.board} (${boards[chip.board]?.platform ?? ''}, ${chip.compiler}): ${checked.length} files ${chip.flags.includes('-fsyntax-only') ? 'checked' : 'compiled'} without a warning: ${checked.join(', ')}`);
    if (left.length > 0) console.log(`  left out, ESP_ETH_DRIVERS does not say where github.com/espressif/esp-eth-drivers is: ${left.join(', ')}`);
  }
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}

if (process.argv[1]?.endsWith('compile-chip.js')) main();
