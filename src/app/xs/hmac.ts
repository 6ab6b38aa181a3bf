/** HMAC-SHA256 (RFC 2104, FIPS 180-4) by the SDK's native digest. */
import { Digest } from 'crypt';
import type { Hmac } from '../../protocol/signed-config.js';

const BLOCK = 64;

function sha256(...parts: ArrayBuffer[]): ArrayBuffer {
  const digest = new Digest('SHA256');
  for (const part of parts) digest.write(part);
  return digest.close();
}

function padded(key: ArrayBuffer, with_: number): ArrayBuffer {
  const block = new Uint8Array(BLOCK).fill(with_);
  new Uint8Array(key).forEach((byte, i) => {
    block[i] = byte ^ with_;
  });
  return block.buffer;
}

export const hmac: Hmac = (key, text) => {
  const secret = Uint8Array.from({ length: key.length / 2 }, (_, i) => parseInt(key.slice(2 * i, 2 * i + 2), 16)).buffer;
  const inner = sha256(padded(secret, 0x36), ArrayBuffer.fromString(text));
  const sum = new Uint8Array(sha256(padded(secret, 0x5c), inner));
  let out = '';
  for (const byte of sum) out += (byte + 256).toString(16).slice(1);
  return out;
};
