/** The lists that operators maintain: exceptions and known scanners. */
import { knownKinds } from './names.js';
import type { Of } from './schema.js';
import { integer, list, maybeInteger, maybeTime, object, oneOf, text, time } from './schema.js';

/** What a list of known scanners says of an address. */
export const known = object(
  {
    label: text,
    list: { ...text, description: 'Name of the list.' },
    kind: {
      ...oneOf(knownKinds),
      description: "research: a benign scanner, whose scans are noise. indicator: an adversary's.",
    },
    since: time,
  },
  [],
  'Known',
);
export type Known = Of<typeof known>;

const knownList = object(
  {
    name: text,
    kind: oneOf(knownKinds),
    label: { ...text, description: 'For entries without a label; empty for the name.' },
    entries: integer,
    imported: time,
    expires: { ...maybeTime, description: 'The list is ignored from then on.' },
  },
  [],
  'KnownList',
);
export type KnownList = Of<typeof knownList>;

/** An exception: alerts that match it are stored and marked, and reported to nobody. */
const allowEntry = object(
  {
    id: text,
    source: { ...text, description: 'Address, CIDR block or MAC address; empty for any.' },
    target: {
      ...text,
      description: 'CIDR block. Applies to sensors whose home blocks all lie in it; empty for any.',
    },
    site: { ...text, description: 'Empty for any.' },
    service: { ...maybeInteger, description: 'Null for any.' },
    until: { ...maybeTime, description: 'The exception has no effect from then on.' },
    reason: text,
    by: text,
    created: time,
    heldBack: { ...integer, description: 'Alerts, each counted once.' },
    heldBackSince: maybeTime,
    removed: { ...time, description: 'Present only if removed entries were requested.' },
  },
  ['removed'],
  'AllowEntry',
);
export type AllowEntry = Of<typeof allowEntry>;

export const listAnswers = {
  allow: object({ allow: list(allowEntry) }),
  known: object({ lists: list(knownList) }),
};
