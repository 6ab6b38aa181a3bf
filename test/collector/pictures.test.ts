import assert from 'node:assert/strict';
import { connectAsync } from 'mqtt';
import type { AddressMap, Matrix, WhatIf } from '../../host/api/types.js';
import { ALERT_NATS } from '../../host/collector/query/what-if.js';
import { putEnrolment } from '../../host/collector/store/enrolments.js';
import { openStore } from '../../host/collector/store/open.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { weightConstant } from '../engine/weights.js';
import type { AlertChanges, TestCollector } from '../support/collector.js';
import { alert, clientOf, scratch, status, T0, testCollector } from '../support/collector.js';

const MINUTE = 60_000;
const at = (minutes: number): string => new Date(T0 + minutes * MINUTE).toISOString();
const first = T0;

/** One record of a sensor of its own site. */
const of = (
  site: string,
  sequence: number,
  record: Partial<TimedRecord>,
  messageType: 'alert' | 'whisper' = 'alert',
): AlertChanges & { sequence: number } => ({
  site,
  sequence,
  messageType,
  record: { episode: sequence, first, last: T0 + 5 * MINUTE, time: T0 + 5 * MINUTE, ...record },
});

describe('the pictures', () => {
  const files = scratch();
  let collector: TestCollector;
  before(async () => {
    const store = await openStore(files.path('store.db'));
    await store.transaction(async (tx) => {
      for (const [site, home, revoked] of [
        ['berlin', ['10.1.0.0/16'], null],
        ['lyon', ['10.2.0.0/16', '192.0.2.0/24', '2001:db8::/48'], null],
        ['gone', ['10.9.0.0/16'], 1],
      ] as const) {
        await putEnrolment(tx, store, {
          site,
          sensor: 'tap-1',
          board: '',
          broker: '',
          settings: '{}',
          account: '',
          salt: '',
          enrolled: T0,
          revoked,
          config: JSON.stringify({ home }),
          configured: T0,
        });
      }
    });
    await store.close();
    collector = await testCollector(files.path('store.db'), { clock: () => T0 + 60 * MINUTE });
    const suspicionReport = { kind: 'whisper', stage: 'whisper', verdict: 'notice' } as const;
    const records = [
      // The fleet-wide source: an alert at one site, suspicion reports at two.
      of('berlin', 1, { source: '203.0.113.66', targets: 40, probes: 41, evidence: 20 }),
      of('lyon', 1, { ...suspicionReport, source: '203.0.113.66', targets: 2, probes: 2, evidence: 4 }, 'whisper'),
      of('lyon', 2, { ...suspicionReport, source: '203.0.113.66', targets: 3, probes: 3, evidence: 5.5 }, 'whisper'),
      of('porto', 1, { ...suspicionReport, source: '203.0.113.66', targets: 2, probes: 2, evidence: 3 }, 'whisper'),
      // Much evidence, at one site.
      of('berlin', 2, { source: '198.51.100.9', targets: 100_000, probes: 200_000, evidence: 90, severity: 'high' }),
      of('lyon', 3, {
        source: '198.51.100.9',
        kind: 'foothold',
        targets: 1,
        probes: 9,
        evidence: 9,
        severity: 'critical',
      }),
      of('lyon', 4, { source: '2001:db8:f::1', targets: 6, probes: 6, evidence: 8.5 }),
      // Transit traffic, and an unknown source.
      of('berlin', 3, { source: '10.1.0.5', direction: 'outbound', targets: 500, evidence: 30 }),
      of('berlin', 4, { source: '', kind: 'arp-shadow', targets: 70, evidence: 11 }),
      // Its blocks are unknown.
      of('porto', 2, { source: '198.51.100.7', targets: 9, evidence: 9 }),
      // It reports its own home blocks.
      of('nice', 1, { source: '198.51.100.7', targets: 9, evidence: 9 }),
    ];
    for (const site of ['nice', 'brest']) {
      const sensor = await connectAsync(collector.broker, { clientId: clientOf({ site }) });
      const birth = status({ site, home: ['172.20.0.0/16'] });
      await sensor.publishAsync(birth.topic, Buffer.from(birth.payload), { qos: 1 });
      await sensor.endAsync();
    }
    for (const { sequence, ...changes } of records) {
      const client = await connectAsync(collector.broker, {
        clientId: clientOf(changes.site ? { site: changes.site } : {}),
      });
      const { topic, payload } = alert(sequence, changes);
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
      await client.endAsync();
    }
  });
  after(async () => {
    await collector.close();
    files.remove();
  });
  const get = async <T>(path: string): Promise<T> => {
    const { status, body } = await collector.get(`/api/v1/${path}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body as T;
  };

  describe('the matrix', () => {
    it('puts the source at the most sites first, adding up suspicion reports and alerts', async () => {
      const { rows, sites, more, complete } = await get<Matrix>(`matrix?from=${at(0)}&to=${at(120)}`);
      const [wide] = rows;
      assert.deepEqual([wide?.source, wide?.sensors, wide?.evidence, wide?.probes], ['203.0.113.66', 3, 28.5, 46]);
      assert.deepEqual(wide?.cells.map(({ site, scans, evidence }) => [site, scans, evidence]).sort(), [
        ['berlin', 1, 20],
        ['lyon', 0, 5.5],
        ['porto', 0, 3],
      ]);
      assert.deepEqual([more, complete], [0, true]);
      assert.deepEqual([...sites].sort(), ['berlin', 'lyon', 'nice', 'porto']);
    });

    it('marks a foothold where it was, and only there', async () => {
      const { rows } = await get<Matrix>(`matrix?from=${at(0)}&to=${at(60)}`);
      const cells = rows.find((row) => row.source === '198.51.100.9')?.cells ?? [];
      assert.deepEqual(cells.map(({ site, foothold }) => [site, foothold]).sort(), [
        ['berlin', false],
        ['lyon', true],
      ]);
    });

    it('says how many sources it leaves out', async () => {
      const { rows, more } = await get<Matrix>(`matrix?from=${at(0)}&to=${at(60)}&limit=1`);
      assert.deepEqual([rows.length, more], [1, 4]);
    });

    it('is empty for a time in which nothing was', async () => {
      const { rows, sites } = await get<Matrix>(`matrix?from=${at(-60)}&to=${at(-30)}`);
      assert.deepEqual([rows, sites], [[], []]);
    });
  });

  describe('the map', () => {
    const map = (query = ''): Promise<AddressMap> => get<AddressMap>(`map?from=${at(0)}&to=${at(60)}&steps=6${query}`);

    it('puts a scan to the blocks its sensor calls home, and no more addresses into one than it has', async () => {
      const { blocks } = await map();
      const berlin = blocks.find(({ block }) => block === '10.1.0.0/16');
      assert.deepEqual(
        [berlin?.sources, berlin?.scans, berlin?.touched, berlin?.severity, berlin?.shared],
        [3, 3, 65_536, 'high', false],
      );
    });

    it('leaves out what only went by, and blocks of sensors that were revoked', async () => {
      const { blocks } = await map();
      assert.deepEqual(blocks.map(({ block }) => block).sort(), [
        '10.1.0.0/16',
        '10.2.0.0/16',
        '172.20.0.0/16',
        '172.20.0.0/16',
        '192.0.2.0/24',
        '2001:db8::/48',
      ]);
      assert.equal(
        blocks.reduce((sum, block) => sum + block.scans, 0),
        3 + 1 + 1 + 1 + 1,
      );
    });

    it('keeps apart what two sites call by the same addresses', async () => {
      const { blocks } = await map();
      assert.deepEqual(
        blocks
          .filter(({ block }) => block === '172.20.0.0/16')
          .map(({ site, scans }) => [site, scans])
          .sort(),
        [
          ['brest', 0],
          ['nice', 1],
        ],
      );
    });

    it('marks blocks that it cannot tell apart, and separates IPv6', async () => {
      const { blocks } = await map();
      const one = (name: string): unknown =>
        blocks.filter(({ block }) => block === name).map(({ shared, sources, scans }) => [shared, sources, scans]);
      assert.deepEqual(one('192.0.2.0/24'), [[true, 1, 1]]);
      assert.deepEqual(one('2001:db8::/48'), [[false, 1, 1]]);
    });

    it('shows the time by step, and only in the steps in which a scan was active', async () => {
      const { blocks, stepSeconds } = await map();
      assert.equal(stepSeconds, 600);
      assert.deepEqual(blocks.find(({ block }) => block === '10.1.0.0/16')?.sourcesBy, [3, 0, 0, 0, 0, 0]);
    });

    it('names the sensors whose blocks it does not know', async () => {
      assert.deepEqual((await map()).unplaced, [{ site: 'porto', sensor: 'tap-1', scans: 1, sources: 1 }]);
    });
  });

  describe('what other thresholds would have reported', () => {
    const evaluate = (query: string): Promise<WhatIf> => get<WhatIf>(`what-if?from=${at(0)}&to=${at(120)}&${query}`);

    it('reports the actual alerts with the default thresholds', async () => {
      const { more, fewer, alerts, others, whispers } = await evaluate('');
      assert.deepEqual([more, fewer, alerts, others, whispers], [0, 0, 6, 2, 2]);
    });

    it('is fewer alerts with more evidence asked for, each named', async () => {
      const { more, fewer, fewerOf } = await evaluate('evidence=10');
      assert.deepEqual([more, fewer], [0, 3]);
      assert.deepEqual(fewerOf.map(({ source }) => source).sort(), ['198.51.100.7', '198.51.100.7', '2001:db8:f::1']);
    });

    it('reports more with lower thresholds, once per source and sensor however often it was suspected', async () => {
      const { more, fewer, moreOf } = await evaluate('evidence=5');
      assert.deepEqual([more, fewer], [1, 0]);
      assert.deepEqual(
        moreOf.map(({ site, evidence }) => [site, evidence]),
        [['lyon', 5.5]],
      );
    });

    it('leaves alerts of other rules unchanged', async () =>
      assert.equal((await evaluate('evidence=255&targets=65536')).others, 2));

    it('the what-if answer counts distinct targets', async () => assert.equal((await evaluate('targets=10')).fewer, 3));

    it("uses the engine's own alert evidence", () => {
      assert.equal(weightConstant('ALERT_EVIDENCE') / 32, ALERT_NATS);
    });
  });

  for (const path of ['map', 'matrix', 'what-if']) {
    it(`refuses a ${path} that ends before it begins`, async () => {
      const { status, body } = await collector.get(`/api/v1/${path}?from=${at(5)}&to=${at(0)}`);
      assert.deepEqual([status, body.error], [400, 'BW_QUERY']);
    });
  }
});
