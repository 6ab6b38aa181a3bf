// TCP (RFC 9293): the meaning of a segment for the contact between its two hosts.
import { COUNTER_DECODED, COUNTER_MALFORMED_TRANSPORT, COUNTER_REPLIES_UNASKED, TOOL_NONE } from '../constants/codes';
import {
  FINGERPRINT_SOFT,
  PRESENCE_LEARNED,
  SITUATION_ACK,
  SITUATION_NONE,
  SITUATION_STEALTH,
  SITUATION_TCP_INBOUND,
  SITUATION_TCP_INTERNAL,
  STATE_ANSWERED,
} from '../constants/weights';
import { answered, expectProof, goesOn, isProof, refused } from '../detector/contacts';
import { prove } from '../detector/evidence';
import { countPresent, isPresent, markPresent } from '../detector/presence';
import { Routers } from '../detector/routers';
import { serviceOf } from '../detector/service';
import { endConnection, followClient, followHandshake } from '../detector/sessions';
import { hasTopPort } from '../detector/sources';
import { Addresses, frame, MORE_FRAGMENTS } from '../frame/frame';
import { Ports, TcpHeader } from '../frame/headers';
import { CONTACT_IS_FOLLOWED, CONTACT_IS_TCP, Contact } from '../tables/contact';
import { Counter } from '../tables/counter';
import { CLASS_STEALTH, CLASS_TCP, Source } from '../tables/source';
import { attempt, Request, refuseUnfollowed } from './attempt';
import { findFingerprint, fingerprintTool, fingerprintWeight, stealthTool } from './fingerprints';

const HEADER: u32 = 20;
/** So much of the header holds the flags. */
const FLAGS_END: u32 = 14;
const FIN: u32 = 1;
const SYN: u32 = 2;
const RST: u32 = 4;
const PSH: u32 = 8;
const ACK: u32 = 16;
const PROTOCOL: u32 = 6;
const FIRST_REGISTERED: u32 = 1024;

/** Resets from home. They do not prove that a host exists, but that the tap sees what home sends. */
let resets: u32 = 0;

export function resetTcp(): void {
  resets = 0;
}

export function observeTcp(): u32 {
  return Tcp.read();
}

/** Inlined methods for the path that most frames take. */
export class Tcp {
  @inline
  static read(): u32 {
    const tcp = TcpHeader.at(frame.transport);
    if (frame.captured < 16 || frame.transportLength < HEADER) return observeCut();
    // One load for each pair of fields, the farther pair first: its bounds check covers the nearer.
    const offsetAndFlags = <u32>tcp.offsetAndFlags;
    const header = (offsetAndFlags & 0xf0) >>> 2;
    const flags = offsetAndFlags >>> 8;
    if (header < HEADER) return COUNTER_MALFORMED_TRANSPORT;
    if (header > frame.transportLength) return observeCut();
    if (Addresses.areToMany()) return COUNTER_DECODED;
    const ports = tcp.ports;
    return flags == ACK || flags == (ACK | PSH)
      ? Tcp.observeData(tcp, header, ports)
      : observeControl(tcp, header, flags, ports);
  }

  /**
   * Handles ACK with or without data, which is most traffic. The side with a system port (RFC 6335 section 6) is the
   * server, and one lookup suffices; between two higher ports either side may be. `ports`: the source port in the upper
   * 16 bits, the destination port in the lower.
   */
  @inline
  static observeData(tcp: TcpHeader, header: u32, ports: u32): u32 {
    if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
    const sourcePort = ports >>> 16;
    const port = ports & 0xffff;
    const service = serviceOf(PROTOCOL, port);
    if (port < sourcePort) {
      if (Tcp.isOwn(tcp, header, service) || (port >= FIRST_REGISTERED && Tcp.isAnswer(sourcePort)))
        return COUNTER_DECODED;
    } else if (Tcp.isAnswer(sourcePort) || (sourcePort >= FIRST_REGISTERED && Tcp.isOwn(tcp, header, service)))
      return COUNTER_DECODED;
    // An ACK without a contact belongs to a connection older than the table, unless the target never existed.
    if (frame.targetHome && isNowhere()) attemptStealth(tcp, service, port, SITUATION_ACK);
    return COUNTER_DECODED;
  }

  /** Treats a server's segment as the answer, because the tap may have missed its SYN-ACK. False without a contact. */
  @inline
  static isAnswer(sourcePort: u32): bool {
    const request = Request.find(serviceOf(PROTOCOL, sourcePort));
    if (request == null) return false;
    answered(request);
    return true;
  }

  /** Handles a client's segment, whose acknowledgement may prove its address. False without a contact. */
  @inline
  static isOwn(tcp: TcpHeader, header: u32, service: u32): bool {
    const own = Contact.find(Contact.keyOf(frame.sourceKey, frame.targetHash, service));
    if (own == null) return false;
    if (own.state != STATE_ANSWERED) goesOn(own, frame.transportLength != header);
    const acknowledged = tcp.acknowledgement;
    if (isProof(own, acknowledged)) finishHandshake(own, tcp, service & 0xffff, acknowledged);
    if (own.flags & CONTACT_IS_FOLLOWED) {
      followClient(own, tcp.sequence, frame.transportLength - header, acknowledged, service & 0xffff);
    }
    return true;
  }
}

/** Handles a segment that opens, refuses or ends a connection, or has an unusual set of flags. */
function observeControl(tcp: TcpHeader, header: u32, flags: u32, ports: u32): u32 {
  Routers.note();
  const sourcePort = ports >>> 16;
  const port = ports & 0xffff;
  const service = serviceOf(PROTOCOL, port);
  if ((flags & (SYN | ACK | RST)) == SYN) {
    observeSyn(tcp, header, flags, service, port);
    return COUNTER_DECODED;
  }
  const request = Request.find(serviceOf(PROTOCOL, sourcePort));
  if (flags & RST) {
    observeReset(tcp, flags, request, service, sourcePort, port);
    return COUNTER_DECODED;
  }
  if (frame.sourceHome) markPresent(frame.sourceHash, frame.now);
  if (flags & SYN) {
    if (request) {
      answered(request);
      expectProof(request, tcp.sequence + 1);
    } else {
      observeUnasked(tcp, service, sourcePort, port);
    }
    return COUNTER_DECODED;
  }
  if (flags & ACK) {
    // A FIN, or urgent data, from either side.
    if (request) {
      answered(request);
      if (flags & FIN) endConnection(request, true, flags, frame.transportLength - header, sourcePort);
      return COUNTER_DECODED;
    }
    if (flags & FIN) endsOwn(header, flags, service);
    // The end of a connection older than the table, unless the target never existed: a Maimon scan (FIN and ACK), and
    // any other set of flags with ACK.
    if (isNowhere()) attemptStealth(tcp, service, port, SITUATION_ACK);
    return COUNTER_DECODED;
  }
  // NULL, FIN, XMAS: within a connection it may be a broken stack; without one it is a probe.
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
 * Handles a SYN-ACK that nobody asked for. Most are backscatter: a server answers packets that were forged in our name.
 * It answers from its service's port to random or system ports, or to one that the forger chose. A scan comes from a
 * high port and asks for the same lower port everywhere.
 */
function observeUnasked(tcp: TcpHeader, service: u32, sourcePort: u32, port: u32): void {
  Counter.count(COUNTER_REPLIES_UNASKED);
  if (sourcePort < FIRST_REGISTERED || port >= sourcePort || !isNowhere()) return;
  const source = Source.find(frame.sourceKey);
  const situation = source == null || hasTopPort(source, port) ? SITUATION_ACK : SITUATION_NONE;
  attemptStealth(tcp, service, port, situation);
}

/**
 * Handles an RST: it refuses a request or only ends a connection. It does not prove that the address is in use, because
 * firewalls send RST on behalf of absent addresses.
 */
function observeReset(
  tcp: TcpHeader,
  flags: u32,
  request: Contact | null,
  service: u32,
  sourcePort: u32,
  port: u32,
): void {
  if (frame.sourceHome && resets < PRESENCE_LEARNED) resets++;
  if (request) {
    refused(request);
    endConnection(request, true, flags, 0, sourcePort);
    return;
  }
  if (flags & SYN) return;
  if (endsOwn(frame.transportLength, flags, service)) return;
  Counter.count(COUNTER_REPLIES_UNASKED);
  // RST and ACK with sequence number 0 refuse a segment without ACK: a SYN or a stealth probe (RFC 9293 section
  // 3.10.7.1).
  if (flags & ACK) {
    if (tcp.sequenceRaw == 0) refuseUnfollowed();
  } else if (frame.sourceHome && sourcePort < port && isPresent(frame.sourceHash)) {
    observeDrawn(serviceOf(PROTOCOL, sourcePort), sourcePort);
  }
}

/**
 * Handles an RST without ACK, which refuses a segment with ACK that belongs to no connection (RFC 9293 section 3.10.7.1):
 * what an ACK or Maimon scan draws from living hosts. The segment itself looks like one of a connection older than the
 * table, so the refusal is what counts.
 */
function observeDrawn(service: u32, port: u32): void {
  Addresses.turn();
  attempt(service, port, CLASS_STEALTH, SITUATION_ACK, SITUATION_TCP_INTERNAL, CONTACT_IS_TCP, TOOL_NONE, 0);
  const drawn = Contact.find(Contact.keyOf(frame.sourceKey, frame.targetHash, service));
  if (drawn) refused(drawn);
}

/** A client ends its connection. False without a contact. */
function endsOwn(header: u32, flags: u32, service: u32): bool {
  const own = Contact.find(Contact.keyOf(frame.sourceKey, frame.targetHash, service));
  if (own == null) return false;
  endConnection(own, false, flags, frame.transportLength - header, service & 0xffff);
  return true;
}

/** Handles a probe that no benign stack sends. */
function attemptStealth(tcp: TcpHeader, service: u32, port: u32, situation: u32): void {
  const tool = stealthTool(tcp);
  attempt(service, port, CLASS_STEALTH, situation, situation, CONTACT_IS_TCP, tool, FINGERPRINT_SOFT);
}

/**
 * Handles a first fragment that ends within the header. No benign stack sends one (RFC 1858 section 3), hosts put it
 * together and answer. What it asks is counted as any request, because garbage may look like it.
 */
function observeCut(): u32 {
  const length = frame.transportLength;
  if (frame.captured < min<u32>(length, FLAGS_END) || length < 4 || (frame.ipFront & MORE_FRAGMENTS) == 0)
    return COUNTER_MALFORMED_TRANSPORT;
  if (Addresses.areToMany()) return COUNTER_DECODED;
  let inbound = SITUATION_TCP_INBOUND;
  let internal = SITUATION_TCP_INTERNAL;
  if (length >= FLAGS_END) {
    const offsetAndFlags = <u32>TcpHeader.at(frame.transport).offsetAndFlags;
    const flags = offsetAndFlags >>> 8;
    if ((offsetAndFlags & 0xf0) >>> 2 < HEADER) return COUNTER_MALFORMED_TRANSPORT;
    if (flags & RST) return COUNTER_DECODED;
    if (flags & ACK) {
      if (!isNowhere()) return COUNTER_DECODED;
      inbound = SITUATION_ACK;
      internal = SITUATION_ACK;
    }
  }
  const port = Ports.at(frame.transport).destination;
  attempt(serviceOf(PROTOCOL, port), port, CLASS_STEALTH, inbound, internal, CONTACT_IS_TCP, TOOL_NONE, 0);
  return COUNTER_DECODED;
}

/**
 * True if the target is a home address that never existed. On a path where home only receives this is unknown: there
 * every home client of an outside server looks absent.
 */
function isNowhere(): bool {
  return (
    frame.targetHome &&
    !isPresent(frame.targetHash) &&
    (resets >= PRESENCE_LEARNED || countPresent() >= PRESENCE_LEARNED)
  );
}

/** Handles the ACK that proves a client's address. */
function finishHandshake(own: Contact, tcp: TcpHeader, port: u32, acknowledged: u32): void {
  followHandshake(own, port, tcp.sequence, acknowledged, prove(frame.sourceKey));
}
