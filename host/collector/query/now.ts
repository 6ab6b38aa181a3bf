import type { Now, RejectedMessage, Sensor, SensorState } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { Executor } from '../store/database.js';
import { hasKnown, markKnown } from '../store/known.js';
import { listSensors } from './sensors.js';

const HOUR = 3_600_000;

/** The page's headline figures. Scans and sources count alerts only; a digest is not an alert against a source. */
export async function readNow(
  db: Executor,
  now: number,
  sources: () => Promise<number> = () => countSources(db),
): Promise<Now> {
  const one = async (sql: string, ...parameters: (string | number)[]): Promise<number> =>
    (await db.all<{ n: number }>(sql, parameters))[0]?.n ?? 0;
  const sensors = await listSensors(db, now);
  const states: Record<SensorState, number> = { online: 0, late: 0, blind: 0, gone: 0, offline: 0, 'never-seen': 0 };
  for (const sensor of sensors) states[sensor.state]++;
  const counts = await db.all<{ name: string; value: number }>('SELECT name, value FROM counts');
  const count = (name: string): number => counts.find((row) => row.name === name)?.value ?? 0;
  const openScans = await one(
    "SELECT COUNT(*) AS n FROM scans WHERE open = 1 AND verdict = 'scan' AND allowed IS NULL",
  );
  const researchScans = await countResearch(db, now);
  const sum = (read: (sensor: Sensor) => number): number => sensors.reduce((n, sensor) => n + read(sensor), 0);
  return {
    time: iso(now),
    openScans: openScans - researchScans,
    researchScans,
    allowedScans: await one('SELECT COUNT(*) AS n FROM scans WHERE open = 1 AND allowed IS NOT NULL'),
    scansLastHour: await one("SELECT COUNT(*) AS n FROM scans WHERE last >= ? AND verdict = 'scan'", now - HOUR),
    sources: await sources(),
    sensors: states,
    incidents: await one('SELECT COUNT(*) AS n FROM incidents WHERE until IS NULL'),
    missing: sum((sensor) => sensor.missing),
    heldBack: sum((sensor) => sensor.health['heldBack'] ?? 0),
    messages: { stored: count('stored'), duplicates: count('duplicates'), rejected: count('rejected') },
  };
}

/** All sources that ever caused an alert. Reads the whole table. */
export async function countSources(db: Executor): Promise<number> {
  const [row] = await db.all<{ n: number }>(
    `SELECT COUNT(*) AS n FROM (SELECT source FROM scans WHERE source <> '' AND verdict = 'scan'
      UNION SELECT source FROM source_days WHERE verdict = 'scan') AS everyone`,
  );
  return Number(row?.n ?? 0);
}

/** Open scans by research scanners: noise unless they get a foothold. */
async function countResearch(db: Executor, now: number): Promise<number> {
  if (!(await hasKnown(db, 'research', now))) return 0;
  const rows = await db.all<{ source: string; n: number }>(
    `SELECT source, COUNT(*) AS n FROM scans WHERE open = 1 AND verdict = 'scan' AND allowed IS NULL
      AND kind <> 'foothold' AND source <> '' GROUP BY source`,
  );
  return (await markKnown(db, rows, now)).reduce((sum, { n, known }) => sum + (known?.kind === 'research' ? n : 0), 0);
}

/** The newest rejected messages. */
export async function listRejected(db: Executor, limit: number): Promise<RejectedMessage[]> {
  const rows = await db.all<{ received: number; topic: string; reason: string; payload: Uint8Array }>(
    'SELECT received, topic, reason, payload FROM rejected ORDER BY id DESC LIMIT ?',
    [limit],
  );
  return rows.map(({ received, topic, reason, payload }) => ({
    received: iso(received),
    topic,
    reason,
    payload: Buffer.from(payload).toString('hex'),
  }));
}
