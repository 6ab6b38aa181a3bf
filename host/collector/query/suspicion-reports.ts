/** Suspicions that stayed below a sensor's threshold, as the fleet-wide pictures add them up. */
import { decode as decodeCbor } from 'cborg';
import { readAlert } from '../../../src/protocol/alert.js';
import type { TimedRecord } from '../../../src/protocol/record.js';
import type { Executor } from '../store/database.js';

export interface SuspicionReport {
  site: string;
  sensor: string;
  /** Milliseconds since 1970. */
  received: number;
  record: TimedRecord;
}

/** Whispers that arrived from `from` on and before `to`, the newest first, at most `limit`. Milliseconds since 1970. `told`: without what the allow list covers. */
export async function readSuspicionReports(
  db: Executor,
  from: number,
  to: number,
  limit: number,
  which: 'all' | 'unsuppressed' = 'all',
): Promise<SuspicionReport[]> {
  const rows = await db.all<{ site: string; sensor: string; received: number; payload: Uint8Array }>(
    `SELECT site, sensor, received, payload FROM records
     WHERE leaf = 'whisper' AND received >= ? AND received < ?${which === 'unsuppressed' ? ' AND allowed IS NULL' : ''} ORDER BY received DESC LIMIT ?`,
    [from, to, limit],
  );
  return rows.map(({ payload, ...rest }) => ({
    ...rest,
    record: readAlert(decodeCbor(payload, { useMaps: true })).record,
  }));
}
