/** Lists a store's tables from its own catalog, so that backups include new tables without a change here. */
import type { Dialect, Executor } from '../store/database.js';

export interface Table {
  name: string;
  columns: string[];
  /** Columns of the primary key, in its order. */
  key: string[];
  /** The auto-numbered column; PostgreSQL needs its sequence advanced after a restore. */
  serial: string | undefined;
}

/** Blockwatch's tables, except the schema version's. */
export async function listTables(db: Executor, dialect: Dialect): Promise<Table[]> {
  return dialect.forUpdate ? postgresTables(db) : sqliteTables(db);
}

/** Schema version; 0 if there are no tables. */
export async function schemaVersion(db: Executor, dialect: Dialect): Promise<number> {
  const there = dialect.forUpdate
    ? await db.all(
        `SELECT 1 AS there FROM information_schema.tables WHERE table_schema = current_schema()
          AND table_name = 'blockwatch_schema'`,
      )
    : await db.all("SELECT 1 AS there FROM sqlite_master WHERE type = 'table' AND name = 'blockwatch_schema'");
  if (there.length === 0) return 0;
  return (await db.all<{ version: number }>('SELECT version FROM blockwatch_schema'))[0]?.version ?? 0;
}

async function sqliteTables(db: Executor): Promise<Table[]> {
  const names = await db.all<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
      AND name <> 'blockwatch_schema' ORDER BY name`,
  );
  const tables: Table[] = [];
  for (const { name } of names) {
    const columns = await db.all<{ name: string; pk: number }>(
      `SELECT name, pk FROM pragma_table_info('${name}') ORDER BY cid`,
    );
    const key = columns
      .filter(({ pk }) => pk > 0)
      .sort((a, b) => a.pk - b.pk)
      .map((column) => column.name);
    tables.push({ name, columns: columns.map((column) => column.name), key, serial: undefined });
  }
  return tables;
}

async function postgresTables(db: Executor): Promise<Table[]> {
  const columns = await db.all<{ name: string; col: string; standard: string | null }>(
    `SELECT c.table_name AS name, c.column_name AS col, c.column_default AS standard FROM information_schema.columns c
     JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
     AND t.table_type = 'BASE TABLE'
     WHERE c.table_schema = current_schema() AND c.table_name <> 'blockwatch_schema'
     ORDER BY c.table_name, c.ordinal_position`,
  );
  const keys = await db.all<{ name: string; col: string }>(
    `SELECT k.table_name AS name, k.column_name AS col FROM information_schema.key_column_usage k
     JOIN information_schema.table_constraints t ON t.constraint_name = k.constraint_name
     AND t.table_schema = k.table_schema AND t.constraint_type = 'PRIMARY KEY'
     WHERE k.table_schema = current_schema() ORDER BY k.table_name, k.ordinal_position`,
  );
  return [...new Set(columns.map(({ name }) => name))].map((name) => ({
    name,
    columns: columns.filter((one) => one.name === name).map(({ col }) => col),
    key: keys.filter((one) => one.name === name).map(({ col }) => col),
    serial: columns.find((one) => one.name === name && one.standard?.startsWith('nextval('))?.col,
  }));
}
