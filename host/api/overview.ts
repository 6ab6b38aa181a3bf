/** Current figures, activity over time, and rejected messages. */
import { severities } from '../../src/protocol/record.js';
import { named, sensorStates } from './names.js';
import type { Of } from './schema.js';
import { boolean, integer, keyed, limit, list, maybeTime, object, query, text, time } from './schema.js';

const now = object(
  {
    time,
    openScans: integer,
    allowedScans: { ...integer, description: 'Open scans that exceptions suppress; not in `openScans`.' },
    researchScans: { ...integer, description: 'Open scans of research scanners; not in `openScans`.' },
    scansLastHour: integer,
    sources: integer,
    sensors: keyed(sensorStates, integer),
    incidents: { ...integer, description: 'Open ones.' },
    missing: integer,
    heldBack: integer,
    messages: {
      ...object({ stored: integer, duplicates: integer, rejected: integer }),
      description:
        'Since the store was made: stored, arrived again (no effect), and refused because they could not be read.',
    },
  },
  ['allowedScans', 'researchScans', 'messages'],
  'Now',
);
export type Now = Of<typeof now>;

const timelineBucket = object({
  time,
  started: { ...keyed(named(severities), integer), description: 'Scans that began in the bucket, by severity.' },
  probes: integer,
});
export type TimelineBucket = Of<typeof timelineBucket>;

const timeline = object(
  {
    from: time,
    to: time,
    bucketSeconds: integer,
    buckets: list(timelineBucket),
    summedUntil: {
      ...maybeTime,
      description:
        "The last activity of the newest scan whose details are gone: up to then a day's sums stand at its noon. " +
        'Null where all details are kept.',
    },
  },
  [],
  'Timeline',
);
export type Timeline = Of<typeof timeline>;

/** A message that could not be read. */
const rejectedMessage = object(
  {
    received: time,
    topic: text,
    reason: text,
    payload: { ...text, description: 'The first 256 bytes, in hexadecimal.' },
  },
  [],
  'RejectedMessage',
);
export type RejectedMessage = Of<typeof rejectedMessage>;

export const overviewAnswers = {
  now,
  timeline,
  rejected: object({ rejected: list(rejectedMessage) }),
  ok: object({ ok: boolean }),
};

export const rejectedQuery = query({ limit: limit(100) });
export const timelineQuery = query({
  from: time,
  to: time,
  buckets: { ...integer, minimum: 1, maximum: 1000, default: 60 },
});
