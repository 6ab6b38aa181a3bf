/** Says when a worker that looks again and again has looked: for tests that it then did nothing. */
import { Delay } from '../../host/common/delay.js';

export class Rounds extends Delay {
  #ended = 0;
  #told: (() => void)[] = [];

  override wait(ms: number): Promise<void> {
    this.#ended++;
    for (const tell of this.#told.splice(0)) tell();
    return super.wait(ms);
  }

  /** Until the worker has gone through a whole round that began after this call. */
  async another(): Promise<void> {
    // The next end may be that of a round that is under way.
    for (const enough = this.#ended + 2; this.#ended < enough; )
      await new Promise<void>((resolve) => this.#told.push(resolve));
  }
}
