/** Routes for the page's charts: the address map, the matrix, and what-if thresholds. */
import { mapQuery, matrixQuery, pictureAnswers, whatIfQuery } from '../../api/pictures.js';
import { readMap } from '../query/map.js';
import { readMatrix } from '../query/matrix.js';
import { ALERT_NATS, evaluateThresholds } from '../query/what-if.js';
import type { Database } from '../store/database.js';
import type { Period } from './period.js';
import { periodOf } from './period.js';
import type { Api } from './schema.js';
import { schema } from './schema.js';

const DAY = 86_400_000;

export function addPictures(app: Api, db: Database, clock: () => number): void {
  const period = (asked: Period, usual: number): [number, number] => periodOf(asked, clock(), usual, 'A chart');

  app.get(
    '/api/v1/map',
    schema('Home blocks and the scans of them. Default: the last day.', pictureAnswers.map, mapQuery),
    ({ query: asked }) => readMap(db, ...period(asked, DAY), asked.steps),
  );

  app.get(
    '/api/v1/matrix',
    schema(
      'Sources by site, those at the most sites first. Includes suspicion reports. Default: the last day.',
      pictureAnswers.matrix,
      matrixQuery,
    ),
    ({ query: asked }) => readMatrix(db, ...period(asked, DAY), asked.limit),
  );

  app.get(
    '/api/v1/what-if',
    schema(
      'What other thresholds would have reported. Default: the last seven days.',
      pictureAnswers.whatIf,
      whatIfQuery(ALERT_NATS),
    ),
    ({ query: { evidence, targets, ...asked } }) =>
      evaluateThresholds(db, ...period(asked, 7 * DAY), { evidence, targets }),
  );
}
