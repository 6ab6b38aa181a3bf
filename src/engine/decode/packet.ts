// From an ether type to a network packet: tags (802.1Q and 802.1ad, IEEE 802.1Q clause 9, and others), LLC/SNAP, PPPoE
// sessions (RFC 2516), ARP and IP, and what encloses another frame on the wire itself.
import {
  COUNTER_IGNORED_ENCRYPTED,
  COUNTER_IGNORED_PROTOCOL,
  COUNTER_MALFORMED_LINK,
  COUNTER_UNREAD_MACSEC,
  LINK_ETHERNET,
} from '../constants/codes';
import { EtherType, PppoeHeader, SecTag, SnapHeader } from '../frame/headers';
import { observeArp } from '../probes/neighbours';
import { Counter } from '../tables/counter';
import {
  decodeMpls,
  decodeNsh,
  encloseOnWire,
  TYPE_ARP,
  TYPE_IPV4,
  TYPE_IPV6,
  TYPE_MPLS,
  TYPE_MPLS_GROUP,
  TYPE_NSH,
  TYPE_QINQ,
  TYPE_VLAN,
} from './encapsulation';
import { decodeIPv4, decodeIPv6 } from './ip';

const TYPE_QINQ_OLD: u32 = 0x9100;
const TYPE_VN_TAG: u32 = 0x8926;
const TYPE_HSR: u32 = 0x892f; // IEC 62439-3; PRP's trailer stands behind the packet, where nothing reads
const TYPE_CISCO_METADATA: u32 = 0x8909;
const TYPE_E_TAG: u32 = 0x893f; // 802.1BR
const TYPE_MACSEC: u32 = 0x88e5;
const TYPE_BACKBONE: u32 = 0x88e7; // 802.1ah
const TYPE_PPPOE_SESSION: u32 = 0x8864;
const PPP_IPV4: u32 = 0x0021;
const PPP_IPV6: u32 = 0x0057;
/** Version 1, type 1, code 0, as they lie in memory. */
const PPPOE_SESSION_RAW: u32 = 0x0011;
/** Below this the field is a length (IEEE 802.3 clause 3.2.6). */
const LEAST_TYPE: u32 = 0x0600;

/**
 * What follows an ether type, or a length with LLC behind it. Hosts read through any number of tags (Linux does); so
 * does this, as far as the frame was captured.
 */
export function decodeTyped(kind: u32, at: u32, end: u32, wire: u32): u32 {
  for (;;) {
    const length = at < end ? tagLength(kind, at) : 0;
    if (length == 0) break;
    at += length;
    if (at > end) return COUNTER_MALFORMED_LINK;
    kind = EtherType.at(at - 2).value;
  }
  return kind < LEAST_TYPE ? decodeLlc(at, end, wire) : decodePacket(kind, at, end, wire);
}

/** Bytes of a tag at `at`, up to and with the ether type that ends it; 0 where it is none. */
function tagLength(kind: u32, at: u32): u32 {
  if (kind == TYPE_VLAN || kind == TYPE_QINQ || kind == TYPE_QINQ_OLD) return 4;
  if (kind == TYPE_HSR || kind == TYPE_VN_TAG) return 6;
  if (kind == TYPE_CISCO_METADATA || kind == TYPE_E_TAG) return 8;
  if (kind != TYPE_MACSEC) return 0;
  const tag = SecTag.at(at);
  return tag.isChanged ? 0 : tag.tagLength + 2;
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
  if (kind == TYPE_MPLS || kind == TYPE_MPLS_GROUP) return decodeMpls(at, end, wire);
  if (kind == TYPE_NSH) return decodeNsh(at, end, wire);
  if (kind == TYPE_BACKBONE) return encloseOnWire(LINK_ETHERNET, at + 4, end, wire);
  if (kind == TYPE_MACSEC) {
    Counter.count(COUNTER_UNREAD_MACSEC);
    return COUNTER_IGNORED_ENCRYPTED;
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
