/** Stores exceptions. Suppressed alerts are counted in the transaction that stores them, so each counts once. */

import type { AllowEntry } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { ExceptionRule } from '../rules/exceptions.js';
import type { Executor } from './database.js';
import { insertRows } from './database.js';

interface ExceptionRow extends ExceptionRule {
  reason: string;
  added_by: string;
  created: number;
  removed: number | null;
  held_back: number;
  held_back_since: number | null;
}

const COLUMNS =
  'id, source, target, site, service, until, reason, added_by, created, removed, held_back, held_back_since';

export type NewException = Omit<ExceptionRule, 'id'> & { reason: string; by: string };

/** Returns the exception's id. */
export async function addException(tx: Executor, entry: NewException, now: number): Promise<number> {
  const { source, target, site, service, until, reason, by } = entry;
  const [row] = await insertRows<{ id: number }>(
    tx,
    'INSERT INTO allow_entries (source, target, site, service, until, reason, added_by, created, held_back)',
    [[source, target, site, service, until, reason, by, now, 0]],
    'RETURNING id',
  );
  return (row as { id: number }).id;
}

/** Returns whether it existed. Its row stays, because it explains alerts suppressed earlier. */
export async function removeException(tx: Executor, id: number, now: number): Promise<boolean> {
  return (
    (await tx.all('UPDATE allow_entries SET removed = ? WHERE id = ? AND removed IS NULL RETURNING id', [now, id]))
      .length > 0
  );
}

/** Oldest first, including expired ones; removed ones only on request. */
export async function listExceptions(db: Executor, removed = false): Promise<AllowEntry[]> {
  const rows = await db.all<ExceptionRow>(
    `SELECT ${COLUMNS} FROM allow_entries ${removed ? '' : 'WHERE removed IS NULL'} ORDER BY id`,
  );
  return rows.map((row) => ({
    id: String(row.id),
    source: row.source,
    target: row.target,
    site: row.site,
    service: row.service,
    until: row.until === null ? null : iso(row.until),
    reason: row.reason,
    by: row.added_by,
    created: iso(row.created),
    heldBack: row.held_back,
    heldBackSince: row.held_back_since === null ? null : iso(row.held_back_since),
    ...(row.removed === null ? {} : { removed: iso(row.removed) }),
  }));
}

/** Exceptions active at `now`, oldest first. */
export function readExceptionRules(db: Executor, now: number): Promise<ExceptionRule[]> {
  return db.all<ExceptionRule>(
    `SELECT id, source, target, site, service, until FROM allow_entries WHERE removed IS NULL
      AND (until IS NULL OR until > ?) ORDER BY id`,
    [now],
  );
}

/**
 * @param counts suppressed alerts by exception. Updated in the order of ids, so that two collectors cannot deadlock.
 */
export async function countSuppressed(tx: Executor, counts: ReadonlyMap<number, number>, now: number): Promise<void> {
  for (const [id, n] of [...counts].sort(([a], [b]) => a - b)) {
    await tx.all(
      'UPDATE allow_entries SET held_back = held_back + ?, held_back_since = COALESCE(held_back_since, ?) WHERE id = ?',
      [n, now, id],
    );
  }
}
