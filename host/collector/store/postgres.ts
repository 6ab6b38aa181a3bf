/** PostgreSQL through pg: a connection pool; each transaction holds one connection. */
import pg from 'pg';
import { UserError } from '../../common/errors.js';
import type { Database, Dialect, Executor, Value } from './database.js';

const dialect: Dialect = {
  name: 'postgres',
  forUpdate: ' FOR UPDATE',
  now: 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)',
};

const MAX_CONNECTIONS = 6;
/** Milliseconds. */
const CONNECT_TIMEOUT = 5_000;
const STATEMENT_TIMEOUT = 30_000;
/** Client-side timeout for when the server's own does not arrive: the server or the network is gone. */
const QUERY_TIMEOUT = STATEMENT_TIMEOUT + 5_000;

/** SQLSTATE classes after which a retry may succeed: connection, rollback, resources, intervention, system. */
const TRANSIENT_CLASSES = new Set(['08', '40', '53', '57', '58', '55']);
/** SQLSTATE classes that blame the values: data exception, integrity violation, program limit. */
const AT_FAULT_CLASSES = new Set(['22', '23', '54']);
const SOCKET_ERROR = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)/;

/**
 * Tables that grow with traffic; bytes of a row's header and pointer (PostgreSQL manual, 73.6); the indexes' factor, an
 * estimate.
 */
const GROWING = ['records', 'scans', 'health', 'source_days', 'knocks'];
const ROW_OVERHEAD = 28;
const INDEX_SHARE = 1.9;

const INT8 = 20;
const types = {
  // All 64-bit numbers are milliseconds and counts, far below 2^53.
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
};

/** @throws UserError BW_USAGE if the URL is malformed */
export function openPostgres(url: string): Database {
  try {
    new pg.Client({ connectionString: url });
  } catch {
    throw new UserError('BW_USAGE', { problem: 'The store is not a URL such as postgres://user@host/database.' });
  }
  // Do not display user, password or options.
  const location = decodeURIComponent(url.replace(/\/\/[^/]*@/, '//').replace(/\?.*/s, ''));
  return new PostgresDatabase(url, location);
}

class PostgresDatabase implements Database {
  readonly dialect = dialect;
  readonly location: string;
  readonly #pool: pg.Pool;

  constructor(url: string, location: string) {
    this.location = location;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      statement_timeout: STATEMENT_TIMEOUT,
      query_timeout: QUERY_TIMEOUT,
      keepAlive: true,
      application_name: 'blockwatch',
      types: types as unknown as pg.CustomTypesConfig,
    });
    // The next query replaces a broken idle connection; without a listener the error would end the process.
    this.#pool.on('error', () => {});
  }

  all<T>(sql: string, parameters: readonly Value[] = []): Promise<T[]> {
    return query<T>(this.#pool, sql, parameters);
  }

  transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    return this.#within('BEGIN', work);
  }

  snapshot<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    return this.#within('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', work);
  }

  async #within<T>(begin: string, work: (executor: Executor) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    // Nothing else listens between queries; the transaction's next query fails.
    const ignore = (): void => {};
    client.on('error', ignore);
    let broken: Error | undefined;
    try {
      await client.query(begin);
      const result = await work({ all: (sql, parameters = []) => query(client, sql, parameters) });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => (broken = failure));
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  }

  /** The size on disk does not shrink when rows are deleted, so count the rows and measure a sample. */
  async used(): Promise<number> {
    let sum = 0;
    for (const table of GROWING) {
      const [row] = await this.all<{ n: number; bytes: number | null }>(
        `SELECT (SELECT COUNT(*) FROM ${table}) AS n,
          (SELECT AVG(pg_column_size(t.*))::float8 FROM (SELECT * FROM ${table} LIMIT 1000) t) AS bytes`,
      );
      sum += Number(row?.n ?? 0) * ((row?.bytes ?? 0) + ROW_OVERHEAD) * INDEX_SHARE;
    }
    return Math.round(sum);
  }

  async shrink(): Promise<boolean> {
    return false;
  }

  transient(error: unknown): boolean {
    const { code, message } = (error ?? {}) as { code?: string; message?: string };
    if (code && /^[0-9A-Z]{5}$/.test(code)) return TRANSIENT_CLASSES.has(code.slice(0, 2));
    if (code) return SOCKET_ERROR.test(code);
    return /timeout|terminated|not queryable|Connection|closed/i.test(message ?? '');
  }

  atFault(error: unknown): boolean {
    return AT_FAULT_CLASSES.has(String((error as { code?: unknown } | null)?.code ?? '').slice(0, 2));
  }

  explain(error: unknown): string {
    const { code, message, errors } = error as { code?: string; message: string; errors?: { code?: string }[] };
    const first = code ?? errors?.[0]?.code;
    switch (first) {
      case 'ECONNREFUSED':
      case 'ENOENT':
        return 'nothing listens there';
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        return 'its name cannot be resolved';
      case '28P01':
      case '28000':
        return 'it refuses the user or the password';
      case '3D000':
        return 'it has no database of that name';
      case '42501':
        return 'this user may not create tables there';
      default:
        return message || String(first ?? 'the connection failed');
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

/** Names of prepared statements are limited to 63 bytes, so a number stands for the text. */
const texts = new Map<string, { name: string; text: string }>();

async function query<T>(on: pg.Pool | pg.PoolClient, sql: string, parameters: readonly Value[]): Promise<T[]> {
  let known = texts.get(sql);
  if (!known) {
    let n = 0;
    known = { name: `blockwatch-${texts.size}`, text: sql.replace(/\?/g, () => `$${++n}`) };
    texts.set(sql, known);
  }
  // Statements without parameters (such as the schema) run once and need no name.
  const prepared = parameters.length > 0 ? known : { text: known.text };
  const result = await on.query({ ...prepared, values: [...parameters] });
  return result.rows as T[];
}
