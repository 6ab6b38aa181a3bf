/**
 * Scans that end without a record of their end: their sensor restarted, was stopped, or says no more of them. A later
 * record of the sensor still decides: it overwrites the row, and a scan that went on is open again.
 */

import type { Scan } from '../../api/types.js';
import type { EndReason } from '../rules/event.js';
import { SCAN_CEILING, SCAN_QUIET } from '../rules/thresholds.js';
import type { Executor } from './database.js';
import { readListening } from './listening.js';
import type { ScanRow } from './rows.js';
import { SCAN_COLUMNS, scanOf } from './rows.js';

/** Ends these open scans. Returns those that were still open. */
export async function endScans(tx: Executor, rows: readonly ScanRow[], reason: EndReason): Promise<Scan[]> {
  const ended: Scan[] = [];
  for (const row of rows) {
    const body = JSON.stringify({ ...(JSON.parse(row.body) as object), ended: reason });
    const changed = await tx.all<ScanRow>(
      `UPDATE scans SET open = 0, body = ? WHERE site = ? AND sensor = ? AND boot = ? AND episode = ? AND open = 1
        AND received = ? RETURNING ${SCAN_COLUMNS}`,
      [body, row.site, row.sensor, row.boot, row.episode, row.received],
    );
    ended.push(...changed.map(scanOf));
  }
  return ended;
}

/** Kinds that a sensor does not count among its open episodes. */
const UNCOUNTED: ReadonlySet<string> = new Set(['distributed-scan', 'flood', 'brute-force', 'foothold']);

/**
 * Ends open scans that their sensor says no more of: no record for longer than any episode waits, or for longer than
 * one waits at least while the sensor reports that no episode is open.
 *
 * @param now milliseconds since 1970
 */
export async function endSilentScans(tx: Executor, now: number): Promise<Scan[]> {
  const listening = await readListening(tx);
  if (!listening) return [];
  const open = await tx.all<ScanRow & { kind: string }>(
    `SELECT ${SCAN_COLUMNS}, kind FROM scans WHERE open = 1 AND received < ?`,
    [now - SCAN_QUIET],
  );
  if (open.length === 0) return [];
  // Nobody may have listened to what a sensor said meanwhile.
  const unheard = (row: ScanRow): boolean => Math.max(row.received, listening.since) < now - SCAN_CEILING;
  const idle = await idleSensors(tx);
  const isOver = (row: ScanRow & { kind: string }): boolean =>
    unheard(row) ||
    (!UNCOUNTED.has(row.kind) &&
      (idle.get(`${row.site}/${row.sensor}/${row.boot}`) ?? 0) - Math.max(row.received, listening.since) >= SCAN_QUIET);
  return endScans(tx, open.filter(isOver), 'silent');
}

/** By `{site}/{sensor}/{boot}`, when a sensor whose newest health message has no open episode sent it. */
async function idleSensors(tx: Executor): Promise<Map<string, number>> {
  const rows = await tx.all<{ site: string; sensor: string; boot: number; health: string; health_received: number }>(
    'SELECT site, sensor, boot, health, health_received FROM sensors WHERE health IS NOT NULL',
  );
  const idle = new Map<string, number>();
  for (const { site, sensor, boot, health, health_received } of rows) {
    const said = JSON.parse(health) as { boot: number; counters: { episodesOpen?: number } };
    if (said.boot === boot && (said.counters.episodesOpen ?? 0) === 0)
      idle.set(`${site}/${sensor}/${boot}`, health_received);
  }
  return idle;
}
