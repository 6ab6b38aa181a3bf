/** `blockwatch flash`: writes firmware to a board, with esptool or from a browser. */
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

/** Opens the release and prints which it is; undefined without --release. */
async function releaseOf({ release: place, releaseKey, image }: Options): Promise<Release | undefined> {
  if (place === undefined) {
    if (releaseKey === undefined) return undefined;
    throw new UserError('BW_USAGE', { problem: '--release-key applies to a release. Name that with --release.' });
  }
  if (image !== undefined)
    throw new UserError('BW_USAGE', { problem: '--release and --image exclude each other. Give one of them.' });
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
        'esptool is not installed. Install it with "pip install esptool", source ESP-IDF\'s export.sh, or flash from a browser with "blockwatch flash --page".',
    });
  const port = await choosePort(options.port);
  console.log(`Writing the image of ${image.board} (${image.family}) to the board at ${port} ...`);
  await runEsptool(tool, image, port, options.erase === true);
  console.log(
    `Done. ${options.erase ? 'The board is erased. ' : ''}Next, provision it: npx blockwatch provision FILE --port ${port}. ${options.erase ? '' : 'A board that was provisioned before keeps its identity.'}`.trim(),
  );
}

async function page(options: Options, version: string): Promise<void> {
  if (options.port !== undefined || options.erase)
    throw new UserError('BW_USAGE', {
      problem: "--port and --erase need --board. Without --board, the browser's page asks for board and port.",
    });
  if (options.image !== undefined && options.board === undefined)
    throw new UserError('BW_USAGE', { problem: '--image is for a single board. Name that with --board.' });
  const address =
    options.http === undefined
      ? { host: '127.0.0.1', port: DEFAULT_PORT, otherwise: 'next' as const }
      : parseAddress(options.http, '--http');
  if (!/^(127\.|\[?::1|localhost$)/.test(address.host))
    throw new UserError('BW_USAGE', {
      problem: 'Browsers give serial ports only to pages of this computer. Name a loopback address with --http.',
    });
  const images = (board: string): string =>
    options.image !== undefined && board === options.board ? resolve(options.image) : imageFolder(board);
  const release = await releaseOf(options);
  // Errors are reported here, before the browser opens a port.
  for (const { name } of release?.description.boards ?? []) await release?.image(name);
  const listen = { ...address, option: '--http' };
  const served = await serveFlashPage({ listen, version, images, ...(release ? { release } : {}) });
  console.log(`Open ${served.url} in Chrome, Edge or Firefox on this computer. Press Ctrl-C to stop.`);
  await untilInterrupted(() => served.close());
}

export function register(program: Command): void {
  program
    .command('flash')
    .summary('write firmware to a board')
    .description(
      'Write firmware to a board, from a release or from "npm run firmware:build": with esptool if --board is given, otherwise from a page in the browser, which can also ' +
        'provision the board. A release is written only after its checksums are verified, and its signature if a release key is known.',
    )
    .addOption(new Option('--board <BOARD>', 'board model').choices(realBoards))
    .option('--port <PORT>', 'serial port, such as /dev/ttyUSB0 or COM3 (default: the only one)')
    .option('--image <DIR>', 'directory of the image (default: build/firmware/BOARD/...)')
    .option('--release <DIR|URL>', 'take the image from a release in a directory or at a URL')
    .option(
      '--release-key <FILE>',
      'public key that must have signed the release (default: BLOCKWATCH_RELEASE_KEY, or release.pub in the project directory)',
    )
    .option('--erase', 'erase the board first, including its identity and unsent messages')
    .option('--page', 'flash from a browser, with esp-web-tools')
    .option(
      '--http <HOST:PORT>',
      `loopback address of the page (default: 127.0.0.1:${DEFAULT_PORT}, or the next free port)`,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch flash --board wt32_eth01 --port /dev/ttyUSB0\n  blockwatch flash\n' +
        '  blockwatch flash --release https://downloads.example/blockwatch/1.3.0 --release-key release.pub',
    )
    .action((options: Options) => run(options, program.version() ?? '0'));
}
