/**
 * Twelve branch offices and what a fair judge would say of them. Each branch is a labelled capture of test/captures, seen again every few
 * minutes, and the probes that thin scanners put in between. Who is to be told follows from the labels and from this table alone.
 */
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { labelOf } from '../evaluate/detect.js';
import type { Scanner } from '../evaluate/judge.js';
import { canonical } from '../evaluate/judge.js';

/** One that asks so little at each branch that it takes several to tell. Its frames are written by scripts/simulate/frames.ts. */
export interface Thin {
  source: string;
  port: number;
  /** To each branch, one a `gap`, each for another address that does not exist. */
  probes: number;
  /** Milliseconds. */
  gap: number;
}

/** Two probes at each of nine branches: no sensor accuses it, the fleet does. Eight would be enough if no sensor's tables ever forgot one. */
export const whispered: Thin = { source: '198.51.100.23', port: 3389, probes: 2, gap: 20_000 };
/** A handful a branch, one a minute, at three branches: three alerts that are one story. */
export const shared: Thin = { source: '192.0.2.99', port: 5900, probes: 7, gap: 45_000 };

export interface Branch {
  site: string;
  sensor: string;
  /** Its name in the folder of captures, without `.pcap`. */
  capture: string;
  thin: Thin[];
}

export const branches: readonly Branch[] = (
  [
    ['berlin', 'tap-wan', 'nmap-ss-horizontal-24', whispered],
    ['lyon', 'tap-wan', 'scan-then-login', whispered],
    ['oslo', 'tap-wan', 'masscan-slow-banners', whispered],
    ['porto', 'tap-lan', 'mirai-outbound'],
    ['gdansk', 'tap-lan', 'benign-lan-chatter'],
    ['turin', 'tap-wan', 'benign-flash-crowd', whispered, shared],
    ['ghent', 'tap-wan', 'benign-mail-fanout', whispered, shared],
    ['cork', 'tap-wan', 'benign-resolver', whispered, shared],
    ['malmo', 'tap-wan', 'benign-voip-rtp', whispered],
    ['graz', 'tap-wan', 'benign-nat-browsing', whispered],
    ['split', 'tap-lan', 'benign-monitoring'],
    ['tartu', 'tap-wan', 'benign-p2p', whispered],
  ] as const
).map(([site, sensor, capture, ...thin]) => ({ site, sensor, capture, thin: [...thin] }));

export const capturesFolder = join(projectRoot, 'test/captures');

/** Who is to be told, and where. Sites are sorted. */
export interface Story {
  /** Sources that sensors accuse, to the sites that do. */
  accused: Map<string, string[]>;
  /** Sources that only the fleet convicts, to the sites that whisper of it. */
  fleetOnly: Map<string, string[]>;
  /** `{site}/{sensor}`, sorted. */
  sensors: string[];
}

export interface Labelled extends Branch {
  path: string;
  home: string[];
  scanners: Scanner[];
}

/** The branches with their captures' labels. Throws an Error of one sentence for a capture without one. */
export function readBranches(folder: string): Labelled[] {
  return branches.map((branch) => {
    const path = join(folder, `${branch.capture}.pcap`);
    const label = labelOf(path);
    if (!label) throw new Error(`There is no ${branch.capture}.json beside the captures in ${folder}.`);
    return { ...branch, path, home: label.home ?? [], scanners: label.scanners.filter((scanner) => !scanner.decoy) };
  });
}

/** What the labels and the thin scanners ask for. */
export function expectedStory(labelled: readonly Labelled[]): Story {
  const accused = new Map<string, string[]>();
  const fleetOnly = new Map<string, string[]>();
  const at = (map: Map<string, string[]>, source: string, site: string): void => {
    map.set(source, [...new Set([...(map.get(source) ?? []), site])].sort());
  };
  for (const { site, scanners, thin } of labelled) {
    for (const { source } of scanners) at(accused, source, site);
    for (const one of thin) at(one === whispered ? fleetOnly : accused, one.source, site);
  }
  return { accused, fleetOnly, sensors: labelled.map(({ site, sensor }) => `${site}/${sensor}`).sort() };
}

/** Differences as sentences; empty where all is as it should be. `who` said it. */
export function differences(
  who: string,
  told: ReadonlyMap<string, readonly string[]>,
  expected: ReadonlyMap<string, readonly string[]>,
): string[] {
  const found: string[] = [];
  const named = new Map([...told].map(([source, sites]) => [canonical(source), { source, sites }]));
  for (const [source, sites] of expected) {
    const said = named.get(canonical(source));
    named.delete(canonical(source));
    if (!said) found.push(`${who} does not tell of ${source}.`);
    else if (said.sites.join() !== sites.join())
      found.push(`${who} tells of ${source} at ${said.sites.join(', ') || 'no site'} instead of ${sites.join(', ')}.`);
  }
  for (const { source, sites } of named.values())
    found.push(`${who} accuses ${source} (${sites.join(', ')}), whom no label names.`);
  return found;
}
