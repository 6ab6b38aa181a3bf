// How long the tap has listened: what it does not know after a while does not exist.
import { frame } from '../frame/frame';

let began: u32 = 0;
/** Once long enough is long enough: the clock wraps after 49 days. */
let longest: u32 = 0;

/** The clock's first time, or the time of a change of home: which hosts exist there is unknown. */
export function startListening(now: u32): void {
  began = now;
  longest = 0;
}

/** The clock was set to `now`; what was learned stays learned. */
export function resumeListening(now: u32): void {
  began = now - longest;
}

/** The tap has listened for so many ms. */
export function hasListened(ms: u32): bool {
  longest = max<u32>(longest, frame.now - began);
  return longest >= ms;
}
