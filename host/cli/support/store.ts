/** Access to the store for commands that use it directly, next to a running collector. */
import { Option } from 'commander';
import type { Database } from '../../collector/store/database.js';
import { openStore } from '../../collector/store/open.js';

export const DEFAULT_STORE = 'blockwatch-data/collector.db';

export const storeOption = (): Option =>
  new Option(
    '--store <URL>',
    'store of the collector: PostgreSQL URL (postgres://user@host/database) or path of a SQLite file',
  )
    .env('BLOCKWATCH_STORE')
    .default(DEFAULT_STORE);

export async function withStore<T>(place: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await openStore(place, {
    waiting: (reason) => console.error(`blockwatch: The store does not answer: ${reason}. Retrying.`),
  });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
