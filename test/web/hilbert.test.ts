import assert from 'node:assert/strict';
import type { Net } from '../../host/api/hilbert.js';
import { hilbert, netText, parseNet, place, regionsOf } from '../../host/api/hilbert.js';

const net = (text: string): Net => parseNet(text) as Net;
const regions = (...blocks: string[]): ReturnType<typeof regionsOf<string>> =>
  regionsOf(blocks.map((item) => ({ net: net(item), item })));

describe('the Hilbert curve', () => {
  it('goes from each cell to a neighbour, and through every cell once', () => {
    const seen = new Set<string>();
    let before = hilbert(4, 0);
    for (let i = 0; i < 256; i++) {
      const cell = hilbert(4, i);
      if (i > 0) assert.equal(Math.abs(cell.x - before.x) + Math.abs(cell.y - before.y), 1, `step ${i}`);
      seen.add(`${cell.x} ${cell.y}`);
      before = cell;
    }
    assert.equal(seen.size, 256);
  });

  it('begins in the upper left and ends in the upper right', () => {
    assert.deepEqual(
      [hilbert(3, 0), hilbert(3, 63)],
      [
        { x: 0, y: 0 },
        { x: 7, y: 0 },
      ],
    );
  });
});

describe('blocks in the plane', () => {
  it('a block loses its host bits, and a text that is no IPv4 block is refused', () => {
    assert.equal(netText(net('10.1.2.3/16')), '10.1.0.0/16');
    for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.256/8', '2001:db8::/48', 'x'])
      assert.equal(parseNet(text), undefined, text);
  });

  it('are squares at even depth and halves of one at odd depth', () => {
    assert.deepEqual(place(net('10.0.0.0/8'), net('10.0.0.0/8')), { x: 0, y: 0, width: 1, height: 1 });
    const { width, height } = place(net('10.0.0.0/8'), net('10.64.0.0/10'));
    assert.deepEqual([width, height], [0.5, 0.5]);
    const half = place(net('10.0.0.0/8'), net('10.0.0.0/9'));
    assert.deepEqual([half.width, half.height].sort(), [0.5, 1]);
  });

  it('do not overlap, and together fill what they make up', () => {
    const rects = Array.from({ length: 8 }, (_, i) => place(net('10.0.0.0/12'), net(`10.${i * 2}.0.0/15`)));
    const cells = new Set(
      rects.flatMap(({ x, y, width, height }) => {
        const out: string[] = [];
        for (let i = x * 4; i < (x + width) * 4; i++)
          for (let j = y * 4; j < (y + height) * 4; j++) out.push(`${i} ${j}`);
        return out;
      }),
    );
    assert.equal(cells.size, 16);
  });
});

describe('regions of the map', () => {
  it('are one for blocks that lie together', () => {
    assert.deepEqual(regions('10.1.0.0/16', '10.2.0.0/16', '10.12.0.0/16').map(netText), ['10.0.0.0/12']);
  });

  it('are several where one of them would be too small to see', () => {
    assert.deepEqual(regions('10.1.0.0/16', '192.0.2.0/24', '192.0.3.0/24').map(netText).sort(), [
      '10.1.0.0/16',
      '192.0.0.0/22',
    ]);
  });

  it('keep a block that is larger than a cut, by itself', () => {
    const found = regions('10.0.0.0/8', '10.1.2.0/24', '10.200.0.0/24');
    assert.deepEqual(found.flatMap(({ blocks }) => blocks.map(({ item }) => item)).sort(), [
      '10.0.0.0/8',
      '10.1.2.0/24',
      '10.200.0.0/24',
    ]);
  });

  it('no block gives no region of the map', () => assert.deepEqual(regionsOf([]), []));

  it('the search for regions ends whatever the blocks are', () => {
    assert.equal(
      regions('0.0.0.0/0', '0.0.0.0/32', '255.255.255.255/32', '0.0.0.1/32').flatMap(({ blocks }) => blocks).length,
      4,
    );
  });
});
