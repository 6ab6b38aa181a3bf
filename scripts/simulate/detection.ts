/** How surely and how soon scanners are found: by rate, order, density of the targets, what these do, good contacts mixed in, and place. */
import { formatTable } from '../evaluate/table.js';
import { type LiveHosts, type ScanPlan, scan, type Way } from './scanners.js';
import { quantile, wilson } from './statistics.js';
import { DAY, HOUR, MINUTE, SECOND } from './world.js';

const gaps: ReadonlyArray<readonly [string, number]> = [
  ['100/s', 10],
  ['10/s', 100],
  ['1/s', SECOND],
  ['1/min', MINUTE],
  ['1 per 15 min', 15 * MINUTE],
  ['1 per 30 min', 30 * MINUTE],
];

export interface DetectionCell {
  plan: ScanPlan;
  rate: string;
  runs: number;
  found: number;
  /** Of those found. */
  probes: number[];
  times: number[];
  bystanders: number;
}

/** The rows of the table; each is measured at every rate. */
function detectionRows(quick: boolean): Omit<ScanPlan, 'gap'>[] {
  const rows: Omit<ScanPlan, 'gap'>[] = [];
  const add = (
    way: Way,
    alive: number,
    liveHosts: LiveHosts = 'open',
    order: ScanPlan['order'] = 'random',
    good = 0,
  ): unknown => rows.push({ way, order, alive, liveHosts, good });
  const densities = quick ? [0.03, 0.75] : [0, 0.03, 0.2, 0.5, 0.75, 0.9];
  for (const way of ['outside TCP', 'inside TCP', 'inside ICMP', 'inside ARP'] as const) {
    for (const density of densities) add(way, density);
    if (quick) continue;
    add(way, 0.2, 'open', 'sequential');
    if (way.endsWith('TCP')) {
      for (const liveHosts of ['closed', 'filtered'] as const)
        for (const density of [0.2, 0.75, 0.9]) add(way, density, liveHosts);
    }
    for (const good of [1, 3]) {
      add(way, 0.03, 'open', 'random', good);
      add(way, 0.5, 'open', 'random', good);
    }
  }
  return rows;
}

/** Slow scans are simulated for days: a third of `runs` of them. `ways` names the rows wanted, all where it is empty. */
export async function measureDetection(
  runs: number,
  seed: number,
  quick: boolean,
  ways: readonly string[] = [],
): Promise<DetectionCell[]> {
  const cells: DetectionCell[] = [];
  for (const row of detectionRows(quick)) {
    if (ways.length > 0 && !ways.includes(row.way)) continue;
    for (const [rate, gap] of gaps) {
      const cell: DetectionCell = {
        plan: { ...row, gap },
        rate,
        runs: gap < 15 * MINUTE ? runs : Math.ceil(runs / 3),
        found: 0,
        probes: [],
        times: [],
        bystanders: 0,
      };
      for (let i = 0; i < cell.runs; i++) {
        const result = await scan(cell.plan, seed * 7919 + i);
        cell.bystanders += result.bystanders;
        if (!result.found) continue;
        cell.found++;
        cell.probes.push(result.probes);
        cell.times.push(result.time);
      }
      cells.push(cell);
    }
    if (process.argv.includes('--trace')) console.error(detectionTable(cells.slice(-gaps.length)).split('\n').at(-1));
  }
  return cells;
}

/** "0.4s", "12min", "5.5h", "2.1d" */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return '-';
  const [value, unit] =
    ms < 2 * MINUTE
      ? [ms / SECOND, 's']
      : ms < 2 * HOUR
        ? [ms / MINUTE, 'm']
        : ms < 2 * DAY
          ? [ms / HOUR, 'h']
          : [ms / DAY, 'd'];
  return `${value.toFixed(value < 10 ? 1 : 0)}${unit}`;
}

/** "85% (64-95) 12/31 11s/30s": share found, its 95 % interval, probes and time to the alert, median and 90 %. */
function cellText(cell: DetectionCell): string {
  const { low, high } = wilson(cell.found, cell.runs),
    percent = (share: number): string => (100 * share).toFixed(0);
  const head = `${percent(cell.found / cell.runs)}% (${percent(low)}-${percent(high)})`;
  if (cell.found === 0) return head;
  return `${head} ${quantile(cell.probes, 0.5)}/${quantile(cell.probes, 0.9)} ${duration(quantile(cell.times, 0.5))}/${duration(quantile(cell.times, 0.9))}`;
}

export function detectionTable(cells: DetectionCell[]): string {
  const rows: string[][] = [];
  for (let i = 0; i < cells.length; i += gaps.length) {
    const plan = (cells[i] as DetectionCell).plan;
    rows.push([
      plan.way,
      plan.order === 'random' ? 'rnd' : 'seq',
      `${Math.round(plan.alive * 100)}%`,
      plan.liveHosts,
      String(plan.good),
      ...cells.slice(i, i + gaps.length).map(cellText),
    ]);
  }
  return formatTable(['from', 'order', 'alive', 'alive are', 'good', ...gaps.map(([rate]) => rate)], rows);
}
