/** The API's routes: each one answers one question from the store. */
import { FAMILY_IPV4, FAMILY_IPV6, FAMILY_MAC } from '../../../src/engine/constants/codes.js';
import { formatAddress, parseAddress, parseMac } from '../../../src/protocol/address.js';
import { outputAnswers } from '../../api/outputs.js';
import { overviewAnswers, rejectedQuery, timelineQuery } from '../../api/overview.js';
import { scanAnswers, scanPath, scanQuery } from '../../api/scans.js';
import { noQuery } from '../../api/schema.js';
import { gapQuery, incidentQuery, sensorAnswers } from '../../api/sensors.js';
import { sourceAnswers, sourcePath, sourceQuery } from '../../api/sources.js';
import { findSuspicion, sourceOf } from '../fleet/fleet-only.js';
import { listIncidents } from '../query/incidents.js';
import { countSources, listRejected, readNow } from '../query/now.js';
import { listOutputs } from '../query/outputs.js';
import { findScan, listScans, parseCursor } from '../query/scans.js';
import { listGaps, listSensors } from '../query/sensors.js';
import { findSource, listSources } from '../query/sources.js';
import { readTimeline } from '../query/timeline.js';
import type { Database } from '../store/database.js';
import { markKnown } from '../store/known.js';
import { ApiError } from './failures.js';
import type { FleetView } from './fleet-view.js';
import { boundsOf, periodOf } from './period.js';
import { Recent } from './recent.js';
import type { Api } from './schema.js';
import { schema } from './schema.js';

const HOUR = 3_600_000;

export function addRoutes(app: Api, db: Database, fleet: FleetView, clock: () => number): void {
  const sources = new Recent(() => countSources(db));
  app.get('/api/v1/now', schema('Current figures.', overviewAnswers.now), () =>
    readNow(db, clock(), () => sources.get()),
  );

  app.get(
    '/api/v1/scans',
    schema('Scans, most recently active first.', scanAnswers.list, scanQuery),
    async ({ query: { before, source, ...rest } }) => {
      const cursor = before === undefined ? undefined : parseCursor(before);
      if (before !== undefined && !cursor) {
        throw new ApiError(400, 'BW_QUERY', 'The query\'s "before" is neither a time nor the "next" of a page.');
      }
      const { scans, next } = await listScans(db, {
        ...rest,
        ...(source === undefined ? {} : { source: canonical(source) ?? source }),
        ...(cursor ? { before: cursor } : {}),
      });
      return { scans: await markKnown(db, scans, clock()), next };
    },
  );

  app.get(
    '/api/v1/scans/:site/:sensor/:boot/:episode',
    schema('One scan and its records.', scanAnswers.one, noQuery, scanPath),
    async ({ params }) => {
      const found = await findScan(db, params);
      const name = `${params.site}/${params.sensor}/${params.boot}/${params.episode}`;
      if (!found) throw new ApiError(404, 'BW_NO_SCAN', `There is no scan ${name}.`);
      const [scan = found.scan] = await markKnown(db, [found.scan], clock());
      return { ...found, scan };
    },
  );

  app.get(
    '/api/v1/sources',
    schema('Sources, most recently active first, including fleet-only detections.', sourceAnswers.list, sourceQuery),
    async ({ query: { limit, site } }) => {
      const fleetOnly = (await fleet.fleetOnlyDetections())
        .map(sourceOf)
        .filter(({ sites }) => site === undefined || sites.includes(site));
      // A source with an older alert is already in the store's list.
      const stored = await listSources(db, limit, site);
      const both = [...stored, ...fleetOnly.filter(({ source }) => !stored.some((one) => one.source === source))];
      return {
        sources: await markKnown(
          db,
          both.sort((a, b) => (a.last < b.last ? 1 : a.last > b.last ? -1 : 0)).slice(0, limit),
          clock(),
        ),
      };
    },
  );

  app.get(
    '/api/v1/sources/:address',
    schema('One source and its newest scans.', sourceAnswers.one, noQuery, sourcePath),
    async ({ params }) => {
      const address = canonical(params.address);
      if (!address) throw new ApiError(400, 'BW_QUERY', `"${params.address}" is not an IPv4, IPv6 or MAC address.`);
      const found = await findSource(db, address);
      const suspicion = await findSuspicion(db, address, clock());
      const source = found?.source ?? suspicion?.source;
      if (!source) throw new ApiError(404, 'BW_NO_SOURCE', `There is no record of ${address}.`);
      const verdict = suspicion?.source.verdict;
      const [marked = source] = await markKnown(db, [source], clock());
      return {
        source: { ...marked, ...(verdict && (!found || verdict.sensors > 1) ? { verdict } : {}) },
        scans: await markKnown(db, found?.scans ?? [], clock()),
        whispers: suspicion?.suspicionReports ?? [],
      };
    },
  );

  app.get('/api/v1/sensors', schema('All sensors.', sensorAnswers.sensors), async () => ({
    sensors: await listSensors(db, clock()),
  }));

  app.get(
    '/api/v1/outputs',
    schema('Outputs, their destinations and their progress.', outputAnswers.outputs),
    async () => ({ outputs: await listOutputs(db) }),
  );

  app.get(
    '/api/v1/incidents',
    schema(
      'Periods in which a sensor did not work as it should, newest first.',
      sensorAnswers.incidents,
      incidentQuery,
    ),
    async ({ query: { from, to, ...rest } }) => ({
      incidents: await listIncidents(db, { ...rest, ...boundsOf({ from, to }) }),
    }),
  );

  app.get(
    '/api/v1/gaps',
    schema('Missing messages, newest gap first.', sensorAnswers.gaps, gapQuery),
    async ({ query }) => ({ gaps: await listGaps(db, query.limit) }),
  );

  app.get(
    '/api/v1/rejected',
    schema('Rejected messages, newest first.', overviewAnswers.rejected, rejectedQuery),
    async ({ query }) => ({ rejected: await listRejected(db, query.limit) }),
  );

  app.get(
    '/api/v1/timeline',
    schema('Started scans and probes over time. Default: the last hour.', overviewAnswers.timeline, timelineQuery),
    ({ query }) => readTimeline(db, ...periodOf(query, clock(), HOUR, 'A timeline'), query.buckets),
  );

  app.get('/healthz', schema('Whether the collector and its store respond.', overviewAnswers.ok), async () => {
    await db.all('SELECT 1 AS ok');
    return { ok: true };
  });
}

/** The address in the store's notation; undefined if it is not an address. */
export function canonical(text: string): string | undefined {
  const mac = parseMac(text);
  if (mac) return formatAddress(FAMILY_MAC, mac);
  const bytes = parseAddress(text);
  return bytes && formatAddress(bytes.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6, bytes);
}
