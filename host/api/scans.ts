/** Scans and their records. */
import { directions, kinds, protocols, severities, stages, techniques, tools } from '../../src/protocol/record.js';
import { known } from './lists.js';
import { named, verdicts } from './names.js';
import type { Of } from './schema.js';
import {
  address,
  boolean,
  integer,
  limit,
  list,
  maybeText,
  name,
  number,
  object,
  oneOf,
  openOrEnded,
  path,
  query,
  text,
  time,
  u32,
} from './schema.js';

/** One scan episode as one sensor sees it: the newest record of it, under a permanent id. */
export const scan = object(
  {
    id: { ...text, description: '{site}/{sensor}/{boot}/{episode}, permanent.' },
    site: text,
    sensor: text,
    open: { ...boolean, description: 'Until the sensor sends the record of its end; or see `ended`.' },
    ended: {
      ...oneOf(['restarted', 'stopped', 'silent']),
      description:
        'Why it ended without a record of its end: the sensor restarted, said farewell, or says no more of it. A later record still decides.',
    },
    stage: oneOf(named(stages)),
    verdict: oneOf(verdicts),
    kind: oneOf(named(kinds)),
    severity: oneOf(named(severities)),
    source: { ...text, description: 'IPv4, IPv6 or MAC address; empty where it is not known.' },
    aggregate: { ...boolean, description: 'The source stands for its IPv6 /64.' },
    protocol: oneOf(protocols),
    direction: oneOf(directions),
    targets: integer,
    services: list(integer),
    serviceCount: integer,
    probes: integer,
    answered: integer,
    refused: integer,
    silent: integer,
    dark: integer,
    first: time,
    last: time,
    received: { ...time, description: 'When the collector stored the newest record.' },
    evidence: { ...number, description: 'Nats.' },
    confidence: { ...integer, description: 'Percent.' },
    spoofable: boolean,
    decoy: { ...boolean, description: 'One of a group of sources in step, all but one of them forged.' },
    sources: { ...integer, description: 'Distinct sources; more than one only where source is empty.' },
    tool: oneOf(tools),
    technique: oneOf(techniques),
    shape: list(integer),
    shapeStep: { ...integer, description: 'Milliseconds a bar of shape lasts.' },
    allowed: { ...text, description: 'Id of the exception that suppresses its newest record.' },
    known: { ...known, description: 'What a list says of the source.' },
  },
  ['ended', 'allowed', 'known'],
  'Scan',
);
export type Scan = Of<typeof scan>;

/** A stored record of a scan, as the scan's own page lists them. */
const scanHistory = object(
  {
    stage: oneOf(named(stages)),
    kind: oneOf(named(kinds)),
    targets: integer,
    probes: integer,
    serviceCount: integer,
    evidence: number,
    received: time,
    time,
    sequence: integer,
  },
  [],
  'ScanHistory',
);
export type ScanHistory = Of<typeof scanHistory>;

export const scanAnswers = {
  list: object({
    scans: list(scan),
    next: { ...maybeText, description: 'The `before` of the next page.' },
  }),
  one: object({ scan, history: list(scanHistory) }),
};

export const scanQuery = query({
  state: openOrEnded,
  site: name,
  sensor: name,
  kind: oneOf(named(kinds)),
  severity: oneOf(named(severities)),
  source: address,
  verdict: oneOf(verdicts),
  limit: limit(100),
  before: { ...text, maxLength: 160, description: 'A time, or `next` of the page before.' },
});

export const scanPath = path({ site: name, sensor: name, boot: u32, episode: u32 });
