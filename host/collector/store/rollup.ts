/** Sums of scans whose details are removed: by source, sensor and day, and by day and severity. */
import type { Kind, Tool } from '../../../src/protocol/record.js';
import type { Executor, Value } from './database.js';
import { insertRows } from './database.js';

const DAY = 86_400_000;
const MAX_SERVICES = 16;

/** A scan whose details are removed. */
export interface Gone {
  site: string;
  sensor: string;
  boot: number;
  episode: number;
  verdict: string;
  kind: Kind;
  severity: number;
  source: string;
  tool: Tool;
  targets: number;
  probes: number;
  confidence: number;
  spoofable: number;
  first: number;
  last: number;
  allowed: number | null;
  body: string;
}

export const GONE_COLUMNS =
  'site, sensor, boot, episode, verdict, kind, severity, source, tool, ' +
  'targets, probes, confidence, spoofable, first, last, allowed, body';

export interface SourceDay {
  source: string;
  day: number;
  site: string;
  sensor: string;
  verdict: string;
  scans: number;
  /** Of them suppressed by an exception. */
  allowed: number;
  probes: number;
  /** Of the largest scan. */
  targets: number;
  severity: number;
  confidence: number;
  /** 0 if one of them was not spoofable. */
  spoofable: number;
  evidence: number;
  first: number;
  last: number;
  /** DayBody as JSON. */
  body: string;
}

export interface DayBody {
  kinds: Kind[];
  tools: Tool[];
  services: number[];
}

export const DAY_COLUMNS =
  'source, day, site, sensor, verdict, scans, allowed, probes, targets, ' +
  'severity, confidence, spoofable, evidence, first, last, body';
const KEY = 'source, day, site, sensor, verdict';

/** Adds scans to their daily sums. The caller must exclude concurrent calls. */
export async function rollUp(tx: Executor, gone: readonly Gone[]): Promise<void> {
  const days = new Map<string, SourceDay>();
  const severities = new Map<string, { day: number; severity: number; scans: number; probes: number }>();
  for (const scan of gone) {
    const day = Math.floor(scan.first / DAY);
    if (scan.verdict === 'scan') {
      const sum = severities.get(`${day} ${scan.severity}`) ?? { day, severity: scan.severity, scans: 0, probes: 0 };
      severities.set(`${day} ${scan.severity}`, { ...sum, scans: sum.scans + 1, probes: sum.probes + scan.probes });
    }
    if (scan.source === '') continue;
    const key = JSON.stringify([scan.source, day, scan.site, scan.sensor, scan.verdict]);
    const known = days.get(key) ?? (await findDay(tx, scan, day));
    days.set(key, known ? merge(known, dayOf(scan, day)) : dayOf(scan, day));
  }
  const rows = [...days.values()].map((one): Value[] => [
    one.source,
    one.day,
    one.site,
    one.sensor,
    one.verdict,
    one.scans,
    one.allowed,
    one.probes,
    one.targets,
    one.severity,
    one.confidence,
    one.spoofable,
    one.evidence,
    one.first,
    one.last,
    one.body,
  ]);
  const rest = DAY_COLUMNS.split(', ')
    .slice(KEY.split(', ').length)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ');
  await insertRows(tx, `INSERT INTO source_days (${DAY_COLUMNS})`, rows, `ON CONFLICT (${KEY}) DO UPDATE SET ${rest}`);
  await insertRows(
    tx,
    'INSERT INTO scan_days (day, severity, scans, probes)',
    [...severities.values()].map(({ day, severity, scans, probes }) => [day, severity, scans, probes]),
    `ON CONFLICT (day, severity) DO UPDATE SET scans = scan_days.scans + excluded.scans,
      probes = scan_days.probes + excluded.probes`,
  );
}

async function findDay(
  tx: Executor,
  { source, site, sensor, verdict }: Gone,
  day: number,
): Promise<SourceDay | undefined> {
  return (
    await tx.all<SourceDay>(
      `SELECT ${DAY_COLUMNS} FROM source_days WHERE source = ? AND day = ? AND site = ? AND sensor = ? AND verdict = ?`,
      [source, day, site, sensor, verdict],
    )
  )[0];
}

function dayOf(scan: Gone, day: number): SourceDay {
  const { source, site, sensor, verdict, probes, targets, severity, confidence, spoofable, first, last, kind, tool } =
    scan;
  const { evidence, services } = JSON.parse(scan.body) as { evidence: number; services: number[] };
  const body: DayBody = { kinds: [kind], tools: tool === '' ? [] : [tool], services: services.slice(0, MAX_SERVICES) };
  return {
    source,
    day,
    site,
    sensor,
    verdict,
    scans: 1,
    allowed: scan.allowed === null ? 0 : 1,
    probes,
    targets,
    severity,
    confidence,
    spoofable,
    evidence,
    first,
    last,
    body: JSON.stringify(body),
  };
}

function merge(a: SourceDay, b: SourceDay): SourceDay {
  const [left, right] = [a, b].map(({ body }) => JSON.parse(body) as DayBody) as [DayBody, DayBody];
  const both = <T>(read: (body: DayBody) => T[]): T[] => [...new Set([...read(left), ...read(right)])];
  const body: DayBody = {
    kinds: both(({ kinds }) => kinds),
    tools: both(({ tools }) => tools),
    services: both(({ services }) => services).slice(0, MAX_SERVICES),
  };
  return {
    ...a,
    scans: a.scans + b.scans,
    allowed: a.allowed + b.allowed,
    probes: a.probes + b.probes,
    targets: Math.max(a.targets, b.targets),
    severity: Math.max(a.severity, b.severity),
    confidence: Math.max(a.confidence, b.confidence),
    spoofable: Math.min(a.spoofable, b.spoofable),
    evidence: Math.max(a.evidence, b.evidence),
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    body: JSON.stringify(body),
  };
}

/** The last activity of the newest scan without details; 0 if there is none. Milliseconds since 1970. */
export async function detailsGoneUntil(db: Executor): Promise<number> {
  return (await db.all<{ until: number }>('SELECT until FROM retention'))[0]?.until ?? 0;
}
