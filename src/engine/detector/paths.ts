// Paths: on which ways the tap sees answers come back. Where it does not, silence says little.
import { DIRECTION_OUTBOUND, DIRECTION_TRANSIT, FAMILY_IPV6 } from '../constants/codes';
import { frame } from '../frame/frame';
import { ARP_SERVICE } from './service';

/** IPv6 to the outside is a path of its own beside the DIRECTION_*: often it is configured and leads nowhere. */
export const PATH_OUTBOUND_IPV6: u32 = 5;
/** ARP and neighbour discovery: a switch may show their answers and no others. */
export const PATH_LINK: u32 = 6;

/** A bit for each path. */
let answering: u32 = 0;

export function forgetAnswers(): void {
  answering = 0;
}

/** The path of a request in the frame, whose direction is `way`. */
export function pathOf(way: u32, service: u32): u32 {
  if (service >= ARP_SERVICE) return PATH_LINK;
  return way == DIRECTION_OUTBOUND && frame.family == FAMILY_IPV6 ? PATH_OUTBOUND_IPV6 : way;
}

/** Transit shares the outbound path. */
function bitOf(path: u32): u32 {
  return path == DIRECTION_TRANSIT ? 1 << DIRECTION_OUTBOUND : 1 << path;
}

/** True if the tap sees what comes back for contacts on this path. */
export function seesAnswers(path: u32): bool {
  return (answering & bitOf(path)) != 0;
}

/** An answer has come back on this path. One sent to everybody (RFC 3927 section 2.5) says nothing of the others. */
export function noteAnswer(path: u32): void {
  if (!frame.toGroup) answering |= bitOf(path);
}
