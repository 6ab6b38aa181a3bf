/** Records a tap's traffic per hour to find the quietest hour of the last week. */

import type { SensorRow } from '../rules/sensor-row.js';
import { tapOf } from '../rules/tap.js';
import { HOURS_KNOWN, HOURS_RETAINED } from '../rules/thresholds.js';
import type { Executor } from './database.js';

const HOUR = 3_600_000;
/** Adds a tap's traffic to its hour; at the start of a new hour, determines the quietest one. */
export async function recordTrafficHours(tx: Executor, row: SensorRow, received: number): Promise<void> {
  const tap = tapOf(row.tap);
  // Traffic of a blind tap would make blindness look normal.
  if (tap.thin > 0 || tap.elapsed <= 0 || tap.elapsed > HOUR) return;
  const hour = Math.floor(received / HOUR);
  const [known] = await tx.all<{ millis: number }>(
    `INSERT INTO sensor_hours (site, sensor, hour, frames, millis) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (site, sensor, hour) DO UPDATE SET frames = sensor_hours.frames + excluded.frames,
     millis = sensor_hours.millis + excluded.millis
     RETURNING millis`,
    [row.site, row.sensor, hour, tap.frames, tap.elapsed],
  );
  if (known?.millis !== tap.elapsed) return;
  await tx.all('DELETE FROM sensor_hours WHERE site = ? AND sensor = ? AND hour < ?', [
    row.site,
    row.sensor,
    hour - HOURS_RETAINED,
  ]);
  const [quietest] = await tx.all<{ n: number; least: number | null }>(
    `SELECT COUNT(*) AS n, MIN(frames * 1000.0 / millis) AS least FROM sensor_hours WHERE site = ? AND sensor = ?
      AND hour < ? AND millis >= ?`,
    [row.site, row.sensor, hour, HOUR / 2],
  );
  const least = quietest && quietest.n >= HOURS_KNOWN && quietest.least !== null ? Number(quietest.least) : null;
  row.tap = JSON.stringify({ ...tap, least });
}
