/**
 * Replays a capture in real time or N times as fast: holds frames until they are due, and shifts record times from the
 * capture's clock to the wall clock. The engine still sees the capture's clock, so that a faster replay does not look
 * like a faster scan.
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

  /** Milliseconds until a frame of this time is due; 0 or less if it is due. The first frame is due immediately. */
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

  /** Current time on the capture's clock; NaN before the first frame. */
  captureNow(): number {
    return this.#captureStart + (this.#wall() - this.#wallStart) * this.#speed;
  }

  /** Shifts a record to the wall clock. Histogram bars last a power of two, so their length is the nearest one. */
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
