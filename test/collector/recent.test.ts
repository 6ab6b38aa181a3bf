import assert from 'node:assert/strict';
import { Recent } from '../../host/collector/http/recent.js';

/** Results completed on request, on a simulated clock. */
class Maker {
  made = 0;
  time = 1000;
  #end: ((value: number) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;
  readonly recent = new Recent(
    () =>
      new Promise<number>((resolve, reject) => {
        this.made++;
        this.#end = resolve;
        this.#fail = reject;
      }),
    () => this.time,
  );

  /** Completes the pending result after so many milliseconds. */
  async end(ms: number): Promise<void> {
    this.time += ms;
    this.#end?.(this.made);
    await new Promise(setImmediate);
  }

  async fail(): Promise<void> {
    this.#fail?.(new Error('the store is away'));
    await new Promise(setImmediate);
  }
}

describe('a result that is long in the making', () => {
  it('is computed each time while it is cheap', async () => {
    const maker = new Maker();
    for (let i = 1; i <= 3; i++) {
      const asked = maker.recent.get();
      await maker.end(20);
      assert.equal(await asked, i);
    }
  });

  it('is reused for four times as long as it took, and then computed again', async () => {
    const maker = new Maker();
    const first = maker.recent.get();
    await maker.end(500);
    assert.equal(await first, 1);
    maker.time += 1999;
    assert.equal(await maker.recent.get(), 1);
    maker.time += 2;
    const second = maker.recent.get();
    await maker.end(500);
    assert.equal(await second, 2);
  });

  it('is made once for all who ask while it is made', async () => {
    const maker = new Maker();
    void maker.recent.get();
    await maker.end(500);
    maker.time += 5000;
    const asked = [maker.recent.get(), maker.recent.get(), maker.recent.get()];
    await maker.end(400);
    assert.deepEqual(await Promise.all(asked), [2, 2, 2]);
  });

  it('that could not be made is not kept: the next who asks has it tried again', async () => {
    const maker = new Maker();
    void maker.recent.get();
    await maker.end(500);
    maker.time += 5000;
    const failing = maker.recent.get();
    await maker.fail();
    await assert.rejects(failing, /the store is away/);
    const again = maker.recent.get();
    await maker.end(20);
    assert.equal(await again, 3);
  });
});
