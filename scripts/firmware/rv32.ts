/**
 * `npm run firmware:rv32 [-- CAPTURE ...]`: the engine's C, its runtime and the ring, compiled for the ESP32-C3's instruction
 * set and run in QEMU over captures; each record is compared with the WebAssembly's. Instructions are exact: QEMU counts
 * them (minstret). What a chip makes of an instruction in time is not in them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readCapture } from '../../host/capture/read.js';
import { UserError } from '../../host/common/errors.js';
import { homeOf, testCaptures } from '../bench/engine-speed.js';
import { instantiate, RawEngine, Tape, taped } from '../bench/tape.js';
import { compileChip, missingCompiler, riscvSizes } from '../native.js';

export interface ChipRun {
  frames: number;
  traps: number;
  /** Instructions that went into the ring, in and out, and into the engine. */
  ring: number;
  engine: number;
  records: Buffer;
}

/** Runs the chip's program over a tape, for at most `seconds`. Throws with what it said where it fails. */
export function runOnChip(program: string, tape: Tape, seconds = 120): ChipRun {
  const folder = mkdtempSync(join(tmpdir(), 'blockwatch-chip-'));
  try {
    tape.write(join(folder, 'tape.bin'));
    const done = spawnSync(
      'qemu-system-riscv32',
      [
        '-M',
        'virt',
        '-icount',
        'shift=0',
        '-nographic',
        '-monitor',
        'none',
        '-serial',
        'none',
        '-bios',
        'none',
        '-semihosting-config',
        'enable=on,target=native',
        '-kernel',
        program,
      ],
      { cwd: folder, encoding: 'utf8', timeout: seconds * 1000 },
    );
    // QEMU writes what the program prints to its standard error.
    const said = `${done.stdout}${done.stderr}`;
    if (done.status !== 0) throw new Error(`the program in QEMU ended with ${done.status ?? done.signal}: ${said}`);
    const number = (name: string): number => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(said)?.[1] ?? NaN);
    return {
      frames: number('frames'),
      traps: number('traps'),
      ring: number('ring'),
      engine: number('engine'),
      records: readFileSync(join(folder, 'records.bin')),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A capture through both: what the chip did, and whether the records are the same. */
export function compareCapture(program: string, path: string): ChipRun & { same: boolean } {
  const tape = new Tape();
  const raw = new RawEngine(taped(instantiate(), tape), homeOf(path), [0x1234, 0x5678]);
  try {
    readCapture(path, raw.take);
  } catch (error) {
    // Damaged on purpose: what could be read counts.
    if (!(error instanceof UserError)) throw error;
  }
  raw.flush();
  const run = runOnChip(program, tape);
  return { ...run, same: run.frames === raw.frames && run.records.equals(raw.records) };
}

function main(): void {
  const missing = missingCompiler('riscv64-unknown-elf-gcc');
  if (missing) {
    console.error(`${missing}: apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc.`);
    process.exitCode = 1;
    return;
  }
  const program = compileChip();
  const paths = process.argv.length > 2 ? process.argv.slice(2) : testCaptures();
  const total = { frames: 0, ring: 0, engine: 0, different: 0 };
  console.log(
    `${'capture'.padEnd(34)}${'frames'.padStart(8)}${'records'.padStart(9)}${'engine'.padStart(9)}${'ring'.padStart(7)}  (instructions a frame)`,
  );
  for (const path of paths) {
    const run = compareCapture(program, path);
    total.frames += run.frames;
    total.ring += run.ring;
    total.engine += run.engine;
    if (!run.same || run.traps > 0) total.different++;
    const each = (value: number): string => (run.frames ? Math.round(value / run.frames) : 0).toString();
    console.log(
      `${basename(path).padEnd(34)}${String(run.frames).padStart(8)}${String(run.records.length / 96).padStart(9)}${each(run.engine).padStart(9)}${each(run.ring).padStart(7)}  ${run.same ? 'same records' : 'DIFFERENT RECORDS'}`,
    );
  }
  console.log(
    `${paths.length} captures, ${total.frames} frames, ${total.different} different; a frame takes ${Math.round(total.engine / total.frames)} instructions in the engine and ${Math.round(total.ring / total.frames)} in the ring`,
  );
  const { text, rodata, state, stack } = riscvSizes();
  console.log(`code ${text} bytes, tables ${rodata}, state ${state}, deepest stack ${stack}`);
  process.exitCode = total.different > 0 ? 1 : 0;
}

if (process.argv[1]?.endsWith('firmware/rv32.js')) main();
