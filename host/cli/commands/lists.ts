/** `blockwatch scans|sources|sensors`: filtered lists as a table, JSON or CSV. */

import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Severity } from '../../../src/protocol/record.js';
import { kinds, severities, severityRank } from '../../../src/protocol/record.js';
import { scanMembers, sourceMembers } from '../../api/members.js';
import { named, sensorStates } from '../../api/names.js';
import type { Scan, Sensor, Source } from '../../api/types.js';
import { ago, duration } from '../../wording/format.js';
import { kindNames, servicesPhrase, sourceLabel } from '../../wording/words.js';
import type { Question } from '../support/client.js';
import { Client, collectorOption } from '../support/client.js';
import { severityTone, stateTone } from '../support/colour.js';
import { whole } from '../support/options.js';
import type { Column, RowFormat } from '../support/table.js';
import { formatOption, printRows } from '../support/table.js';
import { parseTime } from '../support/time.js';

export const siteOption = (): Option => new Option('--site <SITE>', 'only this site');
export const kindOption = (): Option => new Option('--kind <KIND>', 'only this kind').choices(named(kinds));
export const severityOption = (): Option =>
  new Option('--severity <SEVERITY>', 'minimum severity').choices(named(severities));

export function limitOption(fallback: number): Option {
  return new Option('--limit <N>', 'maximum number of rows')
    .default(fallback)
    .argParser(whole({ lowest: 1, highest: 1_000_000 }));
}

/** `--from TIME`, `--to TIME`: ISO 8601, or an age. */
export function timeOption(name: '--from' | '--to', what: string): Option {
  return new Option(`${name} <TIME>`, what).argParser((text) => {
    const time = parseTime(text, Date.now());
    if (time === undefined)
      throw new InvalidArgumentError(
        'It must be a time such as 2026-11-24T08:00Z or 2026-11-24, or an age such as 24h or 7d.',
      );
    return time;
  });
}

/** Whether the severity is at least `least`. */
export function severe(severity: Severity | '', least: Severity | undefined): boolean {
  return least === undefined || severityRank(severity) >= severityRank(least);
}

const shortTime = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

const scanColumns: Column<Scan>[] = [
  { title: 'last (UTC)', cell: (scan) => shortTime(scan.last) },
  { title: 'severity', cell: (scan) => scan.severity, tone: (scan) => severityTone(scan.severity) },
  { title: 'kind', cell: (scan) => kindNames[scan.kind] },
  { title: 'source', cell: sourceLabel },
  { title: 'site/sensor', cell: (scan) => `${scan.site}/${scan.sensor}` },
  { title: 'targets', cell: (scan) => String(scan.targets), right: true },
  { title: 'probes', cell: (scan) => String(scan.probes), right: true },
  { title: 'service', cell: (scan) => servicesPhrase(scan, 2) },
  { title: 'confidence', cell: (scan) => `${scan.confidence} %`, right: true },
  {
    title: 'state',
    cell: (scan) => (scan.open ? 'active' : `lasted ${duration(Date.parse(scan.last) - Date.parse(scan.first))}`),
  },
];

interface ScanOptions {
  collector: string;
  format: RowFormat;
  site?: string;
  sensor?: string;
  kind?: string;
  severity?: Severity;
  source?: string;
  state?: string;
  from?: number;
  to?: number;
  limit: number;
}

/** Scans active between `from` and `to`, most recently active first. */
export async function collectScans(
  client: Client,
  question: Question,
  bounds: { from?: number; to?: number; severity?: Severity; limit?: number },
): Promise<Scan[]> {
  const scans: Scan[] = [];
  const before = bounds.to === undefined ? undefined : new Date(bounds.to).toISOString();
  for await (const scan of client.scans({ ...question, before })) {
    // The list is in order of last activity: the rest is older still.
    if (bounds.from !== undefined && Date.parse(scan.last) < bounds.from) break;
    if (!severe(scan.severity, bounds.severity)) continue;
    scans.push(scan);
    if (scans.length === bounds.limit) break;
  }
  return scans;
}

async function listScans(options: ScanOptions): Promise<void> {
  const { site, sensor, kind, source, state } = options;
  const scans = await collectScans(new Client(options.collector), { site, sensor, kind, source, state }, options);
  printRows(options.format, scans, scanColumns, scanMembers, 'No scans match.');
}

const sourceColumns: Column<Source>[] = [
  { title: 'last (UTC)', cell: (source) => shortTime(source.last) },
  { title: 'source', cell: (source) => source.source },
  { title: 'severity', cell: (source) => source.severity, tone: (source) => severityTone(source.severity) },
  { title: 'scans', cell: (source) => String(source.scans), right: true },
  { title: 'sites', cell: (source) => String(source.sites.length), right: true },
  { title: 'targets', cell: (source) => String(source.targets), right: true },
  { title: 'probes', cell: (source) => String(source.probes), right: true },
  {
    title: 'kinds',
    cell: (source) => source.kinds.map((kind) => kindNames[kind]).join(', ') || 'seen only fleet-wide',
  },
];
interface SourceOptions {
  collector: string;
  format: RowFormat;
  site?: string;
  severity?: Severity;
  limit: number;
}

async function listSources(options: SourceOptions): Promise<void> {
  const question = { site: options.site, limit: Math.min(options.limit, 500) };
  const { sources } = await new Client(options.collector).get<{ sources: Source[] }>('sources', question);
  const rows = sources.filter((source) => severe(source.severity, options.severity));
  printRows(options.format, rows, sourceColumns, sourceMembers, 'No sources match.');
}

const sensorColumns: Column<Sensor>[] = [
  { title: 'site/sensor', cell: (sensor) => `${sensor.site}/${sensor.sensor}` },
  {
    title: 'state',
    cell: (sensor) => [sensor.reason ? `${sensor.state} (${sensor.reason})` : sensor.state, ...sensor.notes].join(', '),
    tone: (sensor) => stateTone(sensor.state),
  },
  { title: 'last seen', cell: (sensor) => ago(Date.now() - Date.parse(sensor.lastSeen)) },
  { title: 'version', cell: (sensor) => sensor.version },
  { title: 'frames/s', cell: (sensor) => sensor.framesPerSecond.toFixed(1), right: true },
  { title: 'lost', cell: (sensor) => String(sensor.health['tapLost'] ?? 0), right: true },
  { title: 'missing', cell: (sensor) => String(sensor.missing), right: true },
  { title: 'config', cell: configCell },
  { title: 'enrolled', cell: enrolledCell },
];

/** The version in force, and the desired version where it differs. */
function configCell({ configProblem, health, enrolment }: Sensor): string {
  if (configProblem) return `refused: ${configProblem}`;
  const reported = String(health['configVersion'] ?? 0);
  return enrolment?.configState === 'waiting' ? `${reported} (${enrolment.configDesired} pending)` : reported;
}

function enrolledCell({ enrolment }: Sensor): string {
  if (!enrolment) return 'no';
  if (enrolment.renamed) return `renamed ${enrolment.renamed}`;
  if (enrolment.revoked) return `revoked ${enrolment.revoked.slice(0, 10)}`;
  return enrolment.board || 'yes';
}

const sensorMembers: (keyof Sensor & string)[] = [
  'site',
  'sensor',
  'state',
  'reason',
  'notes',
  'version',
  'boot',
  'firstSeen',
  'lastSeen',
  'lastSequence',
  'missing',
  'framesPerSecond',
  'healthReceived',
  'configProblem',
  'enrolment',
];

interface SensorOptions {
  collector: string;
  format: RowFormat;
  site?: string;
  state?: string;
}

async function listSensors(options: SensorOptions): Promise<void> {
  const { sensors } = await new Client(options.collector).get<{ sensors: Sensor[] }>('sensors');
  const rows = sensors.filter(
    (sensor) => (options.site ?? sensor.site) === sensor.site && (options.state ?? sensor.state) === sensor.state,
  );
  printRows(options.format, rows, sensorColumns, sensorMembers, 'No sensors match.');
}

export function register(program: Command): void {
  program
    .command('scans')
    .summary('list scans')
    .description('List the scans stored by the collector, most recently active first.')
    .addOption(collectorOption())
    .addOption(formatOption())
    .addOption(siteOption())
    .option('--sensor <ID>', 'only this sensor')
    .addOption(kindOption())
    .addOption(severityOption())
    .option('--source <ADDRESS>', 'only this source')
    .addOption(new Option('--state <STATE>', 'only active or ended scans').choices(['open', 'ended', 'all']))
    .addOption(timeOption('--from', 'only active since TIME'))
    .addOption(timeOption('--to', 'only last active before TIME'))
    .addOption(limitOption(50))
    .addHelpText(
      'after',
      `
Examples:
  blockwatch scans --state open
  blockwatch scans --from 7d --severity high --format csv > week.csv
  blockwatch scans --source 203.0.113.7 --format json | jq .services`,
    )
    .action(listScans);
  program
    .command('sources')
    .summary('list scanning sources')
    .description('List the sources of scans across all sites, most recently active first.')
    .addOption(collectorOption())
    .addOption(formatOption())
    .addOption(siteOption())
    .addOption(severityOption())
    .addOption(limitOption(50))
    .addHelpText('after', '\nExample:\n  blockwatch sources --severity high --format csv')
    .action(listSources);
  program
    .command('sensors')
    .summary('list sensors and their state')
    .description('List the sensors with their state, losses, config and enrolment.')
    .addOption(collectorOption())
    .addOption(formatOption())
    .addOption(siteOption())
    .addOption(new Option('--state <STATE>', 'only this state').choices(sensorStates))
    .addHelpText('after', '\nExample:\n  blockwatch sensors --state late')
    .action(listSensors);
}
