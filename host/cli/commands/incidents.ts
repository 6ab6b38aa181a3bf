/** `blockwatch incidents`: when a sensor did not watch as it should, as a table, JSON or CSV. */

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
        : `took ${duration(Date.parse(one.until) - Date.parse(one.since))}`,
  },
  { title: 'kind', cell: (one) => one.kind, tone: (one) => (one.until === null ? stateTone(one.kind) : 'faint') },
  { title: 'site/sensor', cell: (one) => `${one.site}/${one.sensor}` },
  { title: 'what, and what to do', cell: (one) => one.text },
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
  printRows(format, incidents, columns, members, open ? 'No incident is open.' : 'No incidents match.');
}

export function register(program: Command): void {
  program
    .command('incidents')
    .summary('list when sensors did not watch as they should')
    .description(
      'Lists incidents of sensors, the newest first: late, gone, never seen, blind (no frames, or too many lost), a wrong clock, an old firmware, a fault ' +
        'of the engine. Without --open the ended ones too.',
    )
    .addOption(collectorOption())
    .addOption(formatOption())
    .option('--open', 'only those that last')
    .addOption(siteOption())
    .option('--sensor <ID>', 'of this sensor only')
    .addOption(new Option('--kind <KIND>', 'of this kind only').choices(incidentKinds))
    .addOption(timeOption('--from', 'that lasted until then or longer'))
    .addOption(timeOption('--to', 'that began before then'))
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
