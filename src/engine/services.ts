// Services across sources: the scan that many share, so that none of them does enough to be accused. For each service, the
// contacts of outside sources with home addresses that do not exist, against the rate learned for that service.
//
//   +0  u32 service (serviceOf), 0: free     +4  u32 time up to which the score is drained, ms
//   +8  u32 first contact, ms                +12 i16 score, 1/32 nat     +14 u16 number of the open episode, 0: none
//   +16 u64 sources   +24 u64 targets (self-learning bitmaps)
//   +32 u32 probes, bit 31: told as a flood    +36 u32 sources, eighths    +40 u32 targets, eighths
//   +44 u16 learned rate, 1/8 contacts per FADE_MS   +46 u16 contacts in this FADE_MS
import { SERVICE_BYTES, SERVICE_SLOTS, SERVICES_AT } from './memory';
import {
  DIRECTION_INBOUND, FLAG_SCAN, FLAG_SPOOFABLE, KIND_DISTRIBUTED_SCAN, KIND_FLOOD, TECHNIQUE_T1498, PROTOCOL_ICMP, PROTOCOL_IP, RECORD_CONFIDENCE,
  RECORD_DARK, RECORD_DIRECTION, RECORD_EVIDENCE, RECORD_FIRST, RECORD_FLAGS, RECORD_PROBES, RECORD_SOURCES, RECORD_TARGETS, SEVERITY_MEDIUM,
  STAGE_END, STAGE_PROGRESS, STAGE_START, TECHNIQUE_T1595_001,
} from './codes';
import { frame } from './frame';
import { announce } from './notices';
import { fullNumber, nextNumber } from './records';
import { protocolCode } from './service';
import { addToSample64, takeFromSample64 } from './sketch';
import { EPISODE_LIMIT_MS, FLOOD_SOURCES_PER_SECOND, SHARED_ALERT, SHARED_CEILING, SHARED_DRAIN, SHARED_ELSEWHERE, SHARED_GATE, SHARED_LEARN_SHIFT, SHARED_LEARN_SHIFT_OPEN, SHARED_LEAST_RATE, SHARED_WEIGHT, FADE_MS } from './weights';

const LAST = 4;
const FIRST = 8;
const SCORE = 12;
const NUMBER = 14;
const SOURCES = 16;
const TARGETS = 24;
const PROBES = 32;
const SOURCES_ESTIMATE = 36;
const TARGETS_ESTIMATE = 40;
const RATE = 44;
const ARRIVALS = 46;
/** On top of the probes: the newest record called it a flood. */
const WAS_FLOOD: u32 = 0x80000000;
const END: u32 = SERVICES_AT + SERVICE_SLOTS * SERVICE_BYTES;

/** Stories that are open: asked for each newcomer. */
let open: u32 = 0;

export function resetServices(): void {
  open = 0;
}

function find(service: u32): u32 {
  for (let at: u32 = SERVICES_AT; at < END; at += SERVICE_BYTES) {
    if (load<u32>(at) == service) return at;
  }
  return 0;
}

/** Time takes back what the learned rate would have brought, one unit of evidence at a time: rounding must not stop it. */
function drain(at: u32, now: u32): void {
  const rate = max<u32>(load<u16>(at, RATE) >>> 3, SHARED_LEAST_RATE);
  const unit = max<u32>(FADE_MS / (rate * SHARED_DRAIN), 1);
  const taken = (now - load<u32>(at, LAST)) / unit;
  if (taken == 0) return;
  store<u32>(at, load<u32>(at, LAST) + taken * unit, LAST);
  const score = <i32>load<i16>(at, SCORE) - <i32>min<u32>(taken, SHARED_CEILING);
  store<i16>(at, <i16>max(score, 0), SCORE);
  if (score <= 0 && load<u16>(at, NUMBER) == 0) forget(at);
}

/** Nothing of the past speaks for a scan any more: count anew. */
function forget(at: u32): void {
  memory.fill(at + SOURCES, 0, RATE - SOURCES);
  store<u32>(at, frame.now, FIRST);
}

/** The service's entry; a new one takes a free place, or that of the service with the least to say that has no open scan. */
function enter(service: u32): u32 {
  const known = find(service);
  if (known) return known;
  let victim: u32 = 0;
  let least: i32 = i32.MAX_VALUE;
  for (let at: u32 = SERVICES_AT; at < END; at += SERVICE_BYTES) {
    if (load<u16>(at, NUMBER)) continue;
    const evictionPriority = load<u32>(at) ? (<i32>load<i16>(at, SCORE) << 12) - <i32>min<u32>((frame.now - load<u32>(at, LAST)) >>> 14, 0xfff) : i32.MIN_VALUE;
    if (evictionPriority < least) {
      least = evictionPriority;
      victim = at;
    }
  }
  if (victim == 0) {
    // All of them are open: the one with the least to say has said it.
    victim = SERVICES_AT;
    for (let at: u32 = SERVICES_AT; at < END; at += SERVICE_BYTES) {
      if (load<i16>(at, SCORE) < load<i16>(victim, SCORE)) victim = at;
    }
    reportService(victim, STAGE_END);
    open--;
  }
  memory.fill(victim, 0, SERVICE_BYTES);
  store<u32>(victim, service);
  store<u32>(victim, frame.now, LAST);
  store<u32>(victim, frame.now, FIRST);
  return victim;
}

/**
 * An outside source that is not accused by itself has reached for a home address that is not known to exist. `isNew`: it had
 * not been seen before; only such arrivals count, or a few busy sources would look like many.
 */
export function noteDark(service: u32, isNew: bool): void {
  // 0 marks a free place; as a service it is IP's protocol 0, which nobody offers.
  if (service == 0) return;
  const at = enter(service);
  drain(at, frame.now);
  const before = load<u32>(at, SOURCES_ESTIMATE) >>> 3;
  const growth = addToSample64(at + SOURCES, frame.sourceKey);
  store<u32>(at, load<u32>(at, SOURCES_ESTIMATE) + growth, SOURCES_ESTIMATE);
  store<u32>(at, load<u32>(at, TARGETS_ESTIMATE) + addToSample64(at + TARGETS, frame.targetHash), TARGETS_ESTIMATE);
  store<u32>(at, load<u32>(at, PROBES) + 1, PROBES);
  if (!isNew) return;
  discount(service);
  const arrivals = load<u16>(at, ARRIVALS);
  if (arrivals != 0xffff) store<u16>(at, arrivals + 1, ARRIVALS);
  const score = min<i32>(<i32>load<i16>(at, SCORE) + SHARED_WEIGHT, SHARED_CEILING);
  store<i16>(at, <i16>score, SCORE);
  const sources = load<u32>(at, SOURCES_ESTIMATE) >>> 3;
  if (load<u16>(at, NUMBER) == 0) {
    if (score < SHARED_ALERT || sources < SHARED_GATE || load<u32>(at, TARGETS_ESTIMATE) >>> 3 < SHARED_GATE) return;
    store<u16>(at, <u16>nextNumber(), NUMBER);
    open++;
    reportService(at, STAGE_START);
  } else if (sources >= 16 && quarters(sources) > quarters(before)) {
    reportService(at, STAGE_PROGRESS);
  }
}

/** Noise reaches for every service; a scan of one does not. What goes elsewhere takes back a little of every other score. */
function discount(service: u32): void {
  for (let at: u32 = SERVICES_AT; at < END; at += SERVICE_BYTES) {
    const score = <i32>load<i16>(at, SCORE);
    if (score && load<u32>(at) != service) store<i16>(at, <i16>max(score - SHARED_ELSEWHERE, 0), SCORE);
  }
}

/** Progress is told at 16 sources and at each fourfold. */
function quarters(n: u32): u32 {
  return (31 - clz<u32>(n)) >>> 1;
}

/** What was taken for absent has answered: the frame is the answer. */
export function takeBackDark(): void {
  const hasPorts = frame.protocol == 6 || frame.protocol == 17 || frame.protocol == 132;
  // Of ICMP, echo alone is common enough to matter.
  const port: u32 = hasPorts ? bswap<u16>(load<u16>(frame.transport)) : frame.protocol == 1 ? 8 : frame.protocol == 58 ? 128 : 0;
  const at = find((frame.protocol << 16) | port);
  if (at == 0) return;
  store<i16>(at, <i16>max<i32>(<i32>load<i16>(at, SCORE) - SHARED_WEIGHT, 0), SCORE);
  takeFromSample64(at + SOURCES, at + SOURCES_ESTIMATE, frame.targetKey);
  takeFromSample64(at + TARGETS, at + TARGETS_ESTIMATE, frame.sourceHash);
}

/** Is the service under a scan that many share? Then who does no more than his share is part of that story. */
export function isShared(service: u32): bool {
  if (open == 0) return false;
  const at = find(service);
  return service != 0 && at != 0 && load<u16>(at, NUMBER) != 0;
}

/** Ends what has drained to nothing, or everything. */
export function endShared(now: u32, all: bool): void {
  for (let at: u32 = SERVICES_AT; at < END; at += SERVICE_BYTES) {
    if (load<u32>(at) == 0) continue;
    drain(at, now);
    if (load<u16>(at, NUMBER) == 0 || (!all && load<i16>(at, SCORE) > 0 && now - load<u32>(at, FIRST) < EPISODE_LIMIT_MS)) continue;
    reportService(at, STAGE_END);
    open--;
    store<u16>(at, 0, NUMBER);
    forget(at);
  }
}

/** Learns the rate of each service. Called every FADE_MS, or later for several. */
export function learnRates(steps: u32): void {
  for (let at: u32 = SERVICES_AT; at < END; at += SERVICE_BYTES) {
    if (load<u32>(at) == 0) continue;
    // A flood teaches nothing: its sender would decide what is normal here.
    if (load<u32>(at, PROBES) & WAS_FLOOD) store<u16>(at, 0, ARRIVALS);
    let rate = <i32>load<u16>(at, RATE);
    let arrivals = min<i32>(<i32>load<u16>(at, ARRIVALS) << 3, 0xffff);
    // An open scan must not become the rule before it is over; what goes on for days is the rule.
    const shift = load<u16>(at, NUMBER) ? SHARED_LEARN_SHIFT_OPEN : SHARED_LEARN_SHIFT;
    for (let i: u32 = 0; i < min<u32>(steps, 64); i++) {
      rate += (arrivals - rate) >> shift;
      arrivals = 0;
    }
    store<u16>(at, <u16>rate, RATE);
    store<u16>(at, 0, ARRIVALS);
  }
}

function reportService(at: u32, stage: u32): void {
  const service = load<u32>(at);
  const protocol = protocolCode(service);
  const port = protocol == PROTOCOL_ICMP || protocol == PROTOCOL_IP ? 0 : service & 0xffff;
  // A botnet's members take turns; forged sources come all at once, and only waste our time.
  const probes = load<u32>(at, PROBES) & ~WAS_FLOOD;
  const ms = frame.now - load<u32>(at, FIRST) + 16;
  // At the end the pace lies in the past: what was told last still holds.
  const flood = stage == STAGE_END ? (load<u32>(at, PROBES) & WAS_FLOOD) != 0 : <u64>probes * 1000 > <u64>ms * FLOOD_SOURCES_PER_SECOND;
  store<u32>(at, flood ? probes | WAS_FLOOD : probes, PROBES);
  const kind = flood ? KIND_FLOOD : KIND_DISTRIBUTED_SCAN;
  const technique = flood ? TECHNIQUE_T1498 : TECHNIQUE_T1595_001;
  const record = announce(stage, kind, SEVERITY_MEDIUM, protocol, port, technique, fullNumber(load<u16>(at, NUMBER)));
  if (record == 0) return;
  store<u8>(record, <u8>(flood ? FLAG_SPOOFABLE : FLAG_SCAN | FLAG_SPOOFABLE), RECORD_FLAGS);
  store<u8>(record, <u8>DIRECTION_INBOUND, RECORD_DIRECTION);
  store<u8>(record, 95, RECORD_CONFIDENCE);
  store<u16>(record, load<u16>(at, SCORE), RECORD_EVIDENCE);
  store<u32>(record, load<u32>(at, SOURCES_ESTIMATE) >>> 3, RECORD_SOURCES);
  store<u32>(record, load<u32>(at, TARGETS_ESTIMATE) >>> 3, RECORD_TARGETS);
  store<u32>(record, probes, RECORD_PROBES);
  store<u32>(record, probes, RECORD_DARK);
  store<u32>(record, load<u32>(at, FIRST), RECORD_FIRST);
}
