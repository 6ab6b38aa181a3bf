/** `blockwatch sensor INPUT`: watches a capture file, a stream or an interface, and reports to a broker. */

import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Logger } from 'pino';
import { configSettings } from '../../../src/protocol/config.js';
import { clientId, ID_RULE, validId } from '../../../src/protocol/topics.js';
import { UserError } from '../../common/errors.js';
import { pemOf, readProvisioningFile } from '../../enrolment/file.js';
import { Engine } from '../../sensor/engine.js';
import { openInput } from '../../sensor/input.js';
import { mqttConnector } from '../../sensor/mqtt.js';
import { LinuxSensor } from '../../sensor/sensor.js';
import { isInterface } from '../../sensor/tap.js';
import { recordLine } from '../support/line.js';
import type { LogOptions } from '../support/log.js';
import { logFormatOption, logLevelOption, withLog } from '../support/log.js';
import { homeOption, whole } from '../support/options.js';
import { recordJson } from './replay.js';

interface Options extends LogOptions {
  broker?: string;
  site?: string;
  sensor?: string;
  provisioning?: string;
  home?: string[];
  speed?: number | 'max';
  state: string;
  health?: number;
  stay?: boolean;
  quiet?: boolean;
  ca?: string;
  cert?: string;
  key?: string;
}

function id(text: string): string {
  if (!validId(text)) throw new InvalidArgumentError(`It must be ${ID_RULE}.`);
  return text;
}

function speed(text: string): number | 'max' {
  if (text === 'max') return text;
  const number = Number(text);
  if (!(number > 0) || number > 1e6 || !/^[\d.]+$/.test(text)) {
    throw new InvalidArgumentError('It must be a number above 0, such as 1 or 0.5 or 20, or "max".');
  }
  return number;
}

export function register(program: Command): void {
  program
    .command('sensor')
    .description('Watch a capture file, a pcap stream or a network interface, and report scans to a broker.')
    .argument('<input>', 'a capture file, "-" for a pcap stream on standard input, or a network interface')
    .option(
      '--provisioning <FILE>',
      'what "blockwatch enroll" wrote for this sensor: its names, broker, account, home and config key',
    )
    .option('--broker <url>', 'mqtt://host:port or mqtts://user:password@host:port')
    .option('--site <site>', 'the branch this sensor stands in', id)
    .option('--sensor <id>', "the sensor's own name", id)
    .addOption(homeOption())
    .option(
      '--speed <n|max>',
      'replay a file N times as fast as it was captured, as if it happened now; "max" (the default for a file): as fast ' +
        'as it can be read, with the times of the capture',
      speed,
    )
    .option('--state <folder>', 'where the boot number, the config and unsent messages are kept', 'blockwatch-data')
    .option(
      '--health <seconds>',
      'seconds between health messages, unless a config says otherwise',
      whole({ lowest: 1, highest: configSettings.healthSeconds.highest }),
    )
    .option('--stay', 'stay connected after the end of a file')
    .option('--quiet', 'print no line for each record')
    .option('--ca <file>', "trust these authorities (PEM) instead of the system's")
    .option('--cert <file>', 'show this certificate (PEM) to the broker')
    .option('--key <file>', 'the key (PEM) of --cert')
    .addHelpText(
      'after',
      `
Examples:
  blockwatch sensor eth1 --provisioning tap-1.json
  blockwatch sensor eth1 --broker mqtts://collector.example --site berlin --sensor tap-1 --home 10.20.0.0/16
  blockwatch sensor scan.pcap --broker mqtt://127.0.0.1:1883 --site lab --sensor replay --speed 10
  ssh router tcpdump -U -s 192 -w - | blockwatch sensor - --broker mqtt://127.0.0.1:1883 --site lab --sensor ssh

An interface is watched through tcpdump (or dumpcap), and only that needs privileges.`,
    )
    .addOption(logFormatOption())
    .addOption(logLevelOption())
    .action((input: string, options: Options) =>
      withLog(options, (log) => run(input, options, program.version() ?? '0', log)),
    );
}

interface Identity {
  site: string;
  sensor: string;
  broker: string;
  home?: string[];
  configKey?: string;
  account?: { user: string; password: string };
  authority?: string;
}

/** From a provisioning file, or from the options; with both, the options say what the file does not know. */
function identityOf({ provisioning: path, site, sensor, broker, home }: Options): Identity {
  if (path === undefined) {
    for (const [name, value] of [
      ['broker', broker],
      ['site', site],
      ['sensor', sensor],
    ]) {
      if (value === undefined)
        throw new UserError('BW_USAGE', {
          problem: `Required option '--${name}' not specified; or name a file of "blockwatch enroll" with --provisioning.`,
        });
    }
    return { site, sensor, broker, ...(home === undefined ? {} : { home }) } as Identity;
  }
  if (site !== undefined || sensor !== undefined)
    throw new UserError('BW_USAGE', {
      problem: 'The provisioning says who the sensor is; leave out --site and --sensor.',
    });
  const given = readProvisioningFile(path);
  const { host, port, tls, user, password, ca } = given.broker;
  const blocks = home ?? (given.home.length > 0 ? given.home : undefined);
  return {
    site: given.site,
    sensor: given.sensor,
    broker: broker ?? `mqtt${tls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ...(blocks === undefined ? {} : { home: blocks }),
    ...(given.configKey === '' ? {} : { configKey: given.configKey }),
    ...(user === '' ? {} : { account: { user, password } }),
    ...(ca === '' ? {} : { authority: pemOf(ca) }),
  };
}

async function run(input: string, options: Options, version: string, root: Logger): Promise<void> {
  if (options.speed !== undefined && input !== '-' && isInterface(input)) {
    throw new UserError('BW_USAGE', { problem: 'An interface has a speed of its own: --speed is for capture files.' });
  }
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw new UserError('BW_USAGE', { problem: '--cert and --key belong together: give both or neither.' });
  }
  const { ca, cert, key } = options;
  const { site, sensor: name, broker, configKey, home, account, authority } = identityOf(options);
  const connector = mqttConnector({
    url: broker,
    clientId: clientId(site, name),
    ...(account === undefined ? {} : { account }),
    ...(authority === undefined ? {} : { authority }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
  const log = root.child({ site, sensor: name });
  const json = options.logFormat === 'json';
  const sensor = await LinuxSensor.start({
    site,
    sensor: name,
    version,
    connector,
    input: openInput(input),
    state: options.state,
    loadEngine: (settings) => Engine.load(settings),
    atEnd: options.stay ? 'stay' : 'stop',
    say: (sentence, level = 'info') => log[level](sentence),
    ...(home === undefined ? {} : { home }),
    ...(configKey === undefined ? {} : { configKey }),
    ...(typeof options.speed === 'number' ? { speed: options.speed } : {}),
    ...(options.health === undefined ? {} : { healthSeconds: options.health }),
    ...(options.quiet
      ? {}
      : {
          enqueued: (record) => {
            if (json) log.info({ record: recordJson(record) }, recordLine(record));
            else console.log(recordLine(record));
          },
        }),
  });
  const interrupted = await untilEnded(sensor);
  const left = sensor.outbox.used;
  if (left === 0) return;
  const unsent = new UserError('BW_UNSENT', { count: left, url: withoutPassword(broker), path: options.state });
  // Who stops the sensor by hand is told; for who waits for it to finish, it has failed.
  if (!interrupted) throw unsent;
  log.warn({ code: unsent.code, count: left }, unsent.message);
}

/** The first signal stops in good order, the second at once. Gives whether there was one. */
async function untilEnded(sensor: LinuxSensor): Promise<boolean> {
  let asked = false;
  const stop = (): void => {
    if (asked) process.exit(130);
    asked = true;
    void sensor.stop();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    await sensor.ended;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
  return asked;
}

function withoutPassword(text: string): string {
  const url = new URL(text);
  if (url.password) url.password = '***';
  return url.href;
}
