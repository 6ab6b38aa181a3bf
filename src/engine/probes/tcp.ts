// TCP (RFC 9293): what a segment means between two hosts.
import { COUNTER_DECODED, COUNTER_MALFORMED_TRANSPORT, COUNTER_REPLIES_UNASKED, TOOL_NONE } from '../constants/codes';
import {
  FINGERPRINT_SOFT,
  PRESENCE_LEARNED,
  SITUATION_ACK,
  SITUATION_STEALTH,
  SITUATION_TCP_INBOUND,
  SITUATION_TCP_INTERNAL,
  STATE_ANSWERED,
} from '../constants/weights';
import {
  answered,
  expectProof,
  followContact,
  goesOn,
  isProof,
  refused,
  unfollowContact,
} from '../detector/contacts';
import { prove } from '../detector/evidence';
import { countPresent, isPresent, markPresent } from '../detector/presence';
import { serviceOf } from '../detector/service';
import { followClient, followSession, isLogin, noteLogin } from '../detector/sessions';
import { Addresses, frame, MORE_FRAGMENTS } from '../frame/frame';
import { Ports, TcpHeader } from '../frame/headers';
import { CONTACT_IS_FOLLOWED, CONTACT_IS_TCP, Contact } from '../tables/contact';
import { Counter } from '../tables/counter';
import { CLASS_STEALTH, CLASS_TCP } from '../tables/source';
import { attempt, Question, refuseUnfollowed } from './attempt';
import { findFingerprint, fingerprintTool, fingerprintWeight, stealthTool } from './fingerprints';

const HEADER: u32 = 20;
const FIN: u32 = 1;
const SYN: u32 = 2;
const RST: u32 = 4;
const PSH: u32 = 8;
const ACK: u32 = 16;
const PROTOCOL: u32 = 6;
const FIRST_REGISTERED: u32 = 1024;

/** Resets that came from home: they prove no host's presence, but that the tap sees what home sends. */
let resets: u32 = 0;

export function resetTcp(): void {
  resets = 0;
}

export function observeTcp(): u32 {
  return Tcp.read();
}

/** The methods are to be placed where most frames pass. */
export class Tcp {
  @inline
  static read(): u32 {
    const tcp = TcpHeader.at(frame.transport);
    if (frame.captured < 16 || frame.transportLength < HEADER) return observeCut();
    // Neighbours in one load each, the farther first: its check of the page's end covers the nearer.
    const offsetAndFlags = <u32>tcp.offsetAndFlags;
    const header = (offsetAndFlags & 0xf0) >>> 2;
    const flags = offsetAndFlags >>> 8;
    if (header < HEADER || header > frame.transportLength) return COUNTER_MALFORMED_TRANSPORT;
    if (Addresses.areToMany()) return COUNTER_DECODED;
    const ports = tcp.ports;
    return flags == ACK || flags == (ACK | PSH)
      ? Tcp.observeData(tcp, header, flags, ports)
      : observeControl(tcp, header, flags, ports);
  }

  /**
   * ACK with or without data: most of all traffic. The side with a system port (RFC 6335) is the server, and then one
   * look is enough; between two higher ports either may be. `ports`: the source's above the destination's.
   */
  @inline
  static observeData(tcp: TcpHeader, header: u32, flags: u32, ports: u32): u32 {
    if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
    const sourcePort = ports >>> 16;
    const port = ports & 0xffff;
    const service = serviceOf(PROTOCOL, port);
    if (port < sourcePort) {
      if (Tcp.isOwn(tcp, header, service) || (port >= FIRST_REGISTERED && Tcp.isAnswer(sourcePort)))
        return COUNTER_DECODED;
    } else if (Tcp.isAnswer(sourcePort) || (sourcePort >= FIRST_REGISTERED && Tcp.isOwn(tcp, header, service)))
      return COUNTER_DECODED;
    // An empty ACK out of nowhere: the rest of a connection older than our memory, unless the target never existed.
    if (flags != ACK) return COUNTER_DECODED;
    if (frame.transportLength == header && isNowhere()) attemptStealth(tcp, service, port, SITUATION_ACK);
    return COUNTER_DECODED;
  }

  /** The server goes on with a conversation: its SYN-ACK may have been lost to the tap. */
  @inline
  static isAnswer(sourcePort: u32): bool {
    const question = Question.find(serviceOf(PROTOCOL, sourcePort));
    if (question == null) return false;
    answered(question);
    return true;
  }

  /** The client goes on: perhaps with a number that proves its address. */
  @inline
  static isOwn(tcp: TcpHeader, header: u32, service: u32): bool {
    const own = Contact.find(Contact.keyOf(frame.sourceKey, frame.targetHash, service));
    if (own == null) return false;
    if (own.state != STATE_ANSWERED) goesOn(own, frame.transportLength != header);
    const acknowledged = tcp.acknowledgement;
    if (isProof(own, acknowledged)) finishHandshake(own, tcp, service & 0xffff, acknowledged);
    if (own.flags & CONTACT_IS_FOLLOWED) {
      const data = frame.transportLength - header;
      if (!followClient(own.key, tcp.sequence + data, acknowledged)) unfollowContact(own);
    }
    return true;
  }
}

/** A segment that opens, refuses or ends a connection, or only looks strange. */
function observeControl(tcp: TcpHeader, header: u32, flags: u32, ports: u32): u32 {
  const sourcePort = ports >>> 16;
  const port = ports & 0xffff;
  const service = serviceOf(PROTOCOL, port);
  if ((flags & (SYN | ACK | RST)) == SYN) {
    observeSyn(tcp, header, flags, service, port);
    return COUNTER_DECODED;
  }
  const question = Question.find(serviceOf(PROTOCOL, sourcePort));
  if (flags & RST) {
    observeReset(tcp, flags, question, service);
    return COUNTER_DECODED;
  }
  if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
  if (flags & SYN) {
    if (question) {
      answered(question);
      expectProof(question, tcp.sequence + 1);
    } else {
      Counter.count(COUNTER_REPLIES_UNASKED);
    }
    return COUNTER_DECODED;
  }
  if (flags & ACK) {
    // A FIN, or urgent data, of either side.
    if (question) answered(question);
    // The end of a connection older than our memory, unless the target never existed: a Maimon scan (FIN and ACK).
    else if (flags == (FIN | ACK) && isNowhere()) attemptStealth(tcp, service, port, SITUATION_ACK);
    return COUNTER_DECODED;
  }
  // NULL, FIN, XMAS: after the SYN of its own connection it may be a broken stack, out of nowhere it is a probe.
  const own = Contact.find(Contact.keyOf(frame.sourceKey, frame.targetHash, service));
  if (own == null || !own.isAnswered) attemptStealth(tcp, service, port, SITUATION_STEALTH);
  return COUNTER_DECODED;
}

function observeSyn(tcp: TcpHeader, header: u32, flags: u32, service: u32, port: u32): void {
  if (flags & FIN) {
    attemptStealth(tcp, service, port, SITUATION_STEALTH);
    return;
  }
  if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
  const whole = header <= frame.captured;
  if (whole) findFingerprint(tcp, header - HEADER, port);
  const tool = whole ? fingerprintTool : TOOL_NONE;
  const weight = whole ? fingerprintWeight : 0;
  attempt(service, port, CLASS_TCP, SITUATION_TCP_INBOUND, SITUATION_TCP_INTERNAL, CONTACT_IS_TCP, tool, weight);
}

/**
 * A refusal of a question; any other RST only ends a connection. It does not prove that the address is in use:
 * firewalls send RST in the name of addresses that do not exist.
 */
function observeReset(tcp: TcpHeader, flags: u32, question: Contact | null, service: u32): void {
  if (frame.sourceHome && resets < PRESENCE_LEARNED) resets++;
  if (question) {
    refused(question);
    return;
  }
  if (flags & SYN) return;
  if (Contact.find(Contact.keyOf(frame.sourceKey, frame.targetHash, service)) != null) return;
  Counter.count(COUNTER_REPLIES_UNASKED);
  // Both flags and the sequence number 0: it refuses a segment without ACK, a SYN or a stealth probe (RFC 9293,
  // 3.10.7.1).
  if (flags & ACK && tcp.sequenceRaw == 0) refuseUnfollowed();
}

/** A probe that no honest stack sends. */
function attemptStealth(tcp: TcpHeader, service: u32, port: u32, situation: u32): void {
  const tool = stealthTool(tcp);
  attempt(service, port, CLASS_STEALTH, situation, situation, CONTACT_IS_TCP, tool, FINGERPRINT_SOFT);
}

/**
 * Too little of a header to see the flags. A first fragment that hides them is a probe; no host sends one (RFC 1858
 * section 3).
 */
function observeCut(): u32 {
  if (frame.captured < 4 || frame.transportLength >= HEADER || (frame.ipFront & MORE_FRAGMENTS) == 0)
    return COUNTER_MALFORMED_TRANSPORT;
  const port = Ports.at(frame.transport).destination;
  const service = serviceOf(PROTOCOL, port);
  if (!Addresses.areToMany())
    attempt(service, port, CLASS_STEALTH, SITUATION_STEALTH, SITUATION_STEALTH, CONTACT_IS_TCP, TOOL_NONE, 0);
  return COUNTER_DECODED;
}

/**
 * The target is a home address that never existed. Nothing can be said of that on a path where home only receives:
 * there the clients of every server outside are unknown.
 */
function isNowhere(): bool {
  return (
    frame.targetHome &&
    !isPresent(frame.targetHash) &&
    (resets >= PRESENCE_LEARNED || countPresent() >= PRESENCE_LEARNED)
  );
}

/** The client has proved its address. Logins are counted here and not at their SYN, which can be forged. */
function finishHandshake(own: Contact, tcp: TcpHeader, port: u32, acknowledged: u32): void {
  const key = own.key;
  const login = isLogin(port);
  if (login) noteLogin(key, port);
  const scanner = prove(frame.sourceKey);
  if (!login && !scanner) return;
  followSession(key, port, tcp.sequence, acknowledged, scanner);
  followContact(own);
}
