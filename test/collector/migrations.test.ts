import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCHEMA_VERSION } from '../../host/collector/store/schema.js';
import { migrationsFolder } from '../../host/common/paths.js';

const dialects = ['sqlite', 'postgres'] as const;
type Name = (typeof dialects)[number];

const filesOf = (dialect: Name): string[] => readdirSync(join(migrationsFolder, dialect)).sort();

/** The statements of a step, without comments and layout, its types in SQLite's words. */
function statements(dialect: Name, file: string): string {
  return readFileSync(join(migrationsFolder, dialect, file), 'utf8')
    .replace(/^--.*\n/gm, '')
    .replace(/ COLLATE "C"/g, '')
    .replace(/\bBYTEA\b/g, 'BLOB')
    .replace(/\bBIGSERIAL\b/g, 'INTEGER')
    .replace(/ WITHOUT ROWID/g, '')
    .replace(/\s+/g, ' ');
}

describe('the steps of the store', () => {
  it('are numbered from 1 without a hole, in both dialects alike', () => {
    const [sqlite, postgres] = dialects.map(filesOf);
    assert.deepEqual(sqlite, postgres);
    assert.deepEqual(
      sqlite?.map((name) => Number(name.slice(0, 4))),
      Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1),
    );
  });

  it('differ between the dialects in the names of types only', () => {
    for (const file of filesOf('sqlite')) assert.equal(statements('postgres', file), statements('sqlite', file), file);
  });

  it('of version 12 and before are not changed any more: stores have been made by them', () => {
    const hash = createHash('sha256');
    for (const file of filesOf('sqlite').slice(0, 12)) hash.update(`${statements('sqlite', file)}\n`);
    assert.equal(hash.digest('hex').slice(0, 16), 'acc01924c9fc9994');
  });

  it('give every text of PostgreSQL the order of its bytes, which is SQLite’s', () => {
    for (const file of filesOf('postgres')) {
      const text = readFileSync(join(migrationsFolder, 'postgres', file), 'utf8').replace(/^--.*\n/gm, '');
      assert.equal(/\bTEXT\b(?! COLLATE "C")/.exec(text)?.[0], undefined, file);
    }
  });
});
