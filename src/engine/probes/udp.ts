// UDP (RFC 768): a datagram is a request unless it answers one.
import {
  COUNTER_DECODED,
  COUNTER_MALFORMED_TRANSPORT,
  COUNTER_REPLIES_UNASKED,
  FAMILY_IPV4,
  TOOL_NONE,
} from '../constants/codes';
import { PRESENCE_LEARNED, SITUATION_NONE, SITUATION_UDP_INBOUND, SITUATION_UDP_INTERNAL } from '../constants/weights';
import { answered, excuse } from '../detector/contacts';
import { answersGroupRequest, noteGroupRequest } from '../detector/group-requests';
import { countPresent, isPresent, markPresent } from '../detector/presence';
import { findProbation } from '../detector/probation';
import { ARP_SERVICE, serviceOf } from '../detector/service';
import { noteRegister } from '../detector/sessions';
import { hasTopPort } from '../detector/sources';
import { Addresses, frame, hashIPv4 } from '../frame/frame';
import { UdpHeader } from '../frame/headers';
import { Contact } from '../tables/contact';
import { Counter } from '../tables/counter';
import { CLASS_UDP, Source } from '../tables/source';
import { attempt, isSame, Request, repeat } from './attempt';

const PROTOCOL: u32 = 17;
const ICMP: u32 = 1;
const ECHO: u32 = 8;
const DNS: u32 = 53;
const DNS_IS_ANSWER: u32 = 0x80; // RFC 1035 section 4.1.1: QR, the first bit of the third byte
const NTP: u32 = 123;
const NTP_MODE: u32 = 7; // RFC 5905 section 7.3: the lower three bits of the first byte
const NTP_SERVER: u32 = 4;
const DHCP_SERVER: u32 = 67; // RFC 2131: the server sends to an address that its client does not have yet
const DHCP_CLIENT: u32 = 68;
const DHCPV6_SERVER: u32 = 547; // RFC 8415
const DHCPV6_CLIENT: u32 = 546;
const SIP: u32 = 5060;
const REGISTER: u32 = 0x49474552; // RFC 3261 section 10: a request begins with its method
const FIRST_REGISTERED: u32 = 1024; // RFC 6335: below are the system ports

export function observeUdp(): u32 {
  if (frame.captured < 8) return COUNTER_MALFORMED_TRANSPORT;
  const udp = UdpHeader.at(frame.transport);
  const length = udp.length;
  if (length && length < 8) return COUNTER_MALFORMED_TRANSPORT;
  const sourcePort = udp.sourcePort;
  const port = udp.destinationPort;
  if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
  if (sourcePort == DHCP_SERVER && (port == DHCP_CLIENT || port == DHCP_SERVER)) {
    observeLease(udp);
    return COUNTER_DECODED;
  }
  if (sourcePort == DHCPV6_SERVER && port == DHCPV6_CLIENT) return COUNTER_DECODED;
  if (Addresses.areToMany()) {
    noteGroupRequest(serviceOf(PROTOCOL, port));
    return COUNTER_DECODED;
  }
  if (port == SIP && frame.captured >= 12 && udp.payloadRaw == REGISTER && frame.targetHome)
    noteRegister(Contact.keyOf(frame.sourceKey, frame.targetHash, serviceOf(PROTOCOL, port)), port);
  // Most datagrams are of a flow that began as a request, and go to the lower port.
  if (port < sourcePort) {
    const own = Contact.find(Contact.keyOf(frame.sourceKey, frame.targetHash, serviceOf(PROTOCOL, port)));
    if (own) {
      if (isSame(own)) repeat(own, port);
      else attemptUdp(port, SITUATION_UDP_INBOUND, SITUATION_UDP_INTERNAL);
      return COUNTER_DECODED;
    }
  }
  const service = serviceOf(PROTOCOL, sourcePort);
  const request = Request.find(service);
  if (request) answered(request);
  else if (answersGroupRequest(service) || answersElsewhere()) Counter.count(COUNTER_REPLIES_UNASKED);
  else if (!looksAnswering(sourcePort, port)) attemptUdp(port, SITUATION_UDP_INBOUND, SITUATION_UDP_INTERNAL);
  else if (answersUnseen(udp, sourcePort)) Counter.count(COUNTER_REPLIES_UNASKED);
  // Answers to requests in our name come to ever other ports; who asks for a service asks for the same again.
  else if (isAskedAgain(port)) attemptUdp(port, SITUATION_UDP_INBOUND, SITUATION_UDP_INTERNAL);
  else attemptUdp(port, SITUATION_NONE, SITUATION_NONE);
  return COUNTER_DECODED;
}

/**
 * A DHCP server tells a client its address (RFC 2131 section 2). Servers ask first whether anybody has it, by ping or
 * ARP (section 2.2): that nobody answered was the point.
 */
function observeLease(udp: UdpHeader): void {
  if (frame.captured < UdpHeader.LEASE_END) return;
  const target = hashIPv4(udp.leaseRaw);
  const arp = Contact.find(Contact.keyOf(frame.sourceHash, target, ARP_SERVICE));
  if (arp) excuse(arp);
  const ping = Contact.find(Contact.keyOf(frame.sourceHash, target, serviceOf(ICMP, ECHO)));
  if (ping) excuse(ping);
}

/** The frame's target turned to its source last: an answer may come from another port (TFTP, RFC 1350 section 4). */
function answersElsewhere(): bool {
  const asker = Source.find(frame.targetKey);
  if (asker) return asker.target == sourceNumber();
  const probation = findProbation(frame.targetKey);
  return probation != null && probation.target == frame.sourceHash;
}

/** The frame's source as frame.targetNumber would have it. */
function sourceNumber(): u32 {
  if (frame.family == FAMILY_IPV4) return <u32>frame.sourceHigh;
  return (Addresses.prefixHash(frame.sourceHigh) & 0xffffff) | ((<u32>(frame.sourceLow >> 56)) << 24);
}

function attemptUdp(port: u32, inbound: u32, internal: u32): void {
  attempt(serviceOf(PROTOCOL, port), port, CLASS_UDP, inbound, internal, 0, TOOL_NONE, 0);
}

/** From a server's port to a client's; from a name server's to any. */
function looksAnswering(sourcePort: u32, port: u32): bool {
  return sourcePort < FIRST_REGISTERED && (port >= FIRST_REGISTERED || sourcePort == DNS);
}

/** The frame's source has sent to this port before. */
function isAskedAgain(port: u32): bool {
  const source = Source.find(frame.sourceKey);
  if (source) return hasTopPort(source, port);
  const probation = findProbation(frame.sourceKey);
  return probation != null && <u32>probation.service == port;
}

/**
 * The datagram looks like an answer: to a request that the tap has not seen, or has forgotten. The port alone proves
 * nothing: not to an address that nobody has, and not from a source that has met such addresses. There, only what the
 * datagram says counts.
 */
function answersUnseen(udp: UdpHeader, sourcePort: u32): bool {
  if (sourcePort == DNS && frame.captured >= 11) return (udp.payload2 & DNS_IS_ANSWER) != 0;
  if (sourcePort == NTP && frame.captured >= 9) return (udp.payload0 & NTP_MODE) == NTP_SERVER;
  if (!frame.targetHome) return true;
  if (!isPresent(frame.targetHash)) return countPresent() < PRESENCE_LEARNED;
  const source = Source.find(frame.sourceKey);
  return source == null || source.suspects == 0;
}
