/**
 * Replays a capture by its own clock, N times as fast, as if it happened now: frames are held until they are due, and
 * what the records say of time is moved from the capture's clock to the wall's. The engine still sees the capture's
 * clock: a scan replayed ten times as fast must not look ten times as fast to it.
 */
import type { TimedRecord } from '../../src/protocol/record.js';

export class Pace {
  readonly #speed: number;
  readonly #wall: () => number;
  #captureStart = NaN;
  #wallStart = NaN;

  /**
   * @param speed 1 is the capture's own pace
   * @param wall milliseconds since 1970
   */
  constructor(speed: number, wall: () => number) {
    this.#speed = speed;
    this.#wall = wall;
  }

  /** Milliseconds until a frame of this time is due; 0 or less where it is. The first frame is due at once. */
  wait(captureTime: number): number {
    if (Number.isNaN(this.#captureStart)) {
      this.#captureStart = captureTime;
      this.#wallStart = this.#wall();
    }
    return this.toWall(captureTime) - this.#wall();
  }

  toWall(captureTime: number): number {
    return this.#wallStart + (captureTime - this.#captureStart) / this.#speed;
  }

  /** What the capture's clock shows now; NaN before the first frame. */
  captureNow(): number {
    return this.#captureStart + (this.#wall() - this.#wallStart) * this.#speed;
  }

  /** Moves a record to the wall's clock. Bars of its shape last a power of two, so their length is the nearest one. */
  restamp(record: TimedRecord): TimedRecord {
    return {
      ...record,
      time: Math.round(this.toWall(record.time)),
      first: Math.round(this.toWall(record.first)),
      last: Math.round(this.toWall(record.last)),
      shapeStep: 2 ** Math.max(0, Math.round(Math.log2(record.shapeStep / this.#speed))),
    };
  }
}
