// An attempt: a source requests a service of a target. Every protocol's attempts take the same way through situations,
// contacts, probation and sources; the protocol's own file decides what an attempt is.
import {
  COUNTER_CONTACTS_FLOODED,
  COUNTER_REPLIES_UNASKED,
  COUNTER_RETRIES,
  DIRECTION_INBOUND,
  DIRECTION_INTERNAL,
} from '../constants/codes';
import {
  KNOWN_INBOUND,
  KNOWN_INTERNAL,
  LEARNED_MS,
  LEARNED_ONE_WAY_MS,
  SHARED_OWN_TARGETS,
  SITUATION_MORE_INBOUND,
  SITUATION_MORE_INTERNAL,
  SITUATION_OUT_NEAR,
  SITUATION_OUT_REPEATED,
  SITUATION_OUT_SCATTERED,
  SITUATION_TCP_INBOUND,
  STATE_ANSWERED,
  STATE_DARK,
  STATE_PENDING,
  STATE_WAITING,
} from '../constants/weights';
import { addContact, answered, seesAnswers } from '../detector/contacts';
import { addProbe, admit, enterContact } from '../detector/evidence';
import { noteDarkFirstContact, noteRefusedFirstContact } from '../detector/first-contact-failures';
import { hasListened } from '../detector/listening';
import { isPresent } from '../detector/presence';
import { findProbation } from '../detector/probation';
import { noteDark } from '../detector/services';
import { hasTopPort, knowsTarget } from '../detector/sources';
import { direction, frame } from '../frame/frame';
import { CONTACT_IS_OUTSIDE, CONTACT_IS_UNKNOWN, Contact } from '../tables/contact';
import { Counter } from '../tables/counter';
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
  return port == 0 || hasTopPort(source, port) ? SITUATION_OUT_REPEATED : SITUATION_OUT_SCATTERED;
}

/** The situation of an admitted source's contact. `situation`: the protocol's; `way`: the direction. */
function refine(source: Source, situation: u32, port: u32, way: u32): u32 {
  if (!frame.targetHome) return outsideSituation(source, port);
  if (way == DIRECTION_INBOUND) return knowsTarget(source, KNOWN_INBOUND) ? SITUATION_MORE_INBOUND : situation;
  return knowsTarget(source, KNOWN_INTERNAL) ? SITUATION_MORE_INTERNAL : situation;
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
  // A source may be evicted before its contacts. Then answered contacts count anew: otherwise only its failures would.
  if (open != null && (open.state != STATE_ANSWERED || isKnown())) {
    repeat(open, port);
    return;
  }
  const way = direction();
  // A situation that serves both directions describes the packet itself, so it applies to outbound contacts too.
  const ofPacket = inbound == internal;
  let situation: u32 = SITUATION_OUT_SCATTERED;
  if (way == DIRECTION_INBOUND || ofPacket) situation = inbound;
  else if (way == DIRECTION_INTERNAL) situation = internal;
  let state: u32 = STATE_WAITING;
  if (frame.targetHome) {
    if (!isPresent(frame.targetHash)) {
      flags |= CONTACT_IS_UNKNOWN;
      // Once presence is trusted, an unknown address is dark at once; an answer still takes it back.
      state = hasLearned(way) ? STATE_DARK : STATE_PENDING;
    }
  } else {
    flags |= CONTACT_IS_OUTSIDE;
  }
  const source = admit(service, port, situation, state);
  const isNew = !Source.isEntry(source);
  if (way == DIRECTION_INBOUND && flags & CONTACT_IS_UNKNOWN && !doesOwnScan(source)) noteDark(service, isNew);
  // Sources of a distributed scan, which this sensor reports together, can be named by the fleet.
  if (isNew && state == STATE_DARK && way == DIRECTION_INBOUND && seesAnswers(way)) noteDarkFirstContact(situation);
  if (source == null) {
    Counter.count(COUNTER_CONTACTS_FLOODED);
    return;
  }
  if (!isNew) {
    if (!ofPacket) situation = refine(source, situation, port, way);
    situation = enterContact(source, service, port, class_, situation, state, tool, fingerprint, way);
  }
  addContact(key, situation, state, flags, way);
}

/** Counts a repeated request as a probe, unless it was answered: then it is a conversation. */
export function repeat(contact: Contact, port: u32): void {
  if (contact.state == STATE_ANSWERED) return;
  Counter.count(COUNTER_RETRIES);
  const source = Source.find(frame.sourceKey);
  if (source) addProbe(source, port, false);
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
