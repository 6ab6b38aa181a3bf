/** `blockwatch provision FILE`: tells a board over its serial port who it is, and shows what it says until it is online. */
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

/** Opens the port, and closes it whatever comes. */
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
    `It is ${words.board || 'a board'} with Blockwatch ${words.version || 'of an unknown version'}: ${words.provisioned ? nameOf(words) : 'it waits to be provisioned'}.`,
  );
  if (words.says) console.log(`It says: ${words.says}`);
}

async function run(file: string | undefined, options: Options): Promise<void> {
  const usage = (problem: string): UserError => new UserError('BW_USAGE', { problem });
  if (options.status && (file !== undefined || options.again))
    throw usage('--status only asks; leave out the file and --again.');
  if (options.status) return status(options);
  if (file === undefined)
    throw usage('Name the file that "blockwatch enroll" wrote, or ask the board who it is with --status.');
  const given = readProvisioningFile(file);
  const last = await withBoard(options, async (board, path) => {
    console.log(`Asking the board at ${path} ...`);
    await board.provision(
      JSON.stringify(given),
      (words) =>
        console.log(`It is ${words.board || 'a board'} with Blockwatch ${words.version || 'of an unknown version'}.`),
      options.again,
    );
    console.log(`It is ${given.site}/${given.sensor} from now on, and restarts.`);
    console.log(`Delete ${file} once it is online: it holds the sensor's password and the WiFi's.`);
    return options.wait > 0
      ? board.untilOnline(options.wait * 1000, (sentence) => console.log(`  ${sentence}`))
      : undefined;
  });
  if (last === undefined) return;
  const reason = last ? `It last said: ${last}` : 'It said nothing: see that its firmware is of this version.';
  throw new UserError('BW_SERIAL', {
    problem: `The board has kept the provisioning, and is not online after ${options.wait} s. ${reason}`,
  });
}

export function register(program: Command): void {
  program
    .command('provision')
    .summary('give a board what "enroll" made for it, over its serial port')
    .description(
      'Sends a provisioning file to a board over its serial port (115,200 baud), waits until the board has kept it, and shows what it says until it is online.',
    )
    .argument('[FILE]', 'what "blockwatch enroll" wrote')
    .option('--port <PORT>', 'the serial port, such as /dev/ttyUSB0 or COM3; default: the only one there is')
    .option('--again', 'a board that is somebody already forgets that first, with what it still has to tell')
    .option(
      '--wait <SECONDS>',
      'how long it may take to be online; 0: do not wait',
      whole({ lowest: 0, highest: 3600 }),
      60,
    )
    .option('--status', 'only ask the board who it is and what it says')
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch provision blockwatch-data/provisioning/berlin/tap-1.json --port /dev/ttyUSB0\n  blockwatch provision --status',
    )
    .action(run);
}
