// Evidence: the effect of first contacts and their outcomes on a source, and the threshold of an alert.
import {
  COUNTER_ANSWERED,
  COUNTER_DARK,
  COUNTER_PROMOTIONS,
  COUNTER_REFUSED,
  COUNTER_SILENT,
  DIRECTION_INTERNAL,
  FAMILY_IPV4,
  TOOL_NONE,
} from '../constants/codes';
import {
  EPISODE_LIMIT_MS,
  EVIDENCE_CEILING,
  FINGERPRINT_HARD,
  FINGERPRINT_HARD_CAP,
  FINGERPRINT_SOFT_CAP,
  GATE_FINGERPRINT,
  SHARED_ADMIT,
  SHARED_ADMIT_MS,
  SHARED_OWN_TARGETS,
  SITUATION_NONE,
  SITUATION_TCP_INBOUND,
  SITUATION_UDP_INBOUND,
  SITUATION_WIFI,
  STATE_ACCEPTED,
  STATE_ANSWERED,
  STATE_DARK,
  STATE_REFUSED,
  STATE_SILENT,
  STATE_WAITING,
  SUCCESS_WEIGHT,
  SUSPECT_WEIGHT,
  WATCHLIST_EVIDENCE,
  WIFI_DRAIN_PER_SECOND,
  WIFI_PAUSE_MS,
  WIFI_WEIGHT,
} from '../constants/weights';
import { frame } from '../frame/frame';
import { CHECKED } from '../tables/checked';
import { alertEvidence, isWatchlisted } from '../tables/config';
import { Counter } from '../tables/counter';
import { Hash } from '../tables/hash';
import { ProbationEntry } from '../tables/probation-entry';
import { Situation } from '../tables/situation';
import {
  CLASS_ARP,
  SOURCE_IS_PROVEN,
  SOURCE_IS_SCANNER,
  SOURCE_IS_WATCHLIST_PENDING,
  SOURCE_IS_WATCHLISTED,
  Source,
} from '../tables/source';
import { State } from '../tables/state';
import { breadthEvidence, breadthOf, takeBackTouch, touch, touchFirst, weightNow } from './breadth';
import { countOutcome, endAlerted, extendEpisode, openEpisode } from './episodes';
import { noteRefusedFirstContact } from './first-contact-failures';
import { isHotTarget } from './hot-targets';
import { mayReportWatchlisted, noteFlood, reportWatchlisted } from './notices';
import { addProbation, findProbation, removeProbation } from './probation';
import { protocolCode } from './service';
import { isShared } from './services';
import {
  addEvidence,
  addFanOut,
  addTally,
  chooseVictim,
  createSource,
  failsEnough,
  forgetFanOut,
  isFirstContact,
  mostUsedPort,
  suspicionIn,
  takeBackFailure,
} from './sources';

/** True if the state makes its target suspect: the contact failed, or may yet fail. */
function makesSuspect(situation: u32, state: u32): bool {
  return Situation.weightOf(situation, state) >= SUSPECT_WEIGHT;
}

/** First-time sources considered for admission: input of the random choice. */
let considered: u32 = 0;
/** When the last source of a distributed scan was admitted without such luck, ms. */
let admitted: u32 = 0;

/**
 * Returns the entry of the frame's source for a contact. A first-time source goes to probation; a second, distinct
 * contact promotes it, together with the outcome of the first. Null: the source was not admitted and its contact needs
 * no further attention. Source.onProbation: the contact is followed, but the source has no entry yet.
 */
export function admit(service: u32, port: u32, situation: u32, state: u32): Source | null {
  const known = Source.find(frame.sourceKey);
  if (known) return known;
  const probation = findProbation(frame.sourceKey);
  if (probation == null) return admitFirstTime(service, port, situation, state);
  if (probation.target == frame.targetHash && <u32>probation.service == port) return Source.onProbation;
  return promote(probation);
}

function admitFirstTime(service: u32, port: u32, situation: u32, state: u32): Source | null {
  if (frame.family == FAMILY_IPV4 && isWatchlisted(<u32>frame.sourceHigh) && mayReportWatchlisted())
    return admitWatchlisted();
  const hot = isHotTarget(service);
  if (hot) noteFlood(port);
  // Sources in a flood or a distributed scan are reported together. Few are admitted, so that others stay longer; but a
  // slow distributed scan, which forged sources may have opened to hide one, has room for all.
  const isScan = !hot && isShared(service);
  if ((hot || isScan) && Hash.of(frame.sourceKey ^ considered++) & (SHARED_ADMIT - 1)) {
    if (hot || frame.now - admitted < SHARED_ADMIT_MS) return null;
    admitted = frame.now;
  }
  addProbation(port, situation, state);
  return Source.onProbation;
}

/** A new entry for the frame's source; null if every entry of its set has an open episode. */
function enterSource(): Source | null {
  const victim = chooseVictim();
  if (victim == null) return null;
  endAlerted(victim);
  return createSource(victim);
}

/** Moves the frame's source from probation to the source table. */
function promote(probation: ProbationEntry): Source | null {
  const firstTarget = probation.target;
  const firstPort = <u32>probation.service;
  // The clock cannot compare times further back than the limit.
  const firstTime = frame.now - min<u32>(frame.now - probation.time, EPISODE_LIMIT_MS);
  const firstSituation = probation.situation;
  const firstState = probation.state;
  const source = enterSource();
  if (source == null) return null;
  // Added to the watchlist while in probation, or not reported then: enterContact reports it.
  if (frame.family == FAMILY_IPV4 && isWatchlisted(<u32>frame.sourceHigh)) source.flags = SOURCE_IS_WATCHLIST_PENDING;
  removeProbation(probation);
  source.first = firstTime;
  source.histogramStart = firstTime;
  Counter.count(COUNTER_PROMOTIONS);
  addFanOut(source, firstTarget, firstPort);
  if (!Situation.isOutside(firstSituation) && firstState != STATE_ANSWERED)
    touchFirst(source, firstTarget, firstSituation);
  addEvidence(source, firstSituation, weightNow(firstSituation, firstState));
  tally(source, firstSituation, STATE_WAITING, firstState);
  if (makesSuspect(firstSituation, firstState)) source.countSuspect();
  countState(source, firstState);
  return source;
}

/** Enters a watchlisted source without probation; enterContact reports it. */
function admitWatchlisted(): Source | null {
  const source = enterSource();
  if (source == null) return null;
  source.histogram = 0;
  source.flags = SOURCE_IS_WATCHLIST_PENDING;
  return source;
}

/** Reports a watchlisted source at its contact and adds the watchlist's evidence to what it has. */
function meetWatchlisted(source: Source, service: u32, port: u32): void {
  if (!mayReportWatchlisted()) return;
  source.flags = (source.flags & ~SOURCE_IS_WATCHLIST_PENDING) | SOURCE_IS_WATCHLISTED;
  source.fingerprint = <i16>max<i32>(source.fingerprint, WATCHLIST_EVIDENCE);
  reportWatchlisted(protocolCode(service), port);
}

/**
 * Applies a watchlist that may have changed. Known sources that were added are reported at their next contact; sources
 * that were removed lose the watchlist's evidence. Idempotent: a listed source is always watchlisted or pending.
 */
export function reviewWatchlist(): void {
  for (let source = Source.head; source.isInTable; source = source.next) {
    if (source.family != FAMILY_IPV4) continue;
    const flags = source.flags;
    if (isWatchlisted(<u32>source.addressHigh)) {
      if ((flags & SOURCE_IS_WATCHLISTED) == 0) source.flags = flags | SOURCE_IS_WATCHLIST_PENDING;
      continue;
    }
    if (flags & SOURCE_IS_WATCHLISTED)
      source.fingerprint = <i16>max<i32>(<i32>source.fingerprint - WATCHLIST_EVIDENCE, 0);
    source.flags = flags & ~(SOURCE_IS_WATCHLISTED | SOURCE_IS_WATCHLIST_PENDING);
  }
}

/** Counts answers and failures of first contacts for failsEnough. */
function tally(source: Source, situation: u32, before: u32, after: u32): void {
  if (situation == SITUATION_NONE) return;
  if (State.isAnswered(after)) {
    if (Situation.weightOf(situation, after) <= SUCCESS_WEIGHT) addTally(source, situation, false);
    if (State.isFailure(before)) takeBackFailure(source, situation);
  } else if (State.isFailure(after) && !State.isFailure(before)) {
    addTally(source, situation, true);
  }
}

function countState(source: Source, state: u32): void {
  if (State.isAnswered(state)) source.countAnswered();
  else if (state == STATE_REFUSED) source.countRefused();
  else if (state == STATE_SILENT) source.countSilent();
  else if (state == STATE_DARK) source.countDark();
}

/**
 * Enters a contact of an admitted source. `service`: protocol and port (serviceOf); `port`: the port to list, 0 for
 * none; `class_`: a CLASS_* of tables/source.ts; `way`: the direction. Returns the situation that applies:
 * SITUATION_NONE if the source has made this contact before.
 */
export function enterContact(
  source: Source,
  service: u32,
  port: u32,
  class_: u32,
  situation: u32,
  state: u32,
  tool: u32,
  fingerprint: i32,
  way: u32,
): u32 {
  source.target = frame.targetNumber;
  source.direction = <u8>way;
  if (source.flags & SOURCE_IS_WATCHLIST_PENDING) meetWatchlisted(source, service, port);
  const first = isFirstContact(source, Hash.of(frame.targetHash ^ service), Situation.isOutside(situation));
  // An open episode counts by itself and needs the source's counts as they were at its start.
  if (source.episode == 0) addFanOut(source, frame.targetHash, port);
  source.countClass(class_);
  const weight = first ? touch(source, service, situation, state, way) : 0;
  addProbe(source, port, true);
  if (tool != TOOL_NONE) addFingerprint(source, tool, fingerprint);
  else if (fingerprint < 0) missFingerprint(source, fingerprint);
  // A hard fingerprint makes the target suspect, whatever it answers.
  const fingerprinted = tool != TOOL_NONE && fingerprint >= FINGERPRINT_HARD;
  if (!first) situation = SITUATION_NONE;
  else {
    addEvidence(source, situation, weight);
    tally(source, situation, STATE_WAITING, state);
    if (fingerprinted || makesSuspect(situation, state)) source.countSuspect();
    if (situation != SITUATION_NONE) source.situation = <u8>situation;
  }
  alertWhenDue(source);
  return situation;
}

/** Counts a probe, new or repeated: time, histogram, and totals of the open episode. */
export function addProbe(source: Source, port: u32, isNew: bool): void {
  source.addToHistogram(frame.now - source.histogramStart);
  extendEpisode(source, port, isNew);
  source.last = frame.now;
}

function addFingerprint(source: Source, tool: u32, weight: i32): void {
  const evidence = <i32>source.fingerprint;
  const cap = weight >= FINGERPRINT_HARD ? FINGERPRINT_HARD_CAP : FINGERPRINT_SOFT_CAP;
  if (evidence < cap) source.fingerprint = <i16>min(evidence + weight, cap);
  source.countTool(tool);
}

/** Takes back fingerprint evidence: a packet lacks the tool's fingerprint. The watchlist's evidence stays. */
function missFingerprint(source: Source, weight: i32): void {
  source.countTool(TOOL_NONE);
  const evidence = <i32>source.fingerprint;
  const least: i32 = source.flags & SOURCE_IS_WATCHLISTED ? WATCHLIST_EVIDENCE : 0;
  if (evidence <= least) return;
  source.fingerprint = <i16>max(evidence + weight, least);
}

/** Moves the source's evidence when a contact's state changes from `before` to `after` (STATE_*). */
export function settle(sourceKey: u32, situation: u32, before: u32, after: u32): void {
  if (after == STATE_ACCEPTED || (after == STATE_ANSWERED && before != STATE_ACCEPTED)) Counter.count(COUNTER_ANSWERED);
  else if (after == STATE_REFUSED) Counter.count(COUNTER_REFUSED);
  else if (after == STATE_SILENT) Counter.count(COUNTER_SILENT);
  else if (after == STATE_DARK) Counter.count(COUNTER_DARK);
  // Firewalls refuse on behalf of addresses that do not exist: such a source met nobody, and was recorded as such.
  if (after == STATE_REFUSED && before != STATE_DARK) noteRefusedFirstContact(situation);
  const source = Source.find(sourceKey);
  if (source == null) {
    const probation = findProbation(sourceKey);
    if (probation) probation.judge(after, probation.situation);
    return;
  }
  addEvidence(source, situation, weightNow(situation, after) - weightNow(situation, before));
  tally(source, situation, before, after);
  const suspects = source.suspects;
  const wasSuspect = makesSuspect(situation, before);
  if (makesSuspect(situation, after)) {
    if (!wasSuspect) source.countSuspect();
  } else if (wasSuspect && suspects != 0 && suspects != 255) {
    source.suspects = suspects - 1;
  }
  if (after == STATE_ANSWERED && situation != SITUATION_NONE && !Situation.isPing(situation))
    noteConversationIn(source, situation);
  if (before != STATE_ACCEPTED) countState(source, after);
  countOutcome(source, before, after);
  if (situation != SITUATION_NONE) alertWhenDue(source);
}

/** Records that the source has proved its address. Returns true if it counts as a scanner. */
export function prove(sourceKey: u32): bool {
  const source = Source.find(sourceKey);
  if (source == null) return false;
  source.setFlag(SOURCE_IS_PROVEN);
  // It may have been taken for a share of a distributed scan until now.
  if (source.suspects) alertWhenDue(source);
  return source.hasFlag(SOURCE_IS_SCANNER);
}

/** True if the source does no more than its share of a distributed scan, which reports it with the others. */
function isShareOf(source: Source, situation: u32): bool {
  // Forged sources make a distributed scan at will. Who has proved its address is named by itself.
  if (source.hasFlag(SOURCE_IS_PROVEN)) return false;
  if (<u32>source.hostsEstimate >= SHARED_OWN_TARGETS << 3) return false;
  if (situation == SITUATION_TCP_INBOUND) return isShared((6 << 16) | mostUsedPort(source));
  return situation == SITUATION_UDP_INBOUND && isShared((17 << 16) | mostUsedPort(source));
}

/**
 * Counts an encrypted broadcast of a WiFi station. The rate is the evidence: WIFI_WEIGHT for the frame, less
 * WIFI_DRAIN_PER_SECOND for the time since the last one. When the evidence reaches zero, counting restarts.
 */
export function enterBroadcast(source: Source): void {
  const pause = min<u32>(frame.now - source.last, WIFI_PAUSE_MS);
  const evidence = <i32>source.evidence - <i32>((pause * WIFI_DRAIN_PER_SECOND) / 1000);
  if (evidence <= 0 && source.episode == 0) {
    forgetFanOut(source);
    source.first = frame.now;
  }
  source.evidence = <i16>min(max(evidence, 0) + WIFI_WEIGHT, EVIDENCE_CEILING);
  source.direction = <u8>DIRECTION_INTERNAL;
  source.situation = <u8>SITUATION_WIFI;
  if (source.episode == 0) addFanOut(source, frame.targetHash, 0);
  source.countClass(CLASS_ARP);
  addProbe(source, 0, true);
  source.countSuspect();
  alertWhenDue(source);
}

/** The contact was answered, and by TCP used. The frame is the answer, or the opener's first words. */
function noteConversationIn(source: Source, situation: u32): void {
  takeBackTouch(source, situation, frame.sourceKey == source.key ? frame.targetHash : frame.sourceHash);
}

/** Opens an episode if the source's evidence, fan-out and failures are all sufficient. */
function alertWhenDue(source: Source): void {
  if (source.episode) return;
  const situation = <u32>source.situation;
  if (CHECKED) assert(source.isSound);
  const outside = Situation.isOutside(situation);
  const breadth = breadthEvidence(source, outside);
  if (suspicionIn(source, situation) + breadth < alertEvidence) return;
  let gate = Situation.gateOf(situation);
  if (<i32>source.fingerprint > FINGERPRINT_SOFT_CAP) gate = min<u32>(gate, GATE_FINGERPRINT);
  // Breadth has the answers in it.
  else if (breadth < alertEvidence && !Situation.isBreadth(situation) && !failsEnough(source, situation)) return;
  if (max<u32>(source.suspects, breadthOf(source, outside)) < gate) return;
  // Estimates are in eighths.
  if (max<u32>(source.hostsEstimate, source.portsEstimate) < gate << 3) return;
  if (isShareOf(source, situation)) return;
  openEpisode(source);
}
