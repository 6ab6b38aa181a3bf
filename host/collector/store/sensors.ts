/** The `sensors` table. */

import { configSettings } from '../../../src/protocol/config.js';
import type { SensorRow } from '../rules/sensor-row.js';
import type { Dialect, Executor } from './database.js';

export const SENSOR_COLUMNS =
  'site, sensor, boot, boot_since, first_seen, last_seen, status, status_received, ' +
  'health, health_received, interval_ms, frames_per_second, tap';

/** Creates the row if missing and locks it, so that no other collector changes this sensor meanwhile. */
export async function holdSensor(
  tx: Executor,
  dialect: Dialect,
  site: string,
  sensor: string,
  now: number,
): Promise<SensorRow> {
  const select = `SELECT ${SENSOR_COLUMNS} FROM sensors WHERE site = ? AND sensor = ?${dialect.forUpdate}`;
  const known = (await tx.all<SensorRow>(select, [site, sensor]))[0];
  if (known) return known;
  await tx.all(
    `INSERT INTO sensors (site, sensor, boot, first_seen, last_seen, interval_ms, frames_per_second)
     VALUES (?, ?, 0, ?, 0, ?, 0) ON CONFLICT DO NOTHING`,
    [site, sensor, now, configSettings.healthSeconds.absent * 1000],
  );
  return (await tx.all<SensorRow>(select, [site, sensor]))[0] as SensorRow;
}

export async function saveSensor(tx: Executor, row: SensorRow): Promise<void> {
  await tx.all(
    `UPDATE sensors SET boot = ?, boot_since = ?, last_seen = ?, status = ?, status_received = ?, health = ?,
      health_received = ?, interval_ms = ?,
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
