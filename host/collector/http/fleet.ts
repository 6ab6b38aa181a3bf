/** Routes for fleet-wide results: verdicts and campaigns. */
import { campaignPath, campaignQuery, fleetAnswers, verdictQuery } from '../../api/fleet.js';
import { noQuery } from '../../api/schema.js';
import type { CampaignScans } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import { readCampaigns } from '../fleet/campaigns.js';
import { evaluateSources } from '../fleet/verdicts.js';
import { LOOK_BACK } from '../rules/thresholds.js';
import type { Database } from '../store/database.js';
import { markKnown } from '../store/known.js';
import { detailsGoneUntil } from '../store/rollup.js';
import { ApiError } from './failures.js';
import type { FleetView } from './fleet-view.js';
import type { Period } from './period.js';
import { periodOf } from './period.js';
import { canonical } from './routes.js';
import type { Api } from './schema.js';
import { schema } from './schema.js';

export function addFleet(app: Api, db: Database, fleet: FleetView, clock: () => number): void {
  const lately = ({ from, to }: Period): boolean => from === undefined && to === undefined;
  const period = (asked: Period): [number, number] => periodOf(asked, clock() + 1, LOOK_BACK);

  app.get(
    '/api/v1/verdicts',
    schema(
      'Sources reported by several sensors, highest confidence first. Default: the last seven days.',
      fleetAnswers.verdicts,
      verdictQuery,
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

  app.get(
    '/api/v1/campaigns',
    schema(
      'Campaigns across all sites, most recently active first. Default: the last seven days.',
      fleetAnswers.campaigns,
      campaignQuery,
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

  app.get(
    '/api/v1/campaigns/:id',
    schema('One campaign and the ids of its scans.', fleetAnswers.campaign, noQuery, campaignPath),
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
