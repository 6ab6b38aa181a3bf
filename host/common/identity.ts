/**
 * What makes a sensor itself and nobody else: the account it shows the broker, and the key that signs its configs.
 *
 * The config key comes of the fleet's key and of a salt of the sensor's own (HKDF, RFC 5869), so that the store, which holds
 * the salts, signs nothing by itself, and the fleet's key, one short file, brings back every sensor's key.
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
 * mosquitto's `$7$` hash: PBKDF2-SHA512 with a salt of 12 bytes, 64 bytes long, 101 rounds as mosquitto_passwd makes them. More
 * rounds would protect passwords that people choose; these are 192 random bits, and the broker pays at each connection.
 */
const HASH_SALT = 12;
const HASH_BYTES = 64;
const ROUNDS = 101;

/**
 * 32 bytes in hexadecimal on one line. Made where it is not there and `make` allows it; readable by its owner alone.
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
    // Never over one that is there: every sensor's key hangs on it.
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, `${key.toString('hex')}\n`);
    closeSync(file);
  } catch (error) {
    throw new UserError('BW_OUTPUT', { path, reason: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
  return key;
}

/** The key that signs one sensor's configs, in hexadecimal. */
export function configKey(fleet: Buffer, site: string, sensor: string, salt: string): string {
  const info = `blockwatch config ${site}/${sensor}`;
  return Buffer.from(hkdfSync('sha256', fleet, Buffer.from(salt, 'hex'), info, CONFIG_KEY)).toString('hex');
}

/**
 * A mark in the store by which a config key made of the wrong fleet key is known before a sensor refuses it: 32 bits,
 * of no use for more.
 */
export function keyMark(key: string): string {
  return createHash('sha256').update(`blockwatch key mark\n${key}`).digest('hex').slice(0, 8);
}

export const newSalt = (): string => randomBytes(SALT).toString('hex');
export const newPassword = (): string => randomBytes(PASSWORD).toString('base64url');

/** The user name at the broker is the MQTT client id: a broker can then insist on their being the same. */
export const accountName = clientId;

/** What mosquitto's password file has after the colon. */
export function hashPassword(password: string, salt: Buffer = randomBytes(HASH_SALT)): string {
  return `$7$${ROUNDS}$${salt.toString('base64')}$${pbkdf2Sync(password, salt, ROUNDS, HASH_BYTES, 'sha512').toString('base64')}`;
}

/** False for a hash that is none. */
export function checkPassword(password: string, hash: string): boolean {
  const [empty, kind, rounds, salt, wanted] = hash.split('$');
  if (empty !== '' || kind !== '7' || !wanted || !salt || !(Number(rounds) > 0)) return false;
  const expected = Buffer.from(wanted, 'base64');
  const given = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), expected.length, 'sha512');
  return timingSafeEqual(given, expected);
}
