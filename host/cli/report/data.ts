/** The content of a report, independent of its format. Pure: the same facts give the same report. */

import type { Kind, Severity } from '../../../src/protocol/record.js';
import { severityRank } from '../../../src/protocol/record.js';
import type { AddressMap, Campaign, Gap, Scan, Sensor, Timeline } from '../../api/types.js';
import { distinctTargets } from '../../wording/fleet.js';
import { gravestFirst, kindNames } from '../../wording/words.js';

export interface ReportFacts {
  from: number;
  to: number;
  made: number;
  collector: string;
  scans: readonly Scan[];
  timeline: Timeline;
  sensors: readonly Sensor[];
  gaps: readonly Gap[];
  /** Of the same period; those without a scan were detected only fleet-wide. */
  campaigns: readonly Campaign[];
  map: AddressMap;
}

export interface SourceLine {
  source: string;
  /** 0 for a source detected only fleet-wide. */
  scans: number;
  sites: string[];
  targets: number;
  probes: number;
  severity: Severity;
  kinds: Kind[];
  first: string;
  last: string;
  answered: number;
  spoofable: boolean;
}

export interface Report {
  facts: ReportFacts;
  severities: [Severity, number][];
  kinds: [string, number][];
  sites: string[];
  /** By severity, then number of sites, then probes. */
  sources: SourceLine[];
  /** Sources at more than one site. */
  spread: SourceLine[];
  /** Scans that need action: footholds, internal hosts that scan others, critical scans. Newest first. */
  urgent: Scan[];
  /** Campaigns without a scan: no single sensor detected their source. */
  fleetOnly: Campaign[];
  silentSensors: Sensor[];
  missing: number;
}

export function buildReport(facts: ReportFacts): Report {
  const scans = facts.scans.filter((scan) => scan.verdict === 'scan');
  const fleetOnly = facts.campaigns.filter((one) => one.scans === 0);
  const sources = [...bySource(scans).values(), ...fleetOnly.map(fleetOnlyLine)].sort(
    (a, b) =>
      severityRank(b.severity) - severityRank(a.severity) ||
      b.sites.length - a.sites.length ||
      b.probes - a.probes ||
      (a.source < b.source ? -1 : 1),
  );
  return {
    facts,
    severities: gravestFirst.map((name) => [name, scans.filter((scan) => scan.severity === name).length]),
    kinds: tally(scans.map((scan) => kindNames[scan.kind])),
    sites: [...new Set([...facts.sensors.map((sensor) => sensor.site), ...scans.map((scan) => scan.site)])].sort(),
    sources,
    spread: sources.filter((line) => line.sites.length > 1),
    urgent: scans
      .filter((scan) => scan.severity === 'critical' || scan.kind === 'foothold' || scan.direction === 'outbound')
      .sort((a, b) => (a.last < b.last ? 1 : -1)),
    fleetOnly,
    silentSensors: facts.sensors.filter((sensor) => sensor.state !== 'online'),
    missing: facts.gaps
      .filter((gap) => !gap.closed && Date.parse(gap.found) >= facts.from && Date.parse(gap.found) < facts.to)
      .reduce((sum, gap) => sum + gap.to - gap.from + 1, 0),
  };
}

function fleetOnlyLine({ key, severity, targets, probes, first, last, spoofable, sites }: Campaign): SourceLine {
  return {
    source: key,
    severity,
    targets,
    probes,
    first,
    last,
    spoofable,
    sites: [...sites].sort(),
    scans: 0,
    kinds: [],
    answered: 0,
  };
}

/** The activity of a source, for a table cell. */
export const activityOf = ({ kinds }: SourceLine): string =>
  kinds.map((kind) => kindNames[kind]).join(', ') || 'Too little evidence at each site; seen only fleet-wide';

function bySource(scans: readonly Scan[]): Map<string, SourceLine> {
  const lines = new Map<string, SourceLine>();
  for (const scan of scans) {
    // Distributed scans and ARP shadows have no source address.
    if (scan.source === '') continue;
    const line = lines.get(scan.source);
    if (!line) {
      const { source, severity, targets, probes, first, last, answered, spoofable } = scan;
      lines.set(source, {
        source,
        severity,
        targets,
        probes,
        first,
        last,
        answered,
        spoofable,
        scans: 1,
        sites: [scan.site],
        kinds: [scan.kind],
      });
      continue;
    }
    line.scans++;
    line.probes += scan.probes;
    line.answered += scan.answered;
    line.spoofable &&= scan.spoofable;
    if (severityRank(scan.severity) > severityRank(line.severity)) line.severity = scan.severity;
    if (scan.first < line.first) line.first = scan.first;
    if (scan.last > line.last) line.last = scan.last;
    if (!line.sites.includes(scan.site)) line.sites.push(scan.site);
    if (!line.kinds.includes(scan.kind)) line.kinds.push(scan.kind);
  }
  for (const line of lines.values()) {
    line.sites.sort();
    line.targets = distinctTargets(scans.filter(({ source }) => source === line.source));
  }
  return lines;
}

function tally(names: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
