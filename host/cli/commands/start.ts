/**
 * `blockwatch start` (`npm start`): a demo of all of Blockwatch on one machine. A collector with an embedded broker and a
 * SQLite file, and sensors that replay captures of real scans over MQTT, as if they happened now.
 *
 * The store is separate from that of `blockwatch collector` and survives restarts: each start is a new boot of the same
 * sensors, so its scans are new ones from the same sources. `--data` names another directory.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { BaseLogger } from 'pino';
import { clientId } from '../../../src/protocol/topics.js';
import type { Collector } from '../../collector/collector.js';
import { startCollector } from '../../collector/collector.js';
import type { StoredAlert } from '../../collector/rules/event.js';
import { UserError } from '../../common/errors.js';
import { pageFolder, projectRoot } from '../../common/paths.js';
import { Engine } from '../../sensor/engine.js';
import { openInput } from '../../sensor/input.js';
import { mqttConnector } from '../../sensor/mqtt.js';
import { LinuxSensor } from '../../sensor/sensor.js';
import { untilInterrupted } from '../support/interrupt.js';
import { recordLine } from '../support/line.js';
import { openLog } from '../support/log.js';
import { homeOption } from '../support/options.js';
import { httpAddress, introduce, mqttAddress } from './collector.js';

interface Options {
  http?: string;
  data: string;
  capture?: string;
  home?: string[];
}

interface DemoSite {
  site: string;
  sensor: string;
  capture: string;
  /** Replay speed, relative to the capture. */
  speed: number;
  home?: string[];
}

/**
 * One inbound, one internal and one outbound scan, at three sites. Replayed slowly, so that someone who opens the page
 * afterwards still sees them happen.
 */
const demoSites = (
  [
    ['branch-berlin', 'tap-wan', 'nmap-ss-horizontal-24.pcap', 0.2],
    ['branch-lyon', 'tap-lan', 'arp-scan-lan.pcap', 0.1],
    ['branch-oslo', 'tap-lan', 'mirai-outbound.pcap', 0.1],
  ] as const
).map(
  ([site, sensor, file, speed]): DemoSite => ({
    site,
    sensor,
    speed,
    capture: join(projectRoot, 'test/captures', file),
    home: ['10.20.0.0/16', 'fd20:20::/48'],
  }),
);

/** Short, so that the counters on the page move. Seconds. */
const HEALTH_SECONDS = 5;

async function run(options: Options, version: string): Promise<void> {
  const replayed = options.capture === undefined ? demoSites : [only(options.capture, options.home)];
  const log = openLog({ logFormat: 'text', logLevel: 'info' });
  const collector = await startCollector({
    broker: { listen: mqttAddress(undefined) },
    store: join(options.data, 'collector.db'),
    http: httpAddress(options.http),
    page: pageFolder,
    log,
    onAlert: (alert) => alert.allowed === undefined && console.log(line(alert)),
  });
  const sensors: LinuxSensor[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(sensors.map((sensor) => sensor.stop()));
    await collector.close();
  };
  try {
    introduce(collector);
    console.log(
      `Replaying ${replayed.map(({ site, sensor }) => `${site}/${sensor}`).join(', ')}; press Ctrl-C to stop.\n`,
    );
    for (const demo of replayed) sensors.push(await startSensor(demo, collector, log, options.data, version));
  } catch (error) {
    await stop();
    throw error;
  }
  await untilInterrupted(stop);
}

function only(capture: string, home: string[] | undefined): DemoSite {
  // A name that is not a file would be taken for a network interface, and the demo replays files only.
  if (!statSync(capture, { throwIfNoEntry: false })) {
    throw new UserError('BW_CAPTURE_MISSING', { path: capture, reason: 'there is no such file' });
  }
  return { site: 'demo', sensor: 'replay', speed: 1, capture, ...(home === undefined ? {} : { home }) };
}

async function startSensor(
  demo: DemoSite,
  collector: Collector,
  log: BaseLogger,
  data: string,
  version: string,
): Promise<LinuxSensor> {
  const { site, sensor: name, capture, speed, home } = demo;
  const sensor = await LinuxSensor.start({
    site,
    sensor: name,
    version,
    input: openInput(capture),
    connector: mqttConnector({ url: collector.broker, clientId: clientId(site, name) }),
    loadEngine: (settings) => Engine.load(settings),
    state: data,
    speed,
    atEnd: 'stay',
    healthSeconds: HEALTH_SECONDS,
    ...(home === undefined ? {} : { home }),
  });
  // A damaged capture ends its sensor; the others and the collector continue.
  sensor.ended.catch((error: Error) => log.error({ site, sensor: name }, error.message));
  return sensor;
}

function line({ site, sensor, record }: StoredAlert): string {
  return recordLine(record, `${site}/${sensor}  `.padEnd(23));
}

export function register(program: Command): void {
  program
    .command('start')
    .summary('run a demo of everything on this machine')
    .description(
      'Run a demo: a collector with an embedded broker, a SQLite file and the web page, and sensors that replay captures of real scans as ' +
        'if they happened now. Prints the address of the page, then a line for each alert.',
    )
    .option('--http <HOST:PORT>', 'address of page and API (default: 127.0.0.1:8080, or the next free port)')
    .option('--data <DIR>', 'directory for the store and the state of the sensors', 'blockwatch-data/demo')
    .option('--capture <FILE>', 'replay this capture instead')
    .addOption(homeOption())
    .addHelpText('after', '\nExamples:\n  blockwatch start\n  blockwatch start --capture scan.pcap --home 10.20.0.0/16')
    .action((options: Options) => run(options, program.version() ?? '0'));
}
