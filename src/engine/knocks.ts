// Knocks: strangers whose first contact with home was with an address that does not exist. One knock is nothing to a tap; the
// same stranger's knocks at a dozen branches are a scan that goes around. A source in probation has no room for its
// address, so knocks are kept here, at most KNOCK_SLOTS of them for each whisper's time, all with the same chance.
//
// Whoever was answered here not long ago is no stranger: of an honest visitor it is his first contact that counts, however
// often he comes back. Two Bloom filters (Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors", 1970) remember
// who was answered, the newer one filling, the older one forgotten at each turn. An error makes a stranger look known: a miss.
import { GREETED_AT, GREETED_BYTES, KNOCKS_AT, KNOCK_SLOTS } from './memory';
import {
  DIRECTION_INBOUND, FAMILY_IPV4, FAMILY_NONE, KIND_KNOCKS, RECORD_DIRECTION, RECORD_FAMILY, RECORD_FIRST, KNOCKS_OFFSET, RECORD_LAST, KNOCKS_MOST, RECORD_PROBES,
  RECORD_SEVERITY, RECORD_TARGETS, SEVERITY_LOW, STAGE_WHISPER,
} from './codes';
import { frame } from './frame';
import { hash1, slotOf } from './hash';
import { mayWhisper, newRecord } from './records';
import { GREETED_MOST, GREETED_MS, ROW_STEALTH, ROW_TCP_INBOUND, ROW_UDP_INBOUND } from './weights';

/** Bits of one filter, a power of two. */
const BITS: u32 = GREETED_BYTES * 8;

/** Strangers since the last time they were told; those beyond the slots took places by chance. */
let seen: u32 = 0;
let since: u32 = 0;
/** The filter that fills, 0 or 1; how many it has taken, and since when. */
let newer: u32 = 0;
let greeted: u32 = 0;
let turned: u32 = 0;

export function resetKnocks(): void {
  seen = 0;
  newer = 0;
  greeted = 0;
}

/** The clock's first time, or one that it was set to: what is remembered is of now. */
export function startKnocks(now: u32): void {
  since = now;
  turned = now;
}

// @ts-ignore: decorator
@inline
function hasBit(filter: u32, bit: u32): bool {
  return ((load<u8>(GREETED_AT + filter * GREETED_BYTES + (bit >>> 3)) >>> (bit & 7)) & 1) != 0;
}

function isIn(filter: u32, key: u32): bool {
  // A key is a keyed hash already: its halves are the two hashes.
  return hasBit(filter, key & (BITS - 1)) && hasBit(filter, (key >>> 16) & (BITS - 1));
}

function setBit(bit: u32): void {
  const at = GREETED_AT + newer * GREETED_BYTES + (bit >>> 3);
  store<u8>(at, <u8>(<u32>load<u8>(at) | (1 << (bit & 7))));
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
  setBit(sourceKey & (BITS - 1));
  setBit((sourceKey >>> 16) & (BITS - 1));
}

/** The frame's source, a newcomer from outside, has reached for a home address that is known not to exist. */
export function noteKnock(row: u32): void {
  // Of the other rows honest failures are too many (docs/DETECTION.md); an IPv6 address does not fit a slot.
  if (frame.family != FAMILY_IPV4 || (row != ROW_TCP_INBOUND && row != ROW_UDP_INBOUND && row != ROW_STEALTH)) return;
  if (isIn(newer, frame.sourceKey) || isIn(newer ^ 1, frame.sourceKey)) return;
  let slot = seen;
  // Vitter, "Random Sampling with a Reservoir", 1985, algorithm R: whoever fills the time with forged knocks pushes out others' only by chance.
  if (slot >= KNOCK_SLOTS) slot = slotOf(hash1(frame.sourceKey ^ seen), seen + 1);
  if (slot < KNOCK_SLOTS) {
    // Whoever was not let into probation is a newcomer each time.
    const address = <u32>frame.sourceHigh;
    for (let at: u32 = KNOCKS_AT, end = KNOCKS_AT + (min<u32>(seen, KNOCK_SLOTS) << 2); at < end; at += 4) {
      if (load<u32>(at) == address) return;
    }
    store<u32>(KNOCKS_AT + (slot << 2), address);
  }
  seen++;
}

/** Tells the knocks since the last time; probes = strangers that knocked, those without a place among the slots too. */
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
    memory.copy(at + KNOCKS_OFFSET, KNOCKS_AT + (first << 2), n << 2);
  }
  seen = 0;
  since = now;
}
