/** Lists of known scanners in every store: runs against SQLite and PostgreSQL. */
import assert from 'node:assert/strict';
import type { CampaignScans } from '../../host/api/types.js';
import { readCampaigns } from '../../host/collector/fleet/campaigns.js';
import { readNow } from '../../host/collector/query/now.js';
import type { Arrival } from '../../host/collector/rules/decode.js';
import { decode } from '../../host/collector/rules/decode.js';
import type { Outcome } from '../../host/collector/store/commit.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import type { Database } from '../../host/collector/store/database.js';
import type { NewList } from '../../host/collector/store/known.js';
import { findKnown, KnownImport, listKnown, readEntries, removeKnown } from '../../host/collector/store/known.js';
import { openStore } from '../../host/collector/store/open.js';
import type { Block } from '../../src/protocol/address.js';
import { parseBlock } from '../../src/protocol/address.js';
import { alert, T0 } from '../support/collector.js';
import { seededRandom } from '../support/samples.js';

type Line = string | { block: string; label?: string; since?: number; until?: number };

/** @param location returns the location of an empty store */
export function knownSuite(location: () => Promise<string>): void {
  let db: Database;
  beforeEach(async () => {
    db = await openStore(await location());
  });
  afterEach(() => db.close());

  const begin = async (lines: readonly Line[], changes: Partial<NewList> = {}, now = T0): Promise<KnownImport> => {
    const list = await KnownImport.begin(
      db,
      { name: 'feed', kind: 'indicator', label: '', expires: null, ...changes },
      now,
    );
    for (const line of lines) {
      const { block, label = '', since = null, until = null } = typeof line === 'string' ? { block: line } : line;
      await list.add({ block: parseBlock(block) as Block, label, since, until });
    }
    return list;
  };
  const put = async (lines: readonly Line[], changes: Partial<NewList> = {}, now = T0): Promise<void> =>
    (await begin(lines, changes, now)).finish();
  /** `list:label` of an address; empty for an unlisted one. */
  const known = async (address: string, now = T0): Promise<string> => {
    const found = (await findKnown(db, [address], now)).get(address);
    return found ? `${found.list}:${found.label}` : '';
  };
  const commit = (arrivals: Arrival[], at = T0): Promise<Outcome> => commitBatch(db, arrivals.map(decode), at);
  const campaign = async (): Promise<CampaignScans> => (await readCampaigns(db, 0, T0 + 1e12))[0] as CampaignScans;

  describe('lists of known scanners in the store', () => {
    it('are empty at first, and no source is known', async () => {
      assert.deepEqual([await listKnown(db), await known('203.0.113.7')], [[], '']);
    });

    it('match an address by its block in both families, and no other address', async () => {
      await put(['203.0.113.0/25', '198.51.100.7', '2001:db8::/32', '2001:db9::7']);
      for (const address of ['203.0.113.0', '203.0.113.127', '198.51.100.7', '2001:db8:ffff::1', '2001:db9::7'])
        assert.equal(await known(address), 'feed:feed', address);
      for (const address of [
        '203.0.113.128',
        '203.0.112.255',
        '198.51.100.6',
        '198.51.100.8',
        '2001:dba::1',
        '2001:db9::8',
        '',
        '02:00:00:aa:bb:cc',
        'junk',
      ])
        assert.equal(await known(address), '', address);
      assert.deepEqual(await listKnown(db), [
        { name: 'feed', kind: 'indicator', label: '', entries: 4, imported: new Date(T0).toISOString(), expires: null },
      ]);
    });

    it('let the most specific block win, whichever list it is on', async () => {
      await put(
        [
          { block: '203.0.0.0/16', label: 'wide' },
          { block: '203.0.113.0/24', label: 'middle' },
          { block: '203.0.113.7', label: 'one' },
        ],
        { kind: 'indicator' },
      );
      await put([{ block: '203.0.113.0/28', label: 'lab' }], { name: 'lab', kind: 'research' });
      assert.deepEqual(
        await Promise.all(['203.0.9.9', '203.0.113.99', '203.0.113.9', '203.0.113.7'].map((address) => known(address))),
        ['feed:wide', 'feed:middle', 'lab:lab', 'feed:one'],
      );
    });

    it('let an adversary win over research for the same block, otherwise the list imported last', async () => {
      await put(['203.0.113.7'], { name: 'bad' });
      await put(['203.0.113.7'], { name: 'good', kind: 'research' }, T0 + 1);
      assert.equal(await known('203.0.113.7'), 'bad:bad');
      await put(['203.0.113.7'], { name: 'worse' }, T0 + 2);
      assert.equal(await known('203.0.113.7'), 'worse:worse');
    });

    it('give the label of the entry, else of the list, else its name; and since when', async () => {
      await put([{ block: '203.0.113.7', label: 'Sweeper', since: T0 - 5000 }, '203.0.113.8'], { label: 'Botnet' });
      const found = await findKnown(db, ['203.0.113.7', '203.0.113.8'], T0);
      assert.deepEqual(found.get('203.0.113.7'), {
        label: 'Sweeper',
        list: 'feed',
        kind: 'indicator',
        since: new Date(T0 - 5000).toISOString(),
      });
      assert.deepEqual(found.get('203.0.113.8'), {
        label: 'Botnet',
        list: 'feed',
        kind: 'indicator',
        since: new Date(T0).toISOString(),
      });
    });

    it('stop to count when they or their entries expire, and stay listed', async () => {
      await put([{ block: '203.0.113.7', until: T0 + 10 }, '203.0.113.8'], { expires: T0 + 20 });
      const at = async (now: number): Promise<string[]> =>
        Promise.all(['203.0.113.7', '203.0.113.8'].map((address) => known(address, now)));
      assert.deepEqual(await at(T0 + 9), ['feed:feed', 'feed:feed']);
      assert.deepEqual(await at(T0 + 10), ['', 'feed:feed']);
      assert.deepEqual(await at(T0 + 20), ['', '']);
      assert.equal((await listKnown(db)).length, 1);
    });

    it('count blocks that come again once, and keep the first', async () => {
      const list = await begin([
        { block: '203.0.113.7', label: 'first' },
        { block: '203.0.113.7', label: 'second' },
        '203.0.113.8',
      ]);
      assert.deepEqual(await list.settle(), { entries: 2, repeated: 1 });
      await list.finish();
      assert.equal(await known('203.0.113.7'), 'feed:first');
    });

    it('are replaced as a whole and only at the end', async () => {
      await put(['203.0.113.7']);
      const next = await begin(['203.0.113.8']);
      await next.settle();
      assert.deepEqual([await known('203.0.113.7'), await known('203.0.113.8')], ['feed:feed', '']);
      await next.finish();
      assert.deepEqual([await known('203.0.113.7'), await known('203.0.113.8')], ['', 'feed:feed']);
      assert.equal((await db.all('SELECT * FROM known_entries')).length, 1);
    });

    it('leave nothing of an import that is given up, and clear one away that died a day ago', async () => {
      await put(['203.0.113.7']);
      await (await begin(['203.0.113.8'])).abandon();
      await (await begin(['203.0.113.9'])).settle();
      assert.deepEqual(
        (await listKnown(db)).map(({ entries }) => entries),
        [1],
      );
      assert.equal((await db.all('SELECT * FROM known_lists')).length, 2);
      await (await begin([], {}, T0 + 2 * 86_400_000)).abandon();
      assert.deepEqual(
        [(await db.all('SELECT * FROM known_lists')).length, (await db.all('SELECT * FROM known_entries')).length],
        [1, 1],
      );
    });

    it('are removed with all their entries, once', async () => {
      await put(Array.from({ length: 9000 }, (_, i) => `203.${i >> 8}.${i & 255}.1`));
      await put(['198.51.100.7'], { name: 'other' });
      assert.deepEqual(
        [await removeKnown(db, 'feed'), await removeKnown(db, 'feed'), await removeKnown(db, "x' OR 1=1 --")],
        [true, false, false],
      );
      assert.deepEqual(
        [(await db.all('SELECT * FROM known_entries')).length, await known('203.1.1.1'), await known('198.51.100.7')],
        [1, '', 'other:other'],
      );
    }).timeout(120_000);

    it('give back every entry that went in', async () => {
      const lines = Array.from({ length: 9500 }, (_, i) => ({
        block: `203.${i >> 8}.${i & 255}.0/24`,
        label: i % 7 ? '' : `n${i}`,
      }));
      await put([...lines, { block: '2001:db8::/32', label: 'six' }]);
      const back: string[] = [];
      for await (const page of (await readEntries(db, 'feed')) ?? [])
        back.push(...page.map(({ block, label }) => `${block.bytes.join('.')}/${block.prefix} ${label}`));
      assert.equal(back.length, 9501);
      assert.equal(back.filter((line) => /n\d/.test(line)).length, 1358);
      assert.ok(back.some((line) => line.startsWith('32.1.13.184.0') && line.endsWith('/32 six')));
      assert.equal(await readEntries(db, 'nothing'), undefined);
    }).timeout(120_000);

    it('agree with a search through all blocks, on random lists', async () => {
      const random = seededRandom(11);
      const pick = (n: number): number => Math.floor(random() * n);
      const lists = new Map<string, Block[]>();
      for (const name of ['a', 'b']) {
        const texts = Array.from({ length: 150 }, () => {
          const prefix = 23 + pick(10);
          const value = ((203 << 24) | (pick(16) << 12) | pick(4096)) >>> 0;
          const net = prefix === 32 ? value : (value & (0xffffffff << (32 - prefix))) >>> 0;
          return `${net >>> 24}.${(net >>> 16) & 255}.${(net >>> 8) & 255}.${net & 255}/${prefix}`;
        });
        lists.set(
          name,
          texts.map((text) => parseBlock(text) as Block),
        );
        await put(texts, { name }, T0 + lists.size);
      }
      const addresses = Array.from({ length: 1500 }, () => `203.0.${pick(256)}.${pick(256)}`);
      const found = await findKnown(db, addresses, T0);
      let hits = 0;
      for (const address of addresses) {
        const { bytes } = parseBlock(address) as Block;
        const number = (b: Uint8Array): number => Buffer.from(b).readUInt32BE();
        let best = { name: '', prefix: -1 };
        for (const [name, blocks] of lists) {
          for (const block of blocks) {
            const shift = 2 ** (32 - block.prefix);
            if (
              Math.floor(number(bytes) / shift) === Math.floor(number(block.bytes) / shift) &&
              block.prefix >= best.prefix
            )
              best = { name, prefix: block.prefix };
          }
        }
        assert.equal(found.get(address)?.list ?? '', best.name, address);
        if (best.name) hits++;
      }
      assert.ok(hits > 300 && hits < 1500, String(hits));
    }).timeout(120_000);

    it('name those who scan as their alerts come, and change nothing of the evidence', async () => {
      const [before] = (await commit([alert(1, { sensor: 'tap-0' })])).scans;
      await put(['203.0.113.0/24'], { label: 'Botnet' });
      const outcome = await commit([alert(1), alert(2, { record: { source: '198.51.100.1', episode: 9 } })]);
      assert.deepEqual(
        outcome.alerts.map((one) => one.known?.label),
        ['Botnet', undefined],
      );
      const scan = outcome.scans.find(({ source }) => source === '203.0.113.7');
      assert.deepEqual(
        [scan?.known?.kind, scan?.evidence, scan?.severity, scan?.confidence],
        ['indicator', before?.evidence, before?.severity, before?.confidence],
      );
    });

    it("raise an adversary's campaign by a step, and say why", async () => {
      await commit([alert(1)]);
      assert.deepEqual([(await campaign()).severity, (await campaign()).known], ['medium', undefined]);
      await put(['203.0.113.0/24'], { label: 'Botnet' });
      const { severity, text, known: named } = await campaign();
      assert.deepEqual([severity, named?.label], ['high', 'Botnet']);
      assert.match(text, /It is a known adversary: Botnet \(list feed\)\./);
    });

    it('make research noise, in the campaigns and in the figures of now, until one gets in', async () => {
      await put(['203.0.113.0/24'], { name: 'lab', kind: 'research' });
      await commit([
        alert(1),
        alert(2, { record: { source: '198.51.100.1', episode: 9, first: T0 - 9e6, last: T0 - 8e6 } }),
      ]);
      assert.match((await campaign()).text, /It is a research scanner: lab/);
      assert.equal((await campaign()).severity, 'low');
      const now = await readNow(db, T0);
      assert.deepEqual([now.openScans, now.researchScans], [1, 1]);
      await commit([alert(3, { record: { kind: 'foothold', severity: 'critical', episode: 10 } })]);
      const { severity, known: named } = await campaign();
      assert.deepEqual([severity, named], ['critical', undefined]);
      assert.equal((await readNow(db, T0)).openScans, 2);
    });

    it('say of a network with one adversary in it that he is among them', async () => {
      await put(['203.0.113.7']);
      await commit([7, 8, 9].map((n) => alert(n, { record: { source: `203.0.113.${n}`, episode: n } })));
      assert.match((await campaign()).text, /Among them is a known adversary: feed/);
      await removeKnown(db, 'feed');
      await put(['203.0.113.0/24'], { kind: 'research' });
      assert.match((await campaign()).text, /All of them are research scanners/);
      await put(['203.0.113.7'], { kind: 'research' });
      assert.equal((await campaign()).known, undefined, "two of them are nobody's");
    });
  });
}
