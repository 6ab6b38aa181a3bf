// Services across sources: the scan that many share, so that none of them does enough for an alert. For each service,
// the contacts of outside sources with home addresses that do not exist, against the rate learned for that service; and
// the same for all services together, for a scan that asks each target for something else.
import {
  DIRECTION_INBOUND,
  FLAG_SCAN,
  FLAG_SPOOFABLE,
  KIND_DISTRIBUTED_SCAN,
  KIND_FLOOD,
  PROTOCOL_ICMP,
  PROTOCOL_IP,
  SEVERITY_MEDIUM,
  STAGE_END,
  STAGE_PROGRESS,
  STAGE_START,
  TECHNIQUE_T1498,
  TECHNIQUE_T1595_001,
} from '../constants/codes';
import { SERVICE_SLOTS } from '../constants/memory';
import {
  EPISODE_LIMIT_MS,
  FADE_MS,
  FLOOD_SOURCES_PER_SECOND,
  SHARED_ALERT,
  SHARED_ALL_ALERT,
  SHARED_ALL_SERVICES,
  SHARED_ALL_START_RATE,
  SHARED_CEILING,
  SHARED_DRAIN,
  SHARED_ELSEWHERE,
  SHARED_GATE,
  SHARED_LEARN_SHIFT,
  SHARED_LEARN_SHIFT_OPEN,
  SHARED_LEAST_RATE,
  SHARED_OWN_SCORE,
  SHARED_WEIGHT,
} from '../constants/weights';
import { frame } from '../frame/frame';
import { Ports } from '../frame/headers';
import { CHECKED } from '../tables/checked';
import { Hash } from '../tables/hash';
import { SharedService } from '../tables/shared-service';
import { announce } from './notices';
import { fullNumber, nextNumber } from './records';
import { protocolCode } from './service';

/** Open episodes of single services: asked for each first-time source. */
let open: u32 = 0;

export function resetServices(): void {
  open = 0;
  SharedService.all.rate = <u16>(SHARED_ALL_START_RATE << 3);
}

function find(service: u32): SharedService | null {
  for (let entry = SharedService.head; entry.isInTable; entry = entry.next) {
    if (entry.service == service) return entry;
  }
  return null;
}

/** Drains the score at the learned rate, in whole units of evidence; the remainder stays in `drained`. */
function drain(entry: SharedService, now: u32): void {
  const rate = max<u32>(entry.rate >>> 3, SHARED_LEAST_RATE);
  const unit = max<u32>(FADE_MS / (rate * SHARED_DRAIN), 1);
  const taken = (now - entry.drained) / unit;
  if (taken == 0) return;
  entry.drained += taken * unit;
  const score = <i32>entry.score - <i32>min<u32>(taken, SHARED_CEILING);
  entry.score = <i16>max(score, 0);
  if (score <= 0 && entry.number == 0) forget(entry);
}

/** Restarts counting once the score has drained to zero. */
function forget(entry: SharedService): void {
  entry.clearCounts();
  if (entry.isAll) entry.service = 0;
  entry.first = frame.now;
}

/** Eviction priority, lowest first: free entries, then by score; among equal scores the longest silent goes first. */
function evictionPriority(entry: SharedService): i32 {
  if (entry.service == 0) return i32.MIN_VALUE;
  return ((<i32>entry.score) << 12) - <i32>min<u32>((frame.now - entry.drained) >>> 14, 0xfff);
}

/** Returns the service's entry. A new one takes a free entry, or replaces the lowest score without an open scan. */
function enter(service: u32): SharedService {
  const known = find(service);
  if (known) return known;
  let victim: SharedService | null = null;
  let least: i32 = i32.MAX_VALUE;
  for (let entry = SharedService.head; entry.isInTable; entry = entry.next) {
    if (entry.number) continue;
    const priority = evictionPriority(entry);
    if (priority < least) {
      least = priority;
      victim = entry;
    }
  }
  const chosen = victim == null ? endLowest() : victim;
  chosen.clear();
  chosen.service = service;
  chosen.drained = frame.now;
  chosen.first = frame.now;
  return chosen;
}

/** Frees an entry when every service has an open scan: ends the one with the lowest score. */
function endLowest(): SharedService {
  let lowest = SharedService.head;
  for (let entry = SharedService.head; entry.isInTable; entry = entry.next) {
    if (entry.score < lowest.score) lowest = entry;
  }
  reportService(lowest, STAGE_END);
  open--;
  return lowest;
}

/**
 * Counts the contact of an outside source, without an alert of its own, with a home address not known to exist.
 * `isNew`: a first-time source. Only those count as arrivals: a few busy sources would otherwise look like many.
 */
export function noteDark(service: u32, isNew: bool): void {
  // 0 marks a free entry. As a service it would be IP protocol 0, which no host offers.
  if (service == 0) return;
  const entry = enter(service);
  drain(entry, frame.now);
  const before = entry.sourcesEstimate >>> 3;
  count(entry);
  if (!isNew) return;
  if (entry.number == 0 && entry.score < SHARED_OWN_SCORE) noteScattered(service);
  discount(service);
  if (entry.arrivals != 0xffff) entry.arrivals++;
  const score = min<i32>(<i32>entry.score + SHARED_WEIGHT, SHARED_CEILING);
  entry.score = <i16>score;
  if (entry.number == 0) {
    if (score < SHARED_ALERT || !hasManySides(entry)) return;
    begin(entry);
    open++;
    if (CHECKED) assert(open <= SERVICE_SLOTS);
  } else {
    reportProgress(entry, before);
  }
}

/** The contact counts for no service in particular: for all together. */
function noteScattered(service: u32): void {
  const all = SharedService.all;
  drain(all, frame.now);
  const before = all.sourcesEstimate >>> 3;
  count(all);
  all.serviceBits.add(Hash.of(service));
  if (all.arrivals != 0xffff) all.arrivals++;
  const score = min<i32>(<i32>all.score + SHARED_WEIGHT, SHARED_CEILING);
  all.score = <i16>score;
  if (all.number) reportProgress(all, before);
  else if (score >= SHARED_ALL_ALERT && hasManySides(all) && popcnt<u32>(all.service) >= SHARED_ALL_SERVICES)
    begin(all);
}

function count(entry: SharedService): void {
  entry.sourcesEstimate += entry.sourceBits.addSampled(frame.sourceKey);
  entry.targetsEstimate += entry.targetBits.addSampled(frame.targetHash);
  entry.probesAndFlood++;
}

function hasManySides(entry: SharedService): bool {
  return entry.sourcesEstimate >>> 3 >= SHARED_GATE && entry.targetsEstimate >>> 3 >= SHARED_GATE;
}

function begin(entry: SharedService): void {
  entry.number = <u16>nextNumber();
  reportService(entry, STAGE_START);
}

function reportProgress(entry: SharedService, sourcesBefore: u32): void {
  const sources = entry.sourcesEstimate >>> 3;
  if (sources >= 16 && quarters(sources) > quarters(sourcesBefore)) reportService(entry, STAGE_PROGRESS);
}

/**
 * Noise tries every service; a scan tries one. A contact with another service takes a little from every other score.
 */
function discount(service: u32): void {
  for (let entry = SharedService.head; entry.isInTable; entry = entry.next) {
    const score = <i32>entry.score;
    if (score && entry.service != service) entry.score = <i16>max(score - SHARED_ELSEWHERE, 0);
  }
}

/** The base-4 logarithm, rounded down: progress is reported at 16 sources and at each fourfold. */
function quarters(n: u32): u32 {
  return (31 - clz<u32>(n)) >>> 1;
}

/** Takes back a contact whose target was believed absent: the frame is its answer. */
export function takeBackDark(): void {
  const hasPorts = frame.protocol == 6 || frame.protocol == 17 || frame.protocol == 132;
  // Echo is the only ICMP request common enough to matter.
  const port: u32 = hasPorts
    ? Ports.at(frame.transport).source
    : frame.protocol == 1
      ? 8
      : frame.protocol == 58
        ? 128
        : 0;
  const entry = find((frame.protocol << 16) | port);
  if (entry) takeBack(entry);
  takeBack(SharedService.all);
}

function takeBack(entry: SharedService): void {
  entry.score = <i16>max<i32>(<i32>entry.score - SHARED_WEIGHT, 0);
  entry.sourcesEstimate = entry.sourceBits.removeSampled(entry.sourcesEstimate, frame.targetKey);
  entry.targetsEstimate = entry.targetBits.removeSampled(entry.targetsEstimate, frame.sourceHash);
}

/** True if the service has an open distributed scan. A source that does no more than its share is part of it. */
export function isShared(service: u32): bool {
  if (open == 0) return false;
  const entry = find(service);
  if (entry == null) return false;
  return service != 0 && entry.number != 0;
}

/** Ends the scans whose score has drained to zero; `all` ends every one. */
export function endShared(now: u32, all: bool): void {
  for (let entry = SharedService.head; entry.isInTable; entry = entry.next) {
    if (entry.service != 0 && endOne(entry, now, all)) open--;
  }
  endOne(SharedService.all, now, all);
}

function endOne(entry: SharedService, now: u32, force: bool): bool {
  drain(entry, now);
  if (entry.number == 0 || (!force && entry.score > 0 && now - entry.first < EPISODE_LIMIT_MS)) return false;
  reportService(entry, STAGE_END);
  entry.number = 0;
  forget(entry);
  return true;
}

/** Learns the rate of each service. Called every FADE_MS; `steps`: periods since the last call. */
export function learnRates(steps: u32): void {
  for (let entry = SharedService.head; entry.isInTable; entry = entry.next) {
    if (entry.service) learnRate(entry, steps);
  }
  learnRate(SharedService.all, steps);
}

function learnRate(entry: SharedService, steps: u32): void {
  // A flood teaches nothing: its sender would decide what is normal here.
  if (entry.wasFlood) entry.arrivals = 0;
  let rate = <i32>entry.rate;
  let arrivals = min<i32>((<i32>entry.arrivals) << 3, 0xffff);
  // An open scan must not become the rule before it is over; what goes on for days is the rule.
  const shift = entry.number ? SHARED_LEARN_SHIFT_OPEN : SHARED_LEARN_SHIFT;
  for (let i: u32 = 0; i < min<u32>(steps, 64); i++) {
    rate += (arrivals - rate) >> shift;
    arrivals = 0;
  }
  entry.rate = <u16>rate;
  entry.arrivals = 0;
}

function reportService(entry: SharedService, stage: u32): void {
  const service = entry.isAll ? 0 : entry.service;
  // No protocol and no port: several.
  const protocol = entry.isAll ? 0 : protocolCode(service);
  const port = protocol == PROTOCOL_ICMP || protocol == PROTOCOL_IP ? 0 : service & 0xffff;
  // The members of a botnet take turns; spoofed sources arrive all at once.
  const probes = entry.probes;
  const ms = frame.now - entry.first + 16;
  // At the end the rate is no longer meaningful: the last report's classification holds.
  const flood = stage == STAGE_END ? entry.wasFlood : <u64>probes * 1000 > <u64>ms * FLOOD_SOURCES_PER_SECOND;
  entry.setFlood(probes, flood);
  const kind = flood ? KIND_FLOOD : KIND_DISTRIBUTED_SCAN;
  const technique = flood ? TECHNIQUE_T1498 : TECHNIQUE_T1595_001;
  const record = announce(stage, kind, SEVERITY_MEDIUM, protocol, port, technique, fullNumber(entry.number));
  if (record == null) return;
  record.flags = <u8>(flood ? FLAG_SPOOFABLE : FLAG_SCAN | FLAG_SPOOFABLE);
  record.direction = <u8>DIRECTION_INBOUND;
  record.confidence = 95;
  record.evidence = <u16>entry.score;
  record.sources = entry.sourcesEstimate >>> 3;
  record.targets = entry.targetsEstimate >>> 3;
  record.probes = probes;
  record.dark = probes;
  record.first = entry.first;
  if (entry.isAll) record.ports = <u16>entry.serviceBits.distinct;
}
