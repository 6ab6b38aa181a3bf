// Presence: home addresses known to exist because they have sent frames. A set-associative table of 4-byte entries:
// 24 bits of the address's keyed hash and 8 bits of the time of its last frame. If two addresses share a tag, an absent
// one looks present: a missed detection, never a false alert.
import { COUNTER_PRESENCE_EVICTED, COUNTER_PRESENCE_USED, FAMILY_IPV4 } from '../constants/codes';
import { PRESENCE_WAYS } from '../constants/memory';
import { PRESENCE_FORGET } from '../constants/weights';
import { Addresses, frame } from '../frame/frame';
import { Counter } from '../tables/counter';
import { Networks } from '../tables/networks';
import { PresenceEntry } from '../tables/presence-entry';
import { noteNewHost } from './notices';

const TAG: u32 = 0xffffff00;
const AGE: u32 = 0xff;

let latest: u32 = 0;
/** Entries from before the last change of home. */
let foreign: u32 = 0;

export function resetPresence(): void {
  latest = 0;
}

/** Called when home changes. Addresses that are still home stay known; the others are harmless and fade. */
export function changePresence(): void {
  foreign = Counter.read(COUNTER_PRESENCE_USED);
}

/** The number of known home addresses; after a change of home, only those learned since. */
export function countPresent(): u32 {
  const used = Counter.read(COUNTER_PRESENCE_USED);
  return used - min(used, foreign);
}

/** Time in units of 2^23 ms. */
function ageOf(now: u32): u32 {
  return (now >>> 23) & AGE;
}

/** The low 24 bits of the hash, because the high bits select the set. Never 0, which marks a free entry. */
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

/** The frame's source's network as frame.targetNumber has one: an IPv4 /24, or a hash of an IPv6 /64. */
function networkOf(): u32 {
  const high = frame.sourceHigh;
  return (frame.family == FAMILY_IPV4 ? <u32>high : Addresses.prefixHash(high)) & 0xffffff;
}

/** A home address has spoken in the network of this target (frame.targetNumber). */
export function isInKnownNetwork(targetNumber: u32): bool {
  return Networks.has(targetNumber & 0xffffff);
}

export function markPresent(hash: u32, now: u32): void {
  const age = ageOf(now);
  // A busy sender is marked with every frame: skip the same address within the same unit of time.
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

/** Enters a new host in a free entry, or replaces the longest silent one. */
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
  Networks.add(networkOf());
  Counter.count(victim.word ? COUNTER_PRESENCE_EVICTED : COUNTER_PRESENCE_USED);
  victim.word = tag | age;
  noteNewHost();
}

/** Removes addresses that have been silent for PRESENCE_FORGET. Called every FADE_MS. */
export function fadePresence(now: u32): void {
  const age = ageOf(now);
  for (let entry = PresenceEntry.head; entry.isInTable; entry = entry.next) {
    const word = entry.word;
    if (word && ((age - (word & AGE)) & AGE) > PRESENCE_FORGET) {
      entry.word = 0;
      Counter.uncount(COUNTER_PRESENCE_USED);
      // Whether it was learned before the change of home is unknown: assume it was.
      if (foreign) foreign--;
    }
  }
  latest = 0;
}
