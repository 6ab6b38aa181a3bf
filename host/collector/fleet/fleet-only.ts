/**
 * Fleet-only detections: sources that no single sensor alerted on, presented as sources and campaigns like any other.
 */

import type { Campaign, Source, Whispered } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import { convictedBy } from '../../wording/fleet.js';
import { plural } from '../../wording/format.js';
import { servicesText } from '../../wording/phrases.js';
import { isInside } from '../../wording/words.js';
import type { SourceReports } from '../query/source-reports.js';
import { readSourceReports } from '../query/source-reports.js';
import { LOOK_BACK, SUSPICION_OPEN_FOR } from '../rules/thresholds.js';
import type { Executor } from '../store/database.js';
import type { Evaluation } from './verdicts.js';
import { countActiveSites, evaluateSource, evaluateSources } from './verdicts.js';

const MAX_SERVICES = 16;

/**
 * Fleet detections in `[from, to)` without an alert from any sensor, highest confidence first. Milliseconds since 1970.
 */
export async function readFleetOnlyDetections(db: Executor, from: number, to: number): Promise<Evaluation[]> {
  return fleetOnly((await evaluateSources(db, from, to)).evaluations);
}

export const fleetOnly = (evaluations: readonly Evaluation[]): Evaluation[] =>
  evaluations.filter(({ verdict }) => verdict.convicted && !verdict.alone);

/** All reports on one source: alerts and suspicion reports. Undefined if no sensor has reported it recently. */
export async function findSuspicion(
  db: Executor,
  source: string,
  now: number,
): Promise<{ source: Source; suspicionReports: Whispered[] } | undefined> {
  const reports = (await readSourceReports(db, now - LOOK_BACK, now + 1, 'unsuppressed', source)).sources.get(source);
  if (!reports) return undefined;
  return {
    source: sourceOf({
      reports,
      verdict: evaluateSource(source, reports, await countActiveSites(db, now - LOOK_BACK)),
    }),
    suspicionReports: latestReports(reports),
  };
}

/** Each sensor's latest report, newest first. */
function latestReports({ suspicionReports }: SourceReports): Whispered[] {
  const newest = new Map<string, Whispered>();
  for (const { site, sensor, received, record } of suspicionReports) {
    if (newest.has(`${site}/${sensor}`)) continue;
    const { targets, probes, services, protocol, direction, evidence, answered, refused, silent, dark } = record;
    newest.set(`${site}/${sensor}`, {
      site,
      sensor,
      received: iso(received),
      targets,
      probes,
      services,
      protocol,
      direction,
      evidence,
      answered,
      refused,
      silent,
      dark,
    });
  }
  return [...newest.values()];
}

export function sourceOf({ verdict, reports }: Evaluation): Source {
  const { source, sites, sensors, probes, first, last, convicted } = verdict;
  return {
    source,
    scans: 0,
    openScans: 0,
    sites,
    sensors,
    first,
    last,
    probes,
    targets: targetsOf(reports),
    severity: convicted ? 'medium' : 'low',
    confidence: convicted ? 99 : Math.max(0, ...reports.suspicionReports.map(({ record }) => record.confidence)),
    // Two-way traffic at one site proves the address for all of them.
    spoofable: verdict.spoofable,
    kinds: [],
    tools: [],
    services: servicesOf(reports),
    verdict,
  };
}

/** By the test that detected the source. */
const firstContact = {
  knocks: 'went to an unused address',
  failed: 'failed: unused address or refused',
} as const;

/** @param to milliseconds since 1970; the campaign is open if a suspicion report arrived shortly before */
export function fleetOnlyCampaign({ verdict, reports }: Evaluation, to: number): Campaign {
  const { source, sites, sensors, probes, first, last } = verdict;
  const [services, targets] = [servicesOf(reports), targetsOf(reports)];
  const open = to - reports.last < SUSPICION_OPEN_FOR;
  const by = convictedBy(verdict);
  const asks = servicesText(services, reports.suspicionReports[0]?.record.protocol ?? '');
  return {
    id: `source-${source}`,
    kind: 'source',
    key: source,
    sources: [source],
    sourceCount: 1,
    sites,
    sensors,
    scans: 0,
    probes,
    targets,
    services,
    kinds: [],
    severity: 'medium',
    confidence: 99,
    foothold: false,
    inside: reports.suspicionReports.length > 0 && reports.suspicionReports.every(({ record }) => isInside(record)),
    spoofable: verdict.spoofable,
    first,
    last,
    open,
    visits: 1,
    firstSeen: first,
    timeline: [],
    allowedScans: 0,
    text:
      by !== 'sum'
        ? `${source} ${open ? 'is moving' : 'moved'} from site to site: at ${verdict[by]} of them ` +
          `its first contact within a day ${firstContact[by]}. Only the fleet sees it.`
        : `${source} ${open ? 'is scanning' : 'scanned'} at ${sites.length} sites${asks ? ` for ${asks}` : ''}, ` +
          'too little at each for an alert there: ' +
          `${plural(probes, 'probe')} at ${plural(targets, 'target')}. Only the fleet sees it.`,
  };
}

function targetsOf({ sensors }: SourceReports): number {
  return [...sensors.values()].reduce((sum, { targets }) => sum + targets, 0);
}

function servicesOf({ suspicionReports }: SourceReports): number[] {
  return [...new Set(suspicionReports.flatMap(({ record }) => record.services))].slice(0, MAX_SERVICES);
}
