/**
 * Brings a store's tables up to date: the steps are the numbered files of `migrations/DIALECT`, plain SQL that is only ever added to.
 * Each dialect has every step; a test compares the tables that come out.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrationsFolder } from '../../common/paths.js';
import type { Database, Dialect } from './database.js';

const listSteps = (dialect: Dialect): string[] =>
  readdirSync(join(migrationsFolder, dialect))
    .filter((name) => /^\d{4}-[a-z-]+\.sql$/.test(name))
    .sort();

export const SCHEMA_VERSION = listSteps('sqlite').length;

/** The statements of a file: each ends with a semicolon at the end of a line, and a comment has lines of its own. */
function readStep(dialect: Dialect, name: string): string[] {
  return readFileSync(join(migrationsFolder, dialect, name), 'utf8')
    .replace(/^\s*--.*\n/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter(Boolean);
}

/** Brings the tables up to date, or to an older version where a backup of it is to go into them, and gives the version they had before; a version above ours is left alone. */
export async function migrate(database: Database, version = SCHEMA_VERSION): Promise<number> {
  const { dialect } = database.words;
  return database.transaction(async (tx) => {
    if (dialect === 'postgres') {
      // Two collectors that start at once on an empty PostgreSQL must not both create its tables.
      await tx.all("SELECT pg_advisory_xact_lock(hashtext('blockwatch schema'))");
    }
    await tx.all('CREATE TABLE IF NOT EXISTS blockwatch_schema (version INTEGER NOT NULL)');
    const before = (await tx.all<{ version: number }>('SELECT version FROM blockwatch_schema'))[0]?.version ?? 0;
    if (before >= version) return before;
    for (const name of listSteps(dialect).slice(before, version))
      for (const statement of readStep(dialect, name)) await tx.all(statement);
    await tx.all('DELETE FROM blockwatch_schema');
    await tx.all(`INSERT INTO blockwatch_schema VALUES (${version})`);
    return before;
  });
}
