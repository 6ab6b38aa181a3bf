/** Opens the store that the user names and brings its schema up to date. */
import { UserError } from '../../common/errors.js';
import type { Database } from './database.js';
import { migrate, SCHEMA_VERSION } from './schema.js';

/** Milliseconds. */
const RETRY_INTERVAL = 500;

export interface StoreOptions {
  /** How long to wait for a locked or starting database; milliseconds. */
  timeout?: number;
  /** Called once if there is something to wait for. */
  waiting?: (reason: string) => void;
}

/**
 * @param location `postgres://...`, `sqlite:PATH`, or the path of a SQLite file, which is created if missing
 * @throws UserError if it cannot be used
 */
export async function openStore(location: string, options: StoreOptions = {}): Promise<Database> {
  const database = await connect(location);
  const deadline = Date.now() + (options.timeout ?? 5_000);
  for (let first = true; ; first = false) {
    try {
      const version = await migrate(database);
      if (version <= SCHEMA_VERSION) return database;
      await database.close();
      const versions = `schema version ${version}; this one supports up to ${SCHEMA_VERSION}`;
      const reason = `a newer Blockwatch created it (${versions})`;
      throw new UserError('BW_STORE', { place: database.location, reason });
    } catch (error) {
      if (error instanceof UserError) throw error;
      const reason = database.explain(error);
      if (!database.transient(error) || Date.now() >= deadline) {
        await database.close();
        throw new UserError('BW_STORE', { place: database.location, reason });
      }
      if (first) options.waiting?.(reason);
      await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL));
    }
  }
}

const isServer = (location: string): boolean => /^postgres(ql)?:\/\//.test(location);

/** Loads only the driver that is needed. */
async function connect(location: string): Promise<Database> {
  if (isServer(location)) return (await import('./postgres.js')).openPostgres(location);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(location)) {
    const kind = location.split('://')[0];
    throw new UserError('BW_USAGE', { problem: `The store "${kind}://" is not known: name postgres://... or a file.` });
  }
  return (await import('./sqlite.js')).openSqlite(location.replace(/^sqlite:/, ''));
}

/** Connects without creating or changing tables. @throws UserError if it cannot be used */
export async function connectStore(location: string): Promise<Database> {
  const database = await connect(location);
  try {
    await database.all('SELECT 1 AS ok');
    return database;
  } catch (error) {
    await database.close();
    throw new UserError('BW_STORE', { place: database.location, reason: database.explain(error) });
  }
}
