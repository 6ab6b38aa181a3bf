/** The HTTP server: API, OpenAPI description, live events and the page's files. Read-only. */
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifyReply } from 'fastify';
import fastify from 'fastify';
import type { BaseLogger } from 'pino';
import type { Listen } from '../../common/listen.js';
import { listen } from '../../common/listen.js';
import type { Events } from '../live/events.js';
import type { Database } from '../store/database.js';
import { addExport } from './export.js';
import { ApiError, addFailures } from './failures.js';
import type { FeedOptions } from './feeds.js';
import { addFeeds } from './feeds.js';
import { addFleet } from './fleet.js';
import { FleetView } from './fleet-view.js';
import { addLists } from './lists.js';
import { addLive } from './live.js';
import { addPictures } from './pictures.js';
import { addRoutes } from './routes.js';

export interface HttpOptions {
  listen: Listen;
  database: Database;
  events: Events;
  /** Directory of the built page. */
  page: string;
  /** Response of /metrics. */
  metrics: () => Promise<string>;
  /** Rules of the block feed. */
  block: FeedOptions;
  clock: () => number;
  log: BaseLogger;
}

export interface Http {
  /** `http://HOST:PORT` */
  url: string;
  close(): Promise<void>;
}

const headers: Record<string, string> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
};

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]|::1|localhost)$/;

/** @throws UserError BW_LISTEN */
export async function startHttp(options: HttpOptions): Promise<Http> {
  let server!: Server;
  const app = fastify({
    serverFactory: (handler) => (server = createServer({ maxHeaderSize: 16_384 }, handler)),
    routerOptions: { ignoreTrailingSlash: true },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    return503OnClosing: false,
    // A malformed URL matches no route, so it never reaches the error handler.
    frameworkErrors: (error, _, reply: FastifyReply) => {
      void reply
        .code(error.statusCode ?? 400)
        .headers(headers)
        .send({ error: 'BW_REQUEST', message: `The request cannot be read: ${error.message}.` });
    },
  });
  addFailures(app, options.log);
  addRequestLog(app, options.log);
  addGuards(app, LOOPBACK.test(options.listen.host));
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Blockwatch collector',
        version: '1',
        description: 'Scans, their sources, and the sensors that saw them.',
      },
    },
  });
  // biome-ignore lint/nursery/noMisusedPromises: Fastify awaits a plugin.
  await app.register(async (api) => {
    const fleet = new FleetView(options.database, options.clock);
    addRoutes(api, options.database, fleet, options.clock);
    addPictures(api, options.database, options.clock);
    addFleet(api, options.database, fleet, options.clock);
    addLists(api, options.database);
    addExport(api, options.database, options.clock);
    addFeeds(api, options.database, options.clock, options.block);
    api.get(
      '/metrics',
      { schema: { summary: 'Metrics for Prometheus.', produces: ['text/plain'] } },
      async (_, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await options.metrics()),
    );
    addLive(api, options.events, options.clock);
    api.get('/api/v1/openapi.json', { schema: { hide: true } }, () => app.swagger());
  });
  await addPage(app, options.page);
  await app.ready();
  try {
    await listen(server, options.listen);
  } catch (error) {
    await app.close();
    throw error;
  }
  return { url: urlOf(server), close: () => closeHttp(app, server) };
}

/** Logs each request at debug level, without its query, which may contain an address that somebody searches for. */
function addRequestLog(app: FastifyInstance, log: BaseLogger): void {
  app.addHook('onResponse', async ({ method, url }, { statusCode: status, elapsedTime }) => {
    const path = url.split('?')[0];
    const ms = Math.round(elapsedTime);
    log.debug({ method, path, status, ms }, `${method} ${path}: ${status} after ${ms} ms`);
  });
}

function addGuards(app: FastifyInstance, loopback: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(headers);
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store');
    // A foreign page can point its own host name at 127.0.0.1 and would then share our origin (DNS rebinding).
    const host = request.headers.host?.replace(/:\d+$/, '') ?? '';
    if (loopback && !LOOPBACK.test(host)) {
      throw new ApiError(
        421,
        'BW_HOST',
        `The collector listens on loopback and answers to localhost, not to "${host.slice(0, 100)}".`,
      );
    }
  });
}

export function pageIsBuilt(root: string): boolean {
  return existsSync(join(root, 'index.html'));
}

async function addPage(app: FastifyInstance, root: string): Promise<void> {
  if (pageIsBuilt(root)) {
    // File names do not change with their content, so browsers must revalidate; the ETag makes that cheap.
    await app.register(fastifyStatic, { root, cacheControl: true, maxAge: 0, preCompressed: true });
    return;
  }
  app.get('/', { schema: { hide: true } }, (_, reply) =>
    reply
      .code(503)
      .type('text/html; charset=utf-8')
      .send(
        '<!doctype html><html lang="en"><title>Blockwatch</title><p>The page is not built. ' +
          'Run <code>npm run build</code>, then start the collector again. ' +
          'The API works: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</html>',
      ),
  );
}

/** Closes the server here: Fastify closes only servers that it started itself, and those cannot try the next port. */
async function closeHttp(app: FastifyInstance, server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await app.close();
  server.closeAllConnections();
  await closed;
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
