// SCTP (RFC 9260), where an attempt is at a port, and all other IP protocols, where it is at the protocol.
import { COUNTER_DECODED, COUNTER_MALFORMED_TRANSPORT, COUNTER_REPLIES_UNASKED, TOOL_NONE } from '../constants/codes';
import { SITUATION_NONE, SITUATION_OTHER, SITUATION_STEALTH } from '../constants/weights';
import { answered, refused } from '../detector/contacts';
import { markPresent } from '../detector/presence';
import { serviceOf } from '../detector/service';
import { Addresses, frame } from '../frame/frame';
import { SctpHeader } from '../frame/headers';
import { Counter } from '../tables/counter';
import { CLASS_IP, CLASS_SCTP, CLASS_STEALTH } from '../tables/source';
import { answer, attempt, Request } from './attempt';

const SCTP: u32 = 132;
const NO_NEXT: u32 = 59;
const ABORT: u32 = 6;
/** Chunks that nobody answers out of the blue (RFC 9260 section 8.4): INIT ACK, ABORT, COOKIE ACK, SHUTDOWN COMPLETE. */
const UNANSWERED: u32 = (1 << 2) | (1 << ABORT) | (1 << 11) | (1 << 14);

export function observeSctp(): u32 {
  if (frame.captured < 13) return COUNTER_MALFORMED_TRANSPORT;
  const sctp = SctpHeader.at(frame.transport);
  const chunk = <u32>sctp.chunkType;
  const sourcePort = sctp.sourcePort;
  const port = sctp.destinationPort;
  if (frame.sourceHome && chunk != ABORT) markPresent(frame.sourceHash, frame.now);
  if (Addresses.areToMany()) return COUNTER_DECODED;
  const request = Request.find(serviceOf(SCTP, sourcePort));
  if (request) {
    if (chunk == ABORT) refused(request);
    else answered(request);
  } else if (chunk < 32 && (UNANSWERED >>> chunk) & 1) Counter.count(COUNTER_REPLIES_UNASKED);
  else attempt(serviceOf(SCTP, port), port, CLASS_SCTP, SITUATION_OTHER, SITUATION_OTHER, 0, TOOL_NONE, 0);
  return COUNTER_DECODED;
}

/** Handles tunnels, routing protocols and the like. Most never answer; only many of them from one source matter. */
export function observeProtocol(): u32 {
  if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
  if (Addresses.areToMany()) return COUNTER_DECODED;
  const service = serviceOf(frame.protocol, 0);
  if (Request.find(service)) answer(service);
  else attempt(service, frame.protocol, CLASS_IP, SITUATION_OTHER, SITUATION_NONE, 0, TOOL_NONE, 0);
  return COUNTER_DECODED;
}

/** Handles an IPv6 packet whose extension headers hide its payload: no benign stack sends it. */
export function observeHidden(): u32 {
  if (!Addresses.areToMany())
    attempt(serviceOf(NO_NEXT, 0), 0, CLASS_STEALTH, SITUATION_STEALTH, SITUATION_STEALTH, 0, TOOL_NONE, 0);
  return COUNTER_DECODED;
}
