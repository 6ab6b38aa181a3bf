/** What the fleet's verdict, its campaigns and visits are decided by. docs/DETECTION.md tells why. */
const DAY = 86_400_000;

/** Chance of a false conviction, for one source that the whole fleet watched. A million sources a year then give one. */
export const FALSE_ALARM = 1e-6;
/** Sites that must have spoken: what one site alone knows is that site's alert. */
export const LEAST_SITES = 3;
/** Milliseconds of quiet that end a visit. */
export const VISIT_ENDS = DAY;
/** Milliseconds that a verdict and a campaign look back without being told a time. */
export const LOOK_BACK = 7 * DAY;
/** Milliseconds since the last whisper that a scan which only the fleet sees goes on: sensors whisper every five minutes. */
export const STILL_WHISPERED = 15 * 60_000;
/** Sources of one /24 or /64 that make it one campaign. */
export const NETWORK_SOURCES = 3;
/** Sources that ask for the same service ... */
export const PATTERN_SOURCES = 5;
/** ... and came within this many milliseconds of each other, one to the next ... */
export const PATTERN_GAP = 30 * 60_000;
/** ... to at least so many sites, make one campaign. */
export const PATTERN_SITES = 2;
