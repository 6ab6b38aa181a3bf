import assert from 'node:assert/strict';
import type { LightState } from '../../src/app/core/light.js';
import { Light, rhythms, stateOf } from '../../src/app/core/light.js';

/** A light with a clock of its own: what it did, in milliseconds of that clock. */
class Watched {
  readonly seen: [at: number, on: boolean][] = [];
  readonly light: Light;
  now = 0;
  timers = 0;
  #due: { at: number; action: () => void } | undefined;

  constructor() {
    this.light = new Light((on) => this.seen.push([this.now, on]), {
      after: (ms, action) => {
        const mine = { at: this.now + ms, action };
        this.timers++;
        this.#due = mine;
        return () => {
          this.timers--;
          if (this.#due === mine) this.#due = undefined;
        };
      },
    });
  }

  pass(ms: number): void {
    const end = this.now + ms;
    while (this.#due && this.#due.at <= end) {
      const { at, action } = this.#due;
      this.now = at;
      this.#due = undefined;
      this.timers--;
      action();
    }
    this.now = end;
  }
}

const states = Object.keys(rhythms) as LightState[];

describe('The light', () => {
  it("keeps each state's rhythm, and begins it lit", () => {
    for (const state of states) {
      const watched = new Watched();
      watched.light.show(state);
      const rhythm: readonly number[] = rhythms[state];
      const round = rhythm.reduce((sum, ms) => sum + ms, 0);
      watched.pass(2 * round - 1);
      let at = 0;
      const meant = [...rhythm, ...rhythm].map((ms, i) => {
        const entry: [number, boolean] = [at, i % 2 === 0];
        at += ms;
        return entry;
      });
      assert.deepEqual(watched.seen, meant, state);
    }
  });

  it('tells its states apart by the number of flashes or by the pace: no two rhythms are alike, each ends dark', () => {
    const words = states.map((state) => rhythms[state].join(' '));
    assert.equal(new Set(words).size, states.length);
    for (const state of states) assert.equal(rhythms[state].length % 2, 0, state);
    // Two even rhythms differ by a factor of three at least: people do not count milliseconds.
    const even = states
      .map((state) => rhythms[state])
      .filter((rhythm) => rhythm.length === 2 && rhythm[0] === rhythm[1])
      .map(([on]) => on)
      .sort((a, b) => a - b);
    even.forEach((ms, i) => assert.ok(i === 0 || ms >= 3 * (even[i - 1] as number), `${even}`));
  });

  it('is not disturbed by being told the same again and again', () => {
    const watched = new Watched();
    watched.light.show('online');
    for (let i = 0; i < 30; i++) {
      watched.pass(1_000);
      watched.light.show('online');
    }
    assert.deepEqual(
      watched.seen.filter(([, on]) => on).map(([at]) => at),
      [0, 3_000, 6_000, 9_000, 12_000, 15_000, 18_000, 21_000, 24_000, 27_000, 30_000],
    );
  });

  it('changes its rhythm at once, and keeps one timer', () => {
    const watched = new Watched();
    watched.light.show('online');
    watched.pass(1_000);
    watched.light.show('fault');
    assert.deepEqual(watched.seen.at(-1), [1_000, true]);
    watched.pass(10_000);
    assert.equal(watched.timers, 1);
    assert.ok(watched.seen.filter(([at, on]) => on && at >= 1_000 && at < 3_000).length === 3);
  });
});

describe('What the light shows', () => {
  const well = { fault: false, listening: true, alerted: false, online: true };
  it('the light shows the worst that is true', () => {
    assert.equal(stateOf(well), 'online');
    assert.equal(stateOf({ ...well, alerted: true }), 'alert');
    assert.equal(stateOf({ ...well, online: false }), 'connecting');
    assert.equal(stateOf({ ...well, online: false, alerted: true }), 'connecting');
    assert.equal(stateOf({ ...well, listening: false, alerted: true }), 'blind');
    assert.equal(stateOf({ fault: true, listening: false, alerted: true, online: false }), 'fault');
  });
});
