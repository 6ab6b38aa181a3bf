import assert from 'node:assert/strict';
import type { IngestOptions } from '../../host/collector/intake/ingest.js';
import { Ingest } from '../../host/collector/intake/ingest.js';
import { listRejected, readNow } from '../../host/collector/query/now.js';
import type { Database, Executor } from '../../host/collector/store/database.js';
import { openStore } from '../../host/collector/store/open.js';
import { alert, scratch, T0, until } from '../support/collector.js';

/** A store with injected faults: each transaction takes one from the list at its start or end. */
class FaultyStore implements Database {
  before: Error[] = [];
  after: Error[] = [];
  used(): Promise<number> {
    return this.inner.used();
  }

  shrink(): Promise<boolean> {
    return this.inner.shrink();
  }

  snapshot<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    return this.inner.snapshot(work);
  }

  transactions = 0;
  /** Rejects records that this predicate calls bad. */
  bad: (values: readonly unknown[]) => boolean = () => false;

  constructor(readonly inner: Database) {}

  get dialect(): Database['dialect'] {
    return this.inner.dialect;
  }

  get location(): string {
    return this.inner.location;
  }

  all<T>(sql: string, parameters: readonly (string | number | Uint8Array | null)[] = []): Promise<T[]> {
    return this.inner.all<T>(sql, parameters);
  }

  async transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    this.transactions++;
    const early = this.before.shift();
    if (early) throw early;
    const result = await this.inner.transaction((tx) =>
      work({
        all: async (sql, parameters = []) => {
          if (sql.startsWith('INSERT INTO records') && this.bad(parameters))
            throw Object.assign(new Error('no such value'), { code: 'FAULT' });
          return tx.all(sql, parameters);
        },
      }),
    );
    // The commit succeeded, but its answer was lost.
    const late = this.after.shift();
    if (late) throw late;
    return result;
  }

  transient(): boolean {
    return true;
  }

  atFault(error: unknown): boolean {
    return (error as { code?: string }).code === 'FAULT';
  }

  explain(error: unknown): string {
    return this.inner.explain(error);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

describe('the ingest', () => {
  const files = scratch();
  let n = 0;
  let store: FaultyStore;
  let ingest: Ingest;
  const troubles: (string | undefined)[] = [];
  const begin = (options: IngestOptions = {}): void => {
    ingest = new Ingest(store, {
      now: () => T0,
      retry: { first: 1, max: 4 },
      trouble: (problem) => troubles.push(problem),
      ...options,
    });
  };

  beforeEach(async () => {
    store = new FaultyStore(await openStore(files.path(`${++n}.db`)));
    troubles.length = 0;
    begin();
  });
  afterEach(async () => {
    await ingest.close();
    await store.close();
  });
  after(files.remove);

  const stored = async (): Promise<number> => (await readNow(store, T0)).messages?.stored ?? 0;

  it('lets a message be acknowledged only once it can be read from the store', async () => {
    await ingest.accept(alert(1));
    assert.equal(await stored(), 1);
  });

  it('stores what arrives together in one transaction', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, i) => ingest.accept(alert(i + 1))));
    assert.deepEqual([await stored(), store.transactions], [100, 1]);
  });

  it('splits more than a batch into several transactions', async () => {
    begin({ batch: 10 });
    await Promise.all(Array.from({ length: 35 }, (_, i) => ingest.accept(alert(i + 1))));
    assert.deepEqual([await stored(), store.transactions], [35, 4]);
  });

  it('waits while the store refuses, and reports both the failure and the recovery once', async () => {
    store.before = Array.from({ length: 5 }, () => new Error('database is locked'));
    await ingest.accept(alert(1));
    assert.equal(await stored(), 1);
    assert.equal(troubles.length, 2);
    assert.match(troubles[0] ?? '', /The store refuses: database is locked/);
    assert.equal(troubles[1], undefined);
  });

  it('stores a message once when the commit succeeded and its answer was lost', async () => {
    store.after = [new Error('connection terminated')];
    await ingest.accept(alert(1));
    assert.equal(await stored(), 1);
    assert.equal((await store.all('SELECT * FROM records')).length, 1);
  });

  it('stores once what a sender repeats because its acknowledgement was lost', async () => {
    await Promise.all([ingest.accept(alert(1)), ingest.accept(alert(2))]);
    await Promise.all([ingest.accept(alert(1)), ingest.accept(alert(2)), ingest.accept(alert(3))]);
    assert.equal((await store.all('SELECT * FROM records')).length, 3);
    assert.equal((await readNow(store, T0)).messages?.duplicates, 2);
  });

  it('acknowledges a message that cannot be decoded, because a repeat would not help', async () => {
    await ingest.accept({ topic: 'nonsense', payload: new Uint8Array(), retained: false });
    assert.equal((await listRejected(store, 5)).length, 1);
  });

  it('sets aside the one message that the store rejects, and stores the others', async () => {
    store.bad = (values) => values.includes(13);
    await Promise.all(Array.from({ length: 40 }, (_, i) => ingest.accept(alert(i + 1))));
    assert.equal(await stored(), 39);
    const [kept] = await listRejected(store, 5);
    assert.match(kept?.reason ?? '', /The store rejects it: no such value/);
    assert.equal(kept?.topic, 'blockwatch/1/berlin/tap-1/alert');
  });

  it('never acknowledges what it could not even set aside', async () => {
    store.bad = () => true;
    let acknowledged = false;
    store.before = [];
    const original = store.inner.transaction.bind(store.inner);
    store.inner.transaction = (work) =>
      original((tx) =>
        work({
          all: (sql, parameters) =>
            sql.startsWith('INSERT INTO rejected')
              ? Promise.reject(Object.assign(new Error('full'), { code: 'FAULT' }))
              : tx.all(sql, parameters),
        }),
      );
    const one = ingest.accept(alert(1)).then(
      () => (acknowledged = true),
      () => {},
    );
    await until(() => troubles.length > 0);
    assert.equal(acknowledged, false);
    await ingest.close();
    await one;
    assert.equal(acknowledged, false);
  });

  it('refuses messages beyond its queue while the store is unavailable, and loses none that it accepted', async () => {
    begin({ queue: 5, retry: { first: 1, max: 1 } });
    store.before = Array.from({ length: 3 }, () => new Error('away'));
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => ingest.accept(alert(i + 1))));
    assert.deepEqual(
      results.map((result) => result.status),
      [...new Array<string>(5).fill('fulfilled'), ...new Array<string>(3).fill('rejected')],
    );
    assert.equal(await stored(), 5);
  });

  it('stores accepted messages before it closes, and accepts no more', async () => {
    const one = ingest.accept(alert(1));
    await ingest.close();
    await one;
    await assert.rejects(ingest.accept(alert(2)), /stopping/);
    assert.equal(await stored(), 1);
  });

  it('does not hang on close while the store is unavailable: the sender keeps the message', async () => {
    begin({ retry: { first: 60_000, max: 60_000 } });
    store.before = Array.from({ length: 99 }, () => new Error('away'));
    const one = assert.rejects(ingest.accept(alert(1)), /does not answer/);
    await until(() => troubles.length > 0);
    await ingest.close();
    await one;
  });

  it('announces changes after they are stored', async () => {
    const seen: number[] = [];
    begin({ changed: () => void stored().then((count) => seen.push(count)) });
    await ingest.accept(alert(1));
    await until(() => seen.length > 0);
    assert.deepEqual(seen, [1]);
  });
});
