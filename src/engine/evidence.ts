// Evidence: what first contacts and their outcomes do to a source, and when it is enough to accuse.
import {
  COUNTER_ANSWERED, COUNTER_DARK, COUNTER_PROMOTIONS, COUNTER_REFUSED, COUNTER_SILENT, DIRECTION_INTERNAL, FAMILY_IPV4, TOOL_NONE,
} from './codes';
import { alertEvidence, isWatchlisted } from './config';
import { count } from './counters';
import { isHotTarget } from './hot-targets';
import { countOutcome, extendEpisode, openEpisode } from './episodes';
import { frame } from './frame';
import { hash1 } from './hash';
import { noteRefusedFirstContact } from './first-contact-failures';
import { SOURCE_BYTES, SOURCE_SLOTS, SOURCES_AT } from './memory';
import { mayReportWatchlisted, noteFlood, reportWatchlisted } from './notices';
import { addProbation, findProbation, probationSituation, probationState, removeProbation, settleProbation } from './probation';
import { protocolCode } from './service';
import { isShared } from './services';
import {
  addClass, addEvidence, addFanOut, addToHistogram, addTally, bump, createSource, failsEnough, findSource, forgetFanOut, isFirstContact,
  mostUsedPort, suspicionIn, takeBackFailure, CLASS_ARP, SOURCE_ANSWERED, SOURCE_DARK,
  SOURCE_DIRECTION, SOURCE_SUSPECTS, SOURCE_EPISODE, SOURCE_EVIDENCE, SOURCE_FAMILY, SOURCE_FLAGS, SOURCE_HOSTS_ESTIMATE, SOURCE_IS_ALERTED, SOURCE_IS_PROVEN,
  SOURCE_IS_SCANNER, SOURCE_IS_WATCHLIST_PENDING, SOURCE_IS_WATCHLISTED, SOURCE_HISTOGRAM,
  SOURCE_FIRST, SOURCE_LAST, SOURCE_FINGERPRINT, SOURCE_PORTS_ESTIMATE, SOURCE_REFUSED, SOURCE_SITUATION, SOURCE_HISTOGRAM_START, SOURCE_SILENT, SOURCE_TARGET, SOURCE_TOOL,
} from './sources';
import {
  SUSPECT_WEIGHT, EPISODE_LIMIT_MS, EVIDENCE_CEILING, GATE_FINGERPRINT, gateOf, isOutside, FINGERPRINT_HARD, FINGERPRINT_HARD_CAP, FINGERPRINT_SOFT_CAP, SITUATION_NONE, SITUATION_TCP_INBOUND, SITUATION_UDP_INBOUND, SITUATION_WIFI,
  SHARED_ADMIT, SHARED_OWN_TARGETS, STATE_ANSWERED, STATE_DARK,
  STATE_REFUSED, STATE_SILENT, STATE_WAITING, WATCHLIST_EVIDENCE, weightOf, WIFI_DRAIN_PER_SECOND, WIFI_PAUSE_MS, WIFI_WEIGHT,
} from './weights';

// @ts-ignore: decorator
@inline
function makesSuspect(situation: u32, state: u32): bool {
  return weightOf(situation, state) >= SUSPECT_WEIGHT;
}

/** Newcomers that were looked at and perhaps turned away: makes the choice another one each time. */
let turnedAway: u32 = 0;

/** What admit() says of a newcomer whose contact needs no further attention. */
export const NOT_ADMITTED: u32 = 0;
/** The source is in probation: the contact is worth following, there is no entry yet. */
export const ON_PROBATION: u32 = 1;

/**
 * The entry of the frame's source for one more contact. A newcomer goes to probation; a second contact that differs from
 * the first promotes it, and the outcome of the first comes along.
 */
export function admit(service: u32, port: u32, situation: u32, state: u32): u32 {
  const known = findSource(frame.sourceKey);
  if (known) return known;
  const probation = findProbation(frame.sourceKey);
  if (probation == 0) {
    if (frame.family == FAMILY_IPV4 && isWatchlisted(<u32>frame.sourceHigh) && mayReportWatchlisted()) return admitWatchlisted();
    const hot = isHotTarget(service);
    if (hot) noteFlood(port);
    // Those who take part in a flood or a shared scan are told together; few of them are let in, so that others stay longer.
    if ((hot || isShared(service)) && hash1(frame.sourceKey ^ turnedAway++) & (SHARED_ADMIT - 1)) return NOT_ADMITTED;
    addProbation(port, situation, state);
    return ON_PROBATION;
  }
  const firstTarget = load<u32>(probation, 4);
  const firstPort = <u32>load<u16>(probation, 8);
  if (firstTarget == frame.targetHash && firstPort == port) return ON_PROBATION;
  // Whoever waited longer than times can be compared is told as one of yesterday.
  const firstTime = frame.now - min<u32>(frame.now - load<u32>(probation, 12), EPISODE_LIMIT_MS);
  const firstSituation = probationSituation(probation);
  const firstState = probationState(probation);
  const source = createSource();
  if (source == 0) return NOT_ADMITTED;
  // Listed while it was in probation, or not told then: enterContact tells it.
  if (frame.family == FAMILY_IPV4 && isWatchlisted(<u32>frame.sourceHigh)) store<u8>(source, SOURCE_IS_WATCHLIST_PENDING, SOURCE_FLAGS);
  removeProbation(probation);
  store<u32>(source, firstTime, SOURCE_FIRST);
  store<u32>(source, firstTime, SOURCE_HISTOGRAM_START);
  count(COUNTER_PROMOTIONS);
  addFanOut(source, firstTarget, firstPort);
  addEvidence(source, firstSituation, weightOf(firstSituation, firstState));
  tally(source, firstSituation, STATE_WAITING, firstState);
  if (makesSuspect(firstSituation, firstState)) bump(source + SOURCE_SUSPECTS);
  countState(source, firstState);
  return source;
}

/** No probation for those that others have warned of; enterContact tells them. */
function admitWatchlisted(): u32 {
  const source = createSource();
  if (source == 0) return NOT_ADMITTED;
  store<u8>(source, 0, SOURCE_HISTOGRAM);
  store<u8>(source, SOURCE_IS_WATCHLIST_PENDING, SOURCE_FLAGS);
  return source;
}

/** A source of the list is told, with its contact. What was against it before stays. */
function meetWatchlisted(source: u32, service: u32, port: u32): void {
  if (!mayReportWatchlisted()) return;
  store<u8>(source, load<u8>(source, SOURCE_FLAGS) & ~SOURCE_IS_WATCHLIST_PENDING | SOURCE_IS_WATCHLISTED, SOURCE_FLAGS);
  store<i16>(source, <i16>max<i32>(load<i16>(source, SOURCE_FINGERPRINT), WATCHLIST_EVIDENCE), SOURCE_FINGERPRINT);
  reportWatchlisted(protocolCode(service), port);
}

/**
 * The watch list may have changed. Known sources that are new on it are told at their next contact; from those that are
 * on it no longer, what the list said is taken back. A listed source is always watched or wanted: the same list changes
 * nothing.
 */
export function reviewWatchlist(): void {
  for (let at: u32 = SOURCES_AT; at < SOURCES_AT + SOURCE_SLOTS * SOURCE_BYTES; at += SOURCE_BYTES) {
    if (load<u8>(at, SOURCE_FAMILY) != FAMILY_IPV4) continue;
    const flags = load<u8>(at, SOURCE_FLAGS);
    if (isWatchlisted(load<u32>(at))) {
      if ((flags & SOURCE_IS_WATCHLISTED) == 0) store<u8>(at, flags | SOURCE_IS_WATCHLIST_PENDING, SOURCE_FLAGS);
      continue;
    }
    if (flags & SOURCE_IS_WATCHLISTED) store<i16>(at, <i16>max<i32>(<i32>load<i16>(at, SOURCE_FINGERPRINT) - WATCHLIST_EVIDENCE, 0), SOURCE_FINGERPRINT);
    store<u8>(at, flags & ~(SOURCE_IS_WATCHLISTED | SOURCE_IS_WATCHLIST_PENDING), SOURCE_FLAGS);
  }
}

// @ts-ignore: decorator
@inline
function isFailure(state: u32): bool {
  return state == STATE_REFUSED || state == STATE_SILENT || state == STATE_DARK;
}

/** Answers and failures of first contacts, for failsEnough. */
function tally(source: u32, situation: u32, before: u32, after: u32): void {
  if (situation == SITUATION_NONE) return;
  if (after == STATE_ANSWERED) {
    addTally(source, situation, false);
    if (isFailure(before)) takeBackFailure(source, situation);
  } else if (isFailure(after) && !isFailure(before)) {
    addTally(source, situation, true);
  }
}

function countState(source: u32, state: u32): void {
  if (state == STATE_ANSWERED) bump(source + SOURCE_ANSWERED);
  else if (state == STATE_REFUSED) bump(source + SOURCE_REFUSED);
  else if (state == STATE_SILENT) bump(source + SOURCE_SILENT);
  else if (state == STATE_DARK) bump(source + SOURCE_DARK);
}

/**
 * One more contact of an admitted source. `service` names protocol and port, `port` is 0 where there is none to list.
 * `way` is its direction. Returns the row that counts: none, where the source repeats itself.
 */
export function enterContact(source: u32, service: u32, port: u32, kind: u32, situation: u32, state: u32, tool: u32, fingerprint: i32, way: u32): u32 {
  store<u32>(source, frame.targetNumber, SOURCE_TARGET);
  store<u8>(source, <u8>way, SOURCE_DIRECTION);
  if (load<u8>(source, SOURCE_FLAGS) & SOURCE_IS_WATCHLIST_PENDING) meetWatchlisted(source, service, port);
  const first = isFirstContact(source, hash1(frame.targetHash ^ service), isOutside(situation));
  // An open episode counts for itself, and needs to know what was counted before it.
  if (load<u8>(source, SOURCE_EPISODE) == 0) addFanOut(source, frame.targetHash, port);
  addClass(source, kind);
  addProbe(source, port, true);
  if (tool != TOOL_NONE) addFingerprint(source, tool, fingerprint);
  else if (fingerprint < 0) missFingerprint(source, fingerprint);
  // What a tool's formula gave away is in doubt whatever comes back.
  const fingerprinted = tool != TOOL_NONE && fingerprint >= FINGERPRINT_HARD;
  if (!first) situation = SITUATION_NONE;
  else {
    addEvidence(source, situation, weightOf(situation, state));
    tally(source, situation, STATE_WAITING, state);
    if (fingerprinted || makesSuspect(situation, state)) bump(source + SOURCE_SUSPECTS);
    if (situation != SITUATION_NONE) store<u8>(source, <u8>situation, SOURCE_SITUATION);
  }
  alertWhenDue(source);
  return situation;
}

/** A probe, be it new or repeated: time, shape, and the open scan's totals. */
export function addProbe(source: u32, port: u32, isNew: bool): void {
  addToHistogram(source);
  extendEpisode(source, port, isNew);
  store<u32>(source, frame.now, SOURCE_LAST);
}

function addFingerprint(source: u32, tool: u32, fingerprint: i32): void {
  const fingerprints = <i32>load<i16>(source, SOURCE_FINGERPRINT);
  const cap = fingerprint >= FINGERPRINT_HARD ? FINGERPRINT_HARD_CAP : FINGERPRINT_SOFT_CAP;
  if (fingerprints < cap) store<i16>(source, <i16>min(fingerprints + fingerprint, cap), SOURCE_FINGERPRINT);
  // A hard mark names the tool for good, a soft one only until something better is known.
  if (fingerprint >= FINGERPRINT_HARD || load<u8>(source, SOURCE_TOOL) == TOOL_NONE) store<u8>(source, <u8>tool, SOURCE_TOOL);
}

/** A packet that the tool would have marked. What the watch list says stays. */
function missFingerprint(source: u32, fingerprint: i32): void {
  const fingerprints = <i32>load<i16>(source, SOURCE_FINGERPRINT);
  const least: i32 = load<u8>(source, SOURCE_FLAGS) & SOURCE_IS_WATCHLISTED ? WATCHLIST_EVIDENCE : 0;
  if (fingerprints <= least) return;
  store<i16>(source, <i16>max(fingerprints + fingerprint, least), SOURCE_FINGERPRINT);
  if (fingerprints + fingerprint <= least) store<u8>(source, TOOL_NONE, SOURCE_TOOL);
}

/** A contact's outcome has changed from `before` to `after`. */
export function settle(sourceKey: u32, situation: u32, before: u32, after: u32): void {
  if (after == STATE_ANSWERED) count(COUNTER_ANSWERED);
  else if (after == STATE_REFUSED) count(COUNTER_REFUSED);
  else if (after == STATE_SILENT) count(COUNTER_SILENT);
  else if (after == STATE_DARK) count(COUNTER_DARK);
  const source = findSource(sourceKey);
  if (source == 0) {
    const probation = findProbation(sourceKey);
    if (probation) {
      settleProbation(probation, after);
      // Firewalls refuse in the name of addresses that do not exist: that one has met nobody, and was noted for it.
      if (after == STATE_REFUSED && before != STATE_DARK) noteRefusedFirstContact(situation);
    }
    return;
  }
  addEvidence(source, situation, weightOf(situation, after) - weightOf(situation, before));
  tally(source, situation, before, after);
  const suspects = load<u8>(source, SOURCE_SUSPECTS);
  const wasSuspect = makesSuspect(situation, before);
  if (makesSuspect(situation, after)) {
    if (!wasSuspect) bump(source + SOURCE_SUSPECTS);
  } else if (wasSuspect && suspects != 0 && suspects != 255) {
    store<u8>(source, suspects - 1, SOURCE_SUSPECTS);
  }
  countState(source, after);
  countOutcome(source, before, after);
  if (situation != SITUATION_NONE) alertWhenDue(source);
}

/** The source named a number that only the owner of its address could have been told. True where it is known as a scanner. */
export function prove(sourceKey: u32): bool {
  const source = findSource(sourceKey);
  if (source == 0) return false;
  const flags = load<u8>(source, SOURCE_FLAGS);
  store<u8>(source, flags | SOURCE_IS_PROVEN, SOURCE_FLAGS);
  return (flags & SOURCE_IS_SCANNER) != 0;
}

/** A source that does its share of a scan that many do is told with them, not by itself. */
function isShareOf(source: u32, situation: u32): bool {
  if (<u32>load<u16>(source, SOURCE_HOSTS_ESTIMATE) >= SHARED_OWN_TARGETS << 3) return false;
  if (situation == SITUATION_TCP_INBOUND) return isShared((6 << 16) | mostUsedPort(source));
  return situation == SITUATION_UDP_INBOUND && isShared((17 << 16) | mostUsedPort(source));
}

/**
 * One more encrypted broadcast of a WiFi station. Its pace is the evidence: WIFI_WEIGHT for the frame, WIFI_DRAIN_PER_SECOND
 * for the time since the last. When time has taken everything, counting begins anew.
 */
export function enterBroadcast(source: u32): void {
  const pause = min<u32>(frame.now - load<u32>(source, SOURCE_LAST), WIFI_PAUSE_MS);
  const evidence = <i32>load<i16>(source, SOURCE_EVIDENCE) - <i32>((pause * WIFI_DRAIN_PER_SECOND) / 1000);
  if (evidence <= 0 && load<u8>(source, SOURCE_EPISODE) == 0) {
    forgetFanOut(source);
    store<u32>(source, frame.now, SOURCE_FIRST);
  }
  store<i16>(source, <i16>min(max(evidence, 0) + WIFI_WEIGHT, EVIDENCE_CEILING), SOURCE_EVIDENCE);
  store<u8>(source, DIRECTION_INTERNAL, SOURCE_DIRECTION);
  store<u8>(source, SITUATION_WIFI, SOURCE_SITUATION);
  if (load<u8>(source, SOURCE_EPISODE) == 0) addFanOut(source, frame.targetHash, 0);
  addClass(source, CLASS_ARP);
  addProbe(source, 0, true);
  bump(source + SOURCE_SUSPECTS);
  alertWhenDue(source);
}

/** Accuses the source where its evidence and its fan-out are both enough. */
function alertWhenDue(source: u32): void {
  if (load<u8>(source, SOURCE_EPISODE)) return;
  const situation = <u32>load<u8>(source, SOURCE_SITUATION);
  if (suspicionIn(source, situation) < alertEvidence) return;
  let gate = gateOf(situation);
  if (<i32>load<i16>(source, SOURCE_FINGERPRINT) > FINGERPRINT_SOFT_CAP) gate = min<u32>(gate, GATE_FINGERPRINT);
  else if (!failsEnough(source, situation)) return;
  if (<u32>load<u8>(source, SOURCE_SUSPECTS) < gate) return;
  // Estimates are in eighths.
  if (max<u32>(load<u16>(source, SOURCE_HOSTS_ESTIMATE), load<u16>(source, SOURCE_PORTS_ESTIMATE)) < gate << 3) return;
  if (isShareOf(source, situation)) return;
  openEpisode(source, (load<u8>(source, SOURCE_FLAGS) & SOURCE_IS_ALERTED) == 0);
}
