/** release.json: the boards of a release, their files, and the flash offset of each part. */

import { updateLimits } from '../../src/protocol/update.js';
import { boards } from '../firmware/boards.js';
import { chipOf } from '../firmware/image.js';
import type { SignedImage } from '../firmware/release.js';
import { safeName } from './sums.js';

/** Raised when an older Blockwatch could misread a release; additional members do not require it. */
export const SCHEMA = 1;
export const DESCRIPTION = 'release.json';
export const SBOM = 'sbom.cdx.json';
/** Bytes. */
export const MAX_DESCRIPTION = 256 * 1024;
/** Flash is erased by sectors, so a part must start at one. Bytes. */
const SECTOR = 0x1000;

export interface ReleasePart {
  /** Relative to the release's folder: `wt32_eth01/bootloader.bin`. */
  file: string;
  /** Bytes from the start of the flash. */
  offset: number;
  size: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

export interface ReleasedBoard {
  name: string;
  about: string;
  /** Chip name of esp-web-tools. */
  family: string;
  /** Platform name of mcconfig. */
  platform: string;
  parts: ReleasePart[];
  /** The file that updates a sensor over its uplink, and its signed manifest; only in a signed release. */
  update?: SignedImage & { file: string; paper: string };
}

export interface Description {
  schema: typeof SCHEMA;
  version: string;
  /** ISO 8601, UTC. */
  date: string;
  /**
   * The public key of the signature, if signed. It proves nothing by itself: whoever changes a release can change it,
   * too.
   */
  key?: string;
  boards: ReleasedBoard[];
}

type Given = Record<string, unknown>;

function wrong(reason: string): never {
  throw new RangeError(`${DESCRIPTION} ${reason}`);
}

function object(value: unknown, what: string): Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Given)
    : wrong(`has ${what} that is not an object`);
}

function list(value: unknown, what: string): unknown[] {
  return Array.isArray(value) && value.length > 0 && value.length <= 64 ? value : wrong(`lists no ${what}`);
}

function pattern(value: unknown, form: RegExp, what: string): string {
  return typeof value === 'string' && form.test(value) ? value : wrong(`has no ${what}`);
}

function whole(value: unknown, lowest: number, highest: number, what: string): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= lowest && value <= highest
    ? value
    : wrong(`has no ${what} from ${lowest} to ${highest}`);
}

function fileOf(value: unknown, board: string): string {
  return safeName(value) && value.startsWith(`${board}/`)
    ? value
    : wrong(`names a file outside the folder of ${board}`);
}

function partOf(value: unknown, board: string): ReleasePart {
  const { file, offset, size, sha256 } = object(value, 'a part');
  const out = {
    file: fileOf(file, board),
    offset: whole(offset, 0, updateLimits.image, 'offset'),
    size: whole(size, 1, updateLimits.image, 'size'),
    sha256: pattern(sha256, /^[0-9a-f]{64}$/, 'SHA-256 of each part'),
  };
  return out.offset % SECTOR === 0
    ? out
    : wrong(`puts ${out.file} at ${out.offset}, which is not the start of a flash sector`);
}

function boardOf(value: unknown): ReleasedBoard {
  const given = object(value, 'a board');
  const name = pattern(given['name'], /^[a-z0-9_]{1,32}$/, 'name of each board');
  const known = boards[name],
    chip = chipOf(name);
  if (!known || !chip)
    return wrong(`has an image of ${name}, a board that this version does not know: update Blockwatch`);
  if (given['platform'] !== known.platform || given['family'] !== chip.family)
    return wrong(`names the wrong chip for ${name}`);
  const parts = list(given['parts'], `parts of ${name}`).map((one) => partOf(one, name));
  [...parts]
    .sort((a, b) => a.offset - b.offset)
    .reduce(
      (end, { file, offset, size }) => (offset >= end ? offset + size : wrong(`has overlapping parts: ${file}`)),
      0,
    );
  if (given['update'] === undefined)
    return { name, about: known.about, family: chip.family, platform: known.platform, parts };
  const update = object(given['update'], 'an update');
  const text = (member: string): string => pattern(update[member], /^[\s\S]{1,2048}$/, `"${member}" of an update`);
  return {
    name,
    about: known.about,
    family: chip.family,
    platform: known.platform,
    parts,
    update: {
      file: fileOf(update['file'], name),
      paper: fileOf(update['paper'], name),
      manifest: text('manifest'),
      signature: text('signature'),
      key: text('key'),
    },
  };
}

/** @throws RangeError with the first error */
export function readDescription(text: string): Description {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong('is not JSON');
  }
  const given = object(value, 'something');
  if (given['schema'] !== SCHEMA)
    wrong(
      `is of schema ${String(given['schema']).slice(0, 20)}, and this Blockwatch reads ${SCHEMA}: ` +
        'use the Blockwatch version of the release',
    );
  const out: Description = {
    schema: SCHEMA,
    version: pattern(given['version'], /^\d{1,9}\.\d{1,9}\.\d{1,9}$/, 'version such as 1.2.3'),
    date: pattern(given['date'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'date such as 2027-01-31T12:00:00Z'),
    ...(given['key'] === undefined
      ? {}
      : { key: pattern(given['key'], /^[0-9a-f]{128}$/, 'public key in hexadecimal') }),
    boards: list(given['boards'], 'boards').map(boardOf),
  };
  if (new Set(out.boards.map(({ name }) => name)).size < out.boards.length) wrong('has a board twice');
  return out;
}
