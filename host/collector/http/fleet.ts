/** Routes for fleet-wide results: verdicts and campaigns. */
import type { FastifyInstance } from 'fastify';
import { kinds, severities } from '../../../src/protocol/record.js';
import {
  boolean,
  integer,
  known,
  knownAs,
  list,
  object,
  oneOf,
  query,
  questions,
  text,
  time,
  verdict,
} from '../../api/schemas.js';
import { iso } from '../../common/iso.js';
import type { CampaignScans } from '../fleet/campaigns.js';
import { readCampaigns } from '../fleet/campaigns.js';
import { evaluateSources } from '../fleet/verdicts.js';
import { LOOK_BACK } from '../rules/thresholds.js';
import type { Database } from '../store/database.js';
import { markKnown } from '../store/known.js';
import { detailsGoneUntil } from '../store/rollup.js';
import { ApiError } from './failures.js';
import type { FleetView } from './fleet-view.js';
import { canonical, schema } from './routes.js';

const members = {
  id: text,
  kind: oneOf(['source', 'network', 'pattern']),
  key: { ...text, description: 'Address, CIDR, or service.' },
  sources: list(text),
  sourceCount: integer,
  sites: list(text),
  sensors: integer,
  scans: integer,
  probes: integer,
  targets: integer,
  services: list(integer),
  kinds: list(oneOf(known(kinds))),
  severity: oneOf(known(severities)),
  confidence: integer,
  foothold: boolean,
  inside: { ...boolean, description: 'All of it comes from internal hosts.' },
  spoofable: boolean,
  allowedScans: {
    ...integer,
    description: 'Suppressed by exceptions; they do not count towards severity, confidence or foothold.',
  },
  known: knownAs,
  first: time,
  last: time,
  open: boolean,
  visits: { ...integer, description: 'A visit ends after a day without activity.' },
  firstSeen: time,
  timeline: list(object({ time, scans: integer })),
  text,
};
const campaign = object(members, ['allowedScans', 'known'], 'Campaign');
const campaignScans = object({ ...members, scanIds: list(text) }, ['allowedScans', 'known'], 'CampaignScans');

interface Period {
  from?: string;
  to?: string;
  limit: number;
}

export function addFleet(app: FastifyInstance, db: Database, fleet: FleetView, clock: () => number): void {
  const lately = ({ from, to }: Partial<Period>): boolean => from === undefined && to === undefined;
  const period = ({ from, to }: Partial<Period>): [number, number] => {
    const end = to === undefined ? clock() + 1 : Date.parse(to);
    const begin = from === undefined ? end - LOOK_BACK : Date.parse(from);
    if (!(begin < end)) throw new ApiError(400, 'BW_QUERY', 'The query\'s "from" must be before its "to".');
    return [begin, end];
  };
  const asked = { from: time, to: time, limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 } };

  app.get<{ Querystring: Period }>(
    '/api/v1/verdicts',
    schema(
      'Sources reported by several sensors, highest confidence first. Default: the last seven days.',
      object({ verdicts: list(verdict), complete: boolean }),
      query(asked),
    ),
    async ({ query: given }) => {
      const { evaluations, complete } = lately(given)
        ? await fleet.evaluations()
        : await evaluateSources(db, ...period(given));
      return {
        verdicts: await markKnown(
          db,
          evaluations.slice(0, given.limit).map((one) => one.verdict),
          clock(),
        ),
        complete,
      };
    },
  );

  app.get<{ Querystring: Period & { source?: string; site?: string } }>(
    '/api/v1/campaigns',
    schema(
      'Campaigns across all sites, most recently active first. Default: the last seven days.',
      object({
        campaigns: list(campaign),
        summedUntil: {
          type: ['string', 'null'],
          format: 'date-time',
          description: 'Scans up to then exist only as daily sums and belong to no campaign.',
        },
      }),
      query({ ...asked, source: text, site: text }),
    ),
    async ({ query: { source, site, ...given } }) => {
      const which = {
        ...(source === undefined ? {} : { source: canonical(source) ?? source }),
        ...(site === undefined ? {} : { site }),
      };
      const until = await detailsGoneUntil(db);
      const found =
        lately(given) && source === undefined && site === undefined
          ? await fleet.campaigns()
          : await readCampaigns(db, ...period(given), which);
      return { campaigns: found.slice(0, given.limit), summedUntil: until === 0 ? null : iso(until) };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/v1/campaigns/:id',
    schema('One campaign and the ids of its scans.', campaignScans, questions.none, {
      type: 'object',
      properties: { id: text },
    }),
    async ({ params: { id } }) => {
      const named = (all: CampaignScans[]): CampaignScans | undefined => all.find((one) => one.id === id);
      // A new campaign may not be in the cache yet.
      const found = named(await fleet.campaigns()) ?? named(await readCampaigns(db, ...period({})));
      if (!found)
        throw new ApiError(404, 'BW_NO_CAMPAIGN', `There is no campaign ${id.slice(0, 100)} in the last seven days.`);
      return found;
    },
  );
}
