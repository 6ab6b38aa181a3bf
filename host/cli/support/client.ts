/** Client of a collector's HTTP API for the command line. */
import { InvalidArgumentError, Option } from 'commander';
import type { ServerEvent } from '../../api/sse.js';
import { backoff, EventParser } from '../../api/sse.js';
import type { Scan } from '../../api/types.js';
import { UserError } from '../../common/errors.js';

export const DEFAULT_COLLECTOR = 'http://127.0.0.1:8080';

/** Milliseconds a collector has for one answer. */
const TIMEOUT = 30_000;
/** The collector sends a heartbeat every 15 s; without one for this long the connection is dead. Milliseconds. */
const HEARTBEAT_TIMEOUT = 40_000;
/** The API's own limit. */
const PAGE = 500;

/** `--collector URL`, or BLOCKWATCH_COLLECTOR. */
export function collectorOption(): Option {
  return new Option('--collector <URL>', "URL of the collector's page")
    .env('BLOCKWATCH_COLLECTOR')
    .default(DEFAULT_COLLECTOR)
    .argParser((text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
        throw new InvalidArgumentError(`It must be a URL such as ${DEFAULT_COLLECTOR}.`);
      }
      return url.href.replace(/\/$/, '');
    });
}

export type Question = Record<string, string | number | undefined>;

export class Client {
  constructor(readonly url: string) {}

  /**
   * @param path below /api/v1, such as `scans`
   * @param question undefined values are omitted
   * @throws UserError BW_COLLECTOR if there is no answer or no collector at this URL; BW_USAGE with the collector's own
   *   sentence if it refuses the request
   */
  async get<T>(path: string, question: Question = {}): Promise<T> {
    const url = new URL(`${this.url}/api/v1/${path}`);
    for (const [name, value] of Object.entries(question))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const answer = await this.#ask(url, AbortSignal.timeout(TIMEOUT));
    let body: unknown;
    try {
      body = await answer.json();
    } catch {
      throw this.#unusable(`there is no collector at this URL (HTTP ${answer.status})`);
    }
    if (answer.ok) return body as T;
    const { message } = body as { message?: unknown };
    if (answer.status < 500 && typeof message === 'string') throw new UserError('BW_USAGE', { problem: message });
    throw this.#unusable(typeof message === 'string' ? message.replace(/\.$/, '') : `it answers HTTP ${answer.status}`);
  }

  /** All scans, most recently active first, loaded page by page. */
  async *scans(question: Question = {}): AsyncGenerator<Scan> {
    for (let from: Question = {}; ; ) {
      const page: { scans: Scan[]; next: string | null } = await this.get('scans', {
        ...question,
        ...from,
        limit: PAGE,
      });
      yield* page.scans;
      if (page.next === null) return;
      from = { before: page.next };
    }
  }

  /**
   * Events as they happen, until `signal`. After a lost connection the stream resumes where it stopped.
   *
   * @param lost called with the reason each time the connection is lost
   * @throws UserError BW_COLLECTOR if the first attempt fails
   */
  async *events(signal: AbortSignal, lost: (reason: string) => void): AsyncGenerator<ServerEvent> {
    const parser = new EventParser();
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        for await (const event of this.#line(parser, signal)) {
          attempt = 0;
          yield event;
        }
        if (!signal.aborted) lost('the collector closed it');
      } catch (error) {
        if (signal.aborted) return;
        // Without a first hello, the address is wrong: not an outage.
        if (parser.lastId === '') throw error instanceof UserError ? error : this.#unusable((error as Error).message);
        lost(error instanceof UserError ? error.message : 'it broke');
      }
      parser.reset();
      await pause(backoff(attempt + 1, Math.random()), signal);
    }
  }

  async *#line(parser: EventParser, signal: AbortSignal): AsyncGenerator<ServerEvent> {
    const stop = new AbortController();
    const end = (): void => stop.abort();
    signal.addEventListener('abort', end, { once: true });
    let watchdog = setTimeout(end, TIMEOUT);
    try {
      const headers: Record<string, string> = parser.lastId ? { 'last-event-id': parser.lastId } : {};
      const answer = await this.#ask(new URL(`${this.url}/api/v1/events`), stop.signal, headers);
      if (!answer.ok || !answer.body || !answer.headers.get('content-type')?.startsWith('text/event-stream')) {
        throw this.#unusable(`there is no collector at this URL (HTTP ${answer.status})`);
      }
      const decoder = new TextDecoder();
      for await (const piece of answer.body) {
        clearTimeout(watchdog);
        watchdog = setTimeout(end, HEARTBEAT_TIMEOUT);
        yield* parser.push(decoder.decode(piece, { stream: true }));
      }
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', end);
      stop.abort();
    }
  }

  async #ask(url: URL, signal: AbortSignal, headers: Record<string, string> = {}): Promise<Response> {
    try {
      return await fetch(url, { signal, headers });
    } catch (error) {
      throw this.#unusable(reasonOf(error as Error));
    }
  }

  #unusable(reason: string): UserError {
    return new UserError('BW_COLLECTOR', { url: this.url, reason });
  }
}

function reasonOf(error: Error): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'it does not answer in time';
  const cause = error.cause as (Error & { code?: string; errors?: { code?: string }[] }) | undefined;
  const code = cause?.code ?? cause?.errors?.[0]?.code;
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name cannot be resolved';
  return cause?.message || error.message;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
