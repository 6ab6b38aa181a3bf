/** HMAC-SHA256 (RFC 2104, FIPS 180-4) by the SDK's native digest. */
import { Digest } from 'crypt';
import type { Hmac } from '../../protocol/signed-config.js';

const BLOCK = 64;

function padded(key: ArrayBuffer, with_: number): ArrayBuffer {
  const block = new Uint8Array(BLOCK).fill(with_);
  new Uint8Array(key).forEach((byte, i) => {
    block[i] = byte ^ with_;
  });
  return block.buffer;
}

/** Characters converted to bytes at a time: a config is long, and memory is short. */
const PIECE = 256;

export const hmac: Hmac = (key, ...texts) => {
  const secret = Uint8Array.from({ length: key.length / 2 }, (_, i) =>
    parseInt(key.slice(2 * i, 2 * i + 2), 16),
  ).buffer;
  const inner = new Digest('SHA256');
  inner.write(padded(secret, 0x36));
  for (const text of texts) {
    for (let at = 0; at < text.length; ) {
      // Never between the two halves of a surrogate pair.
      const end = (text.codePointAt(at + PIECE - 1) ?? 0) > 0xffff ? at + PIECE + 1 : at + PIECE;
      inner.write(ArrayBuffer.fromString(text.slice(at, end)));
      at = end;
    }
  }
  const outer = new Digest('SHA256');
  outer.write(padded(secret, 0x5c));
  outer.write(inner.close());
  let out = '';
  for (const byte of new Uint8Array(outer.close())) out += (byte + 256).toString(16).slice(1);
  return out;
};
