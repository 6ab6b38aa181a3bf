/** Milliseconds in the making from which on a result is worth keeping, and how many times as long it is good for then. */
const MIN_COST_MS = 150;
const LIFETIME_FACTOR = 4;

/** A result that is long in the making, given to all who ask while it is made and for a while after: many open pages then cost what one does. */
export class Recent<T> {
  #result: Promise<T> | undefined;
  /** On performance's clock. */
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
    // Before the first is made nobody knows how long it takes; what is quick is made anew for each, and not kept.
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
