// Paths: on which ways the tap sees answers come back. Where it does not, silence says little.
import { DIRECTION_INBOUND, DIRECTION_INTERNAL, DIRECTION_OUTBOUND, FAMILY_IPV6 } from '../constants/codes';
import { frame } from '../frame/frame';

/** IPv6 to the outside is a path of its own beside the DIRECTION_*: often it is configured and leads nowhere. */
export const PATH_OUTBOUND_IPV6: u32 = 5;

/** A bit for each path. */
let answering: u32 = 0;

export function forgetAnswers(): void {
  answering = 0;
}

/** The path of the frame, whose direction is `way`. */
export function pathOf(way: u32): u32 {
  return way == DIRECTION_OUTBOUND && frame.family == FAMILY_IPV6 ? PATH_OUTBOUND_IPV6 : way;
}

/** Transit shares the outbound path. */
function bitOf(path: u32): u32 {
  if (path == DIRECTION_INBOUND || path == DIRECTION_INTERNAL || path == PATH_OUTBOUND_IPV6) return 1 << path;
  return 1 << DIRECTION_OUTBOUND;
}

/** True if the tap sees what comes back for contacts on this path. */
export function seesAnswers(path: u32): bool {
  return (answering & bitOf(path)) != 0;
}

export function noteAnswer(path: u32): void {
  answering |= bitOf(path);
}
