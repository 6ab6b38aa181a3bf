// Records, the engine's output: a ring of 96-byte records (codes.ts), the alert budget that keeps a bad day from
// flooding the uplink, and the digest of what the budget rate-limited.
import {
  COUNTER_HELD_BACK,
  COUNTER_RECORDS,
  COUNTER_RECORDS_LOST,
  KIND_DIGEST,
  SEVERITY_LOW,
  STAGE_END,
  STAGE_START,
} from '../constants/codes';
import { RECORD_SLOTS } from '../constants/memory';
import { DIGEST_MS } from '../constants/weights';
import { frame } from '../frame/frame';
import { CHECKED } from '../tables/checked';
import { alertsPerMinute } from '../tables/config';
import { Counter } from '../tables/counter';
import { ScanRecord } from '../tables/scan-record';

let oldest: u32 = 0;
let pending: u32 = 0;

/** Token bucket in 1/60000 record. A minute refills half the budget; the bucket holds as much. */
let tokens: u32 = 0;
let refilled: u32 = 0;

let rateLimited: u32 = 0;
let rateLimitedStarts: u32 = 0;
let rateLimitedFirst: u32 = 0;

const TOKEN: u32 = 60000;
/** Slots reserved for digests: one that was due, and one at the end. */
const DIGEST_SLOTS: u32 = 2;
/** Slots reserved for starts, against progress and ends. */
const START_SLOTS: u32 = 4;

/** The newest episode's number. */
let numbers: u32 = 0;

/** Numbers episodes from `firstNumber` on; 0 counts as 1. */
export function resetRecords(firstNumber: u32): void {
  numbers = firstNumber - 1;
  oldest = 0;
  pending = 0;
  tokens = (alertsPerMinute * TOKEN) >>> 1;
  refilled = 0;
  rateLimited = 0;
  rateLimitedStarts = 0;
}

/** The number of a new episode. Its low half is never 0: entries store the low half only, and 0 means none. */
export function nextNumber(): u32 {
  if ((++numbers & 0xffff) == 0) numbers++;
  return numbers;
}

/** The newest episode number whose low half is `low`. */
export function fullNumber(low: u32): u32 {
  const number = (numbers & 0xffff0000) | low;
  return number > numbers ? number - 0x10000 : number;
}

/** Caps the saved tokens at half the budget, which may have shrunk. */
export function fitBudget(): void {
  tokens = min<u32>(tokens, (alertsPerMinute * TOKEN) >>> 1);
}

export function refill(now: u32): void {
  const elapsed = min<u32>(now - refilled, 120000);
  refilled = now;
  // Within any 60 s at most the saved half and the refilled half are spent: never more than the budget.
  tokens = min<u32>(tokens + ((elapsed * alertsPerMinute) >>> 1), (alertsPerMinute * TOKEN) >>> 1);
}

/** Whose records leave how much of the saved tokens to others: what is easier to forge leaves more. */
export const BUDGET_INSIDE: u32 = 0;
export const BUDGET_PROVEN: u32 = 1;
export const BUDGET_END: u32 = 1;
export const BUDGET_SPOOFABLE: u32 = 2;
export const BUDGET_PROGRESS: u32 = 2;

/** Takes a token for an alert record; false if there is none for this class (BUDGET_*). */
export function takeToken(stage: u32, class_: u32): bool {
  // A quarter of the saved tokens is for whom a handshake or the inside vouches, a half of that for the inside alone.
  const reserve: u32 = class_ ? (alertsPerMinute * TOKEN) >>> (5 - class_) : 0;
  // A ring that the app has not emptied counts as an exhausted budget: the digest sums up what would be lost.
  const slots: u32 = stage == STAGE_START ? DIGEST_SLOTS : DIGEST_SLOTS + START_SLOTS;
  if (tokens < TOKEN + reserve || pending >= RECORD_SLOTS - slots) return false;
  tokens -= TOKEN;
  return true;
}

/** The same; without a token, counts the record in the next digest. */
export function maySend(stage: u32, class_: u32 = BUDGET_PROVEN): bool {
  if (takeToken(stage, class_)) return true;
  rateLimit(stage);
  return false;
}

/** True if the ring has room for an end, whatever the budget says: the input ends. */
export function hasRoom(): bool {
  return pending < RECORD_SLOTS - DIGEST_SLOTS;
}

/** Counts a record in the next digest instead of sending it. */
export function rateLimit(stage: u32): void {
  Counter.count(COUNTER_HELD_BACK);
  if (rateLimited == 0) rateLimitedFirst = frame.now;
  rateLimited++;
  if (stage == STAGE_START) rateLimitedStarts++;
}

/** A zeroed slot of the ring with stage, kind and time filled in; null if the ring is full. */
export function newRecord(stage: u32, kind: u32): ScanRecord | null {
  Counter.count(COUNTER_RECORDS);
  if (pending == RECORD_SLOTS) {
    Counter.count(COUNTER_RECORDS_LOST);
    return null;
  }
  if (CHECKED) assert(pending < RECORD_SLOTS && oldest < RECORD_SLOTS);
  const record = ScanRecord.slot((oldest + pending) % RECORD_SLOTS);
  pending++;
  record.clear();
  record.stage = <u8>stage;
  record.kind = <u8>kind;
  record.time = frame.now;
  return record;
}

/** Reports what was rate-limited: `probes` counts the records, `targets` the scan starts among them. */
export function sendDigest(now: u32, force: bool): void {
  if (rateLimited == 0 || (!force && now - rateLimitedFirst < DIGEST_MS)) return;
  const record = newRecord(STAGE_END, KIND_DIGEST);
  if (record == null) return;
  record.severity = <u8>SEVERITY_LOW;
  record.first = rateLimitedFirst;
  record.last = now;
  record.probes = rateLimited;
  record.targets = rateLimitedStarts;
  record.episode = nextNumber();
  rateLimited = 0;
  rateLimitedStarts = 0;
}

/** The clock was set back to `now`. */
export function setBackDigest(now: u32): void {
  rateLimitedFirst = now;
}

/** True if the ring has a slot for another suspicion report; the last slots are reserved for digests. */
export function mayReportSuspicion(): bool {
  return pending < RECORD_SLOTS - DIGEST_SLOTS;
}

export function recordCount(): u32 {
  return pending;
}

export function recordAt(index: u32): u32 {
  return ScanRecord.slot((oldest + index) % RECORD_SLOTS).address;
}

export function releaseRecords(n: u32): void {
  n = min(n, pending);
  oldest = (oldest + n) % RECORD_SLOTS;
  pending -= n;
}
