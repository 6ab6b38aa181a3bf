import { decode as decodeCbor } from 'cborg';
import { readAlert } from '../../../src/protocol/alert.js';
import { severityRank } from '../../../src/protocol/record.js';
import type { scanPath, scanQuery } from '../../api/scans.js';
import type { Of } from '../../api/schema.js';
import type { Scan, ScanHistory } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { Executor } from '../store/database.js';
import type { ScanRow } from '../store/rows.js';
import { ofScan, SCAN_COLUMNS, SCAN_RECORDS, scanOf } from '../store/rows.js';
import { Conditions } from './filters.js';

type Asked = Of<typeof scanQuery>;

export interface ScanQuery extends Partial<Omit<Asked, 'limit' | 'before'>>, Pick<Asked, 'limit'> {
  /** Start of the page: a time, or `next` of the previous page. */
  before?: ScanCursor;
}

/** A position in the list of scans: a time and, for scans that share it, a scan's id. */
export interface ScanCursor {
  last: number;
  id?: { site: string; sensor: string; boot: number; episode: number };
}

/** Parses `TIME` or `TIME/site/sensor/boot/episode`; undefined if it is neither. */
export function parseCursor(text: string): ScanCursor | undefined {
  const [time, site, sensor, boot, episode, ...more] = text.split('/');
  const last = Date.parse(time ?? '');
  if (Number.isNaN(last) || more.length > 0) return undefined;
  if (site === undefined) return { last };
  if (!sensor || !/^\d{1,10}$/.test(boot ?? '') || !/^\d{1,10}$/.test(episode ?? '')) return undefined;
  return { last, id: { site, sensor, boot: Number(boot), episode: Number(episode) } };
}

/** Most recently active first. `next` is null on the last page. */
export async function listScans(db: Executor, query: ScanQuery): Promise<{ scans: Scan[]; next: string | null }> {
  const open = query.state === 'open' ? 1 : query.state === 'ended' ? 0 : undefined;
  const conditions = new Conditions()
    .add('open = ?', open)
    .add('site = ?', query.site)
    .add('sensor = ?', query.sensor)
    .add('kind = ?', query.kind)
    .add('severity = ?', query.severity && severityRank(query.severity))
    .add('source = ?', query.source)
    .add('verdict = ?', query.verdict);
  const { before } = query;
  if (before?.id) {
    const { site, sensor, boot, episode } = before.id;
    conditions.add('(last, site, sensor, boot, episode) < (?, ?, ?, ?, ?)', before.last, site, sensor, boot, episode);
  } else if (before) {
    conditions.add('last < ?', before.last);
  }
  const rows = await db.all<ScanRow>(
    `SELECT ${SCAN_COLUMNS} FROM scans ${conditions}
     ORDER BY last DESC, site DESC, sensor DESC, boot DESC, episode DESC LIMIT ?`,
    [...conditions.parameters, query.limit + 1],
  );
  const scans = rows.slice(0, query.limit).map(scanOf);
  const end = scans.at(-1);
  return { scans, next: rows.length > query.limit && end ? `${end.last}/${end.id}` : null };
}

export type ScanName = Of<typeof scanPath>;

/** Maximum number of history records; a scan produces only logarithmically many. */
const MAX_HISTORY = 500;

export async function findScan(
  db: Executor,
  name: ScanName,
): Promise<{ scan: Scan; history: ScanHistory[] } | undefined> {
  const key = [name.site, name.sensor, name.boot, name.episode];
  const [row] = await db.all<ScanRow>(
    `SELECT ${SCAN_COLUMNS} FROM scans WHERE site = ? AND sensor = ? AND boot = ? AND episode = ?`,
    key,
  );
  if (!row) return undefined;
  const records = await db.all<{ sequence: number; received: number; payload: Uint8Array; epoch: number | null }>(
    `SELECT sequence, received, payload,
       (SELECT epoch FROM boots b WHERE b.site = r.site AND b.sensor = r.sensor AND b.boot = r.boot) AS epoch
     FROM records r WHERE ${SCAN_RECORDS} ORDER BY sequence DESC LIMIT ${MAX_HISTORY}`,
    ofScan(name),
  );
  return { scan: scanOf(row), history: records.reverse().map(historyOf) };
}

function historyOf(row: {
  sequence: number;
  received: number;
  payload: Uint8Array;
  epoch: number | null;
}): ScanHistory {
  const { clock, record } = readAlert(decodeCbor(row.payload, { useMaps: true }));
  const { stage, kind, targets, probes, serviceCount, evidence } = record;
  return {
    sequence: row.sequence,
    time: iso(record.time + (clock === 'uptime' ? (row.epoch ?? 0) : 0)),
    stage,
    kind,
    targets,
    probes,
    serviceCount,
    evidence,
    received: iso(row.received),
  };
}
