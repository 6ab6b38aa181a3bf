/** The API's routes: each one answers one question from the store. */
import type { FastifyInstance } from 'fastify';
import { FAMILY_IPV4, FAMILY_IPV6, FAMILY_MAC } from '../../../src/engine/constants/codes.js';
import { formatAddress, parseAddress, parseMac } from '../../../src/protocol/address.js';
import { answers, failure, questions } from '../../api/schemas.js';
import { findSuspicion, sourceOf } from '../fleet/fleet-only.js';
import type { IncidentQuery } from '../query/incidents.js';
import { listIncidents } from '../query/incidents.js';
import { countSources, listRejected, readNow } from '../query/now.js';
import { listOutputs } from '../query/outputs.js';
import type { ScanName, ScanQuery } from '../query/scans.js';
import { findScan, listScans, parseCursor } from '../query/scans.js';
import { listGaps, listSensors } from '../query/sensors.js';
import { findSource, listSources } from '../query/sources.js';
import { readTimeline } from '../query/timeline.js';
import type { Database } from '../store/database.js';
import { markKnown } from '../store/known.js';
import { ApiError } from './failures.js';
import type { FleetView } from './fleet-view.js';
import { Recent } from './recent.js';

const HOUR = 3_600_000;
/** Maximum time range of a timeline, milliseconds. */
const MAX_TIMELINE_SPAN = 400 * 24 * HOUR;

type Schemas = { response: Record<number, unknown>; querystring: unknown; params?: unknown; summary: string };

export function schema(
  summary: string,
  answer: unknown,
  querystring: unknown = questions.none,
  params?: unknown,
): { schema: Schemas } {
  const response = { 200: answer, 400: failure, 404: failure, 503: failure };
  return { schema: { summary, response, querystring, ...(params ? { params } : {}) } };
}

export function addRoutes(app: FastifyInstance, db: Database, fleet: FleetView, clock: () => number): void {
  const sources = new Recent(() => countSources(db));
  app.get('/api/v1/now', schema('Current figures.', answers.now), () => readNow(db, clock(), () => sources.get()));

  app.get<{ Querystring: Omit<ScanQuery, 'before'> & { before?: string } }>(
    '/api/v1/scans',
    schema('Scans, most recently active first.', answers.scans, questions.scans),
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

  app.get<{ Params: ScanName }>(
    '/api/v1/scans/:site/:sensor/:boot/:episode',
    schema('One scan and its records.', answers.scan, questions.none, questions.scanName),
    async ({ params }) => {
      const found = await findScan(db, params);
      const name = `${params.site}/${params.sensor}/${params.boot}/${params.episode}`;
      if (!found) throw new ApiError(404, 'BW_NO_SCAN', `There is no scan ${name}.`);
      return { ...found, scan: (await markKnown(db, [found.scan], clock()))[0] };
    },
  );

  app.get<{ Querystring: { limit: number; site?: string } }>(
    '/api/v1/sources',
    schema('Sources, most recently active first, including fleet-only detections.', answers.sources, questions.sources),
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

  app.get<{ Params: { address: string } }>(
    '/api/v1/sources/:address',
    schema('One source and its newest scans.', answers.source, questions.none, questions.sourceName),
    async ({ params }) => {
      const address = canonical(params.address);
      if (!address) throw new ApiError(400, 'BW_QUERY', `"${params.address}" is not an IPv4, IPv6 or MAC address.`);
      const found = await findSource(db, address);
      const suspicion = await findSuspicion(db, address, clock());
      const source = found?.source ?? suspicion?.source;
      if (!source) throw new ApiError(404, 'BW_NO_SOURCE', `There is no record of ${address}.`);
      const verdict = suspicion?.source.verdict;
      const [marked] = await markKnown(db, [source], clock());
      return {
        source: { ...marked, ...(verdict && (!found || verdict.sensors > 1) ? { verdict } : {}) },
        scans: await markKnown(db, found?.scans ?? [], clock()),
        whispers: suspicion?.suspicionReports ?? [],
      };
    },
  );

  app.get('/api/v1/sensors', schema('All sensors.', answers.sensors), async () => ({
    sensors: await listSensors(db, clock()),
  }));

  app.get('/api/v1/outputs', schema('Outputs, their destinations and their progress.', answers.outputs), async () => ({
    outputs: await listOutputs(db),
  }));

  app.get<{ Querystring: Omit<IncidentQuery, 'from' | 'to'> & { from?: string; to?: string } }>(
    '/api/v1/incidents',
    schema(
      'Periods in which a sensor did not work as it should, newest first.',
      answers.incidents,
      questions.incidents,
    ),
    async ({ query: { from, to, ...rest } }) => ({
      incidents: await listIncidents(db, {
        ...rest,
        ...(from === undefined ? {} : { from: Date.parse(from) }),
        ...(to === undefined ? {} : { to: Date.parse(to) }),
      }),
    }),
  );

  app.get<{ Querystring: { limit: number } }>(
    '/api/v1/gaps',
    schema('Missing messages, newest gap first.', answers.gaps, questions.gaps),
    async ({ query }) => ({ gaps: await listGaps(db, query.limit) }),
  );

  app.get<{ Querystring: { limit: number } }>(
    '/api/v1/rejected',
    schema('Rejected messages, newest first.', answers.rejected, questions.gaps),
    async ({ query }) => ({ rejected: await listRejected(db, query.limit) }),
  );

  app.get<{ Querystring: { from?: string; to?: string; buckets: number } }>(
    '/api/v1/timeline',
    schema('Started scans and probes over time. Default: the last hour.', answers.timeline, questions.timeline),
    ({ query }) => {
      const to = query.to === undefined ? clock() : Date.parse(query.to);
      const from = query.from === undefined ? to - HOUR : Date.parse(query.from);
      if (!(from < to)) throw new ApiError(400, 'BW_QUERY', 'The query\'s "from" must be before its "to".');
      if (to - from > MAX_TIMELINE_SPAN) throw new ApiError(400, 'BW_QUERY', 'A timeline spans at most 400 days.');
      return readTimeline(db, from, to, query.buckets);
    },
  );

  app.get('/healthz', schema('Whether the collector and its store respond.', answers.ok), async () => {
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
