// Link layers: from the first captured byte to what an ether type names. Ethernet II and 802.3, Linux cooked captures,
// raw IP, BSD loopback, and 802.11 in its own file.
import {
  COUNTER_IGNORED_LINK,
  COUNTER_MALFORMED_LINK,
  LINK_ETHERNET,
  LINK_IEEE80211,
  LINK_NULL,
  LINK_RADIOTAP,
  LINK_RAW_IP,
  LINK_SLL,
  LINK_SLL2,
} from '../constants/codes';
import { frame } from '../frame/frame';
import { EthernetHeader, IpHeader, Sll2Header, SllHeader } from '../frame/headers';
import { decodeIPv4, decodeIPv6, Ip } from './ip';
import { decodeTyped } from './packet';
import { decodeIeee80211, decodeRadiotap } from './wifi';

const TYPE_IPV4_RAW: u32 = 0x0008;
const TYPE_IPV6_RAW: u32 = 0xdd86;
/** Six bytes, as their length lies in memory. */
const SIX_RAW: u32 = 0x0600;

/**
 * Decodes one frame and acts on it. `end` is the end of what was captured, `wire` where the frame ended on the wire.
 */
export function decode(link: u32, at: u32, end: u32, wire: u32): u32 {
  if (link == LINK_ETHERNET) {
    if (at + 14 > end) return COUNTER_MALFORMED_LINK;
    const ethernet = EthernetHeader.at(at);
    frame.toGroup = ethernet.isToGroup;
    const sender = ethernet.sourceAndType;
    frame.mac = sender & 0xffffffffffff;
    frame.receiverAt = at;
    const kind = <u32>(sender >> 48);
    // Most of all frames, without a detour; the ether type as it lies in memory.
    if (kind == TYPE_IPV4_RAW) return Ip.readIPv4(at + 14, end, wire, true);
    if (kind == TYPE_IPV6_RAW) return decodeIPv6(at + 14, end, wire);
    return decodeTyped(bswap<u16>(<u16>kind), at + 14, end, wire);
  }
  frame.mac = 0;
  frame.receiverAt = 0;
  frame.toGroup = false;
  if (link == LINK_IEEE80211) return decodeIeee80211(at, end, wire);
  if (link == LINK_RADIOTAP) return decodeRadiotap(at, end, wire);
  if (link == LINK_SLL) {
    if (at + 16 > end) return COUNTER_MALFORMED_LINK;
    const cooked = SllHeader.at(at);
    noteCooked(cooked.packetType);
    if (cooked.addressLengthRaw == SIX_RAW) frame.mac = cooked.address;
    return decodeTyped(cooked.etherType, at + 16, end, wire);
  }
  if (link == LINK_SLL2) {
    if (at + 20 > end) return COUNTER_MALFORMED_LINK;
    const cooked = Sll2Header.at(at);
    noteCooked(cooked.packetType);
    if (cooked.addressLength == 6) frame.mac = cooked.address;
    return decodeTyped(cooked.etherType, at + 20, end, wire);
  }
  if (link == LINK_RAW_IP) return decodeRaw(at, end, wire);
  if (link == LINK_NULL) return at + 4 > end ? COUNTER_MALFORMED_LINK : decodeRaw(at + 4, end, wire);
  return COUNTER_IGNORED_LINK;
}

/** Packet type of a Linux cooked capture: 1 broadcast, 2 multicast. */
function noteCooked(packetType: u32): void {
  frame.toGroup = packetType == 1 || packetType == 2;
}

function decodeRaw(at: u32, end: u32, wire: u32): u32 {
  if (at >= end) return COUNTER_MALFORMED_LINK;
  const version = IpHeader.at(at).version;
  if (version == 4) return decodeIPv4(at, end, wire);
  if (version == 6) return decodeIPv6(at, end, wire);
  return COUNTER_MALFORMED_LINK;
}
