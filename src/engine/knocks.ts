// Knocks: strangers whose first contact with home was with an address that does not exist, or was refused. One knock is nothing
// to a tap; the same stranger's knocks at a dozen branches are a scan that goes around. A source in probation has no room for
// its address, so knocks are kept here, at most KNOCK_SLOTS of them for each whisper's time, all with the same chance.
//
// Whoever was answered here not long ago is no stranger: of an honest visitor it is his first contact that counts, however
// often he comes back. Two Bloom filters (Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors", 1970) remember
// who was answered, the newer one filling, the older one forgotten at each turn. An error makes a stranger look known: a miss.
import { GREETED_AT, GREETED_BYTES, KNOCKS_AT, KNOCK_SLOTS } from './memory';
import {
  DIRECTION_INBOUND, FAMILY_IPV4, FAMILY_NONE, KIND_KNOCKS, RECORD_DARK, RECORD_DIRECTION, RECORD_FAMILY, RECORD_FIRST, KNOCKS_OFFSET, RECORD_LAST, KNOCKS_MOST, RECORD_PROBES,
  RECORD_SEVERITY, RECORD_TARGETS, SEVERITY_LOW, STAGE_WHISPER,
} from './codes';
import { frame } from './frame';
import { hash1, slotOf } from './hash';
import { mayWhisper, newRecord } from './records';
import { GREETED_MOST, GREETED_MS, ROW_STEALTH, ROW_TCP_INBOUND, ROW_UDP_INBOUND } from './weights';

/** Bits of one filter, a power of two, and how many of them a source has. */
const BITS: u32 = GREETED_BYTES * 8;
const HASHES: u32 = 4;

/** Strangers since the last time they were told; those beyond the slots took places by chance. */
let seen: u32 = 0;
let since: u32 = 0;
/** A bit for each slot: refused. */
let refusals: u64 = 0;
/** The filter that fills, 0 or 1; how many it has taken, and since when. */
let newer: u32 = 0;
let greeted: u32 = 0;
let turned: u32 = 0;

export function resetKnocks(): void {
  seen = 0;
  refusals = 0;
  newer = 0;
  greeted = 0;
}

/** The clock's first time, or one that it was set to: what is remembered is of now. */
export function startKnocks(now: u32): void {
  since = now;
  turned = now;
}

/**
 * The i-th bit of a source. A key is a keyed hash already; its halves are two, which give as many as are wanted (Kirsch and Mitzenmacher,
 * "Less Hashing, Same Performance", 2006).
 */
// @ts-ignore: decorator
@inline
function bitOf(key: u32, i: u32): u32 {
  return (key + i * (key >>> 16)) & (BITS - 1);
}

function isIn(filter: u32, key: u32): bool {
  for (let i: u32 = 0; i < HASHES; i++) {
    const bit = bitOf(key, i);
    if (((load<u8>(GREETED_AT + filter * GREETED_BYTES + (bit >>> 3)) >>> (bit & 7)) & 1) == 0) return false;
  }
  return true;
}

/** A contact of this source from outside was answered. */
export function greet(sourceKey: u32): void {
  if (isIn(newer, sourceKey)) return;
  if (greeted == GREETED_MOST || frame.now - turned > GREETED_MS) {
    newer ^= 1;
    memory.fill(GREETED_AT + newer * GREETED_BYTES, 0, GREETED_BYTES);
    greeted = 0;
    turned = frame.now;
  }
  greeted++;
  for (let i: u32 = 0; i < HASHES; i++) {
    const bit = bitOf(sourceKey, i);
    const at = GREETED_AT + newer * GREETED_BYTES + (bit >>> 3);
    store<u8>(at, <u8>(<u32>load<u8>(at) | (1 << (bit & 7))));
  }
}

/** The frame's source, a newcomer from outside, has reached for a home address that is known not to exist. */
export function noteKnock(row: u32): void {
  // Of the other rows honest failures are too many (docs/DETECTION.md); an IPv6 address does not fit a slot.
  if (frame.family != FAMILY_IPV4 || (row != ROW_TCP_INBOUND && row != ROW_UDP_INBOUND && row != ROW_STEALTH)) return;
  enter(<u32>frame.sourceHigh, frame.sourceKey, false);
}

/** The frame refuses its target, a newcomer from outside, what was its first question. */
export function noteRefusal(row: u32): void {
  // Of UDP honest refusals are too many: answers that came late.
  if (frame.family == FAMILY_IPV4 && row == ROW_TCP_INBOUND) enter(frame.targetNumber, frame.targetKey, true);
}

function enter(address: u32, key: u32, isRefusal: bool): void {
  if (isIn(newer, key) || isIn(newer ^ 1, key)) return;
  let slot = seen;
  // Vitter, "Random Sampling with a Reservoir", 1985, algorithm R: whoever fills the time with forged knocks pushes out others' only by chance.
  if (slot >= KNOCK_SLOTS) slot = slotOf(hash1(key ^ seen), seen + 1);
  if (slot < KNOCK_SLOTS) {
    // Whoever was not let into probation is a newcomer each time, and firewalls refuse in the name of addresses that do not exist.
    for (let at: u32 = KNOCKS_AT, end = KNOCKS_AT + (min<u32>(seen, KNOCK_SLOTS) << 2); at < end; at += 4) {
      if (load<u32>(at) == address) return;
    }
    store<u32>(KNOCKS_AT + (slot << 2), address);
    const bit: u64 = 1 << <u64>slot;
    refusals = isRefusal ? refusals | bit : refusals & ~bit;
  }
  seen++;
}

/**
 * Tells the knocks since the last time; probes = strangers that knocked, those without a place among the slots too; of those listed the
 * first `dark` met nobody, the others were refused.
 */
export function tellKnocks(now: u32): void {
  const kept = min<u32>(seen, KNOCK_SLOTS);
  let rest = seen - kept;
  for (let first: u32 = 0; first < kept; first += KNOCKS_MOST) {
    if (!mayWhisper()) break;
    const at = newRecord(STAGE_WHISPER, KIND_KNOCKS);
    if (at == 0) break;
    const n = min<u32>(kept - first, KNOCKS_MOST);
    store<u8>(at, <u8>FAMILY_NONE, RECORD_FAMILY);
    store<u8>(at, <u8>SEVERITY_LOW, RECORD_SEVERITY);
    store<u8>(at, <u8>DIRECTION_INBOUND, RECORD_DIRECTION);
    store<u32>(at, since, RECORD_FIRST);
    store<u32>(at, now, RECORD_LAST);
    store<u32>(at, n, RECORD_TARGETS);
    store<u32>(at, n + rest, RECORD_PROBES);
    rest = 0;
    let dark: u32 = 0;
    let refused = n;
    for (let slot = first; slot < first + n; slot++) {
      const place = (refusals >> <u64>slot) & 1 ? --refused : dark++;
      store<u32>(at + KNOCKS_OFFSET + (place << 2), load<u32>(KNOCKS_AT + (slot << 2)));
    }
    store<u32>(at, dark, RECORD_DARK);
  }
  seen = 0;
  refusals = 0;
  since = now;
}
