/** The database interface. SQL is written once, in the subset that SQLite and PostgreSQL share. */
export type Value = string | number | Uint8Array | null;
export type Row = Record<string, Value>;

export interface Executor {
  /** Runs one statement; `?` marks a parameter. Returns its rows; none for a statement without a result. */
  all<T = Row>(sql: string, parameters?: readonly Value[]): Promise<T[]>;
}

export interface Database extends Executor {
  /** Where the two SQL dialects differ. */
  readonly dialect: Dialect;
  /** The store's location for display; never contains a password. */
  readonly location: string;
  /** Runs transactions one at a time, all or nothing. Outside reads see nothing of it before the commit. */
  transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T>;
  /** Read-only consistent snapshot; writers do not wait. */
  snapshot<T>(work: (executor: Executor) => Promise<T>): Promise<T>;
  /** Bytes used by tables and indexes, without free space. PostgreSQL: estimated from a sample. */
  used(): Promise<number>;
  /**
   * Returns some free space to the file system, and whether there is more. PostgreSQL does that itself where possible.
   */
  shrink(): Promise<boolean>;
  /** Whether the statement may succeed later: locked, full, unreachable. */
  transient(error: unknown): boolean;
  /** Whether the statement's values are at fault, so that a retry cannot succeed. */
  atFault(error: unknown): boolean;
  /** Explains the error in words. */
  explain(error: unknown): string;
  close(): Promise<void>;
}

export type DialectName = 'sqlite' | 'postgres';

export interface Dialect {
  name: DialectName;
  /** Suffix that locks selected rows until the transaction ends. */
  forUpdate: string;
  /** Expression for the database's clock in milliseconds since 1970, on which several collectors agree. */
  now: string;
}

/** Rows per INSERT. Few sizes, so that prepared statements are reused. */
const CHUNKS = [128, 32, 8, 1];

/** Inserts many rows: `head` ends before VALUES, `tail` follows the rows. */
export async function insertRows<T = Row>(
  executor: Executor,
  head: string,
  rows: readonly (readonly Value[])[],
  tail: string,
): Promise<T[]> {
  const out: T[] = [];
  for (let at = 0; at < rows.length; ) {
    const size = CHUNKS.find((chunk) => chunk <= rows.length - at) as number;
    const chunk = rows.slice(at, at + size);
    const tuple = `(${(chunk[0] as readonly Value[]).map(() => '?').join(',')})`;
    const sql = `${head} VALUES ${new Array<string>(size).fill(tuple).join(',')} ${tail}`;
    out.push(...(await executor.all<T>(sql, chunk.flat())));
    at += size;
  }
  return out;
}
