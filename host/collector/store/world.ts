/** What sensor states depend on besides the sensor: listening times, the fleet's clocks and its versions. */

import type { World } from '../rules/sensor-state.js';
import { CLOCK_VOTES } from '../rules/thresholds.js';
import { compareVersions } from '../rules/versions.js';
import type { Database, Executor } from './database.js';
import { readListening } from './listening.js';

interface VersionRow {
  board: string;
  version: string;
  since: number;
}

export async function readWorld(db: Executor, now: number): Promise<World> {
  const listening = await readListening(db);
  const newest = new Map<string, VersionRow>();
  for (const row of await db.all<VersionRow>('SELECT board, version, since FROM versions')) {
    const best = newest.get(row.board);
    if (!best || compareVersions(row.version, best.version) > 0) newest.set(row.board, row);
  }
  return { now, listening, skew: listening?.skew ?? 0, newest, leastFirmware: listening?.least_firmware ?? undefined };
}

/** Records the versions in use. A version that no sensor runs any more, because it was rolled back, outdates nobody. */
export async function saveVersions(
  db: Database,
  running: readonly { board: string; version: string }[],
  now: number,
): Promise<void> {
  const name = ({ board, version }: { board: string; version: string }): string => `${board} ${version}`;
  const known = await db.all<VersionRow>('SELECT board, version, since FROM versions');
  const names = new Set(known.map(name));
  const current = new Map(running.filter(({ version }) => version !== '').map((one) => [name(one), one]));
  const over = known.filter((row) => !current.has(name(row)));
  const fresh = [...current].filter(([key]) => !names.has(key)).map(([, one]) => one);
  if (over.length + fresh.length === 0) return;
  await db.transaction(async (tx) => {
    for (const { board, version } of over)
      await tx.all('DELETE FROM versions WHERE board = ? AND version = ?', [board, version]);
    for (const { board, version } of fresh)
      await tx.all('INSERT INTO versions (board, version, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [
        board,
        version,
        now,
      ]);
  });
}

/** The median clock difference, given enough sensors: if all are off by the same, the collector's clock is wrong. */
export function skewOf(ahead: readonly number[]): number {
  if (ahead.length < CLOCK_VOTES) return 0;
  const sorted = [...ahead].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
