/** A release's signature: of the release key, over the bytes of SHA256SUMS, so that openssl can check it. */

import type { KeyObject } from 'node:crypto';
import { createPublicKey, verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { validKey } from '../../src/protocol/update.js';
import { UserError } from '../common/errors.js';
import { readOptionFile } from '../common/option-file.js';
import { projectRoot } from '../common/paths.js';
import { signAlike, toDer } from '../firmware/ecdsa.js';
import { publicHex, publicKey } from '../firmware/release.js';

/** Bytes of the two integers in DER, at most. */
export const MOST_SIGNATURE = 72;

/**
 * The same key signs updates; their text begins with words (`signedText`), and this with a checksum, so that neither
 * can be taken for the other.
 */
export const signSums = (sums: Buffer, key: KeyObject): Buffer => toDer(signAlike(key, sums));

/** @param key x and y in hexadecimal */
export function verifySums(sums: Buffer, signature: Buffer, key: string): boolean {
  try {
    return verify('sha256', sums, publicKey(key), signature);
  } catch {
    return false;
  }
}

/**
 * x and y in hexadecimal.
 * @param text of the .pub file that `blockwatch firmware keygen` makes, or PEM.
 * @throws UserError BW_RELEASE
 */
export function readPublicKey(text: string, path: string): string {
  const line = text.trim();
  try {
    // Without the private key's word in it: createPublicKey would take that, too, and this file goes to everybody.
    const hex = /^-----BEGIN PUBLIC KEY-----/.test(line) ? publicHex(createPublicKey(line)) : line;
    if (validKey(hex) && publicKey(hex)) return hex;
  } catch {
    // No key, or one of another kind.
  }
  throw new UserError('BW_RELEASE', {
    problem: `${path} is no public release key: name the .pub file that "blockwatch firmware keygen" made.`,
  });
}

/**
 * The key that releases must be signed with: of the option, else of BLOCKWATCH_RELEASE_KEY, else of release.pub in the
 * project's folder, where somebody who gives this Blockwatch to others puts the own. Undefined where there is none.
 */
export function knownReleaseKey(
  option: string,
  path: string | undefined,
  own = join(projectRoot, 'release.pub'),
): string | undefined {
  const known = path ?? (process.env['BLOCKWATCH_RELEASE_KEY'] || (existsSync(own) ? own : undefined));
  return known === undefined
    ? undefined
    : readPublicKey(readOptionFile(path === undefined ? 'the release key' : option, known).toString('utf8'), known);
}
