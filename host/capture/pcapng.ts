/**
 * pcapng (draft-ietf-opsawg-pcapng): blocks of type, length, body, length. Reads sections in either byte order, several
 * interfaces with their own link type and clock, and enhanced, simple and obsolete packet blocks.
 */

import { type CaptureParser, DamagedCapture, type TakeFrame, UnknownLink } from './frames.js';
import { Link } from './links.js';
import { maxCaptured } from './pcap.js';

const sectionHeader = 0x0a0d0d0a;
const interfaceDescription = 1;
const obsoletePacket = 2;
const simplePacket = 3;
const enhancedPacket = 6;
const byteOrderMagic = 0x1a2b3c4d;
const optionResolution = 9;
const optionOffset = 14;
/** Bytes. No block that is read here is larger; skipped ones (name tables, logs) may reach this size. */
const maxBlock = 1 << 26;
/** The end of the year 9999: the last time ISO 8601 writes with four digits. A later time means a broken clock. */
const latestMs = 253_402_300_799_999;

interface Interface {
  link: Link;
  snapLength: number;
  /** Timestamp ticks per millisecond. */
  ticksPerMs: number;
  /** Milliseconds to add to each timestamp. */
  offset: number;
}

export class PcapngParser implements CaptureParser {
  private little = true;
  private interfaces: Interface[] = [];
  /**
   * Whether any interface so far has a link type the engine knows. If so, frames of other types are counted and
   * skipped.
   */
  private anyKnown = false;
  /** Timestamp of the last frame that carried one. */
  private lastMs = 0;

  static starts(bytes: Buffer): boolean {
    return bytes.readUInt32LE(0) === sectionHeader;
  }

  private u16(bytes: Buffer, at: number): number {
    return this.little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }

  private u32(bytes: Buffer, at: number): number {
    return this.little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  /** Length in bytes of the block at `at`. Detects the section's byte order first, because the length depends on it. */
  private blockLength(bytes: Buffer, at: number): number {
    if (bytes.readUInt32LE(at) === sectionHeader) {
      const order = bytes.readUInt32LE(at + 8);
      if (order === byteOrderMagic) this.little = true;
      else if (bytes.readUInt32BE(at + 8) === byteOrderMagic) this.little = false;
      else throw new DamagedCapture('a section has no byte order mark');
    }
    const length = this.u32(bytes, at + 4);
    if (length < 12 || length % 4 !== 0 || length > maxBlock)
      throw new DamagedCapture(`a block claims ${length} bytes`);
    return length;
  }

  parse(bytes: Buffer, start: number, end: number, take: TakeFrame): number {
    let at = start;
    while (end - at >= 12) {
      const length = this.blockLength(bytes, at);
      if (at + length > end) break;
      if (this.u32(bytes, at + length - 4) !== length) throw new DamagedCapture('a block states two different lengths');
      this.block(bytes, at, length, take);
      at += length;
    }
    return at;
  }

  private block(bytes: Buffer, at: number, length: number, take: TakeFrame): void {
    const type = this.u32(bytes, at);
    const body = at + 8;
    const size = length - 12;
    if (type === enhancedPacket) {
      if (size < 20) throw new DamagedCapture('a packet block is too short');
      this.packet(bytes, this.u32(bytes, body), body + 4, body + 20, size - 20, take);
    } else if (type === interfaceDescription) {
      if (size < 8) throw new DamagedCapture('an interface block is too short');
      this.describe(bytes, body, size);
    } else if (type === sectionHeader) {
      this.interfaces = [];
    } else if (type === simplePacket) {
      if (size < 4) throw new DamagedCapture('a packet block is too short');
      const source = this.interfaceOf(0);
      const original = this.u32(bytes, body);
      const captured = Math.min(original, source.snapLength || original, size - 4);
      // Simple packet blocks have no timestamp: reuse the last one.
      source.link.pass(this.lastMs, bytes, body + 4, captured, original, take);
    } else if (type === obsoletePacket) {
      if (size < 20) throw new DamagedCapture('a packet block is too short');
      this.packet(bytes, this.u16(bytes, body), body + 4, body + 20, size - 20, take);
    }
  }

  /**
   * Enhanced and obsolete packet blocks share this layout: time (high, low), captured length, original length, bytes.
   */
  private packet(bytes: Buffer, number: number, at: number, data: number, capacity: number, take: TakeFrame): void {
    const source = this.interfaceOf(number);
    const captured = this.u32(bytes, at + 8);
    if (captured > capacity || captured > maxCaptured) throw new DamagedCapture(`a frame claims ${captured} bytes`);
    const ticks = this.u32(bytes, at) * 2 ** 32 + this.u32(bytes, at + 4);
    const timeMs = ticks / source.ticksPerMs + source.offset;
    if (!(timeMs >= 0 && timeMs <= latestMs)) throw new DamagedCapture('a frame has a time before 1970 or after 9999');
    this.lastMs = timeMs;
    source.link.pass(timeMs, bytes, data, captured, this.u32(bytes, at + 12), take);
  }

  private interfaceOf(number: number): Interface {
    const source = this.interfaces[number];
    if (!source) throw new DamagedCapture(`a frame names interface ${number}, which was not described`);
    if (!source.link.isKnown && !this.anyKnown) throw new UnknownLink(String(source.link.linkType));
    return source;
  }

  private describe(bytes: Buffer, body: number, size: number): void {
    const source = {
      link: new Link(this.u16(bytes, body)),
      snapLength: this.u32(bytes, body + 4),
      ticksPerMs: 1000,
      offset: 0,
    };
    for (let at = body + 8; at + 4 <= body + size; ) {
      const code = this.u16(bytes, at);
      const length = this.u16(bytes, at + 2);
      if (code === 0 || at + 4 + length > body + size) break;
      if (code === optionResolution && length >= 1) {
        const value = bytes[at + 4] as number;
        source.ticksPerMs = value & 0x80 ? 2 ** (value & 0x7f) / 1000 : 10 ** (value - 3);
      } else if (code === optionOffset && length >= 8) {
        const value = this.little ? bytes.readBigInt64LE(at + 4) : bytes.readBigInt64BE(at + 4);
        source.offset = Number(value) * 1000;
      }
      at += 4 + ((length + 3) & ~3);
    }
    this.interfaces.push(source);
    if (source.link.isKnown) this.anyKnown = true;
  }
}
