/** What `npm run release` is told. Wrong words are one sentence, exit 2. */

import type { KeyObject } from 'node:crypto';
import { parseArgs } from 'node:util';
import { secretFile } from '../../host/cli/support/secret.js';
import { UserError } from '../../host/common/errors.js';
import { readOptionFile } from '../../host/common/option-file.js';
import { productVersion } from '../../host/common/paths.js';
import { realBoards } from '../../host/firmware/boards.js';
import { readPrivateKey } from '../../host/firmware/release.js';

export interface ReleaseOptions {
  out: string;
  /** The private key's file, as it was named. */
  keyPath?: string;
  key?: KeyObject;
  version: string;
  boards: readonly string[];
  /** Take images that are there: of the builds, or of FOLDER/BOARD. */
  built: boolean;
  images?: string;
  /** Seconds since 1970. */
  date: number;
  /** Days after the date in which it may be installed over the uplink. */
  expires: number;
}

export const USAGE =
  'npm run release -- --out DIR [--release-key PRIVATE.pem [--passphrase-file FILE]] ' +
  '[--image-version X.Y.Z] [--board B ...] [--built | --images DIR] [--expires DAYS]';
/** A release is downloaded long after it was made; `blockwatch firmware sign` is for a roll-out of this week. */
const EXPIRES = 365;

function wrong(problem: string): never {
  throw new UserError('BW_USAGE', { problem });
}

/** reproducible-builds.org/specs/source-date-epoch: the time that is written into what is built. */
export function dateOf(epoch: string | undefined): number {
  if (epoch === undefined || epoch === '') return Math.floor(Date.now() / 1000);
  return /^\d{1,10}$/.test(epoch) ? Number(epoch) : wrong('SOURCE_DATE_EPOCH must be seconds since 1970.');
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      strict: true,
      options: {
        out: { type: 'string' },
        'release-key': { type: 'string' },
        'passphrase-file': { type: 'string' },
        'image-version': { type: 'string' },
        board: { type: 'string', multiple: true },
        built: { type: 'boolean' },
        images: { type: 'string' },
        expires: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return wrong(`${(error as Error).message.split('. ')[0]?.replace(/\.$/, '')}. It is: ${USAGE}`);
  }
}

/** Undefined where help was asked for. @throws UserError BW_USAGE, BW_FILE, BW_RELEASE */
export function readOptions(args: string[], environment: NodeJS.ProcessEnv = process.env): ReleaseOptions | undefined {
  const given = parse(args);
  if (given.help) return undefined;
  const {
    out,
    'release-key': keyPath,
    images,
    expires = String(EXPIRES),
    'image-version': version = productVersion(),
  } = given;
  if (!out) return wrong('Name the folder to make with --out.');
  if (!/^\d{1,9}\.\d{1,9}\.\d{1,9}$/.test(version)) wrong('--image-version must be three numbers such as 1.2.3.');
  if (!/^\d{1,4}$/.test(expires) || Number(expires) < 1 || Number(expires) > 3650)
    wrong('--expires must be a number of days from 1 to 3650.');
  const boards = realBoards.filter((name) => given.board === undefined || given.board.includes(name));
  const unknown = given.board?.find((name) => !realBoards.includes(name));
  if (unknown !== undefined) wrong(`There is no board "${unknown.slice(0, 40)}"; there are ${realBoards.join(', ')}.`);
  const passphrase = given['passphrase-file'];
  const key =
    keyPath === undefined
      ? undefined
      : readPrivateKey(
          readOptionFile('--release-key', keyPath).toString('utf8'),
          passphrase && secretFile('--passphrase-file', passphrase),
        );
  return {
    out,
    version,
    boards,
    built: given.built === true || images !== undefined,
    date: dateOf(environment['SOURCE_DATE_EPOCH']),
    expires: Number(expires),
    ...(keyPath !== undefined && key ? { keyPath, key } : {}),
    ...(images === undefined ? {} : { images }),
  };
}
