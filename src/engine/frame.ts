// The one decoded frame. Decoders overwrite it, everything after them reads it; it means something only after
// `decode()` returned COUNTER_DECODED.
import { hash1 } from './hash';
import { isHomeIPv4, isHomeIPv6 } from './config';
import { DIRECTION_INBOUND, DIRECTION_INTERNAL, DIRECTION_OUTBOUND, DIRECTION_TRANSIT, FAMILY_IPV4, FAMILY_IPV6 } from './codes';

export namespace frame {
  /** Engine clock, ms. */
  export let now: u32 = 0;
  /** Sent to a group of machines (multicast or broadcast) by its link or network address. */
  export let toGroup: bool = false;
  /** The sender's link address, 0 where the link has none. */
  export let mac: u64 = 0;

  export let family: u32 = 0;
  /** Addresses as they lie in memory (network order bytes loaded as they are), for records. */
  export let sourceHigh: u64 = 0;
  export let sourceLow: u64 = 0;
  /** The last byte on top of what neighbours share: an IPv4 address as it lies in memory; IPv6: a hash of the /64. */
  export let targetNumber: u32 = 0;
  /** Keyed hashes: of the whole address, and of what a source is counted by (IPv6 from outside: its /64). */
  export let sourceHash: u32 = 0;
  export let sourceKey: u32 = 0;
  export let targetHash: u32 = 0;
  export let targetKey: u32 = 0;
  export let sourceHome: bool = false;
  export let targetHome: bool = false;

  /** The first eight bytes of the IPv4 header as they lie in memory: id and flags are read out when asked for. IPv6: MORE_FRAGMENTS or 0. */
  export let ipFront: u64 = 0;
  export let protocol: u32 = 0;
  /** First byte of the transport header, and how many bytes of it were captured. */
  export let transport: u32 = 0;
  export let captured: u32 = 0;
  /** Bytes from the transport header to the end of the datagram. */
  export let transportLength: u32 = 0;
}

/** IPv4's flag where it lies in ipFront. */
export const MORE_FRAGMENTS: u64 = 0x20000000000000;

/** IPv4 identification (RFC 791); 0 for IPv6. */
export function ipId(): u32 {
  return bswap<u16>(<u16>(frame.ipFront >> 32));
}

/** IPv4's flag; IPv6 packets are never fragmented on their way, but no mark asks. */
export function dontFragment(): bool {
  return (frame.ipFront & 0x40000000000000) != 0;
}

/** Both addresses as they lie in memory. */
// @ts-ignore: decorator
@inline
export function setIPv4(rawSource: u32, rawTarget: u32): void {
  // One hash right after the other: its keys are at hand still.
  const sourceHash = hash1(rawSource);
  frame.sourceHash = sourceHash;
  frame.sourceKey = sourceHash;
  const targetHash = hash1(rawTarget);
  frame.targetHash = targetHash;
  frame.targetKey = targetHash;
  frame.family = FAMILY_IPV4;
  frame.sourceHigh = rawSource;
  frame.sourceLow = 0;
  frame.sourceHome = isHomeIPv4(rawSource);
  frame.targetNumber = rawTarget;
  frame.targetHome = isHomeIPv4(rawTarget);
}

// @ts-ignore: decorator
@inline
function prefixHash(high: u64): u32 {
  return hash1(hash1(<u32>high ^ 0x36340000) ^ <u32>(high >> 32));
}

/** Hash of a whole IPv6 address whose first half has hashed to `prefix`. */
// @ts-ignore: decorator
@inline
function wholeHash(prefix: u32, low: u64): u32 {
  return hash1(hash1(prefix ^ <u32>low) ^ <u32>(low >> 32));
}

// @ts-ignore: decorator
@inline
export function setSourceIPv6(at: u32): void {
  const low = load<u64>(at, 8);
  const high = load<u64>(at);
  frame.family = FAMILY_IPV6;
  frame.sourceHigh = high;
  frame.sourceLow = low;
  const prefix = prefixHash(high);
  const hash = wholeHash(prefix, low);
  const home = isHomeIPv6(high, low);
  frame.sourceHash = hash;
  frame.sourceHome = home;
  frame.sourceKey = home ? hash : prefix;
}

// @ts-ignore: decorator
@inline
export function setTargetIPv6(at: u32): void {
  const low = load<u64>(at, 8);
  const high = load<u64>(at);
  const prefix = prefixHash(high);
  const hash = wholeHash(prefix, low);
  const home = isHomeIPv6(high, low);
  frame.targetNumber = (prefix & 0xffffff) | (<u32>(low >> 56) << 24);
  frame.targetHash = hash;
  frame.targetHome = home;
  frame.targetKey = home ? hash : prefix;
}

/** Outside, one machine owns a whole /64 and can send from any address of it; at home a /64 is the whole office. */
export function isAggregate(): bool {
  return frame.family == FAMILY_IPV6 && !frame.sourceHome;
}

/** Sent to many machines. A frame to everybody that carries a packet to one machine is a question to that machine. */
// @ts-ignore: decorator
@inline
export function isToMany(): bool {
  return frame.toGroup && isGroup();
}

/** Not one machine by its network address: a group, or an IPv4 address that may be its net's broadcast. */
function isGroup(): bool {
  if (frame.family != FAMILY_IPV4) return true;
  const first = frame.targetNumber & 0xff;
  return first >= 0xe0 || frame.targetNumber >>> 24 == 0xff || frame.targetNumber == 0;
}

export function direction(): u32 {
  if (frame.sourceHome) return frame.targetHome ? DIRECTION_INTERNAL : DIRECTION_OUTBOUND;
  return frame.targetHome ? DIRECTION_INBOUND : DIRECTION_TRANSIT;
}

/** Hash of the IPv4 address at `at`, as targetHash would be. */
export function hashIPv4(at: u32): u32 {
  return hash1(load<u32>(at));
}

/** Hash of the whole IPv6 address at `at`, as targetHash would be. */
export function hashIPv6(at: u32): u32 {
  return wholeHash(prefixHash(load<u64>(at)), load<u64>(at, 8));
}
