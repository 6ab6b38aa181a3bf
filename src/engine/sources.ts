// The source table: who has had two contacts or more. Set-associative; a newcomer gets in only from probation, and
// takes the place of the source with the least evidence against it, never that of an open scan.
//
//   +0    u64 u64  address as it lies in a frame (IPv6: 16 bytes, IPv4: the first 4, and +8 u64 its pairs outside)
//   +16   u32      key: what the source is counted by (keyed hash of the address, outside IPv6: of the /64)
//   +20   u32      first contact, ms      +24 u32 last contact, ms
//   +28   i16      evidence at home, 1/32 nat     +30 i16 marks of tools, 1/32 nat
//   +32   2 x u64  pairs: which (target, service) it has contacted
//   +48   u64      hosts                  +56 u32 ports
//   +60   u16      hosts, estimate in eighths       +62 u16 ports, estimate in eighths
//   +64   u8 family   +65 u8 flags   +66 u8 episode + 1, 0 for none   +67 u8 tool
//   +68   u32      target contacted last, as a number
//   +72   4 x u16  ports used most        +80 4 x u8 how often
//   +84   u8       targets in doubt       +85..88 u8 answered, refused, silent, dark (saturate)
//   +89   u8       direction              +90 u8 row of the newest contact   +91 u8 shape shift
//   +92   u32      start of the shape, ms +96 8 x u8 the shape: a ring of time buckets whose width doubles when it is full
//   +104  8 x u8   contacts by class (CLASS_*), halved together when one is full
//   +112  i16      evidence outside, 1/32 nat
//   +114  u8 u8    first contacts at home that were answered, that failed   +116 u8 u8 the same outside
//   +118  u16      low half of the newest episode's number
//
// Evidence is kept twice because what a source does at home and what it does outside are two walks: an office machine
// that browses all day collects good behaviour outside, and must not spend it on a sweep of its own segment.
import { SOURCE_BYTES, SOURCE_SETS, SOURCE_SLOTS, SOURCE_WAYS, SOURCES_AT } from './memory';
import { COUNTER_SOURCES_EVICTED, COUNTER_SOURCES_PEAK, COUNTER_SOURCES_USED, FAMILY_IPV4, FAMILY_NONE } from './codes';
import { count, countPeak, uncount } from './counters';
import { frame, isAggregate } from './frame';
import { hash1, slotOf } from './hash';
import { addToBits32, addToBits64 } from './sketch';
import { ALERT_EVIDENCE, ANSWERED_INBOUND, ANSWERED_INTERNAL, CREDIT_FADE_SHIFT, DECOY_DIFFERENCE, DECOY_MS, DECOY_TARGETS, EPISODE_LIMIT_MS, EVIDENCE_CEILING, FAILED_OUTSIDE, floorOf, isInternal, isOutside, SOURCE_FORGET_MS } from './weights';

const SOURCE_PAIRS_OUTSIDE = 8;
export const SOURCE_KEY = 16;
export const SOURCE_FIRST = 20;
export const SOURCE_LAST = 24;
export const SOURCE_EVIDENCE = 28;
export const SOURCE_FINGERPRINT = 30;
export const SOURCE_PAIRS = 32;
export const SOURCE_HOSTS = 48;
export const SOURCE_PORTS = 56;
export const SOURCE_HOSTS_ESTIMATE = 60;
export const SOURCE_PORTS_ESTIMATE = 62;
export const SOURCE_FAMILY = 64;
export const SOURCE_FLAGS = 65;
export const SOURCE_EPISODE = 66;
export const SOURCE_TOOL = 67;
export const SOURCE_TARGET = 68;
export const SOURCE_TOP_PORTS = 72;
export const SOURCE_TOP_COUNTS = 80;
export const SOURCE_SUSPECTS = 84;
export const SOURCE_ANSWERED = 85;
export const SOURCE_REFUSED = 86;
export const SOURCE_SILENT = 87;
export const SOURCE_DARK = 88;
export const SOURCE_DIRECTION = 89;
export const SOURCE_SITUATION = 90;
export const SOURCE_HISTOGRAM_SHIFT = 91;
export const SOURCE_HISTOGRAM_START = 92;
export const SOURCE_HISTOGRAM = 96;
export const SOURCE_CLASSES = 104;
export const SOURCE_EVIDENCE_OUTSIDE = 112;
export const SOURCE_HOME_TALLY = 114;
export const SOURCE_OUTSIDE_TALLY = 116;
export const SOURCE_NUMBER = 118;

export const TOP_PORTS: u32 = 4;
export const HISTOGRAM_BARS: u32 = 8;

export const CLASS_TCP: u32 = 0;
export const CLASS_STEALTH: u32 = 1;
export const CLASS_UDP: u32 = 2;
export const CLASS_ICMP: u32 = 3;
export const CLASS_ARP: u32 = 4;
export const CLASS_ND: u32 = 5;
export const CLASS_SCTP: u32 = 6;
export const CLASS_IP: u32 = 7;
export const CLASSES: u32 = 8;

export const SOURCE_IS_AGGREGATE: u8 = 1;
/** It finished a handshake with a number only the real owner of the address could know. */
export const SOURCE_IS_PROVEN: u8 = 2;
/** It has been accused before: what it does with what it found is worth following. */
export const SOURCE_IS_SCANNER: u8 = 8;
/** Others probe the same targets in step. */
export const SOURCE_IS_DECOY: u8 = 16;
/** On the watch list. */
export const SOURCE_IS_WATCHLISTED: u8 = 32;
/** On the watch list, and not told yet: it was known before it was listed, or too many were told at that time. */
export const SOURCE_IS_WATCHLIST_PENDING: u8 = 128;
/** Whispered of, and nothing of it has failed since: others have their turn. */
export const SOURCE_IS_REPORTED: u8 = 64;
/** Accused, but every episode slot was taken: it gets one as soon as one is free. */
export const SOURCE_IS_ALERTED: u8 = 4;

// @ts-ignore: decorator
@inline
function setOf(key: u32): u32 {
  return SOURCES_AT + slotOf(key, SOURCE_SETS) * (SOURCE_WAYS * SOURCE_BYTES);
}

/** The entry of `key`, 0 where there is none. */
export function findSource(key: u32): u32 {
  let at = setOf(key);
  for (let i: u32 = 0; i < SOURCE_WAYS; i++) {
    if (load<u32>(at, SOURCE_KEY) == key && load<u8>(at, SOURCE_FAMILY) != FAMILY_NONE) return at;
    at += SOURCE_BYTES;
  }
  return 0;
}

/** Less is given up first: a free entry, good behaviour, little evidence; the longest silent among equals. */
function evictionPriority(at: u32): i32 {
  if (load<u8>(at, SOURCE_FAMILY) == FAMILY_NONE) return -0x40000000;
  const evidence = suspicion(at);
  const silence = min<u32>((frame.now - load<u32>(at, SOURCE_LAST)) >>> 13, 0x3ff);
  // Evidence that was not enough for a verdict is not worth more than what leads to one, and who has been around counts more.
  const age = min<u32>((load<u32>(at, SOURCE_LAST) - load<u32>(at, SOURCE_FIRST)) >>> 13, 0x3ff);
  return (min(max(evidence, 0), ALERT_EVIDENCE) << 10) + <i32>age - <i32>silence;
}

/** An entry for the frame's source, 0 where all places of its set hold open scans. */
export function createSource(): u32 {
  let at = setOf(frame.sourceKey);
  let victim: u32 = 0;
  let least = i32.MAX_VALUE;
  for (let i: u32 = 0; i < SOURCE_WAYS; i++) {
    if (load<u8>(at, SOURCE_EPISODE) == 0) {
      const w = evictionPriority(at);
      if (w < least) {
        least = w;
        victim = at;
      }
    }
    at += SOURCE_BYTES;
  }
  if (victim == 0) return 0;
  if (load<u8>(victim, SOURCE_FAMILY) == FAMILY_NONE) countPeak(COUNTER_SOURCES_USED, COUNTER_SOURCES_PEAK);
  else count(COUNTER_SOURCES_EVICTED);
  memory.fill(victim, 0, SOURCE_BYTES);
  store<u64>(victim, frame.sourceHigh);
  store<u64>(victim, frame.sourceLow, 8);
  store<u32>(victim, frame.sourceKey, SOURCE_KEY);
  store<u32>(victim, frame.now, SOURCE_FIRST);
  store<u32>(victim, frame.now, SOURCE_LAST);
  store<u32>(victim, frame.now, SOURCE_HISTOGRAM_START);
  store<u8>(victim, <u8>frame.family, SOURCE_FAMILY);
  if (isAggregate()) store<u8>(victim, SOURCE_IS_AGGREGATE, SOURCE_FLAGS);
  // The contact it made in probation.
  store<u8>(victim, 1, SOURCE_HISTOGRAM);
  return victim;
}

// @ts-ignore: decorator
@inline
function evidenceOf(at: u32, situation: u32): u32 {
  return at + (isOutside(situation) ? SOURCE_EVIDENCE_OUTSIDE : SOURCE_EVIDENCE);
}

/** Credit grows no further than the row's floor; what lies deeper already, by other rows, stays. */
export function addEvidence(at: u32, situation: u32, delta: i32): void {
  const place = evidenceOf(at, situation);
  const old = <i32>load<i16>(place);
  const evidence = max(old + delta, min(old, floorOf(situation)));
  store<i16>(place, <i16>min(evidence, EVIDENCE_CEILING));
}

/** What speaks against the source in the row's walk. Good behaviour does not excuse a tool's mark. */
export function suspicionIn(at: u32, situation: u32): i32 {
  return max<i32>(load<i16>(evidenceOf(at, situation)), 0) + <i32>load<i16>(at, SOURCE_FINGERPRINT);
}

/** What speaks against the source in the walk where more does. */
export function suspicion(at: u32): i32 {
  return max<i32>(max<i32>(load<i16>(at, SOURCE_EVIDENCE), load<i16>(at, SOURCE_EVIDENCE_OUTSIDE)), 0) + <i32>load<i16>(at, SOURCE_FINGERPRINT);
}

/** Counts the outcome of a first contact; both counts halve when one is full. */
export function addTally(at: u32, situation: u32, failed: bool): void {
  if (failed) store<u8>(at, load<u8>(at, SOURCE_FLAGS) & ~SOURCE_IS_REPORTED, SOURCE_FLAGS);
  const tally = at + (isOutside(situation) ? SOURCE_OUTSIDE_TALLY : SOURCE_HOME_TALLY);
  const place = tally + <u32>failed;
  if (load<u8>(place) == 255) {
    store<u8>(tally, load<u8>(tally) >>> 1);
    store<u8>(tally + 1, load<u8>(tally + 1) >>> 1);
  }
  store<u8>(place, load<u8>(place) + 1);
}

/** A failure that turned out to be a late answer. */
export function takeBackFailure(at: u32, situation: u32): void {
  const place = at + (isOutside(situation) ? SOURCE_OUTSIDE_TALLY : SOURCE_HOME_TALLY) + 1;
  if (load<u8>(place)) store<u8>(place, load<u8>(place) - 1);
}

/** Do enough of its first contacts fail, in the row's walk, for a scanner? */
export function failsEnough(at: u32, situation: u32): bool {
  const tally = at + (isOutside(situation) ? SOURCE_OUTSIDE_TALLY : SOURCE_HOME_TALLY);
  const answered = <u32>load<u8>(tally);
  const failed = <u32>load<u8>(tally + 1);
  // Outside, failures take seconds to be known; what is in doubt stands for them until then.
  if (isOutside(situation)) return max<u32>(failed, load<u8>(at, SOURCE_SUSPECTS)) >= FAILED_OUTSIDE * answered;
  return failed * (isInternal(situation) ? ANSWERED_INTERNAL : ANSWERED_INBOUND) >= answered;
}

/** Adds to a u8 that stops at 255. */
// @ts-ignore: decorator
@inline
export function bump(at: u32): void {
  const n = load<u8>(at);
  if (n != 255) store<u8>(at, n + 1);
}

/**
 * True where the source has not contacted this (target, service) before. A bitmap of 128: when three quarters are set, one
 * half is cleared, so that an office machine with a long honest past does not become a blind spot for what it does later.
 * Half and not all: a random half of what a monitoring server polls is as dead or alive as the whole.
 */
export function isFirstContact(at: u32, pairHash: u32, outside: bool): bool {
  if (outside && load<u8>(at, SOURCE_FAMILY) == FAMILY_IPV4) return isFirstOutside(at + SOURCE_PAIRS_OUTSIDE, pairHash);
  const word = at + SOURCE_PAIRS + ((pairHash >>> 3) & 8);
  const bits = load<u64>(word);
  const bit: u64 = <u64>1 << (pairHash & 63);
  if (bits & bit) return false;
  store<u64>(word, bits | bit);
  if (popcnt<u64>(load<u64>(at, SOURCE_PAIRS)) + popcnt<u64>(load<u64>(at, SOURCE_PAIRS + 8)) > 96) {
    const other = word == at + SOURCE_PAIRS ? word + 8 : word - 8;
    store<u64>(other, 0);
  }
  return true;
}

/** The same for contacts that lead outside: 64 places of their own, so that browsing does not cover what happens at home. */
function isFirstOutside(place: u32, pairHash: u32): bool {
  const bits = load<u64>(place);
  const bit: u64 = <u64>1 << (pairHash & 63);
  if (bits & bit) return false;
  const half: u64 = pairHash & 64 ? 0x5555555555555555 : 0xaaaaaaaaaaaaaaaa;
  store<u64>(place, (popcnt<u64>(bits) >= 48 ? bits & half : bits) | bit);
  return true;
}

/** Counts the target and the port among the source's distinct ones; port 0 is none (ICMP, ARP). */
export function addFanOut(at: u32, targetHash: u32, port: u32): void {
  const hosts = <u32>load<u16>(at, SOURCE_HOSTS_ESTIMATE) + addToBits64(at + SOURCE_HOSTS, targetHash);
  store<u16>(at, <u16>hosts, SOURCE_HOSTS_ESTIMATE);
  if (port) {
    const ports = <u32>load<u16>(at, SOURCE_PORTS_ESTIMATE) + addToBits32(at + SOURCE_PORTS, hash1(port));
    store<u16>(at, <u16>ports, SOURCE_PORTS_ESTIMATE);
    addTopPort(at, port);
  }
}

/** Forgets which targets and services were counted, and that they were in doubt. */
export function forgetFanOut(at: u32): void {
  memory.fill(at + SOURCE_PAIRS, 0, SOURCE_HOSTS_ESTIMATE + 4 - SOURCE_PAIRS);
  store<u32>(at, 0, SOURCE_TOP_COUNTS);
  store<u8>(at, 0, SOURCE_SUSPECTS);
  store<u32>(at, 0, SOURCE_ANSWERED);
  // Not now: what a record tells began no later than it was last heard of.
  store<u32>(at, load<u32>(at, SOURCE_LAST), SOURCE_FIRST);
  restartHistogram(at);
}

export function restartHistogram(at: u32): void {
  store<u64>(at, 0, SOURCE_HISTOGRAM);
  store<u8>(at, 0, SOURCE_HISTOGRAM_SHIFT);
  store<u32>(at, frame.now, SOURCE_HISTOGRAM_START);
}

/** "Space saving" (Metwally et al. 2005) in four places: a new port takes the place of the least used and its count. */
function addTopPort(at: u32, port: u32): void {
  let least: u32 = 0;
  let fewest: u32 = 256;
  for (let i: u32 = 0; i < TOP_PORTS; i++) {
    const n = <u32>load<u8>(at + i, SOURCE_TOP_COUNTS);
    if (n && load<u16>(at + (i << 1), SOURCE_TOP_PORTS) == port) {
      bump(at + SOURCE_TOP_COUNTS + i);
      return;
    }
    if (n < fewest) {
      fewest = n;
      least = i;
    }
  }
  store<u16>(at + (least << 1), <u16>port, SOURCE_TOP_PORTS);
  store<u8>(at + least, <u8>min<u32>(fewest + 1, 255), SOURCE_TOP_COUNTS);
}

/**
 * Do others probe what this source probes, at the same time? A scanner that hides among decoys (nmap -D) sends each probe once
 * from every address of the group, so their bitmaps of targets agree. Marks them all.
 */
export function markDecoys(source: u32): bool {
  const hosts = load<u64>(source, SOURCE_HOSTS);
  if (<u32>popcnt<u64>(hosts) < DECOY_TARGETS) return false;
  let found = false;
  for (let at: u32 = SOURCES_AT; at < SOURCES_AT + SOURCE_SLOTS * SOURCE_BYTES; at += SOURCE_BYTES) {
    if (at == source || load<u8>(at, SOURCE_FAMILY) != load<u8>(source, SOURCE_FAMILY)) continue;
    if (<u32>popcnt<u64>(hosts ^ load<u64>(at, SOURCE_HOSTS)) > DECOY_DIFFERENCE || frame.now - load<u32>(at, SOURCE_LAST) > DECOY_MS) continue;
    store<u8>(at, load<u8>(at, SOURCE_FLAGS) | SOURCE_IS_DECOY, SOURCE_FLAGS);
    found = true;
  }
  if (found) store<u8>(source, load<u8>(source, SOURCE_FLAGS) | SOURCE_IS_DECOY, SOURCE_FLAGS);
  return found;
}

/** The service named most often, 0 for none. */
export function mostUsedPort(at: u32): u32 {
  let most: u32 = 0;
  let port: u32 = 0;
  for (let i: u32 = 0; i < TOP_PORTS; i++) {
    const n = <u32>load<u8>(at + i, SOURCE_TOP_COUNTS);
    if (n <= most) continue;
    most = n;
    port = load<u16>(at + (i << 1), SOURCE_TOP_PORTS);
  }
  return port;
}

/**
 * Has the source been at the frame's target before? Two targets may share a bit: then the second weighs less, no more. A
 * bitmap fuller than `most` bits takes too many new targets for old ones: then all count as new.
 */
export function knowsTarget(at: u32, most: u32): bool {
  const hosts = load<u64>(at, SOURCE_HOSTS);
  return ((hosts >> <u64>(frame.targetHash & 63)) & 1) != 0 && <u32>popcnt<u64>(hosts) <= most;
}

export function hasTopPort(at: u32, port: u32): bool {
  for (let i: u32 = 0; i < TOP_PORTS; i++) {
    if (load<u8>(at + i, SOURCE_TOP_COUNTS) && load<u16>(at + (i << 1), SOURCE_TOP_PORTS) == port) return true;
  }
  return false;
}

export function addClass(at: u32, kind: u32): void {
  const tally = at + SOURCE_CLASSES;
  if (load<u8>(tally + kind) == 255) {
    for (let i: u32 = 0; i < CLASSES; i++) store<u8>(tally + i, load<u8>(tally + i) >>> 1);
  }
  bump(tally + kind);
}

/** Counts a probe in its time bucket. When time runs past the last bucket, pairs merge and the width doubles. */
export function addToHistogram(at: u32): void {
  const age = frame.now - load<u32>(at, SOURCE_HISTOGRAM_START);
  let shift = <u32>load<u8>(at, SOURCE_HISTOGRAM_SHIFT);
  const shape = at + SOURCE_HISTOGRAM;
  while (age >>> shift >= HISTOGRAM_BARS) {
    for (let i: u32 = 0; i < HISTOGRAM_BARS / 2; i++) {
      store<u8>(shape + i, <u8>min<u32>(<u32>load<u8>(shape + 2 * i) + <u32>load<u8>(shape + 2 * i + 1), 255));
    }
    store<u32>(shape, 0, 4);
    store<u8>(at, <u8>++shift, SOURCE_HISTOGRAM_SHIFT);
  }
  const bar = shape + (age >>> shift);
  if (load<u8>(bar) == 255) {
    // The shape is relative: halve all bars rather than let the tallest stop growing.
    for (let i: u32 = 0; i < HISTOGRAM_BARS; i++) store<u8>(shape + i, (load<u8>(shape + i) + 1) >>> 1);
  }
  bump(bar);
}

/** An eighth goes; fewer than eight stay, so that a slow scan's few are not forgotten. */
function fadeCount(place: u32): void {
  const n = load<u8>(place);
  store<u8>(place, n - (n >>> <u8>CREDIT_FADE_SHIFT));
}

/** The clock was set back to `now`: nothing happened after it. */
export function setBackSources(now: u32): void {
  for (let at: u32 = SOURCES_AT; at < SOURCES_AT + SOURCE_SLOTS * SOURCE_BYTES; at += SOURCE_BYTES) {
    if (<i32>(load<u32>(at, SOURCE_LAST) - now) <= 0) continue;
    store<u32>(at, now, SOURCE_FIRST);
    store<u32>(at, now, SOURCE_LAST);
    store<u32>(at, now, SOURCE_HISTOGRAM_START);
    store<u64>(at, 1, SOURCE_HISTOGRAM);
    store<u8>(at, 0, SOURCE_HISTOGRAM_SHIFT);
  }
}

function fadeEvidence(place: u32, steps: i32): void {
  let evidence = <i32>load<i16>(place);
  if (evidence > 0) evidence = max(evidence - steps, 0);
  // Credit is at most 24 nats: after 48 steps nothing is left of it.
  for (let i = 0; evidence < 0 && i < min(steps, 48); i++) evidence -= evidence >> CREDIT_FADE_SHIFT;
  store<i16>(place, <i16>evidence);
}

/** Evidence fades by `steps` units; sources long unheard of are forgotten. Called every FADE_MS, or later for several. */
export function fadeSources(now: u32, steps: u32): void {
  for (let at: u32 = SOURCES_AT; at < SOURCES_AT + SOURCE_SLOTS * SOURCE_BYTES; at += SOURCE_BYTES) {
    if (load<u8>(at, SOURCE_FAMILY) == FAMILY_NONE) continue;
    fadeEvidence(at + SOURCE_EVIDENCE, min<u32>(steps, 0x7fff));
    fadeEvidence(at + SOURCE_EVIDENCE_OUTSIDE, min<u32>(steps, 0x7fff));
    for (let i: u32 = 0; i < 4; i++) fadeCount(at + SOURCE_HOME_TALLY + i);
    fadeCount(at + SOURCE_SUSPECTS);
    // The clock wraps: what is told of a source began at most so long ago.
    if (now - load<u32>(at, SOURCE_FIRST) > EPISODE_LIMIT_MS) store<u32>(at, now - EPISODE_LIMIT_MS, SOURCE_FIRST);
    if (load<u8>(at, SOURCE_EPISODE) == 0 && now - load<u32>(at, SOURCE_LAST) > SOURCE_FORGET_MS) {
      memory.fill(at, 0, SOURCE_BYTES);
      uncount(COUNTER_SOURCES_USED);
    }
  }
}
