// Keyed hashing for every table and sketch. Multiply-shift with secret odd multipliers (Dietzfelbinger et al., "A
// reliable randomized algorithm for the closest-pair problem", 1997): without the seed nobody can target a slot. Two
// rounds, because one preserves arithmetic progressions, and scanners produce those.

let key0: u32 = 0;
let key1: u32 = 0;
let odd0: u32 = 1;
let odd1: u32 = 1;

/** Static methods instead of functions, here and elsewhere: `@inline` is standard syntax on class members only. */
export class Hash {
  static seed(low: u32, high: u32): void {
    key0 = low;
    key1 = high;
    odd0 = (low * 0x9e3779b1 + high) | 1;
    odd1 = (high * 0x85ebca77 + low) | 1;
  }

  /** Hashes a word. For several words, mix each into the hash of those before it. */
  @inline
  static of(a: u32): u32 {
    // A product carries upwards only, and an address in memory order has its last byte on top: fold it down first.
    let h: u32 = a ^ key0;
    h = (h ^ (h >>> 16)) * odd0;
    h ^= h >>> 15;
    h = (h + key1) * odd1;
    return h ^ (h >>> 16);
  }

  /** Maps a hash onto 0..n-1 by its high bits (Lemire, "Fast random integer generation in an interval", 2019). */
  @inline
  static slot(hash: u32, n: u32): u32 {
    return <u32>((<u64>hash * <u64>n) >> 32);
  }
}
