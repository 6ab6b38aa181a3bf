// First contacts (source, target, service) and their outcomes. The ring is ordered by time, so waiting for outcomes
// costs nothing: three cursors follow the newest entry, for targets on the tap's own link, at home and outside.
import { COUNTER_CONTACTS, COUNTER_CONTACTS_UNJUDGED, DIRECTION_INBOUND } from '../constants/codes';
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
import { CONTACT_HAS_PROOF, CONTACT_IS_OUTSIDE, CONTACT_IS_TCP, CONTACT_IS_UNKNOWN, Contact } from '../tables/contact';
import { Counter } from '../tables/counter';
import { Situation } from '../tables/situation';
import { Source } from '../tables/source';
import { State } from '../tables/state';
import { settle } from './evidence';
import { hasListened } from './listening';
import { forgetAnswers, noteAnswer, PATH_OUTBOUND_IPV6, seesAnswers } from './paths';
import { rememberAnswered } from './recently-answered';
import { takeBackDark } from './services';
import { addEvidence } from './sources';

/** No outcome is due before this time, ms. Each frame compares the clock with it instead of walking the ring. */
export let nextDue: u32 = 0;
/** Later than any contact sets nextDue, and well within the range of signed clock comparisons. ms */
const NOTHING_DUE: u32 = 3600 * 1000;

let inserted: u32 = 0;
let linkHand: u32 = 0;
let homeHand: u32 = 0;
let outsideHand: u32 = 0;
/** Smoothed time to an answer from home, and from the same link, in 1/8 ms. */
let latency: u32 = 0;
let linkLatency: u32 = 0;
let measured: bool = false;
let linkMeasured: bool = false;

/** Sets the clock's first time. */
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
 * Called when home changes: forgets the latencies and the directions in which the tap sees answers, and makes waiting
 * contacts neutral.
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
  forgetAnswers();
}

/** Removes the oldest contact from the full ring, without an outcome if it is still open. */
function leave(contact: Contact): void {
  if (contact.isOpen) {
    // An unknown outcome takes the contact's weight back. Lost contacts may hide a scanner, but never create one.
    Counter.count(COUNTER_CONTACTS_UNJUDGED);
    // A contact that has waited long enough outside counts as silent: a scan must not profit from overrunning the ring.
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

/** Enters a first contact of the frame's source; replaces the oldest one if the ring is full. */
export function addContact(key: u32, situation: u32, state: u32, flags: u32, direction: u32): void {
  const contact = Contact.numbered(inserted);
  if (inserted >= CONTACT_SLOTS) leave(contact);
  inserted++;
  // After 2^32 contacts the numbers wrap; by then the ring is full and stays full.
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

/** Changes a contact's state and adjusts its source's evidence. */
function change(contact: Contact, state: u32): void {
  const old = contact.state;
  if (old == state) return;
  const situation = contact.situation;
  contact.judge(state, situation);
  settle(contact.sourceKey, situation, old, state);
}

function isOnLink(situation: u32): bool {
  return Situation.isLink(situation) || situation == SITUATION_SHADOW;
}

/** Records an answer to the contact. A late answer takes back a silence that was already judged. */
export function answered(contact: Contact): void {
  const state = contact.state;
  if (State.isAnswered(state) || state == STATE_REFUSED) return;
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
 * Smooths the latency as in RFC 6298 section 2: gain 1/8, the first measurement taken whole. The value is eight times
 * the mean. When it falls, waiting contacts may be due sooner.
 */
function measure(contact: Contact): void {
  const time = min<u32>(frame.now - contact.time, ANSWER_TIMEOUT_MAX);
  if (isOnLink(contact.situation)) {
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

export function refused(contact: Contact): void {
  const state = contact.state;
  if (State.isAnswered(state) || state == STATE_REFUSED) return;
  noteAnswer(contact.direction);
  change(contact, STATE_REFUSED);
}

/** An ICMP error reports that the host cannot be reached (RFC 792, RFC 4443 section 3.1). */
export function unreachable(contact: Contact): void {
  if (contact.isOpen || contact.state == STATE_SILENT) {
    change(contact, contact.flags & (CONTACT_IS_UNKNOWN | CONTACT_IS_OUTSIDE) ? STATE_DARK : STATE_SILENT);
  }
}

/**
 * The address belongs to the source itself, which asked whether it is free (RFC 5227, RFC 4862 section 5.4): no find,
 * but it was touched.
 */
export function claimed(contact: Contact): void {
  if (contact.isOpen || contact.state == STATE_DARK) change(contact, STATE_SILENT);
}

/** The packet's TTL expired on the way (traceroute): no outcome. */
export function expired(contact: Contact): void {
  // Open contacts only: a second, expired packet must not take back an outcome.
  if (contact.isOpen) change(contact, STATE_NEUTRAL);
}

/** Judges a contact whose timeout has passed. */
function judgeSilence(contact: Contact): void {
  if (!contact.isOpen) return;
  const state = contact.state;
  const direction = contact.direction;
  if ((!(contact.flags & CONTACT_IS_TCP) || direction == PATH_OUTBOUND_IPV6) && !seesAnswers(direction)) {
    // On a tap that sees one direction only, every request looks unanswered. From outside, many such requests are
    // still a sweep and weigh as silent; from home they mean nothing.
    // If only broadcasts arrive, most neighbours become known after a while by their own requests.
    const situation = contact.situation;
    const broadcasts =
      state == STATE_PENDING &&
      (situation == SITUATION_LINK_ONE_WAY || (situation == SITUATION_SHADOW && hasListened(LEARNED_MS)));
    change(contact, direction == DIRECTION_INBOUND || broadcasts ? STATE_SILENT : STATE_NEUTRAL);
    return;
  }
  change(contact, state == STATE_PENDING ? STATE_DARK : STATE_SILENT);
}

/** The contact had an honest reason to meet nobody: it says nothing after all. */
export function excuse(contact: Contact): void {
  const state = contact.state;
  if (!contact.isOpen && state != STATE_SILENT && state != STATE_DARK) return;
  change(contact, STATE_NEUTRAL);
  const source = Source.find(contact.sourceKey);
  if (source) addEvidence(source, contact.situation, -Situation.weightOf(contact.situation, STATE_NEUTRAL));
}

function dueIn(now: u32, ms: u32): void {
  if (<i32>(now + ms - nextDue) < 0) nextDue = now + ms;
}

function judgeHome(hand: u32, now: u32, timeout: u32, link: bool): u32 {
  for (; hand != inserted; hand++) {
    const contact = Contact.numbered(hand);
    if (!contact.isOpen || contact.flags & CONTACT_IS_OUTSIDE || isOnLink(contact.situation) != link) continue;
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

/** End of input: contacts whose timeout has passed are judged already; the others stay without an outcome. */
export function dropPending(): void {
  linkHand = inserted;
  homeHand = inserted;
  outsideHand = inserted;
}

/** Stores the acknowledgement number that proves that the source receives packets sent to its address. */
export function expectProof(contact: Contact, number: u32): void {
  contact.time = number;
  contact.flags |= CONTACT_HAS_PROOF;
}

/** True if `number` is the expected proof; at most once per handshake. */
export function isProof(contact: Contact, number: u32): bool {
  if ((contact.flags & CONTACT_HAS_PROOF) == 0 || contact.time != number) return false;
  contact.flags &= ~CONTACT_HAS_PROOF;
  contact.time = frame.now;
  return true;
}
