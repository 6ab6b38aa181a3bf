/** Data of the page's charts: the address map, the matrix, and what-if thresholds. */
import { severities } from '../../src/protocol/record.js';
import type { Of } from './schema.js';
import { boolean, integer, limit, list, maybeTime, number, object, oneOf, query, text, time } from './schema.js';

/** Empty where there was no scan. */
const severity = oneOf(severities);
const complete = { ...boolean, description: 'False if only the newest part was read.' };

/** A home block at one site; several sites may use the same block. */
const mapBlock = object(
  {
    block: { ...text, description: 'CIDR form.' },
    site: text,
    sensors: { ...list(text), description: '`{site}/{sensor}` of those that call the block home there.' },
    shared: {
      ...boolean,
      description: 'Its sensors have other blocks too; a record does not say which one a scan went to.',
    },
    sources: { ...integer, description: 'Distinct ones; scans whose source is unknown count as one.' },
    scans: integer,
    probes: integer,
    touched: {
      ...integer,
      description: 'Addresses that the largest scan touched: an estimate of how many; no record says which.',
    },
    answered: integer,
    severity,
    first: maybeTime,
    last: maybeTime,
    sourcesBy: { ...list(integer), description: 'Distinct sources, per step of the map.' },
    touchedBy: { ...list(integer), description: 'Addresses that the largest scan touched, per step of the map.' },
  },
  [],
  'MapBlock',
);
export type MapBlock = Of<typeof mapBlock>;

const map = object(
  {
    from: time,
    to: time,
    stepSeconds: integer,
    blocks: list(mapBlock),
    unplaced: {
      ...list(object({ site: text, sensor: text, scans: integer, sources: integer })),
      description: 'Sensors that saw scans and whose home blocks the collector does not know.',
    },
    complete,
  },
  [],
  'AddressMap',
);
export type AddressMap = Of<typeof map>;

/** One source at one site. */
const matrixCell = object(
  {
    site: text,
    scans: { ...integer, description: 'Zero if the sensors there sent only suspicion reports.' },
    probes: integer,
    targets: integer,
    evidence: { ...number, description: 'Nats: the most that a sensor of the site has reported.' },
    foothold: boolean,
  },
  [],
  'MatrixCell',
);
export type MatrixCell = Of<typeof matrixCell>;

const matrixRow = object(
  {
    source: text,
    severity: { ...severity, description: 'Empty if sensors sent only suspicion reports.' },
    evidence: { ...number, description: 'Nats, summed over the sensors.' },
    sensors: integer,
    probes: integer,
    first: time,
    last: time,
    cells: { ...list(matrixCell), description: 'Only sites that it came to.' },
  },
  [],
  'MatrixRow',
);
export type MatrixRow = Of<typeof matrixRow>;

/** Sources by sites, those at the most sites first. */
const matrix = object(
  {
    from: time,
    to: time,
    sites: { ...list(text), description: 'By the number of sources that came, most first.' },
    more: { ...integer, description: 'Sources that are not in `rows`.' },
    complete,
    rows: list(matrixRow),
  },
  [],
  'Matrix',
);
export type Matrix = Of<typeof matrix>;

/** A scan that would be reported, or would no longer be. */
const whatIfScan = object(
  {
    id: { ...text, description: 'Empty for a suspicion report.' },
    source: text,
    site: text,
    sensor: text,
    evidence: number,
    targets: integer,
    last: time,
  },
  [],
  'WhatIfScan',
);
export type WhatIfScan = Of<typeof whatIfScan>;

const thresholds = object({ evidence: number, targets: integer });

/** What other thresholds would have made of the records of a time. */
const whatIf = object(
  {
    from: time,
    to: time,
    base: { ...thresholds, description: 'Nats that are built in; no least number of distinct targets is.' },
    asked: thresholds,
    alerts: { ...integer, description: 'Those that evidence and targets decided; these are judged anew.' },
    others: {
      ...integer,
      description:
        'Alerts that other rules made (a login tried again and again, a foothold); no threshold here changes them.',
    },
    whispers: {
      ...integer,
      description: 'Suspicion reports about sources without an alert from the same sensor, one per source and sensor.',
    },
    more: {
      ...integer,
      description: 'Alerts more, at most: the gate of distinct failed targets may still hold some back.',
    },
    fewer: integer,
    moreOf: list(whatIfScan),
    fewerOf: list(whatIfScan),
    complete,
  },
  [],
  'WhatIf',
);
export type WhatIf = Of<typeof whatIf>;

export const pictureAnswers = { map, matrix, whatIf };

const period = { from: time, to: time };
export const mapQuery = query({ ...period, steps: { ...integer, minimum: 1, maximum: 200, default: 24 } });
export const matrixQuery = query({ ...period, limit: limit(100) });

/** @param evidence nats that accuse where nothing else is asked for */
export const whatIfQuery = (evidence: number) =>
  query({
    ...period,
    evidence: { ...number, minimum: 0, maximum: 255, default: evidence },
    targets: { ...integer, minimum: 0, maximum: 65_536, default: 0 },
  });
