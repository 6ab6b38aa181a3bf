/** Shared by commands that publish configs: selection of sensors, broker, and waiting for the result. */

import type { Command } from 'commander';
import { Option } from 'commander';
import { configState } from '../../collector/query/enrolled.js';
import { listSensors } from '../../collector/query/sensors.js';
import type { Database } from '../../collector/store/database.js';
import { DEFAULT_MQTT_PORT } from '../../common/broker-url.js';
import { UserError } from '../../common/errors.js';
import { readOptionFile } from '../../common/option-file.js';
import { publishRetained } from '../../common/retained.js';
import type { Publication, Selection } from '../../enrolment/configs.js';
import { accountOption, withAccount } from './account.js';
import type { NamedSensor } from './named-sensor.js';
import { namedSensor } from './named-sensor.js';
import { fleetKeyOption, whole } from './options.js';
import { showProgress } from './progress.js';
import { storeOption } from './store.js';

export interface Chosen {
  site?: string;
  all?: boolean;
  store: string;
}
export interface Published extends Chosen {
  broker: string;
  account?: string;
  ca?: string;
  fleetKey: string;
  wait?: number | true;
}

/** Default of `--wait`. Seconds. */
const DEFAULT_WAIT = 60;
/** Milliseconds. */
const POLL_INTERVAL = 500;

export function selection(named: NamedSensor | undefined, { site, all }: Chosen): Selection {
  const given = [named, site, all].filter((one) => one !== undefined).length;
  if (given !== 1)
    throw new UserError('BW_USAGE', { problem: 'No sensors selected. Give one SITE/SENSOR, --site SITE or --all.' });
  return named ?? (site === undefined ? {} : { site });
}

export async function publish(db: Database, all: Publication[], options: Published): Promise<void> {
  const bar = showProgress('Publishing');
  try {
    await publishRetained(
      withAccount(options.broker, options.account),
      readOptionFile('--ca', options.ca),
      all,
      (done) => bar.at(done, all.length),
    );
  } catch (error) {
    bar.end();
    if (error instanceof UserError && error.code === 'BW_BROKER')
      console.error('blockwatch: The configs are stored. Publish them again with "blockwatch config push".');
    throw error;
  }
  bar.end();
  for (const { site, sensor, version } of all) console.log(`${site}/${sensor}: config ${version} published.`);
  if (options.wait !== undefined) await untilTaken(db, all, options.wait === true ? DEFAULT_WAIT : options.wait);
}

/** A sensor reports a taken config at once; a collector must be running to receive the report. */
async function untilTaken(db: Database, all: readonly Publication[], seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let open = new Map(all.map((one) => [`${one.site}/${one.sensor}`, one.version]));
  const bar = showProgress('Waiting');
  for (;;) {
    const sensors = await listSensors(db, Date.now());
    const refused: string[] = [];
    for (const one of sensors) {
      const name = `${one.site}/${one.sensor}`;
      const version = open.get(name);
      if (version === undefined) continue;
      const state = configState(version, one.health['configVersion'] ?? 0, one.configProblem ?? '');
      if (state === 'taken') {
        open = new Map([...open].filter(([other]) => other !== name));
        bar.end();
        console.log(`${name}: config ${version} is in force.`);
      } else if (state === 'refused') refused.push(`${name} refused it: ${one.configProblem}`);
    }
    bar.at(all.length - open.size, all.length);
    if (open.size === 0) break;
    if (Date.now() >= deadline) {
      bar.end();
      const names = [...open.keys()];
      const problem =
        refused[0] ??
        `${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''} did not report it within ${seconds} s. ` +
          'The broker retains it; check later with "blockwatch config get".';
      throw new UserError('BW_ENROLMENT', { problem });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
  }
  bar.end();
}

export const which = (command: Command): Command =>
  command
    .argument('[SITE/SENSOR]', 'one sensor', namedSensor)
    .option('--site <SITE>', 'all sensors of this site')
    .option('--all', 'all sensors');
export const publishing = (command: Command): Command =>
  command
    .addOption(
      new Option('--broker <URL>', 'broker to publish to')
        .env('BLOCKWATCH_BROKER')
        .default(`mqtt://127.0.0.1:${DEFAULT_MQTT_PORT}`),
    )
    .addOption(accountOption())
    .option('--ca <FILE>', "CA certificate (PEM) that signed the broker's certificate")
    .option(
      '--wait [SECONDS]',
      `wait until all sensors report it (default: ${DEFAULT_WAIT} s), or fail`,
      whole({ lowest: 1, highest: 86_400 }),
    )
    .addOption(fleetKeyOption())
    .addOption(storeOption());
