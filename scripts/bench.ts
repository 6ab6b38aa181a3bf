/** `npm run bench [-- --quick] [-- --json]`: measures what docs/ARCHITECTURE.md reports. It measures, it does not judge. */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../host/common/paths.js';
import { alertSizes } from './bench/alert-size.js';
import { collectorAlertsPerSecond } from './bench/collector-speed.js';
import { floorOfC, readSpeed, recordsOf, repeatCapture, testCaptures, writeTape } from './bench/engine-speed.js';
import { instructionsPerFrame, missingValgrind } from './bench/instructions.js';
import { writeMix } from './bench/mix.js';
import { type Figure, formatTable } from './bench/table.js';
import { instantiate } from './bench/tape.js';
import { compileDriver, missingCompiler, riscvSizes } from './native.js';

const quick = process.argv.includes('--quick');
const json = process.argv.includes('--json');
const directory = join(projectRoot, 'build/bench');
const frames = quick ? 100_000 : 1_000_000;
/** Under valgrind a frame takes some fifty times as long. */
const countedFrames = quick ? 50_000 : 200_000;
const rounds = quick ? 3 : 7;
const alerts = quick ? 1000 : 5000;
const figures: Figure[] = [];

function add(name: string, value: number | null, unit: string, note?: string): void {
  figures.push(note === undefined ? { name, value, unit } : { name, value, unit, note });
  if (!json) process.stderr.write(`measured: ${name}\n`);
}

/** Measures one group; what is missing here, or went wrong, becomes its note instead of an end of the whole bench. */
async function group(name: string, missing: string | undefined, measure: () => void | Promise<void>): Promise<void> {
  if (missing !== undefined) return add(name, null, '', missing);
  try {
    await measure();
  } catch (error) {
    add(name, null, '', `failed: ${error instanceof Error ? (error.message.split('\n')[0] as string) : String(error)}`);
  }
}

mkdirSync(directory, { recursive: true });
const mix = join(directory, 'mix.pcap');
const real = join(directory, 'real.pcap');
writeMix(mix, frames);
repeatCapture('benign-nat-browsing', real, frames / 4);

for (const [name, path] of [
  ['mix', mix],
  ['real capture', real],
] as const) {
  await group(`engine, ${name}`, undefined, async () => {
    const speed = await readSpeed(path, rounds);
    add(
      `frames through the engine, ${name}`,
      speed.framesPerSecond,
      'frames/s',
      `${speed.frames} frames, WebAssembly, file to records`,
    );
    add(`bare read, ${name}`, speed.readPerSecond, 'frames/s', 'the same reader, every frame seen and dropped');
    add(`time against the bare read, ${name}`, speed.ratio, 'times', 'median of paired runs; aim: at most 3');
    add(`nanoseconds a frame, ${name}`, 1e9 / speed.framesPerSecond, 'ns');
  });
  await group(`bare read in C, ${name}`, missingCompiler('cc'), () => {
    add(`bare read in C, ${name}`, floorOfC(path, rounds), 'frames/s', 'the honest lower floor');
  });
}

await group('instructions a frame', missingCompiler('cc') ?? missingValgrind(), async () => {
  const driver = compileDriver({ name: 'replay' }, join(projectRoot, 'test/native/replay.c'));
  for (const [name, source] of [
    ['mix', mix],
    ['real capture', real],
  ] as const) {
    const tape = join(directory, 'count.tape');
    writeTape(source, tape, countedFrames);
    const counted = instructionsPerFrame(driver, tape);
    add(
      `instructions a frame, ${name}`,
      counted.instructions,
      'x86-64',
      `C build at -O2, ${counted.frames} frames${name === 'mix' ? '; aim: at most 450' : ''}`,
    );
  }
});

add('memory', instantiate().memory.buffer.byteLength, 'bytes', 'aim: 65,536 and not one more');
add('engine, WebAssembly', statSync(join(projectRoot, 'build/engine/engine.wasm')).size, 'bytes');
await group('engine, RISC-V', missingCompiler('riscv64-unknown-elf-gcc'), () => {
  const sizes = riscvSizes();
  add('engine, RISC-V code', sizes.text, 'bytes', 'rv32imc, -Os, with the runtime and the wrapper');
  add('engine, RISC-V constants and data', sizes.rodata + sizes.data, 'bytes');
  add('engine, RISC-V memory', sizes.bss, 'bytes', 'the page, the kept config, where a trap goes');
  add('engine, RISC-V deepest stack', sizes.stack, 'bytes', 'library functions not counted');
});

const records = (await Promise.all(testCaptures().map((path) => recordsOf(path)))).flat();
await group('alert on the wire', records.length ? undefined : 'the test captures give no records', () => {
  const ipv4 = alertSizes(records.filter((record) => !record.source.includes(':')));
  add('alert on the wire, smallest', ipv4.min, 'bytes', `${ipv4.count} records with an IPv4 source from test/captures`);
  add('alert on the wire, median', ipv4.median, 'bytes');
  add('alert on the wire, largest', ipv4.max, 'bytes', 'aim: at most 96');
});
await group('collector', records.length ? undefined : 'the test captures give no records', async () => {
  const speeds: number[] = [];
  for (let i = 0; i < 3; i++) speeds.push(await collectorAlertsPerSecond(records, alerts));
  add('alerts stored', Math.max(...speeds), 'alerts/s', `${alerts} with QoS 1 over TCP into SQLite, best of 3`);
});

process.stdout.write(json ? `${JSON.stringify({ quick, figures }, null, 2)}\n` : `${formatTable(figures)}\n`);
