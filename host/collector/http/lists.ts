/** The routes of the lists that people keep: who is let off, and who is known. */
import { listAnswers } from '../../api/lists.js';
import { listAllow } from '../store/allow.js';
import type { Database } from '../store/database.js';
import { listKnown } from '../store/known.js';
import type { Api } from './schema.js';
import { schema } from './schema.js';

export function addLists(app: Api, db: Database): void {
  app.get(
    '/api/v1/allow',
    schema('Who is let off, and what that has held back. Expired entries too.', listAnswers.allow),
    async () => ({ allow: await listAllow(db) }),
  );
  app.get('/api/v1/known', schema('Lists of known scanners. Expired ones too.', listAnswers.known), async () => ({
    lists: await listKnown(db),
  }));
}
