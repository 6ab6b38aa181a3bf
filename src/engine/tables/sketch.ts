// Sketches: distinct counts in little memory. All use historic inverse probability (Cohen 2015; Ting 2014): whenever an
// element changes the sketch, the estimate grows by one over the probability that a new element would have changed it.
// This needs no logarithms and no tables, and has a third less error than the usual estimator.

/** Bitmaps estimate in eighths; a full bitmap stops counting. */
const EIGHTH: u32 = 8;

/** A bitmap of 32 bits. */
@unmanaged
export class Bits32 {
  bits: u32;

  /** Sets a bit for `hash`. Returns the growth of the estimate in eighths: 0 if the bit was set already. */
  add(hash: u32): u32 {
    const bits = this.bits;
    const bit: u32 = 1 << (hash & 31);
    if (bits & bit) return 0;
    this.bits = bits | bit;
    return (32 * EIGHTH) / (32 - popcnt<u32>(bits));
  }

  /** The estimate from the bits alone, where nobody kept it; whole. A full bitmap is "130 or more". */
  get distinct(): u32 {
    let sum: u32 = 0;
    for (let taken: u32 = 0; taken < popcnt<u32>(this.bits); taken++) sum += (32 * EIGHTH) / (32 - taken);
    return (sum + EIGHTH / 2) / EIGHTH;
  }
}

/** A bitmap of 64 bits. */
@unmanaged
export class Bits64 {
  bits: u64;

  /** Sets a bit for `hash`. Returns the growth of the estimate in eighths: 0 if the bit was set already. */
  add(hash: u32): u32 {
    const bits = this.bits;
    const bit: u64 = (<u64>1) << (hash & 63);
    if (bits & bit) return 0;
    this.bits = bits | bit;
    return (64 * EIGHTH) / (64 - <u32>popcnt<u64>(bits));
  }

  /**
   * Adds an element to a self-learning bitmap, which counts thousands by sampling fewer elements the fuller it is
   * (Chen, Cao, Shepp, Nguyen, "Distinct Counting with a Self-Learning Bitmap", 2011). Returns the growth of the
   * estimate in eighths: 0 for an element that is known or not sampled.
   */
  addSampled(hash: u32): u32 {
    const bits = this.bits;
    const level = <u32>popcnt<u64>(bits) >>> 3;
    // Sampling must not depend on the bit that the element sets.
    if ((hash >>> 8) & ((1 << level) - 1)) return 0;
    const bit: u64 = (<u64>1) << (hash >>> 26);
    if (bits & bit || level == 8) return 0;
    this.bits = bits | bit;
    return ((64 * EIGHTH) / (64 - <u32>popcnt<u64>(bits))) << level;
  }

  /** Removes a sampled element, as far as a bitmap can. Returns the new value of `estimate`, in eighths. */
  removeSampled(estimate: u32, hash: u32): u32 {
    const bits = this.bits;
    const bit: u64 = (<u64>1) << (hash >>> 26);
    if ((bits & bit) == 0) return estimate;
    this.bits = bits & ~bit;
    return estimate - min<u32>(estimate, EIGHTH);
  }
}

const REGISTERS: u32 = 256;
export const SKETCH_BYTES: u32 = REGISTERS / 2;
/** Sum over the registers of 2^-value, in 1/65536: the mass of an empty sketch. */
export const SKETCH_MASS: u32 = REGISTERS << 16;

/** The mass of a sketch, which its owner stores apart from the registers. */
@unmanaged
export class Mass {
  value: u32;
}

/** A distinct counter like HyperLogLog: 256 registers of 4 bits, 128 bytes; standard error 0.83/16 = 5 %. */
@unmanaged
export class Sketch {
  /**
   * Adds an element. Returns the growth of the estimate in sixteenths: 0 if no register changed. The low byte of the
   * mixed hash selects the register; its value is the position of the first one bit in the rest, at most 15.
   */
  add(mass: Mass, hash: u32): u32 {
    // Hash.of suits table slots but leaves structure that shows in leading zeros: mix again (MurmurHash3's finalizer).
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    hash ^= hash >>> 16;
    const index = hash & (REGISTERS - 1);
    const rank = min<u32>(clz<u32>(hash >>> 8) - 7, 15);
    const at = changetype<usize>(this) + (index >>> 1);
    const shift = (index & 1) << 2;
    const pair = <u32>load<u8>(at);
    const old = (pair >>> shift) & 15;
    if (rank <= old) return 0;
    store<u8>(at, (pair & ~((<u32>15) << shift)) | (rank << shift));
    const before = mass.value;
    mass.value = before - (<u32>0x10000 >>> old) + (<u32>0x10000 >>> rank);
    return <u32>((((<u64>SKETCH_MASS) << 4) + (before >>> 1)) / before);
  }
}

/** A u8 that saturates at 255. */
@unmanaged
export class Saturating {
  value: u8;

  @inline
  increment(): void {
    const n = this.value;
    if (n != 255) this.value = n + 1;
  }
}
