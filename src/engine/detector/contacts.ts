// First contacts (source, target, service) and their outcomes. A ring in order of time, so that waiting for outcomes
// costs nothing: three hands follow the newest entry, one for the tap's own link, one for targets at home, one for
// those outside.
import { COUNTER_CONTACTS, COUNTER_CONTACTS_UNJUDGED, DIRECTION_INBOUND, DIRECTION_INTERNAL } from '../constants/codes';
import { CONTACT_SLOTS } from '../constants/memory';
import {
  ANSWER_TIMEOUT_LINK_MIN,
  ANSWER_TIMEOUT_LINK_START,
  ANSWER_TIMEOUT_MAX,
  ANSWER_TIMEOUT_MIN,
  ANSWER_TIMEOUT_OUTSIDE,
  ANSWER_TIMEOUT_OVERRUN,
  ANSWER_TIMEOUT_START,
  LEARNED_MS,
  SITUATION_LINK,
  SITUATION_LINK_ONE_WAY,
  SITUATION_SHADOW,
  STATE_ACCEPTED,
  STATE_ANSWERED,
  STATE_DARK,
  STATE_NEUTRAL,
  STATE_PENDING,
  STATE_REFUSED,
  STATE_SILENT,
} from '../constants/weights';
import { frame } from '../frame/frame';
import { CHECKED } from '../tables/checked';
import {
  CONTACT_HAS_PROOF,
  CONTACT_IS_FOLLOWED,
  CONTACT_IS_OUTSIDE,
  CONTACT_IS_TCP,
  CONTACT_IS_UNKNOWN,
  Contact,
} from '../tables/contact';
import { Counter } from '../tables/counter';
import { settle } from './evidence';
import { hasListened } from './listening';
import { rememberAnswered } from './recently-answered';
import { takeBackDark } from './services';

/** No contact can be judged before this time: each frame compares this instead of walking the ring. */
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
/** Answers were seen coming back, by direction of the contact. */
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
 * Home has changed: the latencies and the directions in which the tap sees answers are unknown again; waiting contacts
 * say nothing.
 */
export function forgetPaths(): void {
  for (let contact = Contact.head; contact.isInTable; contact = contact.following) {
    if (contact.isOpen) change(contact, STATE_NEUTRAL);
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

/** The tap sees what comes back for contacts of this direction. */
export function seesAnswers(direction: u32): bool {
  if (direction == DIRECTION_INBOUND) return answersInbound != 0;
  if (direction == DIRECTION_INTERNAL) return answersInternal != 0;
  return answersOther != 0;
}

/** The ring is full: the oldest contact leaves, unjudged if nothing came back. */
function leave(contact: Contact): void {
  if (contact.isOpen) {
    // Its outcome is unknown: its weight is taken back. Lost contacts may hide a scanner, but never create one.
    Counter.count(COUNTER_CONTACTS_UNJUDGED);
    // Except for one that has waited long enough outside: a scan that overruns the ring must not profit from it.
    const late =
      (contact.flags & CONTACT_IS_OUTSIDE) != 0 &&
      frame.now - contact.time >= ANSWER_TIMEOUT_OVERRUN &&
      seesAnswers(contact.direction);
    change(contact, late ? STATE_SILENT : STATE_NEUTRAL);
  }
  contact.unlink();
  if (linkHand == inserted - CONTACT_SLOTS) linkHand++;
  if (homeHand == inserted - CONTACT_SLOTS) homeHand++;
  if (outsideHand == inserted - CONTACT_SLOTS) outsideHand++;
}

/** Enters a first contact of the frame's source; the oldest one leaves. */
export function addContact(key: u32, situation: u32, state: u32, flags: u32, direction: u32): void {
  const contact = Contact.numbered(inserted);
  if (inserted >= CONTACT_SLOTS) leave(contact);
  inserted++;
  // After 2^32 contacts the numbering starts again; the ring is full by then and stays so.
  if (inserted == 0) {
    inserted = CONTACT_SLOTS;
    linkHand = CONTACT_SLOTS;
    homeHand = CONTACT_SLOTS;
    outsideHand = CONTACT_SLOTS;
  }
  if (CHECKED) assert(inserted - linkHand <= CONTACT_SLOTS && inserted - homeHand <= CONTACT_SLOTS);
  if (CHECKED) assert(inserted - outsideHand <= CONTACT_SLOTS);
  contact.key = key;
  contact.sourceKey = frame.sourceKey;
  contact.time = frame.now;
  contact.judge(state, situation);
  contact.setFlags(flags, direction);
  contact.link();
  Counter.count(COUNTER_CONTACTS);
  dueIn(frame.now, ANSWER_TIMEOUT_LINK_MIN);
}

/** Moves a contact to another state and adjusts its source's evidence. */
function change(contact: Contact, state: u32): void {
  const old = contact.state;
  if (old == state) return;
  const situation = contact.situation;
  contact.judge(state, situation);
  settle(contact.sourceKey, situation, old, state);
}

function isLink(situation: u32): bool {
  return situation == SITUATION_LINK || situation == SITUATION_LINK_ONE_WAY || situation == SITUATION_SHADOW;
}

/** An answer came back along the contact's own path. It reverts a silence that was judged too early. */
export function answered(contact: Contact): void {
  const state = contact.state;
  if (state == STATE_ANSWERED || state == STATE_REFUSED || state == STATE_ACCEPTED) return;
  const flags = <u32>contact.flags;
  const direction = contact.direction;
  noteAnswer(direction);
  if (direction == DIRECTION_INBOUND) {
    rememberAnswered(contact.sourceKey);
    if (flags & CONTACT_IS_UNKNOWN) takeBackDark();
  }
  if ((flags & CONTACT_IS_OUTSIDE) == 0) measure(contact);
  change(contact, flags & CONTACT_IS_TCP ? STATE_ACCEPTED : STATE_ANSWERED);
}

/**
 * RFC 6298's smoothing, gain 1/8, the first measurement taken whole: latency is eight times the mean. If it falls,
 * waiting contacts may be due sooner.
 */
function measure(contact: Contact): void {
  const time = min<u32>(frame.now - contact.time, ANSWER_TIMEOUT_MAX);
  if (isLink(contact.situation)) {
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

/**
 * The source itself goes on, and `speaks` where it sends data: a half-open connection becomes a conversation. On a tap
 * that does not see answers, this is the answer.
 */
export function goesOn(contact: Contact, speaks: bool): void {
  const state = contact.state;
  if (state == STATE_ACCEPTED) {
    if (speaks) change(contact, STATE_ANSWERED);
    return;
  }
  if (state == STATE_ANSWERED || seesAnswers(contact.direction)) return;
  if (contact.isOpen || state == STATE_SILENT || state == STATE_DARK)
    change(contact, speaks ? STATE_ANSWERED : STATE_ACCEPTED);
}

function noteAnswer(direction: u32): void {
  if (direction == DIRECTION_INBOUND) answersInbound = 1;
  else if (direction == DIRECTION_INTERNAL) answersInternal = 1;
  else answersOther = 1;
}

export function refused(contact: Contact): void {
  const state = contact.state;
  if (state == STATE_ANSWERED || state == STATE_REFUSED || state == STATE_ACCEPTED) return;
  noteAnswer(contact.direction);
  change(contact, STATE_REFUSED);
}

/** A router reports that the host does not exist (RFC 792, RFC 4443). */
export function unreachable(contact: Contact): void {
  if (contact.isOpen || contact.state == STATE_SILENT) {
    change(contact, contact.flags & (CONTACT_IS_UNKNOWN | CONTACT_IS_OUTSIDE) ? STATE_DARK : STATE_SILENT);
  }
}

/** The packet died on its way (TTL): traceroute, no outcome. */
export function expired(contact: Contact): void {
  // Not a contact that was judged already: a second expired packet must not excuse the first.
  if (contact.isOpen) change(contact, STATE_NEUTRAL);
}

/** The silence has lasted long enough: interpret it. */
function judgeSilence(contact: Contact): void {
  if (!contact.isOpen) return;
  const state = contact.state;
  const direction = contact.direction;
  if (!(contact.flags & CONTACT_IS_TCP) && !seesAnswers(direction)) {
    // On a tap that sees one direction only, every question looks unanswered. From outside, many such questions are
    // still a sweep, so they keep the weight of silence; from home they say nothing.
    // If only broadcasts arrive, most neighbours have revealed themselves after a while by their own questions.
    const situation = contact.situation;
    const broadcasts =
      (situation == SITUATION_LINK_ONE_WAY || situation == SITUATION_SHADOW) &&
      state == STATE_PENDING &&
      hasListened(LEARNED_MS);
    change(contact, direction == DIRECTION_INBOUND || broadcasts ? STATE_SILENT : STATE_NEUTRAL);
    return;
  }
  change(contact, state == STATE_PENDING ? STATE_DARK : STATE_SILENT);
}

function dueIn(now: u32, ms: u32): void {
  if (<i32>(now + ms - nextDue) < 0) nextDue = now + ms;
}

function judgeHome(hand: u32, now: u32, timeout: u32, link: bool): u32 {
  for (; hand != inserted; hand++) {
    const contact = Contact.numbered(hand);
    if (!contact.isOpen || contact.flags & CONTACT_IS_OUTSIDE || isLink(contact.situation) != link) continue;
    const waited = now - contact.time;
    if (waited < timeout) {
      dueIn(now, timeout - waited);
      break;
    }
    judgeSilence(contact);
  }
  return hand;
}

/** Judges all contacts that are due at `now`. */
export function judgeContacts(now: u32): void {
  nextDue = now + NOTHING_DUE;
  const timeout = min<u32>((latency >>> 1) + ANSWER_TIMEOUT_MIN, ANSWER_TIMEOUT_MAX);
  const linkTimeout = min<u32>((linkLatency >>> 1) + ANSWER_TIMEOUT_LINK_MIN, timeout);
  linkHand = judgeHome(linkHand, now, linkTimeout, true);
  homeHand = judgeHome(homeHand, now, timeout, false);
  while (outsideHand != inserted) {
    const contact = Contact.numbered(outsideHand);
    if (contact.isOpen && contact.flags & CONTACT_IS_OUTSIDE) {
      const waited = now - contact.time;
      if (waited < ANSWER_TIMEOUT_OUTSIDE) {
        dueIn(now, ANSWER_TIMEOUT_OUTSIDE - waited);
        break;
      }
      judgeSilence(contact);
    }
    outsideHand++;
  }
}

/** End of input: contacts that have waited long enough are judged already; the others say nothing. */
export function dropPending(): void {
  linkHand = inserted;
  homeHand = inserted;
  outsideHand = inserted;
}

/** Stores the number that the source must name to prove that it receives packets sent to its address. */
export function expectProof(contact: Contact, number: u32): void {
  contact.time = number;
  contact.flags |= CONTACT_HAS_PROOF;
}

/** Once for each handshake. */
export function isProof(contact: Contact, number: u32): bool {
  if ((contact.flags & CONTACT_HAS_PROOF) == 0 || contact.time != number) return false;
  contact.flags &= ~CONTACT_HAS_PROOF;
  return true;
}

export function followContact(contact: Contact): void {
  contact.flags |= CONTACT_IS_FOLLOWED;
}

export function unfollowContact(contact: Contact): void {
  contact.flags &= ~CONTACT_IS_FOLLOWED;
}
