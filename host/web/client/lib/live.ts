/** The live connection to the collector: reads its events, detects a dead connection and reconnects with backoff. */

import type { ServerEvent } from '../../../api/sse.js';
import { backoff, EventParser } from '../../../api/sse.js';

export type Link =
  | { state: 'connecting' }
  | { state: 'live' }
  /** `retryAt` and `since` are on this computer's clock; `reason` is a sentence where the collector gave one. */
  | { state: 'waiting'; retryAt: number; since: number; reason: string };

/** The collector sends a heartbeat every 15 s; without one for this long the connection is dead. Milliseconds. */
const HEARTBEAT_TIMEOUT = 40_000;

const REFUSED = 'The collector refused: ';

async function refusal(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as { message?: unknown } | null;
  return `${REFUSED}${typeof body?.message === 'string' ? body.message : `HTTP ${response.status}.`}`;
}

export interface LiveOptions {
  onEvent(event: ServerEvent): void;
  /** Called on each change. On `live`, reload all data: events may have been missed. */
  onLink(link: Link): void;
}

export class Live {
  readonly #parser = new EventParser();
  #attempt = 0;
  #timer = 0;
  #since = 0;
  #reason = '';

  constructor(readonly options: LiveOptions) {}

  start(): void {
    // After sleep or a change of network, an immediate attempt is likely to succeed.
    addEventListener('online', () => this.retryNow());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.retryNow();
    });
    void this.#connect();
  }

  /** Ends the backoff; does nothing while connected or connecting. */
  retryNow(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    void this.#connect();
  }

  async #connect(): Promise<void> {
    const abort = new AbortController();
    if (!this.#since) this.options.onLink({ state: 'connecting' });
    this.#reason = '';
    let watchdog = setTimeout(() => abort.abort(), HEARTBEAT_TIMEOUT);
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (this.#parser.lastId) headers['last-event-id'] = this.#parser.lastId;
      const response = await fetch('/api/v1/events', { headers, signal: abort.signal, cache: 'no-store' });
      if (!response.ok || !response.body) throw new Error(await refusal(response));
      this.#attempt = 0;
      this.#since = 0;
      this.options.onLink({ state: 'live' });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), HEARTBEAT_TIMEOUT);
        for (const event of this.#parser.push(value)) this.options.onEvent(event);
      }
    } catch (error) {
      // How the connection broke does not matter to the user; the reason for a refusal does.
      if (error instanceof Error && error.message.startsWith(REFUSED)) this.#reason = error.message;
    }
    clearTimeout(watchdog);
    this.#wait();
  }

  #wait(): void {
    this.#parser.reset();
    this.#attempt += 1;
    this.#since ||= Date.now();
    const delay = backoff(this.#attempt, Math.random());
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      void this.#connect();
    }, delay);
    this.options.onLink({ state: 'waiting', retryAt: Date.now() + delay, since: this.#since, reason: this.#reason });
  }
}
