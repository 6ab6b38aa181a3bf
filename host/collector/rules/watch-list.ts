/** Which known adversaries the sensors are to watch for: a config has room for few blocks, so for those that matter most. */

import { FAMILY_IPV4 } from '../../../src/engine/codes.js';
import type { Block } from '../../../src/protocol/address.js';
import { formatAddress } from '../../../src/protocol/address.js';
import { configSettings } from '../../../src/protocol/config.js';
import { contains } from './blocks.js';

export interface Candidate {
  block: Block;
  /** When a source of it was last seen anywhere in the fleet, milliseconds since 1970; 0: never. */
  seen: number;
  /** Since when the list has it. */
  since: number;
}

/**
 * The most recently seen first, then the newest; a block within one that is chosen already is left out, and so is IPv6, which the engine's
 * watch list has no room for. CIDR.
 */
export function chooseWatch(candidates: readonly Candidate[], most: number = configSettings.watch.ipv4): string[] {
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
