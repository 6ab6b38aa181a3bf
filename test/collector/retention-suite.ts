/** What retention removes, which sums stay, and that nothing is counted twice: runs against SQLite and PostgreSQL. */

import assert from 'node:assert/strict';
import { Ingest } from '../../host/collector/intake/ingest.js';
import { readNow } from '../../host/collector/query/now.js';
import { listScans } from '../../host/collector/query/scans.js';
import { listGaps } from '../../host/collector/query/sensors.js';
import { findSource, listSources } from '../../host/collector/query/sources.js';
import { readTimeline } from '../../host/collector/query/timeline.js';
import { readVisits } from '../../host/collector/query/visits.js';
import { Retention, removeBefore } from '../../host/collector/retention.js';
import type { Arrival } from '../../host/collector/rules/decode.js';
import { decode } from '../../host/collector/rules/decode.js';
import type { Outcome } from '../../host/collector/store/commit.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import type { Database } from '../../host/collector/store/database.js';
import { openStore } from '../../host/collector/store/open.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import type { AlertChanges } from '../support/collector.js';
import { alert, status, T0 } from '../support/collector.js';
import { logInto, silentLog } from '../support/log.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** @param location returns the location of an empty store */
export function retentionSuite(location: () => Promise<string>): void {
  let db: Database;
  let sequence = 0;
  beforeEach(async () => {
    db = await openStore(await location());
    sequence = 0;
  });
  afterEach(() => db.close());

  const commit = (arrivals: Arrival[], at = T0): Promise<Outcome> => commitBatch(db, arrivals.map(decode), at);
  /** A scan that began `days` ago and ended in the same minute. */
  const past = (days: number, record: Partial<TimedRecord> = {}, changes: AlertChanges = {}): Arrival => {
    const first = T0 - days * DAY;
    sequence++;
    return alert(sequence, {
      ...changes,
      record: { episode: sequence, stage: 'end', time: first + 60_000, first, last: first + 60_000, ...record },
    });
  };
  const sweep = (age: number, size?: number): Promise<{ scans: number; others: number }> =>
    new Retention(db, { age, size, clock: () => T0, log: silentLog, every: Infinity }).sweep();
  const counts = async (): Promise<number[]> => {
    const [row] = await db.all<{ s: number; r: number }>(
      'SELECT (SELECT COUNT(*) FROM scans) AS s, (SELECT COUNT(*) FROM records) AS r',
    );
    return [row?.s ?? -1, row?.r ?? -1];
  };

  it('removes scans and their records that are older than is kept, and nothing younger', async () => {
    await commit([100, 95, 91, 90.5, 89.5, 30, 0].map((days) => past(days)));
    const swept = await sweep(90 * DAY);
    assert.deepEqual([swept.scans, await counts()], [4, [3, 3]]);
    assert.deepEqual((await sweep(90 * DAY)).scans, 0);
  });

  it('keeps a scan that goes on, however long ago it began', async () => {
    await commit([past(100, { stage: 'start' }), past(0, { episode: 1, first: T0 - 100 * DAY })]);
    await commit([past(100, { stage: 'progress', episode: 50 })]);
    await sweep(90 * DAY);
    assert.deepEqual(await counts(), [2, 3], 'an open one waits for its end');
    await sweep(69 * DAY);
    assert.deepEqual(await counts(), [1, 2], 'but not for ever');
  });

  it('keeps the history of a source after its details are gone', async () => {
    const source = '198.51.100.7';
    await commit([
      past(40, {
        source,
        kind: 'host-sweep',
        severity: 'high',
        probes: 100,
        targets: 50,
        services: [22],
        tool: 'zmap',
        spoofable: true,
      }),
      past(
        39.99,
        {
          source,
          kind: 'port-scan',
          severity: 'low',
          probes: 30,
          targets: 1,
          services: [80, 443],
          tool: '',
          spoofable: false,
        },
        { site: 'lyon' },
      ),
      past(20, { source, probes: 7, targets: 3, tool: '' }),
      past(2, { source, probes: 5, targets: 2, tool: '' }),
      past(1, { source: '192.0.2.9' }),
    ]);
    const before = await findSource(db, source);
    const visitsBefore = await readVisits(db, [source]);
    await sweep(10 * DAY);
    const after = await findSource(db, source);
    assert.deepEqual(
      after?.scans.map(({ probes }) => probes),
      [5],
    );
    const { summed, ...rest } = after?.source ?? {};
    const { services, kinds, ...same } = rest as NonNullable<typeof before>['source'];
    assert.ok(before);
    const { services: oldServices, kinds: oldKinds, ...old } = before.source;
    assert.deepEqual(same, old, 'sums, sites, sensors, first and last, severity, visits');
    assert.deepEqual([[...services].sort(), [...kinds].sort()], [[...oldServices].sort(), [...oldKinds].sort()]);
    assert.deepEqual(summed, { scans: 3, until: new Date(T0 - 20 * DAY + 60_000).toISOString() });
    assert.deepEqual(await readVisits(db, [source]), visitsBefore);
    assert.equal(visitsBefore.get(source)?.visits, 3);
  });

  it('still lists a source of which no detail is left, and counts it', async () => {
    await commit([past(40, { source: '198.51.100.7' }), past(1, { source: '192.0.2.9' })]);
    const before = (await readNow(db, T0)).sources;
    await sweep(10 * DAY);
    assert.deepEqual(
      (await listSources(db, 10)).map(({ source }) => source),
      ['192.0.2.9', '198.51.100.7'],
    );
    assert.deepEqual(await listSources(db, 10, 'nowhere'), []);
    const found = await findSource(db, '198.51.100.7');
    assert.deepEqual([found?.scans, found?.source.scans, found?.source.openScans], [[], 1, 0]);
    assert.equal((await readNow(db, T0)).sources, before);
  });

  it('lists the newest sources with and without details, however few of them fill the newest scans', async () => {
    // One source made the newest three hundred scans. Every second of the thirty others has only sums, and some were
    // last seen at the same moment.
    await commit([
      ...Array.from({ length: 300 }, (_, i) => past(0.5 + i / 1000, { source: '192.0.2.9' })),
      ...Array.from({ length: 30 }, (_, i) =>
        past(i % 2 ? 20 + (i >> 2) : 2 + (i >> 2) / 8, { source: `198.51.100.${i}` }),
      ),
    ]);
    await sweep(10 * DAY);
    const all = (await listSources(db, 100)).map(({ source, last }) => ({ source, last }));
    assert.equal(all.length, 31);
    assert.deepEqual(
      [...all].sort((a, b) => (a.last < b.last ? 1 : a.last > b.last ? -1 : a.source < b.source ? -1 : 1)),
      all,
    );
    for (const limit of [1, 2, 5, 7, 16, 17, 30, 31]) {
      assert.deepEqual(
        (await listSources(db, limit)).map(({ source, last }) => ({ source, last })),
        all.slice(0, limit),
        String(limit),
      );
    }
  });

  it('begins with the oldest, whether its end was reported or lost', async () => {
    await commit([
      past(100, { source: '192.0.2.1', stage: 'start' }),
      past(50, { source: '192.0.2.2' }),
      past(40, { source: '192.0.2.3', stage: 'start' }),
      past(2, { source: '192.0.2.4' }),
    ]);
    const left = async (): Promise<string[]> =>
      (await db.all<{ source: string }>('SELECT source FROM scans ORDER BY source')).map(({ source }) => source);
    for (const expected of [['192.0.2.2', '192.0.2.3', '192.0.2.4'], ['192.0.2.3', '192.0.2.4'], ['192.0.2.4'], []]) {
      await removeBefore(db, T0 - DAY, 1);
      assert.deepEqual(await left(), expected);
    }
  });

  it('gives the same sums in whatever steps they are made', async () => {
    await commit(
      Array.from({ length: 60 }, (_, i) => past(20 + (i % 4) / 8, { source: `198.51.100.${i % 3}`, probes: i + 1 })),
    );
    const before = (await listSources(db, 10)).map(({ source, scans, probes }) => [source, scans, probes]).sort();
    for (let i = 0; i < 40 && (await removeBefore(db, T0 - DAY, 2)).scans > 0; i++);
    assert.deepEqual(await counts(), [0, 0]);
    assert.deepEqual(
      (await listSources(db, 10)).map(({ source, scans, probes }) => [source, scans, probes]).sort(),
      before,
    );
  });

  it('shows old days in the timeline, by their sums, and says from when on', async () => {
    await commit([
      past(40, { severity: 'high', probes: 100 }),
      past(40, { severity: 'low', probes: 3 }),
      past(1, { probes: 9 }),
    ]);
    const total = async (): Promise<unknown[]> => {
      const line = await readTimeline(db, T0 - 50 * DAY, T0 + DAY, 60);
      const sum = (read: (bucket: (typeof line.buckets)[number]) => number): number =>
        line.buckets.reduce((all, bucket) => all + read(bucket), 0);
      return [
        sum(({ probes }) => probes),
        sum(({ started }) => started.high),
        sum(({ started }) => started.low),
        line.summedUntil !== null,
      ];
    };
    assert.deepEqual(await total(), [112, 1, 1, false]);
    await sweep(10 * DAY);
    assert.deepEqual(await total(), [112, 1, 1, true]);
    assert.equal(
      (await readTimeline(db, T0 - 5 * DAY, T0 + DAY, 60)).buckets.reduce((all, { probes }) => all + probes, 0),
      9,
    );
  });

  describe('counts nothing twice', () => {
    it('when a removed message is delivered again', async () => {
      const old = [past(40), past(39), past(38)];
      await commit(old);
      await sweep(10 * DAY);
      const again = await commit(old, T0 + 1);
      assert.deepEqual(
        [again.stored, again.duplicates, again.scans, again.alerts, await counts()],
        [0, 3, [], [], [0, 0]],
      );
      assert.equal((await readNow(db, T0)).messages?.stored, 3);
      assert.deepEqual(await listGaps(db, 10), []);
    });

    it('and still takes one that had never arrived, in a hole of then', async () => {
      const [first, missing, third] = [past(40), past(40), past(40)];
      await commit([first, third]);
      await sweep(10 * DAY);
      assert.equal((await listGaps(db, 10)).length, 1, 'holes are never forgotten');
      const late = await commit([first, missing, third], T0);
      assert.deepEqual([late.stored, late.duplicates], [1, 2]);
      assert.deepEqual(await listGaps(db, 10), []);
    });

    it('when the same message is twice in what arrives, or of another boot', async () => {
      const old = past(40);
      await commit([old]);
      await sweep(10 * DAY);
      const other = alert(1, { boot: 2, record: { episode: 9 } });
      const outcome = await commit([old, old, other, other], T0);
      assert.deepEqual([outcome.stored, outcome.duplicates], [1, 3]);
    });
  });

  it('removes suspicion reports with the rest', async () => {
    await commit(
      [alert(++sequence, { messageType: 'whisper', record: { stage: 'whisper', kind: 'whisper' } })],
      T0 - 40 * DAY,
    );
    await commit([alert(++sequence, { messageType: 'whisper', record: { stage: 'whisper', kind: 'whisper' } })], T0);
    assert.deepEqual([(await sweep(10 * DAY)).others, await counts()], [1, [0, 1]]);
  });

  it('goes on with the oldest until the store is small enough, but never into the last day', async () => {
    await commit(Array.from({ length: 700 }, (_, i) => past(7 - i / 100, { source: `198.51.100.${i % 200}` })));
    const before = await db.used();
    assert.ok(before > 150_000, `${before} bytes`);
    await sweep(1e12, Math.round(before * 0.6));
    const after = await db.used();
    assert.ok(after <= before * 0.6 && after > before * 0.2, `${before} -> ${after}`);
    const left = (await listScans(db, { limit: 500 })).scans;
    assert.ok(
      left.length > 0 && left[0]?.last === new Date(T0 - 0.01 * DAY + 60_000).toISOString(),
      'the newest are there',
    );
    const reports: string[] = [];
    await new Retention(db, {
      size: 1000,
      clock: () => T0,
      log: logInto(reports),
      every: Infinity,
    }).sweep();
    assert.equal(reports.length, 1);
    assert.match(reports[0] ?? '', /The last day alone takes more than the allowed .* MB\. Raise --keep-size/);
    assert.equal((await counts())[0], 100, 'the last day stays');
  });

  it('lets what arrives through while it removes much', async () => {
    await commit(Array.from({ length: 800 }, () => past(40)));
    await commit([status()]);
    const ingest = new Ingest(db, { now: () => T0 });
    const sweeping = sweep(10 * DAY);
    let done = false;
    void sweeping.then(() => (done = true));
    let taken = 0;
    while (!done) {
      await ingest.accept(alert(++sequence, { record: { episode: sequence } }));
      taken++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await ingest.close();
    assert.equal((await sweeping).scans, 800);
    assert.ok(taken >= 5, `${taken} alerts were taken meanwhile`);
    assert.equal((await counts())[0], taken);
  }).timeout(60_000);

  it('adds up right where two collectors remove at once', async () => {
    await commit(Array.from({ length: 400 }, () => past(40, { source: '198.51.100.7', probes: 1 })));
    const removed = await Promise.all(
      Array.from({ length: 2 }, async () => {
        let sum = 0;
        for (let n = 1; n > 0; sum += n) n = (await removeBefore(db, T0 - DAY, 30)).scans;
        return sum;
      }),
    );
    assert.equal((removed[0] as number) + (removed[1] as number), 400);
    assert.deepEqual(
      (await listSources(db, 1)).map(({ scans, probes }) => [scans, probes]),
      [[400, 400]],
    );
  });
}
