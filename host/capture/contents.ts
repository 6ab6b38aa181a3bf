/**
 * What a capture holds, besides scans: its span, which home blocks occur, and what hides packets from the engine. Read
 * from the frames themselves, because the engine's counters do not tell.
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
import { type Block, parseBlock } from '../../src/protocol/address.js';
import type { TakeFrame } from './frames.js';

/** A frame cut below this misses headers: those of Ethernet, IPv4 and TCP without options. */
const headersBytes = 54;
/** Envelopes within each other, at most. */
const mostDeep = 4;

const ETHER_IPV4 = 0x0800;
const ETHER_ARP = 0x0806;
const ETHER_BRIDGED = 0x6558;
const ETHER_IPV6 = 0x86dd;
const ETHER_MPLS = 0x8847;
const ETHER_MPLS_GROUP = 0x8848;
const ETHER_PPPOE = 0x8864;
const ETHER_ERSPAN = 0x88be;
const ETHER_ERSPAN_3 = 0x22eb;
const tags: readonly number[] = [0x8100, 0x88a8, 0x9100, 0x9200];
const PROTOCOL_IPV4 = 4;
const PROTOCOL_UDP = 17;
const PROTOCOL_IPV6 = 41;
const PROTOCOL_GRE = 47;
const PORT_VXLAN = 4789;
const PORT_GENEVE = 6081;
const PORT_TZSP = 37_008;

interface Home extends Block {
  text: string;
}

export class Contents {
  frames = 0;
  /** Time of the earliest and the latest frame, ms since 1970. */
  first = Infinity;
  last = -Infinity;
  /** Frames whose capture cut headers off. */
  cut = 0;
  /** Frames inside of others, by the outermost envelope. */
  readonly envelopes = new Map<string, number>();
  /** Home blocks, and those that no address lay in. */
  private readonly blocks: number;
  private unseen: Home[];
  /** Whether there were frames whose addresses are not looked for here. */
  private opaque = false;

  /** @param home address blocks to look for */
  constructor(home: readonly string[]) {
    this.unseen = home.flatMap((text) => {
      const block = parseBlock(text);
      return block ? [{ ...block, text }] : [];
    });
    this.blocks = this.unseen.length;
  }

  /** Whether any home block occurred; true also if that cannot be told. */
  get isHomeSeen(): boolean {
    return this.homeUnseen.length < this.blocks;
  }

  /** The home blocks that never occurred; none if that cannot be told. */
  get homeUnseen(): string[] {
    return this.opaque || this.frames === 0 ? [] : this.unseen.map(({ text }) => text);
  }

  readonly take: TakeFrame = (timeMs, link, bytes, offset, captured, original) => {
    this.frames++;
    if (timeMs < this.first) this.first = timeMs;
    if (timeMs > this.last) this.last = timeMs;
    if (captured < original && captured < headersBytes) this.cut++;
    const end = offset + captured;
    if (link === LINK_ETHERNET) this.ethernet(bytes, offset, end, 0);
    else if (link === LINK_RAW_IP) this.ip(bytes, offset, end, 0);
    else if (link === LINK_NULL) this.ip(bytes, offset + 4, end, 0);
    else if (link === LINK_SLL) this.typed(bytes, offset + 14, end, 0);
    else if (link === LINK_SLL2 && captured >= 20) this.network(bytes.readUInt16BE(offset), bytes, offset + 20, end, 0);
    else if (link === LINK_IEEE80211 || link === LINK_RADIOTAP) this.opaque = true;
  };

  private ethernet(bytes: Buffer, at: number, end: number, depth: number): void {
    this.typed(bytes, at + 12, end, depth);
  }

  /** What follows an ether type at `at`. */
  private typed(bytes: Buffer, at: number, end: number, depth: number): void {
    if (at + 2 <= end) this.network(bytes.readUInt16BE(at), bytes, at + 2, end, depth);
  }

  private ip(bytes: Buffer, at: number, end: number, depth: number): void {
    if (at >= end) return;
    const version = (bytes[at] as number) >> 4;
    if (version === 4) this.network(ETHER_IPV4, bytes, at, end, depth);
    else if (version === 6) this.network(ETHER_IPV6, bytes, at, end, depth);
  }

  private network(type: number, bytes: Buffer, at: number, end: number, depth: number): void {
    if (type === ETHER_IPV4) {
      if (at + 20 > end) return;
      this.address(bytes, at + 12, 4);
      this.address(bytes, at + 16, 4);
      const isFirst = (bytes.readUInt16BE(at + 6) & 0x1fff) === 0;
      if (isFirst) this.transport(bytes[at + 9] as number, bytes, at + ((bytes[at] as number) & 15) * 4, end, depth);
    } else if (type === ETHER_IPV6) {
      if (at + 40 > end) return;
      this.address(bytes, at + 8, 16);
      this.address(bytes, at + 24, 16);
      this.transport(bytes[at + 6] as number, bytes, at + 40, end, depth);
    } else if (type === ETHER_ARP) {
      if (at + 28 > end) return;
      this.address(bytes, at + 14, 4);
      this.address(bytes, at + 24, 4);
    } else if (tags.includes(type)) {
      this.typed(bytes, at + 2, end, depth);
    } else if (type === ETHER_PPPOE) {
      this.ip(bytes, at + 8, end, depth);
    } else if (type === ETHER_MPLS || type === ETHER_MPLS_GROUP) {
      this.mpls(bytes, at, end, depth);
    }
  }

  private transport(protocol: number, bytes: Buffer, at: number, end: number, depth: number): void {
    if (protocol === PROTOCOL_UDP) {
      if (at + 16 <= end) this.udp(bytes.readUInt16BE(at + 2), bytes, at + 8, end, depth);
    } else if (protocol === PROTOCOL_IPV4) {
      if (this.envelope('IP in IP', depth)) this.network(ETHER_IPV4, bytes, at, end, depth + 1);
    } else if (protocol === PROTOCOL_IPV6) {
      if (this.envelope('IPv6 in IP', depth)) this.network(ETHER_IPV6, bytes, at, end, depth + 1);
    } else if (protocol === PROTOCOL_GRE && at + 4 <= end) {
      this.gre(bytes, at, end, depth);
    }
  }

  private udp(port: number, bytes: Buffer, at: number, end: number, depth: number): void {
    if (port === PORT_VXLAN) {
      if (((bytes[at] as number) & 8) !== 0 && this.envelope('VXLAN', depth))
        this.ethernet(bytes, at + 8, end, depth + 1);
    } else if (port === PORT_GENEVE) {
      const type = bytes.readUInt16BE(at + 2);
      const body = at + 8 + ((bytes[at] as number) & 0x3f) * 4;
      if ((bytes[at] as number) >> 6 === 0 && this.envelope('GENEVE', depth))
        this.inside(type, bytes, body, end, depth + 1);
    } else if (port === PORT_TZSP && bytes[at] === 1 && this.envelope('TZSP', depth))
      this.tzsp(bytes, at + 4, end, depth + 1);
  }

  /** Fields of type, length and value, up to type 1; then the frame. */
  private tzsp(bytes: Buffer, from: number, end: number, depth: number): void {
    let at = from;
    while (at + 1 < end && bytes[at] !== 1) at += bytes[at] === 0 ? 1 : 2 + (bytes[at + 1] as number);
    this.ethernet(bytes, at + 1, end, depth);
  }

  /** GRE (RFC 2784, RFC 2890), and ERSPAN in it. */
  private gre(bytes: Buffer, at: number, end: number, depth: number): void {
    const flags = bytes.readUInt16BE(at);
    const type = bytes.readUInt16BE(at + 2);
    const isNumbered = (flags & 0x1000) !== 0;
    let body = at + 4;
    for (const flag of [0x8000, 0x2000, 0x1000]) if (flags & flag) body += 4;
    if (type === ETHER_ERSPAN) {
      if (this.envelope('ERSPAN', depth)) this.ethernet(bytes, body + (isNumbered ? 8 : 0), end, depth + 1);
    } else if (type === ETHER_ERSPAN_3) {
      const hasMore = body + 12 <= end && ((bytes[body + 11] as number) & 1) !== 0;
      if (this.envelope('ERSPAN', depth)) this.ethernet(bytes, body + (hasMore ? 20 : 12), end, depth + 1);
    } else if (this.envelope('GRE', depth)) this.inside(type, bytes, body, end, depth + 1);
  }

  private inside(type: number, bytes: Buffer, at: number, end: number, depth: number): void {
    if (type === ETHER_BRIDGED) this.ethernet(bytes, at, end, depth);
    else this.network(type, bytes, at, end, depth);
  }

  private mpls(bytes: Buffer, from: number, end: number, depth: number): void {
    if (!this.envelope('MPLS', depth)) return;
    let at = from;
    while (at + 4 <= end && ((bytes[at + 2] as number) & 1) === 0) at += 4;
    at += 4;
    if (at + 2 > end) return;
    const nibble = (bytes[at] as number) >> 4;
    if (nibble === 4 || nibble === 6) this.ip(bytes, at, end, depth + 1);
    // A pseudowire, usually with a control word of four bytes that begins with 0 (RFC 4385).
    else this.ethernet(bytes, nibble === 0 && bytes.readUInt16BE(at) === 0 ? at + 4 : at, end, depth + 1);
  }

  /** Counts an outermost envelope; false where envelopes lie too deep to follow. */
  private envelope(name: string, depth: number): boolean {
    if (depth === 0) this.envelopes.set(name, (this.envelopes.get(name) ?? 0) + 1);
    return depth < mostDeep;
  }

  private address(bytes: Buffer, at: number, length: number): void {
    if (this.unseen.length === 0) return;
    const isIn = (home: Home): boolean => home.bytes.length === length && liesIn(home, bytes, at);
    if (this.unseen.some(isIn)) this.unseen = this.unseen.filter((home) => !isIn(home));
  }
}

function liesIn({ bytes: block, prefix }: Home, bytes: Buffer, at: number): boolean {
  for (let i = 0, bits = prefix; bits > 0; i++, bits -= 8) {
    const differs = (block[i] as number) ^ (bytes[at + i] as number);
    if (differs >> Math.max(0, 8 - bits) !== 0) return false;
  }
  return true;
}
