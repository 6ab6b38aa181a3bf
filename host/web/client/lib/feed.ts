/** What a view asks for while it is shown: on its opening, when the question changes, and again while it stays open. */
import { ApiError } from './api.js';
import type { Part, State } from './state.js';

/** An open view asks again at most this often. Milliseconds. */
const PULSE = 5_000;

export interface Answer<T> {
  value?: T;
  /** The collector does not have this route. */
  missing: boolean;
  /** A sentence where it refused or did not answer. */
  problem: string;
}

/**
 * @param question what is asked, as text; empty while the view is closed
 * @param take called with each answer to the question in force; a problem keeps the value before
 * @returns asks again now
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
    if (next && (other || (changed.has('now') && Date.now() - last >= PULSE))) void load();
  });
  return () => {
    if (asked) void load();
  };
}
