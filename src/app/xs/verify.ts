/**
 * Verifies a release key's signature and computes an image's hash with what the SDK's TLS already contains: ECDSA over
 * P-256 (FIPS 186-5, section 6.4.2) on its native arithmetic, and its native SHA-256.
 */
import { Digest } from 'crypt';
import Curve from 'curve';
import ECDSA from 'ecdsa';
import ECPoint from 'ecp';
import type { Verify } from '../../protocol/update.js';
import type { Sha256 } from '../core/update.js';
import { guard } from './timers.js';

const SIZE = 32;

function hex(text: string): ArrayBuffer {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16)).buffer;
}

const number = (bytes: ArrayBuffer, at: number): bigint => BigInt.fromArrayBuffer(bytes.slice(at, at + SIZE)) as bigint;

export const verify: Verify = (key, text, signature) => {
  let good = false;
  guard(() => {
    const bytes = hex(signature);
    const point = hex(key);
    if (bytes.byteLength !== 2 * SIZE || point.byteLength !== 2 * SIZE) return;
    const curve = new Curve('secp256r1');
    const r = number(bytes, 0),
      s = number(bytes, SIZE);
    // The standard requires this range check and the SDK omits it: with both zero, any signature might pass.
    if (r <= 0n || r >= curve.n || s <= 0n || s >= curve.n) return;
    const digest = new Digest('SHA256');
    digest.write(ArrayBuffer.fromString(text));
    good = new ECDSA(new ECPoint(number(point, 0), number(point, SIZE)), curve)._verify(digest.close(), r, s);
  });
  return good;
};

export function sha256(): Sha256 {
  const digest = new Digest('SHA256');
  return {
    write: (bytes) =>
      digest.write(bytes.byteLength === bytes.buffer.byteLength ? (bytes.buffer as ArrayBuffer) : bytes.slice().buffer),
    close: () => {
      let out = '';
      for (const byte of new Uint8Array(digest.close())) out += (byte + 256).toString(16).slice(1);
      return out;
    },
  };
}
