/** Writes a release's folder: beside its place, and then renamed, so that there is a whole one or none. */
import { createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../../host/common/errors.js';
import { boards } from '../../host/firmware/boards.js';
import type { Image } from '../../host/firmware/image.js';
import { manifestOf } from '../../host/firmware/image.js';
import { publicHex, sha256Hex, signImage } from '../../host/firmware/release.js';
import type { Description, ReleasedBoard } from '../../host/release/description.js';
import { DESCRIPTION, readDescription, SBOM, SCHEMA } from '../../host/release/description.js';
import { signSums } from '../../host/release/keys.js';
import { SIGNATURE, SUMS, writeSums } from '../../host/release/sums.js';
import { APPLICATION } from './images.js';
import type { ReleaseOptions } from './options.js';
import { makeSbom } from './sbom.js';

const DAY = 86_400;

/** Every file of the release by its name. */
type Files = Map<string, Buffer>;

const json = (value: object): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

/** Puts a board's files among `files`. */
function addBoard(files: Files, image: Image, { version, key, date, expires }: ReleaseOptions): ReleasedBoard {
  const { board: name, family } = image;
  const { about = '', platform = '' } = boards[name] ?? {};
  const parts = image.parts.map(({ file, path, offset }) => {
    const bytes = readFileSync(path);
    files.set(`${name}/${file}`, bytes);
    return { file: `${name}/${file}`, offset, size: bytes.length, sha256: sha256Hex(bytes) };
  });
  files.set(`${name}/manifest.json`, json(manifestOf(image, version)));
  if (!key) return { name, about, family, platform, parts };
  // The application is the update; a second copy of it would be another thing to keep alike.
  const [file, paper] = [`${name}/${APPLICATION}`, `${name}/${APPLICATION}.signed.json`];
  const signed = signImage(
    files.get(file) ?? Buffer.alloc(0),
    { board: name, version, minimum: '', expires: date + expires * DAY },
    key,
  );
  files.set(paper, json(signed));
  return { name, about, family, platform, parts, update: { file, paper, ...signed } };
}

/** Everything that goes into the folder; the same for the same images, options and date. */
export function filesOf(images: readonly Image[], options: ReleaseOptions): Files {
  const files: Files = new Map();
  const { version, key, built } = options;
  const date = new Date(options.date * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const description: Description = {
    schema: SCHEMA,
    version,
    date,
    ...(key ? { key: publicHex(createPublicKey(key)) } : {}),
    boards: images.map((image) => addBoard(files, image, options)),
  };
  files.set(DESCRIPTION, json(description));
  files.set(SBOM, json(makeSbom(images, { version, date, built })));
  // What nobody could read is not to be made.
  readDescription((files.get(DESCRIPTION) as Buffer).toString('utf8'));
  const sums = Buffer.from(writeSums(new Map([...files].map(([name, bytes]) => [name, sha256Hex(bytes)]))));
  files.set(SUMS, sums);
  if (key) files.set(SIGNATURE, signSums(sums, key));
  return files;
}

/** @throws UserError BW_OUTPUT; then the place is as it was */
export function writeRelease(out: string, files: Files): void {
  const place = resolve(out);
  const wrong = (reason: string): UserError => new UserError('BW_OUTPUT', { path: out, reason });
  const [beside, before] = [`${place}.new-${process.pid}`, `${place}.old-${process.pid}`];
  try {
    // Never over what somebody keeps there; an older release gives way.
    const there = existsSync(place) ? readdirSync(place) : [];
    if (there.length > 0 && ![DESCRIPTION, SUMS].every((name) => there.includes(name)))
      throw wrong('it is a folder with something else in it');
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(beside, name)), { recursive: true });
      writeFileSync(join(beside, name), bytes);
    }
    if (existsSync(place)) renameSync(place, before);
    try {
      renameSync(beside, place);
    } catch (error) {
      if (existsSync(before)) renameSync(before, place);
      throw error;
    }
    rmSync(before, { recursive: true, force: true });
  } catch (error) {
    throw error instanceof UserError ? error : wrong((error as NodeJS.ErrnoException).code ?? String(error));
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
