/** CRC-32 of Ethernet, zlib and PNG (ISO 3309; RFC 1952, section 8), four bits at a time: 64 bytes of table. */
const table = new Uint32Array(16);
for (let n = 0; n < 16; n++) {
  let value = n;
  for (let bit = 0; bit < 4; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  table[n] = value;
}

/** @param before the checksum of the preceding bytes */
export function crc32(bytes: Uint8Array, before = 0): number {
  let sum = ~before;
  for (let i = 0; i < bytes.length; i++) {
    sum ^= bytes[i] as number;
    sum = (sum >>> 4) ^ (table[sum & 15] as number);
    sum = (sum >>> 4) ^ (table[sum & 15] as number);
  }
  return ~sum >>> 0;
}

/** The same for ASCII text, without a copy as bytes. */
export function crc32Text(text: string, before = 0): number {
  let sum = ~before;
  for (let i = 0; i < text.length; i++) {
    sum ^= text.charCodeAt(i) & 0xff;
    sum = (sum >>> 4) ^ (table[sum & 15] as number);
    sum = (sum >>> 4) ^ (table[sum & 15] as number);
  }
  return ~sum >>> 0;
}
