/** `blockwatch provision FILE`: gives a board its identity over serial, and shows its messages until it is online. */
import type { Command } from 'commander';
import { UserError } from '../../common/errors.js';
import { readProvisioningFile } from '../../enrolment/file.js';
import { choosePort, openPort } from '../../serial/port.js';
import { BoardTalk, nameOf } from '../../serial/provision.js';
import { whole } from '../support/options.js';

interface Options {
  port?: string;
  again?: boolean;
  status?: boolean;
  wait: number;
}

/** Opens the port, and closes it in any case. */
async function withBoard<T>(options: Options, talk: (board: BoardTalk, path: string) => Promise<T>): Promise<T> {
  const port = await openPort(await choosePort(options.port));
  try {
    return await talk(new BoardTalk(port), port.path);
  } finally {
    if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
  }
}

async function status(options: Options): Promise<void> {
  const words = await withBoard(options, (board) => board.who());
  console.log(
    `Found ${words.board || 'a board'} with Blockwatch ${words.version || 'of an unknown version'}: ${words.provisioned ? nameOf(words) : 'not provisioned yet'}.`,
  );
  if (words.says) console.log(`Status: ${words.says}`);
}

async function run(file: string | undefined, options: Options): Promise<void> {
  const usage = (problem: string): UserError => new UserError('BW_USAGE', { problem });
  if (options.status && (file !== undefined || options.again))
    throw usage('--status changes nothing. Leave out the file and --again.');
  if (options.status) return status(options);
  if (file === undefined)
    throw usage('Name the file that "blockwatch enroll" wrote, or query the board with --status.');
  const given = readProvisioningFile(file);
  const last = await withBoard(options, async (board, path) => {
    console.log(`Connecting to the board at ${path} ...`);
    await board.provision(
      JSON.stringify(given),
      (words) =>
        console.log(`Found ${words.board || 'a board'} with Blockwatch ${words.version || 'of an unknown version'}.`),
      options.again,
    );
    console.log(`The board is now ${given.site}/${given.sensor} and restarts.`);
    console.log(`Delete ${file} once the board is online: it holds the passwords of the sensor and the WiFi.`);
    return options.wait > 0
      ? board.untilOnline(options.wait * 1000, (sentence) => console.log(`  ${sentence}`))
      : undefined;
  });
  if (last === undefined) return;
  const reason = last
    ? `Its last status: ${last}`
    : 'It sent no status: check that it runs this version of the firmware.';
  throw new UserError('BW_SERIAL', {
    problem: `The board stored the provisioning but is not online after ${options.wait} s. ${reason}`,
  });
}

export function register(program: Command): void {
  program
    .command('provision')
    .summary('provision a board over its serial port')
    .description(
      'Send a provisioning file to a board over its serial port (115,200 baud), wait until the board has stored it, and show its status until it is online.',
    )
    .argument('[FILE]', 'provisioning file from "blockwatch enroll"')
    .option('--port <PORT>', 'serial port, such as /dev/ttyUSB0 or COM3 (default: the only one)')
    .option('--again', 'first clear the identity and unsent messages of a board that is already provisioned')
    .option(
      '--wait <SECONDS>',
      'time to wait until it is online; 0 to not wait',
      whole({ lowest: 0, highest: 3600 }),
      60,
    )
    .option('--status', 'show the identity and status of the board, and change nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch provision blockwatch-data/provisioning/berlin/tap-1.json --port /dev/ttyUSB0\n  blockwatch provision --status',
    )
    .action(run);
}
