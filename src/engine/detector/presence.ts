// Presence: the home addresses that are known to exist, because they spoke. A set-associative table of 4-byte entries:
// 24 bits of the address's keyed hash, 8 bits of when it last spoke. Two addresses that share a tag make an absent one
// look present: a miss, never a false alert.
import { COUNTER_PRESENCE_EVICTED, COUNTER_PRESENCE_USED } from '../constants/codes';
import { PRESENCE_WAYS } from '../constants/memory';
import { PRESENCE_FORGET } from '../constants/weights';
import { Counter } from '../tables/counter';
import { PresenceEntry } from '../tables/presence-entry';
import { noteNewHost } from './notices';

const TAG: u32 = 0xffffff00;
const AGE: u32 = 0xff;

let latest: u32 = 0;
/** Addresses in the table that spoke when other addresses were home. */
let foreign: u32 = 0;

export function resetPresence(): void {
  latest = 0;
}

/** Home has changed. Addresses that are still home stay known; the others do no harm and fade. */
export function changePresence(): void {
  foreign = Counter.read(COUNTER_PRESENCE_USED);
}

/** The number of home addresses known to speak; after a change of home: of those that were not known before. */
export function countPresent(): u32 {
  const used = Counter.read(COUNTER_PRESENCE_USED);
  return used - min(used, foreign);
}

/** Time in units of 2^23 ms. */
function ageOf(now: u32): u32 {
  return (now >>> 23) & AGE;
}

/** The set takes the hash's high bits, so the tag takes its low ones. Never 0: that marks a free entry. */
function tagOf(hash: u32): u32 {
  const tag = hash << 8;
  return tag ? tag : 0x100;
}

export function isPresent(hash: u32): bool {
  const set = PresenceEntry.setOf(hash);
  const tag = tagOf(hash);
  for (let i: u32 = 0; i < PRESENCE_WAYS; i++) {
    if ((set.way(i).word & TAG) == tag) return true;
  }
  return false;
}

export function markPresent(hash: u32, now: u32): void {
  const age = ageOf(now);
  // A busy sender marks itself with every frame: the same address within the same unit of time is no news.
  const stamp = (hash & TAG) ^ age ^ 1;
  if (stamp == latest) return;
  latest = stamp;
  const set = PresenceEntry.setOf(hash);
  const tag = tagOf(hash);
  for (let i: u32 = 0; i < PRESENCE_WAYS; i++) {
    const entry = set.way(i);
    if ((entry.word & TAG) == tag) {
      entry.word = tag | age;
      return;
    }
  }
  enter(set, tag, age);
}

/** A new host takes a free entry, or that of the longest silent. */
function enter(set: PresenceEntry, tag: u32, age: u32): void {
  let victim = set;
  let oldest: u32 = 0;
  for (let i: u32 = 0; i < PRESENCE_WAYS; i++) {
    const entry = set.way(i);
    const word = entry.word;
    const silence: u32 = word ? ((age - (word & AGE)) & AGE) + 1 : 0xffff;
    if (silence > oldest) {
      oldest = silence;
      victim = entry;
    }
  }
  Counter.count(victim.word ? COUNTER_PRESENCE_EVICTED : COUNTER_PRESENCE_USED);
  victim.word = tag | age;
  noteNewHost();
}

/** Drops addresses that have not spoken for PRESENCE_FORGET; called every FADE_MS. */
export function fadePresence(now: u32): void {
  const age = ageOf(now);
  for (let entry = PresenceEntry.head; entry.isInTable; entry = entry.next) {
    const word = entry.word;
    if (word && ((age - (word & AGE)) & AGE) > PRESENCE_FORGET) {
      entry.word = 0;
      Counter.uncount(COUNTER_PRESENCE_USED);
      // Which of them it was is unknown: it counts as one of the old ones.
      if (foreign) foreign--;
    }
  }
  latest = 0;
}
