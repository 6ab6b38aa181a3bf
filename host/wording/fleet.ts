/** Campaigns, verdicts and visits as plain language. Pure. */
import { severityRank } from '../../src/protocol/record.js';
import type { Campaign, FleetVerdict, Scan } from '../api/types.js';
import { ago, count, listed, ordinal, plural } from './format.js';

/** More than one sensor's scan: only then is a campaign a story of its own. */
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

/** `One source over 12 branches`: the headline where campaigns go on. */
export function campaignHeadline(one: Campaign): string {
  if (one.foothold) return 'A scanner has got in';
  const where =
    one.sites.length === 1 ? `at ${one.sites[0]}` : `over ${plural(one.sites.length, 'branch', 'branches')}`;
  if (one.kind === 'source') return `One source ${where}`;
  if (one.kind === 'network') return `${plural(one.sourceCount, 'source')} of one network ${where}`;
  return `${plural(one.sourceCount, 'source')} share a scan ${where}`;
}

/** Addresses that the scans touched: sensors watch different ones, so theirs add up; two scans at one sensor may have hit the same. */
export function distinctTargets(scans: readonly Pick<Scan, 'site' | 'sensor' | 'targets'>[]): number {
  const most = new Map<string, number>();
  for (const { site, sensor, targets } of scans)
    most.set(`${site}/${sensor}`, Math.max(targets, most.get(`${site}/${sensor}`) ?? 0));
  return [...most.values()].reduce((sum, targets) => sum + targets, 0);
}

/** What to do about all of it at once. */
export function campaignStep(one: Campaign): string {
  if (one.foothold) return 'Act now: cut its connections at every branch, and look at the machine it moved data with.';
  if (one.inside)
    return one.sourceCount > 1
      ? 'They are machines of yours: take them off the network and look for malware.'
      : 'It is a machine of yours: take it off the network and look for malware.';
  if (one.kind === 'source' && one.spoofable)
    return `Watch it${one.sites.length > 1 ? ' at every branch' : ''}, do not block on this alone: the source could be forged.`;
  if (one.kind === 'network')
    return `Block ${one.key} at the edge of all branches; single addresses of it will be replaced.`;
  if (one.kind === 'pattern')
    return `Close or filter ${one.key ? `service ${one.key}` : 'the service'} at the edge if you do not offer it; blocking single sources will not help.`;
  return one.sites.length > 1
    ? 'Block it at the edge of every branch, also of those it has not come to yet.'
    : 'Block it at the edge of this branch, and watch whether it comes to another.';
}

/** `third visit, first seen 12 days ago`; empty for a first visit. */
export function visitPhrase(visits: number, firstSeen: string, now: number): string {
  if (visits < 2) return '';
  return `${ordinal(visits)} visit, first seen ${ago(now - Date.parse(firstSeen))}`;
}

/** A probability as people say it: `1 in 2,981`. */
export function chance(probability: number): string {
  if (!(probability > 0)) return 'less than 1 in a billion';
  const times = 1 / probability;
  if (times >= 1e9) return 'less than 1 in a billion';
  return `1 in ${count(times >= 1000 ? Number(times.toPrecision(2)) : times)}`;
}

/** Which of the fleet's questions convicts it, where one does: of several the first. */
export function convictedBy(one: FleetVerdict): 'sum' | 'knocks' | 'failed' {
  if (one.evidence < one.threshold && one.knocks >= one.knocksNeeded) return 'knocks';
  return one.evidence < one.threshold && one.failed >= one.failedNeeded ? 'failed' : 'sum';
}

export function verdictSentence(one: FleetVerdict): string {
  const evidence = `${plural(one.sensors, 'sensor')} at ${plural(one.sites.length, 'site')} together hold ${one.evidence.toFixed(1)} nats of evidence against it`;
  if (!one.convicted) return `${evidence}; the fleet accuses from ${one.threshold.toFixed(1)} on.`;
  const alone = one.alone ? 'A single sensor accused it, too.' : 'No single sensor could have accused it.';
  const odds = `A harmless host gets here with a chance of ${chance(one.falseAlarm)}.`;
  const by = convictedBy(one);
  if (by === 'knocks') {
    return `At ${plural(one.knocks, 'site')} its first contact within one day was with an address that does not exist; ${one.knocksNeeded} are enough for the fleet. ${alone} ${odds}`;
  }
  if (by === 'failed') {
    return `At ${plural(one.failed, 'site')} its first contact within one day failed: with an address that does not exist, or refused; ${one.failedNeeded} are enough for the fleet. ${alone} ${odds}`;
  }
  return `${evidence}, more than the ${one.threshold.toFixed(1)} the fleet asks for. ${alone} ${odds}`;
}

export interface Visit {
  /** From 1, the oldest. */
  number: number;
  first: string;
  last: string;
  /** Newest first. */
  scans: Scan[];
}

/** Quiet that ends a visit. Milliseconds. */
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

/** `3 scans in berlin and lyon: 241 targets, 480 probes, 12 answered`. */
export function visitSentence({ scans }: Visit): string {
  const sum = (read: (scan: Scan) => number): number => scans.reduce((all, scan) => all + read(scan), 0);
  const sites = [...new Set(scans.map((scan) => scan.site))];
  const answered = sum((scan) => scan.answered);
  return `${plural(scans.length, 'scan')} in ${sites.length > 4 ? plural(sites.length, 'site') : listed(sites)}: ${plural(distinctTargets(scans), 'target')}, ${plural(
    sum((scan) => scan.probes),
    'probe',
  )}, ${answered ? `${count(answered)} answered` : 'nothing answered'}`;
}

export interface Ratio {
  name: string;
  value: number;
  meaning: string;
}

/** Scans whose targets are ours, and those that lead outside: an analyst asks for both apart. */
export const isLocal = (scan: Pick<Scan, 'direction'>): boolean =>
  scan.direction !== 'outbound' && scan.direction !== 'transit';

/** Contacts per host, services per host, contacts per service: what an analyst computes by hand. None without a target. */
export function ratios(
  scans: readonly Pick<Scan, 'site' | 'sensor' | 'probes' | 'targets' | 'serviceCount' | 'services'>[],
): Ratio[] {
  const contacts = scans.reduce((sum, scan) => sum + scan.probes, 0);
  const hosts = distinctTargets(scans);
  // Each scan counts its own services; the most that one asked for is the least that there were.
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
          ? 'Each host about once: it looks for what is there.'
          : perHost < 5
            ? 'Some hosts several times: it tries again, or tries several services.'
            : 'Each host many times: it works on them.',
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
              ? 'As many services as hosts: a walk through both.'
              : 'Many services on few hosts: a port scan.',
      },
      {
        name: 'contacts per service',
        value: contacts / services,
        meaning:
          contacts / services < 2
            ? 'Each service about once.'
            : contacts / services < 20
              ? 'It asks for each service a few times.'
              : 'It wants these services in particular.',
      },
    );
  }
  return out;
}
