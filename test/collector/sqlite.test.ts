import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { Retention } from '../../host/collector/retention.js';
import { decode } from '../../host/collector/rules/decode.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import { openStore } from '../../host/collector/store/open.js';
import { ofScan, SCAN_RECORDS } from '../../host/collector/store/rows.js';
import { UserError } from '../../host/common/errors.js';
import { alert, scratch, T0 } from '../support/collector.js';
import { silentLog } from '../support/log.js';
import { emptied } from './sqlite.js';
import { storeSuites } from './store-suites.js';

describe('the SQLite store', () => {
  const files = scratch();
  after(files.remove);
  let n = 0;
  storeSuites(emptied(files), async () => files.path(`${++n}/store.db`));

  const refuses = (place: string, message: RegExp): Promise<void> =>
    assert.rejects(
      openStore(place, { timeout: 0 }),
      (error: unknown) => error instanceof UserError && message.test(error.message),
    );

  it('refuses a file that is no database, and leaves it as it is', async () => {
    writeFileSync(files.path('text'), 'this is not a database\n'.repeat(200));
    await refuses(files.path('text'), /Cannot use the store .*: the file is not a SQLite database\./);
  });

  it('refuses a directory', async () => {
    mkdirSync(files.path('directory'));
    await refuses(files.path('directory'), /cannot be opened/);
  });

  it('refuses a path through a file', async () => {
    writeFileSync(files.path('plain'), '');
    await refuses(files.path('plain/store.db'), /a part of the path is a file/);
  });

  it('refuses a kind of store it does not know', () => refuses('mysql://somewhere/x', /"mysql:\/\/" is not known/));

  it('refuses a store that a newer Blockwatch created', async () => {
    const db = await openStore(files.path('newer.db'));
    await db.transaction((tx) => tx.all('UPDATE blockwatch_schema SET version = 99'));
    await db.close();
    await refuses(files.path('newer.db'), /newer Blockwatch created it \(schema version 99/);
  });

  it('says that it is locked when another process holds it, and takes it when that lets go', async () => {
    const one = await openStore(files.path('shared.db'));
    const other = await openStore(files.path('shared.db'));
    await one.transaction(async () => {
      const error = await other
        .transaction(async () => {})
        .then(
          () => undefined,
          (e: unknown) => e,
        );
      assert.ok(error && other.transient(error));
    });
    await other.transaction(async () => {});
    await Promise.all([one.close(), other.close()]);
  });

  it('finds and removes the records of one scan without walking through all that its sensor has sent', async () => {
    const db = await openStore(files.path('plan.db'));
    for (const statement of ['SELECT payload FROM records', 'DELETE FROM records']) {
      const plan = await db.all<{ detail: string }>(
        `EXPLAIN QUERY PLAN ${statement} WHERE ${SCAN_RECORDS}`,
        ofScan({ site: 'berlin', sensor: 'tap-1', boot: 1, episode: 7 }),
      );
      const steps = plan.map(({ detail }) => detail).filter((detail) => detail.includes('records'));
      assert.equal(steps.length, 2, steps.join('; '));
      for (const step of steps)
        assert.match(step, /^SEARCH records .*\(site=\? AND sensor=\? AND boot=\? AND (sequence|episode)=\?\)$/);
    }
    await db.close();
  });

  it('gives the end of the file back after much was removed, and uses what is free inside', async () => {
    const path = files.path('shrinks.db');
    const db = await openStore(path);
    const scans = Array.from({ length: 1000 }, (_, i) => alert(i + 1, { record: { episode: i, stage: 'end' } }));
    await commitBatch(db, scans.map(decode), T0);
    const size = async (): Promise<number> =>
      Number(
        (
          await db.all<{ n: number }>('SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()')
        )[0]?.n,
      );
    const before = await size();
    const swept = await new Retention(db, {
      age: 1000,
      clock: () => T0 + 100 * 86_400_000,
      log: silentLog,
      every: Infinity,
    }).sweep();
    assert.equal(swept.scans, 1000);
    assert.ok((await size()) < before / 2, `${before} -> ${await size()}`);
    assert.ok((await db.used()) <= (await size()));
    await db.close();
    assert.ok(statSync(path).size < before / 2);
  });

  it('syncs each commit to disk: acknowledged means stored', async () => {
    const db = await openStore(files.path('sync.db'));
    await db.transaction(async (tx) => {
      assert.deepEqual(Object.values((await tx.all('PRAGMA synchronous'))[0] ?? {})[0], 2);
      assert.deepEqual(Object.values((await tx.all('PRAGMA journal_mode'))[0] ?? {})[0], 'wal');
    });
    await db.close();
  });
});
