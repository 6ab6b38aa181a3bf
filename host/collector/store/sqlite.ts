/**
 * SQLite through libsql: one connection for writing, one for reading. In WAL mode the reader sees committed data
 * without waiting, so the API never shows half a transaction.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'libsql';
import { UserError } from '../../common/errors.js';
import type { Database, Dialect, Executor, Value } from './database.js';

const dialect: Dialect = {
  name: 'sqlite',
  forUpdate: '',
  now: "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
};

/**
 * Milliseconds that a statement waits for another process's lock. The wait blocks this process, so longer waits use
 * retries.
 */
const BUSY_TIMEOUT = 100;
/** Pages released per step: a few milliseconds of work. */
const PAGES_PER_STEP = 256;
/** Prepared statements cached per connection. */
const MAX_STATEMENTS = 200;
const TRANSIENT = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|NOMEM|READONLY|CANTOPEN)/;
const AT_FAULT = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/;

type Connection = InstanceType<typeof Sqlite>;
type Statement = ReturnType<Connection['prepare']>;

/** @throws UserError BW_STORE where the file cannot be opened as a database */
export function openSqlite(path: string): Database {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return new SqliteDatabase(path);
  } catch (error) {
    throw new UserError('BW_STORE', { place: path, reason: explain(error) });
  }
}

class SqliteDatabase implements Database {
  readonly dialect = dialect;
  readonly location: string;
  readonly #writer: SqliteConnection;
  readonly #reader: SqliteConnection;
  /** The current transaction; the next one waits for it. */
  #pending: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.location = path;
    this.#writer = new SqliteConnection(path);
    this.#reader = new SqliteConnection(path);
  }

  async all<T>(sql: string, parameters: readonly Value[] = []): Promise<T[]> {
    return this.#reader.run<T>(sql, parameters);
  }

  transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    const result = this.#pending.then(() => this.#transact(work));
    this.#pending = result.catch(() => {});
    return result;
  }

  async #transact<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    const writer = this.#writer;
    writer.run('BEGIN IMMEDIATE', []);
    try {
      const result = await work({ all: async (sql, parameters = []) => writer.run(sql, parameters) });
      writer.run('COMMIT', []);
      return result;
    } catch (error) {
      try {
        writer.run('ROLLBACK', []);
      } catch {
        // After some errors SQLite has already rolled back.
      }
      throw error;
    }
  }

  async snapshot<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    const connection = new SqliteConnection(this.location);
    try {
      connection.run('BEGIN', []);
      return await work({ all: async (sql, parameters = []) => connection.run(sql, parameters) });
    } finally {
      connection.close();
    }
  }

  async used(): Promise<number> {
    const reader = this.#reader;
    return (
      (reader.pragmaNumber('page_count') - reader.pragmaNumber('freelist_count')) * reader.pragmaNumber('page_size')
    );
  }

  shrink(): Promise<boolean> {
    const result = this.#pending.then(() => {
      const before = this.#free();
      if (before === 0) return false;
      this.#writer.releasePages(PAGES_PER_STEP);
      const after = this.#free();
      // A file created before auto_vacuum was set keeps its size and reuses its free pages.
      if (after > 0 && after < before) return true;
      // The file is truncated when the log is checkpointed into it.
      this.#writer.pragmaNumber('wal_checkpoint(TRUNCATE)');
      return false;
    });
    this.#pending = result.catch(() => {});
    return result;
  }

  #free(): number {
    return this.#writer.pragmaNumber('freelist_count');
  }

  transient(error: unknown): boolean {
    return TRANSIENT.test(String((error as { code?: unknown } | null)?.code ?? ''));
  }

  atFault(error: unknown): boolean {
    return AT_FAULT.test(String((error as { code?: unknown } | null)?.code ?? ''));
  }

  explain(error: unknown): string {
    return explain(error);
  }

  async close(): Promise<void> {
    await this.#pending;
    this.#reader.close();
    this.#writer.close();
  }
}

class SqliteConnection {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();

  constructor(path: string) {
    this.#connection = new Sqlite(path);
    this.#connection.pragma(`busy_timeout = ${BUSY_TIMEOUT}`);
    // Applies to new files only; an existing file keeps its mode.
    this.#connection.pragma('auto_vacuum = INCREMENTAL');
    this.#connection.pragma('journal_mode = WAL');
    // Acknowledged means stored: with NORMAL, a power cut could lose transactions that sensors have already deleted.
    this.#connection.pragma('synchronous = FULL');
  }

  run<T>(sql: string, parameters: readonly Value[]): T[] {
    const statement = this.#prepare(sql);
    const values = parameters.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));
    if (!statement.reader) {
      statement.run(values);
      return [];
    }
    const rows = statement.all(values) as Record<string, unknown>[];
    for (const row of rows) {
      for (const name in row) if (row[name] instanceof ArrayBuffer) row[name] = new Uint8Array(row[name]);
    }
    return rows as T[];
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
      if (this.#statements.size > MAX_STATEMENTS) {
        this.#statements.delete(this.#statements.keys().next().value as string);
      }
    }
    return statement;
  }

  pragmaNumber(pragma: string): number {
    return Number(Object.values(this.run<Record<string, number>>(`PRAGMA ${pragma}`, [])[0] ?? {})[0]);
  }

  releasePages(pages: number): void {
    // The pragma takes many steps and returns no rows: only exec runs them all.
    this.#connection.exec(`PRAGMA incremental_vacuum(${pages})`);
  }

  close(): void {
    this.#connection.close();
  }
}

function explain(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  if (code === 'SQLITE_NOTADB') return 'the file is not a SQLite database';
  if (code?.startsWith('SQLITE_BUSY')) return 'another process holds its lock';
  if (code === 'EACCES' || code === 'EPERM' || code === 'SQLITE_READONLY') return 'this user may not write there';
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'a part of the path is a file, not a directory';
  // SQLite's code 14 is CANTOPEN: a directory, or one without access.
  return /:\s*14"?\)?$/.test(message) ? 'the file cannot be opened' : message;
}
