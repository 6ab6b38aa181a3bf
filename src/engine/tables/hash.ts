// Keyed hashing for every table and sketch. Multiply-shift with secret odd multipliers (Dietzfelbinger et al., "A
// reliable randomized algorithm for the closest-pair problem", 1997): without the seed nobody can aim at a slot.
// Two rounds, because one round of multiply-shift keeps arithmetic progressions, and scanners walk in those.

let key0: u32 = 0;
let key1: u32 = 0;
let odd0: u32 = 1;
let odd1: u32 = 1;

/** Static methods and no functions, here and elsewhere: only on members is `@inline` standard syntax. */
export class Hash {
  static seed(low: u32, high: u32): void {
    key0 = low;
    key1 = high;
    odd0 = (low * 0x9e3779b1 + high) | 1;
    odd1 = (high * 0x85ebca77 + low) | 1;
  }

  /** Several words are hashed in a chain, each mixed into the hash of those before it. */
  @inline
  static of(a: u32): u32 {
    // A product carries upwards only, and in memory order an address's last byte is on top: fold it down first.
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
