/**
 * Counts the probes of labelled scanners, independently of the engine, so that "probes until the alert" is measured and
 * not told. A probe: a SYN; a TCP packet of a flow without SYN; an ICMP question; an ARP request or neighbour
 * solicitation; any UDP, SCTP or other packet; a first fragment without flags; any frame of a labelled MAC.
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
import { parseAddress } from '../../src/protocol/address.js';

export interface Layer3 {
  mac: string;
  type: number;
  at: number;
}

function ethernet(bytes: Buffer, start: number, end: number): Layer3 | undefined {
  if (end - start < 14) return undefined;
  const mac = bytes.toString('hex', start + 6, start + 12);
  let at = start + 12;
  let type = bytes.readUInt16BE(at);
  while ([0x8100, 0x88a8, 0x9100].includes(type) && at + 6 <= end) {
    at += 4;
    type = bytes.readUInt16BE(at);
  }
  at += 2;
  if (type === 0x8864 && at + 8 <= end) {
    type = bytes.readUInt16BE(at + 6) === 0x21 ? 0x0800 : 0x86dd;
    at += 8;
  }
  return { mac, type, at };
}

function wifi(bytes: Buffer, start: number, end: number): Layer3 | undefined {
  if (end - start < 24 || ((bytes[start] as number) & 0x0c) !== 0x08) return undefined;
  const flags = bytes[start + 1] as number;
  const qos = ((bytes[start] as number) & 0x80) !== 0;
  const both = (flags & 3) === 3;
  const source = both ? start + 24 : flags & 2 ? start + 16 : start + 10;
  let at = start + 24 + (both ? 6 : 0) + (qos ? 2 : 0);
  let mac = bytes.toString('hex', source, source + 6);
  if (flags & 0x40 || (bytes[start] as number) & 0x40) return { mac, type: 0, at };
  if (qos && (bytes[at - 2] as number) & 0x80) {
    mac = bytes.toString('hex', at + 6, at + 12);
    at += 14;
  }
  if (at + 8 > end) return { mac, type: 0, at };
  return { mac, type: bytes.readUInt16BE(at + 6), at: at + 8 };
}

function raw(bytes: Buffer, at: number, end: number): Layer3 | undefined {
  return at < end ? { mac: '', type: (bytes[at] as number) >> 4 === 6 ? 0x86dd : 0x0800, at } : undefined;
}

/** Where the network packet of a frame begins, and its ether type (0: unknown, or encrypted); undefined for no data frame. */
export function layer3(link: number, bytes: Buffer, offset: number, captured: number): Layer3 | undefined {
  const end = offset + captured;
  if (link === LINK_ETHERNET) return ethernet(bytes, offset, end);
  if (link === LINK_IEEE80211) return wifi(bytes, offset, end);
  if (link === LINK_RAW_IP) return raw(bytes, offset, end);
  if (link === LINK_NULL) return raw(bytes, offset + 4, end);
  if (link === LINK_SLL && captured >= 16)
    return {
      mac: bytes.toString('hex', offset + 6, offset + 12),
      type: bytes.readUInt16BE(offset + 14),
      at: offset + 16,
    };
  if (link === LINK_SLL2 && captured >= 20)
    return { mac: bytes.toString('hex', offset + 12, offset + 18), type: bytes.readUInt16BE(offset), at: offset + 20 };
  return link === LINK_RADIOTAP && captured >= 4
    ? wifi(bytes, offset + bytes.readUInt16LE(offset + 2), end)
    : undefined;
}

export class ProbeCounter {
  private readonly times = new Map<string, number[]>();
  /** Key of the address's bytes in hex -> the label's text. */
  private readonly names = new Map<string, string>();
  private readonly opened = new Set<string>();

  constructor(sources: string[]) {
    for (const source of sources) {
      const bytes = parseAddress(source);
      this.names.set(bytes ? Buffer.from(bytes).toString('hex') : source.replaceAll(':', '').toLowerCase(), source);
      this.times.set(source, []);
    }
  }

  /** Probes of the source from `from` to `to`, both in ms and included, to a microsecond. */
  between(source: string, from: number, to: number): number {
    return (this.times.get(source) ?? []).filter((time) => time >= from - 1e-3 && time <= to + 1e-3).length;
  }

  take(timeMs: number, link: number, bytes: Buffer, offset: number, captured: number): void {
    if (this.names.size === 0) return;
    const end = offset + captured;
    const layer = layer3(link, bytes, offset, captured);
    if (!layer) return;
    const byMac = this.names.get(layer.mac);
    if (byMac) this.times.get(byMac)?.push(timeMs);
    const { at, type } = layer;
    if (type === 0x0806 && at + 28 <= end) {
      if (bytes[at + 7] === 1) this.note(bytes.toString('hex', at + 14, at + 18), timeMs);
    } else if (type === 0x0800 && at + 20 <= end) {
      const name = bytes.toString('hex', at + 12, at + 16);
      if (this.names.has(name) && (bytes.readUInt16BE(at + 6) & 0x1fff) === 0) {
        const header = ((bytes[at] as number) & 15) * 4;
        this.transport(
          name,
          bytes[at + 9] as number,
          bytes,
          at + header,
          Math.min(end, at + bytes.readUInt16BE(at + 2)),
          at + 16,
          timeMs,
        );
      }
    } else if (type === 0x86dd && at + 40 <= end) {
      const name = bytes.toString('hex', at + 8, at + 24);
      if (this.names.has(name)) this.transport(name, bytes[at + 6] as number, bytes, at + 40, end, at + 24, timeMs);
    }
  }

  private transport(
    name: string,
    protocol: number,
    bytes: Buffer,
    at: number,
    end: number,
    target: number,
    timeMs: number,
  ): void {
    let isProbe = true;
    if (protocol === 6 && end - at >= 14) {
      const flags = bytes[at + 13] as number;
      const flow = name + bytes.toString('hex', target, target + 4) + bytes.toString('hex', at, at + 4);
      isProbe = (flags & 0x12) === 2 || ((flags & 2) === 0 && !this.opened.has(flow));
      if ((flags & 0x12) === 2) this.opened.add(flow);
    } else if (protocol === 1 || protocol === 58) {
      isProbe = at < end && (protocol === 1 ? [8, 13, 15, 17] : [128, 135]).includes(bytes[at] as number);
    }
    if (isProbe) this.note(name, timeMs);
  }

  private note(name: string, timeMs: number): void {
    const source = this.names.get(name);
    if (source) this.times.get(source)?.push(timeMs);
  }
}
