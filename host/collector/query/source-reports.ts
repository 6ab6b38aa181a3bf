/** What each sensor has said of each source, alerts, whispers and knocks together: what the matrix draws and the fleet's verdict weighs. */
import type { ScanRecord } from '../../../src/protocol/record.js';
import { UNUSED_ADDRESS_NATS } from '../rules/thresholds.js';
import type { Executor } from '../store/database.js';
import type { SourceFailures } from './first-contact-failures.js';
import { readFirstContactFailures } from './first-contact-failures.js';
import type { SuspicionReport } from './suspicion-reports.js';
import { readSuspicionReports } from './suspicion-reports.js';

/** Scans, and whispers, that are looked at; the newest. */
const MAX_READ = 20_000;

interface ScanRow {
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

/** What one sensor has said of one source. */
export interface SensorReport {
  site: string;
  scans: number;
  probes: number;
  targets: number;
  /** Nats: the most it has said. */
  evidence: number;
  foothold: boolean;
  /** Its first contact here, within the day in which it knocked at the most sites, was with an address that does not exist. */
  metUnusedAddress: boolean;
  /** The same or refused, within the day in which it failed at the most sites. */
  failed: boolean;
  /** Nothing that this sensor said shows that the address is the source's own. */
  spoofable: boolean;
}

export interface SourceReports {
  /** By `{site}/{sensor}`. */
  sensors: Map<string, SensorReport>;
  /** 0 where there were only whispers. */
  severity: number;
  /** The newest first. */
  suspicionReports: SuspicionReport[];
  /** Milliseconds since 1970. */
  first: number;
  last: number;
}

/**
 * Of sources that were active from `from` on and before `to`; `complete` is false where there was more than MOST_READ of either.
 *
 * @param only of this source alone
 * @param which `told`: without what the allow list holds back; `two-way`: of that, what a handshake proves to be the source's own, from outside
 */
export async function readSourceReports(
  db: Executor,
  from: number,
  to: number,
  which: 'all' | 'unsuppressed' | 'two-way' = 'all',
  only?: string,
): Promise<{ sources: Map<string, SourceReports>; complete: boolean }> {
  const ofOne = only === undefined ? [] : [only];
  const scans = await db.all<ScanRow>(
    `SELECT site, sensor, source, kind, severity, targets, probes, first, last, body FROM scans
     WHERE last >= ? AND first < ? AND verdict = 'scan' AND source <> ''${which === 'all' ? '' : ' AND allowed IS NULL'}${which === 'two-way' ? ' AND spoofable = 0' : ''}${only === undefined ? '' : ' AND source = ?'} ORDER BY last DESC LIMIT ?`,
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
    // A whisper tells the same suspicion again with its sums so far.
    if (report.scans === 0) report.probes = Math.max(report.probes, record.probes);
    add(report, record);
  }
  // Anybody can forge a knock: it is one packet.
  const failures = twoWay
    ? { sources: new Map<string, SourceFailures>(), complete: true }
    : await readFirstContactFailures(db, from, to, which, only);
  for (const [source, { dark, failed }] of failures.sources) {
    // Of a refusal nothing goes into the sum: its bound is for what sensors say of suspects, and too many honest strangers are refused once.
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
