/** Table rows and their form in the API. */

import type { Severity, TimedRecord } from '../../../src/protocol/record.js';
import { severities, severityRank } from '../../../src/protocol/record.js';
import type { Scan } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { EndReason } from '../rules/event.js';
import type { Value } from './database.js';

export interface ScanRow {
  site: string;
  sensor: string;
  boot: number;
  episode: number;
  open: number;
  first: number;
  last: number;
  received: number;
  /** The allow entry that holds it back. */
  allowed: number | null;
  body: string;
}

export const SCAN_COLUMNS = 'site, sensor, boot, episode, open, first, last, received, allowed, body';

/** A scan without its id and times. */
type ScanBody = Omit<TimedRecord, 'time' | 'first' | 'last' | 'episode' | 'decoy' | 'sources'> &
  Partial<Pick<TimedRecord, 'decoy' | 'sources'>> & {
    /** Set where the scan ended without a record of its end. */
    ended?: EndReason;
  };

export function scanOf(row: ScanRow): Scan {
  const body = JSON.parse(row.body) as ScanBody;
  return {
    id: `${row.site}/${row.sensor}/${row.boot}/${row.episode}`,
    site: row.site,
    sensor: row.sensor,
    open: row.open === 1,
    // Rows stored before these members existed.
    decoy: false,
    sources: 1,
    ...body,
    first: iso(row.first),
    last: iso(row.last),
    received: iso(row.received),
    ...(row.allowed === null ? {} : { allowed: String(row.allowed) }),
  };
}

export const severityOf = (rank: number): Severity => (severities[rank] || 'low') as Severity;

/** A record to be stored in `scans`, with its times on the collector's clock. */
export interface ScanState {
  site: string;
  sensor: string;
  boot: number;
  sequence: number;
  open: boolean;
  uptime: boolean;
  received: number;
  allowed: number | null;
  /** Why it is over although the record is not that of its end. */
  ended?: EndReason | undefined;
  record: TimedRecord;
}

export const SCAN_INSERT = `INSERT INTO scans (site, sensor, boot, episode, sequence, open, verdict, kind, severity,
  source, tool,
  targets, probes, confidence, spoofable, uptime, first, last, received, allowed, body)`;

/** The highest sequence number wins, so that messages out of order never revert a scan. */
export const SCAN_CONFLICT = `ON CONFLICT (site, sensor, boot, episode) DO UPDATE SET ${[
  'sequence',
  'open',
  'verdict',
  'kind',
  'severity',
  'source',
  'tool',
  'targets',
  'probes',
  'confidence',
  'spoofable',
  'uptime',
  'first',
  'last',
  'received',
  'allowed',
  'body',
]
  .map((column) => `${column} = excluded.${column}`)
  .join(', ')}
  WHERE excluded.sequence > scans.sequence RETURNING ${SCAN_COLUMNS}`;

export function scanValues(state: ScanState): Value[] {
  const { record } = state;
  const { time: _time, first, last, episode, ...body } = record;
  return [
    state.site,
    state.sensor,
    state.boot,
    episode,
    state.sequence,
    state.open ? 1 : 0,
    record.verdict,
    record.kind,
    severityRank(record.severity),
    record.source,
    record.tool,
    record.targets,
    record.probes,
    record.confidence,
    record.spoofable ? 1 : 0,
    state.uptime ? 1 : 0,
    first,
    last,
    state.received,
    state.allowed,
    JSON.stringify(state.ended ? { ...body, ended: state.ended } : body),
  ];
}

/**
 * Selects the records of one scan; `ofScan` gives its parameters. Uses the episode index: given the episode alone,
 * SQLite would scan everything since the sensor's boot.
 */
export const SCAN_RECORDS = `site = ? AND sensor = ? AND boot = ? AND leaf = 'alert' AND sequence IN (
  SELECT sequence FROM records WHERE site = ? AND sensor = ? AND boot = ? AND episode = ?)`;

export function ofScan({
  site,
  sensor,
  boot,
  episode,
}: {
  site: string;
  sensor: string;
  boot: number;
  episode: number;
}): (string | number)[] {
  return [site, sensor, boot, site, sensor, boot, episode];
}
