import assert from 'node:assert/strict';
import { openStore } from '../../../host/collector/store/open.js';
import { append, read, register } from '../../../host/collector/store/outbox.js';
import { scratch } from '../../support/collector.js';
import { describeWith } from '../../support/requirement.js';
import { databaseOfSuite } from '../postgres.js';
import { emptied } from '../sqlite.js';
import { queueSuite } from './queue-suite.js';
import { scan } from './samples.js';

describe("the outputs' queue in SQLite", () => {
  const files = scratch();
  after(files.remove);
  queueSuite(emptied(files));
});

describeWith(['postgres'], "the outputs' queue in PostgreSQL", () => {
  const database = databaseOfSuite();
  queueSuite(() => database().emptied());

  it('has numbers in the order of commits, however many write at once', async () => {
    const url = await database().fresh();
    const stores = await Promise.all([openStore(url), openStore(url), openStore(url)]);
    const db = stores[0] as Awaited<ReturnType<typeof openStore>>;
    await register(db, 'one', 'file', false);
    let done = false;
    // A reader that only moves forward: events that appear behind its cursor are lost to it.
    const seen: string[] = [];
    const reader = (async () => {
      for (let cursor = 0, last = false; !last; ) {
        last = done;
        for (const { id, event } of await read(db, cursor, 50)) {
          seen.push(event.key);
          cursor = id;
        }
      }
    })();
    await Promise.all(
      stores.map(async (store, who) => {
        for (let i = 0; i < 60; i++) {
          await store.transaction(async (tx) => {
            await append(tx, store.dialect, [
              scan({}, { sensor: `tap-${who}`, sequence: 2 * i }),
              scan({}, { sensor: `tap-${who}`, sequence: 2 * i + 1 }),
            ]);
            await new Promise((resolve) => setTimeout(resolve, (i * 7 + who * 3) % 5));
          });
        }
      }),
    );
    done = true;
    await reader;
    assert.deepEqual([seen.length, new Set(seen).size], [360, 360]);
    await Promise.all(stores.map((store) => store.close()));
  });
});
