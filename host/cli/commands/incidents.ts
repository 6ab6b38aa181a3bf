/** `blockwatch incidents`: outages and faults of sensors, as a table, JSON or CSV. */

import type { Command } from 'commander';
import { Option } from 'commander';
import { incidentKinds } from '../../api/names.js';
import type { Incident } from '../../api/types.js';
import { ago, duration } from '../../wording/format.js';
import { Client, collectorOption } from '../support/client.js';
import { stateTone } from '../support/colour.js';
import type { Column, RowFormat } from '../support/table.js';
import { formatOption, printRows } from '../support/table.js';
import { limitOption, siteOption, timeOption } from './lists.js';

const columns: Column<Incident>[] = [
  { title: 'since (UTC)', cell: (one) => one.since.slice(0, 19).replace('T', ' ') },
  {
    title: 'state',
    cell: (one) =>
      one.until === null
        ? `open, ${ago(Date.now() - Date.parse(one.since))}`
        : `lasted ${duration(Date.parse(one.until) - Date.parse(one.since))}`,
  },
  { title: 'kind', cell: (one) => one.kind, tone: (one) => (one.until === null ? stateTone(one.kind) : 'faint') },
  { title: 'site/sensor', cell: (one) => `${one.site}/${one.sensor}` },
  { title: 'problem and fix', cell: (one) => one.text },
];
const members: (keyof Incident & string)[] = ['id', 'site', 'sensor', 'kind', 'since', 'until', 'text'];

interface Options {
  collector: string;
  format: RowFormat;
  open?: boolean;
  site?: string;
  sensor?: string;
  kind?: string;
  from?: number;
  to?: number;
  limit: number;
}

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

async function run({ collector, format, open, from, to, limit, site, sensor, kind }: Options): Promise<void> {
  const question = {
    state: open ? 'open' : undefined,
    site,
    sensor,
    kind,
    from: iso(from),
    to: iso(to),
    limit: Math.min(limit, 500),
  };
  const { incidents } = await new Client(collector).get<{ incidents: Incident[] }>('incidents', question);
  printRows(format, incidents, columns, members, open ? 'No open incidents.' : 'No incidents match.');
}

export function register(program: Command): void {
  program
    .command('incidents')
    .summary('list outages and faults of sensors')
    .description(
      'List incidents of sensors, newest first: late, gone, never seen, blind (no frames, or too many lost), wrong clock, old firmware, engine ' +
        'fault, duplicate name. Without --open, include those that ended.',
    )
    .addOption(collectorOption())
    .addOption(formatOption())
    .option('--open', 'only open incidents')
    .addOption(siteOption())
    .option('--sensor <ID>', 'only this sensor')
    .addOption(new Option('--kind <KIND>', 'only this kind').choices(incidentKinds))
    .addOption(timeOption('--from', 'only those not over before TIME'))
    .addOption(timeOption('--to', 'only those that started before TIME'))
    .addOption(limitOption(50))
    .addHelpText(
      'after',
      `
Examples:
  blockwatch incidents --open
  blockwatch incidents --from 30d --kind gone --format csv > gone.csv`,
    )
    .action(run);
}
