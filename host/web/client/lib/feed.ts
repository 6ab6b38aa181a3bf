/** Requests of a view while it is shown: on opening, when the request changes, and periodically. */
import { ApiError } from './api.js';
import type { Part, State } from './state.js';

/** Shortest time between two requests of an open view. Milliseconds. */
const REFRESH_INTERVAL = 5_000;

export interface Answer<T> {
  value?: T;
  /** The collector lacks this route. */
  missing: boolean;
  /** A sentence if the collector refused or did not answer. */
  problem: string;
}

/**
 * @param question identifies the request; empty while the view is closed
 * @param take called with each answer to the current request; after a problem, the previous value is kept
 * @returns repeats the request now
 */
export function feed<T>(
  state: State,
  parts: readonly Part[],
  question: () => string,
  ask: () => Promise<T>,
  take: (answer: Answer<T>) => void,
): () => void {
  let asked = '';
  let last = 0;
  let value: T | undefined;
  const load = async (): Promise<void> => {
    const mine = asked;
    last = Date.now();
    const answer: Answer<T> = { missing: false, problem: '' };
    try {
      value = await ask();
    } catch (error) {
      answer.missing = error instanceof ApiError && error.status === 404;
      answer.problem = error instanceof ApiError ? error.message : String(error);
    }
    if (mine !== asked) return;
    if (value !== undefined && !answer.missing) answer.value = value;
    take(answer);
  };
  state.view([...parts, 'route', 'now'], (changed) => {
    const next = question();
    const other = next !== asked;
    asked = next;
    if (next && (other || (changed.has('now') && Date.now() - last >= REFRESH_INTERVAL))) void load();
  });
  return () => {
    if (asked) void load();
  };
}
