/**
 * A collector for the page's tests: the real API over data that a test gives and changes, with faults on demand.
 * To look at the page without a collector: `npm run build && node build/js/test/web/mock-server.js
 * [PORT] [lively|empty|many]`.
 */

import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Gap, Scan, Sensor } from '../../host/api/types.js';
import { pageFolder } from '../../host/common/paths.js';
import { fleetAnswers } from './fleet-data.js';
import {
  fourSensors,
  gaps,
  historyOf,
  manyScans,
  nowOf,
  scan,
  sourcesOf,
  tenScans,
  timelineOf,
} from './sample-data.js';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export class MockServer {
  scans: Scan[] = [];
  sensors: Sensor[] = [];
  gaps: Gap[] = [];
  /**
   * What further routes answer, by the path behind `/api/v1/`; what is not here is not found, as with an older
   * collector.
   */
  readonly more = new Map<string, (query: URLSearchParams) => object>();
  /** When set, every API request is refused with it. */
  refusal: { status: number; message: string } | undefined;
  /** Requests of the API so far, path and query. */
  readonly asked: string[] = [];
  readonly #server = createServer(
    (request, response) => void this.#serve(request, response).catch(() => response.destroy()),
  );
  readonly #lines = new Set<ServerResponse>();
  #id = 0;
  url = '';

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this.url;
  }

  /** Ends the server and every line at once, as a crash would; `listen` with the same port brings it back. */
  async close(): Promise<void> {
    this.#lines.clear();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Lines that listen for events. */
  get listeners(): number {
    return this.#lines.size;
  }

  /** Breaks the live lines, and only them. */
  drop(): void {
    for (const line of this.#lines) line.destroy();
    this.#lines.clear();
  }

  send(event: string, data: unknown): void {
    for (const line of this.#lines) line.write(`event: ${event}\nid: ${++this.#id}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Stores a scan and tells the listeners. */
  push(one: Scan): void {
    this.scans = [one, ...this.scans.filter((other) => other.id !== one.id)];
    this.send('scan', one);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (!url.pathname.startsWith('/api/')) return this.#file(url.pathname, response);
    this.asked.push(`${request.method === 'GET' ? '' : `${request.method} `}${url.pathname}${url.search}`);
    if (this.refusal) return json(response, this.refusal.status, { error: 'BW_TEST', message: this.refusal.message });
    if (url.pathname === '/api/v1/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(`event: hello\ndata: ${JSON.stringify({ time: new Date().toISOString() })}\n\n`);
      this.#lines.add(response);
      response.on('close', () => this.#lines.delete(response));
      return;
    }
    const answer = this.more.get(url.pathname.slice('/api/v1/'.length))?.(url.searchParams) ?? this.#answer(url);
    if (answer) json(response, 200, answer);
    else json(response, 404, { error: 'BW_NOT_FOUND', message: 'There is no such thing here.' });
  }

  #answer(url: URL): object | undefined {
    const now = Date.now();
    const query = (name: string): string => url.searchParams.get(name) ?? '';
    const [head, ...rest] = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent);
    if (head === 'now') return nowOf(now, this.scans, this.sensors);
    if (head === 'sensors') return { sensors: this.sensors };
    if (head === 'gaps') return { gaps: this.gaps };
    if (head === 'timeline')
      return timelineOf(this.scans, Date.parse(query('from')), Date.parse(query('to')), Number(query('buckets')));
    if (head === 'sources' && !rest.length) return { sources: sourcesOf(this.scans) };
    if (head === 'sources') {
      const scans = this.scans.filter((one) => one.source === rest[0]);
      const [source] = sourcesOf(scans);
      return source && { source, scans };
    }
    if (head !== 'scans') return undefined;
    if (rest.length) {
      const found = this.scans.find((one) => one.id === rest.join('/'));
      return found && { scan: found, history: historyOf(found) };
    }
    const limit = Number(query('limit') || 100);
    const fitting = this.scans
      .filter(
        (one) =>
          (query('state') !== 'open' || one.open) &&
          (!query('site') || one.site === query('site')) &&
          (!query('kind') || one.kind === query('kind')) &&
          (!query('severity') || one.severity === query('severity')) &&
          (!query('before') || one.last < query('before')),
      )
      .sort((a, b) => (a.last < b.last ? 1 : -1));
    const page = fitting.slice(0, limit);
    return { scans: page, next: fitting.length > limit ? (page.at(-1)?.last ?? null) : null };
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const file = normalize(join(pageFolder, path === '/' ? 'index.html' : path));
    if (!file.startsWith(pageFolder)) return json(response, 404, {});
    try {
      const body = await readFile(file);
      response.writeHead(200, {
        'content-type': types[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': policy,
        'cache-control': 'no-store',
      });
      response.end(body);
    } catch {
      json(response, 404, {});
    }
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , port = '8099', mode = 'lively'] = process.argv;
  const server = new MockServer();
  if (mode !== 'empty') {
    server.scans =
      mode === 'many' ? manyScans(Date.now(), 500) : [...tenScans(Date.now()), ...manyScans(Date.now(), 60)];
    server.sensors = fourSensors(Date.now());
    server.gaps = gaps(Date.now());
    for (const [path, answer] of fleetAnswers()) server.more.set(path, answer);
  }
  console.log(await server.listen(Number(port)));
  if (mode === 'lively') {
    let turn = 0;
    setInterval(() => {
      turn += 1;
      const open = server.scans.find((one) => one.open);
      const now = new Date().toISOString();
      if (open && turn % 3)
        server.push({
          ...open,
          targets: open.targets + 3,
          probes: open.probes + 4,
          dark: open.dark + 3,
          last: now,
          received: now,
        });
      else
        server.push({
          ...scan(Date.now(), { began: 1000, seen: 0, source: `203.0.113.${turn % 250}` }),
          id: `berlin/tap-1/3/${100_000 + turn}`,
        });
      server.sensors = server.sensors.map((one) => (one.state === 'online' ? { ...one, lastSeen: now } : one));
    }, 3000);
  }
}
