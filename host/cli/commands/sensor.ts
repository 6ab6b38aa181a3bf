/** `blockwatch sensor INPUT`: monitors a capture file, a stream or an interface, and reports to a broker. */

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
    throw new InvalidArgumentError('It must be a number above 0, such as 0.5 or 20, or "max".');
  }
  return number;
}

export function register(program: Command): void {
  program
    .command('sensor')
    .summary('run a Linux sensor on an interface, a stream or a capture file')
    .description('Monitor a network interface, a pcap stream or a capture file, and report scans to a broker.')
    .argument('<INPUT>', 'network interface, capture file, or "-" for a pcap stream on standard input')
    .option(
      '--provisioning <FILE>',
      'provisioning file from "blockwatch enroll": names, broker, account, home blocks and config key',
    )
    .option('--broker <URL>', 'broker: mqtt://HOST:PORT or mqtts://USER:PASSWORD@HOST:PORT')
    .option('--site <SITE>', 'site of the sensor', id)
    .option('--sensor <ID>', 'name of the sensor, unique at its site', id)
    .addOption(homeOption())
    .option(
      '--speed <N|max>',
      'replay a file at N times its speed, as if it happened now; "max" (the default): as fast as possible, with the ' +
        'times of the capture',
      speed,
    )
    .option('--state <DIR>', 'directory for the boot number, the config and unsent messages', 'blockwatch-data')
    .option(
      '--health <SECONDS>',
      'time between health messages, unless set by a config',
      whole({ lowest: 1, highest: configSettings.healthSeconds.highest }),
    )
    .option('--stay', 'stay connected after the end of the file')
    .option('--quiet', 'do not print records')
    .option('--ca <FILE>', "CA certificates (PEM) to trust instead of the system's")
    .option('--cert <FILE>', 'client certificate (PEM)')
    .option('--key <FILE>', 'private key (PEM) of --cert')
    .addHelpText(
      'after',
      `
Examples:
  blockwatch sensor eth1 --provisioning tap-1.json
  blockwatch sensor eth1 --broker mqtts://collector.example --site berlin --sensor tap-1 --home 10.20.0.0/16
  blockwatch sensor scan.pcap --broker mqtt://127.0.0.1:1883 --site lab --sensor replay --speed 10
  ssh router tcpdump -U -s 192 -w - | blockwatch sensor - --broker mqtt://127.0.0.1:1883 --site lab --sensor ssh

An interface is captured with tcpdump or dumpcap; only that program needs privileges.`,
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

/** The sensor's identity from the provisioning file or the options; options override the broker and the home blocks. */
function identityOf({ provisioning: path, site, sensor, broker, home }: Options): Identity {
  if (path === undefined) {
    for (const [name, value] of [
      ['broker', broker],
      ['site', site],
      ['sensor', sensor],
    ]) {
      if (value === undefined)
        throw new UserError('BW_USAGE', {
          problem: `Required option '--${name}' not specified. Give it, or name a file from "blockwatch enroll" with --provisioning.`,
        });
    }
    return { site, sensor, broker, ...(home === undefined ? {} : { home }) } as Identity;
  }
  if (site !== undefined || sensor !== undefined)
    throw new UserError('BW_USAGE', {
      problem: 'The provisioning file names the sensor. Leave out --site and --sensor.',
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
    throw new UserError('BW_USAGE', {
      problem: '--speed applies to capture files, not to an interface. Leave it out.',
    });
  }
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw new UserError('BW_USAGE', { problem: '--cert and --key belong together. Give both or neither.' });
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
  // After Ctrl-C, unsent messages are a warning; at the end of the input, they are an error.
  if (!interrupted) throw unsent;
  log.warn({ code: unsent.code, count: left }, unsent.message);
}

/** The first signal stops in an orderly way, the second at once. Returns whether there was one. */
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
