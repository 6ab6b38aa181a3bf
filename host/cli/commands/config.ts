/** `blockwatch config get|set|push`: the desired configs of sensors, and whether they are in force. */

import type { Command } from 'commander';
import { Option } from 'commander';
import type { Config, ConfigMember } from '../../../src/protocol/config.js';
import { configMembers, configSettings, readConfig, takesBlocks } from '../../../src/protocol/config.js';
import { WireError } from '../../../src/protocol/wire-error.js';
import type { ConfigState } from '../../api/types.js';
import { configOf } from '../../collector/query/enrolled.js';
import { listSensors } from '../../collector/query/sensors.js';
import type { Database } from '../../collector/store/database.js';
import { UserError } from '../../common/errors.js';
import { fleetKey } from '../../common/identity.js';
import { readOptionFile } from '../../common/option-file.js';
import type { ConfigChange, Publication, Selection } from '../../enrolment/configs.js';
import { changeConfigs, desiredConfigs, selectEnrolments } from '../../enrolment/configs.js';
import type { NamedSensor } from '../support/named-sensor.js';
import { settingOption } from '../support/options.js';
import type { Chosen, Published } from '../support/publishing.js';
import { publish, publishing, selection, which } from '../support/publishing.js';
import { storeOption, withStore } from '../support/store.js';
import type { Column, RowFormat } from '../support/table.js';
import { formatOption, printRows } from '../support/table.js';

/** Options have the names of the config's members. */
type Changed = Published & Partial<Omit<Config, 'version'>> & { file?: string; unset?: string[] };

interface Row {
  site: string;
  sensor: string;
  desired: number | null;
  reported: number;
  state: ConfigState;
  problem: string;
  config: string | null;
}

async function rowsOf(db: Database, which: Selection): Promise<Row[]> {
  const sensors = new Map((await listSensors(db, Date.now())).map((one) => [`${one.site}/${one.sensor}`, one]));
  return (await selectEnrolments(db, which)).map((one) => {
    const { site, sensor, config } = one;
    return { site, sensor, ...configOf(one, sensors.get(`${site}/${sensor}`)), config };
  });
}

const columns: Column<Row>[] = [
  { title: 'site/sensor', cell: (row) => `${row.site}/${row.sensor}` },
  { title: 'desired', cell: (row) => (row.desired === null ? '-' : String(row.desired)), right: true },
  { title: 'reported', cell: (row) => (row.reported === 0 ? '-' : String(row.reported)), right: true },
  { title: 'state', cell: (row) => (row.state === 'refused' ? `refused: ${row.problem}` : row.state) },
  { title: 'config', cell: (row) => row.config ?? '' },
];
const rowMembers: (keyof Row & string)[] = ['site', 'sensor', 'desired', 'reported', 'state', 'problem', 'config'];

async function get(named: NamedSensor | undefined, options: Chosen & { format: RowFormat }): Promise<void> {
  const which = named === undefined && options.site === undefined ? {} : selection(named, options);
  const rows = await withStore(options.store, (db) => rowsOf(db, which));
  printRows(options.format, rows, columns, rowMembers, '');
}

function readChange(options: Changed): (before: ConfigChange) => ConfigChange {
  const wrong = (problem: string): UserError => new UserError('BW_USAGE', { problem });
  const change: ConfigChange = Object.fromEntries(
    configMembers.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
  const unset = options.unset ?? [];
  if (options.file !== undefined) {
    if (Object.keys(change).length > 0 || unset.length > 0)
      throw wrong('--file replaces the whole config. Leave out the other settings.');
    return () => readFile(options.file as string);
  }
  if (Object.keys(change).length === 0 && unset.length === 0)
    throw wrong('Nothing to change. Give a setting such as --home 10.20.0.0/16, or --file FILE.');
  return (before) => {
    const next = { ...before, ...change };
    for (const name of unset) delete next[name as keyof ConfigChange];
    return next;
  };
}

function readFile(path: string): ConfigChange {
  const text = readOptionFile('--file', path).toString('utf8');
  try {
    const { version: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
    readConfig(JSON.stringify({ version: 1, ...rest }));
    return rest as ConfigChange;
  } catch (error) {
    throw new UserError('BW_FILE', {
      option: '--file',
      path,
      reason: error instanceof WireError ? error.message.replace(/\.$/, '') : 'it is not a JSON object',
    });
  }
}

async function set(named: NamedSensor | undefined, options: Changed): Promise<void> {
  const which = selection(named, options);
  const change = readChange(options);
  await withStore(options.store, async (db) => {
    let all: Publication[];
    try {
      await selectEnrolments(db, which);
      all = await changeConfigs(db, which, change, fleetKey(options.fleetKey, false), Date.now());
    } catch (error) {
      throw error instanceof WireError ? new UserError('BW_USAGE', { problem: error.message }) : error;
    }
    await publish(db, all, options);
  });
}

async function push(named: NamedSensor | undefined, options: Published): Promise<void> {
  const which = selection(named, options);
  await withStore(options.store, async (db) => {
    const all = await desiredConfigs(db, which, fleetKey(options.fleetKey, false));
    if (all.length === 0)
      throw new UserError('BW_ENROLMENT', {
        problem: 'None of these sensors has a config. Set one with "blockwatch config set".',
      });
    await publish(db, all, options);
  });
}

export function register(program: Command): void {
  const config = program
    .command('config')
    .summary('show and set the configs of sensors')
    .description(
      "Show and set the configs of enrolled sensors. Each config has a version and is signed with its sensor's key. The broker retains it until the sensor takes it; " +
        'health messages report the version in force.',
    );
  which(config.command('get'))
    .summary('show desired and reported configs')
    .description(
      'List the desired config of each sensor and the version it last reported: taken, waiting, refused (with the reason) or none.',
    )
    .addOption(formatOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExamples:\n  blockwatch config get\n  blockwatch config get berlin/tap-1 --format json')
    .action(get);
  const changing = publishing(which(config.command('set')))
    .summary('change the configs of sensors')
    .description(
      'Change the given settings of one sensor, of a site or of all sensors, and keep the others. Everything is checked before anything is stored or sent.',
    );
  const blocks = (name: ConfigMember): boolean => takesBlocks(configSettings[name]);
  for (const name of [...configMembers.filter(blocks), ...configMembers.filter((one) => !blocks(one))])
    changing.addOption(settingOption(name));
  changing
    .addOption(new Option('--unset <MEMBER...>', 'reset these settings to the default').choices([...configMembers]))
    .option('--file <FILE>', 'the whole config as JSON without its version (see docs/PROTOCOL.md)')
    .addHelpText(
      'after',
      `
Examples:
  blockwatch config set berlin/tap-1 --home 10.20.0.0/16 --wait
  blockwatch config set --all --health-seconds 60 --broker mqtts://broker.example --ca ca.pem --account blockwatch-data/broker/blockwatch-operator.account`,
    )
    .action(set);
  publishing(which(config.command('push')))
    .summary('publish the desired configs again')
    .description(
      'Sign and publish the desired configs again, for a broker that lost its retained messages or for sensors with renewed credentials.',
    )
    .addHelpText('after', '\nExample:\n  blockwatch config push --all')
    .action(push);
}
