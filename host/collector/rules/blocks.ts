/** Relations between address blocks; a source may itself stand for a block. Pure. */

import type { Block } from '../../../src/protocol/address.js';
import { parseAddress, parseBlock, parseMac } from '../../../src/protocol/address.js';

/** Prefix to which the engine aggregates IPv6 sources. */
const AGGREGATE = 64;

/** Whether the block contains the source (an address or its /64), or both are the same MAC address. */
export function isOf(block: string, source: string, aggregate: boolean): boolean {
  if (parseMac(block)) return block.toLowerCase() === source;
  const outer = parseBlock(block);
  const address = parseAddress(source);
  if (!outer || !address) return false;
  return contains(outer, { bytes: address, prefix: aggregate ? AGGREGATE : address.length * 8 });
}

/** Whether `outer` contains all of `inner`. */
export function contains(outer: Block, inner: Block): boolean {
  if (outer.bytes.length !== inner.bytes.length || outer.prefix > inner.prefix) return false;
  return sameBits(outer.bytes, inner.bytes, outer.prefix);
}

/** Whether the blocks have an address in common. */
export function overlaps(one: Block, other: Block): boolean {
  return (
    one.bytes.length === other.bytes.length && sameBits(one.bytes, other.bytes, Math.min(one.prefix, other.prefix))
  );
}

function sameBits(one: Uint8Array, other: Uint8Array, bits: number): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (one[i] !== other[i]) return false;
  return (bits & 7) === 0 || ((one[whole] as number) ^ (other[whole] as number)) >> (8 - (bits & 7)) === 0;
}

/** The address with all bits after the prefix cleared. */
export function masked(bytes: Uint8Array, prefix: number): Uint8Array {
  return bytes.map((byte, i) => {
    const left = prefix - 8 * i;
    return left >= 8 ? byte : left <= 0 ? 0 : byte & (0xff << (8 - left));
  });
}
