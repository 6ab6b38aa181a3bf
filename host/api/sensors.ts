/** Sensors, their incidents, and their missing messages. */
import { configStates, incidentKinds, sensorNotes, sensorStates } from './names.js';
import type { Of } from './schema.js';
import {
  integer,
  limit,
  list,
  mapOf,
  maybeInteger,
  maybeTime,
  name,
  number,
  object,
  oneOf,
  openOrEnded,
  query,
  text,
  time,
} from './schema.js';

const sensorEnrolment = object(
  {
    board: { ...text, description: 'Empty if it is not a supported board.' },
    since: time,
    revoked: maybeTime,
    renamed: { ...text, description: '{site}/{sensor} under which it goes on; empty where it was not renamed.' },
    configDesired: {
      ...maybeInteger,
      description: 'Version of the desired config, null before the first; health.configVersion is the one in force.',
    },
    configSet: { ...maybeTime, description: 'When the desired config was set.' },
    configState: oneOf(configStates),
  },
  [],
  'SensorEnrolment',
);
export type SensorEnrolment = Of<typeof sensorEnrolment>;

const sensor = object(
  {
    site: text,
    sensor: text,
    state: oneOf(sensorStates),
    boot: integer,
    version: text,
    firstSeen: time,
    lastSeen: { ...time, description: 'When anything of the sensor last arrived.' },
    lastSequence: integer,
    missing: { ...integer, description: 'Messages known to be missing: holes in the sequence numbers.' },
    health: { ...mapOf(number), description: 'The newest health message by counter.' },
    healthReceived: maybeTime,
    framesPerSecond: { ...number, description: 'Between the last two health messages.' },
    notes: list(oneOf(sensorNotes)),
    reason: {
      ...oneOf(['', 'stopped', 'lost', 'silent']),
      description:
        'Why it is offline or gone: it was stopped, its connection was lost, or nothing comes. Empty otherwise.',
    },
    configProblem: { ...text, description: 'Why the sensor refused its last config; empty where it did not.' },
    enrolment: { ...sensorEnrolment, description: 'Absent if the sensor is not enrolled.' },
  },
  ['reason', 'configProblem', 'enrolment'],
  'Sensor',
);
export type Sensor = Of<typeof sensor>;

/** A period in which a sensor did not work as it should. Late and then gone is one incident, whose kind changes. */
const incident = object(
  {
    id: text,
    site: text,
    sensor: text,
    kind: oneOf(incidentKinds),
    since: { ...time, description: 'When it began, as far as is known; that is before it was noticed.' },
    until: { ...maybeTime, description: 'Null while it lasts.' },
    text: { ...text, description: "The rest of a sentence that begins with the sensor's name, and what to do." },
  },
  [],
  'Incident',
);
export type Incident = Of<typeof incident>;

/** A hole in a sensor's sequence numbers. */
const gap = object(
  {
    site: text,
    sensor: text,
    boot: integer,
    from: integer,
    to: integer,
    found: time,
    closed: { ...time, description: 'Only in a `gap` event: these numbers arrived after all, and the gap is closed.' },
  },
  ['closed'],
  'Gap',
);
export type Gap = Of<typeof gap>;

export const sensorAnswers = {
  sensors: object({ sensors: list(sensor) }),
  incidents: object({ incidents: list(incident) }),
  gaps: object({ gaps: list(gap) }),
};

export const gapQuery = query({ limit: limit(100) });
export const incidentQuery = query({
  state: openOrEnded,
  site: name,
  sensor: name,
  kind: oneOf(incidentKinds),
  from: time,
  to: time,
  limit: limit(100),
});
