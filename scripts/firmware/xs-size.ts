/** What XS takes on a 32-bit machine, from what a board's build made: compiled for rv32imc with Debian's compiler, which is not the chip's own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import type { Sdk } from './sdk.js';

/** What the XS stages made for a board. */
export interface XsPart {
  /** Bytes: preloaded objects, byte code and tables, which stay in flash; resources. */
  flash: number;
  /** Bytes of RAM before the heap: 0 where everything that was preloaded is constant. */
  staticRam: number;
}

const compiler = 'riscv64-unknown-elf-gcc';

function flags(sdk: Sdk, folder: string): string[] {
  const includes = [
    join(projectRoot, 'scripts/firmware/measure'),
    join(sdk.root, 'xs/includes'),
    join(sdk.root, 'xs/platforms'),
    join(sdk.root, 'xs/sources'),
    folder,
  ];
  return [
    '-march=rv32imc',
    '-mabi=ilp32',
    '-Os',
    '-w',
    '-ffunction-sections',
    '-fdata-sections',
    '--specs=picolibc.specs',
    '-DmxNoFunctionLength=1',
    '-DmxNoFunctionName=1',
    '-DmxHostFunctionPrimitive=1',
    '-DmxFewGlobalsTable=1',
    '-DESP32=3',
    '-DINCLUDE_XSPLATFORM=1',
    '-DXSPLATFORM="measure.h"',
    ...includes.flatMap((path) => ['-I', path]),
  ];
}

/** text, data and bss of an object or a program. */
function sizes(path: string): [number, number, number] {
  const [text = 0, data = 0, bss = 0] =
    execFileSync('riscv64-unknown-elf-size', [path], { encoding: 'utf8' })
      .split('\n')[1]
      ?.trim()
      .split(/\s+/)
      .map(Number) ?? [];
  return [text, data, bss];
}

const partOf = (folder: string): string => join(folder, 'mc.xs.riscv.o');

/** Compiles mc.xs.c for a 32-bit machine and reads its sections; undefined where there is no compiler for one. */
export function measureXsPart(sdk: Sdk, folder: string): XsPart | undefined {
  const object = partOf(folder);
  const compiled = spawnSync(compiler, [...flags(sdk, folder), '-c', join(folder, 'mc.xs.c'), '-o', object], {
    encoding: 'utf8',
  });
  if (compiled.error) return undefined;
  if (compiled.status !== 0)
    throw new Error(`mc.xs.c does not compile for 32 bits:\n${compiled.stderr.split('\n').slice(0, 10).join('\n')}`);
  const [text, data, bss] = sizes(object);
  return { flash: text, staticRam: data + bss };
}

/**
 * Bytes of XS itself that this board's part calls for: the machine's C linked with it, without what nothing refers to. The whole
 * interface for host functions counts as referred to, because the SDK's own modules are not linked here. After measureXsPart.
 */
export function measureMachine(sdk: Sdk, folder: string): number {
  const output = join(projectRoot, 'build/firmware/xs-machine');
  mkdirSync(output, { recursive: true });
  // Not in the chip's build (XS_OBJ of the SDK's makefile).
  const left = ['xsDefaults.c', 'xsLockdown.c', 'xsPlatforms.c', 'xsProfile.c', 'xsSnapshot.c', 'xsffi.c', 'xsum.c'];
  const sources = readdirSync(join(sdk.root, 'xs/sources')).filter(
    (name) => name.endsWith('.c') && !left.includes(name),
  );
  const jobs = sources
    .map((name) => ({ source: join(sdk.root, 'xs/sources', name), object: join(output, `${name}.o`) }))
    .filter(({ source, object }) => !existsSync(object) || statSync(object).mtimeMs < statSync(source).mtimeMs);
  if (jobs.length > 0) {
    const quoted = flags(sdk, folder)
      .map((word) => `'${word}'`)
      .join(' ');
    const script = jobs.map(({ source, object }) => `${compiler} ${quoted} -c '${source}' -o '${object}'`).join('\n');
    execFileSync('xargs', ['-d', '\n', '-P', String(availableParallelism()), '-I', '{}', 'sh', '-c', '{}'], {
      input: script,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }
  const objects = sources.map((name) => join(output, `${name}.o`));
  const names = execFileSync(
    'riscv64-unknown-elf-nm',
    ['--defined-only', '-g', join(output, 'xsAPI.c.o'), join(output, 'xsmc.c.o')],
    { encoding: 'utf8' },
  )
    .split('\n')
    .flatMap((line) => / T (\w+)$/.exec(line)?.[1] ?? []);
  const program = join(folder, 'xs.riscv.elf');
  execFileSync(
    compiler,
    [
      '-march=rv32imc',
      '-mabi=ilp32',
      '-nostdlib',
      '-Wl,--gc-sections',
      '-Wl,--unresolved-symbols=ignore-all',
      '-Wl,--entry=xsPreparationAndCreation',
      ...names.map((name) => `-Wl,-u,${name}`),
      partOf(folder),
      ...objects,
      '-o',
      program,
    ],
    { stdio: 'pipe' },
  );
  return sizes(program)[0] - sizes(partOf(folder))[0];
}
