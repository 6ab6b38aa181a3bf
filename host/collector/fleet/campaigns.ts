/**
 * Groups related activity across all sites into campaigns. A scan joins its network's campaign if several addresses of
 * that network were active, otherwise a pattern if many sources probed one service at the same time, otherwise its
 * source's. A fleet-only detection has no scan of its own but still becomes a campaign.
 */
import { FAMILY_IPV4, FAMILY_IPV6 } from '../../../src/engine/constants/codes.js';
import { formatAddress, parseAddress } from '../../../src/protocol/address.js';
import type { Kind } from '../../../src/protocol/record.js';
import { severityRank } from '../../../src/protocol/record.js';
import type { Campaign, CampaignScans, Known, Scan } from '../../api/types.js';
import { groupBy } from '../../common/group-by.js';
import { iso } from '../../common/iso.js';
import { distinctTargets } from '../../wording/fleet.js';
import { ordinal, plural } from '../../wording/format.js';
import { servicesText } from '../../wording/phrases.js';
import { isInside } from '../../wording/words.js';
import type { Visits } from '../query/visits.js';
import { readVisits } from '../query/visits.js';
import { masked } from '../rules/blocks.js';
import { NETWORK_SOURCES, PATTERN_GAP, PATTERN_SITES, PATTERN_SOURCES } from '../rules/thresholds.js';
import type { Executor } from '../store/database.js';
import { findKnown } from '../store/known.js';
import type { ScanRow } from '../store/rows.js';
import { SCAN_COLUMNS, scanOf, severityOf } from '../store/rows.js';
import { readFleetOnlyDetections, fleetOnlyCampaign as unaccusedCampaign } from './fleet-only.js';
import type { Evaluation } from './verdicts.js';

/** Limits: scans read (the newest), sources and services listed per campaign, timeline steps. */
const MAX_READ = 20_000;
const MAX_SOURCES = 100;
const MAX_SERVICES = 16;
const TIMELINE_STEPS = 24;

/**
 * Campaigns with scans active in `[from, to)`, most recently active first.
 *
 * @param fleetOnly fleet-only detections of that period, if the caller already has them
 */
export async function readCampaigns(
  db: Executor,
  from: number,
  to: number,
  which: { source?: string; site?: string } = {},
  fleetOnly?: readonly Evaluation[],
): Promise<CampaignScans[]> {
  const rows = await db.all<ScanRow>(
    `SELECT ${SCAN_COLUMNS} FROM scans WHERE last >= ? AND first < ? AND verdict = 'scan' AND source <> ''
      ORDER BY last DESC LIMIT ?`,
    [from, to, MAX_READ],
  );
  const groups = group(rows.map(scanOf)).filter(
    ({ scans }) =>
      (which.source === undefined || scans.some(({ source }) => source === which.source)) &&
      (which.site === undefined || scans.some(({ site }) => site === which.site)),
  );
  const fleetOnlyCampaigns = (fleetOnly ?? (await readFleetOnlyDetections(db, from, to)))
    .map((one) => ({ ...unaccusedCampaign(one, to), scanIds: [] }))
    .filter(
      ({ key, sites }) =>
        !groups.some((one) => one.id === `source-${key}`) &&
        (which.source === undefined || key === which.source) &&
        (which.site === undefined || sites.includes(which.site)),
    );
  const sources = groups.flatMap(({ scans }) => scans.map(({ source }) => source));
  const history = await readVisits(db, sources);
  const known = await findKnown(db, [...sources, ...fleetOnlyCampaigns.map(({ key }) => key)], to);
  return [
    ...groups.map((one) => campaignOf(one, history, known)),
    ...fleetOnlyCampaigns.map((one) => named(one, known.get(one.key), true)),
  ].sort((a, b) => (a.last < b.last ? 1 : a.last > b.last ? -1 : a.id < b.id ? -1 : 1));
}

interface Group {
  kind: Campaign['kind'];
  key: string;
  id: string;
  scans: Scan[];
}

/** Exported for tests. Scans may be in any order. */
export function group(scans: readonly Scan[]): Group[] {
  const bySource = groupBy(scans, ({ source }) => source);
  const networks = groupBy([...bySource.keys()], networkOf);
  const groups: Group[] = [];
  const alone: string[] = [];
  for (const [network, sources] of networks) {
    if (network === '' || sources.length < NETWORK_SOURCES) alone.push(...sources);
    else
      groups.push({
        kind: 'network',
        key: network,
        id: `network-${network.replace('/', '_')}`,
        scans: sources.flatMap((source) => bySource.get(source) ?? []),
      });
  }
  const inStep = new Set<string>();
  for (const one of patterns(alone.flatMap((source) => bySource.get(source) ?? []))) {
    groups.push(one);
    for (const { source } of one.scans) inStep.add(source);
  }
  for (const source of alone) {
    if (!inStep.has(source))
      groups.push({ kind: 'source', key: source, id: `source-${source}`, scans: bySource.get(source) ?? [] });
  }
  return groups;
}

/** The one service that a scan probed; empty if it probed several. */
const topic = (scan: Scan): string =>
  scan.serviceCount === 1 && scan.services[0] !== undefined && scan.protocol !== ''
    ? `${scan.protocol.toUpperCase()} ${scan.services[0]}`
    : '';

function patterns(scans: readonly Scan[]): Group[] {
  const found: Group[] = [];
  for (const [service, all] of groupBy(
    scans.filter((scan) => topic(scan) !== ''),
    topic,
  )) {
    const inOrder = [...all].sort((a, b) => (a.first < b.first ? -1 : 1));
    let run: Scan[] = [];
    const close = (): void => {
      const first = run[0];
      if (
        first &&
        new Set(run.map(({ source }) => source)).size >= PATTERN_SOURCES &&
        new Set(run.map(({ site }) => site)).size >= PATTERN_SITES
      ) {
        found.push({
          kind: 'pattern',
          key: service,
          id: `pattern-${service.replace(' ', '-')}-${Date.parse(first.first).toString(36)}`,
          scans: run,
        });
      }
      run = [];
    };
    for (const scan of inOrder) {
      const before = run.at(-1);
      if (before && Date.parse(scan.first) - Date.parse(before.first) > PATTERN_GAP) close();
      run.push(scan);
    }
    close();
  }
  return found;
}

/** The /24 of an IPv4 address, the /64 of an IPv6 address; empty for a MAC address. */
function networkOf(source: string): string {
  const bytes = parseAddress(source);
  if (!bytes) return '';
  const [family, prefix] = bytes.length === 4 ? [FAMILY_IPV4, 24] : [FAMILY_IPV6, 64];
  return `${formatAddress(family, masked(bytes, prefix))}/${prefix}`;
}

function campaignOf(
  { kind, key, id, scans }: Group,
  history: ReadonlyMap<string, Visits>,
  lists: ReadonlyMap<string, Known>,
): CampaignScans {
  const sources = [...groupBy(scans, ({ source }) => source)]
    .sort((a, b) => b[1].length - a[1].length)
    .map(([source]) => source);
  const times = scans.map((scan) => Date.parse(scan.first));
  const first = Math.min(...times);
  const last = Math.max(...scans.map((scan) => Date.parse(scan.last)));
  const past = sources.flatMap((source) => history.get(source) ?? []);
  const sum = (read: (scan: Scan) => number): number => scans.reduce((all, scan) => all + read(scan), 0);
  const alerting = scans.filter(({ allowed }) => allowed === undefined);
  const tally = groupBy(
    scans.flatMap(({ services }) => services),
    String,
  );
  const one: CampaignScans = {
    id,
    kind,
    key,
    sources: sources.slice(0, MAX_SOURCES),
    sourceCount: sources.length,
    sites: [...new Set(scans.map(({ site }) => site))].sort(),
    sensors: new Set(scans.map(({ site, sensor }) => `${site}/${sensor}`)).size,
    scans: scans.length,
    probes: sum(({ probes }) => probes),
    targets: distinctTargets(scans),
    inside: scans.every(isInside),
    spoofable: scans.every(({ spoofable }) => spoofable),
    services: [...tally]
      .sort((a, b) => b[1].length - a[1].length)
      .slice(0, MAX_SERVICES)
      .map(([port]) => Number(port)),
    kinds: [...new Set(scans.map((scan): Kind => scan.kind))],
    severity: severityOf(Math.max(1, ...alerting.map(({ severity }) => severityRank(severity)))),
    confidence: Math.max(0, ...alerting.map(({ confidence }) => confidence)),
    foothold: alerting.some((scan) => scan.kind === 'foothold'),
    allowedScans: scans.length - alerting.length,
    first: iso(first),
    last: iso(last),
    open: scans.some(({ open }) => open),
    visits: Math.max(1, ...past.map(({ visits }) => visits)),
    firstSeen: iso(Math.min(first, ...past.map(({ firstSeen }) => firstSeen))),
    timeline: timelineOf(times, first, last),
    text: '',
    scanIds: scans.map((scan) => scan.id),
  };
  one.text = summaryOf(one, scans);
  // A foothold outweighs the severity of the scan.
  if (one.foothold) one.severity = 'critical';
  return named(
    one,
    knownOf(
      sources.map((source) => lists.get(source)),
      one.foothold,
    ),
    alerting.length > 0,
  );
}

/** Adds what a known-scanner list says about the source. @param raise whether any scan of the campaign may alert */
function named<C extends Campaign>(one: C, known: Known | undefined, raise: boolean): C {
  if (!known) return one;
  const severity =
    known.kind === 'research'
      ? 'low'
      : raise
        ? severityOf(Math.min(severityRank(one.severity) + 1, severityRank('critical')))
        : one.severity;
  return {
    ...one,
    known,
    severity,
    text: `${one.text} ${listedAs[known.kind][one.sourceCount === 1 ? 0 : 1]}: ${known.label} (list ${known.list}).`,
  };
}

/**
 * One known adversary marks the campaign; research requires that every source is listed and that none got a foothold.
 */
function knownOf(all: readonly (Known | undefined)[], foothold: boolean): Known | undefined {
  const adversary = all.find((known) => known?.kind === 'indicator');
  if (adversary) return adversary;
  return !foothold && all.every((known) => known?.kind === 'research') ? all[0] : undefined;
}

function timelineOf(times: readonly number[], first: number, last: number): Campaign['timeline'] {
  const step = Math.max(60_000, Math.ceil((last - first + 1) / TIMELINE_STEPS));
  const parts = Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => ({
    time: iso(first + i * step),
    scans: 0,
  }));
  for (const time of times) (parts[Math.floor((time - first) / step)] as { scans: number }).scans++;
  return parts;
}

/** Texts for one source and for several. */
const listedAs = {
  research: ['It is a research scanner', 'All of them are research scanners'],
  indicator: ['It is a known adversary', 'Among them is a known adversary'],
} as const;

function summaryOf(one: Campaign, scans: readonly Scan[]): string {
  const who =
    one.kind === 'source'
      ? one.key
      : one.kind === 'network'
        ? `${one.sourceCount} hosts of ${one.key}`
        : `${one.sourceCount} sources`;
  const where = one.sites.length === 1 ? `at ${one.sites[0]}` : `at ${one.sites.length} sites`;
  const asks = one.kind === 'pattern' ? one.key : servicesText(one.services, scans[0]?.protocol ?? '');
  const does = one.open ? (one.kind === 'source' ? 'is scanning' : 'are scanning') : 'scanned';
  const figures = `${plural(one.probes, 'probe')} at ${plural(one.targets, 'target')}`;
  const did = `${does} ${where}${asks ? ` for ${asks}` : ''}: ${figures}`;
  const again = one.visits > 1 ? `; ${ordinal(one.visits)} visit` : '';
  const inside = scans.find((scan) => scan.kind === 'foothold' && scan.allowed === undefined);
  const suppressed =
    one.allowedScans === 0
      ? ''
      : one.allowedScans === scans.length
        ? ' Exceptions suppress all of it.'
        : ` Exceptions suppress ${one.allowedScans} of ${scans.length} scans.`;
  const foothold = inside ? ` It got in at ${inside.site}: it exchanged data with a service it had found.` : '';
  return `${who} ${did}${again}.${suppressed}${foothold}`;
}
