/**
 * SQLite through libsql. One connection writes, one reads: in WAL mode the reader sees what is committed and waits for
 * nobody, so the API never shows half a transaction.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'libsql';
import { UserError } from '../../common/errors.js';
import type { Database, Executor, Value, Words } from './database.js';

const words: Words = {
  dialect: 'sqlite',
  forUpdate: '',
  now: "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
};

/** Milliseconds a statement waits for another process's lock. It blocks this process, so the waiting is done by retries. */
const BUSY_TIMEOUT = 100;
/** Pages that are given back at once: some milliseconds of work. */
const PAGES_A_STEP = 256;
/** Statements kept ready a connection. */
const MOST_STATEMENTS = 200;
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
  readonly words = words;
  readonly place: string;
  readonly #writer: SqliteConnection;
  readonly #reader: SqliteConnection;
  /** The transaction under way; the next one waits for it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.place = path;
    this.#writer = new SqliteConnection(path);
    this.#reader = new SqliteConnection(path);
  }

  async all<T>(sql: string, parameters: readonly Value[] = []): Promise<T[]> {
    return this.#reader.run<T>(sql, parameters);
  }

  transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => this.#transact(work));
    this.#turn = result.catch(() => {});
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
        // SQLite has already rolled back after some errors; then there is nothing to roll back.
      }
      throw error;
    }
  }

  async snapshot<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    const connection = new SqliteConnection(this.place);
    try {
      connection.run('BEGIN', []);
      return await work({ all: async (sql, parameters = []) => connection.run(sql, parameters) });
    } finally {
      connection.close();
    }
  }

  async used(): Promise<number> {
    const reader = this.#reader;
    return (reader.figure('page_count') - reader.figure('freelist_count')) * reader.figure('page_size');
  }

  shrink(): Promise<boolean> {
    const result = this.#turn.then(() => {
      const before = this.#free();
      if (before === 0) return false;
      this.#writer.giveBack(PAGES_A_STEP);
      const after = this.#free();
      // A file of before this was set keeps its size, and its free pages are used again.
      if (after > 0 && after < before) return true;
      // The file itself is cut when the log is written back to it.
      this.#writer.figure('wal_checkpoint(TRUNCATE)');
      return false;
    });
    this.#turn = result.catch(() => {});
    return result;
  }

  #free(): number {
    return this.#writer.figure('freelist_count');
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
    await this.#turn;
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
    // Counts for a file that is made now; one that is there keeps how it was made.
    this.#connection.pragma('auto_vacuum = INCREMENTAL');
    this.#connection.pragma('journal_mode = WAL');
    // Acknowledged means stored: NORMAL would lose the last transactions in a power cut, after the sensor forgot them.
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
      if (this.#statements.size > MOST_STATEMENTS) {
        this.#statements.delete(this.#statements.keys().next().value as string);
      }
    }
    return statement;
  }

  figure(pragma: string): number {
    return Number(Object.values(this.run<Record<string, number>>(`PRAGMA ${pragma}`, [])[0] ?? {})[0]);
  }

  giveBack(pages: number): void {
    // It is a statement of many steps that gives no rows: only exec takes them all.
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
  // SQLite's code 14 is CANTOPEN: a directory, or one that may not be entered.
  return /:\s*14"?\)?$/.test(message) ? 'the file cannot be opened' : message;
}
