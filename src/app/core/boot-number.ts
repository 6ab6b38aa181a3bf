/** The number of a boot: with the sequence it names a message for ever, so it has to be one that no boot before has had. */

/** Where the next one would not fit 32 bits any more. */
const MOST = 0xffffffff;

/**
 * One more than the last; where the time is known, and is more, the seconds since 1970. So a state that is lost, or is an old copy, names
 * nothing twice. A sensor that knows neither draws one of 2^31: that it hits one of a thousand earlier boots has a chance of one in two million.
 *
 * @param last the number before, or what cannot be one where there is none
 * @param seconds since 1970; 0 where nobody knows
 * @param random gives 32 random bits
 */
export function nextBoot(last: number, seconds: number, random: () => number): number {
  const counted = Number.isInteger(last) && last > 0 && last < MOST ? last + 1 : 0;
  const timed = seconds > 0 && seconds < MOST ? Math.floor(seconds) : 0;
  return Math.max(counted, timed) || (random() >>> 1) + 1;
}
