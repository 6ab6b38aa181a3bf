// UDP (RFC 768): a datagram is a question unless it answers one.
//
//   +0 source port, +2 destination port, +4 length
import { COUNTER_DECODED, COUNTER_MALFORMED_TRANSPORT, TOOL_NONE } from '../codes';
import { answered } from '../contacts';
import { frame, isToMany } from '../frame';
import { markPresent } from '../presence';
import { serviceOf } from '../service';
import { CLASS_UDP } from '../sources';
import { SITUATION_UDP_INBOUND, SITUATION_UDP_INTERNAL } from '../weights';
import { answer, asked, attempt } from './attempt';

const PROTOCOL: u32 = 17;
const DNS: u32 = 53; // RFC 5452: questions come from random ports
const DHCP_CLIENT: u32 = 68; // RFC 2131: the server writes to an address that its client does not have yet
const DHCPV6_CLIENT: u32 = 546; // RFC 8415
const FIRST_REGISTERED: u32 = 1024; // RFC 6335: below are the system ports

export function observeUdp(): u32 {
  if (frame.captured < 8) return COUNTER_MALFORMED_TRANSPORT;
  const at = frame.transport;
  const length = <u32>bswap<u16>(load<u16>(at, 4));
  if (length && length < 8) return COUNTER_MALFORMED_TRANSPORT;
  const sourcePort = <u32>bswap<u16>(load<u16>(at));
  const port = <u32>bswap<u16>(load<u16>(at, 2));
  if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
  if (isToMany() || port == DHCP_CLIENT || port == DHCPV6_CLIENT) return COUNTER_DECODED;
  // From a server's port to a client's: an answer, whether or not we still remember the question.
  // From a name server's port it is one whatever the other: nobody asks from there any more, but forged questions come so.
  if (sourcePort < FIRST_REGISTERED && (port >= FIRST_REGISTERED || sourcePort == DNS)) {
    answer(serviceOf(PROTOCOL, sourcePort));
    return COUNTER_DECODED;
  }
  const question = asked(serviceOf(PROTOCOL, sourcePort));
  if (question) answered(question);
  else attempt(serviceOf(PROTOCOL, port), port, CLASS_UDP, SITUATION_UDP_INBOUND, SITUATION_UDP_INTERNAL, 0, TOOL_NONE, 0);
  return COUNTER_DECODED;
}
