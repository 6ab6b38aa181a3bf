/** Where a broker is, and which account the URL names. */
import { UserError } from './errors.js';

export const DEFAULT_MQTT_PORT = 1883;
const DEFAULT_MQTTS_PORT = 8883;

/** `mqtt://` or `mqtts://` with a host, and an account that can be read; undefined where it is none. */
export function readBrokerUrl(text: string): URL | undefined {
  try {
    const url = new URL(text);
    decodeURIComponent(url.username + url.password);
    return /^mqtts?:$/.test(url.protocol) && url.hostname !== '' ? url : undefined;
  } catch {
    return undefined;
  }
}

/** As an error shows it: without the account. */
export const shownBrokerUrl = (text: string): string => text.replace(/\/\/[^/]*@/, '//...@');

/** @throws UserError BW_USAGE */
export function parseBrokerUrl(text: string): URL {
  const url = readBrokerUrl(text);
  if (!url) {
    throw new UserError('BW_USAGE', {
      problem: `--broker "${shownBrokerUrl(text)}" is not a URL such as mqtts://broker.example:8883 or mqtt://broker.example:1883.`,
    });
  }
  return url;
}

/** Where a broker is: a name or an address without brackets, and the port that is its protocol's where none is named. */
export function brokerPlace(url: URL): { tls: boolean; host: string; port: number } {
  const tls = url.protocol === 'mqtts:';
  return {
    tls,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (tls ? DEFAULT_MQTTS_PORT : DEFAULT_MQTT_PORT),
  };
}

/** What mqtt.js wants to know of a broker's URL. */
export function brokerSettings(url: URL): {
  protocol: 'mqtt' | 'mqtts';
  host: string;
  port: number;
  username?: string;
  password?: string;
} {
  const { tls, host, port } = brokerPlace(url);
  return {
    protocol: tls ? 'mqtts' : 'mqtt',
    host,
    port,
    ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
    ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
  };
}
