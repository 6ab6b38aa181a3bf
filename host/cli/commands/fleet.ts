/** `blockwatch campaigns|verdicts`: what all sites know together, as a table, JSON or CSV. */

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
  { title: 'last', cell: (one) => (one.open ? 'active now' : since(one.last)) },
  { title: 'severity', cell: (one) => one.severity },
  { title: 'sources', cell: (one) => String(one.sourceCount), right: true },
  { title: 'sites', cell: (one) => String(one.sites.length), right: true },
  { title: 'scans', cell: (one) => String(one.scans), right: true },
  { title: 'summary', cell: (one) => one.text },
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
          ? 'scanner'
          : 'scanner, seen only fleet-wide'
        : one.alone
          ? 'scanner at one site, undecided fleet-wide'
          : 'undecided',
  },
  { title: 'sites', cell: (one) => String(one.sites.length), right: true },
  { title: 'probes', cell: (one) => String(one.probes), right: true },
  { title: 'score', cell: (one) => `${one.evidence.toFixed(1)} of ${one.threshold.toFixed(1)}`, right: true },
  { title: 'unused addresses', cell: (one) => `${one.knocks} of ${one.knocksNeeded}`, right: true },
  { title: 'failed contacts', cell: (one) => `${one.failed} of ${one.failedNeeded}`, right: true },
  { title: 'false-alarm odds', cell: (one) => chance(one.falseAlarm), right: true },
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

async function listVerdicts(options: Options & { detected?: boolean; convicted?: boolean }): Promise<void> {
  const { verdicts } = await new Client(options.collector).get<{ verdicts: FleetVerdict[] }>('verdicts', {
    ...period(options),
    limit: Math.min(options.limit, 500),
  });
  printRows(
    options.format,
    options.detected || options.convicted ? verdicts.filter((one) => one.convicted) : verdicts,
    verdictColumns,
    verdictMembers,
    'No verdicts match.',
  );
}

export function register(program: Command): void {
  program
    .command('campaigns')
    .summary('list campaigns: related scans across all sites')
    .description(
      'List campaigns, most recently active first. A campaign groups the scans of one source, of one /24 or /64, or of many sources that probe one service at ' +
        'the same time, across all sites. The default period is the last seven days.',
    )
    .addOption(collectorOption())
    .addOption(formatOption())
    .addOption(siteOption())
    .addOption(severityOption())
    .option('--source <ADDRESS>', 'only campaigns with this source')
    .addOption(timeOption('--from', 'only active since TIME'))
    .addOption(timeOption('--to', 'only started before TIME'))
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
    .summary('list fleet-wide verdicts on sources')
    .description(
      'List sources that several sensors reported, highest evidence first: the total evidence, the sites at which the first contact within a day was with an unused address or ' +
        'failed, the threshold of each, and the odds of a benign host reaching it. The default period is the last seven days.',
    )
    .addOption(collectorOption())
    .addOption(formatOption())
    .addOption(new Option('--detected', 'only detected scanners'))
    // The name before --detected.
    .addOption(new Option('--convicted').hideHelp())
    .addOption(timeOption('--from', 'only reported since TIME'))
    .addOption(timeOption('--to', 'only reported before TIME'))
    .addOption(limitOption(50))
    .addHelpText(
      'after',
      `
Example:
  blockwatch verdicts --detected`,
    )
    .action(listVerdicts);
}
