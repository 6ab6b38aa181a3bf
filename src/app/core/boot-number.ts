/** The number of a boot. Together with the sequence it names a message permanently, so it must never repeat. */

/** The next number would not fit 32 bits. */
const MOST = 0xffffffff;

/**
 * One more than the last; if the time is known and larger, the seconds since 1970. State that is lost, or is an old
 * copy, then names nothing twice. A sensor with neither draws one of 2^31 numbers: the chance of hitting one of a
 * thousand earlier boots is one in two million.
 *
 * @param last the previous number, or an invalid one if there is none
 * @param seconds since 1970; 0 if unknown
 * @param random gives 32 random bits
 */
export function nextBoot(last: number, seconds: number, random: () => number): number {
  const counted = Number.isInteger(last) && last > 0 && last < MOST ? last + 1 : 0;
  const timed = seconds > 0 && seconds < MOST ? Math.floor(seconds) : 0;
  return Math.max(counted, timed) || (random() >>> 1) + 1;
}
