/** Strangers whose first contact failed at several sites within a day: what no whisper says, because one knock is nothing to a sensor. */
import { KNOCK_WINDOW, LEAST_SITES } from '../fleet/thresholds.js';
import type { Executor } from '../store/database.js';

export interface Knock {
  site: string;
  sensor: string;
  /** Milliseconds since 1970; when the collector heard of it. */
  heard: number;
  /** Refused; otherwise it met an address that does not exist. */
  refused: boolean;
}

/** Knocks that are looked at, and sources of which they are. */
const MOST_READ = 100_000;

/**
 * By source, of the day within `from` and `to` in which it knocked at the most sites, each sensor's first knock; only sources
 * that knocked at LEAST_SITES.
 *
 * @param only of this source alone
 * @param which `told`: without what the allow list holds back
 */
export async function readKnocks(db: Executor, from: number, to: number, which: 'all' | 'told' = 'all', only?: string): Promise<Map<string, Knock[]>> {
  const time = `heard >= ? AND heard < ?${which === 'told' ? ' AND allowed IS NULL' : ''}`;
  const one = only === undefined ? '' : 'source = ? AND ';
  const asked = only === undefined ? [from, to] : [only, from, to];
  const rows = await db.all<Omit<Knock, 'refused'> & { source: string; refused: number }>(
    `SELECT source, site, sensor, heard, refused FROM knocks WHERE ${one}${time} AND source IN (
       SELECT source FROM knocks WHERE ${one}${time} GROUP BY source HAVING COUNT(DISTINCT site) >= ?)
     ORDER BY source, heard, site, sensor LIMIT ?`,
    [...asked, ...asked, LEAST_SITES, MOST_READ],
  );
  const found = new Map<string, Knock[]>();
  for (let at = 0; at < rows.length; ) {
    let end = at;
    while (end < rows.length && rows[end]?.source === rows[at]?.source) end++;
    const best = busiestDay(rows.slice(at, end).map(({ site, sensor, heard, refused }) => ({ site, sensor, heard, refused: refused !== 0 })));
    if (sitesOf(best) >= LEAST_SITES) found.set((rows[at] as { source: string }).source, best);
    at = end;
  }
  return found;
}

const sitesOf = (knocks: readonly Knock[]): number => new Set(knocks.map(({ site }) => site)).size;

/** Of knocks in order of time, those of the day with the most sites; of each sensor the first, or the first at an address that does not exist. Exported for its tests. */
export function busiestDay(knocks: readonly Knock[]): Knock[] {
  const bySite = new Map<string, number>();
  let best: readonly [number, number] = [0, 0];
  let most = 0;
  for (let from = 0, to = 0; to < knocks.length; to++) {
    const newest = knocks[to] as Knock;
    bySite.set(newest.site, (bySite.get(newest.site) ?? 0) + 1);
    for (; newest.heard - (knocks[from] as Knock).heard >= KNOCK_WINDOW; from++) {
      const { site } = knocks[from] as Knock;
      const left = (bySite.get(site) as number) - 1;
      if (left > 0) bySite.set(site, left);
      else bySite.delete(site);
    }
    // To the day's end: what came later at the same sites may say more.
    if (bySite.size > most || (bySite.size === most && from === best[0])) {
      most = bySite.size;
      best = [from, to + 1];
    }
  }
  const first = new Map<string, Knock>();
  for (const knock of knocks.slice(...best)) {
    const name = `${knock.site}/${knock.sensor}`;
    const known = first.get(name);
    if (!known || (known.refused && !knock.refused)) first.set(name, knock);
  }
  return [...first.values()];
}
