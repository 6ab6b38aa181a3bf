/**
 * What it costs to hide from the fleet: scanners with one probe for each site, that first have themselves answered, or that flood every
 * site's list with forged first-contact failures.
 */
import { evaluateSource } from '../../host/collector/fleet/verdicts.js';
import type { SensorReport } from '../../host/collector/query/source-reports.js';
import { formatTable } from '../evaluate/table.js';
import { ALIVE, probe, SPREAD, saidBy } from './fleet.js';
import { ip, ipText } from './frames.js';
import { anywhere, ours } from './offices.js';
import { candidates, learnedBranch } from './scanners.js';
import { HOUR, SECOND, type World } from './world.js';

interface Trick {
  name: string;
  /** What a scanner does a minute before its probe. */
  before?: (world: World, from: number) => void;
  /** Forged first contacts with absent addresses, a second at each site. */
  forged?: number;
  /** The sensors have the fleet's key. */
  keyed?: boolean;
}

export interface FleetEvasionRow {
  trick: string;
  /** By size of the fleet: scanners found. */
  found: number[];
  scanners: number;
  /** Of all that the fleet named, forged sources. */
  blamed: number;
  /** A site's lists of first-contact failures, an hour. */
  lists: number;
}

const KEY = 0x2545_f491;
const scannerAddress = (i: number): number => ip('203.0.113.0') + i;

const pinged = (world: World, from: number): void => world.ping(from, ours(10), 'answered');
const tricks = (quick: boolean): Trick[] => [
  { name: 'none' },
  { name: 'a host answers a ping first', before: pinged },
  {
    name: 'two hosts answer pings first',
    before: (world, from) => {
      pinged(world, from);
      world.after(SECOND, () => world.ping(from, ours(11), 'answered'));
    },
  },
  {
    name: 'a host that exists drops a SYN first',
    before: (world, from) => world.connect(from, ours(10), 8443, 'silent', { retries: 0, talk: false }),
  },
  {
    name: 'a service answers first (to be known at every site)',
    before: (world, from) => world.connect(from, ours(10), 443, 'answered'),
  },
  ...(quick ? [1] : [0.3, 1, 3, 10]).flatMap((forged) =>
    [false, true].map((keyed) => ({
      name: `${forged} forged failures a second at every site, ${keyed ? 'with' : 'without'} the fleet's key`,
      forged,
      keyed,
    })),
  ),
];

async function siteDay(seed: number, trick: Trick, scanners: number): Promise<World> {
  const targets = candidates('outside TCP');
  const world = await learnedBranch(seed, targets, ALIVE, trick.keyed ? KEY : 0);
  const { dice } = world;
  // A flood decides within minutes: an hour of it tells as much as a day.
  const hours = trick.forged ? 1 : SPREAD;
  for (let i = 0; i < scanners; i++) {
    world.after(dice.share() * hours * HOUR, () => {
      trick.before?.(world, scannerAddress(i));
      world.after(60 * SECOND, () => probe(world, scannerAddress(i), dice.pick(targets)));
    });
  }
  if (trick.forged) {
    const absent = targets.filter((target) => !world.lives(target));
    world.often(trick.forged * 3600, () =>
      world.connect(anywhere(world), dice.pick(absent), 1 + dice.below(65535), 'silent', { retries: 0, talk: false }),
    );
  }
  world.run(world.now + (hours + 0.2) * HOUR);
  return world;
}

export async function measureFleetEvasion(
  sizes: readonly number[],
  scanners: number,
  seed: number,
  quick: boolean,
): Promise<FleetEvasionRow[]> {
  const rows: FleetEvasionRow[] = [];
  for (const trick of tricks(quick)) {
    const sites: Map<string, Omit<SensorReport, 'site'>>[] = [];
    let lists = 0;
    for (let i = 0; i < Math.max(...sizes); i++) {
      const world = await siteDay(seed + 31 * i, trick, scanners);
      sites.push(saidBy(world));
      lists += world.knockRecords / ((trick.forged ? 1 : SPREAD) + 0.2);
    }
    const convicted = (source: string, size: number): boolean => {
      const sensors = new Map<string, SensorReport>();
      sites.slice(0, size).forEach((said, i) => {
        const one = said.get(source);
        if (one) sensors.set(`site-${i}/tap`, { site: `site-${i}`, ...one });
      });
      return evaluateSource(source, { sensors, severity: 0, suspicionReports: [], first: 0, last: 0 }, size).convicted;
    };
    const mine = Array.from({ length: scanners }, (_, i) => ipText(scannerAddress(i)));
    const others = new Set(sites.flatMap((said) => [...said.keys()]).filter((source) => !mine.includes(source)));
    rows.push({
      trick: trick.name,
      found: sizes.map((size) => mine.filter((source) => convicted(source, size)).length),
      scanners,
      blamed: [...others].filter((source) => convicted(source, Math.max(...sizes))).length,
      lists: lists / sites.length,
    });
  }
  return rows;
}

export function fleetEvasionTable(sizes: readonly number[], rows: readonly FleetEvasionRow[]): string {
  return formatTable(
    ['trick', ...sizes.map((size) => `${size} sites`), 'others blamed', 'lists an hour'],
    rows.map(({ trick, found, scanners, blamed, lists }) => [
      trick,
      ...found.map((n) => `${n}/${scanners}`),
      String(blamed),
      lists.toFixed(0),
    ]),
  );
}
