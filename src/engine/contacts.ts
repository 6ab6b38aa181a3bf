// First contacts (source, target, service) and what became of them. A ring in order of time, so that waiting for
// outcomes costs nothing: three hands walk behind the newest entry: for the own
// link, for targets at home, for those outside.
//
//   +0 u32 key   +4 u32 key of the source   +8 u32 time, ms; once answered: the number that proves the source (TCP)
//   +12 u16 next entry of the same bucket, 0 at the end   +14 u8 bits 5-7: state, bits 0-4: row   +15 u8 flags
import { BUCKETS_AT, CONTACT_BYTES, CONTACT_SLOTS, CONTACTS_AT, CONTACTS_BYTES } from './memory';
import { COUNTER_CONTACTS, COUNTER_CONTACTS_UNJUDGED, DIRECTION_INBOUND, DIRECTION_INTERNAL } from './codes';
import { count } from './counters';
import { settle } from './evidence';
import { frame } from './frame';
import { rememberAnswered } from './first-contact-failures';
import { hasListened } from './listening';
import { takeBackDark } from './services';
import {
  LEARNED_MS, ANSWER_TIMEOUT_LINK_MIN, ANSWER_TIMEOUT_LINK_START, ANSWER_TIMEOUT_MAX, ANSWER_TIMEOUT_MIN, ANSWER_TIMEOUT_OUTSIDE, ANSWER_TIMEOUT_OVERRUN, ANSWER_TIMEOUT_START, SITUATION_LINK, SITUATION_LINK_ONE_WAY, SITUATION_SHADOW, STATE_ANSWERED, STATE_DARK,
  STATE_NEUTRAL, STATE_PENDING, STATE_REFUSED, STATE_SILENT, STATE_WAITING,
} from './weights';

export const CONTACT_IS_TCP: u8 = 1;
/** The target lies outside: a longer wait, the other hand. */
export const CONTACT_IS_OUTSIDE: u8 = 2;
/** The target was not known to exist when it was contacted. */
export const CONTACT_IS_UNKNOWN: u8 = 4;
/** +8 holds the number a finished handshake must name. */
export const CONTACT_HAS_PROOF: u8 = 8;
/** Direction, for whether the tap sees answers that way: bits 4-6. */
const DIRECTION_SHIFT: u32 = 4;
/** What its two ends say to each other is followed (sessions.ts). */
const CONTACT_IS_FOLLOWED: u8 = 0x80;

/** No contact can be judged before this time: what each frame compares instead of walking the ring. */
export let nextDue: u32 = 0;
/** Far enough that something else sets nextDue earlier; well within the clock's signed comparisons. ms */
const NOTHING_DUE: u32 = 3600 * 1000;

let inserted: u32 = 0;
let linkHand: u32 = 0;
let homeHand: u32 = 0;
let outsideHand: u32 = 0;
/** Mean time to an answer from home, and from the same link, 1/8 ms. */
let latency: u32 = 0;
let linkLatency: u32 = 0;
let measured: bool = false;
let linkMeasured: bool = false;
/** Answers seen coming back, by direction of the contact; stops at 255. */
let answersInbound: u32 = 0;
let answersInternal: u32 = 0;
let answersOther: u32 = 0;

/** The clock's first time; everything is due from then on. */
export function startContacts(now: u32): void {
  nextDue = now;
}

export function resetContacts(): void {
  inserted = 0;
  linkHand = 0;
  homeHand = 0;
  outsideHand = 0;
}

/**
 * Home is new: how long answers take, and where the tap sees them, is not known; contacts that still wait say nothing.
 */
export function forgetPaths(): void {
  for (let at: u32 = CONTACTS_AT; at < CONTACTS_AT + CONTACTS_BYTES; at += CONTACT_BYTES) {
    if (isOpen(stateOf(at))) change(at, STATE_NEUTRAL);
  }
  dropPending();
  latency = (ANSWER_TIMEOUT_START - ANSWER_TIMEOUT_MIN) * 2;
  measured = false;
  linkMeasured = false;
  linkLatency = (ANSWER_TIMEOUT_LINK_START - ANSWER_TIMEOUT_LINK_MIN) * 2;
  answersInbound = 0;
  answersInternal = 0;
  answersOther = 0;
}

// @ts-ignore: decorator
@inline
function entryOf(sequence: u32): u32 {
  return CONTACTS_AT + (sequence & (CONTACT_SLOTS - 1)) * CONTACT_BYTES;
}

// @ts-ignore: decorator
@inline
function bucketOf(key: u32): u32 {
  return BUCKETS_AT + ((key & (CONTACT_SLOTS - 1)) << 1);
}

// @ts-ignore: decorator
@inline
export function stateOf(at: u32): u32 {
  return load<u8>(at, 14) >>> 5;
}

// @ts-ignore: decorator
@inline
export function situationOf(at: u32): u32 {
  return load<u8>(at, 14) & 31;
}

// @ts-ignore: decorator
@inline
export function contactKey(sourceKey: u32, targetHash: u32, service: u32): u32 {
  let k = (sourceKey * 0x9e3779b1) ^ (targetHash * 0x85ebca77) ^ (service * 0xc2b2ae3d);
  k = (k ^ (k >>> 15)) * 0x2c1b3c6d;
  return k ^ (k >>> 13);
}

/** Does the tap see what comes back for contacts of this direction? */
export function seesAnswers(direction: u32): bool {
  if (direction == DIRECTION_INBOUND) return answersInbound != 0;
  if (direction == DIRECTION_INTERNAL) return answersInternal != 0;
  return answersOther != 0;
}

/** The contact with this key, 0 where there is none (any more). */
export function findContact(key: u32): u32 {
  let at = <u32>load<u16>(bucketOf(key));
  // Bounded: chains stay short (a keyed hash, as many buckets as entries), and a loop must end whatever happens.
  for (let i = 0; at != 0 && i < 32; i++) {
    // The farther field first: its check of the page's end covers the nearer.
    const next = <u32>load<u16>(at, 12);
    if (load<u32>(at) == key) return at;
    at = next;
  }
  return 0;
}

function unlink(at: u32): void {
  let link = bucketOf(load<u32>(at));
  for (let i: u32 = 0; i < CONTACT_SLOTS; i++) {
    const next = <u32>load<u16>(link);
    if (next == 0) return;
    if (next == at) {
      store<u16>(link, load<u16>(at, 12));
      return;
    }
    link = next + 12;
  }
}

/** Enters a first contact of the frame's source; the oldest one leaves, unjudged if nothing was heard of it. */
export function addContact(key: u32, situation: u32, state: u32, flags: u32, direction: u32): u32 {
  const at = entryOf(inserted);
  if (inserted >= CONTACT_SLOTS) {
    const old = stateOf(at);
    if (old == STATE_PENDING || old == STATE_WAITING) {
      // Nothing was learned of it: what it weighed goes back. Losing contacts may miss a scanner, never make one.
      count(COUNTER_CONTACTS_UNJUDGED);
      // But for what has waited outside for long enough already: a scan that overruns the ring must not gain by it.
      const flags_ = <u32>load<u8>(at, 15);
      const late = (flags_ & CONTACT_IS_OUTSIDE) != 0 && frame.now - load<u32>(at, 8) >= ANSWER_TIMEOUT_OVERRUN && seesAnswers(flags_ >>> DIRECTION_SHIFT & 7);
      change(at, late ? STATE_SILENT : STATE_NEUTRAL);
    }
    unlink(at);
    if (linkHand == inserted - CONTACT_SLOTS) linkHand++;
    if (homeHand == inserted - CONTACT_SLOTS) homeHand++;
    if (outsideHand == inserted - CONTACT_SLOTS) outsideHand++;
  }
  inserted++;
  // After 2^32 contacts the numbering starts anew; the ring is full by then and stays so.
  if (inserted == 0) {
    inserted = CONTACT_SLOTS;
    linkHand = CONTACT_SLOTS;
    homeHand = CONTACT_SLOTS;
    outsideHand = CONTACT_SLOTS;
  }
  const bucket = bucketOf(key);
  store<u32>(at, key);
  store<u32>(at, frame.sourceKey, 4);
  store<u32>(at, frame.now, 8);
  store<u16>(at, load<u16>(bucket), 12);
  store<u8>(at, <u8>((state << 5) | situation), 14);
  store<u8>(at, <u8>(flags | (direction << DIRECTION_SHIFT)), 15);
  store<u16>(bucket, <u16>at);
  count(COUNTER_CONTACTS);
  dueIn(frame.now, ANSWER_TIMEOUT_LINK_MIN);
  return at;
}

/** Moves a contact to another state and its source's evidence with it. */
function change(at: u32, state: u32): void {
  const old = stateOf(at);
  if (old == state) return;
  const situation = situationOf(at);
  store<u8>(at, <u8>((state << 5) | situation), 14);
  settle(load<u32>(at, 4), situation, old, state);
}

// @ts-ignore: decorator
@inline
function isLink(situation: u32): bool {
  return situation == SITUATION_LINK || situation == SITUATION_LINK_ONE_WAY || situation == SITUATION_SHADOW;
}

// @ts-ignore: decorator
@inline
function isOpen(state: u32): bool {
  return state == STATE_PENDING || state == STATE_WAITING;
}

/** An answer came back along the contact's own path. Takes back a silence that was judged too early. */
export function answered(at: u32): void {
  const state = stateOf(at);
  if (state == STATE_ANSWERED || state == STATE_REFUSED) return;
  const flags = <u32>load<u8>(at, 15);
  const direction = flags >>> DIRECTION_SHIFT & 7;
  noteAnswer(direction);
  if (direction == DIRECTION_INBOUND) {
    rememberAnswered(load<u32>(at, 4));
    if (flags & CONTACT_IS_UNKNOWN) takeBackDark();
  }
  if ((flags & CONTACT_IS_OUTSIDE) == 0) {
    const time = min<u32>(frame.now - load<u32>(at, 8), ANSWER_TIMEOUT_MAX);
    // RFC 6298's smoothing, gain 1/8, the first measurement taken whole: latency is eight times the mean. Where it falls,
    // what is waited for may be due sooner.
    if (isLink(situationOf(at))) {
      const before = linkLatency;
      linkLatency = linkMeasured ? before + time - (before >>> 3) : time << 3;
      linkMeasured = true;
      if (linkLatency < before) nextDue = frame.now;
    } else {
      const before = latency;
      latency = measured ? before + time - (before >>> 3) : time << 3;
      measured = true;
      if (latency < before) nextDue = frame.now;
    }
  }
  change(at, STATE_ANSWERED);
}

/** The source itself went on with the conversation: on a tap that does not see answers, that is the answer. */
export function followedUp(at: u32): void {
  if (seesAnswers(<u32>load<u8>(at, 15) >>> DIRECTION_SHIFT & 7)) return;
  const state = stateOf(at);
  if (isOpen(state) || state == STATE_SILENT || state == STATE_DARK) change(at, STATE_ANSWERED);
}

function noteAnswer(direction: u32): void {
  if (direction == DIRECTION_INBOUND) answersInbound = 1;
  else if (direction == DIRECTION_INTERNAL) answersInternal = 1;
  else answersOther = 1;
}

export function refused(at: u32): void {
  const state = stateOf(at);
  if (state == STATE_ANSWERED || state == STATE_REFUSED) return;
  noteAnswer(<u32>load<u8>(at, 15) >>> DIRECTION_SHIFT & 7);
  change(at, STATE_REFUSED);
}

/** A router says that there is no such host (RFC 792, RFC 4443). */
export function unreachable(at: u32): void {
  const state = stateOf(at);
  if (isOpen(state) || state == STATE_SILENT) {
    change(at, load<u8>(at, 15) & (CONTACT_IS_UNKNOWN | CONTACT_IS_OUTSIDE) ? STATE_DARK : STATE_SILENT);
  }
}

/** The packet died on its way (TTL): traceroute, no outcome. */
export function expired(at: u32): void {
  const state = stateOf(at);
  // Not what was judged already: a second packet that dies on its way must not excuse the first.
  if (isOpen(state)) change(at, STATE_NEUTRAL);
}

/** Silence has lasted long enough: what does it mean? */
function judgeSilence(at: u32): void {
  const state = stateOf(at);
  if (!isOpen(state)) return;
  const flags = <u32>load<u8>(at, 15);
  const direction = flags >>> DIRECTION_SHIFT & 7;
  if (!(flags & CONTACT_IS_TCP) && !seesAnswers(direction)) {
    // A tap that sees one way only: every question looks unanswered. From outside, many such questions are still a
    // sweep, so they keep the weight of silence; from home they say nothing.
    // Where only broadcasts arrive, most neighbours have made themselves known after a while by their own questions.
    const situation = situationOf(at);
    const broadcasts = (situation == SITUATION_LINK_ONE_WAY || situation == SITUATION_SHADOW) && state == STATE_PENDING && hasListened(LEARNED_MS);
    change(at, direction == DIRECTION_INBOUND || broadcasts ? STATE_SILENT : STATE_NEUTRAL);
    return;
  }
  change(at, state == STATE_PENDING ? STATE_DARK : STATE_SILENT);
}


// @ts-ignore: decorator
@inline
function dueIn(now: u32, ms: u32): void {
  if (<i32>(now + ms - nextDue) < 0) nextDue = now + ms;
}

function judgeHome(hand: u32, now: u32, wait: u32, link: bool): u32 {
  for (; hand != inserted; hand++) {
    const at = entryOf(hand);
    if (!isOpen(stateOf(at)) || load<u8>(at, 15) & CONTACT_IS_OUTSIDE || isLink(situationOf(at)) != link) continue;
    const waited = now - load<u32>(at, 8);
    if (waited < wait) {
      dueIn(now, wait - waited);
      break;
    }
    judgeSilence(at);
  }
  return hand;
}

/** Judges all contacts whose time is up at `now`. */
export function judgeContacts(now: u32): void {
  nextDue = now + NOTHING_DUE;
  const wait = min<u32>((latency >>> 1) + ANSWER_TIMEOUT_MIN, ANSWER_TIMEOUT_MAX);
  const linkWait = min<u32>((linkLatency >>> 1) + ANSWER_TIMEOUT_LINK_MIN, wait);
  linkHand = judgeHome(linkHand, now, linkWait, true);
  homeHand = judgeHome(homeHand, now, wait, false);
  while (outsideHand != inserted) {
    const at = entryOf(outsideHand);
    if (isOpen(stateOf(at)) && load<u8>(at, 15) & CONTACT_IS_OUTSIDE) {
      const waited = now - load<u32>(at, 8);
      if (waited < ANSWER_TIMEOUT_OUTSIDE) {
        dueIn(now, ANSWER_TIMEOUT_OUTSIDE - waited);
        break;
      }
      judgeSilence(at);
    }
    outsideHand++;
  }
}

/** End of input: whatever waits long enough to be judged already is; the rest says nothing. */
export function dropPending(): void {
  linkHand = inserted;
  homeHand = inserted;
  outsideHand = inserted;
}

/** Keeps the number that the source must name to prove that it receives what is sent to its address. */
export function expectProof(at: u32, number: u32): void {
  store<u32>(at, number, 8);
  store<u8>(at, load<u8>(at, 15) | CONTACT_HAS_PROOF, 15);
}

/** Once for each handshake. */
export function isProof(at: u32, number: u32): bool {
  if ((load<u8>(at, 15) & CONTACT_HAS_PROOF) == 0 || load<u32>(at, 8) != number) return false;
  store<u8>(at, load<u8>(at, 15) & ~CONTACT_HAS_PROOF, 15);
  return true;
}

export function followContact(at: u32): void {
  store<u8>(at, load<u8>(at, 15) | CONTACT_IS_FOLLOWED, 15);
}

// @ts-ignore: decorator
@inline
export function isFollowedContact(at: u32): bool {
  return (load<u8>(at, 15) & CONTACT_IS_FOLLOWED) != 0;
}

export function unfollowContact(at: u32): void {
  store<u8>(at, load<u8>(at, 15) & ~CONTACT_IS_FOLLOWED, 15);
}
