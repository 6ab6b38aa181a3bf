/** Server-sent events (WHATWG HTML, section 9.2). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { iso } from '../../common/iso.js';
import type { Events, LiveEvent } from '../live/events.js';
import { ApiError } from './failures.js';

/** Milliseconds between heartbeats: proxies close a connection that is idle for a minute, the page after 40 s. */
const HEARTBEAT_INTERVAL = 15_000;
/** Bytes buffered for a slow client before it is disconnected; it can reconnect and resume. */
const MAX_WAITING = 1 << 20;
const MAX_SUBSCRIBERS = 256;
/** Milliseconds before a disconnected client reconnects. */
const RECONNECT_MS = 2000;

export function addLive(app: FastifyInstance, events: Events, clock: () => number): void {
  const open = new Set<() => void>();
  // An open event stream would keep the server from closing.
  app.addHook('preClose', async () => {
    for (const end of open) end();
  });

  app.get(
    '/api/v1/events',
    {
      schema: {
        summary: 'Live scan, sensor, gap and incident events. Last-Event-ID resumes after a broken connection.',
        produces: ['text/event-stream'],
      },
    },
    (request: FastifyRequest, reply: FastifyReply) => {
      if (open.size >= MAX_SUBSCRIBERS) throw new ApiError(503, 'BW_BUSY', 'Too many pages are connected. Close some.');
      const missed = resume(events, request.headers['last-event-id']);
      reply.hijack();
      const { raw } = reply;
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) raw.setHeader(name, value);
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      const send = (piece: string): void => {
        if (raw.writableLength > MAX_WAITING) raw.destroy();
        else raw.write(piece);
      };
      const hello = JSON.stringify({ time: iso(clock()), resumed: missed !== undefined });
      send(`retry: ${RECONNECT_MS}\nid: ${events.lastId}\nevent: hello\ndata: ${hello}\n\n`);
      for (const event of missed ?? []) send(format(event));
      const stop = events.subscribe((event) => send(format(event)));
      const heartbeat = setInterval(() => send(':\n\n'), HEARTBEAT_INTERVAL);
      const end = (): void => {
        raw.end();
      };
      open.add(end);
      raw.on('close', () => {
        stop();
        clearInterval(heartbeat);
        open.delete(end);
      });
      raw.on('error', () => raw.destroy());
    },
  );
}

function resume(events: Events, header: string | string[] | undefined): LiveEvent[] | undefined {
  return typeof header === 'string' ? events.since(header) : undefined;
}

function format({ id, event, data }: LiveEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}
