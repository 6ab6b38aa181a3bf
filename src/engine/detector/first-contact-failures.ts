// First-contact failures: sources whose first contact with home was with an address that does not exist, or was
// refused. One such failure says nothing to a tap; the same source's failures at a dozen sites are one scan. A source
// in probation has no room for its address, so failures are kept here, at most FIRST_CONTACT_FAILURE_SLOTS for each
// suspicion report, those of one kind with the same chance. A source that was answered not long ago does not count
// (recently-answered.ts).
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
  SITUATION_STEALTH,
  SITUATION_TCP_INBOUND,
  SITUATION_UDP_INBOUND,
} from '../constants/weights';
import { frame } from '../frame/frame';
import { CHECKED } from '../tables/checked';
import { FirstContactFailure } from '../tables/first-contact-failure';
import { Hash } from '../tables/hash';
import { wasRecentlyAnswered } from './recently-answered';
import { mayReportSuspicion, newRecord } from './records';

/** Failures since the last report, by what the sources met; those beyond the slots took slots by chance. */
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

/** The frame's source, a first-time source from outside, has contacted a home address that is known not to exist. */
export function noteDarkFirstContact(situation: u32): void {
  // In the other situations honest failures are too many (docs/DETECTION.md); an IPv6 address does not fit a slot.
  if (
    frame.family != FAMILY_IPV4 ||
    (situation != SITUATION_TCP_INBOUND && situation != SITUATION_UDP_INBOUND && situation != SITUATION_STEALTH)
  )
    return;
  const address = <u32>frame.sourceHigh;
  if (isKnown(address, frame.sourceKey)) return;
  let slot = seenDark++;
  // Vitter, "Random Sampling with a Reservoir", 1985, algorithm R: a flood of forged failures displaces others' only by
  // chance.
  if (slot >= FIRST_CONTACT_FAILURES_DARK_MAX) slot = Hash.slot(Hash.of(frame.sourceKey ^ slot), seenDark);
  if (slot >= FIRST_CONTACT_FAILURES_DARK_MAX) return;
  if (slot == dark) {
    // They precede refused ones, which a host with closed ports makes of every source; any of these makes room.
    if (dark + refused == FIRST_CONTACT_FAILURE_SLOTS) {
      FirstContactFailure.refused(Hash.slot(Hash.of(frame.sourceKey ^ seenRefused), refused)).address =
        FirstContactFailure.refused(refused - 1).address;
      refused--;
    }
    dark++;
  }
  if (CHECKED) assert(slot < dark && dark + refused <= FIRST_CONTACT_FAILURE_SLOTS);
  FirstContactFailure.slot(slot).address = address;
}

/** Notes that the frame refuses the first request of its target, a first-time source from outside. */
export function noteRefusedFirstContact(situation: u32): void {
  // For UDP honest refusals are too many: answers that came late.
  if (frame.family != FAMILY_IPV4 || situation != SITUATION_TCP_INBOUND) return;
  const address = frame.targetNumber;
  if (isKnown(address, frame.targetKey)) return;
  const slots = FIRST_CONTACT_FAILURE_SLOTS - dark;
  let slot = refused;
  seenRefused++;
  if (slot < slots) refused++;
  else {
    slot = Hash.slot(Hash.of(frame.targetKey ^ seenRefused), seenRefused);
    if (slot >= slots) return;
  }
  FirstContactFailure.refused(slot).address = address;
}

/**
 * The source was answered not long ago, or is in the slots already. A source never let into probation stays first-time.
 */
function isKnown(address: u32, key: u32): bool {
  if (wasRecentlyAnswered(key)) return true;
  for (let i: u32 = 0; i < FIRST_CONTACT_FAILURE_SLOTS; i++) {
    if ((i < dark || i >= FIRST_CONTACT_FAILURE_SLOTS - refused) && FirstContactFailure.slot(i).address == address)
      return true;
  }
  return false;
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
