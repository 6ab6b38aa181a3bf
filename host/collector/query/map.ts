/**
 * The address map: the home blocks and the scans of them. A record holds how many addresses were probed, not which, so
 * a block is the smallest area a scan can be assigned to. A sensor's blocks are the home networks in its config.
 */

import { parseBlock, privateBlocks } from '../../../src/protocol/address.js';
import type { ScanRecord } from '../../../src/protocol/record.js';
import type { AddressMap, MapBlock } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { Executor } from '../store/database.js';
import { readHomes } from '../store/homes.js';
import { severityOf } from '../store/rows.js';
import type { ScanSummary } from './source-reports.js';

/** Only the newest scans are read, up to this many. */
const MAX_SCANS = 20_000;
/** Directions whose targets are home addresses; scans of other directions are not shown. */
const INWARD = ['inbound', 'internal', ''];

interface BlockTotals {
  block: MapBlock;
  addresses: number;
  sources: Set<string>;
  sourcesBy: Set<string>[];
  severity: number;
}

export async function readMap(db: Executor, from: number, to: number, steps: number): Promise<AddressMap> {
  const step = Math.max(1, Math.ceil((to - from) / steps / 1000)) * 1000;
  const count = Math.ceil((to - from) / step);
  const homes = await readHomeBlocks(db);
  const byBlock = totalsByBlock(homes, count);
  const rows = await db.all<ScanSummary>(
    `SELECT site, sensor, source, kind, severity, targets, probes, first, last, body FROM scans
     WHERE last >= ? AND first < ? AND verdict = 'scan' ORDER BY last DESC LIMIT ?`,
    [from, to, MAX_SCANS + 1],
  );
  const unplaced = new Map<string, { site: string; sensor: string; scans: number; sources: Set<string> }>();
  for (const row of rows.slice(0, MAX_SCANS)) {
    const { direction, answered } = JSON.parse(row.body) as Pick<ScanRecord, 'direction' | 'answered'>;
    if (!INWARD.includes(direction)) continue;
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
    for (const block of mine) take(byBlock.get(`${row.site} ${block}`) as BlockTotals, row, answered, low, high);
  }
  return {
    from: iso(from),
    to: iso(from + count * step),
    stepSeconds: step / 1000,
    blocks: [...byBlock.values()].map(finish),
    unplaced: [...unplaced.values()].map((one) => ({ ...one, sources: one.sources.size })),
    complete: rows.length <= MAX_SCANS,
  };
}

/** Sensors without configured home networks watch all private space, which is not a location on the map. */
async function readHomeBlocks(db: Executor): Promise<Map<string, string[]>> {
  const homes = await readHomes(db);
  return new Map([...homes].filter(([, blocks]) => blocks.some((block) => !privateBlocks.includes(block))));
}

/** By site and block, because sites may use the same private addresses. */
function totalsByBlock(homes: Map<string, string[]>, steps: number): Map<string, BlockTotals> {
  const byBlock = new Map<string, BlockTotals>();
  for (const [name, blocks] of homes) {
    for (const block of blocks) {
      const site = name.split('/')[0] as string;
      const totals = byBlock.get(`${site} ${block}`) ?? emptyTotals(block, site, steps);
      byBlock.set(`${site} ${block}`, totals);
      totals.block.sensors.push(name);
      totals.block.shared ||= blocks.filter((other) => other.includes(':') === block.includes(':')).length > 1;
    }
  }
  return byBlock;
}

function emptyTotals(block: string, site: string, steps: number): BlockTotals {
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

function take(totals: BlockTotals, row: ScanSummary, answered: number, low: number, high: number): void {
  const { block } = totals;
  const touched = Math.min(row.targets, totals.addresses);
  block.scans += 1;
  block.probes += row.probes;
  block.answered += answered;
  block.touched = Math.max(block.touched, touched);
  totals.severity = Math.max(totals.severity, row.severity);
  totals.sources.add(row.source);
  const first = iso(row.first);
  const last = iso(row.last);
  if (block.first === null || first < block.first) block.first = first;
  if (block.last === null || last > block.last) block.last = last;
  for (let i = low; i <= high; i++) {
    totals.sourcesBy[i]?.add(row.source);
    block.touchedBy[i] = Math.max(block.touchedBy[i] ?? 0, touched);
  }
}

function finish({ block, sources, sourcesBy, severity }: BlockTotals): MapBlock {
  return {
    ...block,
    sources: sources.size,
    severity: severity ? severityOf(severity) : '',
    sourcesBy: sourcesBy.map((set) => set.size),
  };
}

const isIPv6 = ({ source, kind }: ScanSummary): boolean =>
  kind === 'nd-sweep' || (source.includes(':') && !/^(..:){5}..$/.test(source));
