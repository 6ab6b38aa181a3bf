/** Sources: what one did over sites and sensors, and what sensors suspect of it. */
import { directions, kinds, protocols, severities, tools } from '../../src/protocol/record.js';
import { verdict } from './fleet.js';
import { known } from './lists.js';
import { named } from './names.js';
import { scan } from './scans.js';
import type { Of } from './schema.js';
import {
  address,
  boolean,
  integer,
  limit,
  list,
  name,
  number,
  object,
  oneOf,
  path,
  query,
  text,
  time,
} from './schema.js';

/** All that one source did, over sites and sensors. */
const source = object(
  {
    source: text,
    scans: { ...integer, description: 'Zero for a fleet-only detection.' },
    openScans: integer,
    sites: list(text),
    sensors: integer,
    first: time,
    last: time,
    targets: integer,
    probes: integer,
    severity: oneOf(named(severities)),
    confidence: integer,
    spoofable: boolean,
    kinds: list(oneOf(named(kinds))),
    tools: list(oneOf(named(tools))),
    services: list(integer),
    visits: { ...integer, description: 'A visit ends after a day without activity.' },
    verdict: {
      ...verdict,
      description:
        "The fleet's verdict, if several sensors reported it in the last seven days; only if one source is requested.",
    },
    known,
    summed: {
      ...object({ scans: integer, until: time }),
      description: 'Scans that exist only as daily sums; the last of them.',
    },
  },
  ['visits', 'verdict', 'known', 'summed'],
  'Source',
);
export type Source = Of<typeof source>;

/** The newest suspicion report of one sensor about a source: evidence below the sensor's own threshold. */
const whispered = object(
  {
    site: text,
    sensor: text,
    received: time,
    targets: integer,
    probes: integer,
    services: list(integer),
    protocol: oneOf(protocols),
    direction: oneOf(directions),
    evidence: { ...number, description: 'Nats.' },
    answered: integer,
    refused: integer,
    silent: integer,
    dark: integer,
  },
  [],
  'Whispered',
);
export type Whispered = Of<typeof whispered>;

export const sourceAnswers = {
  list: object({ sources: list(source) }),
  one: object({
    source,
    scans: list(scan),
    whispers: { ...list(whispered), description: 'The last of each sensor, in the last seven days.' },
  }),
};

export const sourceQuery = query({ limit: limit(100), site: name });
export const sourcePath = path({ address });
