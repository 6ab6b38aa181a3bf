/** The honest traffic of the simulator's office, as each tap sees it: what comes before a scan, and goes on beside it. */
import { populate } from '../simulate/offices.js';
import { HOUR, startOfTime, World } from '../simulate/world.js';
import type { Tap } from './lab.js';

export interface Frame {
  /** Milliseconds since 1970. */
  time: number;
  bytes: Buffer;
  captured: number;
  original: number;
}

/** Monday, nine o'clock: the office begins to work. */
export const opening = startOfTime + 9 * HOUR;

export class Honest {
  readonly frames: Frame[] = [];
  #world: World | undefined;

  constructor(readonly tap: Tap) {}

  /** Makes the traffic up to a time be there. */
  async until(time: number): Promise<void> {
    this.#world ??= await this.#open();
    if (this.#world.now < time) this.#world.run(time);
  }

  async #open(): Promise<World> {
    const take = (
      time: number,
      _link: number,
      bytes: Uint8Array,
      offset: number,
      captured: number,
      original: number,
    ) => {
      // A port hears what is for everybody.
      if (this.tap === 'port' && ((bytes[offset] as number) & 1) === 0) return;
      this.frames.push({ time, bytes: Buffer.from(bytes.subarray(offset, offset + captured)), captured, original });
    };
    const listener = { push: take, tick: () => undefined, takeRecords: () => [], counters: () => ({}) };
    const world = await World.create(this.tap === 'wan' ? 'wan' : 'mixed', 7, 0, listener);
    world.now = opening;
    populate(world, { monitoring: false });
    return world;
  }
}
