/**
 * Classic pcap (draft-ietf-opsawg-pcap): a file header of 24 bytes, then for each frame seconds, fractions, captured
 * and original length, and the bytes. Reads both byte orders, microseconds and nanoseconds, and the modified form of
 * old Linux systems (Alexey Kuznetzov's), whose frame headers are eight bytes longer.
 */

import { type CaptureParser, DamagedCapture, type TakeFrame, UnknownLink } from './frames.js';
import { Link } from './links.js';

const fileHeader = 24;
const plainHeader = 16;
const modifiedHeader = 24;
const magicMicroseconds = 0xa1b2c3d4;
const magicNanoseconds = 0xa1b23c4d;
const magicModified = 0xa1b2cd34;
const magics: readonly number[] = [magicMicroseconds, magicNanoseconds, magicModified];
/** libpcap's own limit for a frame, in bytes. */
export const maxCaptured = 262_144;

export class PcapParser implements CaptureParser {
  private started = false;
  private little = true;
  private fraction = 1e-3;
  private recordHeader = plainHeader;
  private link = new Link(0);

  /** Whether a pcap file starts with these four bytes. */
  static starts(bytes: Buffer): boolean {
    return magics.includes(bytes.readUInt32LE(0)) || magics.includes(bytes.readUInt32BE(0));
  }

  parse(bytes: Buffer, start: number, end: number, take: TakeFrame): number {
    let at = start;
    if (!this.started) {
      if (end - at < fileHeader) return at;
      this.begin(bytes, at);
      at += fileHeader;
    }
    const { little, fraction, recordHeader, link } = this;
    while (end - at >= recordHeader) {
      const captured = little ? bytes.readUInt32LE(at + 8) : bytes.readUInt32BE(at + 8);
      if (captured > maxCaptured) throw new DamagedCapture(`a frame claims ${captured} bytes`);
      const next = at + recordHeader + captured;
      if (next > end) break;
      const seconds = little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
      const part = little ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4);
      const original = little ? bytes.readUInt32LE(at + 12) : bytes.readUInt32BE(at + 12);
      link.pass(seconds * 1000 + part * fraction, bytes, at + recordHeader, captured, original, take);
      at = next;
    }
    return at;
  }

  private begin(bytes: Buffer, at: number): void {
    const magic = bytes.readUInt32LE(at);
    this.little = magics.includes(magic);
    const known = this.little ? magic : bytes.readUInt32BE(at);
    this.fraction = known === magicNanoseconds ? 1e-6 : 1e-3;
    this.recordHeader = known === magicModified ? modifiedHeader : plainHeader;
    // The upper half may say how long the frame check sequence behind each frame is. It is not trusted, because writers
    // disagree on the unit and some strip the sequence: the network headers say where a packet ends.
    const linkType = (this.little ? bytes.readUInt32LE(at + 20) : bytes.readUInt32BE(at + 20)) & 0xffff;
    this.link = new Link(linkType);
    if (!this.link.isKnown) throw new UnknownLink(String(linkType));
    this.started = true;
  }
}
