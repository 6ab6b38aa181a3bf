/** `blockwatch broker-files`: who may come in at a mosquitto, and who may say what. */

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
  new Option('--broker-files <DIR>', "where the broker's password_file and acl_file are written")
    .env('BLOCKWATCH_BROKER_FILES')
    .default(DEFAULT_BROKER_FILES);

function account(text: string, before: string[] | undefined): string[] {
  if (!validAccount(text)) throw new InvalidArgumentError('It must be a word of letters, digits, ".", "_" and "-".');
  return [...(before ?? []), text];
}

/** After each change of who is enrolled. */
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
  console.log('mosquitto rereads both on SIGHUP. A sensor that is connected stays until then.');
}

export function register(program: Command): void {
  program
    .command('broker-files')
    .summary('write the password and access files of a mosquitto')
    .description(
      'Writes what a mosquitto 2 needs to know of the fleet: password_file, acl_file, and a mosquitto.conf that names them, with TLS as the boards want it. ' +
        "A sensor may publish on its own topics and hear its own config, and nothing else; a collector hears, and answers those who ask for a block of an image; the operator's account publishes configs. " +
        'What else stands in the two files stays. "enroll", "revoke" and "rename" do this by themselves.',
    )
    .addOption(new Option('--out <DIR>', 'where they go').default(DEFAULT_BROKER_FILES))
    .option('--collector <NAME...>', `accounts for collectors, one for each (default: ${COLLECTOR})`, account)
    .addOption(storeOption())
    .addHelpText(
      'after',
      '\nExample:\n  blockwatch broker-files --out /etc/mosquitto/blockwatch --collector collector-a collector-b',
    )
    .action(run);
}
