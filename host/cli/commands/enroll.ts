/** `blockwatch enroll`: gives a sensor its name, its broker account and its provisioning file. */

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
    (await askSecret(`Password of the WiFi ${options.wifiSsid} (empty for an open network): `));
  if (given === undefined)
    throw new UserError('BW_USAGE', {
      problem:
        'The WiFi password is missing. Give --wifi-password-file FILE, or set BLOCKWATCH_WIFI_PASSWORD (empty for an open network).',
    });
  return given;
}

function wantedOf(options: Options, defaults: Defaults, ca: string): EnrolmentRequest[] {
  const wrong = (problem: string): UserError => new UserError('BW_USAGE', { problem });
  if (options.csv !== undefined) {
    if (options.site !== undefined || options.sensor !== undefined)
      throw wrong('--csv names the sensors. Leave out --site and --sensor.');
    return readRequestsCsv(options.csv, defaults, ca);
  }
  if (options.site === undefined || options.sensor === undefined)
    throw wrong('Name the sensor with --site and --sensor, or several with --csv FILE.');
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
  // Checked before asking for a password that is not needed. In a CSV, some rows may need it.
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
    // Sensors enrolled with another fleet key would refuse configs signed with a new one.
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
    `Copy ${options.brokerFiles}/password_file and acl_file to the broker and reload it (Mosquitto: SIGHUP). The embedded broker needs neither.`,
    one.request.board === ''
      ? `Start ${many ? 'each sensor' : 'the sensor'}: npx blockwatch sensor eth1 --provisioning ${one.file}`
      : `Plug in ${many ? 'each' : 'the'} board: npx blockwatch flash --board ${one.request.board}, then npx blockwatch provision ${one.file}`,
    one.request.board === ''
      ? "The file holds a password. Make sure that only the sensor's user can read it."
      : 'The files hold passwords. Delete each once its board has confirmed it.',
    ...(existsSync(options.fleetKey)
      ? [
          `Keep a copy of ${options.fleetKey}. Without it, no config can be signed for ${many ? 'these sensors' : 'this sensor'}.`,
        ]
      : []),
    ...(one.request.broker.startsWith('mqtts:')
      ? []
      : ["Without TLS (mqtt://), anyone on the path can read the sensor's password. Use mqtts:// outside a lab."]),
  ];
  return `\nNext steps\n${steps.map((text, i) => `  ${i + 1}. ${text}`).join('\n')}`;
}

export function register(program: Command): void {
  program
    .command('enroll')
    .summary('enroll sensors: name, account and provisioning file')
    .description(
      'Enroll a sensor: give it a name, a broker account with a random password, and the key that signs its configs. Write the provisioning ' +
        'file for its board ("blockwatch provision") and update the broker\'s password and ACL files. The store keeps only hashes. ' +
        'With --csv, enroll many sensors at once: all of them or none.',
    )
    .option('--site <SITE>', 'site of the sensor')
    .option('--sensor <ID>', 'name of the sensor, unique at its site')
    .option('--csv <FILE>', `one sensor per row; columns ${csvColumns.join(', ')}; only the first two are required`)
    .addOption(new Option('--board <BOARD>', 'board model; omit for a Linux sensor').choices(boardNames))
    .option('--broker <URL>', 'broker address as the sensor reaches it: mqtts://HOST[:PORT]')
    .option('--ca <FILE>', "CA certificate (PEM) that signed the broker's certificate")
    .option(
      '--wifi-ssid <NAME>',
      'WiFi network of the uplink; prompts for its password unless BLOCKWATCH_WIFI_PASSWORD is set',
    )
    .option('--wifi-password-file <FILE>', 'file with the WiFi password on its first line; "-" for standard input')
    .addOption(homeOption())
    .option('--tap <TEXT>', "setting for the board's tap, instead of the board's default")
    .option('--time-server <HOST>', 'SNTP server for the sensor (default: pool.ntp.org)')
    .option(
      '--out <FILE>',
      `provisioning file to write, or directory with --csv (default: ${DEFAULT_OUT}/SITE/ID.json)`,
    )
    .option('--renew', 'issue new credentials to sensors that are already enrolled')
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

A CSV file uses "," or ";" between cells, and spaces between home blocks:
  site,sensor,home,wifi_ssid,wifi_password
  berlin,tap-1,10.20.0.0/16 fd20:20::/48,office,secret
  lyon,tap-1,10.21.0.0/16,bureau,motdepasse`,
    )
    .action(run);
}
