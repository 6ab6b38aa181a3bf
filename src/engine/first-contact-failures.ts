// Knocks: strangers whose first contact with home was with an address that does not exist, or was refused. One knock is nothing
// to a tap; the same stranger's knocks at a dozen branches are a scan that goes around. A source in probation has no room for
// its address, so knocks are kept here, at most KNOCK_SLOTS of them for each whisper's time, those of one kind with the same chance.
//
// Whoever was answered here not long ago is no stranger: of an honest visitor it is his first contact that counts, however
// often he comes back. Two Bloom filters (Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors", 1970) remember
// who was answered, the newer one filling, the older one forgotten at each turn. An error makes a stranger look known: a miss.
import { RECENTLY_ANSWERED_AT, RECENTLY_ANSWERED_BYTES, FIRST_CONTACT_FAILURES_AT, FIRST_CONTACT_FAILURE_SLOTS } from './memory';
import {
  DIRECTION_INBOUND, FAMILY_IPV4, FAMILY_NONE, KIND_KNOCKS, RECORD_DARK, RECORD_DIRECTION, RECORD_FAMILY, RECORD_FIRST, KNOCKS_OFFSET, RECORD_LAST, KNOCKS_MOST, RECORD_PROBES,
  RECORD_SEVERITY, RECORD_TARGETS, SEVERITY_LOW, STAGE_WHISPER,
} from './codes';
import { frame } from './frame';
import { hash1, slotOf } from './hash';
import { mayReportSuspicion, newRecord } from './records';
import { RECENTLY_ANSWERED_MAX, RECENTLY_ANSWERED_MS, FIRST_CONTACT_FAILURES_DARK_MAX, SITUATION_STEALTH, SITUATION_TCP_INBOUND, SITUATION_UDP_INBOUND } from './weights';

/** Bits of one filter, a power of two, and how many of them a source has. */
const BITS: u32 = RECENTLY_ANSWERED_BYTES * 8;
const HASHES: u32 = 4;

/** Strangers since the last time they were told, by what they met; those beyond the slots took places by chance. */
let seenDark: u32 = 0;
let seenRefused: u32 = 0;
/** Of them in the slots: who met nobody from the first slot on, who was refused from the last slot back. */
let dark: u32 = 0;
let refused: u32 = 0;
let since: u32 = 0;
/** The filter that fills, 0 or 1; how many it has taken, and since when. */
let newer: u32 = 0;
let remembered: u32 = 0;
let turnedAway: u32 = 0;

export function resetRecentlyAnswered(): void {
  newer = 0;
  remembered = 0;
}

/** Those in the slots go untold. */
export function forgetFirstContactFailures(): void {
  seenDark = 0;
  seenRefused = 0;
  dark = 0;
  refused = 0;
}

/** The clock's first time, or one that it was set to: what is remembered is of now. */
export function startFirstContactFailures(now: u32): void {
  since = now;
  turnedAway = now;
}

/**
 * The i-th bit of a source. A key is a keyed hash already; its halves are two, which give as many as are wanted (Kirsch and Mitzenmacher,
 * "Less Hashing, Same Performance", 2006).
 */
// @ts-ignore: decorator
@inline
function bitOf(key: u32, i: u32): u32 {
  return (key + i * (key >>> 16)) & (BITS - 1);
}

function isIn(filter: u32, key: u32): bool {
  for (let i: u32 = 0; i < HASHES; i++) {
    const bit = bitOf(key, i);
    if (((load<u8>(RECENTLY_ANSWERED_AT + filter * RECENTLY_ANSWERED_BYTES + (bit >>> 3)) >>> (bit & 7)) & 1) == 0) return false;
  }
  return true;
}

/** A contact of this source from outside was answered. */
export function rememberAnswered(sourceKey: u32): void {
  if (isIn(newer, sourceKey)) return;
  if (remembered == RECENTLY_ANSWERED_MAX || frame.now - turnedAway > RECENTLY_ANSWERED_MS) {
    newer ^= 1;
    memory.fill(RECENTLY_ANSWERED_AT + newer * RECENTLY_ANSWERED_BYTES, 0, RECENTLY_ANSWERED_BYTES);
    remembered = 0;
    turnedAway = frame.now;
  }
  remembered++;
  for (let i: u32 = 0; i < HASHES; i++) {
    const bit = bitOf(sourceKey, i);
    const at = RECENTLY_ANSWERED_AT + newer * RECENTLY_ANSWERED_BYTES + (bit >>> 3);
    store<u8>(at, <u8>(<u32>load<u8>(at) | (1 << (bit & 7))));
  }
}

/** The frame's source, a newcomer from outside, has reached for a home address that is known not to exist. */
export function noteDarkFirstContact(situation: u32): void {
  // Of the other rows honest failures are too many (docs/DETECTION.md); an IPv6 address does not fit a slot.
  if (frame.family != FAMILY_IPV4 || (situation != SITUATION_TCP_INBOUND && situation != SITUATION_UDP_INBOUND && situation != SITUATION_STEALTH)) return;
  const address = <u32>frame.sourceHigh;
  if (isKnown(address, frame.sourceKey)) return;
  let slot = seenDark++;
  // Vitter, "Random Sampling with a Reservoir", 1985, algorithm R: whoever fills the time with forged knocks pushes out others' only by chance.
  if (slot >= FIRST_CONTACT_FAILURES_DARK_MAX) slot = slotOf(hash1(frame.sourceKey ^ slot), seenDark);
  if (slot >= FIRST_CONTACT_FAILURES_DARK_MAX) return;
  if (slot == dark) {
    // They come before those that were refused, whom a host with closed ports makes of everybody; any of these makes room.
    if (dark + refused == FIRST_CONTACT_FAILURE_SLOTS) {
      store<u32>(refusedAt(slotOf(hash1(frame.sourceKey ^ seenRefused), refused)), load<u32>(refusedAt(refused - 1)));
      refused--;
    }
    dark++;
  }
  store<u32>(FIRST_CONTACT_FAILURES_AT + (slot << 2), address);
}

/** The place of one that was refused: from the last slot back. */
// @ts-ignore: decorator
@inline
function refusedAt(i: u32): u32 {
  return FIRST_CONTACT_FAILURES_AT + ((FIRST_CONTACT_FAILURE_SLOTS - 1 - i) << 2);
}

/** The frame refuses its target, a newcomer from outside, what was its first question. */
export function noteRefusedFirstContact(situation: u32): void {
  // Of UDP honest refusals are too many: answers that came late.
  if (frame.family != FAMILY_IPV4 || situation != SITUATION_TCP_INBOUND) return;
  const address = frame.targetNumber;
  if (isKnown(address, frame.targetKey)) return;
  const places = FIRST_CONTACT_FAILURE_SLOTS - dark;
  let slot = refused;
  seenRefused++;
  if (slot < places) refused++;
  else {
    slot = slotOf(hash1(frame.targetKey ^ seenRefused), seenRefused);
    if (slot >= places) return;
  }
  store<u32>(refusedAt(slot), address);
}

/** Was this source answered not long ago, or is it in the slots already? Whoever was not let into probation is a newcomer each time. */
function isKnown(address: u32, key: u32): bool {
  if (isIn(newer, key) || isIn(newer ^ 1, key)) return true;
  for (let i: u32 = 0; i < FIRST_CONTACT_FAILURE_SLOTS; i++) {
    if ((i < dark || i >= FIRST_CONTACT_FAILURE_SLOTS - refused) && load<u32>(FIRST_CONTACT_FAILURES_AT + (i << 2)) == address) return true;
  }
  return false;
}

/**
 * Tells the knocks since the last time; probes = strangers that knocked, those without a place among the slots too; of those listed the
 * first `dark` met nobody, the others were refused.
 */
export function reportFirstContactFailures(now: u32): void {
  const kept = dark + refused;
  let rest = seenDark + seenRefused - kept;
  for (let first: u32 = 0; first < kept; first += KNOCKS_MOST) {
    if (!mayReportSuspicion()) break;
    const at = newRecord(STAGE_WHISPER, KIND_KNOCKS);
    if (at == 0) break;
    const n = min<u32>(kept - first, KNOCKS_MOST);
    store<u8>(at, <u8>FAMILY_NONE, RECORD_FAMILY);
    store<u8>(at, <u8>SEVERITY_LOW, RECORD_SEVERITY);
    store<u8>(at, <u8>DIRECTION_INBOUND, RECORD_DIRECTION);
    store<u32>(at, since, RECORD_FIRST);
    store<u32>(at, now, RECORD_LAST);
    store<u32>(at, n, RECORD_TARGETS);
    store<u32>(at, n + rest, RECORD_PROBES);
    store<u32>(at, first < dark ? min<u32>(n, dark - first) : 0, RECORD_DARK);
    rest = 0;
    for (let i: u32 = 0; i < n; i++) {
      const from = first + i < dark ? FIRST_CONTACT_FAILURES_AT + ((first + i) << 2) : refusedAt(first + i - dark);
      store<u32>(at + KNOCKS_OFFSET + (i << 2), load<u32>(from));
    }
  }
  forgetFirstContactFailures();
  since = now;
}
