import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { decode } from '../../host/collector/rules/decode.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import { openStore } from '../../host/collector/store/open.js';
import { alert, scratch, T0 } from '../support/collector.js';
import type { Run } from '../support/command.js';
import { runBlockwatch } from '../support/command.js';

describe('blockwatch export', function () {
  this.timeout(120_000);
  const files = scratch();
  const store = files.path('store.db');
  const blockwatch = (...args: string[]): Promise<Run> =>
    runBlockwatch(['export', ...args], { env: { BLOCKWATCH_STORE: store } });
  before(async () => {
    const db = await openStore(store);
    await commitBatch(
      db,
      [alert(1), alert(2, { record: { episode: 4, source: '2001:db8::7' } }), alert(1, { site: 'lyon' })].map(decode),
      T0,
    );
    await db.close();
  });
  after(files.remove);

  it('writes to standard output, and nothing else there', async () => {
    const { status, out, err } = await blockwatch('scans', '--site', 'berlin');
    assert.deepEqual(
      [
        status,
        err,
        out
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { site: string }).site),
      ],
      [0, '', ['berlin', 'berlin']],
    );
  });

  it('an export writes a whole file or none', async () => {
    const { status, out } = await blockwatch('scans', '--format', 'stix', '--out', files.path('all.json'));
    assert.deepEqual([status, out], [0, `Exported 3 scans to ${files.path('all.json')}.\n`]);
    assert.equal((JSON.parse(readFileSync(files.path('all.json'), 'utf8')) as { type: string }).type, 'bundle');
    assert.equal(existsSync(files.path('all.json.part')), false);
    const failed = await blockwatch('scans', '--out', files.path('missing/all.json'));
    assert.equal(failed.status, 1);
    assert.match(failed.err, /^blockwatch: Cannot write .*missing\/all\.json: the folder does not exist\.\n$/);
  });

  it('refuses in one sentence what cannot be', async () => {
    const { status, err } = await blockwatch('sensors', '--format', 'eve');
    assert.deepEqual([status, err], [2, 'blockwatch: Eve is for scans and campaigns; sensors can be ndjson or csv.\n']);
    assert.match((await blockwatch('everything')).err, /Allowed choices are scans, sources, campaigns, sensors/);
  });
});
