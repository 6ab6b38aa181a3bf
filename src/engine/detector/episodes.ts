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
  EPISODE_LIMIT_MS,
  PROGRESS_DOUBLE_TO,
  PROGRESS_FIRST,
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
import { fullNumber, maySend, nextNumber } from './records';
import { reportSource } from './source-report';
import { forgetFanOut, restartHistogram } from './sources';

/** An internal host with more targets or ports than this, half of which answered, has done benign work before. */
const PAST: u32 = 24;

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
    Counter.count(COUNTER_EPISODES_CUT);
    endEpisode(idlest);
  }
  return idlest;
}

/** Opens an episode for an alerted source. `announce` is false if its start was reported before a slot was free. */
export function openEpisode(source: Source, announce: bool): void {
  const episode = freeSlot();
  if (announce) {
    Counter.count(COUNTER_EPISODES);
    source.number = <u16>nextNumber();
  }
  if (episode == null) source.setFlag(SOURCE_IS_ALERTED);
  else fill(episode, source);
  if (announce && maySend(STAGE_START, source.direction != DIRECTION_INBOUND))
    reportSource(STAGE_START, source, episode, fullNumber(source.number));
}

/** Initializes a free slot from the source's entry. */
function fill(episode: Episode, source: Source): void {
  episode.clear();
  const again = source.hasFlag(SOURCE_IS_SCANNER);
  Counter.countPeak(COUNTER_EPISODES_OPEN, COUNTER_EPISODES_PEAK);
  source.episode = episode.slotNumber;
  // Earlier handshakes prove earlier conversations, not these probes.
  source.flags = (source.flags | SOURCE_IS_SCANNER) & ~SOURCE_IS_PROVEN;
  const past = max<u32>(source.hostsEstimate, source.portsEstimate) >>> 3;
  if (source.direction != DIRECTION_INBOUND && past > PAST && past < 2 * <u32>source.answered) forgetPast(source);
  episode.source = source;
  episode.number = fullNumber(source.number);
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
  if (popcnt<u64>(source.hosts) > 48) source.hosts = 0;
  if (popcnt<u32>(source.ports) > 24) source.ports = 0;
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
  episode.nextProgress = PROGRESS_FIRST;
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
  source.first = frame.now;
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
  const number = <u32>source.episode;
  if (number == 0) return;
  const episode = Episode.numbered(number);
  if (CHECKED) assert(episode.source == source);
  episode.probes++;
  const pause = frame.now - source.last;
  if (pause > episode.pause) episode.pause = pause;
  if (!isNew) return;
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
  if (passProgress(episode) && maySend(STAGE_PROGRESS)) reportSource(STAGE_PROGRESS, source, episode, episode.number);
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
  let next = episode.nextProgress;
  if (size < next) return false;
  while (size >= next) next <<= next < PROGRESS_DOUBLE_TO ? 1 : 2;
  episode.nextProgress = next;
  return true;
}

/** Counts a contact's change of state (STATE_*) in the source's open episode, if it has one. */
export function countOutcome(source: Source, before: u32, after: u32): void {
  const number = <u32>source.episode;
  if (number) Episode.numbered(number).countOutcome(before, after);
}

function endEpisode(episode: Episode): void {
  const source = episode.source;
  if (source == null) return;
  if (CHECKED) assert(source.episode == episode.slotNumber);
  if (maySend(STAGE_END)) reportSource(STAGE_END, source, episode, episode.number);
  episode.source = null;
  Counter.uncount(COUNTER_EPISODES_OPEN);
  // The source needs new evidence and new targets for its next episode: a stray packet is not a second scan.
  source.episode = 0;
  source.clearFlag(SOURCE_IS_ALERTED);
  halveEvidence(source.walk(false));
  halveEvidence(source.walk(true));
  source.fingerprint = 0;
  forgetFanOut(source);
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
  return source != null && source.hasFlag(SOURCE_IS_SCANNER);
}

export function hasOpenEpisode(sourceKey: u32): bool {
  const source = Source.find(sourceKey);
  if (source == null) return false;
  return source.episode != 0;
}

/** True if any source outside home has an open episode. */
export function hasInbound(): bool {
  for (let episode = Episode.head; episode.isInTable; episode = episode.next) {
    const source = episode.source;
    if (source != null && source.direction == DIRECTION_INBOUND) return true;
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
    if (all || silent || now - episode.first > EPISODE_LIMIT_MS) endEpisode(episode);
  }
}
