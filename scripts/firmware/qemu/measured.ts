/**
 * What a board says that it has left ("BLOCKWATCH measure", src/native/board/measure-esp32.c), at several times of a
 * run.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../host/common/paths.js';
import type { Emulator } from './emulator.js';

export interface Figures {
  /** Bytes of the system's heap: free, the least that ever was, the largest block. */
  free: number;
  leastFree: number;
  largest: number;
  /** XS's own: in use, most, all. */
  slots: [number, number, number];
  chunks: [number, number, number];
  /** Bytes of each task's stack that were never used. */
  stacks: Record<string, number>;
  /** Microseconds that each task has run, modulo 2^32. */
  times?: Record<string, number>;
  cost?: Cost;
}

/** What the engine's task has cost (struct engine_task_cost): cycles of the CPU's counter, all modulo 2^32. */
export interface Cost {
  /** Two clocks of the moment at which this was read. */
  us: number;
  cycles: number;
  /** Frames, and the calls of the engine that ran them. */
  frames: number;
  calls: number;
  /** Turns of the task with frames, and without. */
  turns: number;
  turn: number;
  idleTurns: number;
  idle: number;
}

/** What was measured last and is to be kept; `npm run firmware:qemu -- --accept` writes it. */
export const MEASURED_FILE = join(projectRoot, 'test/firmware/measured.json');

const ANSWER = /BLOCKWATCH (\{"free":(?:(?!BLOCKWATCH).)*\}\})$/;

/** The figures at the end of a line, before which an answer may stand that lost its end. @throws Error where none are */
export const figuresIn = (line: string): Figures => JSON.parse(ANSWER.exec(line)?.[1] ?? '') as Figures;

export class Measured {
  readonly #board: Emulator;
  readonly #taken = new Map<string, Figures>();

  constructor(board: Emulator) {
    this.#board = board;
  }

  async take(when: string): Promise<Figures> {
    const figures = await this.#ask();
    this.#taken.set(when, figures);
    return figures;
  }

  /** Asks again where no whole answer comes: an emulator on a busy computer loses a part of one now and then. */
  async #ask(tries = 6): Promise<Figures> {
    const from = this.#board.lines.length;
    this.#board.write('\nBLOCKWATCH measure\n');
    try {
      return figuresIn(await this.#board.line(ANSWER, 8, from));
    } catch (error) {
      if (tries <= 1) throw error;
      return this.#ask(tries - 1);
    }
  }

  /** @param accept whether it is kept for `npm run firmware:plan` */
  print(accept: boolean): void {
    if (this.#taken.size === 0) return;
    console.log('');
    for (const line of table(Object.fromEntries(this.#taken))) console.log(line);
    if (accept) writeFileSync(MEASURED_FILE, `${JSON.stringify(Object.fromEntries(this.#taken), null, 2)}\n`);
  }
}

function table(taken: Record<string, Figures>): string[] {
  const all = Object.entries(taken);
  const width = Math.max(...all.map(([when]) => when.length)) + 2;
  const part = ([now, most, of]: [number, number, number]): string => `${now}, most ${most}, of ${of}`.padStart(28);
  const last = (all.at(-1) as [string, Figures])[1];
  return [
    `${'bytes'.padEnd(width)}${'free'.padStart(8)}${'least'.padStart(8)}${'largest'.padStart(9)}` +
      `${'slots'.padStart(28)}${'chunks'.padStart(28)}`,
    ...all.map(
      ([when, { free, leastFree, largest, slots, chunks }]) =>
        `${when.padEnd(width)}${String(free).padStart(8)}${String(leastFree).padStart(8)}` +
        `${String(largest).padStart(9)}${part(slots)}${part(chunks)}`,
    ),
    `stacks, bytes never used: ${Object.entries(last.stacks)
      .map(([task, bytes]) => `${task} ${bytes}`)
      .join(', ')}`,
  ];
}

/** What was measured last, for beside a plan; nothing where nothing was. */
export function measuredLines(file = MEASURED_FILE): string[] {
  if (!existsSync(file)) return [];
  return [
    'Measured on qemu_esp32c3, without WiFi (npm run firmware:qemu)',
    ...table(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Figures>).map((line) => `  ${line}`),
  ];
}
