/**
 * Reports what a sensor waits for on its way to the broker, and after a while the likely cause. The uplink reports its
 * own waits.
 */
import type { Timers } from './ports.js';

export type Step = 'network' | 'time' | 'broker';

/** Milliseconds until the likely cause is reported, and between repeats. */
export const LATE = 30_000;

export interface ProgressOptions {
  wifi: string;
  timeServer: string;
  broker: string;
  timers: Timers;
  say(sentence: string): void;
}

export class Progress {
  readonly #options: ProgressOptions;
  #step: Step | undefined;
  #cancel: () => void = () => {};

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** Sets the next thing waited for. Without any, or once the broker is next, nothing is overdue. */
  waitFor(step: Step | undefined): void {
    if (step === this.#step) return;
    this.#step = step;
    this.#cancel();
    if (!step) return;
    const { wifi, timeServer, broker, say } = this.#options;
    if (step === 'broker') return say(`Connecting to the broker ${broker}.`);
    if (step === 'time') say(`Asking ${timeServer} for the time, without which no certificate can be checked.`);
    else say(wifi ? `Joining the WiFi "${wifi}".` : 'Waiting for an address on the wire.');
    this.#later(step);
  }

  #later(step: 'network' | 'time'): void {
    const { wifi, timeServer, timers, say } = this.#options;
    this.#cancel = timers.after(LATE, () => {
      if (step === 'time')
        say(
          `No time from ${timeServer}: see that this network lets UDP port 123 out, ` +
            'or enrol the sensor with another --time-server. It asks again.',
        );
      else if (wifi) {
        say(
          `The WiFi "${wifi}" is not joined, or gives no address: see that its name and password are right, ` +
            'that it is in reach on 2.4 GHz, and that it has addresses left. It tries again.',
        );
      } else
        say(
          'There is no address on the wire: see that the cable is in, ' +
            'and that this network hands out addresses (DHCP). It tries again.',
        );
      this.#later(step);
    });
  }
}
