/**
 * Migrates a store's schema. The steps are the numbered files in `migrations/DIALECT`: plain SQL, append-only. Both
 * dialects have every step; a test compares the resulting tables.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrationsFolder } from '../../common/paths.js';
import type { Database, DialectName } from './database.js';

const listSteps = (dialect: DialectName): string[] =>
  readdirSync(join(migrationsFolder, dialect))
    .filter((name) => /^\d{4}-[a-z-]+\.sql$/.test(name))
    .sort();

export const SCHEMA_VERSION = listSteps('sqlite').length;

/** The statements of a file: each ends with a semicolon at the end of a line, and comments have lines of their own. */
function readStep(dialect: DialectName, name: string): string[] {
  return readFileSync(join(migrationsFolder, dialect, name), 'utf8')
    .replace(/^\s*--.*\n/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter(Boolean);
}

/**
 * Migrates the schema to the latest version, or to an older one to restore a backup. Leaves newer schemas alone.
 *
 * @returns the version before
 */
export async function migrate(database: Database, version = SCHEMA_VERSION): Promise<number> {
  const dialect = database.dialect.name;
  return database.transaction(async (tx) => {
    if (dialect === 'postgres') {
      // Two collectors starting on an empty PostgreSQL must not both create its tables.
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
