// Two Bloom filters of sources that were answered recently.
import { RECENTLY_ANSWERED_AT, RECENTLY_ANSWERED_BYTES } from '../constants/memory';
import { CHECKED } from './checked';

/** Bits of one filter, a power of two, and bits set for each source. */
const BITS: u32 = RECENTLY_ANSWERED_BYTES * 8;
const HASHES: u32 = 4;

@unmanaged
export class Filter {
  @inline
  static numbered(i: u32): Filter {
    if (CHECKED) assert(i < 2);
    return changetype<Filter>(<usize>(RECENTLY_ANSWERED_AT + i * RECENTLY_ANSWERED_BYTES));
  }

  /**
   * The i-th bit of a source. The two halves of its key, itself a keyed hash, yield any number of hashes (Kirsch and
   * Mitzenmacher, "Less Hashing, Same Performance", 2006).
   */
  @inline
  private static bitOf(key: u32, i: u32): u32 {
    return (key + i * (key >>> 16)) & (BITS - 1);
  }

  has(key: u32): bool {
    for (let i: u32 = 0; i < HASHES; i++) {
      const bit = Filter.bitOf(key, i);
      if (((load<u8>(changetype<usize>(this) + (bit >>> 3)) >>> (bit & 7)) & 1) == 0) return false;
    }
    return true;
  }

  @inline
  add(key: u32): void {
    for (let i: u32 = 0; i < HASHES; i++) {
      const bit = Filter.bitOf(key, i);
      const at = changetype<usize>(this) + (bit >>> 3);
      store<u8>(at, <u8>(<u32>load<u8>(at) | (1 << (bit & 7))));
    }
  }

  @inline
  clear(): void {
    memory.fill(changetype<usize>(this), 0, RECENTLY_ANSWERED_BYTES);
  }
}

if (BITS & (BITS - 1)) ERROR('a filter has a power of two bits');
