/** The lists that people keep: allow entries, and lists of known scanners. */
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
    label: { ...text, description: 'Of entries that have none of their own; empty: the name.' },
    entries: integer,
    imported: time,
    expires: { ...maybeTime, description: 'From then on it says nothing.' },
  },
  [],
  'KnownList',
);
export type KnownList = Of<typeof knownList>;

/** Who is let off: what matches is stored and marked, and alarms nobody. */
const allowEntry = object(
  {
    id: text,
    source: { ...text, description: 'Address, CIDR block or MAC address; empty is any.' },
    target: {
      ...text,
      description: 'CIDR block. Holds for sensors all of whose home blocks lie in it; empty is any.',
    },
    site: { ...text, description: 'Empty is any.' },
    service: { ...maybeInteger, description: 'Null is any.' },
    until: { ...maybeTime, description: 'From then on it holds back nothing.' },
    reason: text,
    by: text,
    created: time,
    heldBack: { ...integer, description: 'Alerts, each counted once.' },
    heldBackSince: maybeTime,
    removed: { ...time, description: 'Only where removed entries are asked for.' },
  },
  ['removed'],
  'AllowEntry',
);
export type AllowEntry = Of<typeof allowEntry>;

export const listAnswers = {
  allow: object({ allow: list(allowEntry) }),
  known: object({ lists: list(knownList) }),
};
