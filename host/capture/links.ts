/** Maps the link types of capture files (the tcpdump project's LINKTYPE_ registry) to the engine's. */
import {
  LINK_ETHERNET,
  LINK_IEEE80211,
  LINK_NULL,
  LINK_RADIOTAP,
  LINK_RAW_IP,
  LINK_SLL,
  LINK_SLL2,
} from '../../src/engine/constants/codes.js';

const links: ReadonlyMap<number, number> = new Map([
  [0, LINK_NULL],
  [1, LINK_ETHERNET],
  [12, LINK_RAW_IP], // DLT_RAW of some systems
  [14, LINK_RAW_IP], // DLT_RAW of OpenBSD
  [101, LINK_RAW_IP],
  [105, LINK_IEEE80211],
  [108, LINK_NULL], // OpenBSD loopback: the same four bytes, in network order
  [113, LINK_SLL],
  [127, LINK_RADIOTAP],
  [228, LINK_RAW_IP], // IPv4 only
  [229, LINK_RAW_IP], // IPv6 only
  [276, LINK_SLL2],
]);

/** The engine's link type; 0 if it has none. */
export function engineLink(linkType: number): number {
  return links.get(linkType) ?? 0;
}
