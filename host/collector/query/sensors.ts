import type { Health } from '../../../src/protocol/health.js';
import type { Gap, IncidentKind, Sensor } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { SensorRow } from '../rules/sensor-row.js';
import { statusOf } from '../rules/sensor-row.js';
import type { Facts, Finding, World } from '../rules/sensor-state.js';
import { evaluateSensor, versionOf } from '../rules/sensor-state.js';
import type { Executor } from '../store/database.js';
import { SENSOR_COLUMNS } from '../store/sensors.js';
import { readWorld } from '../store/world.js';
import { addEnrolments } from './enrolled.js';
import { Conditions } from './filters.js';

type Row = SensorRow & {
  highest: number | null;
  missing: number | null;
  board: string | null;
  enrolled: number | null;
  revoked: number | null;
  held: IncidentKind | null;
  held_since: number | null;
};

/** A sensor with the data behind its state. */
export interface EvaluatedSensor {
  sensor: Sensor;
  board: string;
  revoked: boolean;
  tap: string | null;
  findings: Finding[];
}

/** All sensors, or only the one given. */
export async function listSensors(
  db: Executor,
  now: number,
  one?: { site: string; sensor: string },
): Promise<Sensor[]> {
  return (await evaluateSensors(db, await readWorld(db, now), one)).map(({ sensor }) => sensor);
}

export async function evaluateSensors(
  db: Executor,
  world: World,
  one?: { site: string; sensor: string },
): Promise<EvaluatedSensor[]> {
  const conditions = new Conditions().add('s.site = ?', one?.site).add('s.sensor = ?', one?.sensor);
  const rows = await db.all<Row>(
    `SELECT ${SENSOR_COLUMNS.split(', ')
      .map((column) => `s.${column}`)
      .join(', ')}, e.board, e.enrolled, e.revoked, i.kind AS held, i.since AS held_since,
       (SELECT highest FROM boots b WHERE b.site = s.site AND b.sensor = s.sensor AND b.boot = s.boot) AS highest,
       (SELECT CAST(SUM(high - low + 1) AS BIGINT) FROM gaps g WHERE g.site = s.site AND g.sensor = s.sensor) AS missing
     FROM sensors s LEFT JOIN enrolments e ON e.site = s.site AND e.sensor = s.sensor
       LEFT JOIN incidents i ON i.site = s.site AND i.sensor = s.sensor AND i.subject = 'silence' AND i.until IS NULL
     ${conditions} ORDER BY s.site, s.sensor`,
    conditions.parameters,
  );
  const all = rows.map((row) => evaluateRow(row, world));
  const sensors = await addEnrolments(
    db,
    all.map(({ sensor }) => sensor),
  );
  return all.map((row, i) => ({ ...row, sensor: sensors[i] as Sensor }));
}

function evaluateRow(row: Row, world: World): EvaluatedSensor {
  const status = statusOf(row);
  const health = row.health ? (JSON.parse(row.health) as Health) : undefined;
  const facts: Facts = {
    row,
    status,
    health,
    board: row.board ?? '',
    enrolled: row.enrolled,
    revoked: row.revoked !== null,
    held: row.held === null ? undefined : { kind: row.held, since: row.held_since ?? 0 },
  };
  const { state, reason, notes, findings } = evaluateSensor(facts, world);
  const sensor: Sensor = {
    site: row.site,
    sensor: row.sensor,
    state,
    reason,
    notes,
    boot: row.boot,
    version: versionOf(status, health),
    firstSeen: iso(row.first_seen),
    lastSeen: iso(row.last_seen || row.first_seen),
    lastSequence: row.highest ?? 0,
    missing: row.missing ?? 0,
    health: health ? { ...health.figures, ...health.counters } : {},
    healthReceived: row.health_received === null ? null : iso(row.health_received),
    framesPerSecond: row.frames_per_second,
    configProblem: health?.configProblem ?? '',
  };
  return { sensor, board: facts.board, revoked: facts.revoked, tap: row.tap, findings };
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
    site,
    sensor,
    boot,
    from: low,
    to: high,
    found: iso(found),
  }));
}
