/**
 * Our address blocks and what came to them. A scan's record says how many addresses were touched, not which: so a block
 * is the smallest place a scan can be put to, and a sensor's blocks are what its config calls home.
 */

import { parseBlock, privateBlocks } from '../../../src/protocol/address.js';
import type { ScanRecord } from '../../../src/protocol/record.js';
import type { AddressMap, MapBlock } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { Executor } from '../store/database.js';
import { readHomes } from '../store/homes.js';
import { severityOf } from '../store/rows.js';
import type { ScanSummary } from './said.js';

/** Scans that are looked at; the newest. */
const MOST_SCANS = 20_000;
/** Where scans come to our addresses; the others pass by. */
const TO_US = ['inbound', 'internal', ''];

interface Place {
  block: MapBlock;
  addresses: number;
  sources: Set<string>;
  sourcesBy: Set<string>[];
  severity: number;
}

export async function readMap(db: Executor, from: number, to: number, steps: number): Promise<AddressMap> {
  const step = Math.max(1, Math.ceil((to - from) / steps / 1000)) * 1000;
  const count = Math.ceil((to - from) / step);
  const homes = await readPlaces(db);
  const places = placesOf(homes, count);
  const rows = await db.all<ScanSummary>(
    `SELECT site, sensor, source, kind, severity, targets, probes, first, last, body FROM scans
     WHERE last >= ? AND first < ? AND verdict = 'scan' ORDER BY last DESC LIMIT ?`,
    [from, to, MOST_SCANS + 1],
  );
  const unplaced = new Map<string, { site: string; sensor: string; scans: number; sources: Set<string> }>();
  for (const row of rows.slice(0, MOST_SCANS)) {
    const { direction, answered } = JSON.parse(row.body) as Pick<ScanRecord, 'direction' | 'answered'>;
    if (!TO_US.includes(direction)) continue;
    const name = `${row.site}/${row.sensor}`;
    const mine = (homes.get(name) ?? []).filter((block) => block.includes(':') === isIPv6(row));
    if (mine.length === 0) {
      const one = unplaced.get(name) ?? { site: row.site, sensor: row.sensor, scans: 0, sources: new Set() };
      unplaced.set(name, one);
      one.scans += 1;
      one.sources.add(row.source);
    }
    const low = Math.max(0, Math.floor((row.first - from) / step));
    const high = Math.min(count - 1, Math.floor((row.last - from) / step));
    for (const block of mine) take(places.get(`${row.site} ${block}`) as Place, row, answered, low, high);
  }
  return {
    from: iso(from),
    to: iso(from + count * step),
    stepSeconds: step / 1000,
    blocks: [...places.values()].map(finish),
    unplaced: [...unplaced.values()].map((one) => ({ ...one, sources: one.sources.size })),
    complete: rows.length <= MOST_SCANS,
  };
}

/** All of private space is what a sensor watches that was told nothing: no place. */
async function readPlaces(db: Executor): Promise<Map<string, string[]>> {
  const homes = await readHomes(db);
  return new Map([...homes].filter(([, blocks]) => blocks.some((block) => !privateBlocks.includes(block))));
}

/** By site and block: branches may use the same private addresses, and are other places all the same. */
function placesOf(homes: Map<string, string[]>, steps: number): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [name, blocks] of homes) {
    for (const block of blocks) {
      const site = name.split('/')[0] as string;
      const place = places.get(`${site} ${block}`) ?? emptyPlace(block, site, steps);
      places.set(`${site} ${block}`, place);
      place.block.sensors.push(name);
      place.block.shared ||= blocks.filter((other) => other.includes(':') === block.includes(':')).length > 1;
    }
  }
  return places;
}

function emptyPlace(block: string, site: string, steps: number): Place {
  const { bytes, prefix } = parseBlock(block) as NonNullable<ReturnType<typeof parseBlock>>;
  const none = (): number[] => new Array<number>(steps).fill(0);
  return {
    block: {
      block,
      site,
      sensors: [],
      shared: false,
      sources: 0,
      scans: 0,
      probes: 0,
      touched: 0,
      answered: 0,
      severity: '',
      first: null,
      last: null,
      sourcesBy: none(),
      touchedBy: none(),
    },
    addresses: 2 ** (bytes.length * 8 - prefix),
    sources: new Set(),
    sourcesBy: Array.from({ length: steps }, () => new Set<string>()),
    severity: 0,
  };
}

function take(place: Place, row: ScanSummary, answered: number, low: number, high: number): void {
  const { block } = place;
  const touched = Math.min(row.targets, place.addresses);
  block.scans += 1;
  block.probes += row.probes;
  block.answered += answered;
  block.touched = Math.max(block.touched, touched);
  place.severity = Math.max(place.severity, row.severity);
  place.sources.add(row.source);
  const first = iso(row.first);
  const last = iso(row.last);
  if (block.first === null || first < block.first) block.first = first;
  if (block.last === null || last > block.last) block.last = last;
  for (let i = low; i <= high; i++) {
    place.sourcesBy[i]?.add(row.source);
    block.touchedBy[i] = Math.max(block.touchedBy[i] ?? 0, touched);
  }
}

function finish({ block, sources, sourcesBy, severity }: Place): MapBlock {
  return {
    ...block,
    sources: sources.size,
    severity: severity ? severityOf(severity) : '',
    sourcesBy: sourcesBy.map((set) => set.size),
  };
}

const isIPv6 = ({ source, kind }: ScanSummary): boolean =>
  kind === 'nd-sweep' || (source.includes(':') && !/^(..:){5}..$/.test(source));
