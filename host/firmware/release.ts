/** Release keys and signed images for `blockwatch firmware`. The private key belongs on one offline computer. */

import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import type { Manifest, Verify } from '../../src/protocol/update.js';
import { encodeManifest, readManifest, signedText, validKey } from '../../src/protocol/update.js';
import { UserError } from '../common/errors.js';
import { boards } from './boards.js';
import { signAlike } from './ecdsa.js';

/** The signed manifest of an image, a file beside the image. */
export interface SignedImage {
  manifest: string;
  /** r and s in hexadecimal. */
  signature: string;
  /** The public key, x and y in hexadecimal. */
  key: string;
}

const CURVE = 'prime256v1';

export function newReleaseKey(passphrase: string | undefined): { privatePem: string; publicHex: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
  const pem = privateKey.export({
    format: 'pem',
    type: 'pkcs8',
    ...(passphrase ? { cipher: 'aes-256-cbc', passphrase } : {}),
  });
  return { privatePem: pem as string, publicHex: publicHex(publicKey) };
}

/** x and y of a P-256 key, 64 bytes. */
export function publicHex(key: KeyObject): string {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString('hex');
}

/** @throws UserError BW_RELEASE if the text is not a P-256 key, or if the passphrase is missing or wrong */
export function readPrivateKey(pem: string, passphrase: string | undefined): KeyObject {
  try {
    const key = createPrivateKey({ key: pem, format: 'pem', ...(passphrase ? { passphrase } : {}) });
    if (key.asymmetricKeyDetails?.namedCurve === CURVE) return key;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (/passphrase|bad.?decrypt|interrupted/i.test(`${code} ${(error as Error).message}`)) {
      throw new UserError('BW_RELEASE', {
        problem: passphrase
          ? 'The passphrase of the release key is wrong.'
          : 'The release key has a passphrase. Name its file with --passphrase-file.',
      });
    }
  }
  throw new UserError('BW_RELEASE', {
    problem: 'This is not a release key. Create one with "blockwatch firmware keygen".',
  });
}

/** @param hex as `publicHex` gives it. Throws if it is not a point on the curve. */
export function publicKey(hex: string): KeyObject {
  const point = Buffer.from(hex, 'hex');
  return createPublicKey({
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(0, 32).toString('base64url'),
      y: point.subarray(32).toString('base64url'),
    },
    format: 'jwk',
  });
}

export const verifyOnNode: Verify = (key, text, signature) => {
  if (!validKey(key) || !/^[0-9a-f]{128}$/.test(signature)) return false;
  try {
    return verify(
      'sha256',
      Buffer.from(text),
      { key: publicKey(key), dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'hex'),
    );
  } catch {
    return false;
  }
};

export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function signImage(
  image: Uint8Array,
  given: Pick<Manifest, 'version' | 'board' | 'minimum' | 'expires'>,
  key: KeyObject,
): SignedImage {
  const manifest = encodeManifest({ ...given, size: image.length, sha256: sha256Hex(image) });
  readManifest(manifest);
  const signature = signAlike(key, Buffer.from(signedText(manifest))).toString('hex');
  return { manifest, signature, key: publicHex(createPublicKey(key)) };
}

/** ESP-IDF chip ids in the image header (esp_app_format.h, esp_chip_id_t). */
const chips: Record<string, number> = { esp32: 0, 'esp32/esp32c3': 5, 'esp32/esp32c6': 13, 'esp32/esp32s3': 9 };
/** A Linux machine that runs the firmware under XS. */
export const LINUX = 'linux';

/** Why these bytes are not an image for the board; undefined if they are. */
export function whyNoImage(image: Uint8Array, board: string): string | undefined {
  if (board === LINUX) return image[0] === 0x7f && image[1] === 0x45 ? undefined : 'it is not a Linux executable';
  const platform = boards[board]?.platform;
  if (platform === undefined) return `there is no board "${board}"`;
  // esp_image_header_t: magic 0xe9, ..., chip id at 12, little endian.
  if (image.length < 24 || image[0] !== 0xe9) return 'it is not an ESP-IDF application image (.bin)';
  const chip = (image[12] as number) | ((image[13] as number) << 8);
  return chip === chips[platform] ? undefined : 'it is for another chip';
}

/** @throws UserError BW_RELEASE */
export function readSigned(text: string, path: string): SignedImage & { read: Manifest } {
  const bad = (reason: string): UserError =>
    new UserError('BW_RELEASE', {
      problem: `${path} is not a signed manifest: ${reason}. Create one with "blockwatch firmware sign".`,
    });
  let value: Partial<SignedImage>;
  try {
    value = JSON.parse(text) as Partial<SignedImage>;
  } catch {
    throw bad('it is not JSON');
  }
  const { manifest, signature, key } = value ?? {};
  if (typeof manifest !== 'string' || typeof signature !== 'string' || typeof key !== 'string')
    throw bad('it lacks "manifest", "signature" or "key"');
  let read: Manifest;
  try {
    read = readManifest(manifest);
  } catch (error) {
    throw bad((error as Error).message.replace(/\.$/, ''));
  }
  if (!verifyOnNode(key, signedText(manifest), signature)) throw bad('the signature does not match its key');
  return { manifest, signature, key, read };
}
