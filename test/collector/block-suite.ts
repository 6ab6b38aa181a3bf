/** Which sources the block feed lists, and above all which it does not: runs against SQLite and PostgreSQL. */
import assert from 'node:assert/strict';
import type { BlockRules } from '../../host/collector/fleet/block-feed.js';
import { blockDefaults, readBlocked } from '../../host/collector/fleet/block-feed.js';
import { brokerAddresses } from '../../host/collector/fleet/broker-addresses.js';
import { evaluateSources } from '../../host/collector/fleet/verdicts.js';
import type { Arrival } from '../../host/collector/rules/decode.js';
import { decode } from '../../host/collector/rules/decode.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import type { Database } from '../../host/collector/store/database.js';
import { putEnrolment } from '../../host/collector/store/enrolments.js';
import { addException } from '../../host/collector/store/exceptions.js';
import { KnownImport } from '../../host/collector/store/known.js';
import { openStore } from '../../host/collector/store/open.js';
import type { Block } from '../../src/protocol/address.js';
import { parseBlock } from '../../src/protocol/address.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import type { From } from '../support/collector.js';
import { alert, status, T0 } from '../support/collector.js';

const HOUR = 3_600_000;

/** @param location returns the location of an empty store */
export function blockSuite(location: () => Promise<string>): void {
  let db: Database;
  let made = 0;
  beforeEach(async () => {
    db = await openStore(await location());
  });
  afterEach(() => db.close());

  /** A scan with a completed handshake, as a sensor reports it. */
  const scan = (changes: Partial<TimedRecord> = {}, from: From = {}): Arrival => {
    made++;
    return alert(made, {
      ...from,
      record: {
        episode: made,
        spoofable: false,
        confidence: 97,
        severity: 'medium',
        first: T0 - 1000,
        last: T0,
        ...changes,
      },
    });
  };
  const commit = (...arrivals: Arrival[]): Promise<unknown> => commitBatch(db, arrivals.map(decode), T0);
  const feed = async (rules: Partial<BlockRules> = {}, now = T0 + 1000): Promise<string[]> =>
    (await readBlocked(db, { ...blockDefaults, ...rules }, now)).map(({ cidr }) => cidr);
  const allow = (source: string, more: object = {}): Promise<unknown> =>
    db.transaction((tx) =>
      addException(tx, { source, target: '', site: '', service: null, until: null, reason: 'x', by: 'x', ...more }, T0),
    );
  const put = async (kind: 'research' | 'indicator', ...blocks: string[]): Promise<void> => {
    const list = await KnownImport.begin(db, { name: kind, kind, label: '', expires: null }, T0);
    for (const text of blocks)
      await list.add({ block: parseBlock(text) as Block, label: '', since: null, until: null });
    await list.finish();
  };

  describe('the block feed', () => {
    it('is empty where nothing was seen', async () => assert.deepEqual(await feed(), []));

    it('names a source that shook hands while it scanned, an IPv6 one by its /64, each once', async () => {
      await commit(
        scan(),
        scan({ source: '203.0.113.7' }, { site: 'lyon' }),
        scan({ source: '2001:db8:1:2::7', aggregate: true }),
        scan({ source: '2001:db8:1:2:3::9' }),
      );
      assert.deepEqual((await feed()).sort(), ['2001:db8:1:2::/64', '203.0.113.7/32']);
    });

    it('never lists a source known only from its own packets, however many sites and however sure', async () => {
      await commit(
        ...['berlin', 'lyon', 'oslo', 'porto', 'rome'].map((site) =>
          scan({ spoofable: true, confidence: 100, severity: 'critical', evidence: 60 }, { site }),
        ),
      );
      assert.ok(
        (await evaluateSources(db, T0 - HOUR, T0 + HOUR)).evaluations[0]?.verdict.convicted,
        'the fleet convicts it',
      );
      assert.deepEqual(await feed(), []);
    });

    it('does not add forged probes to the honest visits of a bystander', async () => {
      const sites = ['berlin', 'lyon', 'oslo', 'porto', 'rome', 'turin'];
      const suspicionReport = (site: string, changes: Partial<TimedRecord>): Arrival => ({
        ...scan({ kind: 'whisper', stage: 'whisper', verdict: 'notice', ...changes }, { site }),
        topic: `blockwatch/1/${site}/tap-1/whisper`,
      });
      // Much evidence where the address is spoofed, hardly any where the third party itself connected.
      await commit(
        ...sites.map((site) => suspicionReport(site, { evidence: 7, spoofable: true })),
        suspicionReport('berlin', { evidence: 2, spoofable: false }),
        suspicionReport('lyon', { evidence: 2, spoofable: false }),
      );
      assert.ok((await evaluateSources(db, T0 - HOUR, T0 + HOUR)).evaluations[0]?.verdict.convicted);
      assert.deepEqual(await feed(), []);
      await commit(
        ...sites.map((site) => suspicionReport(site, { evidence: 7, spoofable: false, source: '203.0.113.99' })),
      );
      assert.deepEqual(
        await feed(),
        ['203.0.113.99/32'],
        'whom the fleet convicts by two-way evidence is named, without an alert of any sensor',
      );
    });

    it('lists no decoy, no flood, no source without an address, and no source of a notice', async () => {
      await commit(
        scan({ decoy: true }),
        scan({ source: '203.0.113.8', kind: 'flood' }),
        scan({ source: '', kind: 'distributed-scan' }),
        scan({ source: '203.0.113.9', verdict: 'notice' }),
        scan({ source: '203.0.113.10', kind: 'watch-hit' }),
        scan({ source: '02:00:00:aa:bb:cc', kind: 'arp-sweep' }),
      );
      assert.deepEqual(await feed(), []);
    });

    it('lists no internal source: no outbound or internal scanner, no private address, no home network', async () => {
      await commit(
        status({ home: ['198.51.100.0/24', '2001:db8:77::/48'] }),
        ...(['outbound', 'internal', 'transit', ''] as const).map((direction, i) =>
          scan({ direction, source: `203.0.113.${20 + i}` }),
        ),
        ...[
          '10.1.2.3',
          '192.168.1.1',
          '172.20.0.1',
          '100.64.0.1',
          '169.254.1.1',
          '127.0.0.1',
          '224.0.0.1',
          '255.255.255.255',
          '0.0.0.0',
          'fe80::1',
          'fd20:20::1',
          '::1',
          'ff02::1',
          '::ffff:203.0.113.1',
          '198.51.100.7',
          '2001:db8:77:1::9',
        ].map((source) => scan({ source })),
      );
      assert.deepEqual(await feed(), []);
    });

    it("lists no source that an exception names, whatever else it requires, nor that source's /64", async () => {
      await allow('203.0.113.0/24', { target: '10.9.0.0/16', service: 161, site: 'nowhere' });
      await allow('2001:db8:1:2::9', { service: 1 });
      await commit(scan(), scan({ source: '2001:db8:1:2::7', aggregate: true }), scan({ source: '203.0.114.1' }));
      assert.deepEqual(await feed(), ['203.0.114.1/32']);
    });

    it('lists a source again when its exception has expired', async () => {
      await allow('203.0.113.7', { until: T0 + 5000 });
      await commit(scan({}, { site: 'lyon' }));
      assert.deepEqual(await feed({}, T0 + 4999), []);
      assert.deepEqual(await feed({}, T0 + 5000), [], 'what it scanned meanwhile was allowed');
      await commitBatch(db, [decode(scan({}, { site: 'oslo' }))], T0 + 5000);
      assert.deepEqual(await feed({}, T0 + 5001), ['203.0.113.7/32']);
    });

    it('names no research scanner, and an adversary on a list only if he came', async () => {
      await put('research', '203.0.113.0/24');
      await put('indicator', '198.51.100.0/24', '203.0.113.9');
      await commit(scan(), scan({ source: '203.0.113.9' }));
      assert.deepEqual(await feed(), ['203.0.113.9/32']);
    });

    it("drops a source some time after it was last seen, by the collector's clock and by the sensor's", async () => {
      await commit(scan({ last: T0 - 2 * HOUR }), scan({ source: '203.0.113.8', last: T0 + 900 * HOUR }));
      assert.deepEqual(await feed({ lasting: HOUR }, T0 + HOUR - 1), ['203.0.113.8/32']);
      assert.deepEqual(
        await feed({ lasting: HOUR }, T0 + HOUR),
        [],
        'a sensor whose clock is in the future blocks nobody for ever',
      );
    });

    it('asks for confidence and severity, and takes the surest where there are too many', async () => {
      await commit(
        scan({ source: '203.0.113.1', confidence: 94 }),
        scan({ source: '203.0.113.2', severity: 'low' }),
        scan({ source: '203.0.113.3', confidence: 96 }),
        scan({ source: '203.0.113.4', confidence: 99 }),
        scan({ source: '203.0.113.5', confidence: 99, severity: 'high' }),
      );
      assert.deepEqual(await feed(), ['203.0.113.5/32', '203.0.113.4/32', '203.0.113.3/32']);
      assert.deepEqual(await feed({ cap: 2 }), ['203.0.113.5/32', '203.0.113.4/32']);
      assert.deepEqual(await feed({ confidence: 50, severity: 'low' }), [
        '203.0.113.5/32',
        '203.0.113.4/32',
        '203.0.113.2/32',
        '203.0.113.3/32',
        '203.0.113.1/32',
      ]);
    });

    it('lists no source that the operator excludes, nor a broker, even when its name no longer resolves', async () => {
      const enrolment = {
        site: 'berlin',
        sensor: 'tap-1',
        board: '',
        settings: '{}',
        account: '',
        salt: '',
        enrolled: T0,
        revoked: null,
        config: null,
        configured: null,
      };
      await db.transaction((tx) => putEnrolment(tx, db, { ...enrolment, broker: 'mqtts://broker.example:8883' }));
      await db.transaction((tx) =>
        putEnrolment(tx, db, { ...enrolment, sensor: 'tap-2', broker: 'mqtts://[2001:db8:9::9]:8883' }),
      );
      let now = 0;
      let answer: Promise<string[]> | undefined = Promise.resolve(['203.0.113.7']);
      const never = brokerAddresses(
        db,
        'mqtt://203.0.113.8',
        () => now,
        () => answer ?? Promise.reject(new Error('ENOTFOUND')),
      );
      assert.deepEqual((await never()).sort(), ['2001:db8:9::9', '203.0.113.7', '203.0.113.8']);
      now += HOUR;
      answer = undefined;
      await commit(
        scan(),
        scan({ source: '203.0.113.8' }),
        scan({ source: '2001:db8:9::1', aggregate: true }),
        scan({ source: '203.0.113.9' }),
        scan({ source: '203.0.113.10' }),
      );
      assert.deepEqual(await feed({ never: [...(await never()), '203.0.113.10'] }), ['203.0.113.9/32']);
    });
  });
}
