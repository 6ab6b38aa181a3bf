// ICMP (RFC 792) and ICMPv6 (RFC 4443): requests, replies, and errors about other packets.
import { COUNTER_DECODED, COUNTER_MALFORMED_TRANSPORT, COUNTER_REPLIES_UNASKED, TOOL_NONE } from '../constants/codes';
import { SITUATION_ICMP_INBOUND, SITUATION_ICMP_INTERNAL } from '../constants/weights';
import { expired, refused, unreachable } from '../detector/contacts';
import { markPresent } from '../detector/presence';
import { noteAdvertised, noteRedirect } from '../detector/routers';
import { serviceOf } from '../detector/service';
import { Addresses, frame, hashIPv4, hashIPv6 } from '../frame/frame';
import { IcmpHeader, IPv4Header, IPv6Address, IPv6Header, Ports } from '../frame/headers';
import { Contact } from '../tables/contact';
import { Counter } from '../tables/counter';
import { CLASS_ICMP } from '../tables/source';
import { answer, attempt } from './attempt';
import { observeAdvertisement, observeSolicitation } from './neighbours';

const ICMP: u32 = 1;
const ICMPV6: u32 = 58;
const TCP: u32 = 6;
const UDP: u32 = 17;
const SCTP: u32 = 132;

const PROTOCOL_UNREACHABLE: u32 = 2;
const PORT_UNREACHABLE: u32 = 3;
const PORT_UNREACHABLE_V6: u32 = 4;

export function observeIcmp(): u32 {
  if (frame.captured < 4) return COUNTER_MALFORMED_TRANSPORT;
  const icmp = IcmpHeader.at(frame.transport);
  const kind = <u32>icmp.type;
  const code = <u32>icmp.code;
  if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
  if (Addresses.areToMany()) return COUNTER_DECODED;
  // Echo, timestamp, information and address mask. Except for echo, the reply's type is the request's plus one.
  if (kind == 8) ask(ICMP, 8);
  else if (kind == 0) answer(serviceOf(ICMP, 8));
  else if (kind == 13 || kind == 15 || kind == 17) ask(ICMP, kind);
  else if (kind == 14 || kind == 16 || kind == 18) answer(serviceOf(ICMP, kind - 1));
  // Extended echo (RFC 8335).
  else if (kind == 42) ask(ICMP, 42);
  else if (kind == 43) answer(serviceOf(ICMP, 42));
  else if (kind == 3) quoteIPv4(code == PORT_UNREACHABLE || code == PROTOCOL_UNREACHABLE, false);
  else if (kind == 11) quoteIPv4(false, true);
  return COUNTER_DECODED;
}

export function observeIcmpV6(): u32 {
  if (frame.captured < 4) return COUNTER_MALFORMED_TRANSPORT;
  const icmp = IcmpHeader.at(frame.transport);
  const kind = <u32>icmp.type;
  const code = <u32>icmp.code;
  // Neighbour discovery first: solicitations go to multicast groups. A hop limit of 255 proves that they come from this
  // link (RFC 4861 section 7.1).
  if (kind == 135) return observeSolicitation();
  if (kind == 136) return observeAdvertisement();
  if (kind == 134) noteAdvertised();
  else if (kind == 137 && frame.captured >= 24) {
    Addresses.setTargetIPv6(IPv6Address.at(frame.transport + 8));
    noteRedirect();
    return COUNTER_DECODED;
  }
  if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
  if (Addresses.areToMany()) return COUNTER_DECODED;
  if (kind == 128) ask(ICMPV6, 128);
  else if (kind == 129) answer(serviceOf(ICMPV6, 128));
  // Node information (RFC 4620), extended echo (RFC 8335).
  else if (kind == 139 || kind == 160) ask(ICMPV6, kind);
  else if (kind == 140 || kind == 161) answer(serviceOf(ICMPV6, kind - 1));
  else if (kind == 1) quoteIPv6(code == PORT_UNREACHABLE_V6, false);
  else if (kind == 3) quoteIPv6(false, true);
  return COUNTER_DECODED;
}

function ask(protocol: u32, kind: u32): void {
  const service = serviceOf(protocol, kind);
  attempt(service, 0, CLASS_ICMP, SITUATION_ICMP_INBOUND, SITUATION_ICMP_INTERNAL, 0, TOOL_NONE, 0);
}

/** The service that a quoted transport header requests; 0 if too little of it is quoted. */
function quotedService(protocol: u32, at: u32, end: u32): u32 {
  if (protocol == TCP || protocol == UDP || protocol == SCTP) {
    return at + 4 <= end ? serviceOf(protocol, Ports.at(at).destination) : 0;
  }
  if (protocol == ICMP || protocol == ICMPV6) return at + 1 <= end ? serviceOf(protocol, IcmpHeader.at(at).type) : 0;
  return serviceOf(protocol, 0);
}

/** Handles an ICMP error: an 8-byte header, then the packet that caused it (RFC 792). */
function quoteIPv4(isRefusal: bool, isExpiry: bool): void {
  const inner = frame.transport + 8;
  const end = frame.transport + frame.captured;
  if (inner + 20 > end) return;
  const ip = IPv4Header.at(inner);
  const header = ip.headerLength;
  if (header < 20) return;
  const service = quotedService(ip.protocol, inner + header, end);
  if (service) conclude(Contact.keyOf(frame.targetKey, hashIPv4(ip.destinationRaw), service), isRefusal, isExpiry);
}

function quoteIPv6(isRefusal: bool, isExpiry: bool): void {
  const inner = frame.transport + 8;
  const end = frame.transport + frame.captured;
  if (inner + 40 > end) return;
  const ip = IPv6Header.at(inner);
  const service = quotedService(ip.nextHeader, inner + 40, end);
  if (service) conclude(Contact.keyOf(frame.targetKey, hashIPv6(ip.destination), service), isRefusal, isExpiry);
}

function conclude(key: u32, isRefusal: bool, isExpiry: bool): void {
  const contact = Contact.find(key);
  if (contact == null) Counter.count(COUNTER_REPLIES_UNASKED);
  else if (isExpiry) expired(contact);
  else if (isRefusal) refused(contact);
  else unreachable(contact);
}
