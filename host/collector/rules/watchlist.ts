/**
 * Selects the known adversaries for the sensors' watchlist: a config holds few blocks, so the most important ones go
 * first.
 */

import { FAMILY_IPV4 } from '../../../src/engine/constants/codes.js';
import type { Block } from '../../../src/protocol/address.js';
import { formatAddress } from '../../../src/protocol/address.js';
import { configSettings } from '../../../src/protocol/config.js';
import { contains } from './blocks.js';

export interface Candidate {
  block: Block;
  /** When a source in it was last seen anywhere in the fleet, milliseconds since 1970; 0 if never. */
  seen: number;
  /** When the list added it. */
  since: number;
}

/**
 * Selects blocks: most recently seen first, then newest. Leaves out blocks within one already selected, and IPv6, for
 * which the engine's watchlist has no room. CIDR.
 */
export function chooseWatchlist(candidates: readonly Candidate[], most: number = configSettings.watch.ipv4): string[] {
  const chosen: Block[] = [];
  const ordered = candidates
    .filter(({ block }) => block.bytes.length === 4)
    .sort(
      (a, b) =>
        b.seen - a.seen ||
        b.since - a.since ||
        a.block.prefix - b.block.prefix ||
        Buffer.compare(a.block.bytes, b.block.bytes),
    );
  for (const { block } of ordered) {
    if (chosen.length === most) break;
    if (!chosen.some((one) => contains(one, block))) chosen.push(block);
  }
  return chosen.map(({ bytes, prefix }) => `${formatAddress(FAMILY_IPV4, bytes)}/${prefix}`);
}
