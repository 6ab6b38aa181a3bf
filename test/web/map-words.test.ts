import assert from 'node:assert/strict';
import type { AddressMap, MapBlock } from '../../host/api/types.js';
import { scales, shade, share, unplacedText } from '../../host/wording/map-words.js';
import { mapOf } from './fleet-data.js';

const map = mapOf(Date.UTC(2026, 0, 1));
const block = { ...(map.blocks[0] as MapBlock), block: '192.0.2.0/24' };
const without = (unplaced: AddressMap['unplaced'], complete = true): string =>
  unplacedText({ ...map, unplaced, complete });

describe("the map's shades", () => {
  it("the map's shades begin where the legend says", () => {
    assert.deepEqual(
      [0, 1, 4, 5, 19, 20, 100, 5000].map((sources) => shade('sources', sources)),
      [0, 1, 2, 3, 3, 4, 5, 5],
    );
    assert.deepEqual(
      [0, 1e-9, 0.0099, 0.01, 0.2, 0.5, 0.75, 1].map((part) => shade('extent', part)),
      [0, 1, 1, 2, 3, 4, 5, 5],
    );
  });

  it('are as many in the legend as in the picture', () =>
    assert.deepEqual([scales.sources.length, scales.extent.length], [6, 6]));
});

describe('the share of a block', () => {
  it('is said so that little is not nothing and nearly all is not all', () => {
    assert.deepEqual(
      [1, 2, 20, 241, 256].map((touched) => share(block, touched)),
      ['0.39 %', '0.78 %', '7.8 %', '94 %', 'all'],
    );
    assert.equal(share({ ...block, block: '10.0.0.0/8' }, 40), 'under 0.05 %');
    assert.equal(share({ ...block, block: '2001:db8::/48' }, 4000), 'under 0.05 %');
  });
});

describe('what the map leaves out', () => {
  it('is nothing where every sensor has a place', () => assert.equal(without([]), ''));

  it("is said with the sensors' names, or with their number where they are many", () => {
    const one = { site: 'porto', sensor: 'tap-1', scans: 2, sources: 1 };
    assert.equal(without([one]), '2 scans cannot be placed: porto/tap-1 does not report home blocks.');
    assert.match(without(new Array<typeof one>(5).fill(one)), /^10 scans cannot be placed: 5 sensors do not report/);
  });

  it('the map says how much it left out', () => assert.match(without([], false), /newest 20,000/));
});
