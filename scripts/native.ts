/**
 * Compiles the C build of the engine: what wasm2c made of it, our runtime header, the wrapper and a driver.
 * The tests and the bench share this, so that both measure what is shipped.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot } from '../host/common/paths.js';

const strict = ['-std=c11', '-Wall', '-Wextra', '-Werror'];
/** wasm2c writes its whole prologue into every module, used or not. */
export const generatedWarnings = [
  '-Wno-unused-function',
  '-Wno-unused-parameter',
  '-Wno-unused-value',
  '-Wno-unused-variable',
];
const riscvCompiler = 'riscv64-unknown-elf-gcc';
/** The ESP32-C3's instruction set; sections apart so that the link drops wasm2c's unused prologue. */
const riscvFlags = [
  '-march=rv32imc',
  '-mabi=ilp32',
  '-Os',
  '-ffunction-sections',
  '-fdata-sections',
  '-ffreestanding',
  '--specs=picolibc.specs',
];

interface CBuild {
  /** Name of the directory below build/native that takes the objects. */
  name: string;
  compiler?: string;
  flags?: string[];
  linkFlags?: string[];
  /** Directory with the generated engine.c and engine.h; default build/engine. */
  generated?: string;
}

/** The C files that make the engine, the generated one first. */
export function engineSources(generated = join(projectRoot, 'build/engine')): string[] {
  const native = join(projectRoot, 'src/native');
  return [
    join(generated, 'engine.c'),
    join(native, 'wasm-rt/wasm-rt-impl.c'),
    join(native, 'engine/blockwatch-engine.c'),
  ];
}

function run(command: string, args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
}

/** Headers that a source may include from the folders after `-I` among the arguments, each with its text. */
function headersOf(args: readonly string[]): string[] {
  return args
    .filter((_, i) => args[i - 1] === '-I')
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.h'))
        .sort()
        .flatMap((name) => [name, readFileSync(join(folder, name), 'utf8')]),
    );
}

/**
 * Runs a compiler unless build/native already has its output: the name holds a digest of the arguments, the sources and
 * the headers. Test files that run at the same time share an output, because it appears whole, by a rename.
 * @param files what the compiler reads, beside headers
 * @param also outputs beside the first, by their extension
 */
function compiled(
  name: string,
  extension: string,
  compiler: string,
  args: string[],
  files: readonly string[],
  also: readonly string[] = [],
): string {
  const digest = createHash('sha256');
  for (const part of [compiler, ...args.filter((_, i) => args[i - 1] !== '-I'), ...headersOf(args)])
    digest.update(`${part.length}:${part}`);
  for (const path of files) digest.update(readFileSync(path));
  const folder = join(projectRoot, 'build/native', name);
  mkdirSync(folder, { recursive: true });
  const stem = join(folder, `${basename(files[0] as string)}-${digest.digest('hex').slice(0, 16)}`);
  const output = `${stem}${extension}`;
  if (existsSync(output)) return output;
  const own = `${stem}.${process.pid}`;
  run(compiler, [...args, '-o', `${own}${extension}`]);
  for (const one of also) if (existsSync(`${own}${one}`)) renameSync(`${own}${one}`, `${stem}${one}`);
  renameSync(`${own}${extension}`, output);
  return output;
}

/** Compiles each source to an object below build/native/NAME; returns the objects' paths. Throws with the compiler's words. */
function compileObjects(build: CBuild, sources: string[]): string[] {
  const generated = build.generated ?? join(projectRoot, 'build/engine');
  const includes = [
    '-I',
    generated,
    '-I',
    join(projectRoot, 'src/native/wasm-rt'),
    '-I',
    join(projectRoot, 'src/native/engine'),
    // engine-layout.h, where the engine is another one than the build's.
    '-I',
    join(projectRoot, 'build/engine'),
  ];
  return sources.map((source) => {
    const quiet = source === join(generated, 'engine.c') ? generatedWarnings : [];
    return compiled(
      build.name,
      '.o',
      build.compiler ?? 'cc',
      [...strict, ...quiet, ...(build.flags ?? ['-O2']), ...includes, '-c', source],
      [source],
      ['.ci'],
    );
  });
}

/** Compiles the engine with a driver (a C file with a main) for this machine; returns the program's path. */
export function compileDriver(build: CBuild, driver: string): string {
  const objects = compileObjects(build, [...engineSources(build.generated), driver]);
  const args = [...(build.flags ?? ['-O2']), ...(build.linkFlags ?? []), ...objects];
  return compiled(build.name, '.program', build.compiler ?? 'cc', args, objects);
}

/** RAM and flash of QEMU's board `virt`, for picolibc's linker script. */
const virtMemory = {
  __flash: '0x80000000',
  __flash_size: '4M',
  __ram: '0x80400000',
  __ram_size: '4M',
  __stack_size: '64K',
};

/**
 * Compiles test/native/chip.c with the engine and the ring for the chip's instruction set, to run in QEMU; returns the
 * program's path. The old ISA specification, because in it the instruction counter needs no extension by name.
 */
export function compileChip(): string {
  const native = join(projectRoot, 'src/native');
  const ring = ['-I', join(native, 'ring'), '-misa-spec=2.2', '-std=gnu11'];
  const flags = [
    '-march=rv32imc',
    '-mabi=ilp32',
    '-Os',
    '-ffunction-sections',
    '-fdata-sections',
    '--specs=picolibc.specs',
    ...ring,
  ];
  const sources = [...engineSources(), join(native, 'ring/frame-ring.c'), join(projectRoot, 'test/native/chip.c')];
  const objects = compileObjects({ name: 'chip', compiler: riscvCompiler, flags }, sources);
  const args = [
    '-march=rv32imc',
    '-mabi=ilp32',
    '-misa-spec=2.2',
    '--specs=picolibc.specs',
    '--oslib=semihost',
    '--crt0=hosted',
    '-Wl,--gc-sections',
    ...Object.entries(virtMemory).map(([name, value]) => `-Wl,--defsym=${name}=${value}`),
    ...objects,
  ];
  return compiled('chip', '.elf', riscvCompiler, args, objects);
}

/** Folders of src/native whose headers stand beside each other on a board. */
const nativeIncludes = ['ring', 'tap', 'engine', 'wasm-rt', 'tap/linux']
  .flatMap((name) => ['-I', join(projectRoot, 'src/native', name)])
  .concat('-I', join(projectRoot, 'build/engine'));

/** Our own C that needs no header of ESP-IDF's or of XS's. What wasm2c wrote is not ours to make pretty. */
export const portableSources: readonly string[] = [
  'ring/frame-ring.c',
  'wasm-rt/wasm-rt-impl.c',
  'engine/blockwatch-engine.c',
  'engine/engine-task.c',
  'engine/engine-task-pthread.c',
  'tap/linux/tap-linux.c',
  'tap/linux/capture-file.c',
].map((name) => join(projectRoot, 'src/native', name));

/** What cppcheck and clang-tidy have to say of the sources; empty where they are content. */
export function lintC(
  sources: readonly string[] = portableSources,
  includes: readonly string[] = nativeIncludes,
): string {
  const cppcheck = spawnSync(
    'cppcheck',
    [
      '--quiet',
      '--enable=warning,style,performance,portability',
      '--inline-suppr',
      '--std=c11',
      '--error-exitcode=1',
      '--suppress=missingIncludeSystem',
      '--suppress=*:*build/engine/*',
      ...includes,
      ...sources,
    ],
    { encoding: 'utf8' },
  );
  const tidy = spawnSync(
    'clang-tidy',
    ['--quiet', `--config-file=${join(projectRoot, '.clang-tidy')}`, ...sources, '--', '-std=gnu11', ...includes],
    { encoding: 'utf8' },
  );
  return (cppcheck.status === 0 ? '' : cppcheck.stderr) + (tidy.status === 0 ? '' : tidy.stdout);
}

/** Compiles one C file with sources of ours, or alone; returns the program's path. */
export function compileProgram(
  name: string,
  source: string,
  with_: readonly string[] = [],
  flags: readonly string[] = ['-O2'],
): string {
  const args = [
    '-std=gnu11',
    '-Wall',
    '-Wextra',
    '-Werror',
    ...(with_.length > 0 ? generatedWarnings : []),
    ...flags,
    ...nativeIncludes,
    source,
    ...with_,
    '-lpthread',
  ];
  return compiled(name, '.program', 'cc', args, [source, ...with_]);
}

/** Bytes by section of the engine for rv32imc at -Os. `state` is the page, the globals and the kept config. */
export interface RiscvSizes {
  text: number;
  rodata: number;
  data: number;
  bss: number;
  state: number;
  /** Bytes of stack the deepest chain of calls takes from the engine's task on, library functions not counted. */
  stack: number;
  /** Beside the engine: code of the ring and the engine's task, and the task's state, engine and all. */
  task: { text: number; state: number };
}

/** Compiles and links the engine alone for the chip's instruction set, its task beside it, and adds up what is left after the linker's sweep. */
export function riscvSizes(): RiscvSizes {
  const native = join(projectRoot, 'src/native');
  const flags = [...riscvFlags, '-fcallgraph-info=su', '-I', join(native, 'ring')];
  const sizeProbe = join(projectRoot, 'test/native/chip-task.c');
  const objects = compileObjects({ name: 'riscv', compiler: riscvCompiler, flags }, [
    ...engineSources(),
    sizeProbe,
    join(native, 'engine/engine-task.c'),
    join(native, 'ring/frame-ring.c'),
  ]);
  const beside = objects.slice(-2);
  // No library: its functions (memcpy, setjmp ...) are in the chip's firmware anyway and must not be counted as ours.
  const args = [
    '-march=rv32imc',
    '-mabi=ilp32',
    '-nostdlib',
    '-Wl,--gc-sections',
    '-Wl,--unresolved-symbols=ignore-all',
    '-Wl,--entry=chip_task',
    ...objects,
  ];
  const image = compiled('riscv', '.elf', riscvCompiler, args, objects);
  const sections = new Map<string, number>();
  for (const line of run('riscv64-unknown-elf-size', ['-A', image]).split('\n')) {
    const match = /^(\.\w+)\S*\s+(\d+)/.exec(line);
    if (match) sections.set(match[1] as string, (sections.get(match[1] as string) ?? 0) + Number(match[2]));
  }
  const of = (...names: string[]): number => names.reduce((sum, name) => sum + (sections.get(name) ?? 0), 0);
  const graphs = objects.map((object) => object.replace(/\.o$/, '.ci')).filter(existsSync);
  const state = /\b(\d+) engine_state\b/.exec(symbolSizes(image));
  return {
    text: of('.text'),
    rodata: of('.rodata', '.srodata'),
    data: of('.data', '.sdata'),
    bss: of('.bss', '.sbss'),
    state: state ? Number(state[1]) : 0,
    stack: deepestStack(graphs.map((path) => readFileSync(path, 'utf8'))),
    task: {
      text: beside.reduce(
        (sum, object) => sum + Number(run('riscv64-unknown-elf-size', [object]).split('\n')[1]?.trim().split(/\s+/)[0]),
        0,
      ),
      state: Number(/\b(\d+) task\b/.exec(symbolSizes(beside[0] as string))?.[1]),
    },
  };
}

/** `SIZE NAME` for each object symbol of an ELF file, sizes in decimal. */
function symbolSizes(image: string): string {
  return run('riscv64-unknown-elf-nm', ['-S', '-t', 'd', image])
    .split('\n')
    .map((line) => /^\d+ 0*(\d+) \w (\S+)$/.exec(line))
    .filter((m) => m !== null)
    .map((m) => `${m[1]} ${m[2]}`)
    .join('\n');
}

/** Reads GCC's -fcallgraph-info=su files. Throws where the graph has a cycle: then no depth would be certain. */
export function deepestStack(graphs: string[]): number {
  const frame = new Map<string, number>();
  const calls = new Map<string, string[]>();
  for (const text of graphs) {
    for (const [, name, label] of text.matchAll(/node: \{ title: "([^"]+)" label: "([^"]*)"/g)) {
      const bytes = /(\d+) bytes \(static\)/.exec(label as string);
      if (bytes) frame.set(name as string, Number(bytes[1]));
    }
    for (const [, from, to] of text.matchAll(/edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"/g)) {
      calls.set(from as string, [...(calls.get(from as string) ?? []), to as string]);
    }
  }
  const done = new Map<string, number>();
  const depth = (name: string, path: string[]): number => {
    if (path.includes(name)) throw new Error(`the call graph has a cycle: ${[...path, name].join(' -> ')}`);
    const known = done.get(name);
    if (known !== undefined) return known;
    const below = (calls.get(name) ?? []).map((to) => depth(to, [...path, name]));
    const bytes = (frame.get(name) ?? 0) + Math.max(0, ...below);
    done.set(name, bytes);
    return bytes;
  };
  return Math.max(0, ...[...frame.keys()].map((name) => depth(name, [])));
}

/** Why a compiler cannot be used here; undefined where it can. */
export function missingCompiler(name: 'cc' | 'riscv64-unknown-elf-gcc'): string | undefined {
  return spawnSync(name, ['--version']).status === 0 ? undefined : `${name} is not installed`;
}
