/**
 * Delivers message by message: reads the log from its cursor, sends in order, and advances the cursor after delivery.
 */
import { severityRank } from '../../../src/protocol/record.js';
import type { Dead, Entry } from '../store/outbox.js';
import { advance, fail, listDead, read, settleDead } from '../store/outbox.js';
import type { OutputConfig } from './model/config.js';
import type { Finding } from './model/finding.js';
import { findingOf } from './model/finding.js';
import type { Research } from './model/screen.js';
import { DeliveryError } from './model/transport.js';
import { Worker } from './worker.js';

/** An entry to deliver, with its finding. */
type Chosen = Entry & { finding: Finding };

/** Events in memory at once. */
const BATCH_SIZE = 200;

export class Pump extends Worker {
  /** Refusals of the current message. */
  #refusals = 0;

  protected override async step(): Promise<boolean> {
    if (!(await this.hold())) return false;
    await this.#retryDead();
    const entries = await read(this.db, this.cursor as number, BATCH_SIZE);
    for (let at = 0; at < entries.length && !this.closing; ) {
      const { chosen, moved } = await this.#nextBatch(entries, at);
      const dead = await this.#deliver(chosen);
      at += moved;
      const end = (entries[at - 1] as Entry).id;
      const mine = await advance(
        this.db,
        this.config.name,
        this.options.holder,
        end,
        chosen.length - dead.length,
        dead,
      );
      this.cursor = mine ? end : undefined;
      this.#refusals = 0;
      // A long batch at a slow receiver must not outlive the lease.
      if (!(await this.hold())) return false;
    }
    return entries.length > 0;
  }

  /** The next entries for one call, and how far the cursor moves past them. */
  async #nextBatch(all: readonly Entry[], from: number): Promise<{ chosen: Chosen[]; moved: number }> {
    const chosen: Chosen[] = [];
    let at = from;
    for (; at < all.length; at++) {
      const entry = all[at] as Entry;
      const finding = findingOf(entry.event, this.options.page);
      if (!(await passes(finding, this.config, this.options.research))) continue;
      if (chosen.length === this.transport.batch) break;
      chosen.push({ ...entry, finding });
    }
    return { chosen, moved: at - from };
  }

  /** Returns the messages that were dropped. @throws DeliveryError if delivery must be retried */
  async #deliver(entries: readonly Chosen[]): Promise<Dead[]> {
    if (entries.length === 0) return [];
    try {
      await this.transport.send(entries.map(({ finding }) => finding));
      return [];
    } catch (error) {
      // A failure of several messages does not identify the bad one.
      if (!(error instanceof DeliveryError) || error.kind === 'unreachable' || entries.length > 1) throw error;
      this.#refusals++;
      if (error.kind === 'answered' && this.#refusals < this.config.attempts) throw error;
      const { id, event } = entries[0] as Chosen;
      await fail(this.db, this.config.name, error.message);
      this.options.log.error(
        { output: this.config.name, event: id, attempts: this.#refusals, reason: error.message },
        `The output ${this.config.name} gave up a message: ${error.message}. ` +
          `"blockwatch outputs dead ${this.config.name}" shows it.`,
      );
      return [{ id, event, attempts: this.#refusals, reason: error.message, time: Date.now() }];
    }
  }

  /** Retries, once each, the dead letters that an operator asked to resend. */
  async #retryDead(): Promise<void> {
    for (const one of await listDead(this.db, this.config.name, true, BATCH_SIZE)) {
      if (this.closing) return;
      try {
        await this.transport.send([findingOf(one.event, this.options.page)]);
        await settleDead(this.db, this.config.name, this.options.holder, one, true);
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error;
        await settleDead(
          this.db,
          this.config.name,
          this.options.holder,
          { ...one, attempts: one.attempts + 1, reason: error.message, time: Date.now() },
          false,
        );
      }
    }
  }
}

/** Whether the output's filter accepts the finding. */
export async function passes(
  finding: Finding,
  config: Pick<OutputConfig, 'filter'>,
  research: Research,
): Promise<boolean> {
  if (!matches(finding, config)) return false;
  return config.filter.research || finding.source === '' || !(await research(finding.source));
}

function matches(finding: Finding, { filter }: Pick<OutputConfig, 'filter'>): boolean {
  if (finding.what === 'test') return false;
  if (!filter.events.includes(finding.what)) return false;
  if (severityRank(finding.severity) < severityRank(filter.severity)) return false;
  // Kinds apply to scans only; `events` selects everything else.
  if (filter.kinds.length > 0 && finding.kind !== '' && !filter.kinds.includes(finding.kind)) return false;
  return filter.sites.length === 0 || finding.sites.some((site) => filter.sites.includes(site));
}
