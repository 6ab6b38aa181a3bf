/** `blockwatch tail`: what happens, as it happens, a line each. */

import type { Command } from 'commander';
import type { Severity } from '../../../src/protocol/record.js';
import type { ServerEvent } from '../../api/sse.js';
import type { Gap, Incident, Scan, Sensor } from '../../api/types.js';
import { printable } from '../../common/printable.js';
import { kindNames, plain, sentence, stateReason } from '../../wording/words.js';
import { Client, collectorOption } from '../support/client.js';
import type { Paint } from '../support/colour.js';
import { painter, severityTone } from '../support/colour.js';
import { kindOption, severe, severityOption, siteOption } from './lists.js';

interface Options {
  collector: string;
  site?: string;
  kind?: string;
  severity?: Severity;
  json?: boolean;
  all?: boolean;
}

type Happening =
  | { event: 'scan'; data: Scan }
  | { event: 'sensor'; data: Sensor }
  | { event: 'gap'; data: Gap }
  | { event: 'incident'; data: Incident };

/** What an event says; undefined for events that are not for people, and for those that the filters leave out. */
export function happening(
  event: ServerEvent,
  filter: Pick<Options, 'site' | 'kind' | 'severity' | 'all'>,
): Happening | undefined {
  if (!['scan', 'sensor', 'gap', 'incident'].includes(event.event)) return undefined;
  let data: { site: string; kind?: string; severity?: Severity; allowed?: unknown };
  try {
    data = JSON.parse(event.data) as typeof data;
  } catch {
    return undefined;
  }
  if (filter.site !== undefined && data.site !== filter.site) return undefined;
  // A filter by kind or severity asks for scans: what has neither is not among them.
  const scansOnly = filter.kind !== undefined || filter.severity !== undefined;
  if (event.event !== 'scan') return scansOnly ? undefined : ({ event: event.event, data } as unknown as Happening);
  if (data.allowed !== undefined && !filter.all) return undefined;
  if (filter.kind !== undefined && data.kind !== filter.kind) return undefined;
  return severe(data.severity ?? '', filter.severity) ? ({ event: 'scan', data } as unknown as Happening) : undefined;
}

const stages: Record<string, string> = { start: 'NOTICED', progress: 'GOES ON', end: 'ENDED', whisper: 'WHISPER' };

/** `2026-11-24 08:12:03  NOTICED  high      Block scan        berlin/tap-1  The host ...` */
export function happeningLine({ event, data }: Happening, now: number, paint: Paint = (text) => text): string {
  const line = (time: string, what: string, severity: string, kind: string, text: string): string =>
    [
      time.slice(0, 19).replace('T', ' '),
      what.padEnd(8),
      paint(printable(severity.padEnd(8)), severityTone(severity)),
      kind.padEnd(18),
      `${data.site}/${data.sensor}`.padEnd(22),
      text,
    ]
      .map((part, i) => (i === 2 ? part : printable(part)))
      .join('  ');
  const time = new Date(now).toISOString();
  if (event === 'scan')
    return line(
      data.received,
      stages[data.stage] ?? data.stage,
      data.severity,
      kindNames[data.kind],
      `${plain(sentence(data))}${data.allowed === undefined ? '' : ' (allowed)'}`,
    );
  if (event === 'sensor') return line(time, 'SENSOR', '', data.state, stateReason(data) || 'It reports.');
  if (event === 'incident')
    return line(data.until ?? time, 'INCIDENT', data.until === null ? '' : 'ended', data.kind, data.text);
  const many = data.to - data.from + 1;
  const text = data.closed
    ? `The missing messages ${data.from} to ${data.to} have arrived after all.`
    : `${many} ${many === 1 ? 'message is' : 'messages are'} missing: ${data.from} to ${data.to} of boot ${data.boot}.`;
  return line(data.closed ?? data.found, 'GAP', '', data.closed ? 'closed' : 'open', text);
}

async function run(options: Options): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const client = new Client(options.collector);
  const paint = painter(process.stdout);
  // A sensor event comes with every health message: people are told of a state, when it is another one.
  const states = new Map<string, string>();
  const lost = (reason: string): void =>
    console.error(`blockwatch: The line to the collector is lost: ${reason.replace(/\.$/, '')}. Trying again.`);
  for await (const event of client.events(stop.signal, lost)) {
    const told = happening(event, options.json ? { ...options, all: true } : options);
    if (!told) continue;
    if (options.json) {
      console.log(JSON.stringify({ event: told.event, ...told.data }));
      continue;
    }
    if (told.event === 'sensor') {
      const name = `${told.data.site}/${told.data.sensor}`;
      if (states.get(name) === told.data.state) continue;
      states.set(name, told.data.state);
    }
    console.log(happeningLine(told, Date.now(), paint));
  }
}

export function register(program: Command): void {
  program
    .command('tail')
    .summary('show what happens, as it happens')
    .description(
      'Prints a line for each scan that is noticed, goes on or ends, for each sensor whose state changes, for incidents, and for messages that ' +
        'are missing; until Ctrl-C. A line to the collector that breaks is taken up again where it was.',
    )
    .addOption(collectorOption())
    .addOption(siteOption())
    .addOption(kindOption())
    .addOption(severityOption())
    .option('--all', 'what the allow list holds back too')
    .option('--json', 'one JSON object a line, every event')
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch tail --severity high\n  blockwatch tail --site branch-berlin --json | jq .source',
    )
    .action(run);
}
