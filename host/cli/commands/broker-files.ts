/** `blockwatch broker-files`: Mosquitto's accounts and access rights. */

import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Enrolment } from '../../collector/store/enrolments.js';
import { listEnrolments } from '../../collector/store/enrolments.js';
import type { BrokerFiles } from '../../enrolment/broker-files.js';
import {
  COLLECTOR,
  DEFAULT_BROKER_FILES,
  OPERATOR,
  validAccount,
  writeBrokerFiles,
} from '../../enrolment/broker-files.js';
import { storeOption, withStore } from '../support/store.js';

export const brokerFilesOption = (): Option =>
  new Option('--broker-files <DIR>', "directory for the broker's password_file and acl_file")
    .env('BLOCKWATCH_BROKER_FILES')
    .default(DEFAULT_BROKER_FILES);

function account(text: string, before: string[] | undefined): string[] {
  if (!validAccount(text)) throw new InvalidArgumentError('It must consist of letters, digits, ".", "_" and "-".');
  return [...(before ?? []), text];
}

/** Called after each change of an enrolment. */
export function refreshBrokerFiles(
  directory: string,
  enrolments: readonly Enrolment[],
  collectors: readonly string[] = [COLLECTOR],
): BrokerFiles {
  return writeBrokerFiles(directory, enrolments, collectors);
}

async function run(options: { out: string; collector?: string[]; store: string }): Promise<void> {
  const files = await withStore(options.store, async (db) =>
    refreshBrokerFiles(options.out, await listEnrolments(db), options.collector),
  );
  console.log(
    `${files.directory}: password_file and acl_file for ${files.sensors} sensors, mosquitto.conf to include.`,
  );
  for (const { name, file } of files.made) {
    console.log(
      name === OPERATOR
        ? `New account ${name} for "blockwatch config": --account ${file}`
        : `New account ${name} for "blockwatch collector": --account ${file}`,
    );
  }
  console.log('Send Mosquitto SIGHUP to reload both files. A connected sensor stays connected until then.');
}

export function register(program: Command): void {
  program
    .command('broker-files')
    .summary("write Mosquitto's password and ACL files")
    .description(
      'Write the files that Mosquitto 2 needs for the fleet: password_file, acl_file, and a mosquitto.conf that includes them with the TLS settings the boards need. ' +
        'A sensor may publish on its own topics and read its own config; a collector reads everything and serves firmware blocks; the operator account publishes configs. ' +
        'Other lines in the two files are kept. "enroll", "revoke" and "rename" update them automatically.',
    )
    .addOption(new Option('--out <DIR>', 'output directory').default(DEFAULT_BROKER_FILES))
    .option('--collector <NAME...>', `accounts for collectors, one each (default: ${COLLECTOR})`, account)
    .addOption(storeOption())
    .addHelpText(
      'after',
      '\nExample:\n  blockwatch broker-files --out /etc/mosquitto/blockwatch --collector collector-a collector-b',
    )
    .action(run);
}
