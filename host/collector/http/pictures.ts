/** The routes behind the page's pictures: the address map, the matrix, and what other thresholds would have told. */
import { mapQuery, matrixQuery, pictureAnswers, whatIfQuery } from '../../api/pictures.js';
import { readMap } from '../query/map.js';
import { readMatrix } from '../query/matrix.js';
import { ALERT_NATS, judgeAnew } from '../query/what-if.js';
import type { Database } from '../store/database.js';
import type { Period } from './period.js';
import { periodOf } from './period.js';
import type { Api } from './schema.js';
import { schema } from './schema.js';

const DAY = 86_400_000;

export function addPictures(app: Api, db: Database, clock: () => number): void {
  const period = (asked: Period, usual: number): [number, number] => periodOf(asked, clock(), usual, 'A picture');

  app.get(
    '/api/v1/map',
    schema('Our address blocks and what came to them. Without times: the last day.', pictureAnswers.map, mapQuery),
    ({ query: asked }) => readMap(db, ...period(asked, DAY), asked.steps),
  );

  app.get(
    '/api/v1/matrix',
    schema(
      'Sources by sites, those at the most sites first; whispers count. Without times: the last day.',
      pictureAnswers.matrix,
      matrixQuery,
    ),
    ({ query: asked }) => readMatrix(db, ...period(asked, DAY), asked.limit),
  );

  app.get(
    '/api/v1/what-if',
    schema(
      'What other thresholds would have told. Without times: the last seven days.',
      pictureAnswers.whatIf,
      whatIfQuery(ALERT_NATS),
    ),
    ({ query: { evidence, targets, ...asked } }) => judgeAnew(db, ...period(asked, 7 * DAY), { evidence, targets }),
  );
}
