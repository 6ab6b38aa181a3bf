// TCP (RFC 9293): what a segment means between two hosts.
//
//   +0 source port, +2 destination port, +4 sequence, +8 acknowledgement, +12 data offset, +13 flags, +14 window
import { COUNTER_DECODED, COUNTER_MALFORMED_TRANSPORT, COUNTER_REPLIES_UNASKED, TOOL_NONE } from '../codes';
import { answered, CONTACT_IS_TCP, contactKey, expectProof, findContact, followedUp, isProof, isFollowedContact, refused, stateOf, unfollowContact, followContact } from '../contacts';
import { count } from '../counters';
import { prove } from '../evidence';
import { frame, MORE_FRAGMENTS, isToMany } from '../frame';
import { countPresent, isPresent, markPresent } from '../presence';
import { serviceOf } from '../service';
import { isLogin, noteLogin, followSession, followClient } from '../sessions';
import { CLASS_STEALTH, CLASS_TCP } from '../sources';
import { FINGERPRINT_SOFT, PRESENCE_LEARNED, SITUATION_ACK, SITUATION_STEALTH, SITUATION_TCP_INBOUND, SITUATION_TCP_INTERNAL, STATE_ANSWERED } from '../weights';
import { asked, attempt, refuseUnfollowed } from './attempt';
import { findFingerprint, fingerprintTool, fingerprintWeight, stealthTool } from './fingerprints';

const HEADER: u32 = 20;
const FIN: u32 = 1;
const SYN: u32 = 2;
const RST: u32 = 4;
const PSH: u32 = 8;
const ACK: u32 = 16;
const PROTOCOL: u32 = 6;
const FIRST_REGISTERED: u32 = 1024;

/** Resets that came from home: they prove nobody's presence, but that the tap hears home. */
let resets: u32 = 0;

export function resetTcp(): void {
  resets = 0;
}

export function observeTcp(): u32 {
  return readTcp();
}

/** The same, to be placed where most frames pass. */
// @ts-ignore: decorator
@inline
export function readTcp(): u32 {
  const at = frame.transport;
  if (frame.captured < 16 || frame.transportLength < HEADER) return observeCut();
  // Neighbours in one load each, the farther first: its check of the page's end covers the nearer.
  const offsetAndFlags = <u32>load<u16>(at, 12);
  const header = (offsetAndFlags & 0xf0) >>> 2;
  const flags = offsetAndFlags >>> 8;
  if (header < HEADER || header > frame.transportLength) return COUNTER_MALFORMED_TRANSPORT;
  if (isToMany()) return COUNTER_DECODED;
  const ports = bswap<u32>(load<u32>(at));
  return flags == ACK || flags == (ACK | PSH) ? observeData(at, header, flags, ports) : observeControl(at, header, flags, ports);
}

/** A segment that opens, refuses or ends a connection, or only looks strange. `ports`: the source's above the destination's. */
function observeControl(at: u32, header: u32, flags: u32, ports: u32): u32 {
  const sourcePort = ports >>> 16;
  const port = ports & 0xffff;
  const service = serviceOf(PROTOCOL, port);
  if ((flags & (SYN | ACK | RST)) == SYN) {
    if (flags & FIN) {
      attempt(service, port, CLASS_STEALTH, SITUATION_STEALTH, SITUATION_STEALTH, CONTACT_IS_TCP, stealthTool(at), FINGERPRINT_SOFT);
    } else {
      if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
      if (header <= frame.captured) findFingerprint(at, header - HEADER, port);
      const whole = header <= frame.captured;
      attempt(service, port, CLASS_TCP, SITUATION_TCP_INBOUND, SITUATION_TCP_INTERNAL, CONTACT_IS_TCP, whole ? fingerprintTool : TOOL_NONE, whole ? fingerprintWeight : 0);
    }
    return COUNTER_DECODED;
  }
  const question = asked(serviceOf(PROTOCOL, sourcePort));
  if (flags & RST) {
    // A refusal of a question; any other RST only ends a connection. It does not prove that the address is in use:
    // firewalls send RST in the name of addresses that do not exist.
    if (frame.sourceHome && resets < PRESENCE_LEARNED) resets++;
    if (question) refused(question);
    else if ((flags & SYN) == 0 && findContact(contactKey(frame.sourceKey, frame.targetHash, service)) == 0) {
      count(COUNTER_REPLIES_UNASKED);
      // Both flags and the sequence number 0: it refuses a segment without ACK, a SYN or a stealth probe (RFC 9293, 3.10.7.1).
      if (flags & ACK && load<u32>(at, 4) == 0) refuseUnfollowed();
    }
    return COUNTER_DECODED;
  }
  if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
  if (flags & SYN) {
    if (question) {
      answered(question);
      expectProof(question, bswap<u32>(load<u32>(at, 4)) + 1);
    } else {
      count(COUNTER_REPLIES_UNASKED);
    }
    return COUNTER_DECODED;
  }
  if (flags & ACK) {
    // A FIN, or urgent data, of either side.
    if (question) answered(question);
    // The end of a connection older than our memory, unless nobody ever lived there: a Maimon scan (FIN and ACK).
    else if (flags == (FIN | ACK) && isNowhere()) {
      attempt(service, port, CLASS_STEALTH, SITUATION_ACK, SITUATION_ACK, CONTACT_IS_TCP, stealthTool(at), FINGERPRINT_SOFT);
    }
    return COUNTER_DECODED;
  }
  // NULL, FIN, XMAS: after the SYN of its own connection it may be a broken stack, out of nowhere it is a probe.
  const own = findContact(contactKey(frame.sourceKey, frame.targetHash, service));
  if (own == 0 || stateOf(own) != STATE_ANSWERED) attempt(service, port, CLASS_STEALTH, SITUATION_STEALTH, SITUATION_STEALTH, CONTACT_IS_TCP, stealthTool(at), FINGERPRINT_SOFT);
  return COUNTER_DECODED;
}

/** Too little of a header to see the flags. A first fragment that hides them is a probe; no host sends one (RFC 1858 section 3). */
function observeCut(): u32 {
  if (frame.captured < 4 || frame.transportLength >= HEADER || (frame.ipFront & MORE_FRAGMENTS) == 0) return COUNTER_MALFORMED_TRANSPORT;
  const port = <u32>bswap<u16>(load<u16>(frame.transport, 2));
  if (!isToMany()) attempt(serviceOf(PROTOCOL, port), port, CLASS_STEALTH, SITUATION_STEALTH, SITUATION_STEALTH, CONTACT_IS_TCP, TOOL_NONE, 0);
  return COUNTER_DECODED;
}

/**
 * ACK with or without data: most of all traffic. The side with a system port (RFC 6335) is the server, and then one look is
 * enough; between two higher ports either may be.
 */
// @ts-ignore: decorator
@inline
function observeData(at: u32, header: u32, flags: u32, ports: u32): u32 {
  if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
  const sourcePort = ports >>> 16;
  const port = ports & 0xffff;
  const service = serviceOf(PROTOCOL, port);
  if (port < sourcePort) {
    if (isOwn(at, header, service) || (port >= FIRST_REGISTERED && isAnswer(sourcePort))) return COUNTER_DECODED;
  } else {
    if (isAnswer(sourcePort) || (sourcePort >= FIRST_REGISTERED && isOwn(at, header, service))) return COUNTER_DECODED;
  }
  // An empty ACK out of nowhere: the rest of a connection older than our memory, unless nobody ever lived there.
  if (flags != ACK) return COUNTER_DECODED;
  if (frame.transportLength == header && isNowhere()) {
    attempt(service, port, CLASS_STEALTH, SITUATION_ACK, SITUATION_ACK, CONTACT_IS_TCP, stealthTool(at), FINGERPRINT_SOFT);
  }
  return COUNTER_DECODED;
}

/**
 * Is the target a home address where nobody ever lived? Nothing can be said of that on a path where home is only spoken to: there
 * the clients of every server outside are unheard of.
 */
function isNowhere(): bool {
  return frame.targetHome && !isPresent(frame.targetHash) && (resets >= PRESENCE_LEARNED || countPresent() >= PRESENCE_LEARNED);
}

/** The server goes on with a conversation: its SYN-ACK may have been lost to us. */
// @ts-ignore: decorator
@inline
function isAnswer(sourcePort: u32): bool {
  const question = asked(serviceOf(PROTOCOL, sourcePort));
  if (question == 0) return false;
  answered(question);
  return true;
}

/** The client has proved that it is who it says. Logins are counted here and not at their SYN: that, anybody can forge. */
function finishHandshake(own: u32, at: u32, port: u32, acknowledged: u32): void {
  const key = load<u32>(own);
  const login = isLogin(port);
  if (login) noteLogin(key, port);
  const scanner = prove(frame.sourceKey);
  if (!login && !scanner) return;
  followSession(key, port, bswap<u32>(load<u32>(at, 4)), acknowledged, scanner);
  followContact(own);
}

/** The client goes on: perhaps naming a number that proves who it is. */
// @ts-ignore: decorator
@inline
function isOwn(at: u32, header: u32, service: u32): bool {
  const own = findContact(contactKey(frame.sourceKey, frame.targetHash, service));
  if (own == 0) return false;
  followedUp(own);
  const acknowledged = bswap<u32>(load<u32>(at, 8));
  if (isProof(own, acknowledged)) finishHandshake(own, at, service & 0xffff, acknowledged);
  if (isFollowedContact(own)) {
    const data = frame.transportLength - header;
    if (!followClient(load<u32>(own), bswap<u32>(load<u32>(at, 4)) + data, acknowledged)) unfollowContact(own);
  }
  return true;
}
