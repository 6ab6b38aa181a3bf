/** Parses broker URLs. */
import { UserError } from './errors.js';

export const DEFAULT_MQTT_PORT = 1883;

/** @throws UserError BW_USAGE */
export function parseBrokerUrl(text: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(text);
    decodeURIComponent(url.username + url.password);
  } catch {
    url = undefined;
  }
  if (!url || !/^mqtts?:$/.test(url.protocol) || url.hostname === '') {
    const shown = text.replace(/\/\/[^/]*@/, '//...@');
    throw new UserError('BW_USAGE', {
      problem: `--broker "${shown}" is not a URL such as mqtts://broker.example:8883.`,
    });
  }
  return url;
}
