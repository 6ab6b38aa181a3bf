/** Campaigns, verdicts and visits in plain language. Pure. */
import { severityRank } from '../../src/protocol/record.js';
import type { Campaign, FleetVerdict, Scan } from '../api/types.js';
import { ago, count, listed, ordinal, plural } from './format.js';

/** Whether a campaign is more than a single scan by one source at one site: only then is it shown on its own. */
export const isWide = (one: Campaign): boolean => one.sites.length > 1 || one.sourceCount > 1 || one.scans > 1;

export function worstCampaignFirst(a: Campaign, b: Campaign): number {
  return (
    Number(b.foothold) - Number(a.foothold) ||
    severityRank(b.severity) - severityRank(a.severity) ||
    b.sites.length - a.sites.length ||
    b.confidence - a.confidence ||
    (a.last < b.last ? 1 : -1)
  );
}

/** `One source across 12 sites`: the headline while campaigns are active. */
export function campaignHeadline(one: Campaign): string {
  if (one.foothold) return 'A scanner has got in';
  const where = one.sites.length === 1 ? `at ${one.sites[0]}` : `across ${plural(one.sites.length, 'site')}`;
  if (one.kind === 'source') return `One source ${where}`;
  if (one.kind === 'network') return `${plural(one.sourceCount, 'source')} in one network ${where}`;
  return `${plural(one.sourceCount, 'source')} running one scan ${where}`;
}

/**
 * Addresses that the scans probed. Sensors monitor different addresses, so their counts add up; two scans at one sensor
 * may have probed the same ones, so only the larger counts.
 */
export function distinctTargets(scans: readonly Pick<Scan, 'site' | 'sensor' | 'targets'>[]): number {
  const most = new Map<string, number>();
  for (const { site, sensor, targets } of scans)
    most.set(`${site}/${sensor}`, Math.max(targets, most.get(`${site}/${sensor}`) ?? 0));
  return [...most.values()].reduce((sum, targets) => sum + targets, 0);
}

/** The one next step for the whole campaign. */
export function campaignStep(one: Campaign): string {
  if (one.foothold) return 'Act now: cut its connections at every site, and inspect the host it exchanged data with.';
  if (one.inside)
    return one.sourceCount > 1
      ? 'These are your own hosts: take them off the network and look for malware.'
      : 'This is your own host: take it off the network and look for malware.';
  if (one.kind === 'source' && one.spoofable)
    return `Look for logins from it${one.sites.length > 1 ? ' at every site' : ''}, and do not block on this alone: the source address may be spoofed.`;
  if (one.kind === 'network')
    return `Block ${one.key} at the edge of every site: the scanner will replace single addresses.`;
  if (one.kind === 'pattern')
    return `If you do not offer ${one.key ? `service ${one.key}` : 'this service'}, close or filter it at the edge. Blocking single sources will not help.`;
  return one.sites.length > 1
    ? 'Block it at the edge of every site, including those it has not reached yet.'
    : 'Block it at the edge of this site, and watch for it at the others.';
}

/** `third visit, first seen 12 days ago`; empty for a first visit. */
export function visitPhrase(visits: number, firstSeen: string, now: number): string {
  if (visits < 2) return '';
  return `${ordinal(visits)} visit, first seen ${ago(now - Date.parse(firstSeen))}`;
}

/** A probability in words: `1 in 2,981`, `1 in 11 million`. */
export function chance(probability: number): string {
  if (!(probability > 0)) return 'less than 1 in a billion';
  const times = 1 / probability;
  if (times >= 1e9) return 'less than 1 in a billion';
  if (times >= 1e6) return `1 in ${Number((times / 1e6).toPrecision(2))} million`;
  return `1 in ${count(times >= 1000 ? Number(times.toPrecision(2)) : times)}`;
}

/** Which fleet test detected the source: evidence, first-contact failures at unused addresses, or any failures. */
export function convictedBy(one: FleetVerdict): 'sum' | 'knocks' | 'failed' {
  if (one.evidence < one.threshold && one.knocks >= one.knocksNeeded) return 'knocks';
  return one.evidence < one.threshold && one.failed >= one.failedNeeded ? 'failed' : 'sum';
}

export function verdictSentence(one: FleetVerdict): string {
  const evidence = `${plural(one.sensors, 'sensor')} at ${plural(one.sites.length, 'site')} together have ${one.evidence.toFixed(1)} nats of evidence against it`;
  if (!one.convicted) return `${evidence}; the fleet threshold is ${one.threshold.toFixed(1)}.`;
  const alone = one.alone ? 'A single sensor detected it, too.' : 'No single sensor could have detected it.';
  const odds = `The odds of a benign host looking like this: ${chance(one.falseAlarm)}.`;
  const by = convictedBy(one);
  if (by === 'knocks') {
    return `At ${plural(one.knocks, 'site')} its first contact within one day was with an unused address; the fleet threshold is ${one.knocksNeeded}. ${alone} ${odds}`;
  }
  if (by === 'failed') {
    return `At ${plural(one.failed, 'site')} its first contact within one day failed (unused address, or refused); the fleet threshold is ${one.failedNeeded}. ${alone} ${odds}`;
  }
  return `${evidence}, above the fleet threshold of ${one.threshold.toFixed(1)}. ${alone} ${odds}`;
}

export interface Visit {
  /** From 1, the oldest. */
  number: number;
  first: string;
  last: string;
  /** Newest first. */
  scans: Scan[];
}

/** A visit ends after this much silence. Milliseconds. */
const QUIET = 24 * 3_600_000;

/** A source's scans by visit, the newest first. */
export function visitsOf(scans: readonly Scan[]): Visit[] {
  const visits: Visit[] = [];
  for (const scan of [...scans].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const current = visits.at(-1);
    if (!current || Date.parse(scan.first) - Date.parse(current.last) > QUIET) {
      visits.push({ number: visits.length + 1, first: scan.first, last: scan.last, scans: [scan] });
      continue;
    }
    current.scans.unshift(scan);
    if (scan.last > current.last) current.last = scan.last;
  }
  return visits.reverse();
}

/** `3 scans at berlin and lyon: 241 targets, 480 probes, 12 answered`. */
export function visitSentence({ scans }: Visit): string {
  const sum = (read: (scan: Scan) => number): number => scans.reduce((all, scan) => all + read(scan), 0);
  const sites = [...new Set(scans.map((scan) => scan.site))];
  const answered = sum((scan) => scan.answered);
  return `${plural(scans.length, 'scan')} at ${sites.length > 4 ? plural(sites.length, 'site') : listed(sites)}: ${plural(distinctTargets(scans), 'target')}, ${plural(
    sum((scan) => scan.probes),
    'probe',
  )}, ${answered ? `${count(answered)} answered` : 'nothing answered'}`;
}

export interface Ratio {
  name: string;
  value: number;
  meaning: string;
}

/** Whether the targets are internal hosts. Analysts look at internal and external targets separately. */
export const isLocal = (scan: Pick<Scan, 'direction'>): boolean =>
  scan.direction !== 'outbound' && scan.direction !== 'transit';

/**
 * Contacts per host, services per host, contacts per service: what an analyst computes by hand. Empty without targets.
 */
export function ratios(
  scans: readonly Pick<Scan, 'site' | 'sensor' | 'probes' | 'targets' | 'serviceCount' | 'services'>[],
): Ratio[] {
  const contacts = scans.reduce((sum, scan) => sum + scan.probes, 0);
  const hosts = distinctTargets(scans);
  // Each scan counts its own services, so the largest count is a lower bound for all of them.
  const services = Math.max(
    0,
    new Set(scans.flatMap((scan) => scan.services)).size,
    ...scans.map((scan) => scan.serviceCount),
  );
  if (!hosts || !contacts) return [];
  const perHost = contacts / hosts;
  const out = [
    {
      name: 'contacts per host',
      value: perHost,
      meaning:
        perHost < 1.5
          ? 'About one contact per host: it is mapping which hosts exist.'
          : perHost < 5
            ? 'Several contacts with some hosts: it retries, or tries several services.'
            : 'Many contacts per host: it is working on them.',
    },
  ];
  if (services) {
    const wide = services / hosts;
    out.push(
      {
        name: 'services per host',
        value: wide,
        meaning:
          wide < 0.5
            ? 'Few services on many hosts: a sweep.'
            : wide <= 3
              ? 'About as many services as hosts: it varies both.'
              : 'Many services on few hosts: a port scan.',
      },
      {
        name: 'contacts per service',
        value: contacts / services,
        meaning:
          contacts / services < 2
            ? 'About one contact per service.'
            : contacts / services < 20
              ? 'A few contacts per service.'
              : 'Many contacts per service: it targets these services.',
      },
    );
  }
  return out;
}
