/** The sensor's time: the uptime since the boot, and by SNTP the real one. */
import SNTP from 'sntp';
import Time from 'time';
import Timer from 'timer';
import type { ClockState } from '../../protocol/alert.js';
import type { Clock } from '../core/ports.js';

/** Milliseconds: a cheap crystal is off by a few seconds a day. */
const RESYNC = 6 * 3_600_000;
const RETRY = 30_000;
/** This code did not exist earlier: a time before is invalid. */
const EARLIEST = Date.UTC(2025, 0, 1);

export class SensorClock implements Clock {
  #synced: boolean;
  #ticks = Time.ticks;
  #uptime = 0;

  /** @param synced whether the machine has the real time already */
  constructor(synced: boolean) {
    this.#synced = synced;
  }

  now(): number {
    return this.#synced ? Date.now() : this.uptime();
  }

  state(): ClockState {
    return this.#synced ? 'synced' : 'uptime';
  }

  /** The SDK's ticks are 32 bits and wrap. Reading them at least once a day, as health does, detects every wrap. */
  uptime(): number {
    const now = Time.ticks;
    this.#uptime += (now - this.#ticks) >>> 0;
    this.#ticks = now;
    return this.#uptime;
  }

  /** Queries `server` until the time is known, then at intervals. `synced` is called at the first success. */
  follow(server: string, synced: () => void): void {
    const again = (ms: number): void => {
      Timer.set(() => this.follow(server, synced), ms);
    };
    let over = false;
    const done = (ms: number): void => {
      if (over) return;
      over = true;
      again(ms);
    };
    try {
      new SNTP({ host: server }, (message: number, value?: number) => {
        if (message === SNTP.time && value !== undefined && value * 1000 > EARLIEST) {
          Time.set(value);
          const first = !this.#synced;
          this.#synced = true;
          if (first) synced();
          done(RESYNC);
        } else if (message === SNTP.time || message === SNTP.error) done(RETRY);
      });
    } catch {
      done(RETRY);
    }
  }
}
