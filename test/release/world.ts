import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { newReleaseKey, readPrivateKey, sha256Hex } from '../../host/firmware/release.js';
import { signSums } from '../../host/release/keys.js';
import { readSums, writeSums } from '../../host/release/sums.js';
import { collectImages } from '../../scripts/release/images.js';
import { filesOf, writeRelease } from '../../scripts/release/lay-out.js';
import { readOptions } from '../../scripts/release/options.js';
import { application, writeImage } from '../firmware/image-files.js';
import type { Run } from '../support/command.js';
import { runScript } from '../support/command.js';

export const VERSION = '1.3.0';
/** 2027-01-15T08:00:00Z */
const DATE = '1800000000';
export const releaseKey = newReleaseKey(undefined);

/** Images of these boards in FOLDER/BOARD, and the key's two files: release.pem and release.pem.pub. */
export function writeImages(
  folder: string,
  boards: readonly string[],
  texts: readonly string[] = [VERSION, releaseKey.publicHex],
): void {
  for (const board of boards) writeImage(join(folder, board), [], application(board, texts));
  writeFileSync(join(folder, 'release.pem'), releaseKey.privatePem);
  writeFileSync(join(folder, 'release.pem.pub'), `${releaseKey.publicHex}\n`);
}

/** @param images what `writeImages` wrote */
export function makeRelease(images: string, out: string, ...more: string[]): void {
  const options = readOptions(['--out', out, '--images', images, '--image-version', VERSION, ...more], {
    SOURCE_DATE_EPOCH: DATE,
  });
  if (!options) throw new Error('no options');
  writeRelease(out, filesOf(collectImages(options).found, options));
}

export const signedWith = (images: string): string[] => ['--release-key', join(images, 'release.pem')];

/** `npm run release -- ...`, in a folder where there is no toolchain. */
export function runRelease(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  return runScript('build/js/scripts/release.js', args, {
    env: { MODDABLE: '', IDF_PATH: '', HOME: '/nonexistent', SOURCE_DATE_EPOCH: DATE, ...env },
  });
}

/**
 * Writes a file of the release with its checksum, and the signature again where a key is given: what its maker could
 * do, and no tamperer.
 */
export function rewrite(folder: string, name: string, bytes: Buffer | string, sign = true): void {
  writeFileSync(join(folder, name), bytes);
  const sums = readSums(readFileSync(join(folder, 'SHA256SUMS'), 'utf8'));
  sums.set(name, sha256Hex(Buffer.from(bytes)));
  rewriteSums(folder, writeSums(sums), sign);
}

export function rewriteSums(folder: string, text: string, sign = true): void {
  writeFileSync(join(folder, 'SHA256SUMS'), text);
  if (sign)
    writeFileSync(
      join(folder, 'SHA256SUMS.sig'),
      signSums(Buffer.from(text), readPrivateKey(releaseKey.privatePem, undefined)),
    );
}

export interface WebServer {
  url: string;
  asked: string[];
  close(): Promise<void>;
}

/** Gives a folder's files, but where `otherwise` says that it has answered itself. */
export async function serveFolder(
  folder: () => string,
  otherwise: (request: IncomingMessage, answer: ServerResponse) => boolean = () => false,
): Promise<WebServer> {
  const asked: string[] = [];
  const server: Server = createServer((request, answer) => {
    const path = (request.url ?? '').replace(/^\/download\//, '');
    asked.push(path);
    if (otherwise(request, answer)) return;
    try {
      answer.end(readFileSync(join(folder(), path)));
    } catch {
      answer.writeHead(404).end('nothing');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/download/`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
