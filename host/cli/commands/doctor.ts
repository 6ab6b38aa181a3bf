/** `blockwatch doctor`: checks the installation, and says how to fix what is wrong. */
import type { Command } from 'commander';
import type { Gap, Incident, Now, RejectedMessage, Sensor } from '../../api/types.js';
import { explainBrokerError } from '../../common/broker-error.js';
import { readBrokerUrl } from '../../common/broker-url.js';
import { UserError } from '../../common/errors.js';
import { readOptionFile } from '../../common/option-file.js';
import { checkCertificate } from '../doctor/certificate.js';
import type { Finding } from '../doctor/findings.js';
import { fail, findingLines, ok, warn } from '../doctor/findings.js';
import { checkMessages, checkSensors } from '../doctor/sensors.js';
import { accountOption, withAccount } from '../support/account.js';
import { Client, collectorOption } from '../support/client.js';
import { painter } from '../support/colour.js';

interface Options {
  collector: string;
  broker?: string;
  account?: string;
  ca?: string;
  json?: boolean;
}

/** Acceptable difference between the clocks of the collector and of this machine. Milliseconds. */
const MAX_SKEW = 5_000;
const TIMEOUT = 10_000;
/** MQTT 3.1.1 section 3.2.2.3, MQTT 5 section 3.2.2.2. */
const UNSUPPORTED_VERSION = 1;
const UNSUPPORTED_VERSION_5 = 132;

async function checkCollector(client: Client): Promise<Finding[]> {
  let now: Now;
  try {
    const asked = Date.now();
    now = await client.get<Now>('now');
    const skew = Date.parse(now.time) - (asked + Date.now()) / 2;
    const [{ sensors }, { incidents }, { gaps }, { rejected }] = await Promise.all([
      client.get<{ sensors: Sensor[] }>('sensors'),
      client.get<{ incidents: Incident[] }>('incidents', { state: 'open', limit: 500 }),
      client.get<{ gaps: Gap[] }>('gaps', { limit: 500 }),
      client.get<{ rejected: RejectedMessage[] }>('rejected', { limit: 500 }),
    ]);
    return [
      ok('collector', `${client.url} and its store answer.`),
      Math.abs(skew) > MAX_SKEW
        ? warn(
            'clock',
            `The collector's clock is ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? 'ahead of' : 'behind'} this machine's.`,
            'Synchronize both by NTP.',
          )
        : ok('clock', "The collector's clock agrees with this machine's."),
      await checkLine(client),
      ...checkSensors(sensors, incidents),
      ...checkMessages(gaps, rejected),
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [fail('collector', error.message, 'Start it or correct --collector; the other checks need it.')];
  }
}

/** A buffering proxy breaks the live page and `tail`, and nothing else reveals it. */
async function checkLine(client: Client): Promise<Finding> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT);
  try {
    for await (const event of client.events(stop.signal, () => stop.abort())) {
      if (event.event === 'hello') return ok('live line', 'Events arrive.');
    }
    return fail(
      'live line',
      `No event arrived in ${TIMEOUT / 1000} s.`,
      'Configure the proxy in between not to buffer text/event-stream.',
    );
  } catch (error) {
    return fail('live line', (error as Error).message, 'Configure the proxy in between to forward /api/v1/events.');
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

async function checkBroker(text: string, ca: Buffer | undefined): Promise<Finding[]> {
  const url = readBrokerUrl(text);
  if (!url) {
    throw new UserError('BW_USAGE', {
      problem: '--broker must be a URL such as mqtts://user:password@broker.example:8883.',
    });
  }
  const findings: Finding[] = [];
  if (url.protocol === 'mqtts:') findings.push(await checkCertificate('certificate', url, ca, Date.now()));
  else if (!/^(localhost|127\.|\[::1\])/.test(url.hostname)) {
    findings.push(
      warn('broker', 'The connection has no TLS, so anyone on the path can read and forge alerts.', 'Use mqtts://.'),
    );
  }
  try {
    findings.push(await greetBroker(text, url.host, ca));
  } catch (error) {
    findings.push(
      fail(
        'broker',
        `${url.host} cannot be used: ${explainBrokerError(error as Error)}.`,
        'Check the address, and that the account may subscribe to blockwatch/1/#.',
      ),
    );
  }
  return findings;
}

/** Tries MQTT 5, then 3.1.1, which is enough for a single collector. */
async function greetBroker(text: string, host: string, ca: Buffer | undefined): Promise<Finding> {
  const { connectAsync } = await import('mqtt');
  const greet = async (protocolVersion: 4 | 5): Promise<void> => {
    const client = await connectAsync(
      text,
      { reconnectPeriod: 0, connectTimeout: TIMEOUT, protocolVersion, ...(ca ? { ca } : {}) },
      false,
    );
    await client.endAsync();
  };
  try {
    await greet(5);
    return ok('broker', `${host} accepts the connection, with MQTT 5.`);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== UNSUPPORTED_VERSION && code !== UNSUPPORTED_VERSION_5) throw error;
    await greet(4);
    return ok(
      'broker',
      `${host} accepts the connection, with MQTT 3.1.1; sharing the load between collectors needs MQTT 5.`,
    );
  }
}

async function run(options: Options): Promise<void> {
  const ca = readOptionFile('--ca', options.ca);
  const collector = new URL(options.collector);
  const findings = [
    ...(collector.protocol === 'https:' ? [await checkCertificate('certificate', collector, ca, Date.now())] : []),
    ...(await checkCollector(new Client(options.collector))),
    ...(options.broker === undefined ? [] : await checkBroker(withAccount(options.broker, options.account), ca)),
  ];
  const paint = painter(process.stdout);
  for (const finding of findings) {
    console.log(options.json ? JSON.stringify(finding) : findingLines(finding, paint).join('\n'));
  }
  if (findings.some(({ grade }) => grade === 'fail')) process.exitCode = 1;
}

export function register(program: Command): void {
  program
    .command('doctor')
    .summary('check the installation and suggest fixes')
    .description(
      'Check the collector, its store and clock, the live connection, the sensors with their versions and losses, and with --broker the broker ' +
        'and its certificate. Each problem comes with a fix. The exit code is 1 if a check failed.',
    )
    .addOption(collectorOption())
    .option('--broker <URL>', 'also check this broker, such as mqtts://broker.example:8883')
    .addOption(accountOption())
    .option('--ca <FILE>', 'CA certificate (PEM) that signed the certificates')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      '\nExample:\n  blockwatch doctor --broker mqtts://broker.example --ca ca.pem --account blockwatch-data/broker/blockwatch-operator.account',
    )
    .action(run);
}
