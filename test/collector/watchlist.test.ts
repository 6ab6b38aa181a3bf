import assert from 'node:assert/strict';
import { chooseWatchlist } from '../../host/collector/rules/watchlist.js';
import { KnownImport, readIndicators } from '../../host/collector/store/known.js';
import { openStore } from '../../host/collector/store/open.js';
import type { Block } from '../../src/protocol/address.js';
import { parseBlock } from '../../src/protocol/address.js';
import { readConfig } from '../../src/protocol/config.js';
import { scratch, T0 } from '../support/collector.js';

const one = (text: string, seen = 0, since = 0): { block: Block; seen: number; since: number } => ({
  block: parseBlock(text) as Block,
  seen,
  since,
});

describe('the watchlist', () => {
  it('lists recently seen sources first, then the newest entries', () => {
    assert.deepEqual(
      chooseWatchlist(
        [one('203.0.113.1', 0, 9), one('203.0.113.2', 5), one('203.0.113.3', 7), one('203.0.113.4', 0, 10)],
        3,
      ),
      ['203.0.113.3/32', '203.0.113.2/32', '203.0.113.4/32'],
    );
  });

  it('leaves out blocks within another, and IPv6', () => {
    assert.deepEqual(
      chooseWatchlist([one('203.0.113.0/24', 9), one('203.0.113.7', 8), one('2001:db8::/32', 9), one('198.51.100.1')]),
      ['203.0.113.0/24', '198.51.100.1/32'],
    );
  });

  it('is empty without entries, and always fits a config', () => {
    assert.deepEqual(chooseWatchlist([]), []);
    const watch = chooseWatchlist(Array.from({ length: 500 }, (_, i) => one(`203.0.${i >> 8}.${i & 255}`, i)));
    assert.equal(readConfig(JSON.stringify({ version: 1, watch })).watch.length, 48);
  });

  it('is chosen from the lists: seen sources before unseen ones; no research, nothing expired', async () => {
    const files = scratch();
    const db = await openStore(files.path('store.db'));
    const put = async (
      name: string,
      kind: 'research' | 'indicator',
      blocks: readonly string[],
      until: number | null = null,
    ): Promise<void> => {
      const list = await KnownImport.begin(db, { name, kind, label: '', expires: null }, T0);
      for (const text of blocks) await list.add({ block: parseBlock(text) as Block, label: '', since: null, until });
      await list.finish();
    };
    await put(
      'many',
      'indicator',
      Array.from({ length: 3000 }, (_, i) => `203.1.${i >> 8}.${i & 255}`),
    );
    await put('lab', 'research', ['198.51.100.7']);
    await put('old', 'indicator', ['198.51.100.8'], T0 - 1);
    const sources = new Map([
      ['203.1.11.7', T0 - 5],
      ['198.51.100.7', T0],
      ['198.51.100.8', T0],
      ['2001:db8::1', T0],
      ['02:00:00:aa:bb:cc', T0],
    ]);
    const watch = chooseWatchlist(await readIndicators(db, sources, 100, T0));
    assert.deepEqual(
      [watch[0], watch.length, watch.some((text) => text.startsWith('198.'))],
      ['203.1.11.7/32', 48, false],
    );
    await db.close();
    files.remove();
  });
});
