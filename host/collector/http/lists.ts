/** Routes for the lists that operators maintain: exceptions and known scanners. */
import { listAnswers } from '../../api/lists.js';
import type { Database } from '../store/database.js';
import { listExceptions } from '../store/exceptions.js';
import { listKnown } from '../store/known.js';
import type { Api } from './schema.js';
import { schema } from './schema.js';

export function addLists(app: Api, db: Database): void {
  app.get(
    '/api/v1/allow',
    schema('Exceptions, with the number of alerts that each suppressed. Includes expired ones.', listAnswers.allow),
    async () => ({ allow: await listExceptions(db) }),
  );
  app.get('/api/v1/known', schema('Known-scanner lists, including expired ones.', listAnswers.known), async () => ({
    lists: await listKnown(db),
  }));
}
