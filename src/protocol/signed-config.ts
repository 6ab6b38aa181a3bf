/**
 * A config that only its sensor's collector can have made. Whoever gets into the broker can publish on the config topic
 * and, with a config that calls the whole internet home, make every sensor blind: so a sensor that was enrolled with a
 * key takes signed configs only. HMAC-SHA256 (RFC 2104) with a key of the sensor's own, because that is what a board
 * checks in a millisecond; a board that is stolen gives away its own key and no other's.
 *
 * The text on the topic is {"config": TEXT, "hmac": HEX}. What is signed is the topic, a line feed and TEXT, so that
 * one sensor's config is no other's; Config.version keeps an old one from coming back.
 */
import { WireError } from './wire-error.js';

/** HMAC-SHA256 of `texts`, one behind the other, as UTF-8 under `key` (hexadecimal), in lower-case hexadecimal. */
export type Hmac = (key: string, ...texts: string[]) => string;

export function signConfig(config: string, topic: string, key: string, hmac: Hmac): string {
  return JSON.stringify({ config, hmac: hmac(key, `${topic}\n`, config) });
}

/**
 * The config's own text, for readConfig.
 *
 * @param key empty: signatures are neither needed nor looked at
 * @throws WireError where a key is given and the signature is missing or wrong
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

/** In a time that does not tell where the first difference is. */
function same(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= b.charCodeAt(i) ^ (a.charCodeAt(i % (a.length || 1)) || 0);
  return difference === 0;
}
