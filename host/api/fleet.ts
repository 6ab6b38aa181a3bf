/** Fleet-wide results: verdicts on sources, and campaigns. */
import { kinds, severities } from '../../src/protocol/record.js';
import { known } from './lists.js';
import { named } from './names.js';
import type { Of } from './schema.js';
import { boolean, integer, limit, list, maybeTime, number, object, oneOf, path, query, text, time } from './schema.js';

/** What all sensors together say of one source. */
export const verdict = object(
  {
    source: text,
    sites: list(text),
    sensors: { ...integer, description: 'That reported it.' },
    evidence: { ...number, description: 'Nats, summed over the sites: of each the most that a sensor there reported.' },
    threshold: { ...number, description: 'Nats needed for a detection at this number of sites.' },
    knocks: {
      ...integer,
      description: 'Sites at which, within a day, its first contact was with an address that does not exist.',
    },
    knocksNeeded: { ...integer, description: 'How many of these are needed for a detection.' },
    failed: {
      ...integer,
      description:
        'Sites at which, within a day, its first contact was with an address that does not exist, or was refused.',
    },
    failedNeeded: { ...integer, description: 'Of these, beside three at which nobody was met.' },
    falseAlarm: {
      ...number,
      description: 'Upper bound on the chance of reports like these about a source that does not scan.',
    },
    convicted: boolean,
    alone: { ...boolean, description: 'A single sensor alerted on it too.' },
    spoofable: {
      ...boolean,
      description: "Nothing shows that the address is the source's own: it may be forged at every site.",
    },
    probes: integer,
    first: time,
    last: time,
    known,
  },
  ['known'],
  'FleetVerdict',
);
export type FleetVerdict = Of<typeof verdict>;

/** The scans of one source, one network or many sources in step, over all sites, reported once. */
const members = {
  id: text,
  kind: oneOf(['source', 'network', 'pattern']),
  key: { ...text, description: 'Address, CIDR, or service.' },
  sources: { ...list(text), description: 'At most 100 of them.' },
  sourceCount: integer,
  sites: list(text),
  sensors: integer,
  scans: { ...integer, description: 'Zero for a fleet-only detection.' },
  probes: integer,
  targets: integer,
  services: list(integer),
  kinds: list(oneOf(named(kinds))),
  severity: oneOf(named(severities)),
  confidence: integer,
  foothold: boolean,
  inside: { ...boolean, description: 'All of it comes from internal hosts.' },
  spoofable: { ...boolean, description: 'No scan of it showed that its source is real.' },
  allowedScans: {
    ...integer,
    description: 'Suppressed by exceptions; they do not count towards severity, confidence or foothold.',
  },
  known: {
    ...known,
    description:
      'Of one of its sources: an adversary, which raises the severity by a step; or research, where all sources are ' +
      'that and none got in.',
  },
  first: time,
  last: time,
  open: boolean,
  visits: { ...integer, description: 'A visit ends after a day without activity.' },
  firstSeen: time,
  timeline: list(object({ time, scans: integer })),
  text: { ...text, description: 'What happened, in one sentence.' },
};
const campaign = object(members, ['allowedScans', 'known'], 'Campaign');
export type Campaign = Of<typeof campaign>;

const campaignScans = object({ ...members, scanIds: list(text) }, ['allowedScans', 'known'], 'CampaignScans');
export type CampaignScans = Of<typeof campaignScans>;

export const fleetAnswers = {
  verdicts: object({ verdicts: list(verdict), complete: boolean }),
  campaigns: object({
    campaigns: list(campaign),
    summedUntil: {
      ...maybeTime,
      description: 'Scans up to then exist only as daily sums and belong to no campaign.',
    },
  }),
  campaign: campaignScans,
};

const asked = { from: time, to: time, limit: limit(100) };
export const verdictQuery = query(asked);
export const campaignQuery = query({ ...asked, source: text, site: text });
export const campaignPath = path({ id: text });
