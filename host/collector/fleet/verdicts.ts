/** The fleet's verdict: evidence of independent sensors adds, and convicts whom no single sensor could. */
import { readSaid } from '../query/said.js';
import type { Heard } from '../query/said.js';
import type { Executor } from '../store/database.js';
import { iso } from '../store/rows.js';
import type { FleetVerdict } from '../types.js';
import { falseAlarm, thresholdFor } from './chance.js';
import { FALSE_ALARM, LEAST_SITES } from './thresholds.js';

/** Sources that at least two sensors spoke of, the surest first. Milliseconds since 1970. */
export async function readVerdicts(db: Executor, from: number, to: number, limit: number): Promise<{ verdicts: FleetVerdict[]; complete: boolean }> {
  const { sources, complete } = await readSaid(db, from, to, 'told');
  const watching = await countWatching(db, from);
  const verdicts = [...sources].filter(([, heard]) => heard.sensors.size > 1).map(([source, heard]) => judge(source, heard, watching));
  verdicts.sort((a, b) => a.falseAlarm - b.falseAlarm || b.evidence - a.evidence || (a.source < b.source ? -1 : 1));
  return { verdicts: verdicts.slice(0, limit), complete };
}

/** Sensors that could have spoken. */
export async function countWatching(db: Executor, from: number): Promise<number> {
  const [row] = await db.all<{ n: number }>('SELECT COUNT(*) AS n FROM sensors WHERE last_seen >= ?', [from]);
  return Number(row?.n ?? 0);
}

export function judge(source: string, heard: Heard, watching: number): FleetVerdict {
  const said = [...heard.sensors.values()];
  const sites = [...new Set(said.map(({ site }) => site))].sort();
  const n = Math.max(watching, said.length);
  const evidence = said.reduce((sum, one) => sum + one.evidence, 0);
  const chance = falseAlarm(n, evidence);
  return {
    source, sites, sensors: said.length, evidence, threshold: thresholdOf(n), falseAlarm: chance,
    convicted: chance <= FALSE_ALARM && sites.length >= LEAST_SITES,
    alone: said.some(({ scans }) => scans > 0),
    probes: said.reduce((sum, one) => sum + one.probes, 0), first: iso(heard.first), last: iso(heard.last),
  };
}

const thresholds = new Map<number, number>();

function thresholdOf(n: number): number {
  const known = thresholds.get(n) ?? thresholdFor(n, FALSE_ALARM);
  thresholds.set(n, known);
  return known;
}
