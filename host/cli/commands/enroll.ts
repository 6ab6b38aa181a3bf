/** `blockwatch enroll`: gives a sensor its name, its account at the broker and what its board is provisioned with. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { WireError } from '../../../src/protocol/wire-error.js';
import { listEnrolments } from '../../collector/store/enrolments.js';
import { UserError } from '../../common/errors.js';
import { fleetKey } from '../../common/identity.js';
import type { Enrolled } from '../../enrolment/enrol.js';
import { enrol } from '../../enrolment/enrol.js';
import type { Defaults, EnrolmentRequest } from '../../enrolment/request.js';
import { checkRequest, csvColumns, readAuthority, readRequestsCsv, wifiProblem } from '../../enrolment/request.js';
import { boardNames } from '../../firmware/boards.js';
import { fleetKeyOption, homeOption } from '../support/options.js';
import { showProgress } from '../support/progress.js';
import { askSecret, secretFile } from '../support/secret.js';
import { storeOption, withStore } from '../support/store.js';
import type { Column, RowFormat } from '../support/table.js';
import { formatOption, printRows } from '../support/table.js';
import { brokerFilesOption, refreshBrokerFiles } from './broker-files.js';

interface Options {
  site?: string;
  sensor?: string;
  csv?: string;
  board?: string;
  broker?: string;
  ca?: string;
  wifiSsid?: string;
  wifiPasswordFile?: string;
  home?: string[];
  tap?: string;
  timeServer?: string;
  out?: string;
  renew?: boolean;
  store: string;
  fleetKey: string;
  brokerFiles: string;
  format: RowFormat;
}

export const DEFAULT_OUT = 'blockwatch-data/provisioning';

export async function wifiPassword(options: {
  wifiSsid?: string | undefined;
  wifiPasswordFile?: string | undefined;
}): Promise<string> {
  if (options.wifiSsid === undefined) return '';
  if (options.wifiPasswordFile !== undefined) return secretFile('--wifi-password-file', options.wifiPasswordFile);
  const given =
    process.env['BLOCKWATCH_WIFI_PASSWORD'] ??
    (await askSecret(`Password of the WiFi ${options.wifiSsid} (empty: it has none): `));
  if (given === undefined)
    throw new UserError('BW_USAGE', {
      problem:
        "The WiFi's password is missing: give --wifi-password-file FILE, or set BLOCKWATCH_WIFI_PASSWORD (empty for an open network).",
    });
  return given;
}

function wantedOf(options: Options, defaults: Defaults, ca: string): EnrolmentRequest[] {
  const wrong = (problem: string): UserError => new UserError('BW_USAGE', { problem });
  if (options.csv !== undefined) {
    if (options.site !== undefined || options.sensor !== undefined)
      throw wrong('--csv names the sensors itself; leave out --site and --sensor.');
    return readRequestsCsv(options.csv, defaults, ca);
  }
  if (options.site === undefined || options.sensor === undefined)
    throw wrong('Name the sensor with --site and --sensor, or many of them with --csv FILE.');
  const wanted: EnrolmentRequest = { ...defaults, site: options.site, sensor: options.sensor, line: 0 };
  try {
    checkRequest(wanted, ca);
  } catch (error) {
    throw error instanceof WireError ? wrong(error.message) : error;
  }
  return [wanted];
}

const columns: Column<Row>[] = [
  { title: 'site/sensor', cell: (one) => `${one.site}/${one.sensor}` },
  { title: 'board', cell: (one) => one.board || '-' },
  { title: 'broker', cell: (one) => one.broker },
  { title: 'wifi', cell: (one) => one.wifi || '-' },
  { title: 'provisioning', cell: (one) => one.file },
  { title: '', cell: (one) => (one.renewed ? 'renewed' : 'new') },
];
interface Row {
  site: string;
  sensor: string;
  board: string;
  broker: string;
  wifi: string;
  file: string;
  renewed: boolean;
}
const members: (keyof Row & string)[] = ['site', 'sensor', 'board', 'broker', 'wifi', 'file', 'renewed'];

async function run(options: Options): Promise<void> {
  const ca = options.ca === undefined ? '' : readAuthority(options.ca);
  // Before a password is asked for that nobody wants. In a CSV, some rows may want it.
  const problem =
    options.csv === undefined && options.wifiSsid !== undefined
      ? wifiProblem(options.board ?? '', options.wifiSsid)
      : '';
  if (problem !== '') throw new UserError('BW_USAGE', { problem });
  const defaults: Defaults = {
    board: options.board ?? '',
    broker: options.broker ?? '',
    tap: options.tap ?? '',
    home: options.home ?? [],
    timeServer: options.timeServer ?? '',
    wifi: { ssid: options.wifiSsid ?? '', password: await wifiPassword(options) },
  };
  const all = wantedOf(options, defaults, ca);
  const file = ({ site, sensor }: EnrolmentRequest): string =>
    options.csv === undefined && options.out !== undefined
      ? options.out
      : join(options.out ?? DEFAULT_OUT, site, `${sensor}.json`);
  const bar = showProgress('Enrolling');
  const enrolled = await withStore(options.store, async (db) => {
    // A new key beside sensors of an old one would be a key that none of them takes.
    const first = (await listEnrolments(db)).every(({ revoked }) => revoked !== null);
    const fleet = fleetKey(options.fleetKey, first);
    const done = await enrol(db, all, {
      fleet,
      ca,
      fileOf: file,
      renew: options.renew === true,
      now: Date.now(),
      progress: (i, n) => bar.at(i, n),
    });
    bar.end();
    refreshBrokerFiles(options.brokerFiles, await listEnrolments(db));
    return done;
  }).finally(() => bar.end());
  const rows = enrolled.map(
    ({ request, file: path, renewed }): Row => ({
      site: request.site,
      sensor: request.sensor,
      board: request.board,
      broker: request.broker,
      wifi: request.wifi.ssid,
      file: path,
      renewed,
    }),
  );
  printRows(options.format, rows, columns, members, '');
  if (options.format === 'table') console.log(nextSteps(enrolled, options));
}

function nextSteps(enrolled: readonly Enrolled[], options: Options): string {
  const [one] = enrolled as [Enrolled];
  const many = enrolled.length > 1;
  const steps = [
    `Give ${options.brokerFiles}/password_file and acl_file to the broker and let it reread them (mosquitto: SIGHUP). The embedded broker needs neither.`,
    one.request.board === ''
      ? `Start ${many ? 'each' : 'it'}: npx blockwatch sensor eth1 --provisioning ${one.file}`
      : `Plug ${many ? 'each' : 'the'} board in: npx blockwatch flash --board ${one.request.board}, then npx blockwatch provision ${one.file}`,
    one.request.board === ''
      ? "The file holds a password: only the sensor's user should be able to read it."
      : 'The files hold passwords: delete each once its board has said "ok".',
    ...(existsSync(options.fleetKey)
      ? [
          `Keep a copy of ${options.fleetKey}: without it no config can be signed for ${many ? 'these sensors' : 'this sensor'}.`,
        ]
      : []),
    ...(one.request.broker.startsWith('mqtts:')
      ? []
      : [
          "Without TLS (mqtt://) whoever listens on the way reads the sensor's password. Use mqtts:// outside of a lab.",
        ]),
  ];
  return `\nWhat to do next\n${steps.map((text, i) => `  ${i + 1}. ${text}`).join('\n')}`;
}

export function register(program: Command): void {
  program
    .command('enroll')
    .summary('give sensors their names, accounts and provisioning')
    .description(
      'Gives a sensor its name, an account at the broker with a random password, and the key that signs its configs. Writes the provisioning ' +
        'file that its board takes ("blockwatch provision"), and the broker\'s password and access files. The store keeps hashes only. ' +
        'With --csv it does so for many at once: all of them or none.',
    )
    .option('--site <SITE>', 'the branch the sensor stands in')
    .option('--sensor <ID>', "the sensor's own name")
    .option('--csv <FILE>', `one sensor a row; columns ${csvColumns.join(', ')}; only the first two must be there`)
    .addOption(new Option('--board <BOARD>', 'which board it is; none for a Linux box').choices(boardNames))
    .option('--broker <URL>', 'the broker as the sensor reaches it: mqtts://HOST[:PORT]')
    .option('--ca <FILE>', "PEM of the authority that signed the broker's certificate")
    .option(
      '--wifi-ssid <NAME>',
      'the WiFi of the uplink, for boards that have one; its password is asked for, or BLOCKWATCH_WIFI_PASSWORD',
    )
    .option(
      '--wifi-password-file <FILE>',
      'the WiFi\'s password is the first line of this file; "-" for standard input',
    )
    .addOption(homeOption())
    .option('--tap <TEXT>', "what the board's tap is told, where the board's own setting does not do")
    .option('--time-server <HOST>', 'where the sensor gets its time (SNTP); default: pool.ntp.org')
    .option('--out <FILE>', `where the provisioning goes; with --csv a folder (default: ${DEFAULT_OUT}/SITE/ID.json)`)
    .option('--renew', 'give new credentials to sensors that are enrolled already')
    .addOption(brokerFilesOption())
    .addOption(fleetKeyOption())
    .addOption(storeOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Examples:
  blockwatch enroll --site berlin --sensor tap-1 --board wt32_eth01 --broker mqtts://broker.example --ca ca.pem --wifi-ssid office --home 10.20.0.0/16
  blockwatch enroll --csv branches.csv --board wt32_eth01 --broker mqtts://broker.example --ca ca.pem

A CSV, with "," or ";" between its cells; several home blocks are parted by spaces:
  site,sensor,home,wifi_ssid,wifi_password
  berlin,tap-1,10.20.0.0/16 fd20:20::/48,office,secret
  lyon,tap-1,10.21.0.0/16,bureau,motdepasse`,
    )
    .action(run);
}
