import type { Severity } from '../../../src/protocol/record.js';
import { severities } from '../../../src/protocol/record.js';
import { named } from '../../api/names.js';
import type { Timeline, TimelineBucket } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { Executor } from '../store/database.js';
import { detailsGoneUntil } from '../store/rollup.js';
import { severityOf } from '../store/rows.js';

/** Maximum number of scans distributed over several buckets; those with the fewest probes are left out. */
const MAX_LONG_SCANS = 5000;

export async function readTimeline(db: Executor, from: number, to: number, count: number): Promise<Timeline> {
  // Whole seconds per bucket, so that the page can state a bar's length.
  const step = Math.max(1, Math.ceil((to - from) / count / 1000)) * 1000;
  const buckets: TimelineBucket[] = [];
  for (let at = from; at < to; at += step) buckets.push({ time: iso(at), started: noneStarted(), probes: 0 });
  const end = from + buckets.length * step;
  await countStarted(db, buckets, from, end, step);
  await spreadLongScans(db, buckets, from, end, step);
  const until = await detailsGoneUntil(db);
  if (until >= from) await addDays(db, buckets, from, end, step);
  return {
    from: iso(from),
    to: iso(end),
    bucketSeconds: step / 1000,
    buckets,
    summedUntil: until === 0 ? null : iso(until),
  };
}

const DAY = 86_400_000;

/** Without details the time of day is unknown: daily sums are placed at noon. */
async function addDays(
  db: Executor,
  buckets: TimelineBucket[],
  from: number,
  end: number,
  step: number,
): Promise<void> {
  const rows = await db.all<{ day: number; severity: number; scans: number; probes: number }>(
    'SELECT day, severity, scans, probes FROM scan_days WHERE day >= ? AND day <= ?',
    [Math.floor(from / DAY), Math.floor(end / DAY)],
  );
  for (const { day, severity, scans, probes } of rows) {
    const bucket = buckets[Math.floor(((day + 0.5) * DAY - from) / step)];
    if (!bucket) continue;
    bucket.started[severityOf(severity)] += scans;
    bucket.probes += probes;
  }
}

function noneStarted(): Record<Severity, number> {
  return Object.fromEntries(named(severities).map((name) => [name, 0])) as Record<Severity, number>;
}

/** Counts scans in the bucket where they started, with the probes of those that also ended in it. */
async function countStarted(
  db: Executor,
  buckets: TimelineBucket[],
  from: number,
  end: number,
  step: number,
): Promise<void> {
  // The numbers are inlined because PostgreSQL would infer different parameter types in SELECT and GROUP BY.
  const bucket = `((first - ${from}) / ${step})`;
  const rows = await db.all<{ bucket: number; severity: number; n: number; probes: number }>(
    `SELECT ${bucket} AS bucket, severity, COUNT(*) AS n,
       CAST(SUM(CASE WHEN (last - ${from}) / ${step} = ${bucket} THEN probes ELSE 0 END) AS BIGINT) AS probes
     FROM scans WHERE first >= ? AND first < ? AND verdict = 'scan' GROUP BY ${bucket}, severity`,
    [from, end],
  );
  for (const row of rows) {
    const target = buckets[row.bucket];
    if (!target) continue;
    target.started[severityOf(row.severity)] += row.n;
    target.probes += row.probes;
  }
}

interface LongScan {
  first: number;
  last: number;
  probes: number;
  body: string;
}

async function spreadLongScans(
  db: Executor,
  buckets: TimelineBucket[],
  from: number,
  end: number,
  step: number,
): Promise<void> {
  const rows = await db.all<LongScan>(
    `SELECT first, last, probes, body FROM scans WHERE last >= ? AND first < ? AND verdict = 'scan'
       AND (first < ? OR (last - ${from}) / ${step} <> (first - ${from}) / ${step})
     ORDER BY probes DESC LIMIT ${MAX_LONG_SCANS}`,
    [from, end, from],
  );
  const sums = buckets.map(() => 0);
  for (const row of rows) {
    const { shape, shapeStep } = JSON.parse(row.body) as { shape: number[]; shapeStep: number };
    for (const piece of pieces(row, shape, shapeStep)) {
      const low = Math.max(0, Math.floor((piece.from - from) / step));
      const high = Math.min(buckets.length - 1, Math.floor((piece.to - from) / step));
      for (let i = low; i <= high; i++) {
        const overlap = Math.min(piece.to, from + (i + 1) * step) - Math.max(piece.from, from + i * step);
        sums[i] = (sums[i] as number) + (piece.probes * Math.max(0, overlap)) / (piece.to - piece.from);
      }
    }
  }
  buckets.forEach((bucket, i) => (bucket.probes += Math.round(sums[i] as number)));
}

/** Distributes a scan's probes over its duration: by its histogram if it has one, otherwise evenly. */
export function pieces(
  { first, last, probes }: Omit<LongScan, 'body'>,
  shape: readonly number[],
  shapeStep: number,
): { from: number; to: number; probes: number }[] {
  const total = shape.reduce((sum, bar) => sum + bar, 0);
  if (total === 0) return [{ from: first, to: Math.max(last, first + 1), probes }];
  const bars = shape.map((bar, i) => ({
    from: first + i * shapeStep,
    to: first + (i + 1) * shapeStep,
    probes: (probes * bar) / total,
  }));
  return bars.filter((bar) => bar.probes > 0);
}
