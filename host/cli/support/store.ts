/** Commands that open the store themselves, beside a collector at work. */
import { Option } from 'commander';
import type { Database } from '../../collector/store/database.js';
import { openStore } from '../../collector/store/open.js';

export const DEFAULT_STORE = 'blockwatch-data/collector.db';

export const storeOption = (): Option =>
  new Option('--store <URL>', "the collector's store: postgres://user@host/database, or the path of a SQLite file")
    .env('BLOCKWATCH_STORE')
    .default(DEFAULT_STORE);

export async function withStore<T>(place: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await openStore(place, {
    waiting: (reason) => console.error(`blockwatch: The store does not answer yet: ${reason}. Trying again.`),
  });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
