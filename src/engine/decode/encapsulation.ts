// A frame within a frame: how switches, hypervisors and clouds bring a mirror to a tap, and what tunnels are made of.
// Here the outer headers are read, down to where the inner frame begins. Nothing here decodes that: the engine never
// calls itself, so unwrap.ts does it in a loop, and decides what is to be believed.
import {
  COUNTER_IGNORED_PROTOCOL,
  COUNTER_MALFORMED_LINK,
  COUNTER_UNREAD_ERSPAN,
  COUNTER_UNREAD_GENEVE,
  COUNTER_UNREAD_GRE,
  COUNTER_UNREAD_IP_IN_IP,
  COUNTER_UNREAD_MPLS,
  COUNTER_UNREAD_TZSP,
  COUNTER_UNREAD_VXLAN,
  LINK_ETHERNET,
  LINK_IEEE80211,
} from '../constants/codes';
import { frame } from '../frame/frame';
import {
  ErspanHeader,
  EthernetHeader,
  EtherType,
  GeneveHeader,
  GreHeader,
  IPv4Header,
  IPv6Header,
  IpHeader,
  MplsLabel,
  NshHeader,
  Ports,
  TzspHeader,
  TzspTag,
  VxlanHeader,
} from '../frame/headers';
import { observeProtocol } from '../probes/others';
import { observeUdp } from '../probes/udp';
import { Counter } from '../tables/counter';

/** Not a fate: the frame carries another one, which `inner` describes and nobody has judged yet. */
export const ENCAPSULATED: u32 = 0xff;

/** On the tap's own wire: whoever can forge this can forge the frame itself. */
export const TRUST_WIRE: u32 = 0;
/** Over IP, and nothing but a mirror. */
export const TRUST_MIRROR: u32 = 1;
/** Over IP, a mirror or a tunnel between hosts. */
export const TRUST_TUNNEL: u32 = 2;

export namespace inner {
  /** An ether type, or below LEAST_TYPE a LINK_* of codes.ts. */
  export let kind: u32 = 0;
  export let at: u32 = 0;
  export let end: u32 = 0;
  export let wire: u32 = 0;
  export let trust: u32 = 0;
  /** What is counted where it stays closed. */
  export let counter: u32 = 0;
}

export const TYPE_IPV4: u32 = 0x0800;
export const TYPE_ARP: u32 = 0x0806;
export const TYPE_BRIDGED: u32 = 0x6558;
export const TYPE_VLAN: u32 = 0x8100;
export const TYPE_IPV6: u32 = 0x86dd;
export const TYPE_MPLS: u32 = 0x8847;
export const TYPE_MPLS_GROUP: u32 = 0x8848;
export const TYPE_QINQ: u32 = 0x88a8;
export const TYPE_NSH: u32 = 0x894f;
const TYPE_ERSPAN: u32 = 0x88be;
const TYPE_ERSPAN_III: u32 = 0x22eb;

const IPV4_IN_IP: u32 = 4;
const UDP: u32 = 17;
const IPV6_IN_IP: u32 = 41;
const GRE: u32 = 47;
const ETHERNET_IN_IP: u32 = 97; // EtherIP, RFC 3378
const MPLS_IN_IP: u32 = 137; // RFC 4023

/** Ports as they lie in memory: the packet's destination. */
const VXLAN_RAW: u32 = 0xb512; // 4789
const VXLAN_LINUX_RAW: u32 = 0x1821; // 8472, before there was a number
const GENEVE_RAW: u32 = 0xc117; // 6081
const GRE_IN_UDP_RAW: u32 = 0x9212; // 4754, RFC 8086
const MPLS_IN_UDP_RAW: u32 = 0xeb19; // 6635, RFC 7510
const TZSP_RAW: u32 = 0x9090; // 37008

/** GRE's flags: checksum, routing, key, sequence number, version. */
const GRE_CHECKSUM: u32 = 0x8000;
const GRE_ROUTING: u32 = 0x4000;
const GRE_KEY: u32 = 0x2000;
const GRE_SEQUENCE: u32 = 0x1000;
const GRE_VERSION: u32 = 7;

const TZSP_LAST_DATA: u32 = 1;
const TZSP_ETHERNET: u32 = 1;
const TZSP_IEEE80211: u32 = 18;

/** What one packet may be padded with behind its end: Ethernet's minimum, a PRP trailer, a frame check sequence. */
const MOST_PADDING: u32 = 60;
/**
 * A mirror may cut what it copies, or send it in fragments: then the lengths within say more than was sent. So the wire
 * of what is inside ends nowhere.
 */
const ENDLESS: u32 = 0xffff;

/** The first bytes of these ports, a bit each, modulo 64. */
const PORTS: u64 =
  ((<u64>1) << (VXLAN_RAW & 63)) |
  ((<u64>1) << (VXLAN_LINUX_RAW & 63)) |
  ((<u64>1) << (GENEVE_RAW & 63)) |
  ((<u64>1) << (GRE_IN_UDP_RAW & 63)) |
  ((<u64>1) << (MPLS_IN_UDP_RAW & 63)) |
  ((<u64>1) << (TZSP_RAW & 63));

export class Encapsulation {
  /** True if the datagram goes to a port that may carry frames, as far as its ports were captured. */
  @inline
  static mayCarry(): bool {
    if (frame.captured < 4) return false;
    return ((PORTS >> Ports.at(frame.transport).destinationFirst) & 1) != 0;
  }
}

/** What is inside a tunnel begins at `at`. `kind` 0: it is not known, or was not captured. */
function enclose(kind: u32, at: u32, trust: u32, counter: u32): u32 {
  inner.kind = kind;
  inner.at = at;
  inner.end = frame.transport + frame.captured;
  inner.wire = at + ENDLESS;
  inner.trust = trust;
  inner.counter = counter;
  return kind && at < inner.end ? ENCAPSULATED : leaveClosed();
}

/** Judged by the outer header: two hosts that talk. */
export function leaveClosed(): u32 {
  if (inner.trust == TRUST_WIRE) return COUNTER_IGNORED_PROTOCOL;
  Counter.count(inner.counter);
  return frame.protocol == UDP ? observeUdp() : observeProtocol();
}

/** Every IP protocol without a file of its own in probes/. */
export function decodeProtocol(): u32 {
  const protocol = frame.protocol;
  const at = frame.transport;
  if (protocol == GRE) return decodeGre(at, at + frame.captured);
  if (protocol == IPV4_IN_IP) return enclose(TYPE_IPV4, at, TRUST_TUNNEL, COUNTER_UNREAD_IP_IN_IP);
  if (protocol == IPV6_IN_IP) return enclose(TYPE_IPV6, at, TRUST_TUNNEL, COUNTER_UNREAD_IP_IN_IP);
  if (protocol == MPLS_IN_IP) return enclose(TYPE_MPLS, at, TRUST_TUNNEL, COUNTER_UNREAD_MPLS);
  if (protocol == ETHERNET_IN_IP) return enclose(LINK_ETHERNET, at + 2, TRUST_TUNNEL, COUNTER_UNREAD_IP_IN_IP);
  return observeProtocol();
}

/** UDP to a port for which `mayCarry` holds; whatever else is sent there is what it was before. */
export function decodeUdpTunnel(): u32 {
  const at = frame.transport + 8;
  const end = frame.transport + frame.captured;
  // The longest of the fixed headers.
  if (at + 8 > end) return observeUdp();
  const port = <u32>Ports.at(frame.transport).destinationRaw;
  if (port == GRE_IN_UDP_RAW) return decodeGre(at, end);
  if (port == TZSP_RAW) return decodeTzsp(at, end);
  if (port == MPLS_IN_UDP_RAW) return enclose(TYPE_MPLS, at, TRUST_TUNNEL, COUNTER_UNREAD_MPLS);
  if (port == GENEVE_RAW) {
    const geneve = GeneveHeader.at(at);
    if (geneve.version) return observeUdp();
    return enclose(kindOf(geneve.protocol), at + geneve.length, TRUST_TUNNEL, COUNTER_UNREAD_GENEVE);
  }
  if ((port != VXLAN_RAW && port != VXLAN_LINUX_RAW) || !VxlanHeader.at(at).hasNetwork) return observeUdp();
  return enclose(LINK_ETHERNET, at + 8, TRUST_TUNNEL, COUNTER_UNREAD_VXLAN);
}

/** What GRE and GENEVE may carry: 0 for what nobody here can read. */
function kindOf(type: u32): u32 {
  if (type == TYPE_BRIDGED) return LINK_ETHERNET;
  if (type == TYPE_IPV4 || type == TYPE_IPV6 || type == TYPE_NSH) return type;
  return type == TYPE_MPLS || type == TYPE_MPLS_GROUP ? TYPE_MPLS : 0;
}

function decodeGre(at: u32, end: u32): u32 {
  // Version 1 is PPTP's, whose inside is encrypted as a rule.
  if (at + 4 > end) return enclose(0, at, TRUST_TUNNEL, COUNTER_UNREAD_GRE);
  const gre = GreHeader.at(at);
  const flags = gre.flags;
  const type = gre.protocol;
  let next = at + 4;
  if (flags & GRE_CHECKSUM) next += 4;
  if (flags & GRE_KEY) next += 4;
  if (flags & GRE_SEQUENCE) next += 4;
  if (type == TYPE_ERSPAN) return decodeErspan(next, end, (flags & GRE_SEQUENCE) != 0);
  if (type == TYPE_ERSPAN_III) return decodeErspan(next, end, true);
  return enclose(flags & (GRE_ROUTING | GRE_VERSION) ? 0 : kindOf(type), next, TRUST_TUNNEL, COUNTER_UNREAD_GRE);
}

/** Type I has no header at all: that it has no sequence number tells it from type II. */
function decodeErspan(at: u32, end: u32, hasHeader: bool): u32 {
  if (!hasHeader) return enclose(LINK_ETHERNET, at, TRUST_MIRROR, COUNTER_UNREAD_ERSPAN);
  let kind: u32 = 0;
  if (at + 12 <= end) {
    const erspan = ErspanHeader.at(at);
    const version = erspan.versionByte >>> 4;
    // 0 is what came before the draft, of the same length.
    if (version <= 1) {
      kind = LINK_ETHERNET;
      at += 8;
    } else if (version == 2) {
      const type = erspan.frameType;
      at += erspan.hasPlatform ? 20 : 12;
      if (type == 0) kind = LINK_ETHERNET;
      else if (type == 2 && at < end) kind = IpHeader.at(at).version == 6 ? TYPE_IPV6 : TYPE_IPV4;
    }
  }
  return enclose(kind, at, TRUST_MIRROR, COUNTER_UNREAD_ERSPAN);
}

function decodeTzsp(at: u32, end: u32): u32 {
  const tzsp = TzspHeader.at(at);
  // Later types keep a connection open.
  if (tzsp.version != 1 || tzsp.type > TZSP_LAST_DATA) return observeUdp();
  const protocol = tzsp.protocol;
  let kind: u32 = protocol == TZSP_ETHERNET ? LINK_ETHERNET : protocol == TZSP_IEEE80211 ? LINK_IEEE80211 : 0;
  at += 4;
  // At most as many tags as were captured.
  for (;;) {
    if (at + 2 > end) {
      kind = 0;
      break;
    }
    const tag = TzspTag.at(at);
    const type = tag.type;
    at += type > 1 ? 2 + <u32>tag.length : 1;
    if (type == 1) break;
  }
  return enclose(kind, at, TRUST_MIRROR, COUNTER_UNREAD_TZSP);
}

/** On the wire of the frame itself: nothing is hidden, and nothing is believed that was not. */
export function encloseOnWire(kind: u32, at: u32, end: u32, wire: u32): u32 {
  inner.kind = kind;
  inner.at = at;
  inner.end = end;
  inner.wire = wire;
  inner.trust = TRUST_WIRE;
  return ENCAPSULATED;
}

/** NSH: a service chain's header before the packet (RFC 8300). */
export function decodeNsh(at: u32, end: u32, wire: u32): u32 {
  if (at + 8 > end) return COUNTER_MALFORMED_LINK;
  const nsh = NshHeader.at(at);
  const length = nsh.length;
  if (length < 8) return COUNTER_MALFORMED_LINK;
  const next = nsh.nextProtocol;
  const kind: u32 =
    next == 1 ? TYPE_IPV4 : next == 2 ? TYPE_IPV6 : next == 3 ? LINK_ETHERNET : next == 5 ? TYPE_MPLS : 0;
  return kind ? encloseOnWire(kind, at + length, end, wire) : COUNTER_IGNORED_PROTOCOL;
}

/**
 * A stack of labels (RFC 3032). What is below them no field says: IP, or Ethernet with or without a control word (RFC
 * 4448). The lengths of IP tell: they must end where the frame does.
 */
export function decodeMpls(at: u32, end: u32, wire: u32): u32 {
  let isLast = false;
  // At most as many labels as were captured.
  for (; !isLast; at += 4) {
    if (at + 4 > end) return COUNTER_MALFORMED_LINK;
    isLast = MplsLabel.at(at).isLast;
  }
  if (at + 18 <= end) {
    const version = IpHeader.at(at).version;
    const room = wire - at;
    if (version == 4 && fits(IPv4Header.at(at).totalLength, room)) return encloseOnWire(TYPE_IPV4, at, end, wire);
    if (version == 6 && fits(IPv6Header.at(at).payloadLength + 40, room))
      return encloseOnWire(TYPE_IPV6, at, end, wire);
    if (version == 0 && isKnown(EtherType.at(at + 16).value)) return encloseOnWire(LINK_ETHERNET, at + 4, end, wire);
    if (isKnown(EthernetHeader.at(at).etherType)) return encloseOnWire(LINK_ETHERNET, at, end, wire);
  }
  Counter.count(COUNTER_UNREAD_MPLS);
  return COUNTER_IGNORED_PROTOCOL;
}

/** A tunnel's wire ends nowhere; there every length fits. */
function fits(length: u32, room: u32): bool {
  return length >= 20 && length <= room && (length + MOST_PADDING >= room || room > ENDLESS - 256);
}

function isKnown(type: u32): bool {
  return type == TYPE_IPV4 || type == TYPE_IPV6 || type == TYPE_ARP || type == TYPE_VLAN || type == TYPE_QINQ;
}
