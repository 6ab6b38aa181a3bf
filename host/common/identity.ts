/**
 * A sensor's identity: its broker account and the key that signs its configs.
 *
 * The config key is derived from the fleet key and a salt per sensor (HKDF, RFC 5869). The store, which holds the
 * salts, can therefore sign nothing by itself, and the fleet key, one short file, restores every sensor's key.
 */
import { createHash, hkdfSync, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { clientId } from '../../src/protocol/topics.js';
import { UserError } from './errors.js';

export const DEFAULT_FLEET_KEY = 'blockwatch-data/fleet.key';

/** Bytes. */
const FLEET_KEY = 32;
const CONFIG_KEY = 32;
const SALT = 16;
const PASSWORD = 24;

/**
 * Mosquitto's `$7$` hash: PBKDF2-SHA512 with a 12-byte salt, 64 bytes long, 101 rounds like mosquitto_passwd. More
 * rounds protect passwords that people choose; these have 192 random bits, and the broker pays for each connection.
 */
const HASH_SALT = 12;
const HASH_BYTES = 64;
const ROUNDS = 101;

/**
 * Reads the fleet key: 32 bytes in hexadecimal on one line. Creates it if missing and `make` allows it; only its owner
 * may read it.
 */
export function fleetKey(path: string, make: boolean): Buffer {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' || !make)
      throw new UserError('BW_FLEET_KEY', { path, reason: code === 'ENOENT' ? 'there is no such file' : String(code) });
    return makeFleetKey(path);
  }
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new UserError('BW_FLEET_KEY', { path, reason: 'it is not 32 bytes in hexadecimal' });
  return Buffer.from(text, 'hex');
}

function makeFleetKey(path: string): Buffer {
  const key = randomBytes(FLEET_KEY);
  try {
    mkdirSync(dirname(path), { recursive: true });
    // Never overwrite an existing key: every sensor's key depends on it.
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, `${key.toString('hex')}\n`);
    closeSync(file);
  } catch (error) {
    throw new UserError('BW_OUTPUT', { path, reason: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
  return key;
}

/** The key that signs a sensor's configs, in hexadecimal. */
export function configKey(fleet: Buffer, site: string, sensor: string, salt: string): string {
  const info = `blockwatch config ${site}/${sensor}`;
  return Buffer.from(hkdfSync('sha256', fleet, Buffer.from(salt, 'hex'), info, CONFIG_KEY)).toString('hex');
}

/**
 * A stored fingerprint that reveals a config key made with the wrong fleet key before a sensor refuses it: 32 bits, too
 * few for anything else.
 */
export function keyMark(key: string): string {
  return createHash('sha256').update(`blockwatch key mark\n${key}`).digest('hex').slice(0, 8);
}

export const newSalt = (): string => randomBytes(SALT).toString('hex');
export const newPassword = (): string => randomBytes(PASSWORD).toString('base64url');

/** The broker user name is the MQTT client id, so that a broker can require them to match. */
export const accountName = clientId;

/** The part after the colon in Mosquitto's password file. */
export function hashPassword(password: string, salt: Buffer = randomBytes(HASH_SALT)): string {
  const hash = pbkdf2Sync(password, salt, ROUNDS, HASH_BYTES, 'sha512');
  return `$7$${ROUNDS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Returns false for a malformed hash. */
export function checkPassword(password: string, hash: string): boolean {
  const [empty, kind, rounds, salt, storedHash] = hash.split('$');
  if (empty !== '' || kind !== '7' || !storedHash || !salt || !(Number(rounds) > 0)) return false;
  const expected = Buffer.from(storedHash, 'base64');
  const given = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), expected.length, 'sha512');
  return timingSafeEqual(given, expected);
}
