/**
 * Writes a backup: a consistent snapshot of all tables in a format that both kinds of store can restore. Gzipped JSON
 * lines: a header; for each table its name and columns, then one line per row; last the number of rows and the SHA-256
 * of everything before.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, createWriteStream, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { UserError } from '../../common/errors.js';
import type { Database, Executor, Row, Value } from '../store/database.js';
import type { Table } from './tables.js';
import { listTables, schemaVersion } from './tables.js';

export const FORMAT = 1;
/** Rows per page. */
const PAGE_SIZE = 1000;

export interface Written {
  tables: number;
  rows: number;
  /** File size in bytes. */
  bytes: number;
}

/**
 * @param progress called with the rows written and their total
 * @throws UserError BW_BACKUP if there is nothing to back up; BW_OUTPUT if the file exists or cannot be written
 */
export async function writeBackup(
  db: Database,
  path: string,
  now: number,
  progress: (done: number, total: number) => void = () => {},
): Promise<Written> {
  if (existsSync(path)) throw new UserError('BW_OUTPUT', { path, reason: 'it exists already; choose a new file' });
  const part = `${path}.part`;
  try {
    // It contains account hashes: readable by the owner alone.
    const file = createWriteStream(part, { mode: 0o600 });
    const gzip = createGzip({ level: 6 });
    const failed = finished(gzip.pipe(file));
    failed.catch(() => {});
    const written = await db.snapshot((tx) =>
      writeTables(tx, db, now, progress, async (text) => {
        if (!gzip.write(text)) await Promise.race([once(gzip, 'drain'), failed]);
      }),
    );
    gzip.end();
    await failed;
    syncFile(part);
    renameSync(part, path);
    return { ...written, bytes: file.bytesWritten };
  } catch (error) {
    rmSync(part, { force: true });
    if (error instanceof UserError || !(error as NodeJS.ErrnoException).syscall) throw error;
    throw new UserError('BW_OUTPUT', { path, reason: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
}

async function writeTables(
  tx: Executor,
  db: Database,
  now: number,
  progress: (done: number, total: number) => void,
  put: (text: string) => Promise<void>,
): Promise<Omit<Written, 'bytes'>> {
  const hash = createHash('sha256');
  const line = async (values: readonly unknown[]): Promise<void> => {
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
    hash.update(text);
    await put(text);
  };
  const version = await schemaVersion(tx, db.dialect);
  if (version === 0) throw new UserError('BW_BACKUP', { place: db.location, reason: 'there is no Blockwatch store' });
  const tables = await listTables(tx, db.dialect);
  const counts = new Map<string, number>();
  for (const { name } of tables)
    counts.set(name, Number((await tx.all<{ n: number }>(`SELECT COUNT(*) AS n FROM ${name}`))[0]?.n));
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  await line([
    {
      blockwatch: 'backup',
      format: FORMAT,
      schema: version,
      created: new Date(now).toISOString(),
      tables: Object.fromEntries(counts),
    },
  ]);
  let done = 0;
  for (const table of tables) {
    await line([{ table: table.name, columns: table.columns }]);
    for await (const rows of pages(tx, table)) {
      await line(rows.map((row) => table.columns.map((name) => packed(row[name] ?? null))));
      done += rows.length;
      progress(done, total);
    }
  }
  const digest = hash.digest('hex');
  await put(`${JSON.stringify({ end: true, rows: done, sha256: digest })}\n`);
  return { tables: tables.length, rows: done };
}

/** Pages in key order: each page starts after the last row of the one before, without sorting again. */
async function* pages(tx: Executor, { name, columns, key }: Table): AsyncGenerator<Row[]> {
  const select = `SELECT ${columns.join(', ')} FROM ${name}`;
  const order = `ORDER BY ${key.join(', ')} LIMIT ${PAGE_SIZE}`;
  if (key.length === 0) return yield await tx.all(select);
  for (let last: Value[] | undefined; ; ) {
    const rows: Row[] = await tx.all(
      last ? `${select} WHERE (${key.join(', ')}) > (${key.map(() => '?').join(', ')}) ${order}` : `${select} ${order}`,
      last ?? [],
    );
    if (rows.length > 0) yield rows;
    if (rows.length < PAGE_SIZE) return;
    const end = rows.at(-1) as Row;
    last = key.map((column) => end[column] as Value);
  }
}

const packed = (value: Value): unknown =>
  value instanceof Uint8Array ? { b64: Buffer.from(value).toString('base64') } : value;

function syncFile(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}
