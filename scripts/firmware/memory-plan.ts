/** What takes which memory on a board: counted where it is ours, and said to be another's word where it is not. */
import { riscvSizes, missingCompiler } from '../native.js';

interface Manifest {
  creation: { chunk: { initial: number }; heap: { initial: number }; stack: number };
  defines: { ring: { slots: number } };
}

/** Bytes of a slot on a 32-bit machine (xs/sources/xsAll.h). */
const SLOT = 16;
const FRAME_SLOT = 204;
const RECORD = 96;
const ENGINE_STACK = 4096;

export interface PlanLine {
  what: string;
  bytes: number;
  from: string;
}

export function planLines(manifest: Manifest): PlanLine[] {
  const state = missingCompiler('riscv64-unknown-elf-gcc') ? 66_672 : riscvSizes().state;
  const { creation, defines } = manifest;
  return [
    { what: 'engine: page, globals, config', bytes: state, from: 'counted: static, rv32imc' },
    { what: `ring of ${defines.ring.slots} frame heads`, bytes: defines.ring.slots * FRAME_SLOT, from: 'counted: static' },
    { what: 'records on their way to XS, config, counters', bytes: 32 * RECORD + 720 + 4 * 37 * 3, from: 'counted: static' },
    { what: 'engine task\'s stack', bytes: ENGINE_STACK, from: 'set; the deepest chain is counted by firmware:rv32' },
    { what: 'XS chunks', bytes: creation.chunk.initial, from: 'set, fixed: manifest.json' },
    { what: `XS slots, ${creation.heap.initial} of ${SLOT} bytes`, bytes: creation.heap.initial * SLOT, from: 'set, fixed: manifest.json' },
    { what: `XS stack, ${creation.stack} slots`, bytes: creation.stack * SLOT, from: 'set: manifest.json' },
    { what: 'XS task\'s C stack', bytes: 8192, from: 'the SDK\'s setting' },
    { what: 'WiFi, lwIP and Ethernet buffers', bytes: 60_000, from: 'Espressif\'s documents; not measured by us' },
  ];
}

export function memoryPlan(board: string, manifest: Manifest): string[] {
  const lines = planLines(manifest);
  const total = lines.reduce((sum, { bytes }) => sum + bytes, 0);
  return [`RAM of ${board}, bytes:`, ...lines.map(({ what, bytes, from }) => `  ${String(bytes).padStart(7)}  ${what.padEnd(46)}${from}`), `  ${String(total).padStart(7)}  in all`];
}
