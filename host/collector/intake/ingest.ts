/**
 * Stores incoming messages in batches and acknowledges each one after its transaction committed. Transient failures are
 * retried; a message that the database will never accept is set aside by itself.
 */

import { Delay } from '../../common/delay.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Arrival, Message, Rejected } from '../rules/decode.js';
import { decode, rejected } from '../rules/decode.js';
import type { Changes, Outcome } from '../store/commit.js';
import { commitBatch } from '../store/commit.js';
import type { Database } from '../store/database.js';

export interface IngestOptions {
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Receives each commit, and each message's waiting time in seconds. */
  metrics?: Pick<Metrics, 'committed' | 'waited'>;
  /** Called after each commit. */
  changed?: (changes: Changes) => void;
  /** Called with a sentence when the store starts to refuse, and with undefined when it recovers. */
  trouble?: (problem: string | undefined) => void;
  batch?: number;
  queue?: number;
  /** First and longest delay before a retry, in milliseconds. */
  retry?: { first: number; max: number };
}

/** Messages per transaction: enough to share one sync to disk, few enough to keep the API responsive. */
const BATCH_SIZE = 500;
/** Messages that may wait for the store. Beyond that they stay unacknowledged, so the sender keeps them. */
const QUEUE_CAPACITY = 20_000;
const RETRY = { first: 100, max: 5_000 };

interface PendingMessage {
  arrival: Arrival;
  /** Milliseconds of performance.now(). */
  since: number;
  stored: () => void;
  refused: (error: Error) => void;
}

export class Ingest {
  readonly #database: Database;
  readonly #options: IngestOptions;
  readonly #queue: PendingMessage[] = [];
  #working: Promise<void> | undefined;
  #closing = false;
  readonly #delay = new Delay();

  constructor(database: Database, options: IngestOptions = {}) {
    this.#database = database;
    this.#options = options;
  }

  /** Messages accepted but not stored yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves when the message may be acknowledged; rejects if it was not stored and the sender must keep it. */
  accept(arrival: Arrival): Promise<void> {
    if (this.#closing) return Promise.reject(new Error('the collector is stopping'));
    const full = this.#queue.length >= (this.#options.queue ?? QUEUE_CAPACITY);
    if (full) return Promise.reject(new Error('the store does not keep up'));
    return new Promise((stored, refused) => {
      this.#queue.push({ arrival, since: performance.now(), stored, refused });
      this.#working ??= this.#work();
    });
  }

  /** Stores the pending messages. If the store refuses them, they remain with their senders. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#delay.cancel();
    await this.#working;
  }

  async #work(): Promise<void> {
    // Let the rest of the socket's data arrive first.
    await new Promise((resolve) => setImmediate(resolve));
    const size = this.#options.batch ?? BATCH_SIZE;
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, size);
      const done = await this.#store(batch.map(({ arrival }) => decode(arrival)));
      this.#queue.splice(0, batch.length);
      const now = performance.now();
      for (const { since, stored, refused } of batch) {
        if (done) this.#options.metrics?.waited((now - since) / 1000);
        if (done) stored();
        else refused(new Error('the store does not answer'));
      }
    }
    this.#working = undefined;
  }

  /** Returns false only if the collector is closing and the store still refuses. */
  async #store(messages: readonly Message[]): Promise<boolean> {
    const { first, max } = this.#options.retry ?? RETRY;
    for (let delay = first; ; delay = Math.min(max, delay * 2)) {
      try {
        const outcome = await commitBatch(this.#database, messages, this.#now());
        if (delay > first) this.#options.trouble?.(undefined);
        this.#announce(outcome);
        return true;
      } catch (error) {
        if (this.#atFault(error) && !alreadyRefused(messages)) return this.#divide(messages, error as Error);
        if (delay === first) {
          this.#options.trouble?.(`The store refuses: ${(error as Error).message}. Messages wait, unacknowledged.`);
        }
        if (this.#closing) return false;
        await this.#delay.wait(delay);
      }
    }
  }

  /** One bad message must not cost the others: bisect the batch until it is alone, then set it aside. */
  async #divide(messages: readonly Message[], error: Error): Promise<boolean> {
    if (messages.length > 1) {
      const middle = messages.length >> 1;
      return (await this.#store(messages.slice(0, middle))) && (await this.#store(messages.slice(middle)));
    }
    const only = messages[0] as Exclude<Message, Rejected>;
    const payload = only.what === 'record' ? only.payload : new TextEncoder().encode(JSON.stringify(only));
    const topic = `blockwatch/1/${only.site}/${only.sensor}/${only.what === 'record' ? only.messageType : only.what}`;
    return this.#store([rejected({ topic, payload }, `The store rejects it: ${error.message}`)]);
  }

  /** Store errors that blame the values, and our own errors that a value can cause. */
  #atFault(error: unknown): boolean {
    return error instanceof TypeError || error instanceof RangeError || this.#database.atFault(error);
  }

  #announce(outcome: Outcome): void {
    this.#options.metrics?.committed(outcome);
    const { alerts, scans, sensors, gaps } = outcome;
    if (alerts.length + scans.length + sensors.length + gaps.length > 0) this.#options.changed?.(outcome);
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }
}

/** If even the rejection cannot be stored, the store is at fault: retry. */
function alreadyRefused(messages: readonly Message[]): boolean {
  return messages.length === 1 && messages[0]?.what === 'rejected';
}
