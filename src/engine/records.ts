// Records: what leaves the engine. A ring of 96-byte records (codes.ts), the alert budget that keeps a bad day from
// flooding the uplink, and the digest that tells what the budget held back.
import { RECORDS_AT, RECORD_SLOTS } from './memory';
import {
  COUNTER_HELD_BACK, COUNTER_RECORDS, COUNTER_RECORDS_LOST, KIND_DIGEST, RECORD_BYTES, RECORD_EPISODE, RECORD_FIRST, RECORD_KIND, RECORD_LAST, RECORD_PROBES,
  RECORD_SEVERITY, RECORD_STAGE, RECORD_TARGETS, RECORD_TIME, SEVERITY_LOW, STAGE_END, STAGE_START,
} from './codes';
import { alertsPerMinute } from './config';
import { count } from './counters';
import { frame } from './frame';
import { DIGEST_MS } from './weights';

let oldest: u32 = 0;
let pending: u32 = 0;

/** Tokens in 1/60000 of a record: a minute's refill is half the budget, and so is the most that can be saved up. */
let tokens: u32 = 0;
let refilled: u32 = 0;

let rateLimited: u32 = 0;
let rateLimitedStarts: u32 = 0;
let rateLimitedFirst: u32 = 0;

const TOKEN: u32 = 60000;
/** Slots that alerts and whispers leave to digests: one that was due, and one at the end. */
const DIGEST_SLOTS: u32 = 2;
/** And that progress and ends leave to onsets. */
const START_SLOTS: u32 = 4;

/** The newest story's number. */
let numbers: u32 = 0;

/** Stories are numbered from `firstNumber` on; 0 is 1. */
export function resetRecords(firstNumber: u32): void {
  numbers = firstNumber - 1;
  oldest = 0;
  pending = 0;
  tokens = (alertsPerMinute * TOKEN) >>> 1;
  refilled = 0;
  rateLimited = 0;
  rateLimitedStarts = 0;
}

/** The number of a new story. Never one with sixteen low zeros: entries keep the low half, and 0 is none. */
export function nextNumber(): u32 {
  if ((++numbers & 0xffff) == 0) numbers++;
  return numbers;
}

/** The newest number with this low half. */
export function fullNumber(low: u32): u32 {
  const number = (numbers & 0xffff0000) | low;
  return number > numbers ? number - 0x10000 : number;
}

/** The budget may have shrunk: no more can be saved up than half of it. */
export function fitBudget(): void {
  tokens = min<u32>(tokens, (alertsPerMinute * TOKEN) >>> 1);
}

export function refill(now: u32): void {
  const elapsed = min<u32>(now - refilled, 120000);
  refilled = now;
  // In any 60 s at most the saved half and the refilled half go out: never above the budget.
  tokens = min<u32>(tokens + ((elapsed * alertsPerMinute) >>> 1), (alertsPerMinute * TOKEN) >>> 1);
}

/**
 * May an alert record of this stage go out now? Progress and ends leave the last quarter of the budget to onsets; `inside`: the
 * onset is that of a machine at home.
 * What may not is counted into the next digest.
 */
export function maySend(stage: u32, inside: bool = false): bool {
  // Strangers are many and cheap to forge: the last eighth is for machines of ours.
  const reserve: u32 = stage != STAGE_START ? (alertsPerMinute * TOKEN) >>> 3 : inside ? 0 : (alertsPerMinute * TOKEN) >>> 4;
  // A ring that the app has not emptied is a full budget too: told in the digest, not lost.
  const slots: u32 = stage == STAGE_START ? DIGEST_SLOTS : DIGEST_SLOTS + START_SLOTS;
  if (tokens >= TOKEN + reserve && pending < RECORD_SLOTS - slots) {
    tokens -= TOKEN;
    return true;
  }
  rateLimit(stage);
  return false;
}

/** Counts into the next digest what is not told by itself. */
export function rateLimit(stage: u32): void {
  count(COUNTER_HELD_BACK);
  if (rateLimited == 0) rateLimitedFirst = frame.now;
  rateLimited++;
  if (stage == STAGE_START) rateLimitedStarts++;
}

/** A zeroed slot of the ring with stage, kind and time filled in; 0 where the app has not kept up. */
export function newRecord(stage: u32, kind: u32): u32 {
  count(COUNTER_RECORDS);
  if (pending == RECORD_SLOTS) {
    count(COUNTER_RECORDS_LOST);
    return 0;
  }
  const at = RECORDS_AT + ((oldest + pending) % RECORD_SLOTS) * RECORD_BYTES;
  pending++;
  memory.fill(at, 0, RECORD_BYTES);
  store<u8>(at, <u8>stage, RECORD_STAGE);
  store<u8>(at, <u8>kind, RECORD_KIND);
  store<u32>(at, frame.now, RECORD_TIME);
  return at;
}

/** Tells what was held back: probes = records, targets = scans whose onset was among them. */
export function sendDigest(now: u32, force: bool): void {
  if (rateLimited == 0 || (!force && now - rateLimitedFirst < DIGEST_MS)) return;
  const at = newRecord(STAGE_END, KIND_DIGEST);
  if (at == 0) return;
  store<u8>(at, <u8>SEVERITY_LOW, RECORD_SEVERITY);
  store<u32>(at, rateLimitedFirst, RECORD_FIRST);
  store<u32>(at, now, RECORD_LAST);
  store<u32>(at, rateLimited, RECORD_PROBES);
  store<u32>(at, rateLimitedStarts, RECORD_TARGETS);
  store<u32>(at, nextNumber(), RECORD_EPISODE);
  rateLimited = 0;
  rateLimitedStarts = 0;
}

/** The clock was set back to `now`. */
export function setBackDigest(now: u32): void {
  rateLimitedFirst = now;
}

/** Is there a place for one more whisper? The last ones are for digests. */
export function mayReportSuspicion(): bool {
  return pending < RECORD_SLOTS - DIGEST_SLOTS;
}

export function recordCount(): u32 {
  return pending;
}

export function recordAt(index: u32): u32 {
  return RECORDS_AT + ((oldest + index) % RECORD_SLOTS) * RECORD_BYTES;
}

export function releaseRecords(n: u32): void {
  n = min(n, pending);
  oldest = (oldest + n) % RECORD_SLOTS;
  pending -= n;
}
