/**
 * What the fleet's verdict finds that no sensor does, and whom it blames wrongly: scanners that ask one to four times at each branch, and
 * visitors that come to every branch and fail as often as the model says innocents do. Each branch is a real engine with its own day.
 */

import { evaluateSource } from '../../host/collector/fleet/verdicts.js';
import type { SensorReport, SourceReports } from '../../host/collector/query/source-reports.js';
import { UNUSED_ADDRESS_NATS } from '../../host/collector/rules/thresholds.js';
import { formatTable } from '../evaluate/table.js';
import { ip, ipText } from './frames.js';
import { ours } from './offices.js';
import { candidates, learnedBranch } from './scanners.js';
import { wilson } from './statistics.js';
import { HOUR, type World } from './world.js';

/** Outcomes of an innocent's contact, as src/engine/constants/weights.ts has them for inbound TCP; the rest is answered. */
const innocence = { dark: 0.07, refused: 0.045, silent: 0.11 };
export const ALIVE = 0.2;
/** Hours over which each of them comes. */
export const SPREAD = 8;
const thinProbes = [1, 2, 3, 4] as const;

interface FleetFigures {
  branches: number;
  /** By probes per branch: scanners, and how many were convicted. */
  thin: { probes: number; scanners: number; convicted: number; alone: number }[];
  innocents: number;
  blamed: number;
  /** The largest sum of evidence of an innocent, and what convicts; nats. */
  most: number;
  threshold: number;
  /** The most branches at which one innocent knocked, and how many convict. */
  mostKnocks: number;
  knocksNeeded: number;
  /** The same for first contacts that failed, refused ones among them. */
  mostFailed: number;
  failedNeeded: number;
}

export interface FleetRun {
  figures: FleetFigures[];
  /** Of visits of an innocent to a branch, those that were whispered of, or worse. */
  visits: number;
  spoken: number;
  whispersPerBranch: number;
  /** Of visits of an innocent to a branch, those told as a knock at an absent address, and those told as a first contact that failed at all. */
  knocks: number;
  failed: number;
  knockRecordsPerBranch: number;
}

const scannerAddress = (kind: number, i: number): number => ip('203.0.113.0') - 256 * kind + i;
const innocentAddress = (i: number): number => ip('192.88.0.0') + 7 * i;

/** One branch and its day: who was spoken of, alerts and whispers together. */
async function branchDay(
  seed: number,
  scanners: number,
  innocents: number,
  within: number,
): Promise<{ said: Map<string, Omit<SensorReport, 'site'>>; whispers: number; knockRecords: number }> {
  const targets = candidates('outside TCP');
  const world = await learnedBranch(seed, targets, ALIVE);
  const { dice } = world;
  const living = targets.filter((target) => world.lives(target));
  const absent = targets.filter((target) => !world.lives(target));
  const one = (from: readonly number[]): number => from[Math.floor(dice.share() * from.length)] as number;
  const whenever = (work: () => void): void => world.after(dice.share() * SPREAD * HOUR, work);
  for (const [kind, probes] of thinProbes.entries()) {
    for (let i = 0; i < scanners; i++) {
      const begin = dice.share() * (SPREAD - within) * HOUR;
      for (let n = 0; n < probes; n++)
        world.after(begin + dice.share() * within * HOUR, () => probe(world, scannerAddress(kind, i), one(targets)));
    }
  }
  for (let i = 0; i < innocents; i++) {
    const contacts = 2 + Math.floor(dice.share() * 4);
    for (let n = 0; n < contacts; n++) whenever(() => visit(world, innocentAddress(i), one, living, absent));
  }
  world.run(world.now + (SPREAD + 1) * HOUR);
  return { said: saidBy(world), whispers: world.whispers.length, knockRecords: world.knockRecords };
}

/** Who was spoken of at a site, in alerts, suspicion reports and lists of first-contact failures together. */
export function saidBy(world: World): Map<string, Omit<SensorReport, 'site'>> {
  const said = new Map<string, Omit<SensorReport, 'site'>>();
  const none: Omit<SensorReport, 'site'> = {
    scans: 0,
    probes: 0,
    targets: 0,
    evidence: 0,
    foothold: false,
    metUnusedAddress: false,
    failed: false,
    spoofable: true,
  };
  for (const [records, scans] of [
    [world.whispers, 0],
    [world.accusations.map(({ record }) => record), 1],
  ] as const) {
    for (const record of records) {
      const before = said.get(record.source) ?? none;
      said.set(record.source, {
        ...before,
        scans: Math.max(scans, before.scans),
        probes: record.probes,
        targets: record.targets,
        evidence: Math.max(record.evidence, before.evidence),
      });
    }
  }
  for (const [source, refused] of world.knocks) {
    const before = said.get(source) ?? none;
    said.set(source, {
      ...before,
      metUnusedAddress: !refused,
      failed: true,
      evidence: Math.max(refused ? 0 : UNUSED_ADDRESS_NATS, before.evidence),
    });
  }
  return said;
}

export function probe(world: World, from: number, target: number): void {
  world.connect(from, target, 445, world.lives(target) ? 'refused' : 'silent', { retries: 0, talk: false });
}

function visit(
  world: World,
  from: number,
  one: (from: readonly number[]) => number,
  living: readonly number[],
  absent: readonly number[],
): void {
  const { dice } = world;
  const luck = dice.share();
  if (luck < innocence.dark) world.connect(from, one(absent), 443, 'silent');
  else if (luck < innocence.dark + innocence.refused) world.connect(from, one(living), 8443, 'refused');
  else if (luck < innocence.dark + innocence.refused + innocence.silent) world.connect(from, one(living), 25, 'silent');
  else world.connect(from, ours(10 + Math.floor(dice.share() * 10)), 443, 'answered');
}

/** `sizes`: fleets that are looked at, each the first so many of the same branches. `within`: hours from a scanner's first probe at a branch to its last. */
export async function measureFleet(
  sizes: readonly number[],
  scanners: number,
  innocents: number,
  within: number,
  seed: number,
): Promise<FleetRun> {
  const branches: Awaited<ReturnType<typeof branchDay>>[] = [];
  for (let i = 0; i < Math.max(...sizes); i++)
    branches.push(await branchDay(seed + 31 * i, scanners, innocents, within));
  const heard = (address: number, size: number): SourceReports => {
    const sensors = new Map<string, SensorReport>();
    branches.slice(0, size).forEach(({ said }, i) => {
      const one = said.get(ipText(address));
      if (one) sensors.set(`branch-${i}/tap`, { site: `branch-${i}`, ...one });
    });
    return { sensors, severity: 0, suspicionReports: [], first: 0, last: 0 };
  };
  const figures = sizes.map((size) => {
    const thin = thinProbes.map((probes, kind) => {
      const verdicts = Array.from({ length: scanners }, (_, i) =>
        evaluateSource('', heard(scannerAddress(kind, i), size), size),
      );
      return {
        probes,
        scanners,
        convicted: verdicts.filter(({ convicted }) => convicted).length,
        alone: verdicts.filter(({ alone }) => alone).length,
      };
    });
    const verdicts = Array.from({ length: innocents }, (_, i) =>
      evaluateSource('', heard(innocentAddress(i), size), size),
    );
    return {
      branches: size,
      thin,
      innocents,
      blamed: verdicts.filter(({ convicted }) => convicted).length,
      most: Math.max(...verdicts.map(({ evidence }) => evidence)),
      threshold: verdicts[0]?.threshold ?? 0,
      mostKnocks: Math.max(...verdicts.map(({ knocks }) => knocks)),
      knocksNeeded: verdicts[0]?.knocksNeeded ?? 0,
      mostFailed: Math.max(...verdicts.map(({ failed }) => failed)),
      failedNeeded: verdicts[0]?.failedNeeded ?? 0,
    };
  });
  let spoken = 0;
  let knocks = 0;
  let failed = 0;
  for (const { said } of branches) {
    for (let i = 0; i < innocents; i++) {
      const one = said.get(ipText(innocentAddress(i)));
      if (one && one.evidence > UNUSED_ADDRESS_NATS) spoken++;
      if (one?.metUnusedAddress) knocks++;
      if (one?.failed) failed++;
    }
  }
  const mean = (read: (branch: (typeof branches)[number]) => number): number =>
    branches.reduce((sum, branch) => sum + read(branch), 0) / branches.length;
  return {
    figures,
    visits: innocents * branches.length,
    spoken,
    knocks,
    failed,
    whispersPerBranch: mean(({ whispers }) => whispers),
    knockRecordsPerBranch: mean(({ knockRecords }) => knockRecords),
  };
}

export function fleetTable({
  figures,
  visits,
  spoken,
  knocks,
  failed,
  whispersPerBranch,
  knockRecordsPerBranch,
}: FleetRun): string {
  const rows = figures.map(
    ({ branches, thin, innocents, blamed, most, threshold, mostKnocks, knocksNeeded, mostFailed, failedNeeded }) => [
      String(branches),
      threshold.toFixed(1),
      String(knocksNeeded),
      String(failedNeeded),
      ...thin.map(({ scanners, convicted, alone }) => `${convicted}/${scanners}${alone ? ` (${alone} alone)` : ''}`),
      `${blamed}/${innocents}`,
      most.toFixed(1),
      String(mostKnocks),
      String(mostFailed),
    ],
  );
  const interval = wilson(spoken, visits);
  const knocking = wilson(knocks, visits);
  const failing = wilson(failed, visits);
  const percent = (share: number): string => (100 * share).toFixed(2);
  return (
    `${formatTable(['sites', 'nats needed', 'or dark', 'or failed', ...thinProbes.map((n) => `${n} probe${n > 1 ? 's' : ''} each`), 'benign', 'their nats', 'their dark', 'their failed'], rows)}\n\n` +
    `Of ${visits} visits by benign sources ${spoken} were reported as suspicious: ${percent(spoken / visits)} % (Wilson 95 %: ${percent(interval.low)} to ${percent(interval.high)}); ` +
    `${knocks} as a dark first contact: ${percent(knocks / visits)} % (${percent(knocking.low)} to ${percent(knocking.high)}), ${failed} as a failed one: ${percent(
      failed / visits,
    )} % (${percent(failing.low)} to ${percent(failing.high)}). ` +
    `A site's day: ${whispersPerBranch.toFixed(0)} suspicion reports, ${knockRecordsPerBranch.toFixed(0)} lists of first-contact failures.`
  );
}
