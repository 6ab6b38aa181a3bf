/** Exceptions in every store: runs against SQLite and PostgreSQL. */
import assert from 'node:assert/strict';
import type { AllowEntry, Scan } from '../../host/api/types.js';
import { readCampaigns } from '../../host/collector/fleet/campaigns.js';
import { evaluateSources } from '../../host/collector/fleet/verdicts.js';
import { readMatrix } from '../../host/collector/query/matrix.js';
import { readNow } from '../../host/collector/query/now.js';
import { listScans } from '../../host/collector/query/scans.js';
import type { Arrival } from '../../host/collector/rules/decode.js';
import { decode } from '../../host/collector/rules/decode.js';
import type { Outcome } from '../../host/collector/store/commit.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import type { Database } from '../../host/collector/store/database.js';
import type { NewException } from '../../host/collector/store/exceptions.js';
import { addException, listExceptions, removeException } from '../../host/collector/store/exceptions.js';
import { openStore } from '../../host/collector/store/open.js';
import { alert, status, T0 } from '../support/collector.js';

/** @param location returns the location of an empty store */
export function exceptionSuite(location: () => Promise<string>): void {
  let where: string;
  let db: Database;
  beforeEach(async () => {
    where = await location();
    db = await openStore(where);
  });
  afterEach(() => db.close());

  const commit = (arrivals: Arrival[], at = T0, to = db): Promise<Outcome> => commitBatch(to, arrivals.map(decode), at);
  const add = (changes: Partial<NewException> = {}): Promise<number> =>
    db.transaction((tx) =>
      addException(
        tx,
        {
          source: '203.0.113.7',
          target: '',
          site: '',
          service: null,
          until: null,
          reason: 'ours',
          by: 'ines',
          ...changes,
        },
        T0 - 1000,
      ),
    );
  const entry = async (): Promise<AllowEntry> => (await listExceptions(db))[0] as AllowEntry;
  const scans = async (): Promise<Scan[]> => (await listScans(db, { limit: 500 })).scans;

  describe('exceptions in the store', () => {
    it('are none at first, and are listed as they were added', async () => {
      assert.deepEqual(await listExceptions(db), []);
      const id = await add({ target: '10.0.0.0/8', site: 'berlin', service: 22, until: T0 + 5 });
      assert.deepEqual(await listExceptions(db), [
        {
          id: String(id),
          source: '203.0.113.7',
          target: '10.0.0.0/8',
          site: 'berlin',
          service: 22,
          until: new Date(T0 + 5).toISOString(),
          reason: 'ours',
          by: 'ines',
          created: new Date(T0 - 1000).toISOString(),
          heldBack: 0,
          heldBackSince: null,
        },
      ]);
    });

    it('store, mark and count what they suppress', async () => {
      const id = await add();
      const outcome = await commit([
        alert(1),
        alert(2, { record: { stage: 'progress' } }),
        alert(3, { record: { source: '198.51.100.1', episode: 9 } }),
      ]);
      assert.deepEqual(
        outcome.alerts.map(({ allowed }) => allowed),
        [id, id, undefined],
      );
      assert.equal(outcome.stored, 3);
      assert.deepEqual((await scans()).map(({ source, allowed }) => [source, allowed]).sort(), [
        ['198.51.100.1', undefined],
        ['203.0.113.7', String(id)],
      ]);
      const { heldBack, heldBackSince } = await entry();
      assert.deepEqual([heldBack, heldBackSince], [2, new Date(T0).toISOString()]);
    });

    it('count each alert once: twice in a batch, in a later one, after a restart, at another collector', async () => {
      await add();
      await commit([alert(1), alert(1)]);
      await commit([alert(1), alert(2)], T0 + 1000);
      const other = await openStore(where);
      await commit([alert(1), alert(2), alert(3)], T0 + 2000, other);
      await other.close();
      assert.equal((await entry()).heldBack, 3);
      assert.equal((await entry()).heldBackSince, new Date(T0).toISOString());
    });

    it('count correctly where two collectors take in the same alerts at once', async () => {
      await add();
      const other = await openStore(where);
      const retry = async (to: Database): Promise<void> => {
        for (let n = 1; n <= 12; n++) {
          for (let done = false; !done; ) {
            done = await commit([alert(n), alert(n + 100, { sensor: 'tap-2' })], T0, to).then(
              () => true,
              (error: unknown) => {
                if (!to.transient(error)) throw error;
                return false;
              },
            );
            // SQLite waits for a lock inside this process: the holder comes first.
            if (!done) await new Promise((resolve) => setImmediate(resolve));
          }
        }
      };
      await Promise.all([retry(db), retry(other)]);
      await other.close();
      assert.equal((await entry()).heldBack, 24);
    });

    it('count nothing where the transaction fails', async () => {
      await add();
      await assert.rejects(
        db.transaction(async (tx) => {
          await commitBatch(
            { ...db, dialect: db.dialect, transaction: (work) => work(tx) } as Database,
            [alert(1)].map(decode),
            T0,
          );
          throw new Error('the disk is full');
        }),
      );
      assert.deepEqual([(await entry()).heldBack, (await scans()).length], [0, 0]);
    });

    it('suppress nothing after they expire; the ongoing scan then alerts, and the exception stays listed', async () => {
      await add({ until: T0 + 100 });
      await commit([alert(1)], T0 + 99);
      assert.ok((await scans())[0]?.allowed);
      const outcome = await commit([alert(2, { record: { stage: 'progress' } })], T0 + 100);
      assert.equal(outcome.scans[0]?.allowed, undefined);
      assert.equal((await scans())[0]?.allowed, undefined);
      assert.equal((await entry()).heldBack, 1);
    });

    it('apply to an open scan from its next record, and a late older record changes nothing', async () => {
      await commit([alert(1), alert(3, { record: { stage: 'progress' } })]);
      await add();
      await commit([alert(2, { record: { stage: 'progress' } })], T0 + 1);
      assert.equal((await scans())[0]?.allowed, undefined);
      await commit([alert(4, { record: { stage: 'end' } })], T0 + 2);
      assert.ok((await scans())[0]?.allowed);
      assert.equal((await entry()).heldBack, 2);
    });

    it('end once when removed; suppressed alerts stay marked, and the row stays for reference', async () => {
      const id = await add();
      await commit([alert(1)]);
      const remove = (): Promise<boolean> => db.transaction((tx) => removeException(tx, id, T0 + 7));
      assert.deepEqual([await remove(), await remove()], [true, false]);
      assert.equal(await db.transaction((tx) => removeException(tx, 4711, T0)), false);
      await commit([alert(2, { record: { episode: 8 } })], T0 + 8);
      assert.deepEqual((await scans()).map(({ allowed }) => allowed).sort(), [String(id), undefined]);
      assert.deepEqual(await listExceptions(db), []);
      assert.deepEqual(
        (await listExceptions(db, true)).map(({ heldBack, removed }) => [heldBack, removed]),
        [[1, new Date(T0 + 7).toISOString()]],
      );
      assert.notEqual(await add(), id, 'a number never means another entry');
    });

    it('compare a target with the home blocks in the desired config, or of a birth in the same batch', async () => {
      const id = await add({ target: '10.0.0.0/8' });
      await commit([alert(1)]);
      await commit([alert(2, { sensor: 'tap-2' }), status({ sensor: 'tap-2', home: ['10.20.0.0/16'] })]);
      assert.deepEqual((await scans()).map(({ sensor, allowed }) => `${sensor} ${allowed}`).sort(), [
        'tap-1 undefined',
        `tap-2 ${id}`,
      ]);
      await db.transaction((tx) =>
        tx.all(
          `INSERT INTO enrolments (site, sensor, board, broker, settings, account, salt, enrolled, config) VALUES ('berlin', 'tap-2', '', '', '{}', '', '', 0, ?)`,
          [JSON.stringify({ version: 1, home: ['192.168.0.0/16'] })],
        ),
      );
      await commit([alert(3, { sensor: 'tap-2', record: { episode: 9 } })]);
      assert.equal((await entry()).heldBack, 1);
    });

    it('remove what they suppress from the figures, campaign severity and fleet verdict, not the matrix', async () => {
      await add({ site: 'lyon', source: '' });
      const sites = ['berlin', 'lyon', 'oslo', 'porto'];
      await commit(sites.map((site) => status({ site })));
      await commit(
        sites.flatMap((site) => [
          alert(1, {
            site,
            record: {
              severity: site === 'lyon' ? 'critical' : 'low',
              kind: site === 'lyon' ? 'foothold' : 'host-sweep',
              first: T0,
              last: T0,
            },
          }),
        ]),
      );
      await commit([
        alert(2, {
          site: 'lyon',
          messageType: 'whisper',
          record: { kind: 'whisper', stage: 'whisper', verdict: 'notice', source: '198.51.100.9', evidence: 30 },
        }),
      ]);
      const now = await readNow(db, T0);
      assert.deepEqual([now.openScans, now.allowedScans], [3, 1]);
      const [campaign] = await readCampaigns(db, T0 - 1, T0 + 1);
      assert.deepEqual(
        [campaign?.scans, campaign?.allowedScans, campaign?.severity, campaign?.foothold],
        [4, 1, 'low', false],
      );
      assert.match(campaign?.text ?? '', /Exceptions suppress 1 of 4 scans\.$/);
      assert.deepEqual(
        (await evaluateSources(db, T0 - 1, T0 + 1)).evaluations.map(({ verdict: { source, sites: at } }) => [
          source,
          at,
        ]),
        [['203.0.113.7', ['berlin', 'oslo', 'porto']]],
      );
      assert.ok((await readMatrix(db, T0 - 1, T0 + 1, 10)).rows.some((row) => row.source === '198.51.100.9'));
      assert.equal((await entry()).heldBack, 1, 'a whisper is no alert');
    });

    it('leave a completely suppressed campaign at low severity, and say so', async () => {
      await add();
      await commit([alert(1, { record: { severity: 'critical', last: T0, first: T0 } })]);
      const [campaign] = await readCampaigns(db, T0 - 1, T0 + 1);
      assert.deepEqual([campaign?.severity, campaign?.confidence], ['low', 0]);
      assert.match(campaign?.text ?? '', /Exceptions suppress all of it\.$/);
    });

    it('apply to an alert of a sensor whose text would break a query', async () => {
      await add({ reason: 'it\'s "ours"; DROP TABLE scans; --', by: 'Ünal' });
      await commit([alert(1)]);
      assert.deepEqual(
        [(await entry()).reason, (await entry()).by, (await entry()).heldBack],
        ['it\'s "ours"; DROP TABLE scans; --', 'Ünal', 1],
      );
    });
  });
}
