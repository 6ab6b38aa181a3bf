/** XS's timers as the app wants them. What a timer sets off may fail; the sensor may not: on XS an exception that reaches the event loop is a restart. */
import Timer from 'timer';
import type { Timers } from '../core/ports.js';

/** Hears what is said; the serial line does. */
let listener: ((sentence: string) => void) | undefined;

export function hear(given: (sentence: string) => void): void {
  listener = given;
}

/** Tells people something, as one sentence with what to do. Never throws. */
export function say(sentence: string): void {
  trace(`${sentence}\n`);
  try {
    listener?.(sentence);
  } catch {
    // What cannot be said is not worth a restart.
  }
}

export function guard(action: () => void): void {
  try {
    action();
  } catch (error) {
    say(`Something went wrong that should not have: ${(error as Error).name}: ${(error as Error).message}.`);
  }
}

export const timers: Timers = {
  after(ms, action) {
    let timer: Timer | undefined = Timer.set(() => {
      timer = undefined;
      guard(action);
    }, ms);
    return () => {
      if (timer) Timer.clear(timer);
      timer = undefined;
    };
  },
};
