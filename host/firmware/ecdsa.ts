/**
 * Deterministic ECDSA on P-256 with SHA-256 (FIPS 186-5, RFC 6979). Node's ECDSA uses a random k, so two builds of a
 * release would differ. OpenSSL multiplies the point; the other arithmetic is not constant-time: acceptable on the
 * offline computer that signs releases, but not on a server whose timing others can measure.
 */

import type { KeyObject } from 'node:crypto';
import { createECDH, createHash, createHmac } from 'node:crypto';

/** The order of P-256's base point. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const BYTES = 32;

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const toBytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(2 * BYTES, '0'), 'hex');
const hmac = (key: Buffer, ...pieces: Buffer[]): Buffer =>
  pieces.reduce((mac, piece) => mac.update(piece), createHmac('sha256', key)).digest();

function inverse(value: bigint): bigint {
  let out = 1n;
  for (let base = value % ORDER, power = ORDER - 2n; power > 0n; power >>= 1n, base = (base * base) % ORDER)
    if (power & 1n) out = (out * base) % ORDER;
  return out;
}

/** The candidates for k, in order: RFC 6979, section 3.2, steps b to h. */
function* candidates(secret: Buffer, hash: Buffer): Generator<bigint> {
  const seed = [secret, toBytes(toNumber(hash) % ORDER)];
  let value: Buffer = Buffer.alloc(BYTES, 1);
  let key: Buffer = Buffer.alloc(BYTES, 0);
  for (const mark of [0, 1]) {
    key = hmac(key, value, Buffer.from([mark]), ...seed);
    value = hmac(key, value);
  }
  for (;;) {
    value = hmac(key, value);
    const k = toNumber(value);
    if (k >= 1n && k < ORDER) yield k;
    key = hmac(key, value, Buffer.from([0]));
    value = hmac(key, value);
  }
}

/** r and s, 64 bytes. @param key a private key on P-256 */
export function signAlike(key: KeyObject, text: Uint8Array): Buffer {
  const secret = Buffer.from(key.export({ format: 'jwk' }).d as string, 'base64url');
  const hash = createHash('sha256').update(text).digest();
  const curve = createECDH('prime256v1');
  for (const k of candidates(secret, hash)) {
    curve.setPrivateKey(toBytes(k));
    // 4, x, y: an uncompressed point (SEC 1, 2.3.3).
    const r = toNumber(curve.getPublicKey().subarray(1, 1 + BYTES)) % ORDER;
    const s = (inverse(k) * (toNumber(hash) + r * toNumber(secret))) % ORDER;
    if (r !== 0n && s !== 0n) return Buffer.concat([toBytes(r), toBytes(s)]);
  }
  throw new Error('Unreachable: there is always another candidate for k.');
}

/** A signature for openssl: a DER sequence of two integers (RFC 3279, section 2.2.3). */
export function toDer(signature: Buffer): Buffer {
  const integer = (bytes: Buffer): Buffer => {
    let from = 0;
    while (from < BYTES - 1 && bytes[from] === 0) from++;
    // A leading 1 bit would make the integer negative.
    const positive =
      (bytes[from] as number) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes.subarray(from)]) : bytes.subarray(from);
    return Buffer.concat([Buffer.from([2, positive.length]), positive]);
  };
  const both = Buffer.concat([integer(signature.subarray(0, BYTES)), integer(signature.subarray(BYTES))]);
  return Buffer.concat([Buffer.from([0x30, both.length]), both]);
}
