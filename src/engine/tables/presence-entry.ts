// Presence: sets of four 4-byte entries.

import { PRESENCE_AT, PRESENCE_BYTES, PRESENCE_SETS, PRESENCE_WAYS } from '../constants/memory';
import { Hash } from './hash';

@unmanaged
export class PresenceEntry {
  /** Upper 24 bits: the tag, never 0. Lower 8 bits: time of the last frame, in units of 2^23 ms. 0: free. */
  word: u32;

  @inline
  static setOf(hash: u32): PresenceEntry {
    return changetype<PresenceEntry>(
      <usize>(PRESENCE_AT + Hash.slot(hash, PRESENCE_SETS) * (PRESENCE_WAYS * offsetof<PresenceEntry>())),
    );
  }

  /** The i-th entry from here. */
  @inline
  way(i: u32): PresenceEntry {
    return changetype<PresenceEntry>(changetype<usize>(this) + i * offsetof<PresenceEntry>());
  }

  @inline
  static get head(): PresenceEntry {
    return changetype<PresenceEntry>(<usize>PRESENCE_AT);
  }

  @inline
  get next(): PresenceEntry {
    return this.way(1);
  }

  @inline
  get isInTable(): bool {
    return changetype<usize>(this) < PRESENCE_AT + PRESENCE_BYTES;
  }
}

if (PRESENCE_BYTES != PRESENCE_SETS * PRESENCE_WAYS * offsetof<PresenceEntry>()) ERROR('PRESENCE_BYTES of memory.ts');
