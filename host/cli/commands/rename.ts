/** `blockwatch rename SITE/SENSOR SITE/SENSOR`: for a sensor that moves, or a wrong name. */
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
        problem: `${was} ${old ? 'is revoked' : 'was never enrolled'}. Enroll a new sensor with "blockwatch enroll".`,
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
    console.log(`Renamed ${was} to ${is}. Its past reports stay under ${was}.`);
    console.log(
      `\nNext steps
  1. Copy ${options.brokerFiles}/password_file and acl_file to the broker and reload it (Mosquitto: SIGHUP).
  2. Provision the sensor again, because its old account no longer works: ${old.board === '' ? `start it with --provisioning ${file}` : `npx blockwatch provision ${file}`}
${old.config === null ? '' : `  3. Publish its config under the new name: npx blockwatch config push ${is}\n`}`.trimEnd(),
    );
  });
}

export function register(program: Command): void {
  program
    .command('rename')
    .summary('rename a sensor')
    .description(
      "Move a sensor to another site or name, with new credentials and its previous settings and config. The name is part of every message and of every scan's permanent link, " +
        'so past reports stay under the old name, and the sensor must be provisioned again.',
    )
    .argument('<SITE/SENSOR>', 'current name', namedSensor)
    .argument('<NEWSITE/NEWSENSOR>', 'new name', namedSensor)
    .option(
      '--wifi-password-file <FILE>',
      'file with the WiFi password on its first line, "-" for standard input; otherwise prompts, unless BLOCKWATCH_WIFI_PASSWORD is set',
    )
    .option('--out <FILE>', `provisioning file to write (default: ${DEFAULT_OUT}/NEWSITE/NEWSENSOR.json)`)
    .addOption(brokerFilesOption())
    .addOption(fleetKeyOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch rename berlin/tap-1 potsdam/tap-1')
    .action(run);
}
