/** `blockwatch rename SITE/SENSOR SITE/SENSOR`: a board that moves, or a name that was wrong. */
import { join } from 'node:path';
import type { Command } from 'commander';
import {
  findEnrolment,
  listEnrolments,
  revokeEnrolment,
  setDesiredConfig,
  setEnrolmentSettings,
} from '../../collector/store/enrolments.js';
import { UserError } from '../../common/errors.js';
import { fleetKey } from '../../common/identity.js';
import type { EnrolmentSettings } from '../../enrolment/enrol.js';
import { enrol } from '../../enrolment/enrol.js';
import type { EnrolmentRequest } from '../../enrolment/request.js';
import type { NamedSensor } from '../support/named-sensor.js';
import { namedSensor } from '../support/named-sensor.js';
import { fleetKeyOption } from '../support/options.js';
import { storeOption, withStore } from '../support/store.js';
import { brokerFilesOption, refreshBrokerFiles } from './broker-files.js';
import { DEFAULT_OUT, wifiPassword } from './enroll.js';

interface Options {
  wifiPasswordFile?: string;
  out?: string;
  fleetKey: string;
  brokerFiles: string;
  store: string;
}

async function run(from: NamedSensor, to: NamedSensor, options: Options): Promise<void> {
  const [was, is] = [`${from.site}/${from.sensor}`, `${to.site}/${to.sensor}`];
  const file = options.out ?? join(DEFAULT_OUT, to.site, `${to.sensor}.json`);
  await withStore(options.store, async (db) => {
    const old = await findEnrolment(db, from.site, from.sensor);
    if (!old || old.revoked !== null)
      throw new UserError('BW_ENROLMENT', {
        problem: `${was} ${old ? 'is revoked' : 'was never enrolled'}; "blockwatch enroll" gives out new names.`,
      });
    const settings = JSON.parse(old.settings) as EnrolmentSettings;
    const wifi = {
      ssid: settings.wifi,
      password: await wifiPassword({
        wifiSsid: settings.wifi || undefined,
        wifiPasswordFile: options.wifiPasswordFile,
      }),
    };
    const wanted: EnrolmentRequest = {
      ...to,
      board: old.board,
      broker: old.broker,
      wifi,
      tap: settings.tap,
      home: settings.home,
      timeServer: settings.timeServer,
      line: 0,
    };
    const now = Date.now();
    await enrol(db, [wanted], {
      fleet: fleetKey(options.fleetKey, false),
      ca: settings.ca,
      fileOf: () => file,
      renew: false,
      now,
      before: was,
      also: async (tx) => {
        await setEnrolmentSettings(tx, from.site, from.sensor, JSON.stringify({ ...settings, renamed: is }));
        await revokeEnrolment(tx, from.site, from.sensor, now);
        if (old.config !== null) await setDesiredConfig(tx, to.site, to.sensor, old.config, now);
      },
    });
    refreshBrokerFiles(options.brokerFiles, await listEnrolments(db));
    console.log(`${was} is ${is} from now on. What it reported stays under ${was}: the name is in every message.`);
    console.log(
      `\nWhat to do next
  1. Give ${options.brokerFiles}/password_file and acl_file to the broker and let it reread them (mosquitto: SIGHUP).
  2. The sensor does not know yet, and cannot connect any more: ${old.board === '' ? `start it with --provisioning ${file}` : `npx blockwatch provision ${file}`}
${old.config === null ? '' : `  3. Its config goes with it: npx blockwatch config push ${is}\n`}`.trimEnd(),
    );
  });
}

export function register(program: Command): void {
  program
    .command('rename')
    .summary('give a sensor another name')
    .description(
      "Gives a sensor another site or another name, with new credentials and the settings and config it had. The name is in every message and in every scan's permanent link, " +
        'so what it reported stays under the old name, and the sensor must be provisioned once more.',
    )
    .argument('<SITE/SENSOR>', 'what it is called', namedSensor)
    .argument('<NEWSITE/NEWSENSOR>', 'what it is to be called', namedSensor)
    .option(
      '--wifi-password-file <FILE>',
      'the WiFi\'s password is the first line of this file; "-" for standard input; else it is asked for, or BLOCKWATCH_WIFI_PASSWORD',
    )
    .option('--out <FILE>', `where the new provisioning goes (default: ${DEFAULT_OUT}/NEWSITE/NEWSENSOR.json)`)
    .addOption(brokerFilesOption())
    .addOption(fleetKeyOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch rename berlin/tap-1 potsdam/tap-1')
    .action(run);
}
