/** The signature of a release: by the release key over SHA256SUMS, in a format that openssl can verify. */

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

/** Maximum size of a DER signature. Bytes. */
export const MAX_SIGNATURE = 72;

/**
 * The same key signs updates. Their text starts with words (`signedText`) and this one with a checksum, so that one
 * cannot be passed off as the other.
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
    // Public keys only: createPublicKey would accept a private key, and this file is public.
    const hex = /^-----BEGIN PUBLIC KEY-----/.test(line) ? publicHex(createPublicKey(line)) : line;
    if (validKey(hex) && publicKey(hex)) return hex;
  } catch {
    // Not a key, or of another type.
  }
  throw new UserError('BW_RELEASE', {
    problem: `${path} is not a public release key. Name the .pub file that "blockwatch firmware keygen" created.`,
  });
}

/**
 * The key that must have signed a release: from the option, BLOCKWATCH_RELEASE_KEY, or release.pub in the project's
 * folder, where distributors put their own. Undefined without any.
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
