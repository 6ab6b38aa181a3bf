// IPv4 (RFC 791) and IPv6 (RFC 8200) down to the transport header. Lengths are checked once, here; what follows may
// rely on frame.captured and frame.transportLength.
import { COUNTER_DECODED, COUNTER_FRAGMENTS, COUNTER_MALFORMED_IPV4, COUNTER_MALFORMED_IPV6 } from '../codes';
import { count } from '../counters';
import { frame, MORE_FRAGMENTS, setIPv4, setSourceIPv6, setTargetIPv6 } from '../frame';
import { markPresent } from '../presence';
import { observeIcmp, observeIcmpV6 } from '../probes/icmp';
import { observeHidden, observeProtocol, observeSctp } from '../probes/others';
import { observeTcp, readTcp } from '../probes/tcp';
import { observeUdp } from '../probes/udp';
import { learnRouter } from '../routers';

// IPv4: +0 version and header length, +2 total length, +4 id, +6 flags and fragment offset, +8 TTL, +9 protocol, +12 source, +16 destination.
const IPV4_HEADER: u32 = 20;
/** The fragment's offset within the header's first eight bytes as they lie in memory. */
const FRAGMENT_OFFSET: u64 = 0xff1f000000000000;
// IPv6: +0 version, +4 payload length, +6 next header, +7 hop limit, +8 source, +24 destination.
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
const EXTENSIONS: u64 = <u64>1 | <u64>1 << 43 | <u64>1 << 44 | <u64>1 << 51 | <u64>1 << 60;
/** Extension headers one packet may carry; more is an attack on parsers. */
const MAX_EXTENSIONS: i32 = 8;
/** Bytes of headers from which on a packet hides what it carries; honest ones have a few dozen at most. */
const HIDING: u32 = 128;

export function decodeIPv4(at: u32, end: u32, wire: u32): u32 {
  return readIPv4(at, end, wire, false);
}

/** The same, with TCP's part too where it is `inPlace`: there, most frames pass. */
// @ts-ignore: decorator
@inline
export function readIPv4(at: u32, end: u32, wire: u32, inPlace: bool): u32 {
  if (at + IPV4_HEADER > end) return COUNTER_MALFORMED_IPV4;
  const front = load<u64>(at);
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
  frame.protocol = load<u8>(at, 9);
  setIPv4(load<u32>(at, 12), load<u32>(at, 16));
  // 224.0.0.0/4 multicast (RFC 5771), 240.0.0.0/4 reserved and broadcast: not one machine.
  if ((frame.targetNumber & 0xff) >= 0xe0 || frame.targetNumber == 0) frame.toGroup = true;
  return observeIp((front & FRAGMENT_OFFSET) != 0, inPlace);
}

export function decodeIPv6(at: u32, end: u32, wire: u32): u32 {
  if (at + IPV6_HEADER > end || load<u8>(at) >>> 4 != 6) return COUNTER_MALFORMED_IPV6;
  let length = <u32>bswap<u16>(load<u16>(at, 4)) + IPV6_HEADER;
  if (length == IPV6_HEADER && load<u8>(at, 6) != NO_NEXT) length = wire - at;
  if (at + length > wire) return COUNTER_MALFORMED_IPV6;
  frame.ipFront = 0;
  setSourceIPv6(at + 8);
  setTargetIPv6(at + 24);
  // ff00::/8 multicast.
  if (load<u8>(at, 24) == 0xff) frame.toGroup = true;
  const stop = at + length;
  const seen = min<u32>(stop, end);
  let next = <u32>load<u8>(at, 6);
  let place = at + IPV6_HEADER;
  let isLaterFragment = false;
  for (let i = 0; isExtension(next); i++) {
    // Whole on the wire, but with so many or so long headers that what it carries is out of sight: that is what they are for.
    if (place + 8 <= stop && (i == MAX_EXTENSIONS || (place + 8 > seen && place > at + HIDING))) return observeHidden();
    if (i == MAX_EXTENSIONS || place + 8 > seen) return COUNTER_MALFORMED_IPV6;
    const kind = next;
    next = load<u8>(place);
    if (kind == IPV6_FRAGMENT) {
      const field = <u32>bswap<u16>(load<u16>(place, 2));
      isLaterFragment = field >>> 3 != 0;
      frame.ipFront = field & 1 ? MORE_FRAGMENTS : 0;
      place += 8;
      // Only the first fragment has what follows.
      if (isLaterFragment) break;
    } else if (kind == AH) {
      place += (<u32>load<u8>(place, 1) + 2) << 2;
    } else {
      place += (<u32>load<u8>(place, 1) + 1) << 3;
    }
    if (place > stop) return COUNTER_MALFORMED_IPV6;
  }
  frame.protocol = next;
  frame.transport = place;
  frame.captured = seen > place ? seen - place : 0;
  frame.transportLength = stop - place;
  if (frame.captured == 0 && place < stop && place > at + HIDING && !isLaterFragment) return observeHidden();
  return observeIp(isLaterFragment, false);
}

// @ts-ignore: decorator
@inline
function isExtension(protocol: u32): bool {
  return protocol < 64 && (EXTENSIONS >> protocol & 1) != 0;
}

// @ts-ignore: decorator
@inline
function observeIp(isLaterFragment: bool, inPlace: bool): u32 {
  // From outside to home: that is forwarded. Not what a newcomer without an address sends, nor what passes by.
  if (!frame.sourceHome && frame.targetHome) learnRouter(frame.mac);
  if (isLaterFragment) {
    count(COUNTER_FRAGMENTS);
    if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
    return COUNTER_DECODED;
  }
  const protocol = frame.protocol;
  if (protocol == TCP) return inPlace ? readTcp() : observeTcp();
  if (protocol == UDP) return observeUdp();
  if (protocol == ICMP) return observeIcmp();
  if (protocol == ICMPV6) return observeIcmpV6();
  if (protocol == SCTP) return observeSctp();
  return observeProtocol();
}
