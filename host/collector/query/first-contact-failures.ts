/**
 * Finds first-time sources whose first contact failed at several sites within a day. Suspicion reports do not cover
 * them: one failed contact means nothing to a single sensor.
 */
import { FIRST_CONTACT_WINDOW, MIN_SITES } from '../rules/thresholds.js';
import type { Executor } from '../store/database.js';

export interface FirstContactFailure {
  site: string;
  sensor: string;
  /** Milliseconds since 1970; when the collector received it. Named like the table's column. */
  heard: number;
  /** Whether it was refused; otherwise it went to an unused address. */
  refused: boolean;
}

/** The failures of one source: for each test, those of the day with the most sites, each sensor's first. */
export interface SourceFailures {
  /** At unused addresses. */
  dark: FirstContactFailure[];
  /** At unused addresses or refused, of a day with at least MIN_SITES sites of the former. */
  failed: FirstContactFailure[];
}

/**
 * Limits: sources considered, those at the most sites first; failures read, after which reading stops; sources per
 * query.
 */
const MAX_SOURCES = 2_000;
const MAX_READ = 100_000;
const BATCH_SIZE = 200;

/**
 * First-contact failures by source. Only sources that probed unused addresses at MIN_SITES sites within a day between
 * `from` and `to`. `complete` is false if there were more than MAX_READ or MAX_SOURCES.
 *
 * @param which `unsuppressed`: without what an exception suppresses
 * @param only restricts the result to this source
 */
export async function readFirstContactFailures(
  db: Executor,
  from: number,
  to: number,
  which: 'all' | 'unsuppressed' = 'all',
  only?: string,
): Promise<{ sources: Map<string, SourceFailures>; complete: boolean }> {
  const suppression = which === 'unsuppressed' ? ' AND allowed IS NULL' : '';
  const time = `${only === undefined ? '' : 'source = ? AND '}heard >= ? AND heard < ?${suppression}`;
  const asked = only === undefined ? [from, to] : [only, from, to];
  const ranked = await db.all<{ source: string }>(
    `SELECT source FROM knocks WHERE ${time} AND refused = 0 GROUP BY source
      HAVING COUNT(DISTINCT site) >= ? ORDER BY COUNT(DISTINCT site) DESC, source LIMIT ?`,
    [...asked, MIN_SITES, MAX_SOURCES + 1],
  );
  const sources = new Map<string, SourceFailures>();
  let read = 0;
  for (let at = 0; at < Math.min(ranked.length, MAX_SOURCES) && read < MAX_READ; at += BATCH_SIZE) {
    const part = ranked.slice(at, at + BATCH_SIZE).map(({ source }) => source);
    const rows = await db.all<Omit<FirstContactFailure, 'refused'> & { source: string; refused: number }>(
      `SELECT source, site, sensor, heard, refused FROM knocks WHERE source IN (${part.map(() => '?').join(',')})
        AND heard >= ? AND heard < ?${suppression} ORDER BY heard, site, sensor`,
      [...part, from, to],
    );
    read += rows.length;
    const bySource = new Map(part.map((source) => [source, [] as FirstContactFailure[]]));
    for (const { source, site, sensor, heard, refused } of rows)
      bySource.get(source)?.push({ site, sensor, heard, refused: refused !== 0 });
    for (const [source, failures] of bySource) {
      const dark = busiestDay(failures.filter(({ refused }) => !refused));
      if (sitesOf(dark) >= MIN_SITES) sources.set(source, { dark, failed: busiestDay(failures, MIN_SITES) });
    }
  }
  return { sources, complete: ranked.length <= MAX_SOURCES && read < MAX_READ };
}

const sitesOf = (failures: readonly FirstContactFailure[]): number => new Set(failures.map(({ site }) => site)).size;

/** Counts occurrences in a sliding window. */
class Tally {
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#counts.size;
  }

  add(name: string, change: 1 | -1): void {
    const count = (this.#counts.get(name) ?? 0) + change;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
  }
}

/**
 * Of failures in order of time, selects the day with the most sites: each sensor's first failure, or its first at an
 * unused address. Exported for tests.
 *
 * @param least sites with an unused address that the day must have; if no day has them, the result is empty
 */
export function busiestDay(failures: readonly FirstContactFailure[], least = 0): FirstContactFailure[] {
  const sites = new Tally();
  const dark = new Tally();
  const count = ({ site, refused }: FirstContactFailure, change: 1 | -1): void => {
    sites.add(site, change);
    if (!refused) dark.add(site, change);
  };
  let best: readonly [number, number] = [0, 0];
  let most = 0;
  for (let from = 0, to = 0; to < failures.length; to++) {
    const newest = failures[to] as FirstContactFailure;
    count(newest, 1);
    for (; newest.heard - (failures[from] as FirstContactFailure).heard >= FIRST_CONTACT_WINDOW; from++)
      count(failures[from] as FirstContactFailure, -1);
    if (dark.size < least) continue;
    // Extend to the end of the day: later failures at the same sites may carry more information.
    if (sites.size > most || (sites.size === most && from === best[0])) {
      most = sites.size;
      best = [from, to + 1];
    }
  }
  const first = new Map<string, FirstContactFailure>();
  for (const failure of failures.slice(...best)) {
    const name = `${failure.site}/${failure.sensor}`;
    const known = first.get(name);
    if (!known || (known.refused && !failure.refused)) first.set(name, failure);
  }
  return [...first.values()];
}
