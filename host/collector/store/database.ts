/** What the collector asks of a database. SQL is written once, in the words SQLite and PostgreSQL share. */
export type Value = string | number | Uint8Array | null;
export type Row = Record<string, Value>;

export interface Executor {
  /** Runs one statement; `?` stands for a parameter. Gives its rows, none for a statement that returns nothing. */
  all<T = Row>(sql: string, parameters?: readonly Value[]): Promise<T[]>;
}

export interface Database extends Executor {
  /** What the two dialects say differently. */
  readonly words: Words;
  /** Where the store is, for people; never with a password in it. */
  readonly place: string;
  /** One at a time, all or nothing. What `all` reads outside of it does not see it before it is committed. */
  transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T>;
  /** Reads only, all of it as it was at one moment; who writes meanwhile does not wait. */
  snapshot<T>(work: (executor: Executor) => Promise<T>): Promise<T>;
  /** Bytes that tables and indexes take, without what is free for new rows. PostgreSQL: reckoned from a sample. */
  used(): Promise<number>;
  /** Gives a little of what is free back to the file system; whether there is more. PostgreSQL does that by itself where it can. */
  shrink(): Promise<boolean>;
  /** Whether the same statement may succeed later: locked, full, unreachable. */
  transient(error: unknown): boolean;
  /** Whether the values of the statement are at fault, so that it will never succeed with them. */
  atFault(error: unknown): boolean;
  /** Why it cannot be used, in words. */
  explain(error: unknown): string;
  close(): Promise<void>;
}

export type Dialect = 'sqlite' | 'postgres';

export interface Words {
  dialect: Dialect;
  /** Ends a SELECT whose rows are to be held until the transaction ends. */
  forUpdate: string;
  /** The database's own time in milliseconds since 1970, as an expression: several collectors agree on it. */
  now: string;
}

/** Rows a statement inserts at once. Few sizes, so that a statement is parsed once and found again. */
const CHUNKS = [128, 32, 8, 1];

/** `INSERT INTO ... VALUES` of many rows: `head` ends before VALUES, `tail` follows the rows. */
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
