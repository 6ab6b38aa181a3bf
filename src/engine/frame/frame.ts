// The one decoded frame. Decoders overwrite it, everything after them reads it; it is valid only after `decode()` has
// returned COUNTER_DECODED.
import {
  DIRECTION_INBOUND,
  DIRECTION_INTERNAL,
  DIRECTION_OUTBOUND,
  DIRECTION_TRANSIT,
  FAMILY_IPV4,
  FAMILY_IPV6,
  FAMILY_MAC,
} from '../constants/codes';
import { Home } from '../tables/config';
import { Hash } from '../tables/hash';
import { IPv6Address, MacField } from './headers';

export namespace frame {
  /** Engine clock, ms. */
  export let now: u32 = 0;
  /** Sent to a group of machines (multicast or broadcast) by its link or network address. */
  export let toGroup: bool = false;
  /** The sender's link address, 0 where the link has none. */
  export let mac: u64 = 0;
  /** Where the receiver's link address lies, 0 where the link has none. */
  export let receiverAt: u32 = 0;

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
  /** IPv6: where both addresses lie, the source's before the target's. */
  export let addressesAt: u32 = 0;
  /** IPv6: the target's address is a group's. */
  export let targetIsGroup: bool = false;

  /**
   * The first eight bytes of the IPv4 header as they lie in memory: id and flags are extracted on demand. IPv6:
   * MORE_FRAGMENTS or 0.
   */
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

/** The receiver's link address, 0 where the link has none. */
export function receiverMac(): u64 {
  return frame.receiverAt ? MacField.at(frame.receiverAt).value : 0;
}

/** IPv4's flag; routers never fragment IPv6 packets, but no fingerprint asks. */
export function dontFragment(): bool {
  return (frame.ipFront & 0x40000000000000) != 0;
}

export class Addresses {
  /** Both addresses as they lie in memory. */
  @inline
  static setIPv4(rawSource: u32, rawTarget: u32): void {
    // One hash right after the other: its keys are still in registers.
    const sourceHash = Hash.of(rawSource);
    frame.sourceHash = sourceHash;
    frame.sourceKey = sourceHash;
    const targetHash = Hash.of(rawTarget);
    frame.targetHash = targetHash;
    frame.targetKey = targetHash;
    frame.family = FAMILY_IPV4;
    frame.sourceHigh = rawSource;
    frame.sourceLow = 0;
    frame.sourceHome = Home.hasIPv4(rawSource);
    frame.targetNumber = rawTarget;
    frame.targetHome = Home.hasIPv4(rawTarget);
  }

  @inline
  static prefixHash(high: u64): u32 {
    return Hash.of(Hash.of(<u32>high ^ 0x36340000) ^ <u32>(high >> 32));
  }

  /** Hash of a whole IPv6 address whose first half has hashed to `prefix`. */
  @inline
  static wholeHash(prefix: u32, low: u64): u32 {
    return Hash.of(Hash.of(prefix ^ <u32>low) ^ <u32>(low >> 32));
  }

  @inline
  static setSourceIPv6(address: IPv6Address): void {
    const low = address.low;
    const high = address.high;
    frame.family = FAMILY_IPV6;
    frame.sourceHigh = high;
    frame.sourceLow = low;
    const prefix = Addresses.prefixHash(high);
    const hash = Addresses.wholeHash(prefix, low);
    const home = Home.hasIPv6(high, low);
    frame.sourceHash = hash;
    frame.sourceHome = home;
    frame.sourceKey = home ? hash : prefix;
  }

  @inline
  static setTargetIPv6(address: IPv6Address): void {
    const low = address.low;
    const high = address.high;
    const prefix = Addresses.prefixHash(high);
    const hash = Addresses.wholeHash(prefix, low);
    const home = Home.hasIPv6(high, low);
    frame.targetNumber = (prefix & 0xffffff) | ((<u32>(low >> 56)) << 24);
    frame.targetHash = hash;
    frame.targetHome = home;
    frame.targetKey = home ? hash : prefix;
  }

  /** The frame as the one that it answers: its target is the source. */
  static turn(): void {
    if (frame.family == FAMILY_IPV4) {
      Addresses.setIPv4(frame.targetNumber, <u32>frame.sourceHigh);
    } else {
      Addresses.setSourceIPv6(IPv6Address.at(frame.addressesAt + 16));
      Addresses.setTargetIPv6(IPv6Address.at(frame.addressesAt));
    }
    frame.mac = receiverMac();
  }

  /** The source is the sender's link address: it uses no other. False where the link has none. */
  static setSourceMac(): bool {
    const mac = frame.mac;
    if (mac == 0) return false;
    frame.family = FAMILY_MAC;
    frame.sourceHigh = mac;
    frame.sourceLow = 0;
    const hash = hashMac(mac);
    frame.sourceHash = hash;
    frame.sourceKey = hash;
    frame.sourceHome = true;
    return true;
  }

  /** Sent to many machines. A frame to everybody that carries a packet to one machine is a question to that machine. */
  @inline
  static areToMany(): bool {
    return frame.toGroup && isGroup();
  }
}

/** Outside, one machine owns a whole /64 and can send from any address of it; at home a /64 is the whole site. */
export function isAggregate(): bool {
  return frame.family == FAMILY_IPV6 && !frame.sourceHome;
}

/** The network address is not that of one machine: a group, or an IPv4 address that may be its net's broadcast. */
function isGroup(): bool {
  if (frame.family != FAMILY_IPV4) return frame.targetIsGroup;
  const first = frame.targetNumber & 0xff;
  return first >= 0xe0 || frame.targetNumber >>> 24 == 0xff || frame.targetNumber == 0;
}

export function direction(): u32 {
  if (frame.sourceHome) return frame.targetHome ? DIRECTION_INTERNAL : DIRECTION_OUTBOUND;
  return frame.targetHome ? DIRECTION_INBOUND : DIRECTION_TRANSIT;
}

/** Hash of an IPv4 address as it lies in memory, as targetHash would be. */
export function hashIPv4(raw: u32): u32 {
  return Hash.of(raw);
}

/** Hash of a link address, as sourceHash would be. */
export function hashMac(mac: u64): u32 {
  return Hash.of(<u32>mac ^ Hash.of(<u32>(mac >> 32)));
}

/** Hash of a whole IPv6 address, as targetHash would be. */
export function hashIPv6(address: IPv6Address): u32 {
  return Addresses.wholeHash(Addresses.prefixHash(address.high), address.low);
}
