import type { Kind, Tool } from '../../../src/protocol/record.js';
import type { Scan, Source } from '../../api/types.js';
import { groupBy } from '../../common/group-by.js';
import { iso } from '../../common/iso.js';
import type { Executor, Value } from '../store/database.js';
import type { DayBody, SourceDay } from '../store/rollup.js';
import { DAY_COLUMNS } from '../store/rollup.js';
import type { ScanRow } from '../store/rows.js';
import { SCAN_COLUMNS, scanOf, severityOf } from '../store/rows.js';
import { Conditions } from './filters.js';
import { readVisits } from './visits.js';

/** Limits per source: scans whose services are listed, services, and scans. */
const SCANS_FOR_SERVICES = 5;
const MAX_SERVICES = 16;
const MAX_SCANS = 500;

/** One source at one sensor. */
interface Part {
  source: string;
  site: string;
  sensor: string;
  scans: number;
  open: number;
  first: number;
  last: number;
  targets: number;
  probes: number;
  severity: number;
  confidence: number;
  spoofable: number;
}

/** Most recently active first. Records without a known source (an ARP shadow, a digest) are left out. */
export async function listSources(db: Executor, limit: number, site?: string): Promise<Source[]> {
  return describe(db, await newestSources(db, limit, site), site);
}

/** Scans read per requested source before falling back to grouping all scans. */
const MAX_REACH = 64;

/** The newest hundred sources are usually among the last few hundred scans, unless few sources make all the scans. */
async function newestSources(db: Executor, limit: number, site?: string): Promise<string[]> {
  const conditions = new Conditions().add('source <> ?', '').add('site = ?', site);
  for (let reach = 4 * limit; reach <= MAX_REACH * limit; reach *= 4) {
    const lasts = new Map<string, number>();
    // Sources older than this may be missing from one of the two tables.
    let whole = -Infinity;
    for (const table of ['scans', 'source_days']) {
      const rows = await db.all<{ source: string; last: number }>(
        `SELECT source, last FROM ${table} ${conditions} ORDER BY last DESC LIMIT ?`,
        [...conditions.parameters, reach],
      );
      for (const { source, last } of rows) lasts.set(source, Math.max(last, lasts.get(source) ?? last));
      if (rows.length === reach) whole = Math.max(whole, (rows.at(-1) as { last: number }).last);
    }
    // Exclude the oldest moment itself, because other rows may share it.
    const newest = [...lasts]
      .filter(([, last]) => last > whole)
      .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
      .slice(0, limit);
    if (newest.length === limit || whole === -Infinity) return newest.map(([source]) => source);
  }
  const rows = await db.all<{ source: string }>(
    `SELECT source FROM (SELECT source, last FROM scans ${conditions} UNION ALL SELECT source, last
      FROM source_days ${conditions}) AS everyone
     GROUP BY source ORDER BY MAX(last) DESC, source LIMIT ?`,
    [...conditions.parameters, ...conditions.parameters, limit],
  );
  return rows.map(({ source }) => source);
}

/**
 * Sources after `after` in address order that were active at or after `from` and began before `to`; milliseconds since
 * 1970.
 */
export async function pageOfSources(
  db: Executor,
  after: string,
  limit: number,
  which: { from: number; to: number; source?: string; site?: string },
): Promise<Source[]> {
  const conditions = new Conditions()
    .add('source > ?', after)
    .add('source = ?', which.source)
    .add('site = ?', which.site)
    .add('last >= ?', Number.isFinite(which.from) ? which.from : undefined)
    .add('first < ?', Number.isFinite(which.to) ? which.to : undefined);
  const rows = await db.all<{ source: string }>(
    `SELECT source FROM scans ${conditions} GROUP BY source ORDER BY source LIMIT ?`,
    [...conditions.parameters, limit],
  );
  const known = new Map(
    (
      await describe(
        db,
        rows.map((row) => row.source),
        which.site,
      )
    ).map((one) => [one.source, one]),
  );
  return rows.flatMap(({ source }) => known.get(source) ?? []);
}

export async function findSource(
  db: Executor,
  address: string,
): Promise<{ source: Source; scans: Scan[] } | undefined> {
  const [source] = await describe(db, [address]);
  if (!source) return undefined;
  const sql = `SELECT ${SCAN_COLUMNS} FROM scans WHERE source = ? ORDER BY last DESC LIMIT ${MAX_SCANS}`;
  return { source, scans: (await db.all<ScanRow>(sql, [address])).map(scanOf) };
}

async function describe(db: Executor, addresses: readonly string[], site?: string): Promise<Source[]> {
  if (addresses.length === 0) return [];
  const conditions = new Conditions()
    .add(`source IN (${addresses.map(() => '?').join(',')})`, ...addresses)
    .add('site = ?', site);
  const ask = <T>(select: string, rest: string): Promise<T[]> => {
    const parameters: readonly Value[] = conditions.parameters;
    return db.all<T>(`SELECT ${select} FROM scans ${conditions} ${rest}`, parameters);
  };
  const parts = bySource(
    await ask<Part>(
      `source, site, sensor, COUNT(*) AS scans, CAST(SUM(open) AS BIGINT) AS open,
     MIN(first) AS first, MAX(last) AS last,
     MAX(targets) AS targets, CAST(SUM(probes) AS BIGINT) AS probes, MAX(severity) AS severity,
     MAX(confidence) AS confidence, MIN(spoofable) AS spoofable`,
      'GROUP BY source, site, sensor ORDER BY site, sensor',
    ),
  );
  const marks = bySource(
    await ask<{ source: string; kind: Kind; tool: Tool }>(
      'source, kind, tool',
      'GROUP BY source, kind, tool ORDER BY MAX(last) DESC',
    ),
  );
  const bodies = bySource(
    await db.all<{ source: string; body: string }>(
      `SELECT source, body FROM (
       SELECT source, body, last, ROW_NUMBER() OVER (PARTITION BY source ORDER BY last DESC) AS place
       FROM scans ${conditions}
     ) AS newest WHERE place <= ${SCANS_FOR_SERVICES} ORDER BY last DESC`,
      conditions.parameters,
    ),
  );
  // Scans without details remain as daily sums; being older, they follow the detailed ones.
  const days = bySource(
    await db.all<SourceDay>(
      `SELECT ${DAY_COLUMNS} FROM source_days ${conditions} ORDER BY last DESC`,
      conditions.parameters,
    ),
  );
  const visits = await readVisits(db, addresses);
  return addresses.flatMap((address) => {
    const past = days.get(address) ?? [];
    const mine = bySensor([...(parts.get(address) ?? []), ...past.map((day): Part => ({ ...day, open: 0 }))]);
    if (mine.length === 0) return [];
    const pastMarks = past.flatMap(({ source, body }) => {
      const { kinds, tools } = JSON.parse(body) as DayBody;
      return [
        ...kinds.map((kind) => ({ source, kind, tool: '' as Tool })),
        ...tools.map((tool) => ({ source, kind: kinds[0] as Kind, tool })),
      ];
    });
    const texts = [...(bodies.get(address) ?? []), ...past].map((row) => row.body);
    const known = visits.get(address)?.visits;
    return [
      {
        ...sourceOf(address, mine, [...(marks.get(address) ?? []), ...pastMarks], texts),
        ...(known === undefined ? {} : { visits: known }),
        ...(past.length > 0
          ? {
              summed: {
                scans: past.reduce((sum, day) => sum + day.scans, 0),
                until: iso(Math.max(...past.map(({ last }) => last))),
              },
            }
          : {}),
      },
    ];
  });
}

function bySensor(parts: readonly Part[]): Part[] {
  const sums = new Map<string, Part>();
  for (const part of parts) {
    const name = `${part.site}/${part.sensor}`;
    const sum = sums.get(name);
    sums.set(
      name,
      sum
        ? {
            ...sum,
            scans: sum.scans + part.scans,
            open: sum.open + part.open,
            probes: sum.probes + part.probes,
            first: Math.min(sum.first, part.first),
            last: Math.max(sum.last, part.last),
            targets: Math.max(sum.targets, part.targets),
            severity: Math.max(sum.severity, part.severity),
            confidence: Math.max(sum.confidence, part.confidence),
            spoofable: Math.min(sum.spoofable, part.spoofable),
          }
        : part,
    );
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
}

function sourceOf(source: string, parts: Part[], marks: { kind: Kind; tool: Tool }[], bodies: string[]): Source {
  const sum = (read: (part: Part) => number): number => parts.reduce((total, part) => total + read(part), 0);
  const most = (read: (part: Part) => number): number => Math.max(...parts.map(read));
  const services = bodies.flatMap((body) => (JSON.parse(body) as { services: number[] }).services);
  return {
    source,
    scans: sum((part) => part.scans),
    openScans: sum((part) => part.open),
    sites: [...new Set(parts.map((part) => part.site))],
    sensors: parts.length,
    first: iso(Math.min(...parts.map((part) => part.first))),
    last: iso(most((part) => part.last)),
    // Sensors see different addresses, so targets add up; two scans at one sensor may have probed the same ones.
    targets: sum((part) => part.targets),
    probes: sum((part) => part.probes),
    severity: severityOf(most((part) => part.severity)),
    confidence: most((part) => part.confidence),
    // One scan with two-way evidence proves the address.
    spoofable: parts.every((part) => part.spoofable === 1),
    kinds: [...new Set(marks.map((mark) => mark.kind))],
    tools: [...new Set(marks.map((mark) => mark.tool))].filter((tool) => tool !== ''),
    services: [...new Set(services)].slice(0, MAX_SERVICES),
  };
}

const bySource = <T extends { source: string }>(rows: readonly T[]): Map<string, T[]> =>
  groupBy(rows, ({ source }) => source);
