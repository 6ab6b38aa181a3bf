/**
 * Classic pcap (draft-ietf-opsawg-pcap): a file header of 24 bytes, then for each frame seconds, fractions, captured and
 * original length, and the bytes. Both byte orders, microseconds and nanoseconds.
 */
import { engineLink } from './links.js';
import { DamagedCapture, UnknownLink, type CaptureParser, type TakeFrame } from './frames.js';

const fileHeader = 24;
const recordHeader = 16;
const magicMicroseconds = 0xa1b2c3d4;
const magicNanoseconds = 0xa1b23c4d;
/** libpcap's own limit for a frame. */
export const mostCaptured = 262_144;

export class PcapParser implements CaptureParser {
  private started = false;
  private little = true;
  private fraction = 1e-3;
  private link = 0;

  /** Do these four bytes begin a pcap file? */
  static starts(bytes: Buffer): boolean {
    const magics = [bytes.readUInt32LE(0), bytes.readUInt32BE(0)];
    return magics.includes(magicMicroseconds) || magics.includes(magicNanoseconds);
  }

  parse(bytes: Buffer, start: number, end: number, take: TakeFrame): number {
    let at = start;
    if (!this.started) {
      if (end - at < fileHeader) return at;
      this.begin(bytes, at);
      at += fileHeader;
    }
    const { little, fraction, link } = this;
    while (end - at >= recordHeader) {
      const captured = little ? bytes.readUInt32LE(at + 8) : bytes.readUInt32BE(at + 8);
      if (captured > mostCaptured) throw new DamagedCapture(`a frame claims ${captured} bytes`);
      const next = at + recordHeader + captured;
      if (next > end) break;
      const seconds = little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
      const part = little ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4);
      const original = little ? bytes.readUInt32LE(at + 12) : bytes.readUInt32BE(at + 12);
      take(seconds * 1000 + part * fraction, link, bytes, at + recordHeader, captured, original);
      at = next;
    }
    return at;
  }

  needs(bytes: Buffer, start: number, end: number): number {
    if (!this.started) return fileHeader;
    if (end - start < recordHeader) return recordHeader;
    return recordHeader + (this.little ? bytes.readUInt32LE(start + 8) : bytes.readUInt32BE(start + 8));
  }

  private begin(bytes: Buffer, at: number): void {
    const magic = bytes.readUInt32LE(at);
    this.little = magic === magicMicroseconds || magic === magicNanoseconds;
    const known = this.little ? magic : bytes.readUInt32BE(at);
    this.fraction = known === magicNanoseconds ? 1e-6 : 1e-3;
    // The upper bits tell of a frame check sequence at the end, which nobody here reads.
    const linkType = (this.little ? bytes.readUInt32LE(at + 20) : bytes.readUInt32BE(at + 20)) & 0x0fffffff;
    this.link = engineLink(linkType);
    if (!this.link) throw new UnknownLink(String(linkType));
    this.started = true;
  }
}
