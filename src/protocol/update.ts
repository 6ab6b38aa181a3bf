/**
 * How a new firmware image is offered, requested and delivered (docs/PROTOCOL.md, "Update").
 *
 * The retained text on `.../update` is {"manifest": TEXT, "signature": HEX, ...}: TEXT identifies the image, HEX is the
 * ECDSA signature (P-256, SHA-256; FIPS 186-5) of a release key that is on no broker, no collector and no sensor. One
 * signature serves all sensors with the same board. The unsigned members (start time, attempt) have no influence on
 * which image runs.
 */
import { WireError } from './wire-error.js';

/** A public release key: x and y of its point, 64 bytes in hexadecimal. */
const KEY = /^[0-9a-f]{128}$/;

export const updateLimits = {
  /** Maximum characters of an offer. */
  offer: 2048,
  /** Maximum bytes of an image: no supported board has more flash. */
  image: 16 * 1024 * 1024,
  /** Maximum bytes of one request. */
  block: 4096,
  /** Maximum seconds over which a roll-out may be spread. */
  stagger: 7 * 86_400,
  /** Maximum attempts at the same image. Not signed, so this limits the flash wear that an attacker can cause. */
  attempts: 8,
} as const;

export interface Manifest {
  /** `1.2.3`; a sensor accepts only a higher one than its own. */
  version: string;
  /** Board of this image: host/firmware/boards.ts. */
  board: string;
  /** Bytes. */
  size: number;
  /** SHA-256 of the whole image, lower-case hexadecimal. */
  sha256: string;
  /** The lowest version that it may replace; empty: any. */
  minimum: string;
  /** Expiry, seconds since 1970: from then on it must not be installed. */
  expires: number;
}

export interface Offer {
  /** The manifest's signed text. */
  text: string;
  manifest: Manifest;
  signature: string;
  /** Seconds: the sensor starts at a random time within this interval. */
  stagger: number;
  /** 1 for the first; raised to retry an image that failed. */
  attempt: number;
}

/** True if `signature` (r and s, 64 bytes in hexadecimal) over UTF-8 `text` was made with the key. */
export type Verify = (key: string, text: string, signature: string) => boolean;

/** The text that a release key signs: never TEXT alone, so that no other signature of the key passes for this one. */
export const signedText = (manifest: string): string => `blockwatch update 1\n${manifest}`;

export function encodeManifest(manifest: Manifest): string {
  const { version, board, size, sha256, minimum, expires } = manifest;
  return JSON.stringify({ version, board, size, sha256, ...(minimum ? { minimum } : {}), expires });
}

export function encodeOffer(offer: Pick<Offer, 'text' | 'signature' | 'stagger' | 'attempt'>): string {
  const { text, signature, stagger, attempt } = offer;
  return JSON.stringify({ manifest: text, signature, stagger, attempt });
}

/** Whether `text` has the form of a public release key. */
export const validKey = (text: string): boolean => KEY.test(text);

/** -1, 0 or 1; a suffix after the three numbers (`-dev`) is ignored. An invalid version is below all others. */
export function compareVersions(a: string, b: string): number {
  const left = parts(a),
    right = parts(b);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] as number) - (right[i] as number);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return 0;
}

function parts(version: string): number[] {
  const found = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})/.exec(version);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : [-1, -1, -1];
}

/** @throws WireError one sentence for the first error. Only the form of the signature is checked. */
export function readOffer(text: string): Offer {
  if (text.length > updateLimits.offer)
    throw new WireError(`The update is longer than ${updateLimits.offer} characters.`);
  const given = object(text, 'The update', ['manifest', 'signature', 'stagger', 'attempt']);
  const { manifest, signature } = given;
  if (typeof manifest !== 'string') throw new WireError('The update has no "manifest".');
  if (typeof signature !== 'string' || !/^[0-9a-f]{128}$/.test(signature))
    throw new WireError('The update\'s "signature" is not 64 bytes in hexadecimal.');
  return {
    text: manifest,
    manifest: readManifest(manifest),
    signature,
    stagger: given['stagger'] === undefined ? 0 : whole(given, 'update', 'stagger', 0, updateLimits.stagger),
    attempt: given['attempt'] === undefined ? 1 : whole(given, 'update', 'attempt', 1, updateLimits.attempts),
  };
}

/** @throws WireError one sentence for the first error */
export function readManifest(text: string): Manifest {
  const given = object(text, 'The manifest', ['version', 'board', 'size', 'sha256', 'minimum', 'expires']);
  const minimum = given['minimum'] ?? '';
  const out = {
    version: pattern(given['version'], 'version', VERSION, 'three numbers such as 1.2.3'),
    board: pattern(given['board'], 'board', /^[a-z0-9_]{1,32}$/, 'the name of a board'),
    size: whole(given, 'manifest', 'size', 1, updateLimits.image),
    sha256: pattern(given['sha256'], 'sha256', /^[0-9a-f]{64}$/, '32 bytes in hexadecimal'),
    minimum: minimum === '' ? '' : pattern(minimum, 'minimum', VERSION, 'three numbers such as 1.2.3'),
    expires: whole(given, 'manifest', 'expires', 1, 0xffffffff),
  };
  return out;
}

const VERSION = /^\d{1,9}\.\d{1,9}\.\d{1,9}$/;

function object(text: string, what: string, known: readonly string[]): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WireError(`${what} is not JSON.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WireError(`${what} is not a JSON object.`);
  for (const name of Object.keys(value)) {
    if (!known.includes(name))
      throw new WireError(`${what} has no member "${name.slice(0, 40)}"; it has ${known.join(', ')}.`);
  }
  return value as Record<string, unknown>;
}

function whole(given: Record<string, unknown>, what: string, name: string, lowest: number, highest: number): number {
  const value = given[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < lowest || value > highest) {
    throw new WireError(`The ${what}'s "${name}" is not a whole number from ${lowest} to ${highest}.`);
  }
  return value;
}

function pattern(value: unknown, name: string, form: RegExp, is: string): string {
  if (typeof value !== 'string' || !form.test(value)) throw new WireError(`The manifest's "${name}" is not ${is}.`);
  return value;
}

/** Bytes of an image's hash that identify it in requests and blocks. */
const ID_BYTES = 8;
const FETCH_BYTES = ID_BYTES + 8;
/** Bytes of a block's header. */
const BLOCK_HEAD = ID_BYTES + 4;

export interface Fetch {
  /** The first 8 bytes of the image's SHA-256, in hexadecimal. */
  image: string;
  offset: number;
  length: number;
}

export const imageOf = (sha256: string): string => sha256.slice(0, 2 * ID_BYTES);

/** A sensor's request for a part of an image: id, offset u32, length u32, all in network order. */
export function encodeFetch({ image, offset, length }: Fetch): Uint8Array {
  const out = new Uint8Array(FETCH_BYTES);
  const view = new DataView(out.buffer);
  writeId(view, image);
  view.setUint32(ID_BYTES, offset);
  view.setUint32(ID_BYTES + 4, length);
  return out;
}

/** @throws WireError */
export function readFetch(payload: Uint8Array): Fetch {
  if (payload.length !== FETCH_BYTES)
    throw new WireError(`A request for a block has ${FETCH_BYTES} bytes, not ${payload.length}.`);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const out = { image: readId(view), offset: view.getUint32(ID_BYTES), length: view.getUint32(ID_BYTES + 4) };
  if (out.length < 1 || out.length > updateLimits.block)
    throw new WireError(`A block has 1 to ${updateLimits.block} bytes, not ${out.length}.`);
  return out;
}

/** The answer: id, offset u32, data. */
export function encodeBlock(image: string, offset: number, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK_HEAD + data.length);
  const view = new DataView(out.buffer);
  writeId(view, image);
  view.setUint32(ID_BYTES, offset);
  out.set(data, BLOCK_HEAD);
  return out;
}

/** The image's id; undefined if the block is too short. `data` is a view. */
export function readBlock(payload: Uint8Array): { image: string; offset: number; data: Uint8Array } | undefined {
  if (payload.length < BLOCK_HEAD) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return { image: readId(view), offset: view.getUint32(ID_BYTES), data: payload.subarray(BLOCK_HEAD) };
}

function writeId(view: DataView, image: string): void {
  for (let i = 0; i < ID_BYTES; i++) view.setUint8(i, parseInt(image.slice(2 * i, 2 * i + 2), 16));
}

function readId(view: DataView): string {
  let out = '';
  for (let i = 0; i < ID_BYTES; i++) out += (view.getUint8(i) + 256).toString(16).slice(1);
  return out;
}
