// Probation: sources with a single contact so far. A flood of spoofed sources fills and refills this table and never
// touches the source table; a source that makes a second, distinct contact while here is promoted.
import { COUNTER_PROBATION_EVICTED, COUNTER_PROBATION_USED } from '../constants/codes';
import { PROBATION_WAYS } from '../constants/memory';
import { CHURN_ADMIT, STATE_ACCEPTED, STATE_ANSWERED } from '../constants/weights';
import { frame } from '../frame/frame';
import { Counter } from '../tables/counter';
import { Hash } from '../tables/hash';
import { ProbationEntry } from '../tables/probation-entry';

/** Ages count in units of 2^14 ms (16 s), up to this; the others lie beyond any real one. */
const OLDEST: u32 = 0x7fff;
const ANSWERED: i32 = 0x10000;
const FREE: i32 = 0x100000;

let evictions: u32 = 0;

export function resetProbation(): void {
  evictions = 0;
}

export function findProbation(key: u32): ProbationEntry | null {
  let entry = ProbationEntry.setOf(key);
  for (let i: u32 = 0; i < PROBATION_WAYS; i++) {
    if (entry.key == key && entry.used) return entry;
    entry = entry.next;
  }
  return null;
}

export function addProbation(service: u32, situation: u32, state: u32): void {
  const set = ProbationEntry.setOf(frame.sourceKey);
  let entry = set;
  let victim = set;
  let oldest: i32 = -1;
  for (let i: u32 = 0; i < PROBATION_WAYS; i++) {
    // Free entries first, then those of clients that were answered: most first-time sources are such clients.
    let age: i32 = entry.used ? <i32>min<u32>((frame.now - entry.time) >>> 14, OLDEST) : FREE;
    if (age != FREE && (entry.state == STATE_ANSWERED || entry.state == STATE_ACCEPTED)) age += ANSWERED;
    if (age > oldest) {
      oldest = age;
      victim = entry;
    }
    entry = entry.next;
  }
  if (victim.used) {
    Counter.count(COUNTER_PROBATION_EVICTED);
    // Any of them and not the oldest, so that a slow source is still here now and then when it comes again.
    if (oldest < ANSWERED) victim = set.way(Hash.of(frame.targetHash ^ evictions++) & (PROBATION_WAYS - 1));
    // Under a flood even the oldest is only seconds old. Then most first-time sources stay out, and those within stay
    // long enough to make their second contact.
    if (oldest < 2 && Hash.of(frame.sourceKey ^ evictions++) & (CHURN_ADMIT - 1)) return;
  } else {
    Counter.count(COUNTER_PROBATION_USED);
  }
  victim.key = frame.sourceKey;
  victim.target = frame.targetHash;
  victim.service = <u16>service;
  victim.time = frame.now;
  victim.judge(state, situation);
  victim.used = 1;
}

export function removeProbation(entry: ProbationEntry): void {
  entry.used = 0;
  Counter.uncount(COUNTER_PROBATION_USED);
}

/** The clock was set back: all entries carry times of the other clock. */
export function forgetProbation(): void {
  for (let entry = ProbationEntry.head; entry.isInTable; entry = entry.next) {
    if (entry.used) removeProbation(entry);
  }
}
