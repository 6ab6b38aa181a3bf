/** Scans that no record of their sensor ends: runs against SQLite and PostgreSQL, on a simulated clock. */
import assert from 'node:assert/strict';
import { checkFleet, endUnheardScans } from '../../host/collector/fleet/sensor-monitor.js';
import { listScans } from '../../host/collector/query/scans.js';
import type { Arrival } from '../../host/collector/rules/decode.js';
import { decode } from '../../host/collector/rules/decode.js';
import type { Outcome } from '../../host/collector/store/commit.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import type { Database } from '../../host/collector/store/database.js';
import { openStore } from '../../host/collector/store/open.js';
import { read, register } from '../../host/collector/store/outbox.js';
import type { HealthChanges } from '../support/collector.js';
import { alert, health, status, T0 } from '../support/collector.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** @param location returns the location of an empty store */
export function endedSuite(location: () => Promise<string>): void {
  describe('a scan without a record of its end', () => {
    let db: Database;
    let now = T0;
    beforeEach(async () => {
      db = await openStore(await location());
      now = T0;
      await commit(status(), beat());
      await checkFleet(db, now, true);
    });
    afterEach(() => db.close());

    const commit = (...arrivals: Arrival[]): Promise<Outcome> => commitBatch(db, arrivals.map(decode), now);
    const beat = (changes: HealthChanges = {}): Arrival =>
      health({ time: now, ...changes, figures: { uptime: now - T0 + MINUTE, ...changes.figures } });
    const farewell = (): Arrival => status({ state: 'offline', reason: 'stopped' });
    /** Time with a collector that listens. */
    const pass = async (ms: number, counters: HealthChanges['counters'] = { episodesOpen: 1 }): Promise<void> => {
      for (const end = now + ms; now < end; await checkFleet(db, now, true)) {
        now = Math.min(end, now + 25 * SECOND);
        if (counters) await commit(beat({ counters }));
      }
    };
    /** Time with a collector that listens, and without a word. */
    const listen = async (ms: number): Promise<void> => {
      for (const end = now + ms; now < end; now += 25 * SECOND) await checkFleet(db, now, true);
    };
    const sweep = (): Promise<unknown> => endUnheardScans(db, now);
    const scans = async (): Promise<string> =>
      (await listScans(db, { limit: 10 })).scans
        .map(({ id, open, ended }) => `${id.split('/')[3]} ${open ? 'open' : (ended ?? 'ended')}`)
        .sort()
        .join();

    it('is ended by the restart of its sensor, by its farewell, and not by a lost connection', async () => {
      await commit(alert(1), alert(2, { record: { episode: 4, stage: 'end' } }));
      await commit(status({ state: 'offline', reason: 'lost' }));
      assert.equal(await scans(), '3 open,4 ended');
      await commit(status({ connection: 2 }));
      await commit(status({ connection: 2, state: 'offline', reason: 'stopped' }));
      assert.equal(await scans(), '3 stopped,4 ended');
      await commit(status({ boot: 2 }), alert(1, { boot: 2, record: { episode: 5 } }));
      await commit(status({ boot: 3 }));
      assert.equal(await scans(), '3 stopped,4 ended,5 restarted');
    });

    it('is ended in the batch of the farewell, and by a record that comes after it', async () => {
      await commit(alert(1), farewell());
      assert.equal(await scans(), '3 stopped');
      await commit(alert(2, { record: { stage: 'progress', probes: 40 } }), alert(3, { record: { episode: 4 } }));
      assert.equal(await scans(), '3 stopped,4 stopped');
    });

    it('has its own end where the record of it comes late', async () => {
      await commit(alert(1), farewell());
      await commit(alert(2, { record: { stage: 'end' } }));
      assert.equal(await scans(), '3 ended');
    });

    it('is ended where its sensor, which runs, has had no open episode for ten minutes', async () => {
      await commit(alert(1));
      await pass(9 * MINUTE, {});
      await sweep();
      assert.equal(await scans(), '3 open');
      await pass(2 * MINUTE, {});
      await sweep();
      assert.equal(await scans(), '3 silent');
    });

    it('stays open while its sensor has an open episode, for thirteen hours without a record of it', async () => {
      await commit(alert(1));
      await pass(HOUR);
      await sweep();
      assert.equal(await scans(), '3 open');
      await commit(alert(2, { record: { stage: 'progress' } }));
      await listen(12 * HOUR);
      await pass(MINUTE);
      await sweep();
      assert.equal(await scans(), '3 open');
    }).timeout(60_000);

    it('is ended thirteen hours after its last record, whatever its sensor does', async () => {
      await commit(alert(1), alert(2, { record: { episode: 4, kind: 'distributed-scan', source: '' } }));
      await pass(20 * MINUTE, {});
      await sweep();
      assert.equal(await scans(), '3 silent,4 open', 'a sensor does not count the latter among its episodes');
      await listen(13 * HOUR);
      await sweep();
      assert.equal(await scans(), '3 silent,4 silent');
    }).timeout(60_000);

    it('is not ended for a time in which no collector listened', async () => {
      await commit(alert(1));
      now += 14 * HOUR;
      await checkFleet(db, now, true);
      await commit(beat());
      await sweep();
      assert.equal(await scans(), '3 open');
    });

    it('is open again where a record shows that it went on', async () => {
      await commit(alert(1));
      await pass(11 * MINUTE, {});
      await sweep();
      await commit(alert(2, { record: { stage: 'progress' } }));
      assert.equal(await scans(), '3 open');
    });

    it('is told to the outputs once for each silence', async () => {
      await register(db, 'one', 'file', false);
      await commit(alert(1));
      await pass(11 * MINUTE, {});
      await sweep();
      await sweep();
      const events = (await read(db, 0, 9)).map(({ event }) =>
        event.what === 'scan' ? [event.key.split('/').slice(0, 4).join('/'), event.scan.stage, event.scan.ended] : [],
      );
      assert.deepEqual(events, [
        ['berlin/tap-1/1/3#1', 'start', undefined],
        ['berlin/tap-1/1/3#silent', 'end', 'silent'],
      ]);
    });
  });
}
