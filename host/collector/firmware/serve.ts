/**
 * Serves image blocks to sensors. A sensor gets only the image assigned to it; the broker guarantees that requests on a
 * sensor's topic come from that sensor. Sensors repeat unanswered requests, so no state is stored here.
 */

import type { BaseLogger } from 'pino';
import { buildTopic, parseTopic } from '../../../src/protocol/topics.js';
import { encodeBlock, imageOf, readFetch } from '../../../src/protocol/update.js';
import { WireError } from '../../../src/protocol/wire-error.js';
import type { Arrival } from '../rules/decode.js';
import type { Database } from '../store/database.js';
import { assignmentOf, imageData } from '../store/images.js';

export interface BlockServerOptions {
  /** Publishes with QoS 0. */
  send: (topic: string, payload: Uint8Array) => void;
  log: BaseLogger;
  /** Milliseconds; injectable for tests. */
  now?: () => number;
}

/** Images cached in memory: a fleet has one or two kinds of board. */
const MAX_CACHED_IMAGES = 4;
/** Milliseconds that an assignment is cached. */
const ASSIGNMENT_TTL = 5_000;
/** Sensors whose assignment is cached. */
const MAX_CACHED_SENSORS = 10_000;
/** Requests that may wait for the store at once. Further ones are dropped; the sensor repeats them. */
const MAX_PENDING = 200;
/** Blocks per second for all sensors together, because alerts share the broker: 1 MiB/s at 1 KiB per block. */
const BLOCKS_PER_SECOND = 1_000;

export class BlockServer {
  /** Requests answered, and requests refused: malformed, for an image not assigned, or too many. */
  answered = 0;
  refused = 0;
  readonly #database: Database;
  readonly #options: BlockServerOptions;
  readonly #assigned = new Map<string, { sha256: string | undefined; until: number }>();
  readonly #images = new Map<string, Promise<Uint8Array | undefined>>();
  #waiting = 0;
  #tokens = BLOCKS_PER_SECOND;
  #filled = 0;
  #failed = false;

  constructor(database: Database, options: BlockServerOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** Never rejects: requests are acknowledged whether answered or not. */
  async answer({ topic, payload }: Arrival): Promise<void> {
    const from = parseTopic(topic);
    if (!from || this.#waiting >= MAX_PENDING || !this.#token()) return void this.refused++;
    this.#waiting++;
    try {
      const { image, offset, length } = readFetch(payload);
      const sha256 = await this.#assignment(from.site, from.sensor);
      const data = sha256 !== undefined && imageOf(sha256) === image ? await this.#image(sha256) : undefined;
      if (!data || offset >= data.length) return void this.refused++;
      this.#options.send(
        buildTopic(from.site, from.sensor, 'block'),
        encodeBlock(image, offset, data.subarray(offset, offset + length)),
      );
      this.answered++;
      this.#failed = false;
    } catch (error) {
      this.refused++;
      if (error instanceof WireError) return;
      if (!this.#failed)
        this.#options.log.error(
          { err: error },
          `Cannot read images from the store: ${(error as Error).message}. Sensors will retry.`,
        );
      this.#failed = true;
    } finally {
      this.#waiting--;
    }
  }

  #token(): boolean {
    const now = this.#options.now?.() ?? Date.now();
    this.#tokens = Math.min(BLOCKS_PER_SECOND, this.#tokens + ((now - this.#filled) * BLOCKS_PER_SECOND) / 1000);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  async #assignment(site: string, sensor: string): Promise<string | undefined> {
    const name = `${site}/${sensor}`;
    const now = this.#options.now?.() ?? Date.now();
    const known = this.#assigned.get(name);
    if (known && known.until > now) return known.sha256;
    const sha256 = await assignmentOf(this.#database, site, sensor);
    if (this.#assigned.size >= MAX_CACHED_SENSORS) this.#assigned.clear();
    this.#assigned.set(name, { sha256, until: now + ASSIGNMENT_TTL });
    return sha256;
  }

  #image(sha256: string): Promise<Uint8Array | undefined> {
    const known = this.#images.get(sha256);
    if (known !== undefined) return known;
    const read = imageData(this.#database, sha256);
    if (this.#images.size >= MAX_CACHED_IMAGES) this.#images.delete(this.#images.keys().next().value as string);
    this.#images.set(sha256, read);
    // Missing or unreadable images are looked up again next time.
    read.then(
      (data) => data ?? this.#images.delete(sha256),
      () => this.#images.delete(sha256),
    );
    return read;
  }
}
