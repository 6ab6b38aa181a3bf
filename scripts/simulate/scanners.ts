/** One scanner in a small benign branch (mixed tap, a third of the usual size), from the first probe to the alert or to its end. */
import { ip } from './frames.js';
import { browse, Internet, lan, ours, populate, routed } from './offices.js';
import { DAY, HOUR, MINUTE, SECOND, World } from './world.js';

export type Way = 'outside TCP' | 'inside TCP' | 'inside ICMP' | 'inside ARP';
/** What a target that lives does with a probe. */
export type LiveHosts = 'open' | 'closed' | 'filtered';

export interface ScanPlan {
  way: Way;
  /** Pause between probes, ms. */
  gap: number;
  order: 'random' | 'sequential';
  /** Share of the targets that live, 0..1; the others are absent. */
  alive: number;
  liveHosts: LiveHosts;
  /** Contacts that are known to succeed, after each probe. */
  good: number;
  /** No person works at the scanner, if inside. */
  idle?: boolean;
}

export interface ScanResult {
  found: boolean;
  /** Probes sent up to the alert, and the time since the first, ms. */
  probes: number;
  time: number;
  /** Innocents accused meanwhile. */
  bystanders: number;
}

const branchSize = 0.3;

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** 200 addresses no actor of the branch uses (ARP: 108 on the LAN). */
export function candidates(way: Way): number[] {
  if (way === 'outside TCP') return [...range(40, 89), ...range(91, 240)].map(ours);
  if (way === 'inside ARP') return [...range(60, 97), ...range(180, 249)].map(lan);
  return range(20, 219).map((host) => routed(9, host));
}

/** A branch at half past eight that learns for 40 minutes; those who live among `targets` show it. Returns when the scan may begin. */
export async function learnedBranch(
  seed: number,
  targets: readonly number[],
  alive: number,
  sampleKey = 0,
): Promise<World> {
  const world = await World.create('mixed', seed, sampleKey);
  world.now += 8.5 * HOUR;
  populate(world, { size: branchSize, monitoring: false });
  const internet = new Internet(world, 200);
  for (const target of targets) {
    if (!world.dice.chance(alive)) continue;
    world.alive(target);
    const speak = (): void => world.connect(target, internet.site(), 443, 'answered');
    world.after(world.dice.between(0, 35) * MINUTE, () => {
      speak();
      world.every(0.4 * DAY, speak);
    });
  }
  world.run(world.now + 40 * MINUTE);
  return world;
}

const knownInside: ReadonlyArray<readonly [number, number]> = [
  [5, 445],
  [5, 389],
  [5, 88],
  [5, 135],
  [5, 139],
  [7, 25],
  [7, 143],
  [30, 9100],
  [31, 9100],
  [32, 9100],
  [30, 80],
  [31, 80],
  [32, 80],
  ...range(50, 56).flatMap(
    (host) =>
      [
        [host, 445],
        [host, 135],
      ] as const,
  ),
];
/** 20 services of servers that the world knows; 27 at home. The next after the last is the first again. */
const knownOutside = range(10, 19).flatMap(
  (host) =>
    [
      [host, 443],
      [host, 80],
    ] as const,
);

export async function scan(plan: ScanPlan, seed: number): Promise<ScanResult> {
  const targets = candidates(plan.way);
  const world = await learnedBranch(seed, targets, plan.alive);
  const { dice } = world;
  const outside = plan.way === 'outside TCP';
  const scanner = outside ? ip('203.0.113.77') : lan(20);
  if (!outside) {
    // A machine that was honest until today, and still has a person before it.
    world.alive(scanner);
    if (!plan.idle) browse(world, scanner, new Internet(world, 300), 30, lan(5));
    world.run(world.now + 20 * MINUTE);
  }
  world.name(scanner, 'scanner');
  const queue = plan.order === 'random' ? dice.shuffled(targets) : targets;
  const known = dice.shuffled(outside ? knownOutside : knownInside);
  const sent: number[] = [];
  let goods = 0;
  const probe = (): void => {
    const target = queue[sent.length] as number;
    sent.push(world.now);
    const lives = world.lives(target);
    if (plan.way === 'inside ARP') world.askArp(scanner, target);
    else if (plan.way === 'inside ICMP') world.ping(scanner, target, lives ? 'answered' : 'silent');
    else
      world.connect(
        scanner,
        target,
        22,
        !lives || plan.liveHosts === 'filtered' ? 'silent' : plan.liveHosts === 'open' ? 'answered' : 'refused',
        { retries: 0, talk: false },
      );
    for (let i = 1; i <= plan.good; i++) {
      const [host, port] = known[goods++ % known.length] as readonly [number, number];
      world.after((i * plan.gap) / (plan.good + 1), () =>
        world.connect(scanner, (outside ? ours : lan)(host), port, 'answered'),
      );
    }
    if (sent.length < queue.length) world.after(plan.gap * dice.between(0.9, 1.1), probe);
  };
  const bystandersBefore = world.accusations.length;
  world.after(dice.between(0, 60) * SECOND, probe);
  const isScanner = (source: string): boolean => world.roles.get(source) === 'scanner';
  let looked = 0;
  world.run(world.now + 70 * SECOND + queue.length * plan.gap * 1.1 + 10 * SECOND, () => {
    for (; looked < world.accusations.length; looked++)
      if (isScanner(world.accusations[looked]?.source ?? '')) return true;
    return false;
  });
  const accusation = world.accusations.find(({ source }) => isScanner(source));
  return {
    found: accusation !== undefined,
    probes: accusation ? sent.filter((time) => time <= accusation.time + 1).length : sent.length,
    time: (accusation?.time ?? world.now) - (sent[0] ?? world.now),
    bystanders: new Set(
      world.accusations
        .slice(bystandersBefore)
        .map(({ source }) => source)
        .filter((source) => !isScanner(source)),
    ).size,
  };
}
