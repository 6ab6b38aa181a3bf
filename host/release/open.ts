/**
 * Opens a local or downloaded release. Nothing of it reaches a board before its checksum is verified, and its signature
 * if a key is known.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { updateLimits } from '../../src/protocol/update.js';
import { UserError } from '../common/errors.js';
import type { Image } from '../firmware/image.js';
import { chipOf } from '../firmware/image.js';
import { readSigned, sha256Hex } from '../firmware/release.js';
import type { Description, ReleasePart } from './description.js';
import { DESCRIPTION, MAX_DESCRIPTION, readDescription } from './description.js';
import { MAX_SIGNATURE, verifySums } from './keys.js';
import type { Source } from './source.js';
import { sourceOf } from './source.js';
import { MAX_SUMS, readSums, SIGNATURE, SUMS } from './sums.js';

const CACHE = 'blockwatch-data/releases';

export interface OpenOptions {
  /** The public key that must have signed it, in hexadecimal. */
  key?: string | undefined;
  /** Directory for downloaded files. */
  cache?: string;
  /** Timeout of a file. Milliseconds. */
  timeout?: number;
}

export class Release {
  readonly #source: Source;
  readonly #sums: ReadonlyMap<string, string>;
  /** Directory of the verified files. */
  readonly #folder: string;

  constructor(
    source: Source,
    readonly description: Description,
    sums: ReadonlyMap<string, string>,
    folder: string,
    readonly signed: boolean,
  ) {
    this.#source = source;
    this.#sums = sums;
    this.#folder = folder;
  }

  get place(): string {
    return this.#source.place;
  }

  /** One line about the release. */
  get words(): string {
    const { version, date, key } = this.description;
    const checked = this.signed
      ? 'signature verified'
      : key
        ? 'signature not verified (name the release key with --release-key)'
        : 'not signed';
    return `Release ${version} of ${date.slice(0, 10)}, ${checked}`;
  }

  /** A board's image with verified parts. @throws UserError BW_RELEASE_PLACE, BW_OUTPUT */
  async image(name: string): Promise<Image> {
    const { boards, version } = this.description;
    const board = boards.find((one) => one.name === name);
    const chip = chipOf(name);
    if (!board || !chip)
      throw refusal(
        this.#source,
        `version ${version} has no image for ${name.slice(0, 40)}, only for ${boards.map((one) => one.name).join(', ')}`,
      );
    for (const part of board.parts) await this.#fetch(part);
    return {
      board: name,
      chip: chip.chip,
      family: chip.family,
      parts: board.parts.map(({ file, offset }) => ({ file: basename(file), path: join(this.#folder, file), offset })),
    };
  }

  /** Verifies every file, and that each update matches its image. @returns the number of files @throws UserError */
  async checkAll(): Promise<number> {
    const sizes = new Map(this.description.boards.flatMap(({ parts }) => parts.map(({ file, size }) => [file, size])));
    const manifests = new Map<string, string>();
    for (const name of this.#sums.keys())
      manifests.set(
        name,
        (await checked(this.#source, this.#sums, name, sizes.get(name) ?? updateLimits.image))
          .subarray(0, MAX_SUMS)
          .toString('utf8'),
      );
    for (const { name, parts, update } of this.description.boards) {
      if (!update) continue;
      const { manifest, signature, read } = readSigned(manifests.get(update.paper) ?? '', update.paper);
      const app = parts.find(({ file }) => file === update.file);
      if (
        read.board !== name ||
        read.version !== this.description.version ||
        read.sha256 !== app?.sha256 ||
        manifest !== update.manifest ||
        signature !== update.signature
      ) {
        throw refusal(this.#source, `${update.paper} does not match the image beside it`);
      }
    }
    return this.#sums.size;
  }

  async #fetch({ file, size, sha256 }: ReleasePart): Promise<void> {
    if (this.#source.folder === undefined && isHere(join(this.#folder, file), sha256)) return;
    const bytes = await checked(this.#source, this.#sums, file, size);
    if (bytes.length !== size)
      throw refusal(this.#source, `${file} has ${bytes.length} bytes, but ${DESCRIPTION} says ${size}`);
    if (this.#source.folder !== undefined) return;
    const path = join(this.#folder, file);
    const beside = `${path}.${process.pid}`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      // Renamed when complete: an interrupted download or a full disk leaves nothing that could be flashed.
      writeFileSync(beside, bytes);
      renameSync(beside, path);
    } catch (error) {
      if (existsSync(beside)) rmSync(beside);
      throw new UserError('BW_OUTPUT', { path, reason: (error as NodeJS.ErrnoException).code ?? String(error) });
    }
  }
}

const refusal = ({ place }: Source, reason: string): UserError => new UserError('BW_RELEASE_PLACE', { place, reason });

function isHere(path: string, sha256: string): boolean {
  try {
    return sha256Hex(readFileSync(path)) === sha256;
  } catch {
    return false;
  }
}

async function checked(source: Source, sums: ReadonlyMap<string, string>, name: string, most: number): Promise<Buffer> {
  const wanted = sums.get(name);
  if (wanted === undefined) throw refusal(source, `${SUMS} has no checksum of ${name}`);
  const bytes = await source.read(name, most);
  if (sha256Hex(bytes) !== wanted)
    throw refusal(source, `${name} does not match its checksum: it is damaged or was changed`);
  return bytes;
}

/** @param place a directory, or a URL with https:// or http://. @throws UserError BW_RELEASE_PLACE */
export async function openRelease(place: string, { key, cache = CACHE, timeout }: OpenOptions = {}): Promise<Release> {
  const source = sourceOf(place, timeout);
  if (source.open && key === undefined)
    throw refusal(
      source,
      'http:// downloads can be changed on the way; name the release key with --release-key, or use https://',
    );
  const sumsFile = await source.read(SUMS, MAX_SUMS);
  if (key !== undefined && !verifySums(sumsFile, await source.read(SIGNATURE, MAX_SIGNATURE), key)) {
    throw refusal(source, `its signature does not match the release key ${key.slice(0, 16)}`);
  }
  try {
    const sums = readSums(sumsFile.toString('utf8'));
    const description = readDescription((await checked(source, sums, DESCRIPTION, MAX_DESCRIPTION)).toString('utf8'));
    for (const { file, sha256 } of description.boards.flatMap(({ parts }) => parts)) {
      if (sums.get(file) !== sha256) throw new RangeError(`${SUMS} and ${DESCRIPTION} disagree about ${file}`);
    }
    // Named by content, so that two releases never share a file.
    const folder = source.folder ?? resolve(cache, sha256Hex(sumsFile).slice(0, 16));
    return new Release(source, description, sums, folder, key !== undefined);
  } catch (error) {
    throw error instanceof RangeError ? refusal(source, error.message) : error;
  }
}
