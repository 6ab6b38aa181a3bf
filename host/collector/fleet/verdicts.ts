/**
 * The fleet's verdict. Evidence from independent sites adds up, so the fleet can detect a source that no single sensor
 * can. Three tests: the sum of all evidence, the number of sites where a first-time source probed an unused address,
 * and the number of sites where its first contact failed at all (unused address or refused). chance.ts bounds each of
 * them.
 */

import type { FleetVerdict } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { SensorReport, SourceReports } from '../query/source-reports.js';
import { readSourceReports } from '../query/source-reports.js';
import { binomialTail, countNeeded, falseAlarm, thresholdFor } from '../rules/chance.js';
import {
  FAILED_CONTACT_CHANCE,
  FAILED_CONTACT_SHARE,
  FALSE_ALARM,
  MIN_SITES,
  UNUSED_ADDRESS_CHANCE,
  UNUSED_ADDRESS_SHARE,
} from '../rules/thresholds.js';
import type { Executor } from '../store/database.js';

const SUM_SHARE = 1 - UNUSED_ADDRESS_SHARE - FAILED_CONTACT_SHARE;

/** A verdict and the reports behind it. */
export interface Evaluation {
  verdict: FleetVerdict;
  reports: SourceReports;
}

/** Sources reported by at least two sensors, highest confidence first. Milliseconds since 1970. */
export async function evaluateSources(
  db: Executor,
  from: number,
  to: number,
): Promise<{ evaluations: Evaluation[]; complete: boolean }> {
  const { sources, complete } = await readSourceReports(db, from, to, 'unsuppressed');
  const activeSites = await countActiveSites(db, from);
  const evaluations = [...sources]
    .filter(([, reports]) => reports.sensors.size > 1)
    .map(([source, reports]) => ({ reports, verdict: evaluateSource(source, reports, activeSites) }));
  evaluations.sort(
    ({ verdict: a }, { verdict: b }) =>
      a.falseAlarm - b.falseAlarm || b.evidence - a.evidence || (a.source < b.source ? -1 : 1),
  );
  return { evaluations, complete };
}

/** Number of sites with an active sensor. */
export async function countActiveSites(db: Executor, from: number): Promise<number> {
  const [row] = await db.all<{ n: number }>('SELECT COUNT(DISTINCT site) AS n FROM sensors WHERE last_seen >= ?', [
    from,
  ]);
  return Number(row?.n ?? 0);
}

/** @param activeSites number of sites that could have reported */
export function evaluateSource(source: string, reports: SourceReports, activeSites: number): FleetVerdict {
  const sensorReports = [...reports.sensors.values()];
  // Two taps at a site may see the same packets: count the stronger report per site.
  const bySite = new Map<string, number>();
  for (const { site, evidence } of sensorReports) bySite.set(site, Math.max(evidence, bySite.get(site) ?? 0));
  const sites = [...bySite.keys()].sort();
  const sitesWith = (does: (one: SensorReport) => boolean): number =>
    new Set(sensorReports.filter(does).map(({ site }) => site)).size;
  const unusedAddressSites = sitesWith(({ metUnusedAddress }) => metUnusedAddress);
  const failedSites = sitesWith((one) => one.failed);
  const n = Math.max(activeSites, sites.length);
  const evidence = [...bySite.values()].reduce((sum, most) => sum + most, 0);
  // Three tests of one hypothesis: each gets a share of the permitted chance (Bonferroni).
  const chance = Math.min(
    1,
    binomialTail(n, unusedAddressSites, UNUSED_ADDRESS_CHANCE) / UNUSED_ADDRESS_SHARE,
    falseAlarm(n, evidence) / SUM_SHARE,
    // A service shut down everywhere refuses benign clients at every site, but leads none of them to an unused address.
    unusedAddressSites < MIN_SITES ? 1 : binomialTail(n, failedSites, FAILED_CONTACT_CHANCE) / FAILED_CONTACT_SHARE,
  );
  const { threshold, knocksNeeded, failedNeeded } = needed(n);
  return {
    source,
    sites,
    sensors: sensorReports.length,
    evidence,
    threshold,
    knocks: unusedAddressSites,
    knocksNeeded,
    failed: failedSites,
    failedNeeded,
    falseAlarm: chance,
    convicted: chance <= FALSE_ALARM && sites.length >= MIN_SITES,
    alone: sensorReports.some(({ scans }) => scans > 0),
    spoofable: sensorReports.every(({ spoofable }) => spoofable),
    probes: sensorReports.reduce((sum, one) => sum + one.probes, 0),
    first: iso(reports.first),
    last: iso(reports.last),
  };
}

type Needed = Pick<FleetVerdict, 'threshold' | 'knocksNeeded' | 'failedNeeded'>;
const thresholds = new Map<number, Needed>();

function needed(n: number): Needed {
  const known = thresholds.get(n) ?? {
    threshold: thresholdFor(n, FALSE_ALARM * SUM_SHARE),
    knocksNeeded: Math.max(MIN_SITES, countNeeded(n, FALSE_ALARM * UNUSED_ADDRESS_SHARE, UNUSED_ADDRESS_CHANCE)),
    failedNeeded: Math.max(MIN_SITES, countNeeded(n, FALSE_ALARM * FAILED_CONTACT_SHARE, FAILED_CONTACT_CHANCE)),
  };
  thresholds.set(n, known);
  return known;
}
