/** One cell: one tool with one set of options, from inside the office or from outside, at one kind of target. */
import type { Place, Tap } from '../lab.js';
import { insideScanner, nat, outsideScanner } from '../plan.js';

export interface Cell {
  /** place/tool/what, without spaces: its name in the table, and what --only matches. */
  id: string;
  /** The program that must be there. */
  tool: string;
  place: Place;
  command: string;
  args: readonly string[];
  /** The most it may take, seconds. */
  limit: number;
  /** Addresses in whose name it asks instead of its own. */
  forged?: readonly string[];
  /** Other addresses that it forges beside its own: accusing them is neither right nor wrong. */
  decoys?: readonly string[];
  /** Seconds between probes that the judge stretches the recording to: nobody waits two hours for -T0. */
  pace?: number;
  /** Part of the short form. */
  short?: boolean;
}

/** Whom an alert of a tap may name. */
export function sourcesOf({ place, forged = [] }: Pick<Cell, 'place' | 'forged'>, tap: Tap): string[] {
  if (place === 'outside') return [...forged, outsideScanner.address, outsideScanner.address6];
  const { address, address6, linkLocal, mac } = insideScanner;
  return [...forged, ...(tap === 'wan' ? [nat] : []), address, address6, linkLocal, mac];
}
