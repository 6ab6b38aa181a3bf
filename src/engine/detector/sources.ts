// The source table: sources with two contacts or more. A source enters from probation and replaces the source with the
// least evidence, never one with an open episode.
import {
  COUNTER_SOURCES_EVICTED,
  COUNTER_SOURCES_PEAK,
  COUNTER_SOURCES_USED,
  DIRECTION_INBOUND,
  FAMILY_IPV4,
  FAMILY_NONE,
} from '../constants/codes';
import { SOURCE_WAYS } from '../constants/memory';
import {
  ALERT_EVIDENCE,
  ANSWERED_INBOUND,
  CREDIT_FADE_SHIFT,
  DECOY_DIFFERENCE,
  DECOY_MS,
  DECOY_TARGETS,
  EPISODE_LIMIT_MS,
  EVIDENCE_CEILING,
  FAILED_OUTSIDE,
  HOME_PRIORITY,
  SOURCE_FORGET_MS,
} from '../constants/weights';
import { frame, isAggregate } from '../frame/frame';
import { CHECKED } from '../tables/checked';
import { Counter } from '../tables/counter';
import { Hash } from '../tables/hash';
import { Situation } from '../tables/situation';
import { Bits64 } from '../tables/sketch';
import { SOURCE_IS_AGGREGATE, SOURCE_IS_DECOY, SOURCE_IS_REPORTED, Source, TOP_PORTS, Walk } from '../tables/source';
import { addBreadth, breadthEvidence, fadeBreadth, forgetBreadth, isNarrow } from './breadth';

/** Eviction priority, lowest first: free entries, then by evidence; among equals the longest silent goes first. */
function evictionPriority(source: Source): i32 {
  if (source.family == FAMILY_NONE) return -0x40000000;
  // Sources outside are many and cheap to forge: those at home stay longer.
  const evidence = suspicion(source) + (source.direction == DIRECTION_INBOUND ? 0 : HOME_PRIORITY);
  const silence = min<u32>((frame.now - source.last) >>> 13, 0x3ff);
  // Evidence beyond the threshold adds no priority; a longer history does.
  const age = min<u32>((source.last - source.first) >>> 13, 0x3ff);
  return (min(max(evidence, 0), ALERT_EVIDENCE) << 10) + <i32>age - <i32>silence;
}

/** The entry that the frame's source would take; null if every entry of its set has an open episode. */
export function chooseVictim(): Source | null {
  let source = Source.setOf(frame.sourceKey);
  let victim: Source | null = null;
  let least = i32.MAX_VALUE;
  for (let i: u32 = 0; i < SOURCE_WAYS; i++) {
    if (source.episode == 0) {
      const priority = evictionPriority(source);
      if (priority < least) {
        least = priority;
        victim = source;
      }
    }
    source = source.next;
  }
  return victim;
}

/** Creates an entry for the frame's source in place of the victim. */
export function createSource(victim: Source): Source {
  if (victim.family == FAMILY_NONE) Counter.countPeak(COUNTER_SOURCES_USED, COUNTER_SOURCES_PEAK);
  else Counter.count(COUNTER_SOURCES_EVICTED);
  victim.clear();
  victim.addressHigh = frame.sourceHigh;
  victim.addressLow = frame.sourceLow;
  victim.key = frame.sourceKey;
  victim.first = frame.now;
  victim.last = frame.now;
  victim.histogramStart = frame.now;
  victim.family = <u8>frame.family;
  if (frame.sourceHome) {
    victim.macLow = <u32>frame.mac;
    victim.macHigh = <u16>(frame.mac >> 32);
  }
  if (isAggregate()) victim.flags = SOURCE_IS_AGGREGATE;
  // The contact in probation.
  victim.histogram = 1;
  return victim;
}

/** Adds evidence, 1/32 nat. Credit grows only to the situation's floor; deeper credit from other situations stays. */
export function addEvidence(source: Source, situation: u32, delta: i32): void {
  if (Situation.isBreadth(situation)) {
    addBreadth(source, delta);
    return;
  }
  const walk = source.walk(Situation.isOutside(situation));
  const old = <i32>walk.evidence;
  const evidence = max(old + delta, min(old, Situation.floorOf(situation)));
  walk.evidence = <i16>min(evidence, EVIDENCE_CEILING);
}

/** Evidence in the situation's walk, 1/32 nat. Credit does not offset a tool's fingerprint. */
export function suspicionIn(source: Source, situation: u32): i32 {
  return max<i32>(source.walk(Situation.isOutside(situation)).evidence, 0) + <i32>source.fingerprint;
}

/** Evidence against the source in the walk with more of it, and by its breadth. */
export function suspicion(source: Source): i32 {
  if (isNarrow(source)) return max<i32>(max<i32>(source.evidence, source.evidenceOutside), 0) + <i32>source.fingerprint;
  const home = max<i32>(source.evidence, 0) + breadthEvidence(source, false);
  const outside = max<i32>(source.evidenceOutside, 0) + breadthEvidence(source, true);
  return max<i32>(home, outside) + <i32>source.fingerprint;
}

/** Counts the outcome of a first contact. */
export function addTally(source: Source, situation: u32, failed: bool): void {
  if (failed) source.clearFlag(SOURCE_IS_REPORTED);
  source.tally(Situation.isOutside(situation)).count(failed);
}

/** Takes back a failure that turned out to be a late answer. */
export function takeBackFailure(source: Source, situation: u32): void {
  const tally = source.tally(Situation.isOutside(situation));
  if (tally.failed) tally.failed--;
}

/** True if enough of the source's first contacts failed, in the situation's walk. */
export function failsEnough(source: Source, situation: u32): bool {
  const tally = source.tally(Situation.isOutside(situation));
  const answered = <u32>tally.answered;
  const failed = <u32>tally.failed;
  // Outside, a failure takes seconds to be known; until then suspect targets count in its place.
  if (Situation.isOutside(situation)) return max<u32>(failed, source.suspects) >= FAILED_OUTSIDE * answered;
  return failed * ANSWERED_INBOUND >= answered;
}

/**
 * True if the source has not contacted this (target, service) before. A bitmap of 128 bits; when three quarters are
 * set, one half is cleared, so that later contacts of a busy workstation do not go unseen. Half and not all: a random
 * half of a monitoring server's targets has the same share of dead hosts as the whole.
 */
export function isFirstContact(source: Source, pairHash: u32, outside: bool): bool {
  if (outside && source.family == FAMILY_IPV4) return isFirstOutside(source.pairsOutside, pairHash);
  const high = (pairHash >>> 3) & 8;
  const word = source.pairWord(high);
  const bits = word.bits;
  const bit: u64 = (<u64>1) << (pairHash & 63);
  if (bits & bit) return false;
  word.bits = bits | bit;
  if (popcnt<u64>(source.pairs) + popcnt<u64>(source.pairsHigh) > 96) source.pairWord(high ^ 8).bits = 0;
  return true;
}

/** The same for contacts to the outside: 64 separate bits, so that browsing does not hide contacts at home. */
function isFirstOutside(pairs: Bits64, pairHash: u32): bool {
  const bits = pairs.bits;
  const bit: u64 = (<u64>1) << (pairHash & 63);
  if (bits & bit) return false;
  const half: u64 = pairHash & 64 ? 0x5555555555555555 : 0xaaaaaaaaaaaaaaaa;
  pairs.bits = (popcnt<u64>(bits) >= 48 ? bits & half : bits) | bit;
  return true;
}

/** Adds the target and the port to the source's distinct counts. Port 0: none (ICMP, ARP). */
export function addFanOut(source: Source, targetHash: u32, port: u32): void {
  source.hostsEstimate = <u16>(<u32>source.hostsEstimate + source.hostBits.add(targetHash));
  if (port) {
    source.portsEstimate = <u16>(<u32>source.portsEstimate + source.portBits.add(Hash.of(port)));
    addTopPort(source, port);
  }
}

/** Clears the counts of targets, services, suspect targets and outcomes. */
export function forgetFanOut(source: Source): void {
  source.forgetDistinct();
  source.topCounts = 0;
  source.suspects = 0;
  source.forgetOutcomes();
  forgetBreadth(source);
  // Not `frame.now`: a record's first time must not be later than its last.
  source.first = source.last;
  restartHistogram(source);
}

export function restartHistogram(source: Source): void {
  source.histogram = 0;
  source.histogramShift = 0;
  source.histogramStart = frame.now;
}

/** Space-Saving (Metwally et al. 2005) in four slots: a new port replaces the least used one and inherits its count. */
function addTopPort(source: Source, port: u32): void {
  let least: u32 = 0;
  let fewest: u32 = 256;
  for (let i: u32 = 0; i < TOP_PORTS; i++) {
    const n = source.topCount(i);
    if (n && source.topPort(i) == port) {
      source.countTopPort(i);
      return;
    }
    if (n < fewest) {
      fewest = n;
      least = i;
    }
  }
  source.setTopPort(least, port, min<u32>(fewest + 1, 255));
}

/**
 * Marks all sources that probe the same targets as this source at the same time; true if there are any. A scanner that
 * hides among decoys (nmap -D) sends each probe once from every address of the group, so their bitmaps of targets
 * agree.
 */
export function markDecoys(source: Source): bool {
  const hosts = source.hosts;
  if (<u32>popcnt<u64>(hosts) < DECOY_TARGETS) return false;
  let found = false;
  for (let other = Source.head; other.isInTable; other = other.next) {
    if (other == source || other.family != source.family) continue;
    if (<u32>popcnt<u64>(hosts ^ other.hosts) > DECOY_DIFFERENCE || frame.now - other.last > DECOY_MS) continue;
    other.setFlag(SOURCE_IS_DECOY);
    found = true;
  }
  if (found) source.setFlag(SOURCE_IS_DECOY);
  return found;
}

/** The port used most often, 0 for none. */
export function mostUsedPort(source: Source): u32 {
  let most: u32 = 0;
  let port: u32 = 0;
  for (let i: u32 = 0; i < TOP_PORTS; i++) {
    const n = source.topCount(i);
    if (n <= most) continue;
    most = n;
    port = source.topPort(i);
  }
  return port;
}

/**
 * True if the source has contacted the frame's target before. If two targets share a bit, the second weighs less.
 * A bitmap with more than `most` bits set confuses too many targets: then all count as new.
 */
export function knowsTarget(source: Source, most: u32): bool {
  const hosts = source.homeHosts;
  return ((hosts >> <u64>(frame.targetHash & 63)) & 1) != 0 && <u32>popcnt<u64>(hosts) <= most;
}

export function hasTopPort(source: Source, port: u32): bool {
  for (let i: u32 = 0; i < TOP_PORTS; i++) {
    if (source.topCount(i) && source.topPort(i) == port) return true;
  }
  return false;
}

/** Called when the clock is set back to `now`: no entry may be later. */
export function setBackSources(now: u32): void {
  for (let source = Source.head; source.isInTable; source = source.next) {
    if (<i32>(source.last - now) <= 0) continue;
    source.first = now;
    source.last = now;
    source.histogramStart = now;
    source.histogram = 1;
    source.histogramShift = 0;
  }
}

function fadeEvidence(walk: Walk, steps: i32): void {
  let evidence = <i32>walk.evidence;
  if (evidence > 0) evidence = max(evidence - steps, 0);
  // Credit is at most 24 nats, which fades within 48 steps.
  for (let i = 0; evidence < 0 && i < min(steps, 48); i++) evidence -= evidence >> CREDIT_FADE_SHIFT;
  walk.evidence = <i16>evidence;
}

/** Fades evidence by `steps` units and removes long-silent sources. Called every FADE_MS; `steps`: periods since. */
export function fadeSources(now: u32, steps: u32): void {
  for (let source = Source.head; source.isInTable; source = source.next) {
    if (source.family == FAMILY_NONE) continue;
    fadeEvidence(source.walk(false), min<u32>(steps, 0x7fff));
    fadeEvidence(source.walk(true), min<u32>(steps, 0x7fff));
    source.fadeCounts(<u8>CREDIT_FADE_SHIFT);
    fadeBreadth(source, steps);
    // The clock wraps, so a record's first time must not lie further back than the limit.
    if (now - source.first > EPISODE_LIMIT_MS) source.first = now - EPISODE_LIMIT_MS;
    if (source.episode == 0 && now - source.last > SOURCE_FORGET_MS) {
      source.clear();
      Counter.uncount(COUNTER_SOURCES_USED);
    }
  }
  if (CHECKED) assert(Counter.read(COUNTER_SOURCES_USED) <= Counter.read(COUNTER_SOURCES_PEAK));
}
