/** `blockwatch revoke SITE/SENSOR`: removes a sensor's account. */
import type { Command } from 'commander';
import {
  findEnrolment,
  listEnrolments,
  revokeEnrolment,
  transactionWithRetry,
} from '../../collector/store/enrolments.js';
import { UserError } from '../../common/errors.js';
import type { NamedSensor } from '../support/named-sensor.js';
import { namedSensor } from '../support/named-sensor.js';
import { storeOption, withStore } from '../support/store.js';
import { brokerFilesOption, refreshBrokerFiles } from './broker-files.js';

async function run({ site, sensor }: NamedSensor, options: { store: string; brokerFiles: string }): Promise<void> {
  await withStore(options.store, async (db) => {
    const done = await transactionWithRetry(db, (tx) => revokeEnrolment(tx, site, sensor, Date.now()));
    if (!done) {
      const before = await findEnrolment(db, site, sensor);
      const problem = before
        ? `${site}/${sensor} was already revoked on ${new Date(before.revoked ?? 0).toISOString().slice(0, 10)}.`
        : `${site}/${sensor} was never enrolled. Run "blockwatch sensors" to list enrolled sensors.`;
      throw new UserError('BW_ENROLMENT', { problem });
    }
    refreshBrokerFiles(options.brokerFiles, await listEnrolments(db));
  });
  console.log(`Revoked ${site}/${sensor}. Its past reports stay.`);
  console.log(
    `Copy ${options.brokerFiles}/password_file and acl_file to the broker and reload it (Mosquitto: SIGHUP). ` +
      "An open connection stays open: to end it now, restart the broker or cut the sensor's power.",
  );
}

export function register(program: Command): void {
  program
    .command('revoke')
    .summary("revoke a sensor's account")
    .description(
      "Revoke a sensor's account, if the sensor was lost, stolen or replaced. It cannot connect again once the broker has reloaded its files. Its past reports stay.",
    )
    .argument('<SITE/SENSOR>', 'sensor to revoke', namedSensor)
    .addOption(brokerFilesOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch revoke berlin/tap-1')
    .action(run);
}
