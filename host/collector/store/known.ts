/**
 * Stores lists of known scanners. An entry's key is its list and its block (address bytes, then prefix length). The
 * most specific block of an address is found by looking the address up with each prefix length of the list: a few index
 * look-ups, however long the list is.
 */

import type { Block } from '../../../src/protocol/address.js';
import { parseAddress } from '../../../src/protocol/address.js';
import type { Known, KnownList } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import { masked } from '../rules/blocks.js';
import type { Entry } from '../rules/known-entry.js';
import type { Database, Executor } from './database.js';
import { insertRows } from './database.js';
import { transactionWithRetry } from './enrolments.js';

interface ListRow {
  id: number;
  name: string;
  kind: Known['kind'];
  label: string;
  imported: number;
  expires: number | null;
  entries: number;
  /** `4/24,4/32,6/64`: the families and prefix lengths in the list. */
  lengths: string;
}

const LIST_COLUMNS = 'id, name, kind, label, imported, expires, entries, lengths';
/** Rows per transaction: a collector at work never waits for more. */
const BATCH_SIZE = 4_000;
/** Entries sorted before writing: neighbours share pages, so each batch touches few of them. */
const SORT_SIZE = 100_000;
/** Keys per query. */
const MAX_KEYS = 500;
/** Milliseconds that the lock is free between batches, and after which an unfinished import is removed. */
const YIELD_MS = 2;
const ABANDONED_AFTER = 86_400_000;

export interface NewList {
  name: string;
  kind: Known['kind'];
  /** Empty for the list's name. */
  label: string;
  /** When it expires; milliseconds since 1970. */
  expires: number | null;
}

/** An import in progress: the list becomes active with `finish`; until then the list it replaces stays active. */
export class KnownImport {
  #waiting: { net: Buffer; entry: Entry }[] = [];
  #added = 0;
  readonly #lengths = new Set<string>();

  private constructor(
    readonly db: Database,
    readonly list: NewList,
    readonly id: number,
    readonly now: number,
  ) {}

  static async begin(db: Database, list: NewList, now: number): Promise<KnownImport> {
    for (const { id } of await db.all<{ id: number }>('SELECT id FROM known_lists WHERE active = 0 AND imported < ?', [
      now - ABANDONED_AFTER,
    ]))
      await forget(db, id);
    const [row] = await transactionWithRetry(db, (tx) =>
      insertRows<{ id: number }>(
        tx,
        'INSERT INTO known_lists (name, kind, label, imported, expires, entries, lengths, active)',
        [[list.name, list.kind, list.label, now, list.expires, 0, '', 0]],
        'RETURNING id',
      ),
    );
    return new KnownImport(db, list, (row as { id: number }).id, now);
  }

  async add(entry: Entry): Promise<void> {
    this.#waiting.push({ net: Buffer.from(keyOf(entry.block)), entry });
    this.#lengths.add(lengthOf(entry.block));
    this.#added++;
    if (this.#waiting.length >= SORT_SIZE) await this.#write();
  }

  async #write(): Promise<void> {
    // Array.prototype.sort is stable: the first of duplicate entries wins.
    const run = this.#waiting.splice(0).sort((a, b) => a.net.compare(b.net));
    for (let at = 0; at < run.length; at += BATCH_SIZE) {
      const rows = run
        .slice(at, at + BATCH_SIZE)
        .map(({ net, entry: { label, since, until } }) => [this.id, net, label, since, until]);
      await transactionWithRetry(
        this.db,
        (tx) =>
          insertRows(tx, 'INSERT INTO known_entries (list, net, label, since, until)', rows, 'ON CONFLICT DO NOTHING'),
        60_000,
      );
      await new Promise((resolve) => setTimeout(resolve, YIELD_MS));
    }
  }

  /** Writes the remaining entries; returns the number of entries and of duplicates. */
  async settle(): Promise<{ entries: number; repeated: number }> {
    await this.#write();
    const [row] = await this.db.all<{ n: number }>('SELECT COUNT(*) AS n FROM known_entries WHERE list = ?', [this.id]);
    const entries = row?.n ?? 0;
    return { entries, repeated: this.#added - entries };
  }

  /** Activates the list in place of one with the same name. */
  async finish(): Promise<void> {
    const { entries } = await this.settle();
    const replaced = await transactionWithRetry(this.db, async (tx) => {
      const old = await tx.all<{ id: number }>(
        'UPDATE known_lists SET active = 0 WHERE name = ? AND active = 1 RETURNING id',
        [this.list.name],
      );
      await tx.all('UPDATE known_lists SET active = 1, entries = ?, lengths = ? WHERE id = ?', [
        entries,
        [...this.#lengths].sort().join(','),
        this.id,
      ]);
      return old;
    });
    for (const { id } of replaced) await forget(this.db, id);
  }

  /** Discards the import. */
  async abandon(): Promise<void> {
    this.#waiting = [];
    await forget(this.db, this.id);
  }
}

/** Removes a list. Returns whether it existed. */
export async function removeKnown(db: Database, name: string): Promise<boolean> {
  const gone = await transactionWithRetry(db, (tx) =>
    tx.all<{ id: number }>('UPDATE known_lists SET active = 0 WHERE name = ? AND active = 1 RETURNING id', [name]),
  );
  for (const { id } of gone) await forget(db, id);
  return gone.length > 0;
}

/** In batches, so that nobody waits long. */
async function forget(db: Database, id: number): Promise<void> {
  for (;;) {
    const [last] = await db.all<{ net: Uint8Array }>(
      'SELECT net FROM known_entries WHERE list = ? ORDER BY net LIMIT 1 OFFSET ?',
      [id, BATCH_SIZE],
    );
    const rest = last ? ' AND net < ?' : '';
    await transactionWithRetry(
      db,
      (tx) => tx.all(`DELETE FROM known_entries WHERE list = ?${rest}`, last ? [id, last.net] : [id]),
      60_000,
    );
    if (!last) break;
    await new Promise((resolve) => setTimeout(resolve, YIELD_MS));
  }
  await transactionWithRetry(db, (tx) => tx.all('DELETE FROM known_lists WHERE id = ?', [id]));
}

/** Ordered by name, including expired ones. */
export async function listKnown(db: Executor): Promise<KnownList[]> {
  const rows = await db.all<ListRow>(`SELECT ${LIST_COLUMNS} FROM known_lists WHERE active = 1 ORDER BY name`);
  return rows.map(({ name, kind, label, entries, imported, expires }) => ({
    name,
    kind,
    label,
    entries,
    imported: iso(imported),
    expires: expires === null ? null : iso(expires),
  }));
}

/** A list's entries in byte order, IPv4 and IPv6 mixed, page by page. Undefined if there is no such list. */
export async function readEntries(db: Executor, name: string): Promise<AsyncGenerator<Entry[]> | undefined> {
  const [list] = await db.all<ListRow>(`SELECT ${LIST_COLUMNS} FROM known_lists WHERE name = ? AND active = 1`, [name]);
  return list && pages(db, list.id);
}

async function* pages(db: Executor, list: number): AsyncGenerator<Entry[]> {
  for (let after = new Uint8Array(); ; ) {
    const rows = await db.all<EntryRow>(
      'SELECT net, label, since, until FROM known_entries WHERE list = ? AND net > ? ORDER BY net LIMIT ?',
      [list, after, BATCH_SIZE],
    );
    yield rows.map(entryOf);
    if (rows.length < BATCH_SIZE) return;
    after = new Uint8Array((rows.at(-1) as EntryRow).net);
  }
}

interface EntryRow {
  net: Uint8Array;
  label: string;
  since: number | null;
  until: number | null;
}

function entryOf({ net, label, since, until }: EntryRow): Entry {
  return { block: { bytes: net.slice(0, -1), prefix: net.at(-1) as number }, label, since, until };
}

/** Whether there are active lists of this kind. */
export async function hasKnown(db: Executor, kind: Known['kind'], now: number): Promise<boolean> {
  return (
    (
      await db.all(
        'SELECT 1 AS n FROM known_lists WHERE active = 1 AND kind = ? AND (expires IS NULL OR expires > ?) LIMIT 1',
        [kind, now],
      )
    ).length > 0
  );
}

/**
 * Looks addresses up in the lists; unlisted ones are missing in the result. The most specific block wins; between
 * equals, an indicator wins over research, and the latest import over others.
 */
export async function findKnown(db: Executor, addresses: Iterable<string>, now: number): Promise<Map<string, Known>> {
  const found = new Map<string, { known: Known; prefix: number; imported: number }>();
  const lists = await db.all<ListRow>(
    `SELECT ${LIST_COLUMNS} FROM known_lists WHERE active = 1 AND (expires IS NULL OR expires > ?) ORDER BY id`,
    [now],
  );
  if (lists.length === 0) return new Map();
  const asked = [...new Set(addresses)].flatMap((address) => {
    const bytes = parseAddress(address);
    return bytes ? [{ address, bytes }] : [];
  });
  for (const list of lists) {
    const keys = new Map<string, { net: Uint8Array; addresses: string[] }>();
    const lengths = list.lengths
      .split(',')
      .filter((text) => text)
      .map((text) => text.split('/').map(Number) as [number, number]);
    for (const { address, bytes } of asked) {
      for (const [family, prefix] of lengths) {
        if ((family === 4 ? 4 : 16) !== bytes.length) continue;
        const net = keyOf({ bytes: masked(bytes, prefix), prefix });
        const key = hex(net);
        const one = keys.get(key);
        if (one) one.addresses.push(address);
        else keys.set(key, { net, addresses: [address] });
      }
    }
    const nets = [...keys.values()].map(({ net }) => net);
    for (let at = 0; at < nets.length; at += MAX_KEYS) {
      const part = nets.slice(at, at + MAX_KEYS);
      const rows = await db.all<EntryRow>(
        `SELECT net, label, since, until FROM known_entries WHERE list = ?
          AND net IN (${part.map(() => '?').join(',')}) AND (until IS NULL OR until > ?)`,
        [list.id, ...part, now],
      );
      for (const row of rows) {
        const prefix = row.net.at(-1) as number;
        const known: Known = {
          label: row.label || list.label || list.name,
          list: list.name,
          kind: list.kind,
          since: iso(row.since ?? list.imported),
        };
        for (const address of keys.get(hex(row.net))?.addresses ?? []) {
          const before = found.get(address);
          if (!before || beats({ known, prefix, imported: list.imported }, before))
            found.set(address, { known, prefix, imported: list.imported });
        }
      }
    }
  }
  return new Map([...found].map(([address, { known }]) => [address, known]));
}

interface Hit {
  known: Known;
  prefix: number;
  imported: number;
}

function beats(one: Hit, other: Hit): boolean {
  if (one.prefix !== other.prefix) return one.prefix > other.prefix;
  if (one.known.kind !== other.known.kind) return one.known.kind === 'indicator';
  return one.imported >= other.imported;
}

/** IPv4 entries of active indicator lists: those that contain one of `sources`, and the newest ones, at most `most`. */
export async function readIndicators(
  db: Executor,
  sources: ReadonlyMap<string, number>,
  most: number,
  now: number,
): Promise<{ block: Block; seen: number; since: number }[]> {
  const lists = await db.all<ListRow>(
    `SELECT ${LIST_COLUMNS} FROM known_lists WHERE active = 1 AND kind = 'indicator'
      AND (expires IS NULL OR expires > ?)`,
    [now],
  );
  const found = new Map<string, { block: Block; seen: number; since: number }>();
  for (const { id, imported, lengths } of lists) {
    const prefixes = lengths
      .split(',')
      .filter((text) => text.startsWith('4/'))
      .map((text) => Number(text.slice(2)));
    const keys = new Map<string, { net: Uint8Array; seen: number }>();
    for (const [address, seen] of sources) {
      const bytes = parseAddress(address);
      if (bytes?.length !== 4) continue;
      for (const prefix of prefixes) {
        const net = keyOf({ bytes: masked(bytes, prefix), prefix });
        keys.set(hex(net), { net, seen: Math.max(seen, keys.get(hex(net))?.seen ?? 0) });
      }
    }
    const nets = [...keys.values()].map(({ net }) => net);
    const rows: EntryRow[] = [];
    for (let at = 0; at < nets.length; at += MAX_KEYS) {
      const part = nets.slice(at, at + MAX_KEYS);
      rows.push(
        ...(await db.all<EntryRow>(
          `SELECT net, label, since, until FROM known_entries WHERE list = ?
            AND net IN (${part.map(() => '?').join(',')})`,
          [id, ...part],
        )),
      );
    }
    rows.push(
      ...(await db.all<EntryRow>(
        `SELECT net, label, since, until FROM known_entries WHERE list = ?
          ORDER BY COALESCE(since, 0) DESC, net LIMIT ?`,
        [id, most],
      )),
    );
    for (const row of rows) {
      if (row.net.length !== 5 || (row.until !== null && row.until <= now)) continue;
      const key = hex(row.net);
      found.set(key, {
        block: entryOf(row).block,
        seen: keys.get(key)?.seen ?? 0,
        since: Math.max(row.since ?? imported, found.get(key)?.since ?? 0),
      });
    }
  }
  return [...found.values()];
}

/** Marks rows whose source is on a list. */
export async function markKnown<T extends { source: string }>(
  db: Executor,
  rows: readonly T[],
  now: number,
): Promise<(T & { known?: Known })[]> {
  const found = await findKnown(
    db,
    rows.map(({ source }) => source),
    now,
  );
  return rows.map((row) => {
    const known = found.get(row.source);
    return known ? { ...row, known } : row;
  });
}

const lengthOf = ({ bytes, prefix }: Block): string => `${bytes.length === 4 ? 4 : 6}/${prefix}`;

function keyOf({ bytes, prefix }: Block): Uint8Array {
  const net = new Uint8Array(bytes.length + 1);
  net.set(bytes);
  net[bytes.length] = prefix;
  return net;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
