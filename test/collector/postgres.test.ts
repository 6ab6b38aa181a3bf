import assert from 'node:assert/strict';
import { Ingest } from '../../host/collector/intake/ingest.js';
import { readNow } from '../../host/collector/query/now.js';
import { listGaps } from '../../host/collector/query/sensors.js';
import type { Database } from '../../host/collector/store/database.js';
import { openStore } from '../../host/collector/store/open.js';
import { UserError } from '../../host/common/errors.js';
import { alert, T0, until } from '../support/collector.js';
import { describeWith } from '../support/requirement.js';
import { seededRandom } from '../support/samples.js';
import { Cluster, databaseOfSuite } from './postgres.js';
import { storeSuites } from './store-suites.js';

describeWith(['postgres'], 'the PostgreSQL store', () => {
  const database = databaseOfSuite();
  storeSuites(
    () => database().emptied(),
    () => database().fresh(),
  );

  it('lets two collectors that start at once make the tables once', async () => {
    const url = await database().fresh();
    const both = await Promise.all([openStore(url), openStore(url)]);
    await Promise.all(both.map((db) => db.close()));
  });

  it('goes away and comes back: messages wait, none is lost, none is stored twice', async () => {
    const cluster = new Cluster();
    await cluster.start();
    const db = await openStore(await cluster.fresh());
    const troubles: (string | undefined)[] = [];
    const ingest = new Ingest(db, { retry: { first: 5, max: 50 }, trouble: (problem) => troubles.push(problem) });
    await ingest.accept(alert(1));
    await cluster.halt();
    const waiting = Promise.all([1, 2, 3].map((n) => ingest.accept(alert(n))));
    await until(() => troubles.length > 0, 'the trouble');
    await cluster.run();
    await waiting;
    assert.deepEqual(
      (await db.all<{ sequence: number }>('SELECT sequence FROM records ORDER BY sequence')).map((row) => row.sequence),
      [1, 2, 3],
    );
    assert.equal(troubles.at(-1), undefined);
    await ingest.close();
    await db.close();
    await cluster.stop();
  }).timeout(60_000);

  it('serves two collectors at once: each message is stored once, whichever receives it', async () => {
    const url = await database().fresh();
    const stores = await Promise.all([openStore(url), openStore(url)]);
    const ingests = stores.map((db) => new Ingest(db, { batch: 20 }));
    const random = seededRandom(3);
    const messages = Array.from({ length: 400 }, (_, i) =>
      alert(1 + (i >> 1), { record: { episode: i % 8 }, sensor: `tap-${i % 2}` }),
    );
    const deliveries = [...messages, ...messages].sort(() => random() - 0.5);
    await Promise.all(deliveries.map((message) => (ingests[random() < 0.5 ? 0 : 1] as Ingest).accept(message)));
    const [db] = stores as [Database, Database];
    const { stored, duplicates } = (await readNow(db, T0)).messages as { stored: number; duplicates: number };
    assert.deepEqual([stored, duplicates], [400, 400]);
    assert.deepEqual(await listGaps(db, 10), []);
    await Promise.all(ingests.map((ingest) => ingest.close()));
    await Promise.all(stores.map((store) => store.close()));
  }).timeout(30_000);

  it('refuses a database that is not there', async () => {
    const url = database()
      .url()
      .replace(/\/[^/]*\?/, '/nowhere?');
    await assert.rejects(
      openStore(url),
      (error: unknown) => error instanceof UserError && /has no database of that name/.test(error.message),
    );
  });
});

describe('a PostgreSQL that is not there', () => {
  it('is reported without the password', async () => {
    const open = openStore('postgres://me:secret@127.0.0.1:1/blockwatch', { timeout: 0 });
    await assert.rejects(open, (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(
        error.message,
        /Cannot use the store postgres:\/\/127\.0\.0\.1:1\/blockwatch: nothing listens there/,
      );
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
});
