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
    source: { ...text, description: 'Address, CIDR block or MAC address; empty is any.' },
    target: { ...text, description: 'Holds for sensors all of whose home blocks lie in it; empty is any.' },
    site: { ...text, description: 'Empty is any.' },
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
    label: { ...text, description: 'Of entries that have none of their own; empty: the name.' },
    entries: integer,
    imported: time,
    expires: { ...instant, description: 'From then on it says nothing.' },
  },
  [],
  'KnownList',
);

export function addLists(app: FastifyInstance, db: Database): void {
  app.get(
    '/api/v1/allow',
    schema('Who is let off, and what that has held back. Expired entries too.', object({ allow: list(allowEntry) })),
    async () => ({ allow: await listExceptions(db) }),
  );
  app.get(
    '/api/v1/known',
    schema('Lists of known scanners. Expired ones too.', object({ lists: list(knownList) })),
    async () => ({ lists: await listKnown(db) }),
  );
}
