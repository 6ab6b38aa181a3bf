/** Results that took at least this many milliseconds are cached, for this many times as long as they took. */
const MIN_COST_MS = 150;
const LIFETIME_FACTOR = 4;

/**
 * Caches an expensive result and shares it with all concurrent callers, so that many open pages cost as much as one.
 */
export class Recent<T> {
  #result: Promise<T> | undefined;
  /** On the clock of performance.now(). */
  #until = 0;
  #took = 0;

  constructor(
    readonly make: () => Promise<T>,
    readonly now: () => number = () => performance.now(),
  ) {}

  get(): Promise<T> {
    if (this.#result && this.now() < this.#until) return this.#result;
    const began = this.now();
    const result = this.make();
    this.#result = result;
    // The cost is unknown before the first run; cheap results are not cached.
    this.#until = this.#took >= MIN_COST_MS ? Infinity : 0;
    result.then(
      () => {
        this.#took = this.now() - began;
        if (this.#result !== result) return;
        if (this.#took >= MIN_COST_MS) this.#until = this.now() + LIFETIME_FACTOR * this.#took;
        else this.#result = undefined;
      },
      () => {
        if (this.#result === result) this.#result = undefined;
      },
    );
    return result;
  }
}
