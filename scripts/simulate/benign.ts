/** How often innocents are accused: branches in which nobody scans, for days and weeks. */
import { formatTable } from '../evaluate/table.js';
import { type OfficeOptions, places, populate, roleOf } from './offices.js';
import { poissonInterval } from './statistics.js';
import { DAY, HOUR, startOfTime, type TapPlace, World } from './world.js';

export interface BenignRow {
  population: string;
  days: number;
  frames: number;
  /** New episodes that accuse somebody, and how many distinct somebodies. */
  falseAlerts: number;
  accused: number;
  notices: number;
  blame: Map<string, number>;
}

function emptyRow(population: string): BenignRow {
  return { population, days: 0, frames: 0, falseAlerts: 0, accused: 0, notices: 0, blame: new Map() };
}

/** One branch for some days, counted into `row`; the first `skipDays` are not. */
async function observe(
  row: BenignRow,
  place: TapPlace,
  seed: number,
  days: number,
  options: OfficeOptions,
  startHour = 0,
): Promise<void> {
  const world = await World.create(place, seed);
  world.now += startHour * HOUR;
  populate(world, options);
  world.run(startOfTime + startHour * HOUR + days * DAY);
  row.days += days;
  row.frames += world.tally.frames;
  row.falseAlerts += world.accusations.length;
  row.accused += new Set(world.accusations.map(({ source }) => source)).size;
  row.notices += world.notices.length;
  for (const { source, kind, record } of world.accusations) {
    const blame = `${roleOf(world, source)}: ${kind}`;
    row.blame.set(blame, (row.blame.get(blame) ?? 0) + 1);
    if (process.argv.includes('--trace'))
      console.error(place, seed, new Date(record.time).toISOString(), blame, JSON.stringify(record));
  }
}

/** `days` per sensor, `sensors` for each population, and `coldStarts` starts of a sensor beside a monitoring server. */
export async function measureBenign(
  days: number,
  sensors: number,
  coldStarts: number,
  seed: number,
): Promise<BenignRow[]> {
  const rows: BenignRow[] = [];
  for (const [index, place] of places.entries()) {
    const row = emptyRow({ lan: 'LAN tap', wan: 'WAN tap', mixed: 'mixed tap' }[place]);
    for (let i = 0; i < sensors; i++) await observe(row, place, seed + 1000 * (index + 1) + i, days, {});
    rows.push(row);
  }
  const cold = emptyRow('cold start beside monitoring');
  for (let i = 0; i < coldStarts; i++)
    await observe(cold, 'lan', seed + 9000 + i, (3 * HOUR) / DAY, { size: 0.5, monitoringAfter: 0 }, 9 + (i % 8));
  rows.push(cold);
  return rows;
}

export function benignTable(rows: BenignRow[]): string {
  const line = (row: BenignRow): string[] => {
    const years = row.days / 365.25,
      interval = poissonInterval(row.falseAlerts);
    const blame = [...row.blame].sort((a, b) => b[1] - a[1]).map(([who, times]) => `${times} x ${who}`);
    return [
      row.population,
      row.days.toFixed(1),
      (row.frames / 1e6).toFixed(2),
      String(row.falseAlerts),
      String(row.accused),
      (row.falseAlerts / years).toFixed(2),
      `${(interval.low / years).toFixed(2)} .. ${(interval.high / years).toFixed(2)}`,
      String(row.notices),
      blame.slice(0, 4).join(', '),
    ];
  };
  const steady = rows.filter((row) => !row.population.startsWith('cold'));
  const total = emptyRow('all, without cold starts');
  for (const row of steady) {
    for (const key of ['days', 'frames', 'falseAlerts', 'accused', 'notices'] as const) total[key] += row[key];
  }
  return formatTable(
    [
      'population',
      'days',
      'Mframes',
      'false alerts',
      'sources',
      'per sensor-year',
      '95 % (Poisson)',
      'notices',
      'who, for what',
    ],
    [...rows, total].map(line),
  );
}
