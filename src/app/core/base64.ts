/** Base64 (RFC 4648, section 4) without line breaks. */
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The bytes encoded by `text`; characters outside the alphabet are skipped. */
export function fromBase64(text: string): ArrayBuffer {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (letters.includes(text.charAt(i))) count++;
  const out = new Uint8Array(Math.floor((count * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const value = letters.indexOf(text.charAt(i));
    if (value < 0) continue;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[at++] = (bits >> held) & 0xff;
    }
  }
  return out.buffer;
}
