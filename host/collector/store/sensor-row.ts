/** The row of a sensor and what messages do to it. */

import { configDefaults, configLimits } from '../../../src/protocol/config.js';
import type { Health } from '../../../src/protocol/health.js';
import { supersedes } from '../../../src/protocol/status.js';
import type { HealthMessage, StatusMessage } from '../decode.js';
import { LEAST_HEARTBEAT } from '../fleet/thresholds.js';
import { statusOf } from './current-boot.js';
import type { Executor, Words } from './database.js';
import type { SensorRow } from './rows.js';
import { SENSOR_COLUMNS } from './rows.js';
import { observe, tapOf } from './tap.js';

/** Makes the row where it is not there and holds it, so that no other collector changes this sensor meanwhile. */
export async function holdSensor(
  tx: Executor,
  words: Words,
  site: string,
  sensor: string,
  now: number,
): Promise<SensorRow> {
  const select = `SELECT ${SENSOR_COLUMNS} FROM sensors WHERE site = ? AND sensor = ?${words.forUpdate}`;
  const known = (await tx.all<SensorRow>(select, [site, sensor]))[0];
  if (known) return known;
  await tx.all(
    `INSERT INTO sensors (site, sensor, boot, first_seen, last_seen, interval_ms, frames_per_second)
     VALUES (?, ?, 0, ?, 0, ?, 0) ON CONFLICT DO NOTHING`,
    [site, sensor, now, configDefaults.healthSeconds * 1000],
  );
  return (await tx.all<SensorRow>(select, [site, sensor]))[0] as SensorRow;
}

export async function saveSensor(tx: Executor, row: SensorRow): Promise<void> {
  await tx.all(
    `UPDATE sensors SET boot = ?, boot_since = ?, last_seen = ?, status = ?, status_received = ?, health = ?, health_received = ?, interval_ms = ?,
     frames_per_second = ?, tap = ? WHERE site = ? AND sensor = ?`,
    [
      row.boot,
      row.boot_since,
      row.last_seen,
      row.status,
      row.status_received,
      row.health,
      row.health_received,
      row.interval_ms,
      row.frames_per_second,
      row.tap,
      row.site,
      row.sensor,
    ],
  );
}

/** Gives whether the status was taken: that of another boot or an old connection is not. */
export function takeStatus(row: SensorRow, message: StatusMessage, received: number): boolean {
  if (message.status.boot !== row.boot) return false;
  const text = JSON.stringify(message.status);
  if (!supersedes(message.status, statusOf(row)) || row.status === text) return false;
  row.status = text;
  row.status_received = received;
  return true;
}

/** Gives whether the health message was the newest of the sensor's current boot. */
export function takeHealth(row: SensorRow, message: HealthMessage, received: number): boolean {
  const next = message.health;
  const current = row.health ? (JSON.parse(row.health) as Health) : undefined;
  if (next.boot !== row.boot) return false;
  if (next.boot === current?.boot && next.figures.uptime <= current.figures.uptime) return false;
  const same = current?.boot === next.boot;
  const before = same ? current : undefined;
  const elapsed = same ? next.figures.uptime - current.figures.uptime : next.figures.uptime;
  const frames = framesBetween(before, next);
  row.frames_per_second = elapsed > 0 ? (frames * 1000) / elapsed : 0;
  // What the sensor promises; of one that promises nothing what it did, but never below the default: a message out of turn (after a
  // reconnect) does not promise the next one as soon.
  const usual = configDefaults.healthSeconds * 1000;
  const promised = (next.figures.healthSeconds ?? 0) * 1000;
  if (promised > 0)
    row.interval_ms = Math.max(LEAST_HEARTBEAT, Math.min(configLimits.healthSeconds.highest * 1000, promised));
  else if (same) row.interval_ms = Math.min(configLimits.healthSeconds.highest * 1000, Math.max(usual, elapsed));
  row.tap = JSON.stringify(observe(tapOf(row.tap), { before, next, elapsed, frames, received }));
  row.health = JSON.stringify(next);
  row.health_received = received;
  return true;
}

/** Frames the tap saw between two health messages. The counter wraps at 2^32 and begins anew after an engine trap. */
function framesBetween(before: Health | undefined, after: Health): number {
  const since = before?.counters.frames ?? 0;
  if (before && after.figures.traps !== before.figures.traps) return after.counters.frames;
  const difference = after.counters.frames - since;
  return difference >= 0 ? difference : difference + 2 ** 32;
}
