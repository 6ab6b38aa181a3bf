/** What takes which memory on a board: counted where it is ours, and said to be another's word where it is not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { boards } from '../../host/firmware/boards.js';
import type { RiscvSizes } from '../native.js';
import { missingCompiler, riscvSizes } from '../native.js';

interface Manifest {
  creation: { chunk: { initial: number }; heap: { initial: number }; stack: number };
  defines: { ring: { slots: number } };
}

/** In use of XS's heap, as `npm run firmware:linux` found it: slots, and bytes of chunks. */
interface HeapUse {
  slots: number;
  chunks: number;
}

/** Bytes of a slot on a 32-bit machine (xs/sources/xsAll.h). */
const SLOT = 16;
const FRAME_SLOT = 204;
const ENGINE_STACK = 4096;
/** The stack of the SDK's task for XS (build/devices/esp32/lib/main/main.c, kStack). */
const XS_STACK = 10_240;
/** The stack of a driver's task that receives frames (ETH_MAC_DEFAULT_CONFIG), a DMA buffer (ETH_DMA_BUFFER_SIZE), the longest frame that is copied. */
const DRIVER = { stack: 4096, buffer: 512, frame: 1522 } as const;
/** Where there is no compiler to count with: as it was counted last. */
const LAST = { state: 66_696, text: 44_774, rodata: 501, task: { text: 1_988, state: 71_016 } } as const;

/** RAM for data: ESP32 Technical Reference Manual 3.3; the others' from the cache to the boot loader (components/esp_system/ld), shared with code in RAM. */
const ram: Record<string, { bytes: number; from: string }> = {
  esp32: { bytes: 327_680, from: '320 KiB' },
  esp32c3: { bytes: 321_296, from: 'less code in RAM' },
  esp32c6: { bytes: 452_112, from: 'less code in RAM' },
  esp32s3: { bytes: 341_760, from: 'less code in RAM' },
};

export interface PlanLine {
  what: string;
  bytes: number;
  from: string;
}

export interface MemoryPlan {
  ram: PlanLine[];
  /** What is part of the lines above: not to be added. */
  within: PlanLine[];
  flash: PlanLine[];
  ramOf: PlanLine;
  /** The partition that an image must fit in. */
  slot: PlanLine;
}

const json = (path: string): unknown => JSON.parse(readFileSync(join(projectRoot, path), 'utf8'));
export const chipOf = (board: string): string => boards[board]?.platform.split('/').pop() ?? 'esp32';

let sizes: Pick<RiscvSizes, 'state' | 'text' | 'rodata' | 'task'> | undefined;
const counted = (): NonNullable<typeof sizes> =>
  (sizes ??= missingCompiler('riscv64-unknown-elf-gcc') ? LAST : riscvSizes());

/** Buffers and the task of what receives frames: the board's own Ethernet driver. */
function driverLines(board: string): PlanLine[] {
  const parts = readFileSync(join(projectRoot, 'src/app/boards', board, 'manifest.json'), 'utf8');
  const settings = readFileSync(join(projectRoot, 'src/app/boards', board, 'sdkconfig/sdkconfig.defaults'), 'utf8');
  const number = (name: string): number => Number(new RegExp(`^CONFIG_${name}=(\\d+)`, 'm').exec(settings)?.[1] ?? 10);
  const task = {
    what: "Ethernet: task's stack, a frame on its way",
    bytes: DRIVER.stack + DRIVER.frame,
    from: "IDF's default",
  };
  if (parts.includes('emac')) {
    const buffers = number('ETH_DMA_RX_BUFFER_NUM') + number('ETH_DMA_TX_BUFFER_NUM');
    return [
      task,
      {
        what: `Ethernet: ${buffers} DMA buffers of ${DRIVER.buffer}`,
        bytes: buffers * DRIVER.buffer,
        from: 'set: sdkconfig.defaults',
      },
    ];
  }
  return parts.includes('w5500')
    ? [task, { what: 'Ethernet: SPI buffer', bytes: DRIVER.frame, from: "the driver's (wiznet_common)" }]
    : [];
}

/** Bytes of the partition that an image must fit in. */
export function slotBytes(csv = readFileSync(join(projectRoot, 'src/native/board/partitions.csv'), 'utf8')): number {
  return Number(/^ota_0\s*,[^,]*,[^,]*,[^,]*,\s*(\w+)/m.exec(csv)?.[1]);
}

/** @param xs what the build of the board measured, where it did: its own part and XS itself, bytes of flash */
export function planOf(board: string, xs?: { part: number; machine: number }): MemoryPlan {
  const { creation, defines } = json('manifest.json') as Manifest;
  const { state, text, rodata, task } = counted();
  const heap = json('test/firmware/heap.json') as Record<'rest' | 'handshake', HeapUse>;
  const use = (what: string, { slots, chunks }: HeapUse): PlanLine => ({
    what: `${what}: ${slots} slots, ${chunks} of chunks`,
    bytes: slots * SLOT + chunks,
    from: 'firmware:linux: test/firmware/heap.json',
  });
  return {
    ram: [
      { what: 'engine: page, globals, config', bytes: state, from: 'counted, static' },
      {
        what: `ring of ${defines.ring.slots} frame heads`,
        bytes: defines.ring.slots * FRAME_SLOT,
        from: 'counted, static',
      },
      { what: 'records on their way to XS, config, counters', bytes: task.state - state, from: 'counted, static' },
      { what: "engine task's stack", bytes: ENGINE_STACK, from: 'set; firmware:rv32 counts the deepest chain' },
      { what: 'XS chunks', bytes: creation.chunk.initial, from: 'set, fixed: manifest.json' },
      {
        what: `XS slots, ${creation.heap.initial} of ${SLOT}`,
        bytes: creation.heap.initial * SLOT,
        from: 'set, fixed: manifest.json',
      },
      { what: `XS stack, ${creation.stack} slots`, bytes: creation.stack * SLOT, from: 'set: manifest.json' },
      { what: "XS task's C stack", bytes: XS_STACK, from: "the SDK's setting" },
      ...driverLines(board),
      { what: 'WiFi, lwIP, FreeRTOS', bytes: 60_000, from: "Espressif's documents; not measured by us" },
    ],
    within: [use('of XS at rest', heap.rest), use('of XS after a TLS handshake, outbox full', heap.handshake)],
    ramOf: { what: `${chipOf(board)} has`, ...(ram[chipOf(board)] ?? { bytes: 0, from: '' }) },
    flash: [
      ...(xs
        ? [
            { what: "our TypeScript and the SDK's: code, objects", bytes: xs.part, from: 'counted, rv32imc' },
            { what: 'XS itself', bytes: xs.machine, from: 'counted, rv32imc, linked' },
          ]
        : []),
      { what: 'engine: code, tables', bytes: text + rodata, from: 'counted, rv32imc, linked' },
      { what: "ring, engine's task", bytes: task.text, from: 'counted, rv32imc' },
    ],
    slot: { what: 'slot of an image', bytes: slotBytes(), from: 'src/native/board/partitions.csv' },
  };
}

const sum = (lines: readonly PlanLine[]): number => lines.reduce((total, { bytes }) => total + bytes, 0);

/** A table with a column for each board; a line that one has and another has not is empty there. */
export function planTable(plans: ReadonlyMap<string, MemoryPlan>): string[] {
  const all = [...plans.values()];
  const heads = [...plans.keys()].map((board) => `${board} (${chipOf(board)})`);
  const widths = heads.map((head) => head.length);
  const row = (what: string, values: readonly (number | undefined)[], from: string): string =>
    `  ${what.padEnd(58)}${values.map((value, i) => `  ${(value === undefined ? '' : String(value)).padStart(widths[i] as number)}`).join('')}  ${from}`.trimEnd();
  const part = (pick: (plan: MemoryPlan) => readonly PlanLine[]): string[] => {
    const names = [...new Set(all.flatMap((plan) => pick(plan).map(({ what }) => what)))];
    const line = (plan: MemoryPlan, name: string): PlanLine | undefined => pick(plan).find(({ what }) => what === name);
    return names.map((name) =>
      row(
        name,
        all.map((plan) => line(plan, name)?.bytes),
        all.map((plan) => line(plan, name)?.from).find((from) => from !== undefined) ?? '',
      ),
    );
  };
  return [
    row('', [], '').padEnd(60) + heads.map((head) => `  ${head}`).join(''),
    'RAM, bytes',
    ...part((plan) => plan.ram),
    row(
      'in all',
      all.map((plan) => sum(plan.ram)),
      '',
    ),
    row(
      'of',
      all.map((plan) => plan.ramOf.bytes),
      [...new Set(all.map((plan) => `${plan.ramOf.what} ${plan.ramOf.from}`))].join('; '),
    ),
    ...part((plan) => plan.within),
    'Flash, bytes',
    ...part((plan) => plan.flash),
    row(
      "left for FreeRTOS, WiFi, lwIP, the SDK's C",
      all.map((plan) => plan.slot.bytes - sum(plan.flash)),
      'the rest',
    ),
    row(
      'slot of an image',
      all.map((plan) => plan.slot.bytes),
      all[0]?.slot.from ?? '',
    ),
  ];
}
