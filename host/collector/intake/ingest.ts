/**
 * Takes messages in, stores them in batches, and says of each when it may be acknowledged: after the transaction that
 * stored it committed. What the database cannot take now is tried again; what it will never take is put aside, alone.
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
  /** Told of each commit, and of each message how long it waited for it, in seconds. */
  metrics?: Pick<Metrics, 'committed' | 'waited'>;
  /** Called after each commit. */
  changed?: (changes: Changes) => void;
  /** The store began to refuse (a sentence), or takes messages again (undefined). */
  trouble?: (problem: string | undefined) => void;
  batch?: number;
  queue?: number;
  /** First and longest wait before the store is tried again, in milliseconds. */
  retry?: { first: number; most: number };
}

/** Messages a transaction stores: enough to share one sync to disk, few enough to keep the API answering. */
const BATCH_SIZE = 500;
/** Messages that may wait for the store. Beyond it the sender keeps them: they are not acknowledged. */
const QUEUE_CAPACITY = 20_000;
const RETRY = { first: 100, most: 5_000 };

interface PendingMessage {
  arrival: Arrival;
  /** Milliseconds on the process' own clock. */
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

  /** Messages that were taken in and are not stored yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves when the message may be acknowledged; rejects when it was not stored and the sender has to keep it. */
  accept(arrival: Arrival): Promise<void> {
    if (this.#closing) return Promise.reject(new Error('the collector is stopping'));
    const full = this.#queue.length >= (this.#options.queue ?? QUEUE_CAPACITY);
    if (full) return Promise.reject(new Error('the store does not keep up'));
    return new Promise((stored, refused) => {
      this.#queue.push({ arrival, since: performance.now(), stored, refused });
      this.#working ??= this.#work();
    });
  }

  /** Stores what waits, unless the store refuses: that is left to its senders. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#delay.cancel();
    await this.#working;
  }

  async #work(): Promise<void> {
    // Lets the rest of what the socket brought arrive first.
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

  /** Gives false only where the collector is closing and the store still refuses. */
  async #store(messages: readonly Message[]): Promise<boolean> {
    const { first, most } = this.#options.retry ?? RETRY;
    for (let delay = first; ; delay = Math.min(most, delay * 2)) {
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

  /** One message among many must not cost the others: halves are tried until it is alone, and then it is put aside. */
  async #divide(messages: readonly Message[], error: Error): Promise<boolean> {
    if (messages.length > 1) {
      const middle = messages.length >> 1;
      return (await this.#store(messages.slice(0, middle))) && (await this.#store(messages.slice(middle)));
    }
    const only = messages[0] as Exclude<Message, Rejected>;
    const payload = only.what === 'record' ? only.payload : new TextEncoder().encode(JSON.stringify(only));
    const topic = `blockwatch/1/${only.site}/${only.sensor}/${only.what === 'record' ? only.leaf : only.what}`;
    return this.#store([rejected({ topic, payload }, `The store does not take it: ${error.message}`)]);
  }

  /** Of the store's errors only those that name the values; of our own those that a value can make. */
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

/** Where not even a refusal can be written down it is the store's fault, whatever it says: that is tried again. */
function alreadyRefused(messages: readonly Message[]): boolean {
  return messages.length === 1 && messages[0]?.what === 'rejected';
}
