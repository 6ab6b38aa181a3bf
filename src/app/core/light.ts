/**
 * The light's patterns: a board's one light shows the sensor's state by rhythm alone, so that its colour does not
 * matter.
 */
import type { Timers } from './ports.js';

/** Milliseconds on, off, on, off ..., repeated. docs/DEPLOY.md has the same table for people. */
export const rhythms = {
  /** Waits on the serial port for provisioning: slow and even. */
  provisioning: [1_000, 1_000],
  /** Listens, and has no broker yet: fast and even. */
  connecting: [250, 250],
  /** All is well: a short flash now and then. */
  online: [100, 2_900],
  /** A scan was reported in the last minute: a flicker. */
  alert: [80, 80],
  /** The tap receives nothing, wire or radio: two flashes, a pause. */
  blind: [150, 150, 150, 1_550],
  /** It cannot work; the health message or the serial line gives the reason: three flashes, a pause. */
  fault: [150, 150, 150, 150, 150, 1_250],
} as const satisfies Record<string, readonly number[]>;

export type LightState = keyof typeof rhythms;

export class Light {
  readonly #set: (on: boolean) => void;
  readonly #timers: Timers;
  #state: LightState | undefined;
  #step = 0;
  #cancel = (): void => {};

  /** @param set switches the light; also called from a timer */
  constructor(set: (on: boolean) => void, timers: Timers) {
    this.#set = set;
    this.#timers = timers;
  }

  /** Starts a state's rhythm; the current one continues without interruption. */
  show(state: LightState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#cancel();
    this.#step = 0;
    this.#turn(rhythms[state]);
  }

  #turn(rhythm: readonly number[]): void {
    this.#set(this.#step % 2 === 0);
    this.#cancel = this.#timers.after(rhythm[this.#step] as number, () => {
      this.#step = (this.#step + 1) % rhythm.length;
      this.#turn(rhythm);
    });
  }
}

/** The state to show: the worst one that applies. */
export function stateOf(now: { fault: boolean; listening: boolean; alerted: boolean; online: boolean }): LightState {
  if (now.fault) return 'fault';
  if (!now.listening) return 'blind';
  if (!now.online) return 'connecting';
  return now.alerted ? 'alert' : 'online';
}
