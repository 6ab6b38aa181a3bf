// UDP (RFC 768): a datagram is a request unless it answers one.
import { COUNTER_DECODED, COUNTER_MALFORMED_TRANSPORT, TOOL_NONE } from '../constants/codes';
import { SITUATION_UDP_INBOUND, SITUATION_UDP_INTERNAL } from '../constants/weights';
import { answered } from '../detector/contacts';
import { markPresent } from '../detector/presence';
import { serviceOf } from '../detector/service';
import { Addresses, frame } from '../frame/frame';
import { UdpHeader } from '../frame/headers';
import { CLASS_UDP } from '../tables/source';
import { answer, attempt, Request } from './attempt';

const PROTOCOL: u32 = 17;
const DNS: u32 = 53; // RFC 5452: queries come from random ports
const DHCP_CLIENT: u32 = 68; // RFC 2131: the server sends to an address that its client does not have yet
const DHCPV6_CLIENT: u32 = 546; // RFC 8415
const FIRST_REGISTERED: u32 = 1024; // RFC 6335: below are the system ports

export function observeUdp(): u32 {
  if (frame.captured < 8) return COUNTER_MALFORMED_TRANSPORT;
  const udp = UdpHeader.at(frame.transport);
  const length = udp.length;
  if (length && length < 8) return COUNTER_MALFORMED_TRANSPORT;
  const sourcePort = udp.sourcePort;
  const port = udp.destinationPort;
  if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
  if (Addresses.areToMany() || port == DHCP_CLIENT || port == DHCPV6_CLIENT) return COUNTER_DECODED;
  // From a server's port to a client's: an answer, whether or not the request is still known. From port 53 it is always
  // an answer: resolvers no longer send queries from there, but spoofed queries draw answers to any port.
  if (sourcePort < FIRST_REGISTERED && (port >= FIRST_REGISTERED || sourcePort == DNS)) {
    answer(serviceOf(PROTOCOL, sourcePort));
    return COUNTER_DECODED;
  }
  const request = Request.find(serviceOf(PROTOCOL, sourcePort));
  if (request) answered(request);
  else {
    const service = serviceOf(PROTOCOL, port);
    attempt(service, port, CLASS_UDP, SITUATION_UDP_INBOUND, SITUATION_UDP_INTERNAL, 0, TOOL_NONE, 0);
  }
  return COUNTER_DECODED;
}
