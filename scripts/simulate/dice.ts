import { Random } from '../bench/random.js';

/** Seeded chance in the shapes a simulation needs. */
export class Dice extends Random {
  constructor(seed: number) {
    // Neighbouring seeds of xorshift begin alike: spread them (the finalizer of MurmurHash3), and leave the first draws out.
    let h = Math.imul(seed ^ (seed >>> 16) ^ 0x9e3779b9, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    super((h ^ (h >>> 16)) >>> 0);
    for (let i = 0; i < 8; i++) this.next();
  }

  /** 0 <= x < 1 */
  share(): number {
    return this.next() / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.share() < probability;
  }

  between(low: number, high: number): number {
    return low + this.share() * (high - low);
  }

  /** Exponential: the gaps of a Poisson process, the lengths of lives. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.share());
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** The same list in an order of chance. */
  shuffled<T>(list: readonly T[]): T[] {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
}
