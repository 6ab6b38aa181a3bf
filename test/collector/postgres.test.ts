import assert from 'node:assert/strict';
import { openStore } from '../../host/collector/store/open.js';
import { UserError } from '../../host/errors.js';
import { describeWith } from '../requirement.js';
import { Cluster } from './postgres.js';
import { storeSuite } from './store-suite.js';

describeWith(['postgres'], 'the PostgreSQL store', () => {
  let cluster: Cluster;
  before(async function () {
    this.timeout(60_000);
    cluster = new Cluster();
    await cluster.start();
  });
  after(() => cluster.stop());
  storeSuite(() => cluster.fresh());

  it('lets two collectors that start at once make the tables once', async () => {
    const url = await cluster.fresh();
    const both = await Promise.all([openStore(url), openStore(url)]);
    await Promise.all(both.map((db) => db.close()));
  });

  it('refuses a database that is not there', async () => {
    const url = cluster.url().replace('/postgres?', '/nowhere?');
    await assert.rejects(openStore(url), (error: unknown) => error instanceof UserError && /has no database of that name/.test(error.message));
  });
});

describe('a PostgreSQL that is not there', () => {
  it('is reported without the password', async () => {
    const open = openStore('postgres://me:secret@127.0.0.1:1/blockwatch', { patience: 0 });
    await assert.rejects(open, (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /Cannot use the store postgres:\/\/127\.0\.0\.1:1\/blockwatch: nothing listens there/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
});
