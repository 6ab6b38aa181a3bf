// Link layers: from the first captured byte to a network packet. Ethernet II and 802.3 with LLC/SNAP, 802.1Q and
// 802.1ad tags (IEEE 802.1Q clause 9), PPPoE sessions (RFC 2516), Linux cooked captures, raw IP, BSD loopback, and
// 802.11 in its own file.
import {
  COUNTER_IGNORED_LINK,
  COUNTER_IGNORED_PROTOCOL,
  COUNTER_MALFORMED_LINK,
  LINK_ETHERNET,
  LINK_IEEE80211,
  LINK_NULL,
  LINK_RADIOTAP,
  LINK_RAW_IP,
  LINK_SLL,
  LINK_SLL2,
} from '../codes';
import { frame } from '../frame';
import { observeArp } from '../probes/neighbours';
import { EthernetHeader, IpHeader, PppoeHeader, Sll2Header, SllHeader, SnapHeader, VlanTag } from './headers';
import { decodeIPv4, decodeIPv6, Ip } from './ip';
import { decodeIeee80211, decodeRadiotap } from './wifi';

const TYPE_IPV4: u32 = 0x0800;
const TYPE_IPV4_RAW: u32 = 0x0008;
const TYPE_IPV6_RAW: u32 = 0xdd86;
const TYPE_ARP: u32 = 0x0806;
const TYPE_IPV6: u32 = 0x86dd;
const TYPE_VLAN: u32 = 0x8100;
const TYPE_QINQ: u32 = 0x88a8;
const TYPE_QINQ_OLD: u32 = 0x9100;
const TYPE_PPPOE_SESSION: u32 = 0x8864;
const PPP_IPV4: u32 = 0x0021;
const PPP_IPV6: u32 = 0x0057;
/** Version 1, type 1, code 0, as they lie in memory. */
const PPPOE_SESSION_RAW: u32 = 0x0011;
/** Six bytes, as their length lies in memory. */
const SIX_RAW: u32 = 0x0600;
/** Below this the field is a length (IEEE 802.3 clause 3.2.6). */
const LEAST_TYPE: u32 = 0x0600;
/** Tags one frame may carry; the standard knows two. */
const MAX_TAGS: i32 = 4;

/** Decodes one frame and acts on it. `end` is the end of what was captured, `wire` where the frame ended on the wire. */
export function decode(link: u32, at: u32, end: u32, wire: u32): u32 {
  if (link == LINK_ETHERNET) {
    if (at + 14 > end) return COUNTER_MALFORMED_LINK;
    const ethernet = EthernetHeader.at(at);
    frame.toGroup = ethernet.isToGroup;
    const sender = ethernet.sourceAndType;
    frame.mac = sender & 0xffffffffffff;
    const kind = <u32>(sender >> 48);
    // Most of all frames, without a detour; the ether type as it lies in memory.
    if (kind == TYPE_IPV4_RAW) return Ip.readIPv4(at + 14, end, wire, true);
    if (kind == TYPE_IPV6_RAW) return decodeIPv6(at + 14, end, wire);
    return decodeTyped(bswap<u16>(<u16>kind), at + 14, end, wire);
  }
  frame.mac = 0;
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

/** What follows an ether type, or a length with LLC behind it. */
export function decodeTyped(kind: u32, at: u32, end: u32, wire: u32): u32 {
  for (let tags = 0; kind == TYPE_VLAN || kind == TYPE_QINQ || kind == TYPE_QINQ_OLD; tags++) {
    if (at + 4 > end || tags == MAX_TAGS) return COUNTER_MALFORMED_LINK;
    kind = VlanTag.at(at).etherType;
    at += 4;
  }
  return kind < LEAST_TYPE ? decodeLlc(at, end, wire) : decodePacket(kind, at, end, wire);
}

/** What the ether type names. On its own, because LLC leads here too, and the engine never calls itself. */
function decodePacket(kind: u32, at: u32, end: u32, wire: u32): u32 {
  if (kind == TYPE_IPV4) return decodeIPv4(at, end, wire);
  if (kind == TYPE_ARP) return observeArp(at, end);
  if (kind == TYPE_IPV6) return decodeIPv6(at, end, wire);
  if (kind == TYPE_PPPOE_SESSION) {
    const pppoe = PppoeHeader.at(at);
    if (at + 8 > end || pppoe.versionTypeCode != PPPOE_SESSION_RAW) return COUNTER_MALFORMED_LINK;
    const protocol = pppoe.protocol;
    if (protocol == PPP_IPV4) return decodeIPv4(at + 8, end, wire);
    if (protocol == PPP_IPV6) return decodeIPv6(at + 8, end, wire);
  }
  return COUNTER_IGNORED_PROTOCOL;
}

/** LLC; without SNAP it is a bridge or a router talking. */
export function decodeLlc(at: u32, end: u32, wire: u32): u32 {
  if (at + 8 > end) return at + 3 > end ? COUNTER_MALFORMED_LINK : COUNTER_IGNORED_PROTOCOL;
  const snap = SnapHeader.at(at);
  if (!snap.isSnap) return COUNTER_IGNORED_PROTOCOL;
  return decodePacket(snap.etherType, at + 8, end, wire);
}

function decodeRaw(at: u32, end: u32, wire: u32): u32 {
  if (at >= end) return COUNTER_MALFORMED_LINK;
  const version = IpHeader.at(at).version;
  if (version == 4) return decodeIPv4(at, end, wire);
  if (version == 6) return decodeIPv6(at, end, wire);
  return COUNTER_MALFORMED_LINK;
}
