/** The time that a question is about, from its `from` and `to`. */
import { ApiError } from './failures.js';

export interface Period {
  from?: string;
  to?: string;
}

const DAY = 86_400_000;
/** Days that one question may span. */
const LONGEST = 400;

/**
 * @param end where the question says none, milliseconds since 1970
 * @param usual milliseconds before its end at which it begins where it says nothing
 * @param what is asked for, at the beginning of a sentence; where it is given, 400 days are the most
 * @throws ApiError
 */
export function periodOf({ from, to }: Period, end: number, usual: number, what?: string): [number, number] {
  const until = to === undefined ? end : Date.parse(to);
  const since = from === undefined ? until - usual : Date.parse(from);
  if (!(since < until)) throw new ApiError(400, 'BW_QUERY', 'The query\'s "from" must be before its "to".');
  if (what !== undefined && until - since > LONGEST * DAY)
    throw new ApiError(400, 'BW_QUERY', `${what} spans at most ${LONGEST} days.`);
  return [since, until];
}

/** Both as numbers, each where the question says it. */
export function boundsOf({ from, to }: Period): { from?: number; to?: number } {
  return {
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(to === undefined ? {} : { to: Date.parse(to) }),
  };
}
