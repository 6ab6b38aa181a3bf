/** What each sensor has said of each source, alerts, whispers and knocks together: what the matrix draws and the fleet's verdict weighs. */
import type { ScanRecord } from '../../../src/protocol/record.js';
import { KNOCK_NATS } from '../rules/thresholds.js';
import type { Executor } from '../store/database.js';
import type { Knocks } from './knocks.js';
import { readKnocks } from './knocks.js';
import type { Whisper } from './whispers.js';
import { readWhispers } from './whispers.js';

/** Scans, and whispers, that are looked at; the newest. */
const MOST_READ = 20_000;

/** What is read of a scan where many are looked at. */
export interface ScanSummary {
  site: string;
  sensor: string;
  source: string;
  kind: string;
  severity: number;
  targets: number;
  probes: number;
  first: number;
  last: number;
  body: string;
}

/** What one sensor has said of one source. */
export interface Said {
  site: string;
  scans: number;
  probes: number;
  targets: number;
  /** Nats: the most it has said. */
  evidence: number;
  foothold: boolean;
  /** Its first contact here, within the day in which it knocked at the most sites, was with an address that does not exist. */
  knocked: boolean;
  /** The same or refused, within the day in which it failed at the most sites. */
  failed: boolean;
  /** Nothing that this sensor said shows that the address is the source's own. */
  spoofable: boolean;
}

export interface Heard {
  /** By `{site}/{sensor}`. */
  sensors: Map<string, Said>;
  /** 0 where there were only whispers. */
  severity: number;
  /** The newest first. */
  whispers: Whisper[];
  /** Milliseconds since 1970. */
  first: number;
  last: number;
}

/**
 * Of sources that were active from `from` on and before `to`; `complete` is false where there was more than MOST_READ of either.
 *
 * @param only of this source alone
 * @param which `told`: without what the allow list holds back; `two-way`: of that, what a handshake proves to be the source's own, from outside
 */
export async function readSaid(
  db: Executor,
  from: number,
  to: number,
  which: 'all' | 'told' | 'two-way' = 'all',
  only?: string,
): Promise<{ sources: Map<string, Heard>; complete: boolean }> {
  const ofOne = only === undefined ? [] : [only];
  const scans = await db.all<ScanSummary>(
    `SELECT site, sensor, source, kind, severity, targets, probes, first, last, body FROM scans
     WHERE last >= ? AND first < ? AND verdict = 'scan' AND source <> ''${which === 'all' ? '' : ' AND allowed IS NULL'}${which === 'two-way' ? ' AND spoofable = 0' : ''}${only === undefined ? '' : ' AND source = ?'} ORDER BY last DESC LIMIT ?`,
    [from, to, ...ofOne, MOST_READ + 1],
  );
  const whispers = await readWhispers(db, from, to, MOST_READ + 1, which === 'all' ? 'all' : 'told');
  const sources = new Map<string, Heard>();
  const twoWay = which === 'two-way';
  for (const scan of scans.slice(0, MOST_READ)) {
    const { evidence, spoofable, direction, decoy } = JSON.parse(scan.body) as Pick<
      ScanRecord,
      'evidence' | 'spoofable' | 'direction' | 'decoy'
    >;
    if (twoWay && (direction !== 'inbound' || decoy)) continue;
    const heard = heardOf(sources, scan.source, scan.first, scan.last);
    heard.severity = Math.max(heard.severity, scan.severity);
    const said = saidBy(heard, scan.site, scan.sensor);
    said.scans += 1;
    said.probes += scan.probes;
    said.foothold ||= scan.kind === 'foothold';
    add(said, { targets: scan.targets, evidence, spoofable });
  }
  for (const whisper of whispers.slice(0, MOST_READ)) {
    const { site, sensor, received, record } = whisper;
    if (
      record.source === '' ||
      (only !== undefined && record.source !== only) ||
      (twoWay && (record.spoofable || record.direction !== 'inbound'))
    )
      continue;
    const heard = heardOf(sources, record.source, received, received);
    heard.whispers.push(whisper);
    const said = saidBy(heard, site, sensor);
    // A whisper tells the same suspicion again with its sums so far.
    if (said.scans === 0) said.probes = Math.max(said.probes, record.probes);
    add(said, record);
  }
  // Anybody can forge a knock: it is one packet.
  const knocks = twoWay
    ? { sources: new Map<string, Knocks>(), complete: true }
    : await readKnocks(db, from, to, which, only);
  for (const [source, { dark, failed }] of knocks.sources) {
    // Of a refusal nothing goes into the sum: its bound is for what sensors say of suspects, and too many honest strangers are refused once.
    for (const [one, evidence, question] of [
      ...failed.map((each) => [each, 0, 'failed'] as const),
      ...dark.map((each) => [each, KNOCK_NATS, 'knocked'] as const),
    ]) {
      const said = saidBy(heardOf(sources, source, one.heard, one.heard), one.site, one.sensor);
      said[question] = true;
      said.probes = Math.max(said.probes, 1);
      add(said, { targets: 1, evidence, spoofable: true });
    }
  }
  return { sources, complete: scans.length <= MOST_READ && whispers.length <= MOST_READ && knocks.complete };
}

function heardOf(sources: Map<string, Heard>, source: string, first: number, last: number): Heard {
  const heard = sources.get(source) ?? { sensors: new Map<string, Said>(), severity: 0, whispers: [], first, last };
  sources.set(source, heard);
  heard.first = Math.min(heard.first, first);
  heard.last = Math.max(heard.last, last);
  return heard;
}

function saidBy(heard: Heard, site: string, sensor: string): Said {
  const name = `${site}/${sensor}`;
  const said = heard.sensors.get(name) ?? {
    site,
    scans: 0,
    probes: 0,
    targets: 0,
    evidence: 0,
    foothold: false,
    knocked: false,
    failed: false,
    spoofable: true,
  };
  heard.sensors.set(name, said);
  return said;
}

function add(
  said: Said,
  { targets, evidence, spoofable }: { targets: number; evidence: number; spoofable: boolean },
): void {
  said.targets = Math.max(said.targets, targets);
  said.evidence = Math.max(said.evidence, evidence);
  said.spoofable &&= spoofable;
}
