import assert from 'node:assert/strict';
import { decode } from 'cborg';
import { CborWriter } from '../../src/protocol/cbor.js';
import { toUtf8 } from '../../src/protocol/utf8.js';

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

describe('The CBOR writer', () => {
  // RFC 8949 appendix A.
  for (const [value, expected] of [
    [0, '00'],
    [10, '0a'],
    [23, '17'],
    [24, '1818'],
    [100, '1864'],
    [1000, '1903e8'],
    [1000000, '1a000f4240'],
    [1000000000000, '1b000000e8d4a51000'],
    [-1, '20'],
    [-10, '29'],
    [-100, '3863'],
    [-1000, '3903e7'],
    [255, '18ff'],
    [256, '190100'],
    [65535, '19ffff'],
    [65536, '1a00010000'],
    [4294967295, '1affffffff'],
    [4294967296, '1b0000000100000000'],
    [9007199254740991, '1b001fffffffffffff'],
  ] as const) {
    it(`writes the integer ${value} in CBOR's shortest form`, () => {
      assert.equal(hex(new CborWriter().integer(value).finish()), expected);
    });
  }

  it('refuses a number that is no integer', () => {
    for (const value of [1.5, NaN, Infinity, 2 ** 53]) {
      assert.throws(() => new CborWriter().integer(value), RangeError);
    }
  });

  it('grows where the first room does not do', () => {
    const long = new Uint8Array(70_000).fill(7);
    const message = new CborWriter(16).map(1).integer(1).bytes(long).finish();
    const map = decode(message, { useMaps: true }) as Map<number, Uint8Array>;
    assert.equal(map.get(1)?.length, 70_000);
  });

  it('writes maps, arrays and text that a library reads back', () => {
    const text = 'grüße, 世界 😀';
    const message = new CborWriter().map(2).integer(1).text(text).integer(-2).integers([1, -300, 70_000]).finish();
    const map = decode(message, { useMaps: true }) as Map<number, unknown>;
    assert.equal(map.get(1), text);
    assert.deepEqual(map.get(-2), [1, -300, 70_000]);
  });

  it('writes the same UTF-8 as the platform, a lone surrogate included', () => {
    for (const text of ['', 'abc', 'é', '€', '😀', 'a\ud800b', '\udc00']) {
      assert.equal(hex(toUtf8(text)), hex(new TextEncoder().encode(text)), JSON.stringify(text));
    }
  });
});
