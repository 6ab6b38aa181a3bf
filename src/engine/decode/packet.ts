// From an ether type to a network packet: 802.1Q and 802.1ad tags (IEEE 802.1Q clause 9), LLC/SNAP, PPPoE sessions
// (RFC 2516), ARP and IP.
import { COUNTER_IGNORED_PROTOCOL, COUNTER_MALFORMED_LINK } from '../constants/codes';
import { PppoeHeader, SnapHeader, VlanTag } from '../frame/headers';
import { observeArp } from '../probes/neighbours';
import { decodeIPv4, decodeIPv6 } from './ip';

const TYPE_IPV4: u32 = 0x0800;
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
/** Below this the field is a length (IEEE 802.3 clause 3.2.6). */
const LEAST_TYPE: u32 = 0x0600;
/** Tags one frame may carry; the standard knows two. */
const MAX_TAGS: i32 = 4;

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
