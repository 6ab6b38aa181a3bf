/** `blockwatch provision FILE`: tells a board over its serial port who it is. */
import type { Command } from 'commander';
import { readProvisioningFile } from '../enrolment/file.js';
import { choosePort, openPort } from '../serial/port.js';
import { provisionBoard } from '../serial/provision.js';

async function run(file: string, options: { port?: string }): Promise<void> {
  const given = readProvisioningFile(file);
  const port = await openPort(await choosePort(options.port));
  try {
    console.log(`Asking the board at ${port.path} ...`);
    await provisionBoard(port, JSON.stringify(given), ({ board, version }) => console.log(`It is ${board || 'a board'} with Blockwatch ${version || 'of an unknown version'}.`));
  } finally {
    if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
  }
  console.log(`It is ${given.site}/${given.sensor} from now on, and restarts. Within a minute it is online in "blockwatch sensors"; if not, its LED says why (docs/DEPLOY.md).`);
  console.log(`Delete ${file} now: it holds the sensor's password and the WiFi's.`);
}

export function register(program: Command): void {
  program.command('provision')
    .summary('give a board what "enroll" made for it, over its serial port')
    .description('Sends a provisioning file to a board that waits for one, over its serial port (115,200 baud), and waits until the board has kept it.')
    .argument('<FILE>', 'what "blockwatch enroll" wrote')
    .option('--port <PORT>', 'the serial port, such as /dev/ttyUSB0 or COM3; default: the only one there is')
    .addHelpText('after', '\nExample:\n  blockwatch provision blockwatch-data/provisioning/berlin/tap-1.json --port /dev/ttyUSB0')
    .action(run);
}
