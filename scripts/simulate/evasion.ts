/** What it costs to hide: floods of forged sources, rotating IPv6 addresses, scans shared by many. */
import { formatTable } from '../evaluate/table.js';
import { duration } from './detection.js';
import { ACK, ip, ipText, SYN, SYN_ACK } from './frames.js';
import { anywhere, ours } from './offices.js';
import { candidates, learnedBranch } from './scanners.js';
import { quantile, wilson } from './statistics.js';
import { MINUTE, SECOND, type World } from './world.js';

export interface EvasionRow {
  trick: string;
  runs: number;
  /** Runs in which the scan was told: by accusing a source of it, or by a notice about sources together. */
  accusedRuns: number;
  toldRuns: number;
  /** Share of the scan's sources that were accused. */
  accusedShare: number;
  /** Probes of the whole scan, and time, ms, to the first accusation or notice. */
  probes: number[];
  times: number[];
  /** Sources accused that are not the scan's. */
  bystanders: number;
}

interface Trick {
  name: string;
  sources: number;
  /** A notice is no answer: it tells of the flood, not of the scanner within. */
  alone?: boolean;
  /** Schedules everything from now on. Returns when it is over. */
  play: (world: World, sent: number[], isScanner: Set<string>) => number;
  /** Sources of the scan by text, where they are not listed one by one. */
  matches?: (source: string) => boolean;
}

const forgedSources = 100_000;

/** Forged SYNs, one for each source, at `target` or all over the block; within, one scanner. */
function flood(name: string, gap: number, scannerGap: number, spread: boolean, size: number): Trick {
  return {
    name,
    sources: 1,
    alone: true,
    play(world, sent, scanners) {
      const scanner = ip('203.0.113.77'),
        queue = world.dice.shuffled(candidates('outside TCP'));
      scanners.add(ipText(scanner));
      const start = world.now;
      let forged = 0;
      const pour = (): void => {
        const source = anywhere(world),
          target = spread ? ours(1 + world.dice.below(254)) : ours(10);
        world.connect(source, target, 80, world.lives(target) ? 'answered' : 'silent', { retries: 0, talk: false });
        if (++forged < size) world.after(gap, pour);
      };
      const probe = (): void => {
        const target = queue[sent.length] as number;
        sent.push(world.now);
        world.connect(scanner, target, 22, world.lives(target) ? 'answered' : 'silent', { retries: 0, talk: false });
        if (sent.length < queue.length && world.now < start + size * gap) world.after(scannerGap, probe);
      };
      world.after(1, pour);
      world.after(5 * SECOND, probe);
      return start + size * gap + 20 * SECOND;
    },
  };
}

/** SYNs to absent IPv6 addresses, each from an address of its own; `each` of them from one /64. */
function rotate(name: string, each: number, probes = 64, randomPorts = false): Trick {
  return {
    name,
    sources: Math.ceil(probes / each),
    matches: (source) => source.startsWith('2001:db8:bad'),
    play(world, sent) {
      const probe = (): void => {
        const from = new Uint8Array(16),
          to = new Uint8Array(16);
        from.set([0x20, 1, 0x0d, 0xb8, 0x0b, 0xad]);
        from[7] = Math.floor(sent.length / each) & 255;
        for (let i = 8; i < 16; i++) from[i] = world.dice.below(256);
        to.set([0x20, 1, 0x0d, 0xb8, 0, 0x20]);
        to[14] = world.dice.below(256);
        to[15] = sent.length;
        sent.push(world.now);
        world.tcp6(
          from,
          to,
          32768 + world.dice.below(28000),
          randomPorts ? 1 + world.dice.below(65535) : 443,
          SYN,
          true,
        );
        if (sent.length < probes) world.after(100, probe);
      };
      world.after(1, probe);
      return world.now + probes * 100 + 20 * SECOND;
    },
  };
}

/** 200 targets, one probe in `gap` ms, the next source each time. */
function together(sources: number, gap: number, randomPorts = false): Trick {
  return {
    name: `${sources} sources share 200 targets, one probe in ${duration(gap)}${randomPorts ? ', each at a port of chance' : ''}`,
    sources,
    play(world, sent, scanners) {
      const crowd = Array.from({ length: sources }, () => anywhere(world)),
        queue = world.dice.shuffled(candidates('outside TCP'));
      for (const source of crowd) scanners.add(ipText(source));
      const probe = (): void => {
        const target = queue[sent.length] as number,
          source = crowd[sent.length % sources] as number;
        sent.push(world.now);
        world.connect(
          source,
          target,
          randomPorts ? 1 + world.dice.below(65535) : 2375,
          world.lives(target) ? 'refused' : 'silent',
          { retries: 0 },
        );
        if (sent.length < queue.length) world.after(gap, probe);
      };
      world.after(1, probe);
      return world.now + queue.length * gap + 20 * SECOND;
    },
  };
}

/** The scanner among the forged: its address, told to those who count what is found. */
function enterScanner(scanners: Set<string>): number {
  const scanner = ip('203.0.113.77');
  scanners.add(ipText(scanner));
  return scanner;
}

/** Addresses of the block that nobody has, in an order of chance. */
function absentTargets(world: World): number[] {
  return world.dice.shuffled(candidates('outside TCP')).filter((target) => !world.lives(target));
}

/** `forged` SYNs open a shared scan; within, a scanner of `size` targets, which then gets in and moves 200 KB. */
function behindShare(forged: number, size: number): Trick {
  return {
    name: `${forged} forged SYNs open a shared scan; a scanner of ${size} targets gets in`,
    sources: 1,
    alone: true,
    play(world, sent, scanners) {
      const scanner = enterScanner(scanners),
        absent = absentTargets(world);
      for (let i = 0; i < forged; i++)
        world.after(1 + 20 * i, () =>
          world.connect(anywhere(world), absent[i] as number, 22, 'silent', { retries: 0 }),
        );
      const start = 5 * SECOND;
      for (let i = 0; i < size; i++)
        world.after(start + i * SECOND, () => {
          sent.push(world.now);
          world.connect(scanner, absent[forged + i] as number, 22, 'silent', { retries: 0 });
        });
      const [mine, his, port, server] = [world.dice.next(), world.dice.next(), 40_000, ours(10)];
      world.after(start + (size + 5) * SECOND, () => {
        world.tcp(scanner, server, port, 22, SYN, mine, 0);
        world.tcp(server, scanner, 22, port, SYN_ACK, his, mine + 1);
        for (let got = 0; got <= 200_000; got += 1000)
          world.tcp(scanner, server, port, 22, ACK, mine + 1, his + 1 + got);
      });
      return world.now + start + (size + 20) * SECOND;
    },
  };
}

/** Forged scanners, `perSecond` of them, five SYNs each, spend the alert budget for five minutes; one is real. */
function spend(perSecond: number): Trick {
  return {
    name: `${perSecond} forged scanners a second spend the alert budget; scanner 1/s`,
    sources: 1,
    alone: true,
    play(world, sent, scanners) {
      const scanner = enterScanner(scanners),
        absent = absentTargets(world);
      for (let i = 0; i < 300 * perSecond; i++)
        world.after(1 + (i * SECOND) / perSecond, () => {
          const source = anywhere(world);
          for (let k = 0; k < 5; k++)
            world.connect(source, absent[(i + k) % absent.length] as number, 1000 + i, 'silent', { retries: 0 });
        });
      for (let i = 0; i < 200; i++)
        world.after((60 + i) * SECOND, () => {
          sent.push(world.now);
          world.connect(scanner, absent[i % absent.length] as number, 22, 'silent', { retries: 0 });
        });
      return world.now + 360 * SECOND;
    },
  };
}

/** Frames that are to fill every table, one for each forged source; then one probe a minute. */
function pin(forged: number): Trick {
  return {
    name: `${forged} forged frames beforehand; scanner 1/min`,
    sources: 1,
    alone: true,
    play(world, sent, scanners) {
      const scanner = enterScanner(scanners),
        absent = absentTargets(world);
      for (let i = 0; i < forged / 3; i++)
        world.after(1 + 30 * i, () => {
          const source = anywhere(world);
          for (let k = 0; k < 3; k++)
            world.connect(source, absent[(i + k) % absent.length] as number, 1000 + i, 'silent', { retries: 0 });
        });
      const start = 30 * forged;
      for (let i = 0; i < 60; i++)
        world.after(start + i * MINUTE, () => {
          sent.push(world.now);
          world.connect(scanner, absent[i % absent.length] as number, 22, 'silent', { retries: 0 });
        });
      return world.now + start + 61 * MINUTE;
    },
  };
}

/** Short logins, one a `gap`, by `sources` in turn at `servers` in turn. */
function guess(sources: number, servers: number, gap: number): Trick {
  return {
    name: `${sources === 1 ? 'one source guesses' : `${sources} sources guess`} passwords at ${servers} servers in turn, one in ${duration(gap)}`,
    sources,
    play(world, sent, scanners) {
      const crowd = Array.from({ length: sources }, () => anywhere(world));
      for (const source of crowd) scanners.add(ipText(source));
      for (let i = 0; i < 400; i++)
        world.after(1 + i * gap, () => {
          sent.push(world.now);
          world.connect(crowd[i % sources] as number, ours(10 + (i % servers)), 22, 'answered');
        });
      return world.now + 400 * gap + 60 * SECOND;
    },
  };
}

function tricks(quick: boolean): Trick[] {
  const size = quick ? 10_000 : forgedSources;
  const k = `${size / 1000},000 forged sources`;
  return [
    flood(`${k} at one server, 1000/s; scanner 10/s`, 1, 100, false, size),
    flood(`${k} at one server, 1000/s; scanner 1/s`, 1, SECOND, false, size),
    ...(quick ? [] : [flood(`${k} at one server, 17/s; scanner 1/min`, 60, MINUTE, false, size)]),
    flood(`${k} all over the block, 1000/s; scanner 10/s`, 1, 100, true, size),
    flood(`${k} all over the block, 1000/s; scanner 1/s`, 1, SECOND, true, size),
    ...(quick ? [] : [flood(`${k} all over the block, 17/s; scanner 1/min`, 60, MINUTE, true, size)]),
    rotate('IPv6, a new address of one /64 for each of 64 probes', 64),
    ...[16, 8, 4, 3, 2, 1].map((each) => rotate(`IPv6, a new /64 after ${each} of 64 probes`, each)),
    ...(quick ? [5, 200] : [2, 5, 10, 50, 200]).map((sources) => together(sources, SECOND)),
    ...(quick ? [] : [10, 50, 200].map((sources) => together(sources, 5 * MINUTE))),
    rotate('IPv6, a new /64 after 1 of 200 probes, each at a port of chance', 1, 200, true),
    ...(quick ? [SECOND] : [SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE]).map((gap) =>
      together(200, gap, true),
    ),
    behindShare(24, 15),
    behindShare(100, 15),
    spend(2),
    spend(10),
    pin(1800),
    guess(1, 1, 4 * SECOND),
    guess(1, 13, 4 * SECOND),
    guess(1, 13, 16 * SECOND),
    guess(13, 1, SECOND),
    guess(60, 1, 2 * SECOND),
  ];
}

/** `only`: tricks whose name has this in it. */
export async function measureEvasion(runs: number, seed: number, quick: boolean, only = ''): Promise<EvasionRow[]> {
  const rows: EvasionRow[] = [];
  for (const trick of tricks(quick).filter(({ name }) => name.includes(only))) {
    const row: EvasionRow = {
      trick: trick.name,
      runs,
      accusedRuns: 0,
      toldRuns: 0,
      accusedShare: 0,
      probes: [],
      times: [],
      bystanders: 0,
    };
    for (let i = 0; i < runs; i++) {
      const world = await learnedBranch(seed * 104_729 + i, candidates('outside TCP'), 0.03);
      const sent: number[] = [],
        scanners = new Set<string>();
      const begin = world.accusations.length,
        beginNotices = world.notices.length;
      world.run(trick.play(world, sent, scanners));
      const mine = (source: string): boolean => trick.matches?.(source) ?? scanners.has(source);
      const accused = world.accusations.slice(begin),
        notices = world.notices.slice(beginNotices);
      const hits = accused.filter(({ source }) => mine(source));
      const told = [...hits, ...(trick.alone ? [] : notices)].sort((a, b) => a.time - b.time)[0];
      row.accusedRuns += Number(hits.length > 0);
      row.toldRuns += Number(notices.length > 0);
      row.accusedShare += new Set(hits.map(({ source }) => source)).size / trick.sources / runs;
      row.bystanders += new Set(accused.map(({ source }) => source).filter((source) => !mine(source))).size;
      if (!told) continue;
      row.probes.push(sent.filter((time) => time <= told.time + 1).length);
      row.times.push(told.time - (sent[0] ?? told.time));
    }
    rows.push(row);
  }
  return rows;
}

export function evasionTable(rows: EvasionRow[]): string {
  const percent = (share: number): string => (100 * share).toFixed(0);
  return formatTable(
    [
      'trick',
      'found',
      '95 % (Wilson)',
      'notices',
      'sources accused',
      'probes 50 %/90 %',
      'time 50 %/90 %',
      'others accused',
    ],
    rows.map((row) => {
      const { low, high } = wilson(row.accusedRuns, row.runs);
      const pair = (show: (share: number) => string): string =>
        row.probes.length === 0 ? '-' : `${show(0.5)}/${show(0.9)}`;
      return [
        row.trick,
        `${row.accusedRuns}/${row.runs}`,
        `${percent(low)}-${percent(high)} %`,
        `${row.toldRuns}/${row.runs}`,
        `${percent(row.accusedShare)} %`,
        pair((share) => String(quantile(row.probes, share))),
        pair((share) => duration(quantile(row.times, share))),
        String(row.bystanders),
      ];
    }),
  );
}
