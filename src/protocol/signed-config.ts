/**
 * A config that only the sensor's collector can have made. An intruder in the broker can publish on the config topic
 * and blind every sensor with a config that declares the whole internet home. So a sensor enrolled with a key accepts
 * signed configs only. HMAC-SHA256 (RFC 2104) with one key per sensor, because a board verifies it in a millisecond; a
 * stolen board reveals only its own key.
 *
 * The text on the topic is {"config": TEXT, "hmac": HEX}. The signature covers the topic, a line feed and TEXT, so that
 * a config is valid for one sensor only; Config.version prevents replay of an old one.
 */
import { WireError } from './wire-error.js';

/** HMAC-SHA256 of the concatenated `texts`, as UTF-8, under `key` (hexadecimal), in lower-case hexadecimal. */
export type Hmac = (key: string, ...texts: string[]) => string;

export function signConfig(config: string, topic: string, key: string, hmac: Hmac): string {
  return JSON.stringify({ config, hmac: hmac(key, `${topic}\n`, config) });
}

/**
 * The config's own text, for readConfig.
 *
 * @param key empty: signatures are neither required nor checked
 * @throws WireError if a key is given and the signature is missing or wrong
 */
export function openConfig(text: string, topic: string, key: string, hmac: Hmac): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WireError('The config is not JSON.');
  }
  const { config, hmac: given } = (value ?? {}) as { config?: unknown; hmac?: unknown };
  const signed = typeof config === 'string' && typeof given === 'string';
  if (key === '') return signed ? config : text;
  if (!signed) throw new WireError('The config is not signed, and this sensor takes signed ones only.');
  if (!same(given, hmac(key, `${topic}\n`, config)))
    throw new WireError("The config's signature is wrong: it was made for another sensor, or with another key.");
  return config;
}

/** Compares in constant time. */
function same(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= b.charCodeAt(i) ^ (a.charCodeAt(i % (a.length || 1)) || 0);
  return difference === 0;
}
