// IPv4 (RFC 791) and IPv6 (RFC 8200) down to the transport header. Lengths are checked once, here; what follows may
// rely on frame.captured and frame.transportLength.
import { COUNTER_DECODED, COUNTER_FRAGMENTS, COUNTER_MALFORMED_IPV4, COUNTER_MALFORMED_IPV6 } from '../constants/codes';
import { markPresent } from '../detector/presence';
import { Routers } from '../detector/routers';
import { Addresses, frame, MORE_FRAGMENTS } from '../frame/frame';
import { ExtensionHeader, IPv4Header, IPv6Header } from '../frame/headers';
import { observeIcmp, observeIcmpV6 } from '../probes/icmp';
import { observeHidden, observeSctp } from '../probes/others';
import { observeTcp, Tcp } from '../probes/tcp';
import { observeUdp } from '../probes/udp';
import { CHECKED } from '../tables/checked';
import { Counter } from '../tables/counter';
import { decodeProtocol, decodeUdpTunnel, Encapsulation } from './encapsulation';

const IPV4_HEADER: u32 = 20;
/** The fragment's offset within the header's first eight bytes as they lie in memory. */
const FRAGMENT_OFFSET: u64 = 0xff1f000000000000;
const IPV6_HEADER: u32 = 40;

const ICMP: u32 = 1;
const TCP: u32 = 6;
const UDP: u32 = 17;
const IPV6_FRAGMENT: u32 = 44;
const AH: u32 = 51;
const ICMPV6: u32 = 58;
const NO_NEXT: u32 = 59;
const SCTP: u32 = 132;
/** Hop-by-hop options, routing, fragment, AH, destination options (RFC 8200 section 4). */
const EXTENSIONS: u64 = <u64>1 | ((<u64>1) << 43) | ((<u64>1) << 44) | ((<u64>1) << 51) | ((<u64>1) << 60);
/** Extension headers one packet may carry; more is an attack on parsers. */
const MAX_EXTENSIONS: i32 = 8;
/** A packet with more bytes of headers than this hides what it carries; honest ones have a few dozen at most. */
const HIDING: u32 = 128;

export function decodeIPv4(at: u32, end: u32, wire: u32): u32 {
  return Ip.readIPv4(at, end, wire, false);
}

export class Ip {
  /** Decodes IPv4; with TCP's part too where it is `inPlace`: there, most frames pass. */
  @inline
  static readIPv4(at: u32, end: u32, wire: u32, inPlace: bool): u32 {
    if (at + IPV4_HEADER > end) return COUNTER_MALFORMED_IPV4;
    const ip = IPv4Header.at(at);
    const front = ip.frontRaw;
    // Version 4, and a header of five words or more.
    if ((<u32>front & 0xff) - 0x45 > 10) return COUNTER_MALFORMED_IPV4;
    const header = (<u32>front & 15) << 2;
    if (at + header > end) return COUNTER_MALFORMED_IPV4;
    let length = bswap<u32>(<u32>front) & 0xffff;
    // A network card that segments for its host leaves 0 here.
    if (length == 0) length = wire - at;
    if (length < header) return COUNTER_MALFORMED_IPV4;
    if (at + length > wire) return COUNTER_MALFORMED_IPV4;
    const transport = at + header;
    const seen = min<u32>(at + length, end) - transport;
    frame.transport = transport;
    frame.captured = seen;
    frame.transportLength = length - header;
    frame.ipFront = front;
    frame.protocol = ip.protocol;
    Addresses.setIPv4(ip.sourceRaw, ip.destinationRaw);
    // 224.0.0.0/4 multicast (RFC 5771), 240.0.0.0/4 reserved and broadcast: not one machine.
    if ((frame.targetNumber & 0xff) >= 0xe0 || frame.targetNumber == 0) frame.toGroup = true;
    return Ip.observe((front & FRAGMENT_OFFSET) != 0, inPlace);
  }

  @inline
  static isExtension(protocol: u32): bool {
    return protocol < 64 && ((EXTENSIONS >> protocol) & 1) != 0;
  }

  @inline
  static observe(isLaterFragment: bool, inPlace: bool): u32 {
    if (CHECKED) assert(frame.captured <= frame.transportLength);
    if (isLaterFragment) {
      Counter.count(COUNTER_FRAGMENTS);
      if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
      return COUNTER_DECODED;
    }
    const protocol = frame.protocol;
    if (protocol == TCP) return inPlace ? Tcp.read() : observeTcp();
    Routers.note();
    if (protocol == UDP) return Encapsulation.mayCarry() ? decodeUdpTunnel() : observeUdp();
    if (protocol == ICMP) return observeIcmp();
    if (protocol == ICMPV6) return observeIcmpV6();
    if (protocol == SCTP) return observeSctp();
    return decodeProtocol();
  }
}

export function decodeIPv6(at: u32, end: u32, wire: u32): u32 {
  const ip = IPv6Header.at(at);
  if (at + IPV6_HEADER > end || ip.versionByte >>> 4 != 6) return COUNTER_MALFORMED_IPV6;
  let length = ip.payloadLength + IPV6_HEADER;
  if (length == IPV6_HEADER && ip.nextHeader != NO_NEXT) length = wire - at;
  if (at + length > wire) return COUNTER_MALFORMED_IPV6;
  frame.ipFront = 0;
  frame.addressesAt = ip.addressesAt;
  Addresses.setSourceIPv6(ip.source);
  Addresses.setTargetIPv6(ip.destination);
  const isGroup = ip.destination.isMulticast;
  frame.targetIsGroup = isGroup;
  if (isGroup) frame.toGroup = true;
  const stop = at + length;
  const seen = min<u32>(stop, end);
  let next = <u32>ip.nextHeader;
  let place = at + IPV6_HEADER;
  let isLaterFragment = false;
  for (let i = 0; Ip.isExtension(next); i++) {
    // Whole on the wire, but headers so many or so long that they push what follows out of sight: that is their
    // purpose.
    if (place + 8 <= stop && (i == MAX_EXTENSIONS || (place + 8 > seen && place > at + HIDING))) return observeHidden();
    if (i == MAX_EXTENSIONS || place + 8 > seen) return COUNTER_MALFORMED_IPV6;
    const kind = next;
    const extension = ExtensionHeader.at(place);
    next = extension.nextHeader;
    if (kind == IPV6_FRAGMENT) {
      const field = extension.fragment;
      isLaterFragment = field >>> 3 != 0;
      frame.ipFront = field & 1 ? MORE_FRAGMENTS : 0;
      place += 8;
      // Only the first fragment has what follows.
      if (isLaterFragment) break;
    } else if (kind == AH) {
      place += (<u32>extension.length + 2) << 2;
    } else {
      place += (<u32>extension.length + 1) << 3;
    }
    if (place > stop) return COUNTER_MALFORMED_IPV6;
  }
  frame.protocol = next;
  frame.transport = place;
  frame.captured = seen > place ? seen - place : 0;
  frame.transportLength = stop - place;
  if (frame.captured == 0 && place < stop && place > at + HIDING && !isLaterFragment) return observeHidden();
  return Ip.observe(isLaterFragment, false);
}
