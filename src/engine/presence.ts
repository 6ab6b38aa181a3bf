// Presence: the home addresses that are known to exist, because they spoke. A set-associative table of 4-byte entries:
// 24 bits of the address's keyed hash, 8 bits of when it last spoke (units of 2^23 ms). Two addresses that share a tag
// make an absent one look present: a miss, never a false accusation.
import { PRESENCE_AT, PRESENCE_SETS, PRESENCE_WAYS } from './memory';
import { COUNTER_PRESENCE_EVICTED, COUNTER_PRESENCE_USED } from './codes';
import { count, readCounter, uncount } from './counters';
import { slotOf } from './hash';
import { noteNewHost } from './notices';
import { PRESENCE_FORGET } from './weights';

let latest: u32 = 0;
/** Addresses in the table that spoke when other addresses were home. */
let foreign: u32 = 0;

export function resetPresence(): void {
  latest = 0;
}

/** Home is new. Addresses that are home still are known still; the others do no harm and fade. */
export function changePresence(): void {
  foreign = readCounter(COUNTER_PRESENCE_USED);
}

/**
 * How many addresses are known to speak from what is home now; after a change of home: of those that were not known
 * before.
 */
export function countPresent(): u32 {
  const used = readCounter(COUNTER_PRESENCE_USED);
  return used - min(used, foreign);
}

// @ts-ignore: decorator
@inline
function setOf(hash: u32): u32 {
  return PRESENCE_AT + slotOf(hash, PRESENCE_SETS) * (PRESENCE_WAYS * 4);
}

/** The set takes the hash's high bits, so the tag takes its low ones. Never 0: that marks a free entry. */
// @ts-ignore: decorator
@inline
function tagOf(hash: u32): u32 {
  const tag = hash << 8;
  return tag ? tag : 0x100;
}

export function isPresent(hash: u32): bool {
  const set = setOf(hash);
  const tag = tagOf(hash);
  for (let i: u32 = 0; i < PRESENCE_WAYS * 4; i += 4) {
    if ((load<u32>(set + i) & 0xffffff00) == tag) return true;
  }
  return false;
}

export function markPresent(hash: u32, now: u32): void {
  const age = (now >>> 23) & 0xff;
  // A busy sender marks itself with every frame: the same address within the same unit of time is no news.
  const stamp = (hash & 0xffffff00) ^ age ^ 1;
  if (stamp == latest) return;
  latest = stamp;
  const set = setOf(hash);
  const tag = tagOf(hash);
  for (let i: u32 = 0; i < PRESENCE_WAYS * 4; i += 4) {
    if ((load<u32>(set + i) & 0xffffff00) == tag) {
      store<u32>(set + i, tag | age);
      return;
    }
  }
  enter(set, tag, age);
}

/** A newcomer takes a free place, or that of the longest silent. */
function enter(set: u32, tag: u32, age: u32): void {
  let victim = set;
  let oldest: u32 = 0;
  for (let i: u32 = 0; i < PRESENCE_WAYS * 4; i += 4) {
    const entry = load<u32>(set + i);
    const years: u32 = entry ? ((age - (entry & 0xff)) & 0xff) + 1 : 0xffff;
    if (years > oldest) {
      oldest = years;
      victim = set + i;
    }
  }
  count(load<u32>(victim) ? COUNTER_PRESENCE_EVICTED : COUNTER_PRESENCE_USED);
  store<u32>(victim, tag | age);
  noteNewHost();
}

/** Drops addresses that have not spoken for PRESENCE_FORGET; called every FADE_MS. */
export function fadePresence(now: u32): void {
  const age = (now >>> 23) & 0xff;
  for (let at: u32 = PRESENCE_AT; at < PRESENCE_AT + PRESENCE_SETS * PRESENCE_WAYS * 4; at += 4) {
    const entry = load<u32>(at);
    if (entry && ((age - (entry & 0xff)) & 0xff) > PRESENCE_FORGET) {
      store<u32>(at, 0);
      uncount(COUNTER_PRESENCE_USED);
      // Which of them it was, nobody knows: it counts as one of the old ones.
      if (foreign) foreign--;
    }
  }
  latest = 0;
}
