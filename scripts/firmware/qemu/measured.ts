/** What a board says that it has left ("BLOCKWATCH measure", src/native/board/measure-esp32.c), at several times of a run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../host/paths.js';
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
}

/** Where `npm run firmware:plan` finds what was measured. */
export const MEASURED_FILE = join(projectRoot, 'build/qemu/measured.json');

export class Measured {
  readonly #board: Emulator;
  readonly #taken = new Map<string, Figures>();

  constructor(board: Emulator) {
    this.#board = board;
  }

  async take(when: string): Promise<Figures> {
    const from = this.#board.lines.length;
    this.#board.write('\nBLOCKWATCH measure\n');
    const line = await this.#board.line(/^BLOCKWATCH \{"free":/, 30, from);
    const figures = JSON.parse(line.slice('BLOCKWATCH '.length)) as Figures;
    this.#taken.set(when, figures);
    return figures;
  }

  print(): void {
    if (this.#taken.size === 0) return;
    const all = [...this.#taken];
    const width = Math.max(...all.map(([when]) => when.length), 12) + 2;
    console.log(`\n${'bytes'.padEnd(width)}${'free'.padStart(9)}${'least'.padStart(9)}${'largest'.padStart(9)}${'slots'.padStart(16)}${'chunks'.padStart(18)}`);
    for (const [when, { free, leastFree, largest, slots, chunks }] of all) {
      console.log(`${when.padEnd(width)}${String(free).padStart(9)}${String(leastFree).padStart(9)}${String(largest).padStart(9)}${`${slots[0]} (${slots[1]}) of ${slots[2]}`.padStart(24)}${`${chunks[0]} (${chunks[1]}) of ${chunks[2]}`.padStart(26)}`);
    }
    const last = all.at(-1)?.[1] as Figures;
    console.log(`stacks, never used: ${Object.entries(last.stacks).map(([task, bytes]) => `${task} ${bytes}`).join(', ')}`);
    writeFileSync(MEASURED_FILE, `${JSON.stringify(Object.fromEntries(this.#taken), null, 2)}\n`);
  }
}
