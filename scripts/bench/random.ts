/** xorshift32 (Marsaglia 2003): seeded, so that every run of a bench or a fuzz test sees the same input. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** 32 bits, unsigned. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  /** 0 .. n - 1 */
  below(n: number): number {
    return this.next() % n;
  }
}
