/** `blockwatch report`: a summary of a period, as Markdown or HTML. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { AddressMap, Campaign, Gap, Sensor, Timeline } from '../../api/types.js';
import { UserError } from '../../common/errors.js';
import type { Report } from '../report/data.js';
import { buildReport } from '../report/data.js';
import { htmlReport } from '../report/html.js';
import { markdownReport } from '../report/markdown.js';
import { Client, collectorOption } from '../support/client.js';
import { collectScans, timeOption } from './lists.js';

interface Options {
  collector: string;
  from?: number;
  to?: number;
  format?: 'md' | 'html';
  out?: string;
}

const WEEK = 604_800_000;
const BARS = 84;

async function gather(client: Client, from: number, to: number): Promise<Report> {
  const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const [scans, timeline, { sensors }, { gaps }, { campaigns }, map] = await Promise.all([
    collectScans(client, { verdict: 'scan' }, { from, to }),
    client.get<Timeline>('timeline', { ...span, buckets: BARS }),
    client.get<{ sensors: Sensor[] }>('sensors'),
    client.get<{ gaps: Gap[] }>('gaps', { limit: 500 }),
    client.get<{ campaigns: Campaign[] }>('campaigns', { ...span, limit: 500 }),
    client.get<AddressMap>('map', { ...span, steps: 1 }),
  ]);
  return buildReport({
    from,
    to,
    made: Date.now(),
    collector: client.url,
    scans,
    timeline,
    sensors,
    gaps,
    map,
    campaigns,
  });
}

async function run(options: Options): Promise<void> {
  const to = options.to ?? Date.now();
  const from = options.from ?? to - WEEK;
  if (from >= to) throw new UserError('BW_USAGE', { problem: '--from must be before --to.' });
  const format = options.format ?? (/\.html?$/i.test(options.out ?? '') ? 'html' : 'md');
  const report = await gather(new Client(options.collector), from, to);
  const text = format === 'html' ? htmlReport(report) : markdownReport(report);
  if (options.out === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(options.out, text);
  } catch (error) {
    throw new UserError('BW_OUTPUT', {
      path: options.out,
      reason: (error as NodeJS.ErrnoException).code ?? String(error),
    });
  }
}

export function register(program: Command): void {
  program
    .command('report')
    .summary('write a report of a period as Markdown or HTML')
    .description(
      'Write a report: summary, scans that need action, probed address blocks, sources at several sites, all sources, kinds of scan. The HTML report has ' +
        'charts, is a single file and can be printed. The default period is the last seven days.',
    )
    .addOption(collectorOption())
    .addOption(timeOption('--from', 'start of the period (default: 7d)'))
    .addOption(timeOption('--to', 'end of the period (default: now)'))
    .addOption(
      new Option('--format <FORMAT>', 'output format (default: by the name of --out, else md)').choices(['md', 'html']),
    )
    .option('--out <FILE>', 'output file (default: standard output)')
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch report --from 24h\n  blockwatch report --from 2026-11-01 --to 2026-12-01 --out november.html',
    )
    .action(run);
}
