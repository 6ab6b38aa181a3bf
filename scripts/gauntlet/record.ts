/** Records cells: one capture a cell and tap, and what was done beside them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cell } from './cells/cell.js';
import { Lab, type Tap, taps } from './lab.js';

/** What the judge needs to know of a recorded cell: beside its captures, ID.json. */
export interface Recorded {
  id: string;
  place: Cell['place'];
  line: string;
  /** Exit code; null where it was ended. */
  code: number | null;
  overdue: boolean;
  /** The end of what the tool said. */
  said: string;
  seconds: number;
  pace?: number;
  forged: readonly string[];
  decoys: readonly string[];
}

export const captureOf = (directory: string, id: string, tap: Tap): string => join(directory, `${id}.${tap}.pcap`);

export function readRecorded(directory: string, id: string): Recorded | undefined {
  const file = join(directory, `${id}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recorded) : undefined;
}

/** The names of the cells that a folder holds. */
export function recordedIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(inside|outside)\/.*\.json$/.test(file))
    .map((file) => file.replace(/\.json$/, ''))
    .sort();
}

async function recordCell(lab: Lab, cell: Cell, directory: string): Promise<void> {
  mkdirSync(dirname(join(directory, cell.id)), { recursive: true });
  lab.forget();
  const stops = await Promise.all(taps.map((tap) => lab.tap(tap, captureOf(directory, cell.id, tap))));
  const began = Date.now();
  const { code, text, overdue } = await lab.scan(cell.place, cell.command, cell.args, cell.limit * 1000);
  const seconds = (Date.now() - began) / 1000;
  // Late answers, and what the router says of those that did not answer its ARP.
  await sleep(1200);
  await Promise.all(stops.map((stop) => stop()));
  const recorded: Recorded = {
    id: cell.id,
    place: cell.place,
    line: cell.command === 'sh' ? (cell.args[1] as string) : [cell.command, ...cell.args].join(' '),
    code,
    overdue,
    said: text.slice(-400),
    seconds,
    ...(cell.pace === undefined ? {} : { pace: cell.pace }),
    forged: cell.forged ?? [],
    decoys: cell.decoys ?? [],
  };
  writeFileSync(join(directory, `${cell.id}.json`), JSON.stringify(recorded, null, 1));
}

/** Records the cells in as many labs at a time; `done` after each. */
export async function record(
  cells: readonly Cell[],
  directory: string,
  labs: number,
  done: (cell: Cell) => void,
): Promise<void> {
  const waiting = [...cells];
  const work = async (number: number): Promise<void> => {
    if (waiting.length === 0) return;
    const lab = await Lab.open(String(number));
    try {
      for (let cell = waiting.shift(); cell; cell = waiting.shift()) {
        await recordCell(lab, cell, directory);
        done(cell);
      }
    } finally {
      await lab.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(labs, cells.length) }, (_, i) => work(i + 1)));
}
