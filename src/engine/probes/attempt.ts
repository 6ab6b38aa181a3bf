// An attempt: a source requests a service of a target. Every protocol's attempts take the same way through situations,
// contacts, probation and sources; the protocol's own file decides what an attempt is.
import {
  COUNTER_CONTACTS_FLOODED,
  COUNTER_REPLIES_UNASKED,
  COUNTER_RETRIES,
  DIRECTION_INBOUND,
  DIRECTION_INTERNAL,
  FAMILY_IPV6,
} from '../constants/codes';
import {
  KNOWN_INBOUND,
  KNOWN_INTERNAL,
  KNOWN_LINK,
  LEARNED_MS,
  LEARNED_ONE_WAY_MS,
  REPEAT_MS,
  RETRANSMISSION_MS,
  SHARED_OWN_TARGETS,
  SITUATION_MORE_INBOUND,
  SITUATION_MORE_INTERNAL,
  SITUATION_NONE,
  SITUATION_OUT_NEAR,
  SITUATION_OUT_REPEATED,
  SITUATION_OUT_SCATTERED,
  SITUATION_SHADOW,
  SITUATION_TCP_INBOUND,
  STATE_DARK,
  STATE_PENDING,
  STATE_WAITING,
  WATCH_MS,
} from '../constants/weights';
import { asksForService } from '../detector/breadth';
import { addContact, answered } from '../detector/contacts';
import { addProbe, admit, enterContact } from '../detector/evidence';
import { noteDarkFirstContact, noteRefusedFirstContact } from '../detector/first-contact-failures';
import { hasListened } from '../detector/listening';
import { PATH_LINK, pathOf, seesAnswers } from '../detector/paths';
import { isInKnownNetwork, isPresent } from '../detector/presence';
import { findProbation } from '../detector/probation';
import { ARP_SERVICE } from '../detector/service';
import { noteDark } from '../detector/services';
import { addEvidence, hasTopPort, knowsTarget } from '../detector/sources';
import { direction, frame } from '../frame/frame';
import {
  CONTACT_HAS_PROOF,
  CONTACT_IS_FOLLOWED,
  CONTACT_IS_OUTSIDE,
  CONTACT_IS_UNKNOWN,
  Contact,
} from '../tables/contact';
import { Counter } from '../tables/counter';
import { Hash } from '../tables/hash';
import { Situation } from '../tables/situation';
import { Source } from '../tables/source';

/** True if the tap has listened long enough to know which home addresses exist. */
function hasLearned(direction: u32): bool {
  return hasListened(seesAnswers(direction) ? LEARNED_MS : LEARNED_ONE_WAY_MS);
}

/** The situation of an outbound contact, by pattern: next to the last target, or a repeated service, or neither. */
function outsideSituation(source: Source, port: u32): u32 {
  const last = source.target;
  if (last == frame.targetNumber) return SITUATION_OUT_SCATTERED;
  if (((last ^ frame.targetNumber) & 0xffffff) == 0) return SITUATION_OUT_NEAR;
  // IPv6 that leads nowhere fails for every site (RFC 8305), and nobody sweeps an address space so empty by one port.
  if (frame.family == FAMILY_IPV6) return SITUATION_OUT_SCATTERED;
  return port == 0 || hasTopPort(source, port) ? SITUATION_OUT_REPEATED : SITUATION_OUT_SCATTERED;
}

/**
 * The target is at home by the config, but in a network from which nothing was ever heard: what exists there is as
 * unknown as outside. Homes are often configured as everything private, and overlays dial the private addresses that
 * their peers name. A sweep stays in a network, so the source's next contact there counts as one at home.
 */
function scatters(): bool {
  const network = frame.targetNumber & 0xffffff;
  if (isInKnownNetwork(network)) return false;
  const source = Source.find(frame.sourceKey);
  if (source == null) return true;
  const tag = <u8>(Hash.of(network) >>> 24);
  const isNear = source.networkTag == tag;
  source.networkTag = tag;
  return !isNear;
}

/** The situation of an admitted source's contact. `situation`: the protocol's; `way`: the direction. */
function refine(source: Source, situation: u32, service: u32, port: u32, way: u32): u32 {
  if (!frame.targetHome) return outsideSituation(source, port);
  if (situation == SITUATION_OUT_SCATTERED) return situation;
  if (way == DIRECTION_INBOUND) return knowsTarget(source, KNOWN_INBOUND) ? SITUATION_MORE_INBOUND : situation;
  if (!asksForService(service, way)) return SITUATION_NONE;
  return knowsTarget(source, KNOWN_INTERNAL) || isMissed() ? SITUATION_MORE_INTERNAL : situation;
}

/** The frame's source has asked its link for the frame's target in vain: one missing host, counted there. */
function isMissed(): bool {
  const link = Contact.find(Contact.keyOf(frame.sourceHash, frame.targetHash, ARP_SERVICE));
  if (link == null) return false;
  return link.isFailure;
}

/** The same the other way round: a packet to a neighbour that left came first, then the request for it. */
function refineLink(source: Source, situation: u32): u32 {
  return situation != SITUATION_SHADOW && knowsTarget(source, KNOWN_LINK) ? SITUATION_NONE : situation;
}

/**
 * Handles a request of the frame's source to the frame's target. `service`: protocol and port (serviceOf); `port`: the
 * port to list, 0 for none; `class_`: a CLASS_* of tables/source.ts; `inbound`, `internal`: the situations for those
 * directions; `flags`: CONTACT_IS_TCP or 0; `tool`: a TOOL_*; `fingerprint`: its weight, 1/32 nat.
 */
export function attempt(
  service: u32,
  port: u32,
  class_: u32,
  inbound: u32,
  internal: u32,
  flags: u32,
  tool: u32,
  fingerprint: i32,
): void {
  const key = Contact.keyOf(frame.sourceKey, frame.targetHash, service);
  const open = Contact.find(key);
  if (open != null && isSame(open)) {
    repeat(open, port);
    return;
  }
  const way = direction();
  const path = pathOf(way, service);
  // A situation that serves both directions describes the packet itself, so it applies to outbound contacts too.
  const ofPacket = inbound == internal;
  let situation: u32 = SITUATION_OUT_SCATTERED;
  if (way == DIRECTION_INBOUND || ofPacket) situation = inbound;
  else if (way == DIRECTION_INTERNAL) situation = internal;
  let state: u32 = STATE_WAITING;
  const isUnknown = frame.targetHome && !isPresent(frame.targetHash);
  const isScattered = isUnknown && way == DIRECTION_INTERNAL && !ofPacket && scatters();
  if (isScattered) situation = SITUATION_OUT_SCATTERED;
  if (frame.targetHome && !isScattered) {
    if (isUnknown) {
      flags |= CONTACT_IS_UNKNOWN;
      // Once presence is trusted, an unknown address is dark at once; an answer still takes it back.
      state = hasLearned(path) ? STATE_DARK : STATE_PENDING;
    }
  } else {
    flags |= CONTACT_IS_OUTSIDE;
  }
  // Sources that are reported together here, as a shared scan, are those that the fleet can name.
  if (state == STATE_DARK && way == DIRECTION_INBOUND && seesAnswers(way)) noteDarkFirstContact(situation);
  const source = admit(service, port, situation, state);
  const isNew = !Source.isEntry(source);
  if (way == DIRECTION_INBOUND && flags & CONTACT_IS_UNKNOWN && situation != SITUATION_NONE && !doesOwnScan(source))
    noteDark(service, isNew);
  if (source == null) {
    Counter.count(COUNTER_CONTACTS_FLOODED);
    return;
  }
  if (!isNew) {
    if (path == PATH_LINK) situation = refineLink(source, situation);
    else if (!ofPacket) situation = refine(source, situation, service, port, way);
    situation = enterContact(source, service, port, class_, situation, state, tool, fingerprint, way);
  }
  addContact(key, situation, state, flags, path);
}

/**
 * The request is that of this contact, sent again. Evidence ages: a source that was forgotten starts anew with all its
 * contacts, and half an hour later a request is a new one. Whether it counts is then for the source's own memory to say,
 * for what was answered as for what was not: otherwise only its failures would be learned again.
 */
export function isSame(contact: Contact): bool {
  if (contact.flags & CONTACT_HAS_PROOF) return isKnown();
  const age = frame.now - contact.time;
  return age < RETRANSMISSION_MS || (age < REPEAT_MS && isKnown());
}

/** Counts a repeated request as a probe, unless it was answered: then it is a conversation. */
export function repeat(contact: Contact, port: u32): void {
  if (contact.isAnswered) {
    watch(contact);
    return;
  }
  Counter.count(COUNTER_RETRIES);
  const source = Source.find(frame.sourceKey);
  if (source) addProbe(source, port, false);
}

/** Who pings again what has answered watches it: once for each contact, its host is no find. */
function watch(contact: Contact): void {
  if (!Situation.isPing(contact.situation) || contact.flags & CONTACT_IS_FOLLOWED) return;
  if (frame.now - contact.time < WATCH_MS) return;
  contact.flags |= CONTACT_IS_FOLLOWED;
  const source = Source.find(frame.sourceKey);
  if (source) addEvidence(source, contact.situation, -16);
}

/**
 * Handles a refusal of a TCP request that was not followed: in a flood or a distributed scan most first-time sources
 * are not admitted.
 */
export function refuseUnfollowed(): void {
  if (!frame.sourceHome || frame.targetHome || !seesAnswers(DIRECTION_INBOUND) || !isPresent(frame.sourceHash)) return;
  if (Source.find(frame.targetKey) == null && findProbation(frame.targetKey) == null)
    noteRefusedFirstContact(SITUATION_TCP_INBOUND);
}

function isKnown(): bool {
  return Source.find(frame.sourceKey) != null || findProbation(frame.sourceKey) != null;
}

/** True if the source (an entry, null or in probation) has enough targets to be reported by itself. */
function doesOwnScan(source: Source | null): bool {
  if (source == null || !Source.isEntry(source)) return false;
  return source.episode != 0 || <u32>source.hostsEstimate >= SHARED_OWN_TARGETS << 3;
}

export class Request {
  /** The contact that the frame would answer; null if there is none. */
  @inline
  static find(service: u32): Contact | null {
    return Contact.find(Contact.keyOf(frame.targetKey, frame.sourceHash, service));
  }
}

/** Handles an answer of `service`; an answer without a request is backscatter. */
export function answer(service: u32): void {
  const contact = Request.find(service);
  if (contact) answered(contact);
  else Counter.count(COUNTER_REPLIES_UNASKED);
}
