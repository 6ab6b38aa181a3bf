// The engine's exports. Frames and a clock go in, scan records come out; nothing else is read or written.
//
// The path of a frame: batch -> decode/link -> decode/ip -> probes/<protocol> -> contacts and evidence -> episodes ->
// records. Start reading at decode/link.ts, or at weights.ts for the definition of a scanner.
import { COUNTER_CLOCK_BACKWARDS, COUNTER_DECODED, COUNTER_FRAGMENTS, COUNTER_FRAMES } from './constants/codes';
import { BATCH_AT, BATCH_BYTES, CONFIG_AT, COUNTERS_AT, FRAME_HEAD, HEAD_BYTES } from './constants/memory';
import { CLOCK_FRAMES, CLOCK_JITTER_MS, FADE_MS, HOUSEKEEPING_MS, SUSPICION_REPORT_MS } from './constants/weights';
import { ENCAPSULATED } from './decode/encapsulation';
import { decode } from './decode/link';
import { resetTunnels, unwrap } from './decode/unwrap';
import { dropPending, forgetPaths, judgeContacts, nextDue, resetContacts, startContacts } from './detector/contacts';
import { endEpisodes, resetEpisodes } from './detector/episodes';
import { reviewWatchlist } from './detector/evidence';
import {
  forgetFirstContactFailures,
  isFirstContactListDue,
  reportFirstContactFailures,
  startFirstContactFailures,
} from './detector/first-contact-failures';
import { resumeListening, startListening } from './detector/listening';
import { endFlood, fadeNewHosts, resetNotices } from './detector/notices';
import { changePresence, fadePresence, resetPresence } from './detector/presence';
import { forgetProbation, resetProbation } from './detector/probation';
import { resetRecentlyAnswered, startRecentlyAnswered } from './detector/recently-answered';
import {
  fitBudget,
  recordAt,
  recordCount,
  refill,
  releaseRecords,
  resetRecords,
  sendDigest,
  setBackDigest,
} from './detector/records';
import { fadeGateways, resetRouters } from './detector/routers';
import { endShared, learnRates, resetServices } from './detector/services';
import { endSessions } from './detector/sessions';
import { reportSuspicions } from './detector/source-report';
import { fadeSources, setBackSources } from './detector/sources';
import { frame } from './frame/frame';
import { resetTcp } from './probes/tcp';
import { BatchFrame } from './tables/batch-frame';
import { CHECKED } from './tables/checked';
import { readConfig } from './tables/config';
import { Counter } from './tables/counter';
import { Hash } from './tables/hash';
import { Page } from './tables/page';

/** A time that no frame has. */
const NO_TIME: u64 = 1 << 32;

let running: bool = false;
let housekept: u32 = 0;
let faded: u32 = 0;
let suspicionsReported: u32 = 0;
/** Frames in a row with a time well before the clock's. */
let behind: u32 = 0;

/** Where the host writes the config (tables/config-block.ts), before `start` and `configure`. */
export function configAddress(): u32 {
  return CONFIG_AT;
}

/**
 * Clears everything but the config and restarts; the seed keys every hash. Episodes are numbered from `firstEpisode`
 * on: a host that restarts the engine within one boot passes a number above all used ones, because a number identifies
 * a scan.
 */
export function start(seedLow: u32, seedHigh: u32, firstEpisode: u32): void {
  Page.clear();
  Hash.seed(seedLow, seedHigh);
  readConfig();
  resetContacts();
  resetRecentlyAnswered();
  resetNotices();
  resetPresence();
  resetProbation();
  resetRecords(firstEpisode);
  resetEpisodes();
  resetServices();
  resetTunnels();
  startHome(0);
  running = false;
  behind = 0;
}

/**
 * Applies a changed config block. Tables, counters, clock, open scans and their numbers stay; the same block again
 * changes nothing at all.
 *
 * Budget: applies from now on; savings beyond the new one are lost. Threshold: applies to present evidence, at a
 * source's next contact or outcome; open scans stay open. Watchlist: evidence.ts, reviewWatchlist. Home: startHome.
 */
export function configure(): void {
  const isHomeNew = readConfig();
  fitBudget();
  reviewWatchlist();
  if (isHomeNew) startHome(frame.now);
}

/**
 * Called at the start and on a change of the home addresses. A source keeps its evidence and its scan, and their
 * direction until its next contact. An address that is no longer home stays in presence, where it is not looked up,
 * until it fades. But knowledge of the paths to the old home is invalid for the new one:
 * - the existing hosts are unknown: an unknown address is not dark at once, and no new host is reported for a day;
 * - whether the tap sees the answers, and how long they take, must be learned;
 * - open questions say nothing: an IPv6 source that has changed sides has another key, and its answers would not be
 * found;
 * - routers and sources of first-contact failures may be hosts at home.
 */
function startHome(now: u32): void {
  startListening(now);
  forgetPaths();
  changePresence();
  resetTcp();
  resetRouters();
  forgetFirstContactFailures();
}

export function batchAddress(): u32 {
  return BATCH_AT;
}

export function batchCapacity(): u32 {
  return BATCH_BYTES;
}

/**
 * Runs the frames in the first `bytes` bytes of the batch; returns their number. A frame: u32 time in ms, u8 bytes of
 * head, u8 link type, u16 length on the wire (65535: or more), the head, padding to a multiple of four.
 */
export function batch(bytes: u32): u32 {
  const stop: u32 = BATCH_AT + min<u32>(bytes, BATCH_BYTES);
  let at: u32 = BATCH_AT;
  let frames: u32 = 0;
  let lost: u32 = 0;
  let clock: u64 = running ? frame.now : NO_TIME;
  while (at + FRAME_HEAD <= stop) {
    const header = BatchFrame.at(at);
    const captured = min<u32>(header.captured, HEAD_BYTES);
    const head = at + FRAME_HEAD;
    const next = head + ((captured + 3) & ~3);
    if (next > stop) break;
    const time = header.time;
    if (time != clock) {
      advance(time);
      clock = frame.now;
    }
    const original = max<u32>(header.wireLength, captured);
    const fate = decode(header.link, head, head + captured, head + original);
    frames++;
    if (fate != COUNTER_DECODED) lost += settle(fate);
    at = next;
  }
  Counter.add(COUNTER_FRAMES, frames);
  Counter.add(COUNTER_DECODED, frames - lost);
  return frames;
}

/** What is encapsulated is decoded now; 1 where a frame came to nothing. */
function settle(fate: u32): u32 {
  if (fate == ENCAPSULATED) fate = unwrap();
  if (CHECKED) assert(fate >= COUNTER_DECODED && fate < COUNTER_FRAGMENTS);
  if (fate == COUNTER_DECODED) return 0;
  Counter.count(fate);
  return 1;
}

/** Advances the time without frames: outcomes by silence, ends of episodes, digests. */
export function tick(time: u32): void {
  advance(time);
  keepHouse(frame.now);
}

/** End of input: open episodes end now, and the last digest is sent. */
export function flush(time: u32): void {
  advance(time);
  dropPending();
  endOpenScans(frame.now, true);
  sendDigest(frame.now, true);
}

function endOpenScans(now: u32, all: bool): void {
  endEpisodes(now, all);
  endShared(now, all);
  endSessions(now, all);
  endFlood(now, all);
}

/** Several frames in a row are earlier: a wrong time stamp had advanced the clock, or the clock was set back. */
function setClock(time: u32): void {
  // Open scans belong to the other time.
  endOpenScans(frame.now, true);
  dropPending();
  behind = 0;
  frame.now = time;
  housekept = time;
  faded = time;
  suspicionsReported = time;
  refill(time);
  setBackDigest(time);
  startContacts(time);
  startFirstContactFailures(time);
  startRecentlyAnswered(time);
  resumeListening(time);
  setBackSources(time);
  forgetProbation();
}

/** The clock does not go back for single frames; u32 milliseconds wrap after 49 days. */
function advance(time: u32): void {
  if (!running) {
    running = true;
    frame.now = time;
    housekept = time;
    faded = time;
    suspicionsReported = time;
    refill(time);
    startContacts(time);
    startFirstContactFailures(time);
    startRecentlyAnswered(time);
    startListening(time);
  }
  if (time == frame.now) return;
  if (<i32>(time - frame.now) < 0) {
    Counter.count(COUNTER_CLOCK_BACKWARDS);
    if (frame.now - time > CLOCK_JITTER_MS && ++behind == CLOCK_FRAMES) setClock(time);
    return;
  }
  behind = 0;
  frame.now = time;
  if (<i32>(time - nextDue) >= 0) judgeContacts(time);
  if (time - housekept >= HOUSEKEEPING_MS) keepHouse(time);
}

function keepHouse(now: u32): void {
  housekept = now;
  refill(now);
  endOpenScans(now, false);
  sendDigest(now, false);
  if (now - suspicionsReported >= SUSPICION_REPORT_MS) {
    suspicionsReported = now;
    reportSuspicions();
    reportFirstContactFailures(now);
  } else if (isFirstContactListDue(now)) {
    reportFirstContactFailures(now);
  }
  // A capture may jump by days: one pass catches up, however long the jump.
  const fades = (now - faded) / FADE_MS;
  if (fades) {
    faded += fades * FADE_MS;
    fadeSources(now, fades);
    fadePresence(now);
    learnRates(fades);
    fadeGateways();
    fadeNewHosts();
  }
}

/** The number of waiting records; then the address of the i-th, and the release of the first n. */
export function recordsPending(): u32 {
  return recordCount();
}

export function recordAddress(index: u32): u32 {
  return recordAt(index);
}

export function recordsRelease(n: u32): void {
  releaseRecords(n);
}

export function countersAddress(): u32 {
  return COUNTERS_AT;
}
