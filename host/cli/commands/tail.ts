/** `blockwatch tail`: events as they happen, a line each. */
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

type Shown =
  | { event: 'scan'; data: Scan }
  | { event: 'sensor'; data: Sensor }
  | { event: 'gap'; data: Gap }
  | { event: 'incident'; data: Incident };

/** The event to show; undefined for internal events and for those that the filters exclude. */
export function happening(
  event: ServerEvent,
  filter: Pick<Options, 'site' | 'kind' | 'severity' | 'all'>,
): Shown | undefined {
  if (!['scan', 'sensor', 'gap', 'incident'].includes(event.event)) return undefined;
  let data: { site: string; kind?: string; severity?: Severity; allowed?: unknown };
  try {
    data = JSON.parse(event.data) as typeof data;
  } catch {
    return undefined;
  }
  if (filter.site !== undefined && data.site !== filter.site) return undefined;
  // A filter by kind or severity selects scans only: other events have neither.
  const scansOnly = filter.kind !== undefined || filter.severity !== undefined;
  if (event.event !== 'scan') return scansOnly ? undefined : ({ event: event.event, data } as unknown as Shown);
  if (data.allowed !== undefined && !filter.all) return undefined;
  if (filter.kind !== undefined && data.kind !== filter.kind) return undefined;
  return severe(data.severity ?? '', filter.severity) ? ({ event: 'scan', data } as unknown as Shown) : undefined;
}

const stages: Record<string, string> = { start: 'STARTED', progress: 'ONGOING', end: 'ENDED', whisper: 'SUSPICION' };

/** `2026-11-24 08:12:03  STARTED    high      Block scan          berlin/tap-1            The host ...` */
export function happeningLine({ event, data }: Shown, now: number, paint: Paint = (text) => text): string {
  const line = (time: string, what: string, severity: string, kind: string, text: string): string =>
    [
      time.slice(0, 19).replace('T', ' '),
      what.padEnd(9),
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
      `${plain(sentence(data))}${data.allowed === undefined ? '' : ' (suppressed)'}`,
    );
  if (event === 'sensor') return line(time, 'SENSOR', '', data.state, stateReason(data) || 'It is online.');
  if (event === 'incident')
    return line(data.until ?? time, 'INCIDENT', data.until === null ? '' : 'ended', data.kind, data.text);
  const many = data.to - data.from + 1;
  const text = data.closed
    ? `The missing messages ${data.from} to ${data.to} have arrived.`
    : `${many} ${many === 1 ? 'message is' : 'messages are'} missing: ${data.from} to ${data.to} of boot ${data.boot}.`;
  return line(data.closed ?? data.found, 'GAP', '', data.closed ? 'closed' : 'open', text);
}

async function run(options: Options): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const client = new Client(options.collector);
  const paint = painter(process.stdout);
  // A sensor event comes with every health message: print a state only when it changed.
  const states = new Map<string, string>();
  const lost = (reason: string): void =>
    console.error(`blockwatch: Lost the connection to the collector: ${reason.replace(/\.$/, '')}. Reconnecting.`);
  for await (const event of client.events(stop.signal, lost)) {
    const shown = happening(event, options.json ? { ...options, all: true } : options);
    if (!shown) continue;
    if (options.json) {
      console.log(JSON.stringify({ event: shown.event, ...shown.data }));
      continue;
    }
    if (shown.event === 'sensor') {
      const name = `${shown.data.site}/${shown.data.sensor}`;
      if (states.get(name) === shown.data.state) continue;
      states.set(name, shown.data.state);
    }
    console.log(happeningLine(shown, Date.now(), paint));
  }
}

export function register(program: Command): void {
  program
    .command('tail')
    .summary('follow scans and sensor events live')
    .description(
      'Print a line for each scan that starts, continues or ends, for each sensor whose state changes, for incidents and for missing messages, until ' +
        'Ctrl-C. After a lost connection, tail resumes where it stopped.',
    )
    .addOption(collectorOption())
    .addOption(siteOption())
    .addOption(kindOption())
    .addOption(severityOption())
    .option('--all', 'include scans suppressed by exceptions')
    .option('--json', 'print every event as one JSON object per line')
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch tail --severity high\n  blockwatch tail --site branch-berlin --json | jq .source',
    )
    .action(run);
}
