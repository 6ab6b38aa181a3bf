/** `blockwatch collector`: receives, stores and shows what sensors report. */
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { BaseLogger } from 'pino';
import { severities } from '../../../src/protocol/record.js';
import { named } from '../../api/names.js';
import type { Collector, CollectorOptions } from '../../collector/collector.js';
import { startCollector } from '../../collector/collector.js';
import type { BlockRules } from '../../collector/fleet/block-feed.js';
import { blockDefaults } from '../../collector/fleet/block-feed.js';
import { checkLoopback } from '../../collector/intake/broker.js';
import { readOutputs } from '../../collector/outputs/model/config.js';
import { DEFAULT_MQTT_PORT } from '../../common/broker-url.js';
import { UserError } from '../../common/errors.js';
import type { Listen } from '../../common/listen.js';
import { parseAddress } from '../../common/listen.js';
import { readOptionFile } from '../../common/option-file.js';
import { pageFolder } from '../../common/paths.js';
import { withAccount } from '../support/account.js';
import { untilInterrupted } from '../support/interrupt.js';
import type { LogOptions } from '../support/log.js';
import { logFormatOption, logLevelOption, withLog } from '../support/log.js';
import { block, whole } from '../support/options.js';
import { DEFAULT_STORE } from '../support/store.js';
import { parseSpan } from '../support/time.js';

interface Options extends LogOptions {
  broker?: string;
  share?: string;
  clientId?: string;
  ca?: string;
  account?: string;
  mqtt?: string;
  tlsCert?: string;
  tlsKey?: string;
  store: string;
  http?: string;
  outputs?: string;
  leastFirmware?: string;
  blockFor: number;
  blockCap: number;
  blockConfidence: number;
  blockSeverity: BlockRules['severity'];
  blockNever?: string[];
  keep?: number;
  keepSize?: number;
}

const DEFAULT_HTTP_PORT = 8080;

/** The address of page and API: the one given, or the default port, or the next free one. */
export function httpAddress(text: string | undefined): Listen {
  if (text === undefined) return { host: '127.0.0.1', port: DEFAULT_HTTP_PORT, option: '--http', otherwise: 'next' };
  return { ...parseAddress(text, '--http'), option: '--http' };
}

/** Where the embedded broker listens; loopback only. */
export function mqttAddress(text: string | undefined): Listen {
  if (text === undefined) return { host: '127.0.0.1', port: DEFAULT_MQTT_PORT, option: '--mqtt', otherwise: 'any' };
  const address = parseAddress(text, '--mqtt');
  checkLoopback(address.host);
  return { ...address, option: '--mqtt' };
}

function brokerOf(options: Options): CollectorOptions['broker'] {
  const wrong = (problem: string): UserError => new UserError('BW_USAGE', { problem });
  if (options.broker === undefined) {
    for (const [name, value] of [
      ['--share', options.share],
      ['--client-id', options.clientId],
      ['--ca', options.ca],
      ['--account', options.account],
    ]) {
      if (value !== undefined) throw wrong(`${name} applies to an external broker. Name that with --broker.`);
    }
    return embedded(options);
  }
  if (options.tlsCert !== undefined || options.tlsKey !== undefined)
    throw wrong('--tls-cert and --tls-key apply to the embedded broker. They cannot be used with --broker.');
  if (options.mqtt !== undefined)
    throw wrong('--mqtt applies to the embedded broker. It cannot be used with --broker.');
  if (options.share !== undefined && !/^[^/+#\s]+$/.test(options.share)) {
    throw wrong('A --share group is one word without "/", "+" and "#".');
  }
  return {
    url: withAccount(options.broker, options.account),
    ...(options.share === undefined ? {} : { share: options.share }),
    ...(options.clientId === undefined ? {} : { clientId: options.clientId }),
    ...(options.ca === undefined ? {} : { ca: readOptionFile('--ca', options.ca) }),
  };
}

/** With a certificate, --mqtt is the TLS listener for enrolled sensors; local tools still use loopback. */
function embedded({ mqtt, tlsCert, tlsKey }: Options): CollectorOptions['broker'] {
  if (tlsCert === undefined && tlsKey === undefined) return { listen: mqttAddress(mqtt) };
  if (tlsCert === undefined || tlsKey === undefined)
    throw new UserError('BW_USAGE', { problem: '--tls-cert and --tls-key belong together. Give both or neither.' });
  const where = { ...parseAddress(mqtt ?? '0.0.0.0:8883', '--mqtt'), option: '--mqtt' };
  return {
    listen: mqttAddress(undefined),
    guard: { listen: where, cert: readOptionFile('--tls-cert', tlsCert), key: readOptionFile('--tls-key', tlsKey) },
  };
}

const DAY = 86_400_000;
const ages: Record<string, number> = { d: DAY, w: 7 * DAY, y: 365 * DAY };
const sizes: Record<string, number> = { MB: 1e6, GB: 1e9, TB: 1e12 };
/** Smallest store size, which fits the tables and one busy day. Bytes. */
const MIN_SIZE = 50e6;

/** `90d`, `12w`, `2y`: milliseconds. */
export function keepAge(text: string): number {
  const [, number, unit] = /^(\d{1,5})([dwy])$/.exec(text) ?? [];
  const age = Number(number) * (ages[unit ?? ''] ?? NaN);
  if (!(age >= DAY)) throw new InvalidArgumentError('It must be a time such as 90d, 12w or 2y, at least one day.');
  return age;
}

/** `500MB`, `2GB`: bytes. */
export function keepSize(text: string): number {
  const [, number, unit] = /^(\d{1,6}(?:\.\d{1,3})?)(MB|GB|TB)$/i.exec(text) ?? [];
  const size = Number(number) * (sizes[(unit ?? '').toUpperCase()] ?? NaN);
  if (!(size >= MIN_SIZE)) throw new InvalidArgumentError('It must be a size such as 500MB or 2GB, at least 50MB.');
  return size;
}

function version(text: string): string {
  if (!/^v?\d+(\.\d+){0,3}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.test(text))
    throw new InvalidArgumentError('It must be a version such as 1.2.0.');
  return text;
}

/** Prints the addresses, the page first. */
export function introduce(collector: Collector, print: (line: string) => void = console.log): void {
  print(`Page and API   ${collector.url}`);
  print(`MQTT broker    ${collector.broker}`);
  if (collector.guarded) print(`For sensors    ${collector.guarded}, with the accounts of "blockwatch enroll"`);
  print(`Store          ${collector.store}`);
}

async function run(options: Options, log: BaseLogger): Promise<void> {
  const outputs = options.outputs === undefined ? undefined : readOutputs(options.outputs);
  const collector = await startCollector({
    broker: brokerOf(options),
    store: options.store,
    http: httpAddress(options.http),
    page: pageFolder,
    log,
    block: {
      lasting: options.blockFor,
      cap: options.blockCap,
      confidence: options.blockConfidence,
      severity: options.blockSeverity,
      never: options.blockNever ?? [],
    },
    ...(outputs ? { outputs } : {}),
    ...(options.keep === undefined && options.keepSize === undefined
      ? {}
      : { retention: { age: options.keep, size: options.keepSize } }),
    ...(options.leastFirmware === undefined ? {} : { leastFirmware: options.leastFirmware }),
  });
  // Before anything is printed: its reader may press Ctrl-C at once.
  const over = untilInterrupted(() => collector.close());
  const { url, broker, guarded, store } = collector;
  if (options.logFormat === 'json') log.info({ url, broker, guarded, store }, `Page and API at ${url}.`);
  // Where an output writes to standard output, nothing else may.
  else introduce(collector, outputs?.outputs.some(({ kind }) => kind === 'stdout') ? console.error : console.log);
  await over;
}

function span(text: string): number {
  const ms = parseSpan(text);
  if (!ms) throw new InvalidArgumentError('It must be a time such as 30m, 24h or 7d.');
  return ms;
}

export function register(program: Command): void {
  program
    .command('collector')
    .summary('run the collector: receive, store and show scans')
    .description(
      'Run the collector. It receives what sensors send over MQTT, stores it, and serves the web page and the API. Without --broker it runs an ' +
        'embedded broker on loopback.',
    )
    .option('--broker <URL>', 'external broker (MQTT 5), such as mqtts://broker.example:8883')
    .option('--share <GROUP>', 'share messages with the other collectors of this group')
    .option('--client-id <ID>', `MQTT client id of this collector (default: "blockwatch-collector-${hostname()}")`)
    .option('--ca <FILE>', "CA certificate (PEM) that signed the broker's certificate")
    .option('--account <FILE>', 'file with the broker account (user:password), as "broker-files" writes it')
    .option(
      '--mqtt <HOST:PORT>',
      `address of the embedded broker (default: 127.0.0.1:${DEFAULT_MQTT_PORT}, or a free port)`,
    )
    .option(
      '--tls-cert <FILE>',
      'certificate chain for a TLS listener at --mqtt (default: 0.0.0.0:8883) that admits enrolled sensors',
    )
    .option('--tls-key <FILE>', 'private key of --tls-cert')
    .option('--store <URL>', 'PostgreSQL URL (postgres://user@host/database) or path of a SQLite file', DEFAULT_STORE)
    .option(
      '--http <HOST:PORT>',
      `address of page and API (default: 127.0.0.1:${DEFAULT_HTTP_PORT}, or the next free port)`,
    )
    .option('--outputs <FILE>', 'outputs config (JSON, see docs/OUTPUTS.md): what is pushed to other tools')
    .addOption(
      new Option(
        '--keep <AGE>',
        'delete details older than this, such as 90d, 12w or 2y; daily totals per source stay',
      ).argParser(keepAge),
    )
    .addOption(
      new Option(
        '--keep-size <SIZE>',
        'delete the oldest details when the store is larger, such as 500MB or 2GB; the last day always stays',
      ).argParser(keepSize),
    )
    .addOption(
      new Option('--least-firmware <VERSION>', 'open an incident for sensors with older firmware').argParser(version),
    )
    .addOption(
      new Option('--block-for <TIME>', 'keep a source in the block feed this long after it was last seen, such as 24h')
        .argParser(span)
        .default(blockDefaults.lasting, '24h'),
    )
    .addOption(
      new Option('--block-cap <N>', 'maximum entries of the block feed, highest confidence first')
        .argParser(whole({ lowest: 1, highest: 1_000_000 }))
        .default(blockDefaults.cap),
    )
    .addOption(
      new Option('--block-confidence <PERCENT>', 'minimum confidence of a scan for the block feed')
        .argParser(whole({ lowest: 50, highest: 100 }))
        .default(blockDefaults.confidence),
    )
    .addOption(
      new Option('--block-severity <SEVERITY>', 'minimum severity of a scan for the block feed')
        .choices(named(severities))
        .default(blockDefaults.severity),
    )
    .addOption(
      new Option(
        '--block-never <CIDR...>',
        'keep these out of the block feed: your resolvers, partners, monitoring',
      ).argParser(block),
    )
    .addOption(logFormatOption())
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      `
Examples:
  blockwatch collector
  blockwatch collector --broker mqtts://broker.example --ca ca.pem --account collector.account
  blockwatch collector --store postgres://blockwatch@db.example/blockwatch --keep 90d --outputs outputs.json`,
    )
    .action((options: Options) => withLog(options, (log) => run(options, log)));
}
