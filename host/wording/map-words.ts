/** The map's figures, shades and sentences. Pure. */
import type { AddressMap, MapBlock } from '../api/types.js';
import { listed, plural } from './format.js';

export type Measure = 'sources' | 'extent';

/** A block's name among all of them. */
export const keyOf = (block: MapBlock): string => `${block.site} ${block.block}`;

/** Lowest value of each shade, and what the legend calls it. */
export const scales: Record<Measure, readonly [least: number, label: string][]> = {
  sources: [
    [0, 'none'],
    [1, '1'],
    [2, '2 to 4'],
    [5, '5 to 19'],
    [20, '20 to 99'],
    [100, '100 and more'],
  ],
  extent: [
    [0, 'none'],
    [Number.MIN_VALUE, 'under 1 %'],
    [0.01, '1 to 10 %'],
    [0.1, '10 to 25 %'],
    [0.25, '25 to 75 %'],
    [0.75, '75 % and more'],
  ],
};

export const shade = (measure: Measure, value: number): number =>
  scales[measure].reduce((found, [least], i) => (value >= least ? i : found), 0);

export function sizeOf(block: string): number {
  const [address = '', prefix = '0'] = block.split('/');
  return 2 ** ((address.includes(':') ? 128 : 32) - Number(prefix));
}

export function share(block: MapBlock, touched: number): string {
  const part = touched / sizeOf(block.block);
  return part >= 0.995
    ? 'all'
    : part < 0.0005
      ? 'under 0.05 %'
      : `${(part * 100).toFixed(part < 0.01 ? 2 : part < 0.1 ? 1 : 0)} %`;
}

/** What the map omits; empty where it is complete. */
export function unplacedText(map: AddressMap): string {
  const parts: string[] = [];
  if (map.unplaced.length) {
    const scans = map.unplaced.reduce((sum, one) => sum + one.scans, 0);
    const names = map.unplaced.map(({ site, sensor }) => `${site}/${sensor}`);
    parts.push(
      `${plural(scans, 'scan')} cannot be placed: ${names.length > 4 ? plural(names.length, 'sensor') : listed(names)} ${
        names.length === 1 ? 'does' : 'do'
      } not report home blocks.`,
    );
  }
  if (!map.complete) parts.push('Only the newest 20,000 scans are counted.');
  return parts.join(' ');
}
