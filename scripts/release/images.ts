/** The images of a release: built here where both the Moddable SDK and ESP-IDF are, or taken as they are. */
import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '../../host/common/errors.js';
import { projectRoot } from '../../host/common/paths.js';
import type { Image } from '../../host/firmware/image.js';
import { findImage, imageFolder } from '../../host/firmware/image.js';
import { publicHex, whyNoImage } from '../../host/firmware/release.js';
import { updateLimits } from '../../src/protocol/update.js';
import { findSdk } from '../firmware/sdk.js';
import type { ReleaseOptions } from './options.js';

/** The part that a sensor takes over its uplink: the application. */
export const APPLICATION = 'xs_esp32.bin';

export interface Images {
  found: Image[];
  /** Boards without an image, and why. */
  missing: { board: string; reason: string }[];
}

/** Why no image can be built here; undefined where it can. */
function whyNotHere(): string | undefined {
  const idf = process.env['IDF_PATH'] ?? '';
  const missing = [
    ...(findSdk() ? [] : ['the Moddable SDK (MODDABLE)']),
    ...(idf !== '' && existsSync(join(idf, 'tools/idf.py')) ? [] : ['ESP-IDF (IDF_PATH)']),
  ];
  return missing.length === 0 ? undefined : `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not here`;
}

/** What a person with the toolchain runs. */
export const commandFor = (board: string, { version, keyPath }: Pick<ReleaseOptions, 'version' | 'keyPath'>): string =>
  `npm run firmware:build -- --board ${board} --image-version ${version}${keyPath === undefined ? '' : ` --release-key ${keyPath}.pub`}`;

/** A process of its own: the build prints, and ends, as it does when a person runs it. */
function build(board: string, { version, key }: ReleaseOptions): void {
  const folder = mkdtempSync(join(tmpdir(), 'blockwatch-release-'));
  try {
    const pub = join(folder, 'release.pub');
    if (key) writeFileSync(pub, `${publicHex(createPublicKey(key))}\n`);
    const args = [
      join(projectRoot, 'scripts/run.mjs'),
      'scripts/firmware/build',
      '--board',
      board,
      '--image-version',
      version,
      ...(key ? ['--release-key', pub] : []),
    ];
    const { status } = spawnSync(process.execPath, args, { cwd: projectRoot, stdio: ['ignore', 2, 2] });
    if (status !== 0)
      throw new UserError('BW_RELEASE', {
        problem: `The build of ${board} failed, as it says above: there is no release.`,
      });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * That it is the board's, and was told this version and this key: a sensor that runs it would else ask for the same
 * update for ever, or take none. Both stand in the image as text, because XS keeps strings so.
 */
function check(image: Image, { version, key }: ReleaseOptions): void {
  const wrong = (problem: string): UserError => new UserError('BW_RELEASE', { problem });
  const empty = image.parts.find(({ path }) => statSync(path).size === 0);
  if (empty) throw wrong(`The image of ${image.board} is not whole: ${empty.path} is empty.`);
  const path = image.parts.find(({ file }) => file === APPLICATION)?.path ?? '';
  const bytes = readFileSync(path);
  const why =
    bytes.length > updateLimits.image ? 'it has more bytes than any board has flash' : whyNoImage(bytes, image.board);
  if (why) throw wrong(`${path} is no image of ${image.board}: ${why}.`);
  const again = 'Build it again, with the same --image-version and --release-key.';
  if (!bytes.includes(version))
    throw wrong(`The image of ${image.board} was not built as version ${version}. ${again}`);
  if (key && !bytes.includes(publicHex(createPublicKey(key))))
    throw wrong(
      `The image of ${image.board} does not know the release key, so that its sensors would take no updates. ${again}`,
    );
}

/** @throws UserError BW_RELEASE where a build fails or an image is not what it should be */
export function collectImages(options: ReleaseOptions): Images {
  const folderOf = (board: string): string =>
    options.images === undefined ? imageFolder(board) : join(resolve(options.images), board);
  const notHere = options.built ? undefined : whyNotHere();
  const out: Images = { found: [], missing: [] };
  for (const board of options.boards) {
    if (notHere !== undefined) {
      out.missing.push({
        board,
        reason: existsSync(join(folderOf(board), APPLICATION))
          ? `${notHere}; an image is, and --built takes it`
          : notHere,
      });
      continue;
    }
    if (!options.built) build(board, options);
    else if (!existsSync(join(folderOf(board), APPLICATION))) {
      out.missing.push({ board, reason: `no image is in ${folderOf(board)}` });
      continue;
    }
    const image = findImage(board, folderOf(board));
    check(image, options);
    out.found.push(image);
  }
  return out;
}
