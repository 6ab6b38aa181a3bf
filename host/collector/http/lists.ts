/** Routes for the lists that operators maintain: exceptions and known scanners. */
import type { FastifyInstance } from 'fastify';
import { integer, list, object, oneOf, text, time } from '../../api/schemas.js';
import type { Database } from '../store/database.js';
import { listExceptions } from '../store/exceptions.js';
import { listKnown } from '../store/known.js';
import { schema } from './routes.js';

const instant = { type: ['string', 'null'], format: 'date-time' };

const allowEntry = object(
  {
    id: text,
    source: { ...text, description: 'Address, CIDR block or MAC address; empty for any.' },
    target: { ...text, description: 'Applies to sensors whose home blocks all lie in it; empty for any.' },
    site: { ...text, description: 'Empty for any.' },
    service: { type: ['integer', 'null'] },
    until: instant,
    reason: text,
    by: text,
    created: time,
    heldBack: { ...integer, description: 'Alerts, each counted once.' },
    heldBackSince: instant,
  },
  [],
  'AllowEntry',
);

const knownList = object(
  {
    name: text,
    kind: oneOf(['research', 'indicator']),
    label: { ...text, description: 'For entries without a label; empty for the name.' },
    entries: integer,
    imported: time,
    expires: { ...instant, description: 'The list is ignored from then on.' },
  },
  [],
  'KnownList',
);

export function addLists(app: FastifyInstance, db: Database): void {
  app.get(
    '/api/v1/allow',
    schema(
      'Exceptions, with the number of alerts that each suppressed. Includes expired ones.',
      object({ allow: list(allowEntry) }),
    ),
    async () => ({ allow: await listExceptions(db) }),
  );
  app.get(
    '/api/v1/known',
    schema('Known-scanner lists, including expired ones.', object({ lists: list(knownList) })),
    async () => ({ lists: await listKnown(db) }),
  );
}
