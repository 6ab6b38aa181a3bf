/** Reads suspicion reports, which are below a sensor's alert threshold, for the fleet-wide views. */
import { decode as decodeCbor } from 'cborg';
import { readAlert } from '../../../src/protocol/alert.js';
import type { TimedRecord } from '../../../src/protocol/record.js';
import { SUSPICION_REPORT } from '../rules/wire-names.js';
import type { Executor } from '../store/database.js';

export interface SuspicionReport {
  site: string;
  sensor: string;
  /** Milliseconds since 1970. */
  received: number;
  record: TimedRecord;
}

/**
 * Suspicion reports received in `[from, to)`, newest first, at most `limit`. Milliseconds since 1970.
 *
 * @param which `unsuppressed`: without what an exception suppresses
 */
export async function readSuspicionReports(
  db: Executor,
  from: number,
  to: number,
  limit: number,
  which: 'all' | 'unsuppressed' = 'all',
): Promise<SuspicionReport[]> {
  const rows = await db.all<{ site: string; sensor: string; received: number; payload: Uint8Array }>(
    `SELECT site, sensor, received, payload FROM records
     WHERE leaf = '${SUSPICION_REPORT}' AND received >= ?
     AND received < ?${which === 'unsuppressed' ? ' AND allowed IS NULL' : ''} ORDER BY received DESC LIMIT ?`,
    [from, to, limit],
  );
  return rows.map(({ payload, ...rest }) => ({
    ...rest,
    record: readAlert(decodeCbor(payload, { useMaps: true })).record,
  }));
}
