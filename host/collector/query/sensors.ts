import type { Health } from '../../../src/protocol/health.js';
import type { Status } from '../../../src/protocol/status.js';
import type { Executor } from '../store/database.js';
import { iso } from '../store/rows.js';
import { SENSOR_COLUMNS } from '../store/sensor-row.js';
import type { SensorRow } from '../store/sensor-row.js';
import type { Gap, Sensor, SensorState } from '../types.js';
import { Conditions } from './filters.js';

/** Heartbeats without a sign of life after which a sensor is late, and after which it counts as offline. */
const LATE_AFTER = 2;
const OFFLINE_AFTER = 20;

type Row = SensorRow & { highest: number | null; missing: number | null };

/** All sensors, or the one named. */
export async function listSensors(db: Executor, now: number, one?: { site: string; sensor: string }): Promise<Sensor[]> {
  const conditions = new Conditions().add('site = ?', one?.site).add('sensor = ?', one?.sensor);
  const rows = await db.all<Row>(
    `SELECT ${SENSOR_COLUMNS},
       (SELECT highest FROM boots b WHERE b.site = s.site AND b.sensor = s.sensor AND b.boot = s.boot) AS highest,
       (SELECT CAST(SUM(high - low + 1) AS BIGINT) FROM gaps g WHERE g.site = s.site AND g.sensor = s.sensor) AS missing
     FROM sensors s ${conditions} ORDER BY site, sensor`,
    conditions.parameters,
  );
  return rows.map((row) => sensorOf(row, now));
}

function sensorOf(row: Row, now: number): Sensor {
  const status = row.status ? (JSON.parse(row.status) as Status) : undefined;
  const health = row.health ? (JSON.parse(row.health) as Health) : undefined;
  const { state, reason } = stateOf(row, status, now);
  return {
    site: row.site,
    sensor: row.sensor,
    state,
    reason,
    boot: row.boot,
    version: status?.version || health?.version || '',
    firstSeen: iso(row.first_seen),
    lastSeen: iso(row.last_seen || row.first_seen),
    lastSequence: row.highest ?? 0,
    missing: row.missing ?? 0,
    health: health ? { ...health.figures, ...health.counters } : {},
    healthReceived: row.health_received === null ? null : iso(row.health_received),
    framesPerSecond: row.frames_per_second,
    configProblem: health?.configProblem ?? '',
  };
}

/** Status says it where it can. A sensor that has a status but gives no sign of life is late, and in the end offline. */
export function stateOf(
  row: Pick<SensorRow, 'last_seen' | 'interval_ms' | 'boot'>,
  status: Status | undefined,
  now: number,
): { state: SensorState; reason: NonNullable<Sensor['reason']> } {
  // A farewell or a will of an earlier boot says nothing of this one, whose birth may still be on its way.
  if (status?.state === 'offline' && status.boot >= row.boot) return { state: 'offline', reason: status.reason };
  if (row.last_seen === 0) return { state: 'never-seen', reason: '' };
  const silent = (now - row.last_seen) / row.interval_ms;
  if (silent > OFFLINE_AFTER) return { state: 'offline', reason: 'silent' };
  return { state: silent > LATE_AFTER ? 'late' : 'online', reason: '' };
}

interface GapRow {
  site: string;
  sensor: string;
  boot: number;
  low: number;
  high: number;
  found: number;
}

/** Newest first. */
export async function listGaps(db: Executor, limit: number): Promise<Gap[]> {
  const rows = await db.all<GapRow>(
    `SELECT site, sensor, boot, low, high, found FROM gaps
     ORDER BY found DESC, site, sensor, boot DESC, low DESC LIMIT ?`,
    [limit],
  );
  return rows.map(({ site, sensor, boot, low, high, found }) => ({
    site, sensor, boot, from: low, to: high, found: iso(found),
  }));
}
