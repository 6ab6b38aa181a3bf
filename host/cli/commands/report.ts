/** `blockwatch report`: what happened between two times, for people who were not looking. */
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
  if (from >= to) throw new UserError('BW_USAGE', { problem: '--from does not lie before --to.' });
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
    .summary('what happened between two times, as Markdown or HTML')
    .description(
      'Writes a report: a summary, what needs a person, the address blocks that were touched, sources that came to several sites, all sources, kinds. The HTML form has ' +
        'pictures, needs no other file and prints. Without times: the last seven days.',
    )
    .addOption(collectorOption())
    .addOption(timeOption('--from', 'from then on (default: 7d)'))
    .addOption(timeOption('--to', 'until then (default: now)'))
    .addOption(new Option('--format <FORMAT>', 'default: by the name of --out, else md').choices(['md', 'html']))
    .option('--out <FILE>', 'write here instead of to the standard output')
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch report --from 24h\n  blockwatch report --from 2026-11-01 --to 2026-12-01 --out november.html',
    )
    .action(run);
}
