// First-contact failures: sources whose first question for a service of home, pings aside, went to an address that does
// not exist or was refused. One such failure says nothing to a tap; the same source's failures at a dozen sites are one
// scan. A source in probation has no room for its address, so failures are kept here until the next list. Where there
// are more than slots, those of the lowest rank stay: a hash of the address, by the fleet's key the same at every site,
// so that a flood of forged failures hides a source at all sites or at none (Cohen and Kaplan, "Summarizing Data using
// Bottom-k Sketches", 2007).
import {
  DIRECTION_INBOUND,
  FAMILY_IPV4,
  FAMILY_NONE,
  KIND_KNOCKS,
  KNOCKS_MOST,
  SEVERITY_LOW,
  STAGE_WHISPER,
} from '../constants/codes';
import { FIRST_CONTACT_FAILURE_SLOTS } from '../constants/memory';
import {
  FIRST_CONTACT_FAILURES_DARK_MAX,
  FIRST_CONTACT_FAILURES_FULL_MS,
  SITUATION_ICMP_INBOUND,
  SITUATION_MORE_INBOUND,
  SITUATION_STEALTH,
  SITUATION_TCP_INBOUND,
  SITUATION_UDP_INBOUND,
} from '../constants/weights';
import { frame } from '../frame/frame';
import { CHECKED } from '../tables/checked';
import { sampleKey } from '../tables/config';
import { FirstContactFailure } from '../tables/first-contact-failure';
import { Hash } from '../tables/hash';
import { Source } from '../tables/source';
import { findProbation } from './probation';
import { wasRecentlyAnswered } from './recently-answered';
import { mayReportSuspicion, newRecord } from './records';

/** IP's number. */
const PROTOCOL_TCP: u32 = 6;

/** Failures since the last list, by what the sources met; those with a slot and those without. */
let seenDark: u32 = 0;
let seenRefused: u32 = 0;
/** In the slots: those that met nobody from the first slot on, those that were refused from the last slot back. */
let dark: u32 = 0;
let refused: u32 = 0;
/** ms */
let since: u32 = 0;

/** The failures in the slots are not reported. */
export function forgetFirstContactFailures(): void {
  seenDark = 0;
  seenRefused = 0;
  dark = 0;
  refused = 0;
}

/** The clock's first time, or one that it was set to. */
export function startFirstContactFailures(now: u32): void {
  since = now;
}

/**
 * The lowest stay. Without a key of the fleet, each sensor and each list has its own order: nobody is left out twice for
 * the same reason. (The finish of MurmurHash3, twice.)
 */
function rankOf(address: u32): u32 {
  if (sampleKey == 0) return Hash.of(address ^ since);
  let h: u32 = address ^ sampleKey;
  for (let round: u32 = 0; round < 2; round++) {
    h = (h ^ (h >>> 16)) * 0x85ebca6b;
    h = (h ^ (h >>> 13)) * 0xc2b2ae35;
    h = (h ^ (h >>> 16)) + sampleKey;
  }
  return h;
}

/** Of `n` slots, as `refused` or as dark, the one with the highest rank. */
function highest(ofRefused: bool, n: u32): FirstContactFailure {
  let worst = ofRefused ? FirstContactFailure.refused(0) : FirstContactFailure.slot(0);
  let most = rankOf(worst.address);
  for (let i: u32 = 1; i < n; i++) {
    const failure = ofRefused ? FirstContactFailure.refused(i) : FirstContactFailure.slot(i);
    const rank = rankOf(failure.address);
    if (rank <= most) continue;
    most = rank;
    worst = failure;
  }
  return worst;
}

/**
 * The frame's source, from outside and not admitted yet, contacts a home address that is known not to exist. Called
 * before it is admitted: what it did before decides whether this is its first failure.
 */
export function noteDarkFirstContact(situation: u32): void {
  // In the other situations honest failures are too many (docs/DETECTION.md); an IPv6 address does not fit a slot.
  if (
    frame.family != FAMILY_IPV4 ||
    (situation != SITUATION_TCP_INBOUND && situation != SITUATION_UDP_INBOUND && situation != SITUATION_STEALTH)
  )
    return;
  const address = <u32>frame.sourceHigh;
  // Most who meet nobody go on doing so: the cheaper question first.
  if (!isFirstQuestion() || isListed(address)) return;
  seenDark++;
  if (dark == FIRST_CONTACT_FAILURES_DARK_MAX) {
    const worst = highest(false, dark);
    if (rankOf(address) < rankOf(worst.address)) worst.address = address;
    return;
  }
  // They precede refused ones, which a host with closed ports makes of every source; any of these makes room.
  if (dark + refused == FIRST_CONTACT_FAILURE_SLOTS) {
    highest(true, refused).address = FirstContactFailure.refused(refused - 1).address;
    refused--;
  }
  FirstContactFailure.slot(dark++).address = address;
  if (CHECKED) assert(dark + refused <= FIRST_CONTACT_FAILURE_SLOTS);
}

/**
 * The frame refuses its target, a source from outside. Called before the refusal is counted. Unlike the silence of an
 * absent address, it may be about one more service of a host that the source has pinged.
 */
export function noteRefusedFirstContact(situation: u32): void {
  // For UDP honest refusals are too many: answers that came late.
  const counts =
    situation == SITUATION_TCP_INBOUND || (situation == SITUATION_MORE_INBOUND && frame.protocol == PROTOCOL_TCP);
  if (frame.family != FAMILY_IPV4 || !counts) return;
  const address = frame.targetNumber;
  if (isListed(address) || !wasFirstQuestion()) return;
  seenRefused++;
  if (dark + refused < FIRST_CONTACT_FAILURE_SLOTS) {
    FirstContactFailure.refused(refused++).address = address;
    return;
  }
  if (refused == 0) return;
  const worst = highest(true, refused);
  if (rankOf(address) < rankOf(worst.address)) worst.address = address;
}

/**
 * The frame's source asks home for its first service, as far as the tap remembers. A ping is none: whoever answers it
 * shows neither that the source is a visitor nor that it owns its address, and one to every site would hide a scanner
 * from the fleet.
 */
function isFirstQuestion(): bool {
  const source = Source.find(frame.sourceKey);
  if (source && source.servicesAsked != 0) return false;
  if (wasRecentlyAnswered(frame.sourceKey)) return false;
  if (source) return true;
  const probation = findProbation(frame.sourceKey);
  // The same question again may have had no slot the last time.
  return probation == null || probation.situation == SITUATION_ICMP_INBOUND || probation.target == frame.targetHash;
}

/** The frame's target asked for nothing else before, pings aside. */
function wasFirstQuestion(): bool {
  const source = Source.find(frame.targetKey);
  return (source == null || source.servicesAsked == 1) && !wasRecentlyAnswered(frame.targetKey);
}

function isListed(address: u32): bool {
  for (let i: u32 = 0; i < FIRST_CONTACT_FAILURE_SLOTS; i++) {
    if ((i < dark || i >= FIRST_CONTACT_FAILURE_SLOTS - refused) && FirstContactFailure.slot(i).address == address)
      return true;
  }
  return false;
}

/** More failed than there are slots for: under a flood lists go out earlier. */
export function isFirstContactListDue(now: u32): bool {
  return seenDark + seenRefused > dark + refused && now - since >= FIRST_CONTACT_FAILURES_FULL_MS;
}

/**
 * Reports the failures since the last time; probes = sources that failed, those without a slot too; of those listed the
 * first `dark` met nobody, the others were refused.
 */
export function reportFirstContactFailures(now: u32): void {
  const listed = dark + refused;
  let rest = seenDark + seenRefused - listed;
  for (let first: u32 = 0; first < listed; first += KNOCKS_MOST) {
    if (!mayReportSuspicion()) break;
    const record = newRecord(STAGE_WHISPER, KIND_KNOCKS);
    if (record == null) break;
    const n = min<u32>(listed - first, KNOCKS_MOST);
    record.family = <u8>FAMILY_NONE;
    record.severity = <u8>SEVERITY_LOW;
    record.direction = <u8>DIRECTION_INBOUND;
    record.first = since;
    record.last = now;
    record.targets = n;
    record.probes = n + rest;
    record.dark = first < dark ? min<u32>(n, dark - first) : 0;
    rest = 0;
    for (let i: u32 = 0; i < n; i++) {
      const at = first + i;
      const failure = at < dark ? FirstContactFailure.slot(at) : FirstContactFailure.refused(at - dark);
      record.setFailure(i, failure.address);
    }
  }
  forgetFirstContactFailures();
  since = now;
}
