// Probation: sources with a single contact so far. A flood of spoofed sources fills and refills this table and never
// touches the source table; whoever makes a second, distinct contact while here is promoted.
//
//   +0 u32 key of the source   +4 u32 hash of its target   +8 u16 service
//   +10 u8 bits 5-7: state of the contact, bits 0-4: row   +11 u8 1: in use   +12 u32 time, ms
import { PROBATION_AT, PROBATION_ENTRY_BYTES, PROBATION_SETS, PROBATION_WAYS } from './memory';
import { COUNTER_PROBATION_EVICTED, COUNTER_PROBATION_USED } from './codes';
import { count, uncount } from './counters';
import { frame } from './frame';
import { hash1, slotOf } from './hash';
import { CHURN_ADMIT, STATE_ANSWERED } from './weights';

/** Ages count in units of 2^14 ms (16 s), up to this; the others lie beyond any real one. */
const OLDEST: u32 = 0x7fff;
const ANSWERED: i32 = 0x10000;
const FREE: i32 = 0x100000;

let evictions: u32 = 0;

export function resetProbation(): void {
  evictions = 0;
}

// @ts-ignore: decorator
@inline
function setOf(key: u32): u32 {
  return PROBATION_AT + slotOf(key, PROBATION_SETS) * (PROBATION_WAYS * PROBATION_ENTRY_BYTES);
}

export function findProbation(key: u32): u32 {
  let at = setOf(key);
  for (let i: u32 = 0; i < PROBATION_WAYS; i++) {
    if (load<u32>(at) == key && load<u8>(at, 11)) return at;
    at += PROBATION_ENTRY_BYTES;
  }
  return 0;
}

export function addProbation(service: u32, situation: u32, state: u32): void {
  let at = setOf(frame.sourceKey);
  let victim = at;
  let oldest: i32 = -1;
  for (let i: u32 = 0; i < PROBATION_WAYS; i++) {
    // Free places first, then those of clients that were answered: they are what most newcomers are.
    let age: i32 = load<u8>(at, 11) ? <i32>min<u32>((frame.now - load<u32>(at, 12)) >>> 14, OLDEST) : FREE;
    if (age != FREE && probationState(at) == STATE_ANSWERED) age += ANSWERED;
    if (age > oldest) {
      oldest = age;
      victim = at;
    }
    at += PROBATION_ENTRY_BYTES;
  }
  if (load<u8>(victim, 11)) {
    count(COUNTER_PROBATION_EVICTED);
    // Any of them and not the oldest, so that somebody slow is still here now and then when he comes again.
    if (oldest < ANSWERED) victim = setOf(frame.sourceKey) + (hash1(frame.targetHash ^ evictions++) & (PROBATION_WAYS - 1)) * PROBATION_ENTRY_BYTES;
    // Under a flood even the oldest is only seconds old. Then most newcomers stay out, and those within stay long
    // enough to make their second contact.
    if (oldest < 2 && hash1(frame.sourceKey ^ evictions++) & (CHURN_ADMIT - 1)) return;
  } else {
    count(COUNTER_PROBATION_USED);
  }
  store<u32>(victim, frame.sourceKey);
  store<u32>(victim, frame.targetHash, 4);
  store<u16>(victim, <u16>service, 8);
  store<u32>(victim, frame.now, 12);
  store<u8>(victim, <u8>((state << 5) | situation), 10);
  store<u8>(victim, 1, 11);
}

export function removeProbation(at: u32): void {
  store<u8>(at, 0, 11);
  uncount(COUNTER_PROBATION_USED);
}

// @ts-ignore: decorator
@inline
export function probationSituation(at: u32): u32 {
  return load<u8>(at, 10) & 31;
}

// @ts-ignore: decorator
@inline
export function probationState(at: u32): u32 {
  return load<u8>(at, 10) >>> 5;
}

/** The outcome of the one contact. */
export function settleProbation(at: u32, state: u32): void {
  store<u8>(at, <u8>((state << 5) | probationSituation(at)), 10);
}

/** The clock was set back: whoever is here came in another time. */
export function forgetProbation(): void {
  for (let at: u32 = PROBATION_AT; at < PROBATION_AT + PROBATION_SETS * PROBATION_WAYS * PROBATION_ENTRY_BYTES; at += PROBATION_ENTRY_BYTES) {
    if (load<u8>(at, 11)) removeProbation(at);
  }
}
