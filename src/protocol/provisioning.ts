/**
 * What a board must know before it can report: its identity, the broker, and the network to use. JSON, created by
 * `blockwatch enroll`, sent once to the board over its serial port and stored there until replaced.
 */
import { parseBlock } from './address.js';
import { validId } from './topics.js';
import { WireError } from './wire-error.js';

export const PROVISIONING_VERSION = 1;
/** Maximum bytes of JSON: two copies must fit the board's preferences. */
export const MAX_PROVISIONING_BYTES = 3500;

export interface Provisioning {
  version: number;
  site: string;
  sensor: string;
  broker: {
    host: string;
    port: number;
    tls: boolean;
    user: string;
    password: string;
    /** The authority that signed the broker's certificate: DER in base64, the body of a PEM file. Empty without TLS. */
    ca: string;
  };
  /** Empty for a wired uplink. */
  wifi: { ssid: string; password: string };
  /** The tap's plan; see src/native/tap/tap.h. Empty: the default of the board's build. */
  tap: string;
  /** The site's own blocks until a config names others. Empty: the private ranges. */
  home: string[];
  /** Time server (SNTP). */
  timeServer: string;
  /**
   * Key of 32 bytes in hexadecimal that signs this sensor's configs; see signed-config.ts. Empty: no signature is
   * needed.
   */
  configKey: string;
}

type Given = Record<string, unknown>;

const members = ['version', 'site', 'sensor', 'broker', 'wifi', 'tap', 'home', 'timeServer', 'configKey'];

/** @throws WireError one sentence for the first error */
export function readProvisioning(text: string): Provisioning {
  if (text.length > MAX_PROVISIONING_BYTES)
    throw new WireError(`The provisioning is longer than ${MAX_PROVISIONING_BYTES} bytes.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WireError('The provisioning is not JSON.');
  }
  const given = object(value, 'The provisioning', members);
  if (given['version'] !== PROVISIONING_VERSION) {
    throw new WireError(
      `The provisioning's "version" is not ${PROVISIONING_VERSION}: it was made for another firmware.`,
    );
  }
  const broker = object(given['broker'], 'The provisioning\'s "broker"', [
    'host',
    'port',
    'tls',
    'user',
    'password',
    'ca',
  ]);
  const wifi = object(given['wifi'] ?? {}, 'The provisioning\'s "wifi"', ['ssid', 'password']);
  const tls = broker['tls'] ?? true;
  if (typeof tls !== 'boolean') throw new WireError('The broker\'s "tls" is neither true nor false.');
  const out: Provisioning = {
    version: PROVISIONING_VERSION,
    site: id(given, 'site'),
    sensor: id(given, 'sensor'),
    broker: {
      host: string(broker, 'host', 253),
      port: port(broker['port'] ?? (tls ? 8883 : 1883)),
      tls,
      user: string(broker, 'user', 128),
      password: string(broker, 'password', 128),
      ca: string(broker, 'ca', 2400),
    },
    wifi: { ssid: string(wifi, 'ssid', 32), password: string(wifi, 'password', 64) },
    tap: string(given, 'tap', 200),
    home: blocks(given['home'] ?? []),
    timeServer: string(given, 'timeServer', 253) || 'pool.ntp.org',
    configKey: string(given, 'configKey', 64),
  };
  if (out.broker.host === '') throw new WireError('The provisioning names no broker.');
  if (out.broker.tls && out.broker.ca === '')
    throw new WireError('The broker is to be reached with TLS, and the provisioning has no "ca" to know it by.');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(out.broker.ca)) throw new WireError('The broker\'s "ca" is not base64.');
  if (out.configKey !== '' && !/^[0-9a-f]{64}$/.test(out.configKey))
    throw new WireError('The "configKey" is not 32 bytes in hexadecimal.');
  return out;
}

function object(value: unknown, what: string, known: readonly string[]): Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WireError(`${what} is not a JSON object.`);
  for (const name of Object.keys(value)) {
    if (!known.includes(name))
      throw new WireError(`${what} has no member "${name.slice(0, 40)}"; it has ${known.join(', ')}.`);
  }
  return value as Given;
}

function id(given: Given, name: string): string {
  const value = given[name];
  if (typeof value !== 'string' || !validId(value)) {
    throw new WireError(
      `The provisioning's "${name}" is not an id of letters, digits, "-", "_" and ".", at most 32 of them.`,
    );
  }
  return value;
}

function string(given: Given, name: string, most: number): string {
  const value = given[name] ?? '';
  if (typeof value !== 'string' || value.length > most)
    throw new WireError(`The provisioning's "${name}" is not a text of at most ${most} characters.`);
  return value;
}

function port(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 65535)
    throw new WireError('The broker\'s "port" is not a whole number from 1 to 65535.');
  return value;
}

function blocks(value: unknown): string[] {
  if (!Array.isArray(value)) throw new WireError('The provisioning\'s "home" is not a list of blocks.');
  for (const text of value as unknown[]) {
    if (typeof text !== 'string' || !parseBlock(text))
      throw new WireError(`The home block "${String(text).slice(0, 60)}" is not a CIDR block such as 10.0.0.0/8.`);
  }
  return value as string[];
}
