/**
 * Records when a collector was listening: a sensor is not marked silent for a time in which none was. All collectors of
 * a store share one row, so that a restart does not reset the others.
 */

import { tapOf } from '../rules/tap.js';
import { LISTENING_BREAK, LISTENING_EVERY } from '../rules/thresholds.js';
import type { Database, Executor } from './database.js';

/** Milliseconds since 1970. */
export interface Listening {
  since: number;
  until: number;
  /** Milliseconds by which most of the fleet's clocks are ahead of the collector's. */
  skew: number;
  /** The oldest version that is not an incident; null if none is configured. */
  least_firmware: string | null;
}

const SELECT = 'SELECT since, until, skew, least_firmware FROM listening';

/** Undefined if no collector has ever listened. */
export async function readListening(db: Executor): Promise<Listening | undefined> {
  return (await db.all<Listening>(SELECT))[0];
}

/**
 * Records that a collector is listening. Returns the gap that ends now in milliseconds: negative if the clock was set
 * back, 0 if there was none.
 */
export async function noteListening(db: Database, now: number): Promise<number> {
  const known = await readListening(db);
  if (known && now >= known.until && now - known.until < LISTENING_EVERY) return 0;
  return db.transaction(async (tx) => {
    const [row] = await tx.all<Listening>(SELECT + db.dialect.forUpdate);
    const gap = row ? now - row.until : 0;
    if (row && Math.abs(gap) <= LISTENING_BREAK) {
      await tx.all('UPDATE listening SET until = ?', [Math.max(row.until, now)]);
      return 0;
    }
    await tx.all(
      `INSERT INTO listening (id, since, until, skew) VALUES (1, ?, ?, 0) ON CONFLICT (id)
        DO UPDATE SET since = excluded.since, until = excluded.until, skew = 0`,
      [now, now],
    );
    if (row) await forgetBefore(tx, db, now);
    return gap;
  });
}

export async function saveFleetState(
  db: Database,
  change: { skew: number; least_firmware: string | null },
): Promise<void> {
  await db.transaction((tx) =>
    tx.all('UPDATE listening SET skew = ?, least_firmware = ?', [change.skew, change.least_firmware]),
  );
}

/** Times in the future came from a wrong clock; clock differences are measured again. */
async function forgetBefore(tx: Executor, db: Database, now: number): Promise<void> {
  for (const column of ['last_seen', 'boot_since', 'status_received', 'health_received']) {
    await tx.all(`UPDATE sensors SET ${column} = ? WHERE ${column} > ?`, [now, now]);
  }
  await tx.all('UPDATE incidents SET since = ? WHERE until IS NULL AND since > ?', [now, now]);
  const rows = await tx.all<{ site: string; sensor: string; tap: string }>(
    `SELECT site, sensor, tap FROM sensors WHERE tap IS NOT NULL ORDER BY site, sensor${db.dialect.forUpdate}`,
  );
  for (const { site, sensor, tap } of rows) {
    await tx.all('UPDATE sensors SET tap = ? WHERE site = ? AND sensor = ?', [
      JSON.stringify({ ...tapOf(tap), ahead: null, odd: 0 }),
      site,
      sensor,
    ]);
  }
}
