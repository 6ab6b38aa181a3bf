/** Requirements of every store: runs against SQLite and PostgreSQL. */
import assert from 'node:assert/strict';
import type { Gap, Scan, Sensor } from '../../host/api/types.js';
import { readMap } from '../../host/collector/query/map.js';
import { readMatrix } from '../../host/collector/query/matrix.js';
import { listRejected, readNow } from '../../host/collector/query/now.js';
import { findScan, listScans, parseCursor } from '../../host/collector/query/scans.js';
import { listGaps, listSensors } from '../../host/collector/query/sensors.js';
import { findSource, listSources } from '../../host/collector/query/sources.js';
import { readTimeline } from '../../host/collector/query/timeline.js';
import { evaluateThresholds } from '../../host/collector/query/what-if.js';
import type { Arrival } from '../../host/collector/rules/decode.js';
import { decode } from '../../host/collector/rules/decode.js';
import type { Outcome } from '../../host/collector/store/commit.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import type { Database } from '../../host/collector/store/database.js';
import type { Enrolment } from '../../host/collector/store/enrolments.js';
import {
  findEnrolment,
  listEnrolments,
  putEnrolment,
  revokeEnrolment,
  setDesiredConfig,
  transactionWithRetry,
} from '../../host/collector/store/enrolments.js';
import { openStore } from '../../host/collector/store/open.js';
import { migrate, SCHEMA_VERSION } from '../../host/collector/store/schema.js';
import { alert, health, status, T0 } from '../support/collector.js';
import { seededRandom } from '../support/samples.js';

/** @param location returns the location of an empty store */
export function storeSuite(location: () => Promise<string>): void {
  let db: Database;
  beforeEach(async () => {
    db = await openStore(await location());
  });
  afterEach(() => db.close());

  const commit = (arrivals: Arrival[], at = T0): Promise<Outcome> => commitBatch(db, arrivals.map(decode), at);
  const scans = async (): Promise<Scan[]> => (await listScans(db, { limit: 500 })).scans;
  const onlyScan = async (): Promise<Scan> => {
    const all = await scans();
    assert.equal(all.length, 1);
    return all[0] as Scan;
  };
  const onlySensor = async (now = T0): Promise<Sensor> => {
    const all = await listSensors(db, now);
    assert.equal(all.length, 1);
    return all[0] as Sensor;
  };
  const holes = async (): Promise<string[]> =>
    (await listGaps(db, 100)).map(({ boot, from, to }: Gap) => `${boot}:${from}-${to}`).sort();

  describe('stores enrolments', () => {
    const enrolled = (changes: Partial<Enrolment> = {}): Enrolment => ({
      site: 'berlin',
      sensor: 'tap-1',
      board: 'wt32_eth01',
      broker: 'mqtts://b.example:8883',
      settings: '{}',
      account: '$7$1$a$b',
      salt: '00'.repeat(16),
      enrolled: T0,
      revoked: null,
      config: null,
      configured: null,
      ...changes,
    });
    const put = (changes: Partial<Enrolment> = {}): Promise<void> =>
      transactionWithRetry(db, (tx) => putEnrolment(tx, db, enrolled(changes)));
    const revoke = (now: number): Promise<boolean> =>
      transactionWithRetry(db, (tx) => revokeEnrolment(tx, 'berlin', 'tap-1', now));

    it('and lists such a sensor as never seen until it reports', async () => {
      await put();
      assert.deepEqual(await listEnrolments(db), [enrolled()]);
      assert.equal((await onlySensor(T0 + 9e9)).state, 'never-seen');
      await commit([status()]);
      assert.equal((await onlySensor()).state, 'online');
    });

    it('and changes nothing of a sensor that reports already', async () => {
      await commit([status()]);
      const before = await onlySensor();
      await put();
      const { enrolment, ...rest } = await onlySensor();
      assert.deepEqual(rest, before);
      assert.deepEqual(
        [enrolment?.board, enrolment?.revoked, enrolment?.configDesired, enrolment?.configState],
        ['wt32_eth01', null, null, 'none'],
      );
    });

    it('and gives nothing for a sensor that was not', async () => {
      await put();
      assert.equal(await findEnrolment(db, 'berlin', 'tap-2'), undefined);
      assert.equal((await findEnrolment(db, 'berlin', 'tap-1'))?.board, 'wt32_eth01');
    });

    it('and takes the newest of two enrolments of one sensor', async () => {
      await put();
      await put({ account: '$7$1$c$d', enrolled: T0 + 1 });
      assert.deepEqual(
        (await listEnrolments(db)).map(({ account }) => account),
        ['$7$1$c$d'],
      );
    });

    it('and revokes once; who never reported leaves the list of sensors', async () => {
      await put();
      assert.deepEqual([await revoke(T0 + 5), await revoke(T0 + 6)], [true, false]);
      assert.equal((await findEnrolment(db, 'berlin', 'tap-1'))?.revoked, T0 + 5);
      assert.deepEqual(await listSensors(db, T0), []);
    });

    it('and leaves what a revoked sensor reported', async () => {
      await put();
      await commit([status(), alert(1)]);
      await revoke(T0 + 5);
      assert.equal((await onlySensor()).sensor, 'tap-1');
      assert.equal((await scans()).length, 1);
    });

    it('and which config each is to have', async () => {
      await put();
      await put({ sensor: 'tap-2' });
      await transactionWithRetry(db, (tx) => setDesiredConfig(tx, 'berlin', 'tap-1', '{"version":4}', T0 + 7));
      assert.deepEqual(
        (await listEnrolments(db)).map(({ config, configured }) => [config, configured]),
        [
          ['{"version":4}', T0 + 7],
          [null, null],
        ],
      );
    });
  });

  describe('stores a message once', () => {
    it('gives back a scan just as the sensor wrote it', async () => {
      await commit([alert(1)], T0 + 99_000);
      const scan = await onlyScan();
      assert.deepEqual(scan, {
        id: 'berlin/tap-1/1/3',
        site: 'berlin',
        sensor: 'tap-1',
        open: true,
        stage: 'start',
        verdict: 'scan',
        kind: 'host-sweep',
        severity: 'medium',
        source: '203.0.113.7',
        aggregate: false,
        protocol: 'tcp',
        direction: 'inbound',
        targets: 17,
        services: [22],
        serviceCount: 1,
        probes: 18,
        answered: 1,
        refused: 2,
        silent: 3,
        dark: 12,
        evidence: 9.5,
        confidence: 97,
        spoofable: true,
        decoy: false,
        sources: 1,
        tool: 'masscan',
        technique: 'T1595.001',
        shape: [255, 128, 64, 32, 16, 8, 4, 2],
        shapeStep: 2048,
        first: '2025-10-09T08:53:20.000Z',
        last: '2025-10-09T08:53:32.345Z',
        received: '2025-10-09T08:54:59.000Z',
      });
    });

    it('does nothing when the same message comes again in a later batch', async () => {
      await commit([alert(1)]);
      const again = await commit([alert(1)], T0 + 5000);
      assert.deepEqual([again.stored, again.duplicates, again.scans.length, again.alerts.length], [0, 1, 0, 0]);
      assert.equal((await onlyScan()).received, new Date(T0).toISOString());
    });

    it('does nothing when the same message comes twice in one batch', async () => {
      const outcome = await commit([alert(1), alert(1), alert(1)]);
      assert.deepEqual([outcome.stored, outcome.duplicates, outcome.alerts.length], [1, 2, 1]);
    });

    it('takes the same number from another boot, sensor or site for another message', async () => {
      const outcome = await commit([
        alert(1),
        alert(1, { boot: 2 }),
        alert(1, { sensor: 'tap-2' }),
        alert(1, { site: 'lyon' }),
      ]);
      assert.equal(outcome.stored, 4);
      assert.equal((await scans()).length, 4);
    });

    it('counts a number used for two different messages as a duplicate and keeps the first', async () => {
      await commit([alert(1)]);
      await commit([alert(1, { record: { probes: 999 } })]);
      assert.equal((await onlyScan()).probes, 18);
    });

    it('stores a large batch from many sensors whole', async () => {
      const batch: Arrival[] = [];
      for (let n = 0; n < 700; n++)
        batch.push(alert(1 + Math.floor(n / 7), { sensor: `tap-${n % 7}`, record: { episode: n } }));
      assert.equal((await commit(batch)).stored, 700);
      assert.deepEqual(await holes(), []);
      assert.equal((await readNow(db, T0)).messages?.stored, 700);
    });

    it('leaves nothing behind of a batch that failed', async () => {
      const broken = [
        ...[alert(1), alert(2)].map(decode),
        { what: 'health', site: 'berlin', sensor: 'tap-1' } as never,
      ];
      await assert.rejects(commitBatch(db, broken, T0));
      assert.deepEqual(await scans(), []);
      assert.deepEqual(await listSensors(db, T0), []);
      assert.equal((await commit([alert(1)])).stored, 1);
    });

    it('does not show half a transaction to readers', async () => {
      await db.transaction(async (tx) => {
        await tx.all("UPDATE counts SET value = 77 WHERE name = 'stored'");
        assert.equal((await readNow(db, T0)).messages?.stored, 0);
      });
      assert.equal((await readNow(db, T0)).messages?.stored, 77);
    });

    it('ends up the same in whatever order and however often messages arrive', async () => {
      const random = seededRandom(11);
      const story = Array.from({ length: 60 }, (_, i) =>
        alert(i + 1, {
          record: {
            episode: i % 4,
            stage: i >= 56 ? 'end' : i < 4 ? 'start' : 'progress',
            probes: 10 * i,
            time: T0 + i * 1000,
            last: T0 + i * 1000,
            first: T0,
          },
        }),
      );
      const noise = [...story, ...story].map((arrival) => ({ arrival, at: random() })).sort((a, b) => a.at - b.at);
      for (let i = 0; i < noise.length; i += 7) await commit(noise.slice(i, i + 7).map(({ arrival }) => arrival));
      assert.deepEqual(await holes(), []);
      assert.equal((await onlySensor()).missing, 0);
      const states = (await scans()).map((scan) => [scan.id, scan.open, scan.stage, scan.probes]).sort();
      assert.deepEqual(states, [
        ['berlin/tap-1/1/0', false, 'end', 560],
        ['berlin/tap-1/1/1', false, 'end', 570],
        ['berlin/tap-1/1/2', false, 'end', 580],
        ['berlin/tap-1/1/3', false, 'end', 590],
      ]);
    });
  });

  describe('keeps one state an episode', () => {
    it('takes start, progress and end as one scan', async () => {
      await commit([alert(1), alert(2, { record: { stage: 'progress', probes: 40 } })]);
      assert.deepEqual([(await onlyScan()).open, (await onlyScan()).probes], [true, 40]);
      const outcome = await commit([alert(3, { record: { stage: 'end', probes: 55 } })]);
      assert.deepEqual([outcome.scans[0]?.open, outcome.scans[0]?.probes], [false, 55]);
    });

    it('is not set back by a message that comes late', async () => {
      await commit([alert(3, { record: { stage: 'end', probes: 55 } })]);
      const outcome = await commit([alert(2, { record: { stage: 'progress', probes: 40 } })]);
      assert.deepEqual([outcome.stored, outcome.scans.length], [1, 0]);
      assert.deepEqual([(await onlyScan()).open, (await onlyScan()).probes], [false, 55]);
    });

    it('gives the history in the order of the sensor, late messages included', async () => {
      await commit([alert(3, { record: { stage: 'end', probes: 55 } }), alert(1)]);
      await commit([alert(2, { record: { stage: 'progress', probes: 40 } })]);
      const found = await findScan(db, { site: 'berlin', sensor: 'tap-1', boot: 1, episode: 3 });
      assert.deepEqual(
        found?.history.map(({ sequence, stage, probes }) => [sequence, stage, probes]),
        [
          [1, 'start', 18],
          [2, 'progress', 40],
          [3, 'end', 55],
        ],
      );
    });

    it('knows nothing of a scan that never was', async () => {
      await commit([alert(1)]);
      assert.equal(await findScan(db, { site: 'berlin', sensor: 'tap-1', boot: 1, episode: 4 }), undefined);
    });

    it('ends the open scans of an earlier boot when a new boot is seen, and keeps their stage', async () => {
      await commit([alert(1), alert(1, { sensor: 'tap-2' })]);
      const outcome = await commit([status({ boot: 2 })]);
      assert.deepEqual(
        outcome.scans.map(({ id, open, stage }) => [id, open, stage]),
        [['berlin/tap-1/1/3', false, 'start']],
      );
      assert.deepEqual((await scans()).map(({ sensor, open }) => [sensor, open]).sort(), [
        ['tap-1', false],
        ['tap-2', true],
      ]);
    });

    it('does not open a scan of an earlier boot whose messages come after the new boot began', async () => {
      await commit([status({ boot: 5 })]);
      await commit([alert(1, { boot: 4 })]);
      assert.equal((await onlyScan()).open, false);
    });

    it('stores a digest as a notice and a suspicion report only as a record', async () => {
      await commit([
        alert(1, { record: { kind: 'digest', verdict: 'notice', source: '', stage: 'end', episode: 0 } }),
        alert(2, { messageType: 'whisper', record: { kind: 'whisper', stage: 'whisper', verdict: 'notice' } }),
      ]);
      assert.deepEqual(
        (await scans()).map(({ kind, verdict, source }) => [kind, verdict, source]),
        [['digest', 'notice', '']],
      );
      assert.deepEqual(await holes(), []);
      assert.deepEqual(await listSources(db, 10), []);
      assert.equal((await readNow(db, T0)).openScans, 0);
    });
  });

  describe('sees what is missing', () => {
    it('no gap is seen where none is', async () => {
      const outcome = await commit([alert(1), alert(2), alert(3)]);
      assert.deepEqual(outcome.gaps, []);
      assert.equal((await onlySensor()).missing, 0);
    });

    it('sees a hole, its size, and the numbers before the first message', async () => {
      const outcome = await commit([alert(3), alert(7)]);
      assert.deepEqual(
        outcome.gaps.map(({ from, to }) => [from, to]),
        [
          [1, 2],
          [4, 6],
        ],
      );
      assert.deepEqual(await holes(), ['1:1-2', '1:4-6']);
      const sensor = await onlySensor();
      assert.deepEqual([sensor.missing, sensor.lastSequence], [5, 7]);
    });

    it('does not call it a hole when a batch only brings messages in another order', async () => {
      assert.deepEqual((await commit([alert(3), alert(1), alert(2)])).gaps, []);
    });

    it('narrows, splits and closes a hole as late messages fill it', async () => {
      await commit([alert(1), alert(6)]);
      const outcome = await commit([alert(4)], T0 + 1000);
      assert.deepEqual(
        outcome.gaps.map(({ from, to, closed }) => [from, to, closed]),
        [[4, 4, new Date(T0 + 1000).toISOString()]],
      );
      assert.deepEqual(await holes(), ['1:2-3', '1:5-5']);
      await commit([alert(5), alert(3)]);
      assert.deepEqual(await holes(), ['1:2-2']);
      const last = await commit([alert(2)]);
      assert.deepEqual(await holes(), []);
      assert.equal(last.sensors.length, 1, 'that it is whole again is told');
    });

    it('is not misled by a duplicate of a message next to a hole', async () => {
      await commit([alert(1), alert(4)]);
      await commit([alert(1), alert(4)]);
      assert.deepEqual(await holes(), ['1:2-3']);
    });

    it('gaps are counted for each boot by itself', async () => {
      await commit([alert(1), alert(2), alert(1, { boot: 2 }), alert(3, { boot: 2 })]);
      assert.deepEqual(await holes(), ['2:2-2']);
    });

    it('learns from the health message what the sensor itself gave up', async () => {
      await commit([alert(1)]);
      const outcome = await commit([health({ figures: { sequence: 9, settled: 4 } })]);
      assert.deepEqual(
        outcome.gaps.map(({ from, to }) => [from, to]),
        [[2, 4]],
      );
      await commit([alert(5)]);
      assert.deepEqual(await holes(), ['1:2-4'], 'what is still in the outbox is not missing');
    });
  });

  describe('knows its sensors', () => {
    it('shows a sensor online after its birth and offline after its farewell', async () => {
      await commit([status()]);
      assert.deepEqual([(await onlySensor()).state, (await onlySensor()).version], ['online', '0.1.0']);
      await commit([status({ state: 'offline', reason: 'stopped' })]);
      assert.deepEqual([(await onlySensor()).state, (await onlySensor()).reason], ['offline', 'stopped']);
    });

    it('passes over the will of an earlier connection that comes after the new birth', async () => {
      await commit([status({ connection: 2 })]);
      const outcome = await commit([status({ connection: 1, state: 'offline', reason: 'lost' })]);
      assert.deepEqual(outcome.sensors, []);
      assert.equal((await onlySensor()).state, 'online');
    });

    it('passes over the will of an earlier boot, in the same batch too', async () => {
      await commit([status({ boot: 8 }), status({ boot: 7, connection: 9, state: 'offline', reason: 'lost' })]);
      assert.deepEqual([(await onlySensor()).state, (await onlySensor()).boot], ['online', 8]);
    });

    it('is online again when a newer boot is seen before its birth', async () => {
      await commit([status({ state: 'offline', reason: 'lost' })]);
      await commit([health({ boot: 2 })]);
      assert.equal((await onlySensor()).state, 'online');
    });

    it('is late after two heartbeats of silence and gone after twenty', async () => {
      await commit([status(), health()], T0);
      const states = [60_000, 60_001, 600_000, 600_001].map(async (ms) => (await onlySensor(T0 + ms)).state);
      assert.deepEqual(await Promise.all(states), ['online', 'late', 'late', 'gone']);
      assert.equal((await onlySensor(T0 + 600_001)).reason, 'silent');
    });

    it('waits longer for a sensor configured to send health less often', async () => {
      await commit([health({ figures: { uptime: 0 } })], T0);
      await commit([health({ figures: { uptime: 300_000 } })], T0 + 300_000);
      assert.equal((await onlySensor(T0 + 300_000 + 599_000)).state, 'online');
    });

    it('counts a sensor as never seen while only a retained birth is known', async () => {
      await commit([status({ retained: true })]);
      assert.equal((await onlySensor()).state, 'never-seen');
      await commit([alert(1)]);
      assert.equal((await onlySensor()).state, 'online');
    });

    it('does not take a repeated retained status for a sign of life', async () => {
      await commit([status()], T0);
      const outcome = await commit([status({ retained: true })], T0 + 90_000);
      assert.deepEqual(outcome.sensors, []);
      assert.equal((await onlySensor(T0 + 90_000)).state, 'late');
    });

    it('gives every figure and counter of the newest health message', async () => {
      await commit([
        health({
          figures: { uptime: 30_000, outboxUsed: 3 },
          counters: { frames: 600 },
          configProblem: 'The config is not JSON.',
        }),
      ]);
      const sensor = await onlySensor();
      assert.deepEqual([sensor.health['outboxUsed'], sensor.health['frames'], sensor.health['traps']], [3, 600, 0]);
      assert.deepEqual([sensor.framesPerSecond, sensor.configProblem], [20, 'The config is not JSON.']);
    });

    it('reckons frames per second between two health messages, over the wrap of the counter too', async () => {
      await commit([health({ figures: { uptime: 10_000 }, counters: { frames: 2 ** 32 - 500 } })]);
      await commit([health({ figures: { uptime: 20_000 }, counters: { frames: 500 } })]);
      assert.equal((await onlySensor()).framesPerSecond, 100);
    });

    it('is not set back by a health message that comes late or twice', async () => {
      await commit([health({ figures: { uptime: 20_000 }, counters: { frames: 500 } })]);
      await commit([
        health({ figures: { uptime: 10_000 }, counters: { frames: 100 } }),
        health({ figures: { uptime: 20_000 }, counters: { frames: 500 } }),
      ]);
      assert.equal((await onlySensor()).health['frames'], 500);
    });
  });

  describe('maps the time of sensors without a clock', () => {
    it('takes uptime for time since the boot, guessed from when the message came', async () => {
      await commit([alert(1, { clock: 'uptime', record: { time: 60_000, first: 50_000, last: 60_000 } })], T0 + 60_000);
      assert.deepEqual(
        [(await onlyScan()).first, (await onlyScan()).last],
        [new Date(T0 + 50_000).toISOString(), new Date(T0 + 60_000).toISOString()],
      );
    });

    it('moves what is stored when the sensor learns the time', async () => {
      await commit([alert(1, { clock: 'uptime', record: { time: 60_000, first: 50_000, last: 60_000 } })], T0 + 90_000);
      const outcome = await commit([health({ time: T0 + 100_000, figures: { uptime: 100_000 } })], T0 + 100_000);
      assert.equal(outcome.scans.length, 1);
      assert.equal((await onlyScan()).last, new Date(T0 + 60_000).toISOString());
      const found = await findScan(db, { site: 'berlin', sensor: 'tap-1', boot: 1, episode: 3 });
      assert.equal(found?.history[0]?.time, new Date(T0 + 60_000).toISOString());
    });

    it('leaves times alone that the sensor knew', async () => {
      await commit([alert(1)]);
      await commit([health({ time: T0 + 100_000, figures: { uptime: 1 } })]);
      assert.equal((await onlyScan()).first, new Date(T0).toISOString());
    });
  });

  describe('sets aside what it cannot decode', () => {
    it('keeps topic, reason and the beginning of each, and stores the rest', async () => {
      const outcome = await commit([
        alert(1),
        { topic: 'blockwatch/1/berlin/tap-1/alert', payload: new Uint8Array(500).fill(0xff), retained: false },
        alert(2),
      ]);
      assert.deepEqual([outcome.stored, outcome.rejected], [2, 1]);
      const [kept] = await listRejected(db, 10);
      assert.equal(kept?.topic, 'blockwatch/1/berlin/tap-1/alert');
      assert.match(kept?.reason ?? '', /cannot be decoded/);
      assert.equal(kept?.payload, 'ff'.repeat(256));
      assert.equal((await readNow(db, T0)).messages?.rejected, 1);
    });

    it('keeps the newest thousand and counts them all', async () => {
      const bad = Array.from({ length: 600 }, (_, i) => ({
        topic: `x/${i}`,
        payload: new Uint8Array(1),
        retained: false,
      }));
      await commit(bad);
      await commit(bad);
      assert.equal((await db.all<{ n: number }>('SELECT COUNT(*) AS n FROM rejected'))[0]?.n, 1000);
      assert.equal((await readNow(db, T0)).messages?.rejected, 1200);
    });

    it('stores text with characters that databases dislike', async () => {
      await commit([
        { topic: 'a\u0000b\ud800', payload: new Uint8Array(), retained: false },
        status({ version: '1\u0000\u001b[31m' }),
        health({ version: 'x\u0000', configProblem: '\u0000' }),
      ]);
      assert.equal((await listRejected(db, 1))[0]?.topic.length, 4);
      assert.match((await onlySensor()).version, /^1\ufffd\ufffd\[31m$/);
    });
  });

  describe('answers questions', () => {
    const many = (): Arrival[] =>
      Array.from({ length: 25 }, (_, i) =>
        alert(i + 1, {
          site: i % 2 ? 'lyon' : 'berlin',
          record: {
            episode: i,
            stage: i % 5 === 0 ? 'end' : 'start',
            time: T0 + 60_000,
            first: T0 + i,
            last: T0 + Math.floor(i / 3) * 1000 + 25,
            kind: i % 3 ? 'host-sweep' : 'port-scan',
            severity: i % 4 ? 'low' : 'critical',
            source: `198.51.100.${i % 6}`,
          },
        }),
      );

    it('gives pages that together hold each scan once, newest first, though many end at the same time', async () => {
      await commit(many());
      const seen: Scan[] = [];
      let before: string | null = null;
      do {
        const place = before === null ? undefined : parseCursor(before);
        const page: { scans: Scan[]; next: string | null } = await listScans(db, {
          limit: 4,
          ...(place ? { before: place } : {}),
        });
        seen.push(...page.scans);
        before = page.next;
      } while (before !== null);
      assert.equal(seen.length, 25);
      assert.equal(new Set(seen.map((scan) => scan.id)).size, 25);
      assert.deepEqual(
        seen.map((scan) => scan.last),
        seen
          .map((scan) => scan.last)
          .sort()
          .reverse(),
      );
    });

    it('filters by state, site, kind, severity, source and verdict', async () => {
      await commit(many());
      const count = async (query: object): Promise<number> =>
        (await listScans(db, { limit: 100, ...query })).scans.length;
      assert.deepEqual(
        [await count({ state: 'open' }), await count({ state: 'ended' }), await count({ state: 'all' })],
        [20, 5, 25],
      );
      assert.deepEqual(
        [await count({ site: 'lyon' }), await count({ sensor: 'tap-2' }), await count({ kind: 'port-scan' })],
        [12, 0, 9],
      );
      assert.deepEqual(
        [
          await count({ severity: 'critical' }),
          await count({ source: '198.51.100.0' }),
          await count({ verdict: 'notice' }),
        ],
        [7, 5, 0],
      );
      assert.equal(await count({ site: "berlin' OR 1=1 --" }), 0);
    });

    it('answers the matrix with suspicion reports, the map by home blocks, and the what-if thresholds', async () => {
      await commit([
        alert(1, { record: { evidence: 20, targets: 40 } }),
        alert(2, {
          messageType: 'whisper',
          site: 'lyon',
          record: { kind: 'whisper', stage: 'whisper', verdict: 'notice', evidence: 5 },
        }),
        status({ home: ['10.1.0.0/16'] }),
      ]);
      const [from, to] = [T0 - 3_600_000, Date.now() + 1000];
      const { rows } = await readMatrix(db, from, to, 10);
      assert.deepEqual(
        rows.map(({ source, evidence, cells }) => [source, evidence, cells.length]),
        [['203.0.113.7', 25, 2]],
      );
      const { blocks, unplaced } = await readMap(db, T0, T0 + 60_000, 6);
      assert.deepEqual(
        [blocks.map(({ block, scans, touched }) => [block, scans, touched]), unplaced],
        [[['10.1.0.0/16', 1, 40]], []],
      );
      const { more, fewer } = await evaluateThresholds(db, from, to, { evidence: 4, targets: 20 });
      assert.deepEqual([more, fewer], [0, 0]);
      assert.deepEqual((await evaluateThresholds(db, from, to, { evidence: 4, targets: 0 })).more, 1);
    });

    it('sums up a source over sites, sensors and scans', async () => {
      await commit([
        alert(1, { record: { targets: 10, probes: 20, services: [22], spoofable: true } }),
        alert(2, {
          record: {
            episode: 4,
            targets: 30,
            probes: 50,
            services: [443, 22],
            kind: 'port-scan',
            severity: 'high',
            tool: '',
            last: T0 + 9000,
            stage: 'end',
            spoofable: true,
          },
        }),
        alert(1, {
          site: 'lyon',
          sensor: 'tap-9',
          record: { targets: 7, probes: 9, services: [80], spoofable: false, confidence: 99 },
        }),
        alert(3, { record: { episode: 5, source: '192.0.2.1' } }),
      ]);
      const [first] = (await listSources(db, 10)).filter(({ source }) => source === '203.0.113.7');
      assert.deepEqual(
        { ...first, kinds: first?.kinds.sort(), services: first?.services.sort((a, b) => a - b) },
        {
          source: '203.0.113.7',
          scans: 3,
          openScans: 2,
          sites: ['berlin', 'lyon'],
          sensors: 2,
          first: '2025-10-09T08:53:20.000Z',
          last: '2025-10-09T08:53:32.345Z',
          targets: 37,
          probes: 79,
          severity: 'high',
          confidence: 99,
          spoofable: false,
          kinds: ['host-sweep', 'port-scan'],
          tools: ['masscan'],
          services: [22, 80, 443],
          visits: 1,
        },
      );
      assert.equal((await listSources(db, 1)).length, 1);
      assert.deepEqual(
        (await listSources(db, 10, 'lyon')).map(({ scans: n }) => n),
        [1],
      );
      assert.equal((await findSource(db, '203.0.113.7'))?.scans.length, 3);
      assert.equal(await findSource(db, '203.0.113.8'), undefined);
    });

    it('counts on a timeline when scans began, and spreads their probes over the time they took', async () => {
      const shape = [255, 0, 0, 0, 0, 0, 0, 255];
      await commit([
        alert(1, {
          record: { episode: 1, first: T0 + 1000, last: T0 + 2000, time: T0 + 2000, probes: 10, severity: 'low' },
        }),
        alert(2, {
          record: {
            episode: 2,
            first: T0,
            last: T0 + 80_000,
            time: T0 + 80_000,
            probes: 100,
            severity: 'high',
            shape,
            shapeStep: 8192,
          },
        }),
        alert(3, { record: { episode: 3, first: T0 - 50_000, last: T0 - 40_000, time: T0, probes: 7 } }),
      ]);
      const line = await readTimeline(db, T0, T0 + 90_000, 9);
      assert.equal(line.bucketSeconds, 10);
      assert.deepEqual(
        line.buckets.map((bucket) => bucket.probes),
        [60, 0, 0, 0, 0, 16, 34, 0, 0],
      );
      assert.deepEqual(line.buckets[0]?.started, { low: 1, medium: 0, high: 1, critical: 0 });
      assert.deepEqual(line.buckets[1]?.started, { low: 0, medium: 0, high: 0, critical: 0 });
    });

    it('gives an empty timeline, no sources and zeros when there is nothing', async () => {
      assert.equal((await readTimeline(db, T0, T0 + 3_600_000, 60)).buckets.length, 60);
      assert.deepEqual([await listSources(db, 10), await scans(), await listGaps(db, 10)], [[], [], []]);
      assert.deepEqual(await readNow(db, T0), {
        time: '2025-10-09T08:53:20.000Z',
        openScans: 0,
        allowedScans: 0,
        researchScans: 0,
        scansLastHour: 0,
        sources: 0,
        missing: 0,
        heldBack: 0,
        sensors: { online: 0, late: 0, blind: 0, gone: 0, offline: 0, 'never-seen': 0 },
        incidents: 0,
        messages: { stored: 0, duplicates: 0, rejected: 0 },
      });
    });

    it('the store says how things stand now', async () => {
      await commit([
        alert(1),
        alert(3, { record: { episode: 4, stage: 'end' } }),
        health({ counters: { heldBack: 12 } }),
      ]);
      const { openScans, scansLastHour, sources, missing, heldBack, sensors } = await readNow(db, T0 + 20_000);
      assert.deepEqual(
        { openScans, scansLastHour, sources, missing, heldBack },
        { openScans: 1, scansLastHour: 2, sources: 1, missing: 1, heldBack: 12 },
      );
      assert.equal(sensors.online, 1);
      assert.equal((await readNow(db, T0 + 4_000_000)).scansLastHour, 0);
    });
  });

  it('makes its tables once and finds them again', async () => {
    assert.equal(await migrate(db), SCHEMA_VERSION);
    await commit([alert(1)]);
    assert.equal(await migrate(db), SCHEMA_VERSION);
    assert.equal((await scans()).length, 1);
  });
}
