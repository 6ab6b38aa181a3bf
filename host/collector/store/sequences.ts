/** Tracks a boot's missing messages. Sequence numbers start at 1 and have no gaps when all is well. */

import type { Executor } from './database.js';
import { insertRows } from './database.js';

export interface BootKey {
  site: string;
  sensor: string;
  boot: number;
}

/** Sequence numbers `low` to `high`, inclusive. */
export interface Hole {
  low: number;
  high: number;
}

/** The gaps left by `arrived` (ascending, all above `highest`) and `settled`, and the new highest number. */
export function holesAfter(
  highest: number,
  arrived: readonly number[],
  settled: number,
): { highest: number; holes: Hole[] } {
  const holes: Hole[] = [];
  let top = highest;
  for (const sequence of arrived) {
    if (sequence > top + 1) holes.push({ low: top + 1, high: sequence - 1 });
    top = Math.max(top, sequence);
  }
  // The sensor has nothing left to send up to `settled`: whatever is missing there is lost.
  if (settled > top) holes.push({ low: top + 1, high: settled });
  return { highest: Math.max(top, settled), holes };
}

/** What remains of `hole` after `sequence`, which lies in it, arrived. */
export function without(hole: Hole, sequence: number): Hole[] {
  const rest: Hole[] = [];
  if (hole.low < sequence) rest.push({ low: hole.low, high: sequence - 1 });
  if (sequence < hole.high) rest.push({ low: sequence + 1, high: hole.high });
  return rest;
}

const where = 'site = ? AND sensor = ? AND boot = ?';

export async function recordHoles(
  tx: Executor,
  { site, sensor, boot }: BootKey,
  holes: Hole[],
  found: number,
): Promise<void> {
  const rows = holes.map(({ low, high }) => [site, sensor, boot, low, high, found]);
  await insertRows(tx, 'INSERT INTO gaps (site, sensor, boot, low, high, found)', rows, '');
}

/** Removes a late message from its gap; returns that gap as it was, if there was one. */
export async function fillHole(
  tx: Executor,
  key: BootKey,
  sequence: number,
): Promise<(Hole & { found: number }) | undefined> {
  const { site, sensor, boot } = key;
  const sql = `SELECT low, high, found FROM gaps WHERE ${where} AND low <= ? AND high >= ? ORDER BY low DESC LIMIT 1`;
  const [hole] = await tx.all<Hole & { found: number }>(sql, [site, sensor, boot, sequence, sequence]);
  if (!hole) return undefined;
  await tx.all(`DELETE FROM gaps WHERE ${where} AND low = ?`, [site, sensor, boot, hole.low]);
  await recordHoles(tx, key, without(hole, sequence), hole.found);
  return hole;
}

/**
 * Which of `sequences` arrived before: all up to the highest, except the gaps. This also covers messages whose rows
 * were removed, which is why gaps are never deleted.
 */
export async function arrivedBefore(
  tx: Executor,
  { site, sensor, boot }: BootKey,
  sequences: readonly number[],
): Promise<Set<number>> {
  const [known] = await tx.all<{ highest: number }>(`SELECT highest FROM boots WHERE ${where}`, [site, sensor, boot]);
  const below = sequences.filter((sequence) => sequence <= (known?.highest ?? 0));
  if (below.length === 0) return new Set();
  const holes = await tx.all<Hole>(`SELECT low, high FROM gaps WHERE ${where} AND low <= ? AND high >= ?`, [
    site,
    sensor,
    boot,
    Math.max(...below),
    Math.min(...below),
  ]);
  return new Set(below.filter((sequence) => !holes.some(({ low, high }) => low <= sequence && sequence <= high)));
}
