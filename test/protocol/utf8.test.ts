import assert from 'node:assert/strict';
import { fromUtf8, toUtf8 } from '../../src/protocol/utf8.js';

describe('UTF-8', () => {
  it('is written and read in any script, at any length', () => {
    for (const text of [
      '',
      'a',
      'Zürich 北京 😀',
      '\u0000\u007f\u0080\u07ff\u0800\uffff',
      '\ud7ff\ue000',
      '\u{10000}\u{10ffff}',
      'é'.repeat(33),
      `${'y'.repeat(31)}é${'z'.repeat(64)}`,
    ]) {
      assert.equal(fromUtf8(toUtf8(text)), text);
      assert.equal(toUtf8(text).length, encodeURIComponent(text).replace(/%../g, 'x').length);
    }
  });

  it('has the replacement character in the place of half a pair, from the first half to the last', () => {
    for (const half of ['\ud800', '\udbff', '\udc00', '\udfff']) assert.equal(fromUtf8(toUtf8(half)), '\ufffd');
  });

  it('is read byte by byte where it is none: cut, overlong, a half of a pair, above the last character', () => {
    const none = [
      [0x80],
      [0xc3],
      [0xc3, 0x28],
      [0xc0, 0xaf],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf8, 0x88, 0x80, 0x80, 0x80],
      [0xff],
      [0x41, 0xe4],
    ];
    for (const bytes of none) assert.equal(fromUtf8(Uint8Array.from(bytes)), String.fromCharCode(...bytes));
  });
});
