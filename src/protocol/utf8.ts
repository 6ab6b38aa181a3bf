/**
 * UTF-8 (RFC 3629) for XS, which has no TextEncoder, with little memory: a `number[]` costs 16 bytes an element there.
 */

/** A lone surrogate becomes U+FFFD, as in TextEncoder. */
export function toUtf8(text: string): Uint8Array {
  // Most of the output is ASCII, and each call costs.
  const out = new Uint8Array(text.length);
  for (let i = 0; i < out.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return encode(text);
    out[i] = unit;
  }
  return out;
}

function encode(text: string): Uint8Array {
  let length = 0;
  for (let i = 0; i < text.length; i += units(pointAt(text, i))) length += bytesOf(pointAt(text, i));
  const out = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < text.length; ) {
    const point = pointAt(text, i);
    i += units(point);
    const more = bytesOf(point) - 1;
    out[at++] = more === 0 ? point : (LEADS[more] as number) | (point >> (6 * more));
    for (let left = more - 1; left >= 0; left--) out[at++] = 0x80 | ((point >> (6 * left)) & 0x3f);
  }
  return out;
}

/** First bytes, by the number of continuation bytes. */
const LEADS = [0, 0xc0, 0xe0, 0xf0] as const;

function pointAt(text: string, at: number): number {
  const point = text.codePointAt(at) as number;
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
}

const units = (point: number): number => (point > 0xffff ? 2 : 1);
const bytesOf = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);

/** Characters joined before they are appended to the result: XS copies the whole text each time. */
const PIECE = 32;

/** Invalid UTF-8 is read byte by byte (ISO 8859-1): a network's name may be anything. */
export function fromUtf8(bytes: Uint8Array): string {
  const good = isUtf8(bytes);
  let out = '';
  for (let at = 0; at < bytes.length; ) {
    let end = at;
    while (end < bytes.length && end - at < PIECE && !(good && (bytes[end] as number) >= 0x80)) end++;
    if (end > at) out += String.fromCharCode.apply(undefined, bytes.subarray(at, end) as unknown as number[]);
    else {
      end = at + lengthAt(bytes, at);
      out += String.fromCodePoint(decoded(bytes, at, end));
    }
    at = end;
  }
  return out;
}

function isUtf8(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    const length = lengthAt(bytes, at);
    if (length === 0 || at + length > bytes.length) return false;
    for (let i = at + 1; i < at + length; i++) if (((bytes[i] as number) & 0xc0) !== 0x80) return false;
    const point = decoded(bytes, at, at + length);
    if (bytesOf(point) !== length || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) return false;
    at += length;
  }
  return true;
}

/** Length by the first byte; 0 if a character cannot start with it. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  return first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
}

function decoded(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  let point = end - at === 1 ? first : first & (0x7f >> (end - at));
  for (let i = at + 1; i < end; i++) point = (point << 6) | ((bytes[i] as number) & 0x3f);
  return point;
}
