// Probation: sources with a single contact so far. A flood of spoofed sources churns this table and never touches the
// source table. A second, distinct contact promotes a source that is still here.
import { COUNTER_PROBATION_EVICTED, COUNTER_PROBATION_USED } from '../constants/codes';
import { PROBATION_WAYS } from '../constants/memory';
import { CHURN_ADMIT } from '../constants/weights';
import { frame } from '../frame/frame';
import { Counter } from '../tables/counter';
import { Hash } from '../tables/hash';
import { ProbationEntry } from '../tables/probation-entry';
import { State } from '../tables/state';

/** The highest age, in units of 2^14 ms (16 s). ANSWERED and FREE rank above every age. */
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
    // Free entries go first, then those of answered clients, which most first-time sources are.
    let age: i32 = entry.used ? <i32>min<u32>((frame.now - entry.time) >>> 14, OLDEST) : FREE;
    if (age != FREE && State.isAnswered(entry.state)) age += ANSWERED;
    if (age > oldest) {
      oldest = age;
      victim = entry;
    }
    entry = entry.next;
  }
  if (victim.used) {
    Counter.count(COUNTER_PROBATION_EVICTED);
    // A random entry instead of the oldest, so that some slow sources are still here at their second contact.
    if (oldest < ANSWERED) victim = set.way(Hash.of(frame.targetHash ^ evictions++) & (PROBATION_WAYS - 1));
    // In a flood even the oldest entry is only seconds old. Then most first-time sources are rejected, so that those
    // admitted stay long enough for a second contact.
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

/** Clears the table after the clock was set back: all its times are invalid. */
export function forgetProbation(): void {
  for (let entry = ProbationEntry.head; entry.isInTable; entry = entry.next) {
    if (entry.used) removeProbation(entry);
  }
}
