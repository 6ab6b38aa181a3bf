// Recently answered: a source that a service here answered not long ago is a returning one. Of an honest source its
// first contact counts, however often it comes back. Two Bloom filters (Bloom, "Space/Time Trade-offs in Hash Coding with
// Allowable Errors", 1970) remember who was answered: one fills, the other is cleared when they change places. An error
// makes a first-time source look known: a miss.

import { RECENTLY_ANSWERED_MAX, RECENTLY_ANSWERED_MS } from '../constants/weights';
import { frame } from '../frame/frame';
import { Filter } from '../tables/recently-answered-filter';

/** The filter that fills, 0 or 1; how many it has taken, and since when. */
let newer: u32 = 0;
let remembered: u32 = 0;
let changed: u32 = 0;

export function resetRecentlyAnswered(): void {
  newer = 0;
  remembered = 0;
}

/** The clock's first time, or one that it was set to: what is remembered is of now. */
export function startRecentlyAnswered(now: u32): void {
  changed = now;
}

const PROTOCOL_TCP: u32 = 6;
const PROTOCOL_UDP: u32 = 17;

/** The frame answers a contact of this source from outside. A ping's answer makes nobody a returning visitor. */
export function rememberAnswered(sourceKey: u32): void {
  if (frame.protocol != PROTOCOL_TCP && frame.protocol != PROTOCOL_UDP) return;
  if (Filter.numbered(newer).has(sourceKey)) return;
  if (remembered == RECENTLY_ANSWERED_MAX || frame.now - changed > RECENTLY_ANSWERED_MS) {
    newer ^= 1;
    Filter.numbered(newer).clear();
    remembered = 0;
    changed = frame.now;
  }
  remembered++;
  Filter.numbered(newer).add(sourceKey);
}

export function wasRecentlyAnswered(sourceKey: u32): bool {
  return Filter.numbered(newer).has(sourceKey) || Filter.numbered(newer ^ 1).has(sourceKey);
}
