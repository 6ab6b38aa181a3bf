/** Routes for the page's charts: the address map, the matrix, and what-if thresholds. */
import type { FastifyInstance } from 'fastify';
import { severities } from '../../../src/protocol/record.js';
import { boolean, integer, list, number, object, oneOf, query, text, time } from '../../api/schemas.js';
import { readMap } from '../query/map.js';
import { readMatrix } from '../query/matrix.js';
import { ALERT_NATS, evaluateThresholds } from '../query/what-if.js';
import type { Database } from '../store/database.js';
import { ApiError } from './failures.js';
import { schema } from './routes.js';

const DAY = 86_400_000;
/** Maximum time range of a chart, milliseconds. */
const MAX_SPAN = 400 * DAY;

const severity = oneOf(severities);
const maybeTime = { type: ['string', 'null'], format: 'date-time' };
const complete = { ...boolean, description: 'False if only the newest part was read.' };

const map = object(
  {
    from: time,
    to: time,
    stepSeconds: integer,
    blocks: list(
      object(
        {
          block: text,
          site: text,
          sensors: list(text),
          shared: {
            ...boolean,
            description: 'Its sensors have other blocks too; a record does not say which one a scan went to.',
          },
          sources: integer,
          scans: integer,
          probes: integer,
          touched: { ...integer, description: 'Addresses probed by the largest scan.' },
          answered: integer,
          severity,
          first: maybeTime,
          last: maybeTime,
          sourcesBy: list(integer),
          touchedBy: list(integer),
        },
        [],
        'MapBlock',
      ),
    ),
    unplaced: list(object({ site: text, sensor: text, scans: integer, sources: integer })),
    complete,
  },
  [],
  'AddressMap',
);

const cell = object(
  { site: text, scans: integer, probes: integer, targets: integer, evidence: number, foothold: boolean },
  [],
  'MatrixCell',
);
const matrix = object(
  {
    from: time,
    to: time,
    sites: list(text),
    more: integer,
    complete,
    rows: list(
      object(
        {
          source: text,
          severity,
          evidence: { ...number, description: 'Nats, summed over the sensors.' },
          sensors: integer,
          probes: integer,
          first: time,
          last: time,
          cells: list(cell),
        },
        [],
        'MatrixRow',
      ),
    ),
  },
  [],
  'Matrix',
);

const thresholds = object({ evidence: number, targets: integer });
const whatIfScans = list(
  object(
    { id: text, source: text, site: text, sensor: text, evidence: number, targets: integer, last: time },
    [],
    'WhatIfScan',
  ),
);
const whatIf = object(
  {
    from: time,
    to: time,
    base: thresholds,
    asked: thresholds,
    alerts: integer,
    others: integer,
    whispers: integer,
    more: integer,
    fewer: integer,
    moreOf: whatIfScans,
    fewerOf: whatIfScans,
    complete,
  },
  [],
  'WhatIf',
);

interface Period {
  from?: string;
  to?: string;
}

export function addPictures(app: FastifyInstance, db: Database, clock: () => number): void {
  const period = ({ from, to }: Period, usual: number): [number, number] => {
    const end = to === undefined ? clock() : Date.parse(to);
    const begin = from === undefined ? end - usual : Date.parse(from);
    if (!(begin < end)) throw new ApiError(400, 'BW_QUERY', 'The query\'s "from" must be before its "to".');
    if (end - begin > MAX_SPAN) throw new ApiError(400, 'BW_QUERY', 'A chart spans at most 400 days.');
    return [begin, end];
  };

  app.get<{ Querystring: Period & { steps: number } }>(
    '/api/v1/map',
    schema(
      'Home blocks and the scans of them. Default: the last day.',
      map,
      query({ from: time, to: time, steps: { type: 'integer', minimum: 1, maximum: 200, default: 24 } }),
    ),
    ({ query: asked }) => readMap(db, ...period(asked, DAY), asked.steps),
  );

  app.get<{ Querystring: Period & { limit: number } }>(
    '/api/v1/matrix',
    schema(
      'Sources by site, those at the most sites first. Includes suspicion reports. Default: the last day.',
      matrix,
      query({ from: time, to: time, limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 } }),
    ),
    ({ query: asked }) => readMatrix(db, ...period(asked, DAY), asked.limit),
  );

  app.get<{ Querystring: Period & { evidence: number; targets: number } }>(
    '/api/v1/what-if',
    schema(
      'What other thresholds would have reported. Default: the last seven days.',
      whatIf,
      query({
        from: time,
        to: time,
        evidence: { type: 'number', minimum: 0, maximum: 255, default: ALERT_NATS },
        targets: { type: 'integer', minimum: 0, maximum: 65_536, default: 0 },
      }),
    ),
    ({ query: { evidence, targets, ...asked } }) =>
      evaluateThresholds(db, ...period(asked, 7 * DAY), { evidence, targets }),
  );
}
