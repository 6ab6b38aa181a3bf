/**
 * One output at work: reads the log from its cursor on, delivers in order, and moves the cursor after what was delivered. Holds a
 * lease meanwhile, so that of several collectors one sends; when that one dies, its lease runs out and another goes on.
 */
import { severities } from '../../../src/protocol/record.js';
import type { Database } from '../store/database.js';
import type { OutputConfig } from './config.js';
import type { OutputEvent } from './event.js';
import { findingOf } from './finding.js';
import type { Finding } from './finding.js';
import { advance, fail, hold, listDead, read, release, settleDead } from './queue.js';
import type { Dead, Entry } from './queue.js';
import type { Research } from './screen.js';
import { DeliveryError } from './transport.js';
import type { Transport } from './transport.js';

export interface PumpOptions {
  /** Names this process among those that share the store. */
  holder: string;
  page: string;
  research: Research;
  report: (sentence: string) => void;
  /** Milliseconds: how long a lease lasts, between two looks at an idle log, and the first and longest wait after a failure. */
  times?: { lease: number; look: number; first: number; most: number };
  random?: () => number;
}

export const times = { lease: 15_000, look: 1_000, first: 1_000, most: 60_000 };
/** Events that are in memory at once. */
const READ = 200;

export class Pump {
  readonly #times: typeof times;
  readonly #done: Promise<void>;
  #closing = false;
  #wake: () => void = () => {};
  /** Where the log has been told up to; undefined while another collector sends. */
  #cursor: number | undefined;
  /** When the lease is to be renewed; milliseconds of performance.now(). */
  #renew = 0;
  /** Failures in a row, and refusals of the message that is next. */
  #failures = 0;
  #refusals = 0;

  constructor(readonly db: Database, readonly config: OutputConfig, readonly transport: Transport, readonly options: PumpOptions) {
    this.#times = options.times ?? times;
    this.#done = this.#run();
  }

  /** There may be something new. */
  wake(): void {
    if (this.#failures === 0) this.#wake();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#closing) {
      let pause = this.#times.look;
      try {
        const worked = await this.#step();
        if (this.#failures > 0) this.options.report(`The output ${this.config.name} delivers again.`);
        this.#failures = 0;
        if (worked) continue;
      } catch (error) {
        if (this.#failures === 0) this.options.report(`The output ${this.config.name} does not deliver: ${(error as Error).message}. Messages wait; it tries again.`);
        pause = this.#backoff(error);
        if (error instanceof DeliveryError) await fail(this.db, this.config.name, error.message).catch(() => {});
      }
      if (!this.#closing) await this.#pause(pause);
    }
    await this.transport.close();
    if (this.#cursor !== undefined) await release(this.db, this.config.name, this.options.holder).catch(() => {});
  }

  /** Gives whether there may be more to do at once. */
  async #step(): Promise<boolean> {
    if (!(await this.#hold())) return false;
    await this.#retryDead();
    const entries = await read(this.db, this.#cursor as number, READ);
    for (let at = 0; at < entries.length && !this.#closing; ) {
      const { chosen, moved } = await this.#part(entries, at);
      const dead = await this.#deliver(chosen);
      at += moved;
      const end = (entries[at - 1] as Entry).id;
      const mine = await advance(this.db, this.config.name, this.options.holder, end, chosen.length - dead.length, dead);
      this.#cursor = mine ? end : undefined;
      this.#refusals = 0;
      // A long part at a slow receiver must not outlive the lease.
      if (!(await this.#hold())) return false;
    }
    return entries.length > 0;
  }

  /** Whether this collector is the one that sends. */
  async #hold(): Promise<boolean> {
    const now = performance.now();
    if (this.#cursor !== undefined && now < this.#renew) return true;
    this.#cursor = await hold(this.db, this.config.name, this.options.holder, this.#times.lease);
    this.#renew = now + this.#times.lease / 3;
    return this.#cursor !== undefined;
  }

  /** The next entries that one call delivers, and how many the cursor moves over with them. */
  async #part(all: readonly Entry[], from: number): Promise<{ chosen: Entry[]; moved: number }> {
    const chosen: Entry[] = [];
    let at = from;
    for (; at < all.length; at++) {
      const entry = all[at] as Entry;
      if (!(await this.#passes(entry.event))) continue;
      if (chosen.length === this.transport.batch) break;
      chosen.push(entry);
    }
    return { chosen, moved: at - from };
  }

  async #passes(event: OutputEvent): Promise<boolean> {
    const finding = findingOf(event);
    if (!passes(finding, this.config)) return false;
    return this.config.filter.research || finding.source === '' || !(await this.options.research(finding.source));
  }

  /** Gives those that were given up. @throws DeliveryError where it has to be tried again */
  async #deliver(entries: readonly Entry[]): Promise<Dead[]> {
    if (entries.length === 0) return [];
    try {
      await this.transport.send(entries.map(({ event }) => findingOf(event, this.options.page)));
      return [];
    } catch (error) {
      // Who takes several at once says nothing of a single one.
      if (!(error instanceof DeliveryError) || error.kind === 'unreachable' || entries.length > 1) throw error;
      this.#refusals++;
      if (error.kind === 'answered' && this.#refusals < this.config.attempts) throw error;
      const { id, event } = entries[0] as Entry;
      await fail(this.db, this.config.name, error.message);
      this.options.report(`The output ${this.config.name} gave up a message: ${error.message}. "blockwatch outputs dead ${this.config.name}" shows it.`);
      return [{ id, event, attempts: this.#refusals, reason: error.message, time: Date.now() }];
    }
  }

  /** Those that somebody has asked to be sent once more; one attempt each. */
  async #retryDead(): Promise<void> {
    for (const one of await listDead(this.db, this.config.name, true, READ)) {
      if (this.#closing) return;
      try {
        await this.transport.send([findingOf(one.event, this.options.page)]);
        await settleDead(this.db, this.config.name, this.options.holder, one, true);
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error;
        await settleDead(this.db, this.config.name, this.options.holder, { ...one, attempts: one.attempts + 1, reason: error.message, time: Date.now() }, false);
      }
    }
  }

  /** Longer from time to time, and never the same for all outputs at once. */
  #backoff(error: unknown): number {
    const wait = Math.min(this.#times.most, this.#times.first * 2 ** Math.min(20, this.#failures++));
    const asked = error instanceof DeliveryError ? (error.retryAfter ?? 0) : 0;
    return Math.max(Math.min(asked, this.#times.most), wait * (0.5 + (this.options.random ?? Math.random)() / 2));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Whether the output wants it. */
export function passes(finding: Finding, { filter }: Pick<OutputConfig, 'filter'>): boolean {
  if (finding.what === 'test') return false;
  if (!filter.events.includes(finding.what)) return false;
  if (severities.indexOf(finding.severity) < severities.indexOf(filter.severity)) return false;
  // Kinds are the kinds of scans; what is none is chosen by `events`.
  if (filter.kinds.length > 0 && finding.kind !== '' && !filter.kinds.includes(finding.kind)) return false;
  return filter.sites.length === 0 || finding.sites.some((site) => filter.sites.includes(site));
}
