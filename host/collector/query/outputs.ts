/** The state of the outputs. */

import type { Output } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { Database } from '../store/database.js';

interface Row {
  name: string;
  kind: Output['kind'];
  cursor: number;
  sent: number;
  failed: number;
  failing: number;
  lost: number;
  error: string | null;
  error_time: number | null;
  last_sent: number | null;
  collecting: number;
  attended: number;
  dead: number;
}

/** Waiting messages counted at most; a longer backlog shows as one more than this. */
const MAX_COUNTED = 1_000_000;

/** Ordered by name. */
export async function listOutputs(db: Database): Promise<Output[]> {
  const { now } = db.dialect;
  const rows = await db.all<Row>(
    `SELECT name, kind, cursor, sent, failed, failing, lost, error, error_time, last_sent,
       CASE WHEN due > ${now} THEN 1 ELSE 0 END AS collecting, CASE WHEN lease >= ${now} THEN 1 ELSE 0 END AS attended,
       (SELECT COUNT(*) FROM dead_letters d WHERE d.output = o.name) AS dead FROM outputs o ORDER BY name`,
  );
  return Promise.all(
    rows.map(async (row): Promise<Output> => {
      // An output that collects until a set time has no backlog before it.
      const [waiting] =
        row.collecting === 1
          ? []
          : await db.all<{ n: number; oldest: number | null }>(
              `SELECT COUNT(*) AS n, MIN(time) AS oldest FROM (SELECT time FROM outgoing WHERE id > ?
                ORDER BY id LIMIT ?) AS waiting`,
              [row.cursor, MAX_COUNTED + 1],
            );
      const time = (ms: number | null | undefined): string | null => (ms === null || ms === undefined ? null : iso(ms));
      return {
        name: row.name,
        kind: row.kind,
        state: row.attended === 0 ? 'unattended' : row.failing > 0 ? 'failing' : 'up',
        sent: Number(row.sent),
        failed: Number(row.failed),
        lag: Number(waiting?.n ?? 0),
        oldest: time(waiting?.oldest),
        lastError: row.error,
        lastErrorTime: time(row.error_time),
        lastSent: time(row.last_sent),
        deadLetters: Number(row.dead),
        lost: Number(row.lost),
      };
    }),
  );
}
