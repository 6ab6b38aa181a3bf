// An attempt: somebody asks a target for a service. Which row of the weights it is judged by, and its way through
// contacts, probation and sources, is the same for every protocol; the protocols' own files say what an attempt is.
import { COUNTER_CONTACTS_FLOODED, COUNTER_REPLIES_UNASKED, COUNTER_RETRIES, DIRECTION_INBOUND, DIRECTION_INTERNAL } from '../codes';
import {
  addContact, answered, CONTACT_IS_OUTSIDE, CONTACT_IS_UNKNOWN, contactKey, findContact, seesAnswers, stateOf,
} from '../contacts';
import { count } from '../counters';
import { addProbe, admit, enterContact, NOT_ADMITTED, ON_PROBATION } from '../evidence';
import { direction, frame } from '../frame';
import { noteDarkFirstContact, noteRefusedFirstContact } from '../first-contact-failures';
import { hasListened } from '../listening';
import { isPresent } from '../presence';
import { findProbation } from '../probation';
import { noteDark } from '../services';
import { findSource, hasTopPort, knowsTarget, SOURCE_EPISODE, SOURCE_HOSTS_ESTIMATE, SOURCE_TARGET } from '../sources';
import {
  KNOWN_INBOUND, KNOWN_INTERNAL, LEARNED_MS, LEARNED_ONE_WAY_MS, SITUATION_MORE_INBOUND, SITUATION_MORE_INTERNAL, SITUATION_OUT_NEAR, SITUATION_OUT_REPEATED, SITUATION_OUT_SCATTERED, SITUATION_TCP_INBOUND, SHARED_OWN_TARGETS, STATE_ANSWERED, STATE_DARK, STATE_PENDING, STATE_WAITING,
} from '../weights';

/** Has the tap listened long enough to know which home addresses exist? */
function hasLearned(direction: u32): bool {
  return hasListened(seesAnswers(direction) ? LEARNED_MS : LEARNED_ONE_WAY_MS);
}

/** To the outside only the pattern counts: neighbours of the last target, or one service on many. */
function outsideSituation(source: u32, port: u32): u32 {
  const last = load<u32>(source, SOURCE_TARGET);
  if (last == frame.targetNumber) return SITUATION_OUT_SCATTERED;
  if (((last ^ frame.targetNumber) & 0xffffff) == 0) return SITUATION_OUT_NEAR;
  return port == 0 || hasTopPort(source, port) ? SITUATION_OUT_REPEATED : SITUATION_OUT_SCATTERED;
}

/**
 * The frame's source asks the frame's target for a service. `inbound` and `internal` are the rows for those directions;
 * `port` is what to list as service, 0 for none; `kind` a CLASS_* of sources.ts; `flags` CONTACT_IS_TCP or 0.
 */
export function attempt(service: u32, port: u32, kind: u32, inbound: u32, internal: u32, flags: u32, tool: u32, fingerprint: i32): void {
  const key = contactKey(frame.sourceKey, frame.targetHash, service);
  const open = findContact(key);
  // A source that was forgotten while its contacts were not begins anew, with what was answered too: otherwise only its
  // failures would be learned again.
  if (open && (stateOf(open) != STATE_ANSWERED || isKnown())) {
    repeat(open, port);
    return;
  }
  const way = direction();
  // A row that serves both directions speaks of the packet itself, and so holds towards the outside too.
  const ofPacket = inbound == internal;
  let situation: u32 = way == DIRECTION_INBOUND || ofPacket ? inbound : way == DIRECTION_INTERNAL ? internal : SITUATION_OUT_SCATTERED;
  let state: u32 = STATE_WAITING;
  if (frame.targetHome) {
    if (!isPresent(frame.targetHash)) {
      flags |= CONTACT_IS_UNKNOWN;
      // Trusted knowledge need not wait for the silence; an answer would still take it back.
      state = hasLearned(way) ? STATE_DARK : STATE_PENDING;
    }
  } else {
    flags |= CONTACT_IS_OUTSIDE;
  }
  const source = admit(service, port, situation, state);
  if (way == DIRECTION_INBOUND && flags & CONTACT_IS_UNKNOWN && !doesOwnScan(source)) noteDark(service, source <= ON_PROBATION);
  // Those who are told together here, as a shared scan, are whom the fleet can name.
  if (source <= ON_PROBATION && state == STATE_DARK && way == DIRECTION_INBOUND && seesAnswers(way)) noteDarkFirstContact(situation);
  if (source == NOT_ADMITTED) {
    count(COUNTER_CONTACTS_FLOODED);
    return;
  }
  if (source != ON_PROBATION) {
    if (!ofPacket) {
      if (!frame.targetHome) situation = outsideSituation(source, port);
      else if (way == DIRECTION_INBOUND) situation = knowsTarget(source, KNOWN_INBOUND) ? SITUATION_MORE_INBOUND : situation;
      else if (knowsTarget(source, KNOWN_INTERNAL)) situation = SITUATION_MORE_INTERNAL;
    }
    situation = enterContact(source, service, port, kind, situation, state, tool, fingerprint, way);
  }
  addContact(key, situation, state, flags, way);
}

/** The same question again. Once it has been answered it is a conversation, not a probe. */
export function repeat(contact: u32, port: u32): void {
  if (stateOf(contact) == STATE_ANSWERED) return;
  count(COUNTER_RETRIES);
  const source = findSource(frame.sourceKey);
  if (source) addProbe(source, port, false);
}

/** The frame refuses a TCP question that nobody followed: under a flood and in a shared scan most newcomers are not let in. */
export function refuseUnfollowed(): void {
  if (!frame.sourceHome || frame.targetHome || !seesAnswers(DIRECTION_INBOUND) || !isPresent(frame.sourceHash)) return;
  if (findSource(frame.targetKey) == 0 && findProbation(frame.targetKey) == 0) noteRefusedFirstContact(SITUATION_TCP_INBOUND);
}

function isKnown(): bool {
  return findSource(frame.sourceKey) != 0 || findProbation(frame.sourceKey) != 0;
}

/** Is the source (an entry, or 0 and 1 for none) busy enough to be told by itself? */
function doesOwnScan(source: u32): bool {
  return source > ON_PROBATION && (load<u8>(source, SOURCE_EPISODE) != 0 || <u32>load<u16>(source, SOURCE_HOSTS_ESTIMATE) >= SHARED_OWN_TARGETS << 3);
}

/** The contact that the frame would be an answer to, 0 where nobody asked. */
// @ts-ignore: decorator
@inline
export function asked(service: u32): u32 {
  return findContact(contactKey(frame.targetKey, frame.sourceHash, service));
}

/** The frame answers a service; an answer nobody asked for is backscatter. */
export function answer(service: u32): void {
  const contact = asked(service);
  if (contact) answered(contact);
  else count(COUNTER_REPLIES_UNASKED);
}

