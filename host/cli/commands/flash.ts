/** `blockwatch flash`: the firmware onto a board, by esptool or from a browser. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { UserError } from '../../common/errors.js';
import { parseAddress } from '../../common/listen.js';
import { realBoards } from '../../firmware/boards.js';
import type { Image } from '../../firmware/image.js';
import { findImage, imageFolder } from '../../firmware/image.js';
import { findEsptool, runEsptool } from '../../flash/esptool.js';
import { serveFlashPage } from '../../flash/flash-page.js';
import { knownReleaseKey } from '../../release/keys.js';
import type { Release } from '../../release/open.js';
import { openRelease } from '../../release/open.js';
import { choosePort } from '../../serial/port.js';
import { untilInterrupted } from '../support/interrupt.js';

interface Options {
  board?: string;
  port?: string;
  image?: string;
  release?: string;
  releaseKey?: string;
  erase?: boolean;
  page?: boolean;
  http?: string;
}

const DEFAULT_PORT = 8090;

/** Says which release it is; undefined where none is named. */
async function releaseOf({ release: place, releaseKey, image }: Options): Promise<Release | undefined> {
  if (place === undefined) {
    if (releaseKey === undefined) return undefined;
    throw new UserError('BW_USAGE', { problem: '--release-key checks a release; name that with --release.' });
  }
  if (image !== undefined) throw new UserError('BW_USAGE', { problem: 'Name one of --release and --image.' });
  const release = await openRelease(place, { key: knownReleaseKey('--release-key', releaseKey) });
  console.log(`${release.words}.`);
  return release;
}

async function imageOf(board: string, options: Options): Promise<Image> {
  const release = await releaseOf(options);
  if (release) return release.image(board);
  return findImage(board, options.image === undefined ? undefined : resolve(options.image));
}

async function run(options: Options, version: string): Promise<void> {
  if (options.page || options.board === undefined) return page(options, version);
  const image = await imageOf(options.board, options);
  const tool = findEsptool();
  if (!tool)
    throw new UserError('BW_FLASH', {
      problem:
        'esptool is not here. Install it with "pip install esptool", or let ESP-IDF\'s export.sh put its own in PATH, or flash from a browser: blockwatch flash --page.',
    });
  const port = await choosePort(options.port);
  console.log(`Writing the image of ${image.board} (${image.family}) to the board at ${port} ...`);
  await runEsptool(tool, image, port, options.erase === true);
  console.log(
    `Done. ${options.erase ? 'The board has forgotten who it was. ' : ''}Next: npx blockwatch provision FILE --port ${port}. A board that is provisioned already goes on as who it was.`,
  );
}

async function page(options: Options, version: string): Promise<void> {
  if (options.port !== undefined || options.erase)
    throw new UserError('BW_USAGE', {
      problem: "Say which board with --board; without it the browser's page asks for board and port.",
    });
  if (options.image !== undefined && options.board === undefined)
    throw new UserError('BW_USAGE', { problem: '--image is the image of one board; name that with --board.' });
  const address =
    options.http === undefined
      ? { host: '127.0.0.1', port: DEFAULT_PORT, otherwise: 'next' as const }
      : parseAddress(options.http, '--http');
  if (!/^(127\.|\[?::1|localhost$)/.test(address.host))
    throw new UserError('BW_USAGE', {
      problem:
        'The page is for this computer: --http must name a loopback address, because browsers give no serial port to others.',
    });
  const images = (board: string): string =>
    options.image !== undefined && board === options.board ? resolve(options.image) : imageFolder(board);
  const release = await releaseOf(options);
  // What is wrong with it is said here, where somebody reads it, and before the browser has opened a port.
  for (const { name } of release?.description.boards ?? []) await release?.image(name);
  const listen = { ...address, option: '--http' };
  const served = await serveFlashPage({ listen, version, images, ...(release ? { release } : {}) });
  console.log(`Open ${served.url} in Chrome, Edge or Firefox on this computer. Ctrl-C ends it.`);
  await untilInterrupted(() => served.close());
}

export function register(program: Command): void {
  program
    .command('flash')
    .summary('write the firmware to a board')
    .description(
      'Writes the firmware to a board, of a release or as "npm run firmware:build" made it: with --board by esptool, without it from a page in the browser, where the ' +
        'board can be provisioned too. Nothing of a release is written before its checksums are right, and its signature where a release key is known.',
    )
    .addOption(new Option('--board <BOARD>', 'which board it is').choices(realBoards))
    .option('--port <PORT>', 'the serial port, such as /dev/ttyUSB0 or COM3; default: the only one there is')
    .option('--image <DIR>', 'where the image is (default: build/firmware/BOARD/...)')
    .option('--release <DIR|URL>', 'take the image from a release: its folder, or its address')
    .option(
      '--release-key <FILE>',
      "the public key that must have signed the release (default: BLOCKWATCH_RELEASE_KEY, or release.pub in the project's folder)",
    )
    .option('--erase', 'erase everything first: the board forgets who it was and what it had not sent')
    .option('--page', 'from a browser, with esp-web-tools')
    .option(
      '--http <HOST:PORT>',
      `where the page listens, on loopback (default: 127.0.0.1:${DEFAULT_PORT}, or the next free port)`,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch flash --board wt32_eth01 --port /dev/ttyUSB0\n  blockwatch flash\n' +
        '  blockwatch flash --release https://downloads.example/blockwatch/1.3.0 --release-key release.pub',
    )
    .action((options: Options) => run(options, program.version() ?? '0'));
}
