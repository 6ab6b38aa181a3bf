/** `blockwatch campaigns|verdicts`: what the branches know together, as a table, JSON or CSV. */

import type { Command } from 'commander';
import { Option } from 'commander';
import type { Severity } from '../../../src/protocol/record.js';
import { campaignMembers } from '../../api/members.js';
import type { Campaign, FleetVerdict } from '../../api/types.js';
import { chance } from '../../wording/fleet.js';
import { ago } from '../../wording/format.js';
import { Client, collectorOption } from '../support/client.js';
import type { Column, RowFormat } from '../support/table.js';
import { formatOption, printRows } from '../support/table.js';
import { limitOption, severe, severityOption, siteOption, timeOption } from './lists.js';

const since = (iso: string): string => ago(Date.now() - Date.parse(iso));

const campaignColumns: Column<Campaign>[] = [
  { title: 'last', cell: (one) => (one.open ? 'going on' : since(one.last)) },
  { title: 'severity', cell: (one) => one.severity },
  { title: 'sources', cell: (one) => String(one.sourceCount), right: true },
  { title: 'sites', cell: (one) => String(one.sites.length), right: true },
  { title: 'scans', cell: (one) => String(one.scans), right: true },
  { title: 'story', cell: (one) => one.text },
];
interface Options {
  collector: string;
  format: RowFormat;
  from?: number;
  to?: number;
  limit: number;
}

const period = ({ from, to }: Options): { from?: string; to?: string } => ({
  ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
  ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
});

async function listCampaigns(
  options: Options & { site?: string; source?: string; severity?: Severity },
): Promise<void> {
  const { site, source, limit } = options;
  const { campaigns } = await new Client(options.collector).get<{ campaigns: Campaign[] }>('campaigns', {
    ...period(options),
    site,
    source,
    limit: Math.min(limit, 500),
  });
  printRows(
    options.format,
    campaigns.filter((one) => severe(one.severity, options.severity)),
    campaignColumns,
    campaignMembers,
    'No campaigns match.',
  );
}

const verdictColumns: Column<FleetVerdict>[] = [
  { title: 'source', cell: (one) => one.source },
  {
    title: 'verdict',
    cell: (one) =>
      one.convicted
        ? one.alone
          ? 'scans'
          : 'scans; only the fleet sees it'
        : one.alone
          ? 'scans; the fleet asks for more sites'
          : 'not decided',
  },
  { title: 'sites', cell: (one) => String(one.sites.length), right: true },
  { title: 'probes', cell: (one) => String(one.probes), right: true },
  { title: 'nats', cell: (one) => `${one.evidence.toFixed(1)} of ${one.threshold.toFixed(1)}`, right: true },
  { title: 'met nobody', cell: (one) => `${one.knocks} of ${one.knocksNeeded}`, right: true },
  { title: 'failed', cell: (one) => `${one.failed} of ${one.failedNeeded}`, right: true },
  { title: 'false alarm', cell: (one) => chance(one.falseAlarm), right: true },
  { title: 'last', cell: (one) => since(one.last) },
];
const verdictMembers: (keyof FleetVerdict & string)[] = [
  'source',
  'convicted',
  'alone',
  'sites',
  'sensors',
  'evidence',
  'threshold',
  'knocks',
  'knocksNeeded',
  'failed',
  'failedNeeded',
  'falseAlarm',
  'spoofable',
  'probes',
  'first',
  'last',
];

async function listVerdicts(options: Options & { convicted?: boolean }): Promise<void> {
  const { verdicts } = await new Client(options.collector).get<{ verdicts: FleetVerdict[] }>('verdicts', {
    ...period(options),
    limit: Math.min(options.limit, 500),
  });
  printRows(
    options.format,
    options.convicted ? verdicts.filter((one) => one.convicted) : verdicts,
    verdictColumns,
    verdictMembers,
    'Nothing that several sensors spoke of.',
  );
}

export function register(program: Command): void {
  program
    .command('campaigns')
    .summary('list campaigns: what belongs together over all branches')
    .description(
      'Lists campaigns, the most recently active first: the scans of one source, of one /24 or /64, or of many sources that ask for one service at ' +
        'the same time, over all branches. Without times: the last seven days.',
    )
    .addOption(collectorOption())
    .addOption(formatOption())
    .addOption(siteOption())
    .addOption(severityOption())
    .option('--source <ADDRESS>', 'that this source is part of')
    .addOption(timeOption('--from', 'active since then'))
    .addOption(timeOption('--to', 'begun before then'))
    .addOption(limitOption(50))
    .addHelpText(
      'after',
      `
Examples:
  blockwatch campaigns --severity high
  blockwatch campaigns --from 24h --format json`,
    )
    .action(listCampaigns);
  program
    .command('verdicts')
    .summary('list what all sensors together say of sources')
    .description(
      'Lists sources that several sensors spoke of, the surest first: the evidence of all of them added up, the sites at which its first contact within a day met nobody or ' +
        'failed at all, how much of each convicts, and how probable it is that a host that does not scan is spoken of so. Without times: the last seven days.',
    )
    .addOption(collectorOption())
    .addOption(formatOption())
    .addOption(new Option('--convicted', 'only those whom the fleet convicts'))
    .addOption(timeOption('--from', 'spoken of since then'))
    .addOption(timeOption('--to', 'spoken of before then'))
    .addOption(limitOption(50))
    .addHelpText(
      'after',
      `
Example:
  blockwatch verdicts --convicted`,
    )
    .action(listVerdicts);
}
