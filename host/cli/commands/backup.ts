/** `blockwatch backup` and `blockwatch restore`: the store into a file and back, while a collector runs or none does. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { Option } from 'commander';
import { readBackup } from '../../collector/backup/read.js';
import { writeBackup } from '../../collector/backup/write.js';
import type { Database } from '../../collector/store/database.js';
import { connectStore } from '../../collector/store/open.js';
import { UserError } from '../../common/errors.js';
import { count } from '../../wording/format.js';
import { showProgress } from '../support/progress.js';
import { DEFAULT_STORE } from '../support/store.js';

interface Options {
  store: string;
}

const storeOption = (): Option =>
  new Option('--store <URL>', 'postgres://user@host/database, or the path of a SQLite file').default(DEFAULT_STORE);

async function using(place: string, work: (db: Database) => Promise<void>): Promise<void> {
  const db = await connectStore(place);
  try {
    await work(db);
  } finally {
    await db.close();
  }
}

async function backup(file: string, { store }: Options): Promise<void> {
  if (!/^postgres(ql)?:/.test(store) && !existsSync(store.replace(/^sqlite:/, '')))
    throw new UserError('BW_BACKUP', { place: store, reason: 'there is no such file' });
  const progress = showProgress('Backing up');
  await using(store, async (db) => {
    const written = await writeBackup(db, file, Date.now(), progress.at).finally(progress.end);
    console.log(
      `${file}: ${count(written.rows)} rows of ${written.tables} tables, ${(written.bytes / 1e6).toFixed(1)} MB.`,
    );
  });
}

async function restore(file: string, { store }: Options): Promise<void> {
  const progress = showProgress('Restoring');
  await using(store, async (db) => {
    const { rows, created } = await readBackup(db, file, progress.at).finally(progress.end);
    console.log(`${db.location}: ${count(rows)} rows, as they were on ${created.slice(0, 16).replace('T', ' ')} UTC.`);
  });
}

export function register(program: Command): void {
  program
    .command('backup <FILE>')
    .summary('back the store up into a file, while it is used')
    .description(
      'Writes all that the store has, as it is at this moment, into a file that "restore" takes back, into either kind of store. A collector may go on ' +
        'meanwhile: what it has acknowledged is in it. The file is made anew, readable by its owner only.',
    )
    .addOption(storeOption())
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch backup blockwatch-$(date +%F).gz\n  blockwatch backup fleet.gz --store postgres://blockwatch@db.example/blockwatch',
    )
    .action(backup);
  program
    .command('restore <FILE>')
    .summary('take a backup into an empty store')
    .description(
      "Takes a backup back, into a store that is empty or not there yet, all of it or nothing. SQLite and PostgreSQL take each other's.",
    )
    .requiredOption('--store <URL>', 'postgres://user@host/database, or the path of a SQLite file')
    .addHelpText('after', '\nExample:\n  blockwatch restore fleet.gz --store new/collector.db')
    .action(restore);
}
