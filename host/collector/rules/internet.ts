/**
 * Addresses that no external source can have: IANA's special-purpose registries (RFC 6890, RFC 8190), as far as they
 * are never sources on the internet.
 */

import type { Block } from '../../../src/protocol/address.js';
import { parseBlock, privateBlocks } from '../../../src/protocol/address.js';
import { overlaps } from './blocks.js';

/** IPv4 "this network", loopback, multicast, reserved; IPv6 unspecified and loopback, IPv4-mapped, multicast. */
const never = [
  ...privateBlocks,
  '0.0.0.0/8',
  '127.0.0.0/8',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/127',
  '::ffff:0:0/96',
  'ff00::/8',
].map((text) => parseBlock(text) as Block);

/** Whether the block lies entirely outside private, local, multicast and reserved space. */
export function isInternet(block: Block): boolean {
  return !never.some((one) => overlaps(one, block));
}
