// Episodes: one scan of one source from its onset to its end. Each tells its onset, its progress at doublings and its
// totals at the end: messages grow with the logarithm of the scan.
//
//   +0 u32 entry of the source, 0: free   +4 u32 number   +8 u32 probes
//   +12 u32 answered   +16 u32 refused   +20 u32 silent   +24 u32 dark
//   +28 u32 targets, 1/16   +32 u32 mass of their sketch   +36 u32 services, 1/16   +40 u32 mass of their sketch
//   +44 u32 longest pause, ms   +48 u32 next progress at   +52 u32 first probe, ms
//   +56 u16 most evidence so far, 1/32 nat   +58 u16 services talked with   +60 4 bytes free
//   +64 8 x (u16 port, u16 count)   +96 128 bytes sketch of targets   +224 128 bytes sketch of services
import { EPISODE_BYTES, EPISODE_SLOTS, EPISODES_AT } from './memory';
import { COUNTER_EPISODES, COUNTER_EPISODES_CUT, COUNTER_EPISODES_OPEN, COUNTER_EPISODES_PEAK, DIRECTION_INBOUND, STAGE_END, STAGE_PROGRESS, STAGE_START } from './codes';
import { count, countPeak, uncount } from './counters';
import { alertEvidence } from './config';
import { frame } from './frame';
import { hash1 } from './hash';
import { fullNumber, maySend, nextNumber } from './records';
import { reportSource } from './source-report';
import { addToSketch, SKETCH_MASS } from './sketch';
import {
  findSource, forgetFanOut, restartHistogram, SOURCE_ANSWERED, SOURCE_DARK, SOURCE_DIRECTION, SOURCE_SUSPECTS, SOURCE_EPISODE, SOURCE_EVIDENCE, SOURCE_EVIDENCE_OUTSIDE, SOURCE_FIRST, SOURCE_FLAGS, SOURCE_HOSTS,
  SOURCE_HOSTS_ESTIMATE, SOURCE_IS_ALERTED, SOURCE_IS_PROVEN, SOURCE_IS_SCANNER, SOURCE_LAST, SOURCE_FINGERPRINT, SOURCE_NUMBER, SOURCE_PAIRS, SOURCE_PORTS, SOURCE_PORTS_ESTIMATE, SOURCE_REFUSED,
  SOURCE_HISTOGRAM, SOURCE_HISTOGRAM_SHIFT, SOURCE_HISTOGRAM_START, SOURCE_SILENT, SOURCE_TOP_COUNTS, SOURCE_TOP_PORTS, TOP_PORTS,
} from './sources';
import {
  EPISODE_LIMIT_MS, PROGRESS_DOUBLE_TO, PROGRESS_FIRST, QUIET_LIMIT_MS, QUIET_MS, QUIET_PAUSES, STATE_ANSWERED, STATE_DARK, STATE_REFUSED,
  STATE_SILENT,
} from './weights';

export const EPISODE_SOURCE = 0;
export const EPISODE_NUMBER = 4;
export const EPISODE_PROBES = 8;
export const EPISODE_ANSWERED = 12;
export const EPISODE_REFUSED = 16;
export const EPISODE_SILENT = 20;
export const EPISODE_DARK = 24;
export const EPISODE_TARGETS = 28;
const EPISODE_TARGETS_MASS = 32;
export const EPISODE_SERVICES = 36;
const EPISODE_SERVICES_MASS = 40;
const EPISODE_PAUSE = 44;
const EPISODE_NEXT = 48;
export const EPISODE_FIRST = 52;
export const EPISODE_EVIDENCE = 56;
export const EPISODE_TALKS = 58;
export const EPISODE_PORTS = 64;
const EPISODE_TARGETS_SKETCH = 96;
const EPISODE_SERVICES_SKETCH = 224;

export const EPISODE_PORT_SLOTS: u32 = 8;
/** A machine of ours with more than this many hosts or ports, and answers from half of them, did honest work before. */
const PAST: u32 = 24;

/** A free slot; failing that, that of the episode longest silent, ended early, if it has been silent for QUIET_MS. */
function freeSlot(): u32 {
  let idlest: u32 = 0;
  let longest: u32 = QUIET_MS;
  for (let at: u32 = EPISODES_AT; at < EPISODES_AT + EPISODE_SLOTS * EPISODE_BYTES; at += EPISODE_BYTES) {
    const source = load<u32>(at);
    if (source == 0) return at;
    const silence = frame.now - load<u32>(source, SOURCE_LAST);
    if (silence > longest) {
      longest = silence;
      idlest = at;
    }
  }
  if (idlest) {
    count(COUNTER_EPISODES_CUT);
    endEpisode(idlest);
  }
  return idlest;
}

/** The source is accused. `announce` is false where its onset was told before a slot was free. */
export function openEpisode(source: u32, announce: bool): void {
  const at = freeSlot();
  if (announce) {
    count(COUNTER_EPISODES);
    store<u16>(source, <u16>nextNumber(), SOURCE_NUMBER);
  }
  if (at == 0) {
    store<u8>(source, load<u8>(source, SOURCE_FLAGS) | SOURCE_IS_ALERTED, SOURCE_FLAGS);
    if (announce && maySend(STAGE_START, load<u8>(source, SOURCE_DIRECTION) != DIRECTION_INBOUND)) reportSource(STAGE_START, source, 0, fullNumber(load<u16>(source, SOURCE_NUMBER)));
    return;
  }
  memory.fill(at, 0, EPISODE_BYTES);
  const again = (load<u8>(source, SOURCE_FLAGS) & SOURCE_IS_SCANNER) != 0;
  countPeak(COUNTER_EPISODES_OPEN, COUNTER_EPISODES_PEAK);
  store<u8>(source, <u8>((at - EPISODES_AT) / EPISODE_BYTES + 1), SOURCE_EPISODE);
  // What it proved before speaks of honest conversations, not of these probes.
  store<u8>(source, (load<u8>(source, SOURCE_FLAGS) | SOURCE_IS_SCANNER) & ~SOURCE_IS_PROVEN, SOURCE_FLAGS);
  const past = max<u32>(load<u16>(source, SOURCE_HOSTS_ESTIMATE), load<u16>(source, SOURCE_PORTS_ESTIMATE)) >>> 3;
  if (load<u8>(source, SOURCE_DIRECTION) != DIRECTION_INBOUND && past > PAST && past < 2 * <u32>load<u8>(source, SOURCE_ANSWERED)) forgetPast(source);
  store<u32>(at, source);
  store<u32>(at, fullNumber(load<u16>(source, SOURCE_NUMBER)), EPISODE_NUMBER);
  store<u32>(at, histogramTotal(source), EPISODE_PROBES);
  store<u32>(at, load<u8>(source, SOURCE_ANSWERED), EPISODE_ANSWERED);
  store<u32>(at, load<u8>(source, SOURCE_REFUSED), EPISODE_REFUSED);
  store<u32>(at, load<u8>(source, SOURCE_SILENT), EPISODE_SILENT);
  store<u32>(at, load<u8>(source, SOURCE_DARK), EPISODE_DARK);
  store<u32>(at, <u32>load<u16>(source, SOURCE_HOSTS_ESTIMATE) << 1, EPISODE_TARGETS);
  store<u32>(at, <u32>load<u16>(source, SOURCE_PORTS_ESTIMATE) << 1, EPISODE_SERVICES);
  store<u32>(at, SKETCH_MASS, EPISODE_TARGETS_MASS);
  store<u32>(at, SKETCH_MASS, EPISODE_SERVICES_MASS);
  // A bitmap that is nearly full tells old targets from new ones no longer, and the sketch has to.
  if (popcnt<u64>(load<u64>(source, SOURCE_HOSTS)) > 48) store<u64>(source, 0, SOURCE_HOSTS);
  if (popcnt<u32>(load<u32>(source, SOURCE_PORTS)) > 24) store<u32>(source, 0, SOURCE_PORTS);
  store<u32>(at, load<u32>(source, SOURCE_FIRST), EPISODE_FIRST);
  for (let i: u32 = 0; i < TOP_PORTS; i++) {
    store<u16>(at + (i << 2), load<u16>(source + (i << 1), SOURCE_TOP_PORTS), EPISODE_PORTS);
    store<u16>(at + (i << 2), load<u8>(source + i, SOURCE_TOP_COUNTS), EPISODE_PORTS + 2);
  }
  // Before its onset the scan went at this pace; its end must not be told between two probes of a slow one.
  // Who was accused before has made a pause since: it counts whole, so that a scan in instalments is few stories.
  const since = frame.now - load<u32>(source, SOURCE_FIRST);
  store<u32>(at, again ? since : since / max<u32>(load<u8>(source, SOURCE_SUSPECTS), 1), EPISODE_PAUSE);
  store<u32>(at, PROGRESS_FIRST, EPISODE_NEXT);
  passProgress(at);
  if (announce && maySend(STAGE_START, load<u8>(source, SOURCE_DIRECTION) != DIRECTION_INBOUND)) reportSource(STAGE_START, source, at, load<u32>(at, EPISODE_NUMBER));
}

/** What a long honest past counted is not part of the scan. */
function forgetPast(source: u32): void {
  const suspects = <u16>load<u8>(source, SOURCE_SUSPECTS) << 3;
  store<u16>(source, min<u16>(suspects, load<u16>(source, SOURCE_HOSTS_ESTIMATE)), SOURCE_HOSTS_ESTIMATE);
  store<u16>(source, min<u16>(suspects, load<u16>(source, SOURCE_PORTS_ESTIMATE)), SOURCE_PORTS_ESTIMATE);
  store<u64>(source, 0, SOURCE_HOSTS);
  store<u32>(source, 0, SOURCE_PORTS);
  store<u8>(source, 0, SOURCE_ANSWERED);
  store<u32>(source, frame.now, SOURCE_FIRST);
  restartHistogram(source);
  store<u8>(source, load<u8>(source, SOURCE_SUSPECTS), SOURCE_HISTOGRAM);
}

function histogramTotal(source: u32): u32 {
  let total: u32 = 0;
  for (let i: u32 = 0; i < 8; i++) total += load<u8>(source + i, SOURCE_HISTOGRAM);
  return max<u32>(total, 1);
}

/** One more probe of a source; counts in its open episode, if it has one. Before SOURCE_LAST moves on. */
export function extendEpisode(source: u32, port: u32, isNew: bool): void {
  const number = <u32>load<u8>(source, SOURCE_EPISODE);
  if (number == 0) return;
  const at = EPISODES_AT + (number - 1) * EPISODE_BYTES;
  store<u32>(at, load<u32>(at, EPISODE_PROBES) + 1, EPISODE_PROBES);
  const pause = frame.now - load<u32>(source, SOURCE_LAST);
  if (pause > load<u32>(at, EPISODE_PAUSE)) store<u32>(at, pause, EPISODE_PAUSE);
  if (!isNew) return;
  // What the source's own bitmaps held at the onset is counted already; a fresh element hides behind one of their bits
  // with a known probability, which the estimate makes good.
  const hosts = load<u64>(source, SOURCE_HOSTS);
  if (((hosts >> <u64>(frame.targetHash & 63)) & 1) == 0) {
    const growth = addToSketch(at + EPISODE_TARGETS_SKETCH, at + EPISODE_TARGETS_MASS, frame.targetHash);
    const free = 64 - <u32>popcnt<u64>(hosts);
    store<u32>(at, load<u32>(at, EPISODE_TARGETS) + (growth * 64) / free, EPISODE_TARGETS);
  }
  if (port) {
    const serviceHash = hash1(port);
    const ports = load<u32>(source, SOURCE_PORTS);
    if (((ports >>> (serviceHash & 31)) & 1) == 0) {
      const growth = addToSketch(at + EPISODE_SERVICES_SKETCH, at + EPISODE_SERVICES_MASS, serviceHash);
      const free = 32 - popcnt<u32>(ports);
      store<u32>(at, load<u32>(at, EPISODE_SERVICES) + (growth * 32) / free, EPISODE_SERVICES);
    }
    addPort(at + EPISODE_PORTS, port);
  }
  if (passProgress(at) && maySend(STAGE_PROGRESS)) reportSource(STAGE_PROGRESS, source, at, load<u32>(at, EPISODE_NUMBER));
}

/** "Space saving" in eight places, as in sources.ts, with wider counts. */
function addPort(ports: u32, port: u32): void {
  let least = ports;
  let fewest: u32 = 0x10000;
  for (let at = ports; at < ports + EPISODE_PORT_SLOTS * 4; at += 4) {
    const n = <u32>load<u16>(at, 2);
    if (n && load<u16>(at) == port) {
      if (n != 0xffff) store<u16>(at, <u16>(n + 1), 2);
      return;
    }
    if (n < fewest) {
      fewest = n;
      least = at;
    }
  }
  store<u16>(least, <u16>port);
  store<u16>(least, <u16>min<u32>(fewest + 1, 0xffff), 2);
}

/** True where the scan has grown past its next step of progress; sets the step after it. */
function passProgress(at: u32): bool {
  const size = max(load<u32>(at, EPISODE_TARGETS), load<u32>(at, EPISODE_SERVICES)) >>> 4;
  let next = load<u32>(at, EPISODE_NEXT);
  if (size < next) return false;
  while (size >= next) next <<= next < PROGRESS_DOUBLE_TO ? 1 : 2;
  store<u32>(at, next, EPISODE_NEXT);
  return true;
}

/** A contact of the source has changed its state. */
export function countOutcome(source: u32, before: u32, after: u32): void {
  const number = <u32>load<u8>(source, SOURCE_EPISODE);
  if (number == 0) return;
  const at = EPISODES_AT + (number - 1) * EPISODE_BYTES;
  const old = outcomeField(before);
  if (old && load<u32>(at + old)) store<u32>(at + old, load<u32>(at + old) - 1);
  const field = outcomeField(after);
  if (field) store<u32>(at + field, load<u32>(at + field) + 1);
}

function outcomeField(state: u32): u32 {
  if (state == STATE_ANSWERED) return EPISODE_ANSWERED;
  if (state == STATE_REFUSED) return EPISODE_REFUSED;
  if (state == STATE_SILENT) return EPISODE_SILENT;
  if (state == STATE_DARK) return EPISODE_DARK;
  return 0;
}

function endEpisode(at: u32): void {
  const source = load<u32>(at);
  if (maySend(STAGE_END)) reportSource(STAGE_END, source, at, load<u32>(at, EPISODE_NUMBER));
  store<u32>(at, 0);
  uncount(COUNTER_EPISODES_OPEN);
  // The source starts its next episode with half the evidence and no targets: a stray packet is not a second scan.
  store<u8>(source, 0, SOURCE_EPISODE);
  store<u8>(source, load<u8>(source, SOURCE_FLAGS) & ~SOURCE_IS_ALERTED, SOURCE_FLAGS);
  halveEvidence(source + SOURCE_EVIDENCE);
  halveEvidence(source + SOURCE_EVIDENCE_OUTSIDE);
  store<i16>(source, 0, SOURCE_FINGERPRINT);
  forgetFanOut(source);
}

function halveEvidence(place: u32): void {
  store<i16>(place, <i16>min<i32>(load<i16>(place), alertEvidence >> 1));
}

/** The source of an open episode has talked with a service that it had found. */
export function noteTalk(sourceKey: u32): void {
  const source = findSource(sourceKey);
  if (source == 0 || load<u8>(source, SOURCE_EPISODE) == 0) return;
  const at = EPISODES_AT + (<u32>load<u8>(source, SOURCE_EPISODE) - 1) * EPISODE_BYTES;
  store<u16>(at, load<u16>(at, EPISODE_TALKS) + 1, EPISODE_TALKS);
}

/** It is no longer known as a scanner, until it is accused again. */
export function forgetScanner(sourceKey: u32): void {
  const source = findSource(sourceKey);
  if (source) store<u8>(source, load<u8>(source, SOURCE_FLAGS) & ~SOURCE_IS_SCANNER, SOURCE_FLAGS);
}

/** Does the source have an open episode? */
export function isAtWork(sourceKey: u32): bool {
  const source = findSource(sourceKey);
  return source != 0 && load<u8>(source, SOURCE_EPISODE) != 0;
}

/** Is somebody outside accused at this moment? */
export function hasInbound(): bool {
  for (let at: u32 = EPISODES_AT; at < EPISODES_AT + EPISODE_SLOTS * EPISODE_BYTES; at += EPISODE_BYTES) {
    const source = load<u32>(at);
    if (source && load<u8>(source, SOURCE_DIRECTION) == DIRECTION_INBOUND) return true;
  }
  return false;
}

/** Ends the episodes that have been silent long enough, or all of them. */
export function endEpisodes(now: u32, all: bool): void {
  for (let at: u32 = EPISODES_AT; at < EPISODES_AT + EPISODE_SLOTS * EPISODE_BYTES; at += EPISODE_BYTES) {
    const source = load<u32>(at);
    if (source == 0) continue;
    const pause = min<u32>(load<u32>(at, EPISODE_PAUSE), QUIET_LIMIT_MS);
    const quiet = min<u32>(max<u32>(QUIET_MS, pause * QUIET_PAUSES), QUIET_LIMIT_MS);
    const silent = now - load<u32>(source, SOURCE_LAST) > quiet;
    if (all || silent || now - load<u32>(at, EPISODE_FIRST) > EPISODE_LIMIT_MS) endEpisode(at);
  }
}
