/** `blockwatch revoke SITE/SENSOR`: it does not come in again. */
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
        ? `${site}/${sensor} was revoked on ${new Date(before.revoked ?? 0).toISOString().slice(0, 10)} already.`
        : `${site}/${sensor} was never enrolled; "blockwatch sensors" lists who was.`;
      throw new UserError('BW_ENROLMENT', { problem });
    }
    refreshBrokerFiles(options.brokerFiles, await listEnrolments(db));
  });
  console.log(`${site}/${sensor} is revoked; what it reported stays.`);
  console.log(
    `Give ${options.brokerFiles}/password_file and acl_file to the broker and let it reread them (mosquitto: SIGHUP). ` +
      "A broker leaves open connections alone: restart it, or cut the sensor's power, to end one now.",
  );
}

export function register(program: Command): void {
  program
    .command('revoke')
    .summary("take a sensor's account away")
    .description(
      "Takes a sensor's account away: for one that was lost, stolen or replaced. It cannot connect again once the broker has reread its files; what it reported stays.",
    )
    .argument('<SITE/SENSOR>', 'the sensor', namedSensor)
    .addOption(brokerFilesOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch revoke berlin/tap-1')
    .action(run);
}
