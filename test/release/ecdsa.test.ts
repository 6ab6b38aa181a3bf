import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { signAlike, toDer } from '../../host/firmware/ecdsa.js';
import { newReleaseKey, readPrivateKey } from '../../host/firmware/release.js';

/** RFC 6979, A.2.5: ECDSA, 256 bits (prime field). */
const SECRET = 'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721';
const POINT = [
  '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6',
  '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
];
const url = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url');
const rfcKey = (): KeyObject =>
  createPrivateKey({
    key: { kty: 'EC', crv: 'P-256', d: url(SECRET), x: url(POINT[0] as string), y: url(POINT[1] as string) },
    format: 'jwk',
  });

describe('a signature that is the same twice', () => {
  for (const [text, r, s] of [
    [
      'sample',
      'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
      'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    ],
    [
      'test',
      'f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367',
      '019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083',
    ],
  ] as const) {
    it(`the signature is that of RFC 6979 for "${text}"`, () =>
      assert.equal(signAlike(rfcKey(), Buffer.from(text)).toString('hex'), r + s));
  }

  it('is one that Node verifies, in either form, for any text and key', () => {
    for (let i = 0; i < 40; i++) {
      const key = readPrivateKey(newReleaseKey(undefined).privatePem, undefined);
      const text = Buffer.from(`text ${i}`);
      const signature = signAlike(key, text);
      assert.deepEqual(signAlike(key, text), signature);
      assert.ok(verify('sha256', text, { key: createPublicKey(key), dsaEncoding: 'ieee-p1363' }, signature));
      assert.ok(verify('sha256', text, createPublicKey(key), toDer(signature)));
      assert.ok(!verify('sha256', Buffer.from(`text ${i} `), createPublicKey(key), toDer(signature)));
    }
  });

  it('has the shortest integers in DER, and none below zero', () => {
    const of = (r: string, s: string): string =>
      toDer(Buffer.from(r.padStart(64, '0') + s.padStart(64, '0'), 'hex')).toString('hex');
    assert.equal(of('01', '7f'), '300602010102017f');
    assert.equal(of('80', '0100'), '30080202008002020100');
    assert.equal(of('ff'.repeat(32), '01'), `3026022100${'ff'.repeat(32)}020101`);
  });
});
