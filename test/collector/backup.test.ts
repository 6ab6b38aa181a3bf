/** Backup and restore: between both kinds of store, while alerts arrive, and with damaged files. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readBackup } from '../../host/collector/backup/read.js';
import { listTables } from '../../host/collector/backup/tables.js';
import { writeBackup } from '../../host/collector/backup/write.js';
import { Ingest } from '../../host/collector/intake/ingest.js';
import { decode } from '../../host/collector/rules/decode.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import type { Database } from '../../host/collector/store/database.js';
import { putEnrolment, transactionWithRetry } from '../../host/collector/store/enrolments.js';
import { connectStore, openStore } from '../../host/collector/store/open.js';
import { migrate, SCHEMA_VERSION } from '../../host/collector/store/schema.js';
import { UserError } from '../../host/common/errors.js';
import { alert, health, scratch, status, T0 } from '../support/collector.js';
import type { Run } from '../support/command.js';
import { runBlockwatch } from '../support/command.js';
import { describeWith } from '../support/requirement.js';
import { databaseOfSuite } from './postgres.js';

type Place = () => Promise<string>;

async function fill(db: Database, alerts = 300): Promise<void> {
  await transactionWithRetry(db, (tx) =>
    putEnrolment(tx, db, {
      site: 'oslo',
      sensor: 'tap-9',
      board: 'wt32_eth01',
      broker: 'mqtts://b',
      settings: '{}',
      account: '$7$"\\ü\n',
      salt: '00',
      enrolled: T0,
      revoked: null,
      config: null,
      configured: null,
    }),
  );
  const messages = Array.from({ length: alerts }, (_, i) =>
    alert(i + 1 + (i > 50 ? 3 : 0), { record: { episode: i >> 1, source: `203.0.113.${i % 250}` } }),
  );
  await commitBatch(
    db,
    [
      status(),
      health(),
      ...messages,
      { topic: 'blockwatch/1/x/y/alert', payload: new Uint8Array([0, 255, 10, 13]), retained: false },
    ].map(decode),
    T0,
  );
}

/** The store's whole content as text, to compare both kinds of store. */
async function contents(db: Database): Promise<Record<string, string[]>> {
  const out: Record<string, string[]> = {};
  for (const { name, columns } of await listTables(db, db.dialect)) {
    const rows = await db.all(`SELECT ${[...columns].sort().join(', ')} FROM ${name}`);
    // Hexadecimal, because JSON.stringify treats a Buffer specially.
    out[name] = rows
      .map((row) =>
        JSON.stringify(
          Object.entries(row).map(([key, value]) => [
            key,
            value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
          ]),
        ),
      )
      .sort();
  }
  return out;
}

const rejects = (work: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(
    work,
    (error: unknown) => error instanceof UserError && message.test(error.message) && !/\n/.test(error.message),
  );

function suite(from: Place, to: Place): void {
  const files = scratch();
  after(files.remove);
  let n = 0;
  let db: Database;
  let path: string;
  beforeEach(async () => {
    db = await openStore(await from());
    path = files.path(`${++n}.gz`);
  });
  afterEach(() => db.close());
  const restored = async (work: (other: Database) => Promise<void>): Promise<void> => {
    const other = await connectStore(await to());
    await work(other).finally(() => other.close());
  };

  it('gives back every table, every row and every byte, and goes on from there', async () => {
    await fill(db);
    const written = await writeBackup(db, path, T0);
    const before = await contents(db);
    assert.equal(written.rows, Object.values(before).flat().length);
    await restored(async (other) => {
      const steps: number[] = [];
      const { rows, created } = await readBackup(other, path, (done) => steps.push(done));
      assert.deepEqual([rows, created, steps.length > 0], [written.rows, new Date(T0).toISOString(), true]);
      assert.deepEqual(await contents(other), before);
      // Numbering continues, and known messages are recognized.
      const again = await commitBatch(
        other,
        [alert(1), alert(400), { topic: 'nonsense', payload: new Uint8Array(1), retained: false }].map(decode),
        T0 + 1,
      );
      assert.deepEqual([again.stored, again.duplicates, again.rejected], [1, 1, 1]);
    });
  });

  it('has all that was acknowledged before it began, and nothing by halves, while alerts pour in', async () => {
    const ingest = new Ingest(db, { batch: 50, now: () => T0 });
    let sequence = 0;
    const acknowledged = new Set<number>();
    let pouring = true;
    const pour = (async () => {
      while (pouring) {
        await Promise.all(
          Array.from({ length: 40 }, () => {
            const own = ++sequence;
            return ingest.accept(alert(own, { record: { episode: own } })).then(() => acknowledged.add(own));
          }),
        );
      }
    })();
    while (acknowledged.size < 2_500) await new Promise((resolve) => setTimeout(resolve, 5));
    const before = [...acknowledged];
    await writeBackup(db, path, T0);
    const during = acknowledged.size - before.length;
    pouring = false;
    await pour;
    await ingest.close();
    await restored(async (other) => {
      await readBackup(other, path);
      const there = new Set(
        (await other.all<{ sequence: number }>('SELECT sequence FROM records')).map((row) => row.sequence),
      );
      assert.deepEqual(
        before.filter((one) => !there.has(one)),
        [],
      );
      const [counts] = await other.all<{ records: number; scans: number; stored: number; highest: number }>(
        `SELECT (SELECT COUNT(*) FROM records) AS records, (SELECT COUNT(*) FROM scans) AS scans, (SELECT value FROM counts WHERE name = 'stored') AS stored,
           (SELECT highest FROM boots) AS highest`,
      );
      assert.deepEqual(
        counts,
        { records: there.size, scans: there.size, stored: there.size, highest: there.size },
        'one moment for all tables',
      );
    });
    assert.ok(during >= 0);
  }).timeout(60_000);

  it('takes a backup of older tables and brings them up to date', async () => {
    await restored(async (old) => {
      await migrate(old, 2);
      await old.transaction((tx) => tx.all("INSERT INTO boots VALUES ('a', 'b', 1, 7, NULL, 0)"));
      await writeBackup(old, path, T0);
    });
    await restored(async (other) => {
      await readBackup(other, path);
      assert.equal(await migrate(other), SCHEMA_VERSION);
      assert.deepEqual(
        (await other.all<{ highest: number }>('SELECT highest FROM boots')).map(({ highest }) => highest),
        [7],
      );
    });
  });

  it('goes into an empty store only, and says so', async () => {
    await fill(db, 3);
    await writeBackup(db, path, T0);
    const before = await contents(db);
    await rejects(
      readBackup(db, path),
      /^Cannot restore into .*: it is not empty\. Choose a new store with --store\.$/,
    );
    assert.deepEqual(await contents(db), before);
    const fresh = await openStore(await to());
    await readBackup(fresh, path);
    assert.deepEqual(await contents(fresh), before, 'tables that are there and empty are no hindrance');
    await fresh.close();
  });

  it('is refused if truncated, damaged or not a backup; the store stays empty and accepts a good one', async () => {
    await fill(db);
    await writeBackup(db, path, T0);
    const good = readFileSync(path);
    const text = gunzipSync(good).toString();
    const bad: [string, Buffer, RegExp][] = [
      ...[0.1, 0.5, 0.9, 0.999].map((share): [string, Buffer, RegExp] => [
        `cut ${share}`,
        good.subarray(0, Math.floor(good.length * share)),
        /it is truncated\. The store is unchanged\.$/,
      ]),
      ['cut between lines', gzipSync(text.split('\n').slice(0, 40).join('\n')), /it is truncated/],
      [
        'a byte flipped',
        Buffer.from(good.map((byte, i) => (i === good.length >> 1 ? byte ^ 8 : byte))),
        /it is (damaged|truncated)/,
      ],
      ['a row changed', gzipSync(text.replace('203.0.113.9"', '203.0.113.8"')), /checksum does not match/],
      [
        'a row taken out',
        gzipSync(
          text
            .split('\n')
            .filter((_, i) => i !== 30)
            .join('\n'),
        ),
        /checksum does not match/,
      ],
      [
        'newer',
        gzipSync(text.replace(`"schema":${SCHEMA_VERSION}`, '"schema":99')),
        /a newer Blockwatch created it \(schema version 99/,
      ],
      ['something else', gzipSync('{"hello":1}\n'), /it is not a Blockwatch backup/],
      ['no gzip', Buffer.from('hello, world'), /it is (damaged|not a Blockwatch backup)/],
      ['empty', Buffer.alloc(0), /it is (truncated|not a Blockwatch backup)/],
    ];
    await restored(async (other) => {
      for (const [title, content, message] of bad) {
        writeFileSync(files.path('bad.gz'), content);
        await assert.rejects(
          readBackup(other, files.path('bad.gz')),
          (error: unknown) => {
            assert.ok(error instanceof UserError, `${title}: ${String(error)}`);
            assert.match(error.message, message, title);
            return true;
          },
          title,
        );
      }
      await readBackup(other, path);
      assert.deepEqual(await contents(other), await contents(db));
    });
  });

  it('does not write over a file, and leaves none behind that is not whole', async () => {
    await fill(db, 3);
    writeFileSync(path, 'mine');
    await rejects(writeBackup(db, path, T0), /it exists already; choose a new file/);
    assert.equal(readFileSync(path, 'utf8'), 'mine');
    await rejects(writeBackup(db, files.path('nowhere/b.gz'), T0), /Cannot write .*: ENOENT\./);
    await writeBackup(db, files.path(`${n}-ok.gz`), T0);
    assert.equal(statSync(files.path(`${n}-ok.gz`)).mode & 0o777, 0o600);
    assert.equal(existsSync(`${files.path(`${n}-ok.gz`)}.part`), false);
  });
}

describe('a backup of SQLite into SQLite', () => {
  const files = scratch();
  after(files.remove);
  let n = 0;
  const place: Place = async () => files.path(`${++n}/store.db`);
  suite(place, place);
});

describeWith(['postgres'], 'a backup with PostgreSQL', function () {
  this.timeout(60_000);
  const files = scratch();
  let n = 0;
  const database = databaseOfSuite();
  after(files.remove);
  const sqlite: Place = async () => files.path(`${++n}/store.db`);
  const postgres: Place = () => database().fresh();
  describe('into PostgreSQL', () => suite(postgres, postgres));
  describe('into SQLite', () => suite(postgres, sqlite));
  describe('of SQLite', () => suite(sqlite, postgres));
});

describe('blockwatch backup and restore', () => {
  const files = scratch();
  after(files.remove);
  const blockwatch = (...args: string[]): Promise<Run> => runBlockwatch(args);

  it('copy a store that another process has open', async () => {
    const db = await openStore(files.path('store.db'));
    await fill(db, 100);
    const made = await blockwatch('backup', files.path('b.gz'), '--store', files.path('store.db'));
    assert.deepEqual([made.status, made.err], [0, '']);
    assert.match(made.out, /b\.gz: \d+ rows from \d+ tables, 0\.0 MB\.\n$/);
    const back = await blockwatch('restore', files.path('b.gz'), '--store', files.path('new/store.db'));
    assert.deepEqual([back.status, back.err], [0, '']);
    const other = await openStore(files.path('new/store.db'));
    assert.deepEqual((await contents(other))['records'], (await contents(db))['records']);
    await Promise.all([db.close(), other.close()]);
    // A standard gzip file that other tools can read.
    assert.match(execFileSync('gzip', ['-dc', files.path('b.gz')], { encoding: 'utf8' }), /^\{"blockwatch":"backup"/);
  });

  const wrong: [string, string[], RegExp, number][] = [
    [
      'a store that is not there',
      ['backup', files.path('x.gz'), '--store', files.path('none.db')],
      /Cannot back up .*none\.db: there is no such file\. Name the store with --store\.\n$/,
      1,
    ],
    [
      'a backup that is not there',
      ['restore', files.path('none.gz'), '--store', files.path('y.db')],
      /Cannot restore .*none\.gz: it cannot be read \(ENOENT\)/,
      1,
    ],
    ['no store to restore into', ['restore', files.path('b.gz')], /--store/, 2],
  ];
  for (const [title, args, message, exit] of wrong) {
    it(`say of ${title} one sentence`, async () => {
      const { status: code, out, err } = await blockwatch(...args);
      assert.deepEqual([code, out, err.trim().split('\n').length], [exit, '', 1]);
      assert.match(err, message);
    });
  }

  it('restore says that a backup is truncated', async () => {
    truncateSync(files.path('b.gz'), statSync(files.path('b.gz')).size - 20);
    const { status: code, err } = await blockwatch('restore', files.path('b.gz'), '--store', files.path('z.db'));
    assert.deepEqual(
      [code, err],
      [1, `blockwatch: Cannot restore ${files.path('b.gz')}: it is truncated. The store is unchanged.\n`],
    );
  });
});
