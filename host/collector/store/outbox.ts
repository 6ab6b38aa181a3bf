/**
 * The outputs' queue in the store: a log written in the transaction that stored the cause, and each output's position
 * in it. An output that is killed delivers the rest later, and may repeat a message; its key identifies the duplicate.
 *
 * Log numbers ascend in commit order even with several collectors: a writer holds a lock until it has committed, so
 * nobody reads 8 before 7 exists.
 */

import type { OutputEvent } from '../rules/event.js';
import type { Database, Dialect, Executor } from './database.js';
import { insertRows } from './database.js';

/** Events queued for an output that cannot deliver; beyond that the oldest are dropped and counted. */
export const MAX_QUEUED_EVENTS = 1_000_000;
/** Dead letters retained per output. */
const MAX_DEAD = 10_000;
/** Milliseconds after which an output that no collector configures no longer holds the log back. */
const ABANDONED_AFTER = 7 * 86_400_000;

export interface Entry {
  id: number;
  event: OutputEvent;
}

/** Whether any output exists, and whether any wants suspicion reports. */
export async function readOutputDemand(tx: Executor): Promise<{ any: boolean; suspicionReports: boolean }> {
  const [row] = await tx.all<{ n: number; whispers: number | null }>(
    'SELECT COUNT(*) AS n, MAX(whispers) AS whispers FROM outputs',
  );
  return { any: Number(row?.n ?? 0) > 0, suspicionReports: row?.whispers === 1 };
}

/** Appends to the log. Call last in the transaction: what follows would wait for other collectors' commits. */
export async function append(tx: Executor, dialect: Dialect, events: readonly OutputEvent[]): Promise<void> {
  if (events.length === 0) return;
  if (dialect.forUpdate) await tx.all("SELECT pg_advisory_xact_lock(hashtext('blockwatch outgoing'))");
  await insertRows(
    tx,
    'INSERT INTO outgoing (time, body)',
    events.map((event) => [event.time, JSON.stringify(event)]),
    '',
  );
}

/** Registers the output; it receives events from now on. */
export async function register(db: Database, name: string, kind: string, suspicionReports: boolean): Promise<void> {
  await db.transaction((tx) =>
    tx.all(
      `INSERT INTO outputs (name, kind, whispers, cursor, sent, failed, failing, lost, holder, lease, seen)
     VALUES (?, ?, ?, (SELECT COALESCE(MAX(id), 0) FROM outgoing), 0, 0, 0, 0, '', 0, ${db.dialect.now})
     ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, whispers = excluded.whispers, seen = excluded.seen`,
      [name, kind, suspicionReports ? 1 : 0],
    ),
  );
}

/**
 * Takes the output's lease for `lease` milliseconds. Returns the cursor, or undefined if another collector holds it.
 */
export async function hold(db: Database, name: string, holder: string, lease: number): Promise<number | undefined> {
  const rows = await db.transaction((tx) =>
    tx.all<{ cursor: number }>(
      `UPDATE outputs SET holder = ?, lease = ${db.dialect.now} + ?, seen = ${db.dialect.now}
     WHERE name = ? AND (holder = ? OR lease < ${db.dialect.now}) RETURNING cursor`,
      [holder, lease, name, holder],
    ),
  );
  return rows[0]?.cursor;
}

export async function release(db: Database, name: string, holder: string): Promise<void> {
  await db.transaction((tx) =>
    tx.all("UPDATE outputs SET holder = '', lease = 0 WHERE name = ? AND holder = ?", [name, holder]),
  );
}

/** The holder's id; empty if nobody holds it. */
export async function holderOf(db: Executor, name: string): Promise<string> {
  return (await db.all<{ holder: string }>('SELECT holder FROM outputs WHERE name = ?', [name]))[0]?.holder ?? '';
}

export async function read(db: Executor, after: number, max: number): Promise<Entry[]> {
  const rows = await db.all<{ id: number; body: string }>(
    'SELECT id, body FROM outgoing WHERE id > ? ORDER BY id LIMIT ?',
    [after, max],
  );
  return rows.map(({ id, body }) => ({ id, event: JSON.parse(body) as OutputEvent }));
}

/** Advances the cursor after `sent` deliveries. Returns false if another collector took over. */
export async function advance(
  db: Database,
  name: string,
  holder: string,
  cursor: number,
  sent: number,
  dead: readonly Dead[] = [],
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const rows = await tx.all(
      `UPDATE outputs SET cursor = ?, sent = sent + ?, failing = 0,
        last_sent = CASE WHEN ? > 0 THEN ${db.dialect.now} ELSE last_sent END
       WHERE name = ? AND holder = ? RETURNING name`,
      [cursor, sent, sent, name, holder],
    );
    if (rows.length === 0) return false;
    for (const one of dead) await bury(tx, name, one);
    return true;
  });
}

export async function fail(db: Database, name: string, reason: string): Promise<void> {
  await db.transaction((tx) =>
    tx.all(
      `UPDATE outputs SET failed = failed + 1, failing = failing + 1, error = ?, error_time = ${db.dialect.now}
        WHERE name = ?`,
      [reason.slice(0, 500), name],
    ),
  );
}

/** When the collected events are due; undefined if never set. */
export async function dueOf(db: Executor, name: string): Promise<number | undefined> {
  return (await db.all<{ due: number | null }>('SELECT due FROM outputs WHERE name = ?', [name]))[0]?.due ?? undefined;
}

/** Sets when collected events are due; milliseconds since 1970. */
export async function setDue(db: Database, name: string, due: number): Promise<void> {
  await db.transaction((tx) => tx.all('UPDATE outputs SET due = ? WHERE name = ?', [due, name]));
}

// --- dead letters ---

export interface Dead {
  id: number;
  event: OutputEvent;
  attempts: number;
  reason: string;
  /** Milliseconds since 1970. */
  time: number;
}

async function bury(tx: Executor, name: string, { id, event, attempts, reason, time }: Dead): Promise<void> {
  await tx.all(
    `INSERT INTO dead_letters (output, event, time, attempts, reason, body, again) VALUES (?, ?, ?, ?, ?, ?, 0)
     ON CONFLICT (output, event) DO UPDATE SET time = excluded.time, attempts = excluded.attempts,
     reason = excluded.reason, again = 0`,
    [name, id, time, attempts, reason.slice(0, 500), JSON.stringify(event)],
  );
  await tx.all(
    `DELETE FROM dead_letters WHERE output = ? AND event IN (
    SELECT event FROM dead_letters WHERE output = ? ORDER BY event DESC LIMIT 1000 OFFSET ?)`,
    [name, name, MAX_DEAD],
  );
}

/** Oldest first. `again`: only those that an operator asked to resend. */
export async function listDead(db: Executor, name: string, again: boolean, max: number): Promise<Dead[]> {
  const rows = await db.all<{ event: number; time: number; attempts: number; reason: string; body: string }>(
    `SELECT event, time, attempts, reason, body FROM dead_letters
      WHERE output = ? ${again ? 'AND again = 1' : ''} ORDER BY event LIMIT ?`,
    [name, max],
  );
  return rows.map(({ event, body, ...rest }) => ({ id: event, ...rest, event: JSON.parse(body) as OutputEvent }));
}

/** Returns how many will be resent. */
export async function retryDead(tx: Executor, name: string): Promise<number> {
  return (await tx.all('UPDATE dead_letters SET again = 1 WHERE output = ? RETURNING event', [name])).length;
}

/** Records a dead letter that was delivered after all, or failed again. */
export async function settleDead(db: Database, name: string, holder: string, one: Dead, sent: boolean): Promise<void> {
  await db.transaction(async (tx) => {
    if (!sent) return bury(tx, name, one);
    await tx.all('DELETE FROM dead_letters WHERE output = ? AND event = ?', [name, one.id]);
    await tx.all('UPDATE outputs SET sent = sent + 1 WHERE name = ? AND holder = ?', [name, holder]);
  });
}

// --- keeping it small ---

/**
 * Deletes events that every output has delivered and, beyond MAX_QUEUED_EVENTS, the oldest. Keeps the newest, so that
 * numbering continues.
 */
export async function prune(db: Database, max = MAX_QUEUED_EVENTS): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.all(`DELETE FROM outputs WHERE seen < ${db.dialect.now} - ${ABANDONED_AFTER}`);
    const [row] = await tx.all<{ done: number | null; last: number | null }>(
      'SELECT MIN(cursor) AS done, (SELECT MAX(id) FROM outgoing) AS last FROM outputs',
    );
    const last = row?.last ?? 0;
    const below = Math.min(last, Math.max(row?.done ?? last, last - max));
    await tx.all('UPDATE outputs SET lost = lost + (? - 1 - cursor), cursor = ? - 1 WHERE cursor < ? - 1', [
      below,
      below,
      below,
    ]);
    await tx.all('DELETE FROM outgoing WHERE id < ?', [below]);
  });
}

/** Removes an output and its dead letters. */
export async function forget(tx: Executor, name: string): Promise<void> {
  await tx.all('DELETE FROM dead_letters WHERE output = ?', [name]);
  await tx.all('DELETE FROM outputs WHERE name = ?', [name]);
}
