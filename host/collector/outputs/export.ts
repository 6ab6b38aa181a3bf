/** Exports stored data in the outputs' formats, in pieces: of a million scans, a few hundred are in memory at once. */
import { csv } from '../../api/csv.js';
import { campaignMembers, scanMembers, sourceMembers } from '../../api/members.js';
import type { Campaign, Scan, Sensor, Source } from '../../api/types.js';
import { readCampaigns } from '../fleet/campaigns.js';
import type { ScanCursor } from '../query/scans.js';
import { listScans } from '../query/scans.js';
import { listSensors } from '../query/sensors.js';
import { pageOfSources } from '../query/sources.js';
import type { OutputEvent } from '../rules/event.js';
import { LOOK_BACK } from '../rules/thresholds.js';
import type { Database, Executor } from '../store/database.js';
import { cef } from './formats/cef.js';
import { ecs } from './formats/ecs.js';
import { eve } from './formats/eve.js';
import { ocsf } from './formats/ocsf.js';
import { stix } from './formats/stix.js';
import type { Finding } from './model/finding.js';
import { findingOf } from './model/finding.js';

export const exportKinds = ['scans', 'sources', 'campaigns', 'sensors'] as const;
export type ExportKind = (typeof exportKinds)[number];
export const exportFormats = ['ndjson', 'csv', 'eve', 'ecs', 'ocsf', 'stix', 'cef'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportQuery {
  what: ExportKind;
  format: ExportFormat;
  /**
   * Milliseconds since 1970. Selects what was active at or after `from` and began (scans: was last active) before `to`.
   */
  from?: number;
  to?: number;
  source?: string;
  site?: string;
}

export const contentTypeOf: Record<ExportFormat, string> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8; header=present',
  eve: 'application/x-ndjson',
  ecs: 'application/x-ndjson',
  ocsf: 'application/x-ndjson',
  stix: 'application/stix+json;version=2.1',
  cef: 'text/plain; charset=utf-8',
};

/** Rows per page and per chunk. */
const PAGE_SIZE = 500;
/** Object ids that a bundle remembers in order not to repeat them. */
const MAX_TRACKED_IDS = 100_000;

const members: { [K in ExportKind]: readonly string[] } = {
  scans: scanMembers,
  sources: sourceMembers,
  campaigns: campaignMembers,
  sensors: [
    'site',
    'sensor',
    'state',
    'reason',
    'version',
    'boot',
    'firstSeen',
    'lastSeen',
    'lastSequence',
    'missing',
    'framesPerSecond',
    'healthReceived',
    'configProblem',
  ],
};

/** Why the format cannot hold this kind (only scans and campaigns are findings); empty if it can. */
export function exportProblem({ what, format }: Pick<ExportQuery, 'what' | 'format'>): string {
  return what === 'scans' || what === 'campaigns' || format === 'ndjson' || format === 'csv'
    ? ''
    : `${format} is for scans and campaigns; ${what} can be ndjson or csv.`;
}

/** Number of scans to export, for the progress bar; other kinds are few. */
export async function countScans(db: Executor): Promise<number> {
  return Number((await db.all<{ n: number }>('SELECT COUNT(*) AS n FROM scans'))[0]?.n ?? 0);
}

/**
 * The export as chunks of text.
 *
 * @param now milliseconds since 1970
 * @param progress called with the number of rows exported
 */
export async function* exportPieces(
  db: Database,
  query: ExportQuery,
  now: number,
  progress: (rows: number) => void = () => {},
): AsyncGenerator<string> {
  const bundle = query.format === 'stix' ? new Bundle() : undefined;
  if (query.format === 'csv') yield csv([members[query.what]]);
  if (bundle) yield bundle.head(now);
  let rows = 0;
  for await (const page of pages(db, query, now)) {
    yield bundle
      ? bundle.part(page.map((row) => findingOf(eventOf(query.what, row))))
      : page.map((row) => lineOf(query, row)).join('');
    rows += page.length;
    progress(rows);
  }
  if (bundle) yield bundle.tail();
}

type Row = Scan | Source | Campaign | Sensor;

async function* pages(db: Database, query: ExportQuery, now: number): AsyncGenerator<Row[]> {
  const { from = -Infinity, to = Infinity, source, site } = query;
  switch (query.what) {
    case 'scans':
      return yield* scanPages(db, query);
    case 'sources':
      for (let after = ''; ; ) {
        const page = await pageOfSources(db, after, PAGE_SIZE, {
          from,
          to,
          ...(source === undefined ? {} : { source }),
          ...(site === undefined ? {} : { site }),
        });
        if (page.length === 0) return;
        yield page;
        after = (page.at(-1) as Source).source;
      }
    case 'campaigns':
      return yield await readCampaigns(db, query.from ?? now - LOOK_BACK, query.to ?? now + 1, {
        ...(source === undefined ? {} : { source }),
        ...(site === undefined ? {} : { site }),
      });
    case 'sensors':
      return yield (await listSensors(db, now)).filter((sensor) => site === undefined || sensor.site === site);
  }
}

/** Most recently active first. A scan that changes during the export may be missed; the next export has it. */
async function* scanPages(db: Database, { from = -Infinity, to, source, site }: ExportQuery): AsyncGenerator<Scan[]> {
  let before: ScanCursor | undefined = to === undefined ? undefined : { last: to };
  for (;;) {
    const { scans, next } = await listScans(db, {
      limit: PAGE_SIZE,
      ...(before ? { before } : {}),
      ...(source === undefined ? {} : { source }),
      ...(site === undefined ? {} : { site }),
    });
    const inRange = scans.filter((scan) => Date.parse(scan.last) >= from);
    if (inRange.length > 0) yield inRange;
    const end = scans.at(-1);
    if (next === null || !end || inRange.length < scans.length) return;
    const [, , boot, episode] = end.id.split('/');
    before = {
      last: Date.parse(end.last),
      id: { site: end.site, sensor: end.sensor, boot: Number(boot), episode: Number(episode) },
    };
  }
}

const formats: Partial<Record<ExportFormat, (finding: Finding) => string>> = {
  eve: (finding) => JSON.stringify(eve(finding)),
  ecs: (finding) => JSON.stringify(ecs(finding)),
  ocsf: (finding) => JSON.stringify(ocsf(finding)),
  cef,
};

function lineOf({ what, format }: ExportQuery, row: Row): string {
  if (format === 'csv')
    return csv([members[what].map((name) => cellOf((row as unknown as Record<string, unknown>)[name]))]);
  const make = formats[format];
  return `${make ? make(findingOf(eventOf(what, row))) : JSON.stringify(row)}\n`;
}

function cellOf(value: unknown): string | number {
  if (typeof value === 'number') return value;
  return Array.isArray(value) ? value.join(' ') : value === null || value === undefined ? '' : String(value);
}

/** The row's current state. The key says so, which distinguishes it from pushed events. */
function eventOf(what: ExportKind, row: Row): OutputEvent {
  if (what === 'campaigns') {
    const { timeline: _timeline, ...campaign } = row as Campaign;
    return {
      what: 'campaign',
      key: `campaign/${campaign.id}#${campaign.last}`,
      time: Date.parse(campaign.last),
      campaign,
      first: true,
    };
  }
  const scan = row as Scan;
  return { what: 'scan', key: `${scan.id}#${scan.last}`, time: Date.parse(scan.last), scan };
}

/** A STIX bundle written incrementally; objects that several scans share appear once. */
class Bundle {
  readonly #written = new Set<string>();
  #first = true;

  head(now: number): string {
    const { id } = stix(findingOf({ what: 'test', key: `export#${now}`, time: now }));
    return `{"type":"bundle","id":${JSON.stringify(id)},"objects":[`;
  }

  part(findings: readonly Finding[]): string {
    const objects = findings
      .flatMap((finding) => stix(finding).objects)
      .filter(({ id }) => {
        if (this.#written.has(id)) return false;
        if (this.#written.size < MAX_TRACKED_IDS) this.#written.add(id);
        return true;
      });
    const text = objects.map((object) => JSON.stringify(object)).join(',\n');
    if (text === '') return '';
    const piece = `${this.#first ? '\n' : ',\n'}${text}`;
    this.#first = false;
    return piece;
  }

  tail(): string {
    return '\n]}\n';
  }
}
