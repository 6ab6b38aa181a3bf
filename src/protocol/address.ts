/** Addresses as text: IPv4 dotted, IPv6 in RFC 5952 form, MAC in colon form; CIDR blocks parsed from text. */
import { FAMILY_IPV4, FAMILY_IPV6, FAMILY_MAC } from '../engine/constants/codes.js';

/** A block of addresses: `bytes` is the network (4 or 16 bytes), `prefix` its length in bits. */
export interface Block {
  bytes: Uint8Array;
  prefix: number;
}

/** Text of the address in the first bytes of `bytes`; empty if the family is unknown. */
export function formatAddress(family: number, bytes: Uint8Array): string {
  if (family === FAMILY_IPV4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  if (family === FAMILY_IPV6) return formatIPv6(bytes);
  if (family === FAMILY_MAC) {
    return Array.from(bytes.subarray(0, 6), (b) => b.toString(16).padStart(2, '0')).join(':');
  }
  return '';
}

function formatIPv6(bytes: Uint8Array): string {
  const words: number[] = [];
  for (let i = 0; i < 16; i += 2) words.push(((bytes[i] as number) << 8) | (bytes[i + 1] as number));
  // RFC 5952 section 4.2: the longest run of two or more zero words becomes "::", the first one of equal length.
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && words[i + n] === 0) n++;
    if (n > length) [start, length] = [i, n];
    i += n;
  }
  const hex = words.map((w) => w.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** The bytes of an IPv4 (4) or IPv6 (16) address; undefined if the text is neither. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

/** The six bytes of a MAC address in colon form; undefined if the text is not one. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text)) return undefined;
  return new Uint8Array(text.split(':').map((part) => parseInt(part, 16)));
}

function parseIPv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i] as string;
    // No leading zeros: "010" is eight to some parsers and ten to others (RFC 6943 section 3.1.1).
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIPv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined): number[] | undefined => {
    if (!half) return [];
    const out: number[] = [];
    const parts = half.split(':');
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as string;
      if (i === parts.length - 1 && part.includes('.')) {
        const v4 = parseIPv4(part);
        if (!v4) return undefined;
        out.push(((v4[0] as number) << 8) | (v4[1] as number), ((v4[2] as number) << 8) | (v4[3] as number));
      } else {
        if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
        out.push(parseInt(part, 16));
      }
    }
    return out;
  };
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const words = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const bytes = new Uint8Array(16);
  words.forEach((w, i) => {
    bytes[2 * i] = w >> 8;
    bytes[2 * i + 1] = w & 0xff;
  });
  return bytes;
}

/**
 * Parses `10.0.0.0/8`, `2001:db8::/32` or a single address; undefined if the text is none of these or has host bits
 * set.
 */
export function parseBlock(text: string): Block | undefined {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (!bytes) return undefined;
  const bits = bytes.length * 8;
  const suffix = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(suffix) || Number(suffix) > bits) return undefined;
  const prefix = Number(suffix);
  for (let bit = prefix; bit < bits; bit++) {
    if ((bytes[bit >> 3] as number) & (0x80 >> (bit & 7))) return undefined;
  }
  return { bytes, prefix };
}

/** RFC 1918, RFC 3927, RFC 6598, RFC 4193, RFC 4291. */
export const privateBlocks: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
];
