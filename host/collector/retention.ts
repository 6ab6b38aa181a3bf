/**
 * Enforces the retention limits: removes the details of old scans and keeps their daily sums (store/rollup.ts). Works
 * in small steps with pauses, so that ingest can store messages in between.
 */
import type { BaseLogger } from 'pino';
import type { Database, Executor } from './store/database.js';
import type { Gone } from './store/rollup.js';
import { GONE_COLUMNS, rollUp } from './store/rollup.js';
import { ofScan, SCAN_RECORDS } from './store/rows.js';

export interface RetentionLimits {
  /** Milliseconds for which details are retained. */
  age?: number | undefined;
  /** Maximum size of the store in bytes. */
  size?: number | undefined;
}

export interface RetentionOptions extends RetentionLimits {
  clock: () => number;
  log: BaseLogger;
  /** Milliseconds between sweeps; Infinity if only `sweep` starts one. */
  every?: number | undefined;
}

const DAY = 86_400_000;
const SWEEP_INTERVAL = 10 * 60_000;
/** Milliseconds before the first sweep, so that start-up is not slowed down. */
const FIRST_SWEEP_DELAY = 30_000;
/** Target duration of a step in milliseconds, and the pause after it as a multiple. */
const STEP_MS = 25;
const PAUSE_FACTOR = 3;
const MIN_ROWS = 10;
const MAX_ROWS = 500;
/** Extra milliseconds that an open scan is retained while its end may still arrive. */
const OPEN_SCAN_GRACE = 30 * DAY;
/** A size limit never removes anything younger. */
const MIN_AGE = DAY;
/** Target as a fraction of the limit: a sweep to exactly the limit would start again with the next message. */
const SIZE_TARGET = 0.95;

export interface Swept {
  scans: number;
  /** Suspicion reports and first-contact failures. */
  others: number;
  /** Milliseconds, including pauses. */
  took: number;
}

export class Retention {
  readonly #db: Database;
  readonly #options: RetentionOptions;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<unknown> = Promise.resolve();
  #closing = false;
  #failed = false;
  #full = false;
  /** Maximum number of rows per step. */
  #rows = 100;

  constructor(db: Database, options: RetentionOptions) {
    this.#db = db;
    this.#options = options;
    const every = options.every ?? SWEEP_INTERVAL;
    if (every !== Infinity) this.#timer = setTimeout(() => this.#runSweep(), Math.min(FIRST_SWEEP_DELAY, every));
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  #runSweep(): void {
    this.#sweeping = this.sweep()
      .then(
        () => (this.#failed = false),
        (error: Error) => {
          // A locked or unreachable store is retried at the next sweep; a failed step was rolled back.
          if (!this.#failed)
            this.#options.log.error({ err: error }, `Cannot remove expired data: ${error.message}. Retrying.`);
          this.#failed = true;
        },
      )
      .then(() => {
        if (!this.#closing) this.#timer = setTimeout(() => this.#runSweep(), this.#options.every ?? SWEEP_INTERVAL);
      });
  }

  async sweep(): Promise<Swept> {
    const began = performance.now();
    const { age, size, clock, log } = this.#options;
    const swept = { scans: 0, others: 0, took: 0 };
    const now = clock();
    if (age !== undefined)
      while (!this.#closing && (await this.#step((rows) => removeBefore(this.#db, now - age, rows), swept)));
    if (size !== undefined && (await this.#db.used()) > size) {
      let steps = 0;
      let more = true;
      while (more && !this.#closing) {
        // PostgreSQL computes its size by counting rows, so do not ask after each step.
        if (steps++ % 10 === 0 && (await this.#db.used()) <= size * SIZE_TARGET) break;
        more = await this.#step((rows) => removeBefore(this.#db, now - MIN_AGE, rows), swept);
      }
      if (!more && !this.#full && (await this.#db.used()) > size) {
        log.warn(
          { allowed: size },
          `The last day alone takes more than the allowed ${(size / 1e6).toFixed(0)} MB. ` +
            'Raise --keep-size, or find out why there is so much data.',
        );
      }
      this.#full = !more;
    }
    while (!this.#closing && (await this.#withPause(() => this.#db.shrink())));
    return { ...swept, took: performance.now() - began };
  }

  /** Returns whether it removed anything. */
  async #step(remove: (rows: number) => Promise<Removed>, swept: Swept): Promise<boolean> {
    const began = performance.now();
    const { scans, others } = await this.#withPause(() => remove(this.#rows));
    const took = (performance.now() - began) / (1 + PAUSE_FACTOR);
    this.#rows = Math.max(MIN_ROWS, Math.min(MAX_ROWS, Math.round(this.#rows * (took > STEP_MS ? 0.5 : 1.5))));
    swept.scans += scans;
    swept.others += others;
    return scans + others > 0;
  }

  async #withPause<T>(work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await work();
    await new Promise((resolve) => setTimeout(resolve, (performance.now() - began) * PAUSE_FACTOR));
    return result;
  }
}

interface Removed {
  scans: number;
  others: number;
}

/** Removes up to `limit` scans last active before `horizon`, together with updating their sums in one transaction. */
export async function removeBefore(db: Database, horizon: number, limit: number): Promise<Removed> {
  return db.transaction(async (tx) => {
    // Serialize collectors that add to the same day.
    if (db.dialect.forUpdate) await tx.all("SELECT pg_advisory_xact_lock(hashtext('blockwatch retention'))");
    const { forUpdate } = db.dialect;
    // Two walks along one index, then the oldest of both: a single walk would pass all open scans again at each step,
    // and after years many have lost their end.
    const oldest = (open: 0 | 1, before: number): Promise<Gone[]> =>
      tx.all(`SELECT ${GONE_COLUMNS} FROM scans WHERE open = ? AND last < ? ORDER BY last LIMIT ?${forUpdate}`, [
        open,
        before,
        limit,
      ]);
    const gone = [...(await oldest(0, horizon)), ...(await oldest(1, horizon - OPEN_SCAN_GRACE))]
      .sort((a, b) => a.last - b.last)
      .slice(0, limit);
    await rollUp(tx, gone);
    // Delete row by row through the keys: a DELETE with a subquery would scan the whole table.
    for (const scan of gone) {
      await tx.all('DELETE FROM scans WHERE site = ? AND sensor = ? AND boot = ? AND episode = ?', [
        scan.site,
        scan.sensor,
        scan.boot,
        scan.episode,
      ]);
      await tx.all(`DELETE FROM records WHERE ${SCAN_RECORDS}`, ofScan(scan));
    }
    const others = gone.length > 0 ? 0 : await removeOthers(tx, forUpdate, horizon, limit);
    if (gone.length > 0) {
      await tx.all(
        `INSERT INTO retention (id, until) VALUES (1, ?) ON CONFLICT (id)
          DO UPDATE SET until = CASE WHEN excluded.until > retention.until THEN excluded.until
          ELSE retention.until END`,
        [Math.max(...gone.map(({ last }) => last))],
      );
    }
    return { scans: gone.length, others };
  });
}

/** Removes suspicion reports and first-contact failures. */
async function removeOthers(tx: Executor, forUpdate: string, horizon: number, limit: number): Promise<number> {
  const records = await tx.all<{ site: string; sensor: string; boot: number; sequence: number }>(
    `SELECT site, sensor, boot, sequence FROM records WHERE leaf <> 'alert' AND received < ? ORDER BY received
      LIMIT ?${forUpdate}`,
    [horizon, limit],
  );
  for (const { site, sensor, boot, sequence } of records) {
    await tx.all('DELETE FROM records WHERE site = ? AND sensor = ? AND boot = ? AND sequence = ?', [
      site,
      sensor,
      boot,
      sequence,
    ]);
  }
  const failures = await tx.all<{ source: string; site: string; sensor: string; heard: number }>(
    `SELECT source, site, sensor, heard FROM knocks WHERE heard < ? ORDER BY heard LIMIT ?${forUpdate}`,
    [horizon, limit],
  );
  for (const { source, site, sensor, heard } of failures) {
    await tx.all('DELETE FROM knocks WHERE source = ? AND site = ? AND sensor = ? AND heard = ?', [
      source,
      site,
      sensor,
      heard,
    ]);
  }
  return records.length + failures.length;
}
