/** JSON schemas of what the API takes and gives; OpenAPI is made from them. They say what types.ts says. */
import { directions, kinds, protocols, severities, stages, techniques, tools } from '../../src/protocol/record.js';

export type Schema = Record<string, unknown>;

export const text: Schema = { type: 'string' };
export const number: Schema = { type: 'number' };
export const integer: Schema = { type: 'integer' };
export const boolean: Schema = { type: 'boolean' };
export const time: Schema = { type: 'string', format: 'date-time' };
export const list = (items: Schema): Schema => ({ type: 'array', items });
export const known = (names: readonly string[]): string[] => names.filter((name) => name !== '');
export const oneOf = (names: readonly string[]): Schema => ({ type: 'string', enum: [...names] });

/** An object of which every member is there, apart from the optional ones. */
export function object(properties: Record<string, Schema>, optional: readonly string[] = [], title?: string): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', ...(title ? { title } : {}), properties, required };
}

export const sensorStates = ['online', 'late', 'blind', 'gone', 'offline', 'never-seen'];
export const incidentKinds = ['late', 'gone', 'never-seen', 'blind', 'wrong-clock', 'old-firmware', 'trap', 'twin'];

export const knownAs = object(
  {
    label: text,
    list: text,
    kind: {
      ...oneOf(['research', 'indicator']),
      description: "research: a benign scanner, whose scans are noise. indicator: an adversary's.",
    },
    since: time,
  },
  [],
  'Known',
);

const scan = object(
  {
    id: { ...text, description: '{site}/{sensor}/{boot}/{episode}, permanent.' },
    site: text,
    sensor: text,
    open: { ...boolean, description: 'Until the sensor sends the record of its end, or starts anew.' },
    stage: oneOf(known(stages)),
    verdict: oneOf(['scan', 'notice']),
    kind: oneOf(known(kinds)),
    severity: oneOf(known(severities)),
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
    received: time,
    evidence: { ...number, description: 'Nats.' },
    confidence: { ...integer, description: 'Percent.' },
    spoofable: boolean,
    decoy: { ...boolean, description: 'One of a group of sources in step, all but one of them forged.' },
    sources: { ...integer, description: 'Distinct sources; more than one only where source is empty.' },
    tool: oneOf(tools),
    technique: oneOf(techniques),
    shape: list(integer),
    shapeStep: { ...integer, description: 'Milliseconds a bar of shape lasts.' },
    allowed: { ...text, description: 'The allow entry that holds it back.' },
    known: knownAs,
  },
  ['allowed', 'known'],
  'Scan',
);

const scanHistory = object(
  {
    stage: oneOf(known(stages)),
    kind: oneOf(known(kinds)),
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

export const verdict = object(
  {
    source: text,
    sites: list(text),
    sensors: integer,
    evidence: { ...number, description: 'Nats, summed over the sites.' },
    threshold: { ...number, description: 'Nats that convict.' },
    knocks: {
      ...integer,
      description: 'Sites at which, within a day, its first contact was with an address that does not exist.',
    },
    knocksNeeded: integer,
    failed: {
      ...integer,
      description:
        'Sites at which, within a day, its first contact was with an address that does not exist, or was refused.',
    },
    failedNeeded: { ...integer, description: 'Of these, beside three at which nobody was met.' },
    falseAlarm: {
      ...number,
      description: 'Upper bound on the chance that a source that does not scan is spoken of so.',
    },
    convicted: boolean,
    alone: { ...boolean, description: 'Some single sensor accused it too.' },
    spoofable: { ...boolean, description: 'Nobody has shown that the address is its own.' },
    probes: integer,
    first: time,
    last: time,
    known: knownAs,
  },
  ['known'],
  'FleetVerdict',
);

const source = object(
  {
    source: text,
    scans: integer,
    openScans: integer,
    sites: list(text),
    sensors: integer,
    first: time,
    last: time,
    targets: integer,
    probes: integer,
    severity: oneOf(known(severities)),
    confidence: integer,
    spoofable: boolean,
    kinds: list(oneOf(known(kinds))),
    tools: list(oneOf(known(tools))),
    services: list(integer),
    visits: { ...integer, description: 'A visit ends after a day of quiet.' },
    verdict,
    known: knownAs,
    summed: object({ scans: integer, until: time }),
  },
  ['visits', 'verdict', 'known', 'summed'],
  'Source',
);

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
    evidence: number,
    answered: integer,
    refused: integer,
    silent: integer,
    dark: integer,
  },
  [],
  'Whispered',
);

const sensor = object(
  {
    site: text,
    sensor: text,
    state: oneOf(sensorStates),
    boot: integer,
    version: text,
    firstSeen: time,
    lastSeen: time,
    lastSequence: integer,
    missing: { ...integer, description: 'Messages known to be missing.' },
    health: { type: 'object', additionalProperties: number, description: 'The newest health message by counter.' },
    healthReceived: { type: ['string', 'null'], format: 'date-time' },
    framesPerSecond: number,
    notes: list(oneOf(['wrong-clock', 'old-firmware', 'losing-frames'])),
    reason: oneOf(['', 'stopped', 'lost', 'silent']),
    configProblem: text,
    enrolment: object(
      {
        board: text,
        since: time,
        revoked: { type: ['string', 'null'], format: 'date-time' },
        renamed: { ...text, description: '{site}/{sensor} under which it goes on.' },
        configDesired: {
          type: ['integer', 'null'],
          description: 'Version of the desired config; health.configVersion is the one in force.',
        },
        configSet: { type: ['string', 'null'], format: 'date-time' },
        configState: oneOf(['none', 'waiting', 'taken', 'refused']),
      },
      [],
      'SensorEnrolment',
    ),
  },
  ['reason', 'configProblem', 'enrolment'],
  'Sensor',
);

const incident = object(
  {
    id: text,
    site: text,
    sensor: text,
    kind: oneOf(incidentKinds),
    since: time,
    until: { type: ['string', 'null'], format: 'date-time', description: 'Null while it lasts.' },
    text: { ...text, description: "The rest of a sentence that begins with the sensor's name, and what to do." },
  },
  [],
  'Incident',
);

const gap = object(
  {
    site: text,
    sensor: text,
    boot: integer,
    from: integer,
    to: integer,
    found: time,
    closed: time,
  },
  ['closed'],
  'Gap',
);

const timeline = object(
  {
    from: time,
    to: time,
    bucketSeconds: integer,
    buckets: list(
      object({
        time,
        started: object(Object.fromEntries(known(severities).map((name) => [name, integer]))),
        probes: integer,
      }),
    ),
    summedUntil: {
      type: ['string', 'null'],
      format: 'date-time',
      description: "Up to then details are gone and a day's sums stand at its noon.",
    },
  },
  [],
  'Timeline',
);

const now = object(
  {
    time,
    openScans: integer,
    allowedScans: integer,
    researchScans: integer,
    scansLastHour: integer,
    sources: integer,
    sensors: object(Object.fromEntries(sensorStates.map((name) => [name, integer]))),
    incidents: { ...integer, description: 'Open ones.' },
    missing: integer,
    heldBack: integer,
    messages: object({ stored: integer, duplicates: integer, rejected: integer }),
  },
  ['allowedScans', 'researchScans', 'messages'],
  'Now',
);

const rejectedMessage = object({ received: time, topic: text, reason: text, payload: text }, [], 'RejectedMessage');

const maybeTime: Schema = { type: ['string', 'null'], format: 'date-time' };

const output = object(
  {
    name: text,
    kind: oneOf(['file', 'stdout', 'syslog', 'webhook', 'mail']),
    state: {
      ...oneOf(['up', 'failing', 'unattended']),
      description: 'Unattended: no collector has it in its config at the moment.',
    },
    sent: integer,
    failed: { ...integer, description: 'Attempts.' },
    lag: { ...integer, description: 'Messages that wait.' },
    oldest: maybeTime,
    lastError: { type: ['string', 'null'] },
    lastErrorTime: maybeTime,
    lastSent: maybeTime,
    deadLetters: integer,
    lost: integer,
  },
  [],
  'Output',
);

export const failure = object({ error: text, message: text }, [], 'Error');

/** Answers by route. */
export const answers = {
  now,
  scans: object({
    scans: list(scan),
    next: { type: ['string', 'null'], description: 'The `before` of the next page.' },
  }),
  scan: object({ scan, history: list(scanHistory) }),
  sources: object({ sources: list(source) }),
  source: object({
    source,
    scans: list(scan),
    whispers: { ...list(whispered), description: 'The last of each sensor, in the last seven days.' },
  }),
  sensors: object({ sensors: list(sensor) }),
  incidents: object({ incidents: list(incident) }),
  gaps: object({ gaps: list(gap) }),
  outputs: object({ outputs: list(output) }),
  timeline,
  rejected: object({ rejected: list(rejectedMessage) }),
  ok: object({ ok: boolean }),
};

const limit = (fallback: number): Schema => ({ type: 'integer', minimum: 1, maximum: 500, default: fallback });
const id: Schema = { type: 'string', minLength: 1, maxLength: 32 };
const u32: Schema = { type: 'integer', minimum: 0, maximum: 0xffffffff };
const address: Schema = { type: 'string', maxLength: 45 };

export function query(properties: Record<string, Schema>): Schema {
  return { type: 'object', properties, additionalProperties: false };
}

/** Questions by route. A parameter that is not known is an error: a misspelt filter would look as if it had worked. */
export const questions = {
  none: query({}),
  scans: query({
    state: { ...oneOf(['open', 'ended', 'all']), default: 'all' },
    site: id,
    sensor: id,
    kind: oneOf(known(kinds)),
    severity: oneOf(known(severities)),
    source: address,
    verdict: oneOf(['scan', 'notice']),
    limit: limit(100),
    before: { type: 'string', maxLength: 160, description: 'A time, or `next` of the page before.' },
  }),
  sources: query({ limit: limit(100), site: id }),
  gaps: query({ limit: limit(100) }),
  incidents: query({
    state: { ...oneOf(['open', 'ended', 'all']), default: 'all' },
    site: id,
    sensor: id,
    kind: oneOf(incidentKinds),
    from: time,
    to: time,
    limit: limit(100),
  }),
  timeline: query({ from: time, to: time, buckets: { type: 'integer', minimum: 1, maximum: 1000, default: 60 } }),
  scanName: {
    type: 'object',
    required: ['site', 'sensor', 'boot', 'episode'],
    properties: { site: id, sensor: id, boot: u32, episode: u32 },
  },
  sourceName: { type: 'object', required: ['address'], properties: { address } },
};
