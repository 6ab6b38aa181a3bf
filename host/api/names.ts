/** Names that the API uses beside those of a scan record (src/protocol/record.ts): states, kinds, notes. */

/** `offline` was stopped on purpose; `gone` was not. `blind` reports, but its tap sees nothing or loses most of it. */
export const sensorStates = ['online', 'late', 'blind', 'gone', 'offline', 'never-seen'] as const;
export type SensorState = (typeof sensorStates)[number];

/** What is wrong with a sensor that may well be online. */
export const sensorNotes = ['wrong-clock', 'old-firmware', 'losing-frames'] as const;
export type SensorNote = (typeof sensorNotes)[number];

/** A desired config against what the sensor last reported: it has the version, not yet, or would not take it. */
export const configStates = ['none', 'waiting', 'taken', 'refused'] as const;
export type ConfigState = (typeof configStates)[number];

export const incidentKinds = [
  'late',
  'gone',
  'never-seen',
  'blind',
  'wrong-clock',
  'old-firmware',
  'trap',
  'twin',
] as const;
export type IncidentKind = (typeof incidentKinds)[number];

export const verdicts = ['scan', 'notice'] as const;

/** `research`: a benign scanner, whose scans are noise. `indicator`: an adversary's. */
export const knownKinds = ['research', 'indicator'] as const;

/** The names that are not empty: the numbers on the wire begin at 1, so most lists of names begin with ''. */
export const named = <const T extends string>(names: readonly T[]): Exclude<T, ''>[] =>
  names.filter((name): name is Exclude<T, ''> => name !== '');
