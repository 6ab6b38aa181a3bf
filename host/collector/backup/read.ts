/** Restores a backup into an empty store, completely or not at all. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../common/errors.js';
import type { Database, Executor, Value } from '../store/database.js';
import { insertRows } from '../store/database.js';
import { migrate, SCHEMA_VERSION } from '../store/schema.js';
import type { Table } from './tables.js';
import { listTables, schemaVersion } from './tables.js';
import { FORMAT } from './write.js';

/** Rows per INSERT batch. */
const BATCH_SIZE = 512;

export interface Restored {
  rows: number;
  /** When the backup was made. */
  created: string;
}

interface Heading {
  blockwatch?: unknown;
  format?: unknown;
  schema?: unknown;
  created?: unknown;
}
type Line = { table: string; columns: string[] } | { end: true; rows: number; sha256: string } | unknown[];

/**
 * @param progress called with the bytes read and the file's size
 * @throws UserError BW_RESTORE if the store is not empty, or if the file is damaged, truncated or from a newer
 *   Blockwatch. The store is then unchanged.
 */
export async function readBackup(
  db: Database,
  path: string,
  progress: (done: number, total: number) => void = () => {},
): Promise<Restored> {
  const refuse = (reason: string): UserError => new UserError('BW_RESTORE', { path, reason });
  const size = await stat(path).then(
    (file) => file.size,
    (error: NodeJS.ErrnoException) => {
      throw refuse(`it cannot be read (${error.code ?? error.message})`);
    },
  );
  const lines = readLines(path, (done) => progress(done, size));
  try {
    const first = await lines.next();
    const heading = headingOf(first.done ? '' : first.value);
    if (!heading) throw refuse('it is not a Blockwatch backup');
    if (heading.format !== FORMAT || heading.schema > SCHEMA_VERSION)
      throw refuse(
        `a newer Blockwatch created it (schema version ${heading.schema}; this one supports up to ${SCHEMA_VERSION})`,
      );
    await prepare(db, heading.schema);
    const rows = await db.transaction((tx) => load(tx, db, first.value as string, lines, refuse));
    await migrate(db);
    return { rows, created: heading.created };
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'Z_BUF_ERROR') throw refuse('it is truncated');
    if (code === 'Z_DATA_ERROR' || error instanceof SyntaxError) throw refuse('it is damaged');
    throw error;
  } finally {
    await lines.return(undefined);
  }
}

/** Creates the tables at the backup's schema version, so that later migrations transform the restored rows as usual. */
async function prepare(db: Database, version: number): Promise<void> {
  const known = await schemaVersion(db, db.dialect);
  if (known !== 0) {
    for (const { name } of await listTables(db, db.dialect)) {
      // Every new store already has rows in these tables.
      if (name === 'counts' || name === 'listening') continue;
      if ((await db.all(`SELECT 1 AS there FROM ${name} LIMIT 1`)).length > 0) {
        throw new UserError('BW_RESTORE_INTO', { place: db.location, reason: 'it is not empty' });
      }
    }
    if (known !== version)
      throw new UserError('BW_RESTORE_INTO', {
        place: db.location,
        reason: `its schema version is ${known}, the backup's is ${version}`,
      });
  }
  await migrate(db, version);
}

async function load(
  tx: Executor,
  db: Database,
  first: string,
  lines: AsyncGenerator<string>,
  refuse: (reason: string) => UserError,
): Promise<number> {
  const hash = createHash('sha256').update(`${first}\n`);
  const tables = new Map((await listTables(tx, db.dialect)).map((table) => [table.name, table]));
  let into: { table: Table; columns: string[] } | undefined;
  let waiting: Value[][] = [];
  let rows = 0;
  let whole = false;
  const flush = async (): Promise<void> => {
    if (into && waiting.length > 0)
      await insertRows(tx, `INSERT INTO ${into.table.name} (${into.columns.join(', ')})`, waiting, '');
    waiting = [];
  };
  for await (const text of lines) {
    const line = JSON.parse(text) as Line;
    if (!Array.isArray(line) && 'end' in line) {
      await flush();
      if (line.sha256 !== hash.digest('hex') || line.rows !== rows)
        throw refuse('it is damaged: its checksum does not match');
      for (const table of tables.values()) await resetSerial(tx, table);
      whole = true;
      continue;
    }
    if (whole) throw refuse('it is damaged: something follows its end');
    hash.update(`${text}\n`);
    if (Array.isArray(line)) {
      if (!into || line.length !== into.columns.length) throw refuse('it is damaged');
      waiting.push(line.map(unpacked));
      rows++;
      if (waiting.length >= BATCH_SIZE) await flush();
      continue;
    }
    await flush();
    const table = tables.get(line.table);
    if (!table || !line.columns.every((name) => table.columns.includes(name)))
      throw refuse(`it has a table "${line.table}" that this Blockwatch does not know`);
    into = { table, columns: line.columns };
    await tx.all(`DELETE FROM ${table.name}`);
  }
  // Reading to the end has also verified gzip's checksum.
  if (!whole) throw refuse('it is truncated');
  return rows;
}

/** Advances the table's sequence so that restored numbers are not assigned again. */
async function resetSerial(tx: Executor, { name, serial }: Table): Promise<void> {
  if (serial === undefined) return;
  await tx.all(
    `SELECT setval(pg_get_serial_sequence('${name}', '${serial}'),
      (SELECT COALESCE(MAX(${serial}), 0) + 1 FROM ${name}), false)`,
  );
}

function unpacked(value: unknown): Value {
  if (typeof value === 'object' && value !== null)
    return new Uint8Array(Buffer.from((value as { b64: string }).b64, 'base64'));
  return value as Value;
}

function headingOf(text: string): { format: number; schema: number; created: string } | undefined {
  let heading: Heading;
  try {
    heading = JSON.parse(text) as Heading;
  } catch {
    return undefined;
  }
  const { blockwatch, format, schema, created } = heading ?? {};
  if (blockwatch !== 'backup' || typeof format !== 'number' || !Number.isInteger(schema) || typeof created !== 'string')
    return undefined;
  return { format, schema: schema as number, created };
}

async function* readLines(path: string, read: (bytes: number) => void): AsyncGenerator<string> {
  const file = createReadStream(path);
  const gunzip = createGunzip();
  file.on('data', () => read(file.bytesRead));
  const input = file.pipe(gunzip);
  const reader = createInterface({ input, crlfDelay: Infinity });
  // readline does not report errors of its input.
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure = error;
    reader.close();
  };
  file.on('error', fail);
  gunzip.on('error', fail);
  try {
    for await (const line of reader) yield line;
    if (failure) throw failure;
  } finally {
    reader.close();
    file.destroy();
    gunzip.destroy();
  }
}
