/** `SITE/SENSOR` as an argument. */
import { InvalidArgumentError } from 'commander';
import { ID_RULE, validId } from '../../../src/protocol/topics.js';

export interface NamedSensor {
  site: string;
  sensor: string;
}

export function namedSensor(text: string): NamedSensor {
  const [site = '', sensor = '', ...rest] = text.split('/');
  if (rest.length > 0 || !validId(site) || !validId(sensor))
    throw new InvalidArgumentError(`It must be SITE/SENSOR, each ${ID_RULE}.`);
  return { site, sensor };
}
