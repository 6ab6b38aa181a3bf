import assert from 'node:assert/strict';
import { sourcesOf } from '../../scripts/gauntlet/cells/cell.js';
import { type Cell, cells } from '../../scripts/gauntlet/cells.js';

const named = (id: string): Cell => {
  const cell = cells.find((one) => one.id === id);
  assert.ok(cell, id);
  return cell;
};
const ids = cells.map(({ id }) => id);

describe("the gauntlet's cells", () => {
  it('have names of their own that can be paths', () => {
    assert.deepEqual(
      ids.filter((id, i) => ids.indexOf(id) !== i || !/^(inside|outside)(\/[A-Za-z0-9][\w-]*)+$/.test(id)),
      [],
    );
  });

  it("hold each of nmap's scans with each of its ways to find hosts, from both places", () => {
    const scans = 'sS sT sA sW sM sN sF sX sU sY sZ sO'.split(' ');
    const discoveries = 'default Pn PS PA PU PY PE PP PM PO'.split(' ');
    for (const place of ['inside', 'outside'])
      for (const scan of scans)
        for (const discovery of discoveries) {
          const { args } = named(`${place}/nmap/${scan}/${discovery}`);
          assert.ok(args.includes(`-${scan}`));
          assert.ok(discovery === 'default' || args.some((arg) => arg.startsWith(`-${discovery}`)));
        }
  });

  it('have a short form that is a part of them, with both places and more tools than nmap', () => {
    const short = cells.filter((cell) => cell.short);
    assert.ok(short.length > 20 && short.length < 40, String(short.length));
    assert.deepEqual([...new Set(short.map(({ place }) => place))].sort(), ['inside', 'outside']);
    assert.ok(new Set(short.map(({ tool }) => tool)).size > 5);
  });

  it('may be told by the address of the NAT at the WAN tap only, and by the MAC on the link only', () => {
    const cell = named('inside/masscan/abroad/block');
    assert.ok(sourcesOf(cell, 'wan').includes('198.51.100.2'));
    assert.ok(!sourcesOf(cell, 'lan').includes('198.51.100.2'));
    assert.ok(sourcesOf(cell, 'lan').includes('02:00:0a:14:00:42'));
    assert.ok(!sourcesOf(named('outside/masscan/block'), 'wan').some((source) => source.startsWith('02:')));
  });

  it('know which addresses are forged and which are decoys', () => {
    assert.deepEqual(named('inside/nmap/sS/Pn/S').forged, ['10.20.0.60']);
    assert.deepEqual(named('outside/nmap/sS/Pn/D').decoys, ['203.0.113.7', '203.0.113.8', '203.0.113.9']);
  });
});
