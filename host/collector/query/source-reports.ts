/**
 * Collects what each sensor reported about each source: alerts, suspicion reports and first-contact failures. The
 * matrix displays it and the fleet verdict evaluates it.
 */
import type { ScanRecord } from '../../../src/protocol/record.js';
import { UNUSED_ADDRESS_NATS } from '../rules/thresholds.js';
import type { Executor } from '../store/database.js';
import type { SourceFailures } from './first-contact-failures.js';
import { readFirstContactFailures } from './first-contact-failures.js';
import type { SuspicionReport } from './suspicion-reports.js';
import { readSuspicionReports } from './suspicion-reports.js';

/** Scans, and suspicion reports, read at most; the newest. */
const MAX_READ = 20_000;

/** Columns of a scan that are read if many are read. */
export interface ScanSummary {
  site: string;
  sensor: string;
  source: string;
  kind: string;
  severity: number;
  targets: number;
  probes: number;
  first: number;
  last: number;
  body: string;
}

/** One sensor's reports on one source. */
export interface SensorReport {
  site: string;
  scans: number;
  probes: number;
  targets: number;
  /** Nats: the highest value reported. */
  evidence: number;
  foothold: boolean;
  /** Its first contact at this site went to an unused address, on the day with the most such sites. */
  metUnusedAddress: boolean;
  /** Its first contact at this site failed (unused address or refused), on the day with the most such sites. */
  failed: boolean;
  /** No report of this sensor proves that the source owns its address. */
  spoofable: boolean;
}

export interface SourceReports {
  /** By `{site}/{sensor}`. */
  sensors: Map<string, SensorReport>;
  /** 0 if there are only suspicion reports. */
  severity: number;
  /** The newest first. */
  suspicionReports: SuspicionReport[];
  /** Milliseconds since 1970. */
  first: number;
  last: number;
}

/**
 * Reports on sources active in `[from, to)`; `complete` is false if there were more than MAX_READ scans or reports.
 *
 * @param which `unsuppressed`: without what an exception suppresses; `two-way`: of those, only inbound activity whose
 *   handshake proves the source address
 * @param only restricts the result to this source
 */
export async function readSourceReports(
  db: Executor,
  from: number,
  to: number,
  which: 'all' | 'unsuppressed' | 'two-way' = 'all',
  only?: string,
): Promise<{ sources: Map<string, SourceReports>; complete: boolean }> {
  const ofOne = only === undefined ? [] : [only];
  const scans = await db.all<ScanSummary>(
    `SELECT site, sensor, source, kind, severity, targets, probes, first, last, body FROM scans
     WHERE last >= ? AND first < ? AND verdict = 'scan' AND source <> ''
     ${which === 'all' ? '' : ' AND allowed IS NULL'}
     ${which === 'two-way' ? ' AND spoofable = 0' : ''}
     ${only === undefined ? '' : ' AND source = ?'} ORDER BY last DESC LIMIT ?`,
    [from, to, ...ofOne, MAX_READ + 1],
  );
  const suspicionReports = await readSuspicionReports(
    db,
    from,
    to,
    MAX_READ + 1,
    which === 'all' ? 'all' : 'unsuppressed',
  );
  const sources = new Map<string, SourceReports>();
  const twoWay = which === 'two-way';
  for (const scan of scans.slice(0, MAX_READ)) {
    const { evidence, spoofable, direction, decoy } = JSON.parse(scan.body) as Pick<
      ScanRecord,
      'evidence' | 'spoofable' | 'direction' | 'decoy'
    >;
    if (twoWay && (direction !== 'inbound' || decoy)) continue;
    const reports = reportsOn(sources, scan.source, scan.first, scan.last);
    reports.severity = Math.max(reports.severity, scan.severity);
    const report = reportBy(reports, scan.site, scan.sensor);
    report.scans += 1;
    report.probes += scan.probes;
    report.foothold ||= scan.kind === 'foothold';
    add(report, { targets: scan.targets, evidence, spoofable });
  }
  for (const suspicion of suspicionReports.slice(0, MAX_READ)) {
    const { site, sensor, received, record } = suspicion;
    if (
      record.source === '' ||
      (only !== undefined && record.source !== only) ||
      (twoWay && (record.spoofable || record.direction !== 'inbound'))
    )
      continue;
    const reports = reportsOn(sources, record.source, received, received);
    reports.suspicionReports.push(suspicion);
    const report = reportBy(reports, site, sensor);
    // Suspicion reports repeat the same suspicion with its running totals.
    if (report.scans === 0) report.probes = Math.max(report.probes, record.probes);
    add(report, record);
  }
  // A first-contact failure is one packet, which anyone can spoof.
  const failures = twoWay
    ? { sources: new Map<string, SourceFailures>(), complete: true }
    : await readFirstContactFailures(db, from, to, which, only);
  for (const [source, { dark, failed }] of failures.sources) {
    // Refusals add nothing to the sum: its bound covers evidence about suspects, and too many benign first-time sources
    // are refused once.
    for (const [one, evidence, question] of [
      ...failed.map((each) => [each, 0, 'failed'] as const),
      ...dark.map((each) => [each, UNUSED_ADDRESS_NATS, 'metUnusedAddress'] as const),
    ]) {
      const report = reportBy(reportsOn(sources, source, one.heard, one.heard), one.site, one.sensor);
      report[question] = true;
      report.probes = Math.max(report.probes, 1);
      add(report, { targets: 1, evidence, spoofable: true });
    }
  }
  return { sources, complete: scans.length <= MAX_READ && suspicionReports.length <= MAX_READ && failures.complete };
}

function reportsOn(sources: Map<string, SourceReports>, source: string, first: number, last: number): SourceReports {
  const reports = sources.get(source) ?? {
    sensors: new Map<string, SensorReport>(),
    severity: 0,
    suspicionReports: [],
    first,
    last,
  };
  sources.set(source, reports);
  reports.first = Math.min(reports.first, first);
  reports.last = Math.max(reports.last, last);
  return reports;
}

function reportBy(reports: SourceReports, site: string, sensor: string): SensorReport {
  const name = `${site}/${sensor}`;
  const report = reports.sensors.get(name) ?? {
    site,
    scans: 0,
    probes: 0,
    targets: 0,
    evidence: 0,
    foothold: false,
    metUnusedAddress: false,
    failed: false,
    spoofable: true,
  };
  reports.sensors.set(name, report);
  return report;
}

function add(
  report: SensorReport,
  { targets, evidence, spoofable }: { targets: number; evidence: number; spoofable: boolean },
): void {
  report.targets = Math.max(report.targets, targets);
  report.evidence = Math.max(report.evidence, evidence);
  report.spoofable &&= spoofable;
}
