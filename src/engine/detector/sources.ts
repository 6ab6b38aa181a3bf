// The source table: sources with two contacts or more. A first-time source enters only from probation, and replaces the
// source with the least evidence against it, never one with an open scan.
import {
  COUNTER_SOURCES_EVICTED,
  COUNTER_SOURCES_PEAK,
  COUNTER_SOURCES_USED,
  FAMILY_IPV4,
  FAMILY_NONE,
} from '../constants/codes';
import { SOURCE_WAYS } from '../constants/memory';
import {
  ALERT_EVIDENCE,
  ANSWERED_INBOUND,
  ANSWERED_INTERNAL,
  CREDIT_FADE_SHIFT,
  DECOY_DIFFERENCE,
  DECOY_MS,
  DECOY_TARGETS,
  EPISODE_LIMIT_MS,
  EVIDENCE_CEILING,
  FAILED_OUTSIDE,
  SOURCE_FORGET_MS,
} from '../constants/weights';
import { frame, isAggregate } from '../frame/frame';
import { CHECKED } from '../tables/checked';
import { Counter } from '../tables/counter';
import { Hash } from '../tables/hash';
import { Situation } from '../tables/situation';
import { Bits64 } from '../tables/sketch';
import { SOURCE_IS_AGGREGATE, SOURCE_IS_DECOY, SOURCE_IS_REPORTED, Source, TOP_PORTS, Walk } from '../tables/source';
import { addBreadth, breadthEvidence, fadeBreadth, forgetBreadth } from './breadth';

/** Eviction priority, lowest first: a free entry, good behaviour, little evidence; the longest silent among equals. */
function evictionPriority(source: Source): i32 {
  if (source.family == FAMILY_NONE) return -0x40000000;
  const evidence = suspicion(source);
  const silence = min<u32>((frame.now - source.last) >>> 13, 0x3ff);
  // Evidence beyond the threshold adds no priority, and a source known for longer counts more.
  const age = min<u32>((source.last - source.first) >>> 13, 0x3ff);
  return (min(max(evidence, 0), ALERT_EVIDENCE) << 10) + <i32>age - <i32>silence;
}

/** An entry for the frame's source; null if all entries of its set hold open scans. */
export function createSource(): Source | null {
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
  if (victim == null) return null;
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
  // The contact it made in probation.
  victim.histogram = 1;
  return victim;
}

/** Credit grows only to the situation's floor; deeper credit from other situations stays. */
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

/** Evidence against the source in the situation's walk. Good behaviour does not excuse a tool's fingerprint. */
export function suspicionIn(source: Source, situation: u32): i32 {
  return max<i32>(source.walk(Situation.isOutside(situation)).evidence, 0) + <i32>source.fingerprint;
}

/** Evidence against the source in the walk with more of it, and by its breadth. */
export function suspicion(source: Source): i32 {
  const home = max<i32>(source.evidence, 0) + breadthEvidence(source, false);
  const outside = max<i32>(source.evidenceOutside, 0) + breadthEvidence(source, true);
  return max<i32>(home, outside) + <i32>source.fingerprint;
}

/** Counts the outcome of a first contact. */
export function addTally(source: Source, situation: u32, failed: bool): void {
  if (failed) source.clearFlag(SOURCE_IS_REPORTED);
  source.tally(Situation.isOutside(situation)).count(failed);
}

/** A failure that turned out to be a late answer. */
export function takeBackFailure(source: Source, situation: u32): void {
  const tally = source.tally(Situation.isOutside(situation));
  if (tally.failed) tally.failed--;
}

/** The failure ratio of its first contacts, in the situation's walk, is that of a scanner. */
export function failsEnough(source: Source, situation: u32): bool {
  const tally = source.tally(Situation.isOutside(situation));
  const answered = <u32>tally.answered;
  const failed = <u32>tally.failed;
  // Outside, failures take seconds to be known; suspect targets count in their place until then.
  if (Situation.isOutside(situation)) return max<u32>(failed, source.suspects) >= FAILED_OUTSIDE * answered;
  return failed * (Situation.isInternal(situation) ? ANSWERED_INTERNAL : ANSWERED_INBOUND) >= answered;
}

/**
 * True if the source has not contacted this (target, service) before. A bitmap of 128: when three quarters are set, one
 * half is cleared, so that an office machine with a long benign history does not become a blind spot for its later
 * contacts. Half and not all: a random half of a monitoring server's targets is as dead or alive as the whole.
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

/** The same for contacts that lead outside: 64 separate bits, so that browsing does not cover contacts at home. */
function isFirstOutside(pairs: Bits64, pairHash: u32): bool {
  const bits = pairs.bits;
  const bit: u64 = (<u64>1) << (pairHash & 63);
  if (bits & bit) return false;
  const half: u64 = pairHash & 64 ? 0x5555555555555555 : 0xaaaaaaaaaaaaaaaa;
  pairs.bits = (popcnt<u64>(bits) >= 48 ? bits & half : bits) | bit;
  return true;
}

/** Counts the target and the port among the source's distinct ones; port 0 is none (ICMP, ARP). */
export function addFanOut(source: Source, targetHash: u32, port: u32): void {
  source.hostsEstimate = <u16>(<u32>source.hostsEstimate + source.hostBits.add(targetHash));
  if (port) {
    source.portsEstimate = <u16>(<u32>source.portsEstimate + source.portBits.add(Hash.of(port)));
    addTopPort(source, port);
  }
}

/** Clears the counted targets and services, and which of them were suspect. */
export function forgetFanOut(source: Source): void {
  source.forgetDistinct();
  source.topCounts = 0;
  source.suspects = 0;
  source.forgetOutcomes();
  forgetBreadth(source);
  // Not now: a record's first time is no later than its last.
  source.first = source.last;
  restartHistogram(source);
}

export function restartHistogram(source: Source): void {
  source.histogram = 0;
  source.histogramShift = 0;
  source.histogramStart = frame.now;
}

/** "Space saving" (Metwally et al. 2005) in four slots: a new port takes the slot of the least used and its count. */
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
 * The source has contacted the frame's target before. Two targets may share a bit: then the second merely weighs less.
 * A bitmap fuller than `most` bits mistakes too many new targets for old ones: then all count as new.
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

/** The clock was set back to `now`: no entry may be later. */
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
  // Credit is at most 24 nats: after 48 steps none is left.
  for (let i = 0; evidence < 0 && i < min(steps, 48); i++) evidence -= evidence >> CREDIT_FADE_SHIFT;
  walk.evidence = <i16>evidence;
}

/** Evidence fades by `steps` units; sources long silent are removed. Called every FADE_MS, or later for several. */
export function fadeSources(now: u32, steps: u32): void {
  for (let source = Source.head; source.isInTable; source = source.next) {
    if (source.family == FAMILY_NONE) continue;
    fadeEvidence(source.walk(false), min<u32>(steps, 0x7fff));
    fadeEvidence(source.walk(true), min<u32>(steps, 0x7fff));
    source.fadeCounts(<u8>CREDIT_FADE_SHIFT);
    fadeBreadth(source, steps);
    // The clock wraps: a record's first time is at most this long ago.
    if (now - source.first > EPISODE_LIMIT_MS) source.first = now - EPISODE_LIMIT_MS;
    if (source.episode == 0 && now - source.last > SOURCE_FORGET_MS) {
      source.clear();
      Counter.uncount(COUNTER_SOURCES_USED);
    }
  }
  if (CHECKED) assert(Counter.read(COUNTER_SOURCES_USED) <= Counter.read(COUNTER_SOURCES_PEAK));
}
