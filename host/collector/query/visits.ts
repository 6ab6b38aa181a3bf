/** How often a source has returned: a visit ends after a day without activity at any sensor. */

import { VISIT_ENDS } from '../rules/thresholds.js';
import type { Executor } from '../store/database.js';

export interface Visits {
  visits: number;
  /** Milliseconds since 1970. */
  firstSeen: number;
}

/** Sources per query. */
const BATCH_SIZE = 500;

/**
 * Counts over detailed scans and over daily sums: scans of one day belong to one visit, so the sums give the same
 * result. Sources without a scan are missing.
 */
export async function readVisits(db: Executor, sources: readonly string[]): Promise<Map<string, Visits>> {
  const visits = new Map<string, Visits & { until: number }>();
  const names = [...new Set(sources)];
  for (let at = 0; at < names.length; at += BATCH_SIZE) {
    const part = names.slice(at, at + BATCH_SIZE);
    const rows = await db.all<{ source: string; first: number; last: number }>(
      `SELECT source, first, last FROM scans WHERE source IN (${part.map(() => '?').join(',')})
        AND verdict = 'scan' UNION ALL
       SELECT source, first, last FROM source_days WHERE source IN (${part.map(() => '?').join(',')})
       AND verdict = 'scan' ORDER BY first`,
      [...part, ...part],
    );
    for (const { source, first, last } of rows) {
      const known = visits.get(source);
      if (!known) visits.set(source, { visits: 1, firstSeen: first, until: last });
      else {
        if (first - known.until > VISIT_ENDS) known.visits++;
        known.until = Math.max(known.until, last);
      }
    }
  }
  return visits;
}
