// Episodes: one scan of one source from start to end. An episode reports its start, its progress whenever its size has
// doubled, and its totals at the end, so the number of messages grows with the logarithm of the scan.
import {
  COUNTER_EPISODES,
  COUNTER_EPISODES_CUT,
  COUNTER_EPISODES_OPEN,
  COUNTER_EPISODES_PEAK,
  DIRECTION_INBOUND,
  STAGE_END,
  STAGE_PROGRESS,
  STAGE_START,
} from '../constants/codes';
import {
  BURST_PAUSE_MS,
  BURST_PROBES,
  EPISODE_LIMIT_MS,
  HONEST_PAST,
  HOSTS_FULL,
  PORTS_FULL,
  PROGRESS_DOUBLE_LOG,
  PROGRESS_FIRST_LOG,
  PROGRESS_KIND_MS,
  PROGRESS_TIME_MS,
  QUIET_LIMIT_MS,
  QUIET_MS,
  QUIET_PAUSES,
} from '../constants/weights';
import { frame } from '../frame/frame';
import { CHECKED } from '../tables/checked';
import { alertEvidence } from '../tables/config';
import { Counter } from '../tables/counter';
import { EPISODE_PORT_SLOTS, Episode } from '../tables/episode';
import { Hash } from '../tables/hash';
import { SKETCH_MASS } from '../tables/sketch';
import {
  HISTOGRAM_BARS,
  SOURCE_IS_ALERTED,
  SOURCE_IS_PROVEN,
  SOURCE_IS_SCANNER,
  Source,
  TOP_PORTS,
  Walk,
} from '../tables/source';
import {
  BUDGET_END,
  BUDGET_INSIDE,
  BUDGET_PROGRESS,
  BUDGET_PROVEN,
  BUDGET_SPOOFABLE,
  fullNumber,
  hasRoom,
  maySend,
  nextNumber,
  rateLimit,
  takeToken,
} from './records';
import { certaintyNow, kindNow, reportSource } from './source-report';
import { forgetFanOut, knowsTarget, restartHistogram, suspicion } from './sources';

/** Returns a free slot; without one, ends the longest silent episode, if it has been silent for QUIET_MS. */
function freeSlot(): Episode | null {
  let idlest: Episode | null = null;
  let longest: u32 = QUIET_MS;
  for (let episode = Episode.head; episode.isInTable; episode = episode.next) {
    const source = episode.source;
    if (source == null) return episode;
    const silence = frame.now - source.last;
    if (silence > longest) {
      longest = silence;
      idlest = episode;
    }
  }
  if (idlest) {
    if (!endEpisode(idlest, false)) return null;
    Counter.count(COUNTER_EPISODES_CUT);
  }
  return idlest;
}

/** Alerted sources without a slot, and starts held back, may exist: the table is worth a look. */
let areWaiting: bool = false;

export function resetEpisodes(): void {
  areWaiting = false;
}

/** Whose budget the source's start takes. */
function budgetOf(source: Source): u32 {
  if (source.direction != DIRECTION_INBOUND) return BUDGET_INSIDE;
  return source.hasFlag(SOURCE_IS_PROVEN) ? BUDGET_PROVEN : BUDGET_SPOOFABLE;
}

/** Opens an episode for an alerted source, or gives it a slot: its start may have been reported before one was free. */
export function openEpisode(source: Source): void {
  const budget = budgetOf(source);
  const isNew = !source.hasFlag(SOURCE_IS_ALERTED);
  const episode = freeSlot();
  if (isNew) {
    Counter.count(COUNTER_EPISODES);
    source.number = 0;
  }
  if (episode) fill(episode, source);
  else {
    source.flags |= SOURCE_IS_ALERTED | SOURCE_IS_SCANNER;
    areWaiting = true;
  }
  if (!isNew) return;
  if (takeToken(STAGE_START, budget)) {
    start(source);
    return;
  }
  // Not never: when the budget refills, the strongest is told first.
  rateLimit(STAGE_START);
  areWaiting = true;
}

/** The source's open episode, if it has a slot. */
function episodeOf(source: Source): Episode | null {
  const number = <u32>source.episode;
  return number ? Episode.numbered(number) : null;
}

/** Reports the start of an alerted source's episode. */
function start(source: Source): void {
  source.number = <u16>nextNumber();
  const number = fullNumber(source.number);
  const episode = episodeOf(source);
  if (episode) episode.number = number;
  reportSource(STAGE_START, source, episode, number);
}

/** Reports starts that were held back, as far as the budget goes: what cannot be forged first, then by evidence. */
function startHeldBack(): void {
  for (;;) {
    let best: Source | null = null;
    let most: i32 = -1;
    for (let source = Source.head; source.isInTable; source = source.next) {
      if (source.number || (source.episode == 0 && !source.hasFlag(SOURCE_IS_ALERTED))) continue;
      const rank = suspicion(source) + <i32>((BUDGET_SPOOFABLE - budgetOf(source)) << 16);
      if (rank <= most) continue;
      most = rank;
      best = source;
    }
    if (best == null || !takeToken(STAGE_START, budgetOf(best))) return;
    start(best);
  }
}

/** Initializes a free slot from the source's entry. */
function fill(episode: Episode, source: Source): void {
  episode.clear();
  const again = source.hasFlag(SOURCE_IS_SCANNER) && !source.hasFlag(SOURCE_IS_ALERTED);
  Counter.countPeak(COUNTER_EPISODES_OPEN, COUNTER_EPISODES_PEAK);
  source.episode = episode.slotNumber;
  // Earlier handshakes prove earlier conversations, not these probes.
  source.flags = (source.flags | SOURCE_IS_SCANNER) & ~(SOURCE_IS_PROVEN | SOURCE_IS_ALERTED);
  const past = max<u32>(source.hostsEstimate, source.portsEstimate) >>> 3;
  if (source.direction != DIRECTION_INBOUND && past > HONEST_PAST && past < 2 * <u32>source.answered)
    forgetPast(source);
  episode.source = source;
  episode.number = source.number ? fullNumber(source.number) : 0;
  episode.probes = histogramTotal(source);
  episode.answered = source.answered;
  episode.refused = source.refused;
  episode.silent = source.silent;
  episode.dark = source.dark;
  episode.targets = (<u32>source.hostsEstimate) << 1;
  episode.services = (<u32>source.portsEstimate) << 1;
  episode.targetsMass = SKETCH_MASS;
  episode.servicesMass = SKETCH_MASS;
  // A nearly full bitmap cannot tell old targets from new ones: from here on the sketch alone decides.
  if (<u32>popcnt<u64>(source.hosts) > HOSTS_FULL) source.hosts = 0;
  if (<u32>popcnt<u32>(source.ports) > PORTS_FULL) source.ports = 0;
  episode.first = source.first;
  for (let i: u32 = 0; i < TOP_PORTS; i++) {
    const slot = episode.portCount(i);
    slot.port = <u16>source.topPort(i);
    slot.count = <u16>source.topCount(i);
  }
  // The mean interval so far, so that a slow scan does not end between two probes. A source that was alerted before
  // has paused since: the whole pause counts, so that a scan in instalments stays one episode.
  const since = frame.now - source.first;
  episode.pause = again ? since : since / max<u32>(source.suspects, 1);
  episode.nextSize = <u8>PROGRESS_FIRST_LOG;
  episode.told = frame.now;
  passProgress(episode);
}

/** Removes what a long benign past has counted: it is not part of the scan. */
function forgetPast(source: Source): void {
  const suspects = (<u16>source.suspects) << 3;
  source.hostsEstimate = min<u16>(suspects, source.hostsEstimate);
  source.portsEstimate = min<u16>(suspects, source.portsEstimate);
  source.hosts = 0;
  source.ports = 0;
  source.answered = 0;
  // Not `frame.now`: a record's first time must not be later than its last.
  source.first = source.last;
  restartHistogram(source);
  source.histogram = source.suspects;
}

function histogramTotal(source: Source): u32 {
  let total: u32 = 0;
  for (let i: u32 = 0; i < HISTOGRAM_BARS; i++) total += source.bar(i);
  return max<u32>(total, 1);
}

/** Counts a probe in the source's open episode, if it has one. Call it before updating `source.last`. */
export function extendEpisode(source: Source, port: u32, isNew: bool): void {
  const episode = episodeOf(source);
  if (episode == null) return;
  if (CHECKED) assert(episode.source == source);
  episode.probes++;
  const pause = frame.now - source.last;
  if (pause > episode.pause) episode.pause = pause;
  let isDue = beginsBurst(episode, pause);
  if (isNew) {
    addToEpisode(source, episode, port);
    isDue = passProgress(episode) || isDue;
  }
  isDue = passTime(source, episode) || isDue;
  if (isDue && episode.number && maySend(STAGE_PROGRESS, BUDGET_PROGRESS))
    reportSource(STAGE_PROGRESS, source, episode, episode.number);
}

/** Counts a first contact's target and service. */
function addToEpisode(source: Source, episode: Episode, port: u32): void {
  // Elements in the source's own bitmaps were counted at the start. A new element shares one of their bits with a
  // known probability; the estimate corrects for it.
  const hosts = source.hosts;
  if (((hosts >> <u64>(frame.targetHash & 63)) & 1) == 0) {
    const growth = episode.addTarget(frame.targetHash);
    const free = 64 - <u32>popcnt<u64>(hosts);
    episode.targets += (growth * 64) / free;
  }
  if (port) {
    const serviceHash = Hash.of(port);
    const ports = source.ports;
    if (((ports >>> (serviceHash & 31)) & 1) == 0) {
      const growth = episode.addService(serviceHash);
      const free = 32 - popcnt<u32>(ports);
      episode.services += (growth * 32) / free;
    }
    addPort(episode, port);
  }
}

/** True at the probe that makes a new burst after a long pause, whether its targets are new or the same again. */
function beginsBurst(episode: Episode, pause: u32): bool {
  const packed = <u32>episode.stepsAndBurst;
  if (pause >= BURST_PAUSE_MS) {
    episode.stepsAndBurst = <u8>((packed & 15) | (1 << 4));
    return false;
  }
  const burst = packed >>> 4;
  if (burst == 0 || burst > BURST_PROBES) return false;
  episode.stepsAndBurst = <u8>(packed + 16);
  return burst == BURST_PROBES;
}

/** True if it is time to tell again, or something is certain that was not. */
function passTime(source: Source, episode: Episode): bool {
  if (certaintyNow(source, episode) & ~episode.certainty) return true;
  const since = frame.now - episode.told;
  if (since < PROGRESS_TIME_MS) return false;
  if (since < min<u32>(episode.timePause, PROGRESS_KIND_MS)) return false;
  if (since < episode.timePause) return kindNow(source, episode) != <u32>episode.kind;
  episode.passTime();
  return true;
}

/** The Space-Saving algorithm of sources.ts, with eight slots and 16-bit counts. */
function addPort(episode: Episode, port: u32): void {
  let slot = episode.portCount(0);
  let least = slot;
  let fewest: u32 = 0x10000;
  for (let i: u32 = 0; i < EPISODE_PORT_SLOTS; i++) {
    const n = <u32>slot.count;
    if (n && slot.port == port) {
      if (n != 0xffff) slot.count = <u16>(n + 1);
      return;
    }
    if (n < fewest) {
      fewest = n;
      least = slot;
    }
    slot = slot.next;
  }
  least.port = <u16>port;
  least.count = <u16>min<u32>(fewest + 1, 0xffff);
}

/** True if the scan has reached its next progress step; then advances the step. */
function passProgress(episode: Episode): bool {
  const size = max(episode.targets, episode.services) >>> 4;
  let next = <u32>episode.nextSize;
  if (size >>> next == 0) return false;
  while (size >>> next) next += next < PROGRESS_DOUBLE_LOG ? 1 : 2;
  episode.nextSize = <u8>next;
  return true;
}

/** Counts a contact's change of state (STATE_*) in the source's open episode, if it has one. */
export function countOutcome(source: Source, before: u32, after: u32): void {
  const episode = episodeOf(source);
  if (episode) episode.countOutcome(before, after);
}

/** Reports the end of an alerted source's episode. False if the budget holds it back: it is tried again. */
function reportEnd(source: Source, episode: Episode | null, all: bool, budget: u32 = BUDGET_END): bool {
  // The scan was over before its start could be told: both are told, or neither.
  if (source.number == 0 && !takeToken(STAGE_START, budgetOf(source))) return true;
  if (source.number == 0) start(source);
  if (!(all ? hasRoom() : takeToken(STAGE_END, budget))) {
    if (all) rateLimit(STAGE_END);
    return false;
  }
  reportSource(STAGE_END, source, episode, fullNumber(source.number));
  return true;
}

function endEpisode(episode: Episode, all: bool): bool {
  const source = episode.source;
  if (source == null) return true;
  if (CHECKED) assert(source.episode == episode.slotNumber);
  if (!reportEnd(source, episode, all) && !all) return false;
  episode.source = null;
  Counter.uncount(COUNTER_EPISODES_OPEN);
  close(source);
  return true;
}

/** The source needs new evidence and new targets for its next episode: a stray packet is not a second scan. */
function close(source: Source): void {
  source.episode = 0;
  source.clearFlag(SOURCE_IS_ALERTED);
  source.number = 0;
  halveEvidence(source.walk(false));
  halveEvidence(source.walk(true));
  source.fingerprint = 0;
  forgetFanOut(source);
}

/** The source's entry goes to another one: an alerted source without a slot ends. */
export function endAlerted(source: Source): void {
  if (!source.hasFlag(SOURCE_IS_ALERTED)) return;
  if (!reportEnd(source, null, false, BUDGET_INSIDE)) rateLimit(STAGE_END);
  source.clearFlag(SOURCE_IS_ALERTED);
}

/** Ends alerted sources that have no slot and are silent; then reports starts that were held back. */
function endSlotless(now: u32, all: bool): void {
  if (!areWaiting) return;
  areWaiting = false;
  for (let source = Source.head; source.isInTable; source = source.next) {
    if (source.number == 0 && source.episode) areWaiting = true;
    if (!source.hasFlag(SOURCE_IS_ALERTED)) continue;
    if ((all || now - source.last > QUIET_MS) && (reportEnd(source, null, all) || all)) close(source);
    else areWaiting = true;
  }
  if (areWaiting) startHeldBack();
}

function halveEvidence(walk: Walk): void {
  walk.evidence = <i16>min<i32>(walk.evidence, alertEvidence >> 1);
}

/** Counts a conversation of the source with a service it found, if it has an open episode. */
export function noteConversation(sourceKey: u32): void {
  const source = Source.find(sourceKey);
  if (source == null || source.episode == 0) return;
  Episode.numbered(source.episode).conversations++;
}

/** Clears the source's scanner flag; its next alert sets it again. */
export function forgetScanner(sourceKey: u32): void {
  const source = Source.find(sourceKey);
  if (source) source.clearFlag(SOURCE_IS_SCANNER);
}

/** True if the source was alerted before. */
export function isScanner(sourceKey: u32): bool {
  const source = Source.find(sourceKey);
  if (source == null) return false;
  return source.hasFlag(SOURCE_IS_SCANNER);
}

export function hasOpenEpisode(sourceKey: u32): bool {
  const source = Source.find(sourceKey);
  if (source == null) return false;
  return source.episode != 0;
}

/** True if a source outside home with an open episode has contacted the frame's target. */
export function hasInboundScanner(): bool {
  for (let episode = Episode.head; episode.isInTable; episode = episode.next) {
    const source = episode.source;
    if (source != null && source.direction == DIRECTION_INBOUND && knowsTarget(source, HOSTS_FULL)) return true;
  }
  return false;
}

/** Ends the episodes that have been silent long enough or have reached EPISODE_LIMIT_MS; `all` ends every one. */
export function endEpisodes(now: u32, all: bool): void {
  for (let episode = Episode.head; episode.isInTable; episode = episode.next) {
    const source = episode.source;
    if (source == null) continue;
    const pause = min<u32>(episode.pause, QUIET_LIMIT_MS);
    const quiet = min<u32>(max<u32>(QUIET_MS, pause * QUIET_PAUSES), QUIET_LIMIT_MS);
    const silent = now - source.last > quiet;
    if (all || silent || now - episode.first > EPISODE_LIMIT_MS) endEpisode(episode, all);
  }
  endSlotless(now, all);
}
