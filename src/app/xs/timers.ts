/**
 * XS's timers for the app. A timer's action may fail without ending the sensor: on XS, an exception that reaches the
 * event loop is a restart.
 */
import Timer from 'timer';
import type { Timers } from '../core/ports.js';

/** Receives the sentences; the serial line registers here. */
let listener: ((sentence: string) => void) | undefined;

export function hear(given: (sentence: string) => void): void {
  listener = given;
}

/** Reports one sentence to people, with what to do. Never throws. */
export function say(sentence: string): void {
  trace(`${sentence}\n`);
  try {
    listener?.(sentence);
  } catch {
    // A failed report is not worth a restart.
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
