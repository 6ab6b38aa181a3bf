/**
 * Maps the link types of capture files (the tcpdump project's LINKTYPE_ registry) to the engine's. Where another header
 * stands in front of a link that the engine knows, the header is skipped.
 */
import {
  LINK_ETHERNET,
  LINK_IEEE80211,
  LINK_NULL,
  LINK_RADIOTAP,
  LINK_RAW_IP,
  LINK_SLL,
  LINK_SLL2,
} from '../../src/engine/constants/codes.js';
import type { TakeFrame } from './frames.js';

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

/** Where the part of a frame begins that the engine reads, and its link: 256 times the bytes to skip, plus the link. */
type Skip = (bytes: Buffer, at: number, end: number) => number;

/** The frame has a known link type, but its header leads to nothing that the engine reads. */
const NOTHING = 0;
const skipping = (bytes: number, link: number): number => bytes * 256 + link;

const PPP_IPV4 = 0x21;
const PPP_IPV6 = 0x57;
const ETHER_IPV4 = 0x0800;
const ETHER_IPV6 = 0x86dd;

/** PPP (RFC 1661, RFC 1662): address and control may be left out, and so may the protocol's first byte. */
function ppp(bytes: Buffer, start: number, end: number, before = 0): number {
  let at = start + before;
  if (at + 4 > end) return NOTHING;
  if (bytes[at] === 0xff && bytes[at + 1] === 3) at += 2;
  const first = bytes[at] as number;
  const isShort = (first & 1) === 1;
  const protocol = isShort ? first : bytes.readUInt16BE(at);
  at += isShort ? 1 : 2;
  return protocol === PPP_IPV4 || protocol === PPP_IPV6 ? skipping(at - start, LINK_RAW_IP) : NOTHING;
}

/** A header of `size` bytes with an ether type at `typeAt`, then IP. */
function typed(size: number, typeAt: number): Skip {
  return (bytes, at, end) => {
    if (at + size > end) return NOTHING;
    const type = bytes.readUInt16BE(at + typeAt);
    return type === ETHER_IPV4 || type === ETHER_IPV6 ? skipping(size, LINK_RAW_IP) : NOTHING;
  };
}

/** A header that states its own length, in front of a frame of the link type that it names or that is given. */
function sized(least: number, length: (bytes: Buffer, at: number) => number, link: Skip | number): Skip {
  return (bytes, at, end) => {
    if (at + least > end) return NOTHING;
    const size = length(bytes, at);
    if (size < least || at + size > end) return NOTHING;
    return skipping(size, typeof link === 'number' ? link : link(bytes, at, end));
  };
}

/** Netfilter's log: a header of four bytes, then fields of length, type and value; type 9 is the packet. */
function nflog(bytes: Buffer, start: number, end: number): number {
  for (let at = start + 4; at + 4 <= end; ) {
    const length = bytes.readUInt16LE(at);
    if (length < 4) return NOTHING;
    if ((bytes.readUInt16LE(at + 2) & 0x7fff) === 9) return skipping(at + 4 - start, LINK_RAW_IP);
    at += (length + 3) & ~3;
  }
  return NOTHING;
}

const skips: ReadonlyMap<number, Skip> = new Map<number, Skip>([
  [9, ppp],
  [50, ppp],
  // PPP over Ethernet: six bytes of header, then PPP without address and control.
  [51, (bytes, at, end) => ppp(bytes, at, end, 6)],
  [104, typed(4, 2)], // Cisco HDLC
  [109, (_, at, end) => (at + 12 < end ? skipping(12, LINK_RAW_IP) : NOTHING)], // OpenBSD's IPsec
  // OpenBSD's packet filter: the header's length does not count its padding.
  [117, sized(4, (bytes, at) => ((bytes[at] as number) + 3) & ~3, LINK_RAW_IP)],
  // Prism: the length stands in the byte order of the machine that captured.
  [119, sized(8, (bytes, at) => Math.min(bytes.readUInt32LE(at + 4), bytes.readUInt32BE(at + 4)), LINK_IEEE80211)],
  [163, sized(8, (bytes, at) => bytes.readUInt32BE(at + 4), LINK_IEEE80211)], // AVS
  [166, (bytes, at, end) => ppp(bytes, at, end, bytes[at + 1] === 3 ? 2 : 1)], // pppd: direction instead of address
  [
    192,
    sized(
      8,
      (bytes, at) => bytes.readUInt16LE(at + 2),
      (bytes, at) => engineLink(bytes.readUInt32LE(at + 4)),
    ),
  ], // per-packet information, in front of any link
  [204, (bytes, at, end) => ppp(bytes, at, end, 1)], // PPP behind a byte that tells the direction
  [239, nflog],
  [240, (_, at, end) => (at + 4 < end ? skipping(4, LINK_ETHERNET) : NOTHING)], // netANALYZER
  [
    258,
    sized(
      12,
      (bytes, at) => bytes.readUInt32LE(at),
      (bytes, at) => engineLink(bytes.readUInt32LE(at + 8)),
    ),
  ], // macOS, all interfaces at once
  [274, (_, at, end) => (at + 8 < end ? skipping(8, LINK_ETHERNET) : NOTHING)], // Ethernet with its preamble
]);

/** The engine's link type of frames that need no header skipped; 0 if there is none. */
function engineLink(linkType: number): number {
  return links.get(linkType) ?? 0;
}

/** How the frames of one link type are read. */
export class Link {
  readonly isKnown: boolean;
  private readonly fixed: number;
  private readonly skip: Skip | undefined;

  constructor(readonly linkType: number) {
    this.fixed = engineLink(linkType);
    this.skip = skips.get(linkType);
    this.isKnown = this.fixed !== 0 || this.skip !== undefined;
  }

  /** Passes the frame in `bytes[at .. at + captured)` on, without what stands in front of the engine's link. */
  pass(timeMs: number, bytes: Buffer, at: number, captured: number, original: number, take: TakeFrame): void {
    if (this.skip === undefined) {
      take(timeMs, this.fixed, bytes, at, captured, original);
      return;
    }
    const found = this.skip(bytes, at, at + captured);
    const link = found % 256;
    const skipped = link === 0 ? 0 : (found - link) / 256;
    take(timeMs, link, bytes, at + skipped, captured - skipped, Math.max(original, captured) - skipped);
  }
}
