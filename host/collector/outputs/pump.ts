/** Delivers message by message: reads the log from its cursor on, sends in order, and moves the cursor after what was delivered. */
import { severityRank } from '../../../src/protocol/record.js';
import type { Dead, Entry } from '../store/outbox.js';
import { advance, fail, listDead, read, settleDead } from '../store/outbox.js';
import type { OutputConfig } from './model/config.js';
import type { Finding } from './model/finding.js';
import { findingOf } from './model/finding.js';
import type { Research } from './model/screen.js';
import { DeliveryError } from './model/transport.js';
import { Worker } from './worker.js';

/** What is to be delivered, and as what. */
type Chosen = Entry & { finding: Finding };

/** Events that are in memory at once. */
const READ = 200;

export class Pump extends Worker {
  /** Refusals of the message that is next. */
  #refusals = 0;

  protected override async step(): Promise<boolean> {
    if (!(await this.hold())) return false;
    await this.#retryDead();
    const entries = await read(this.db, this.cursor as number, READ);
    for (let at = 0; at < entries.length && !this.closing; ) {
      const { chosen, moved } = await this.#part(entries, at);
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
      // A long part at a slow receiver must not outlive the lease.
      if (!(await this.hold())) return false;
    }
    return entries.length > 0;
  }

  /** The next entries that one call delivers, and how many the cursor moves over with them. */
  async #part(all: readonly Entry[], from: number): Promise<{ chosen: Chosen[]; moved: number }> {
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

  /** Gives those that were given up. @throws DeliveryError where it has to be tried again */
  async #deliver(entries: readonly Chosen[]): Promise<Dead[]> {
    if (entries.length === 0) return [];
    try {
      await this.transport.send(entries.map(({ finding }) => finding));
      return [];
    } catch (error) {
      // Who takes several at once says nothing of a single one.
      if (!(error instanceof DeliveryError) || error.kind === 'unreachable' || entries.length > 1) throw error;
      this.#refusals++;
      if (error.kind === 'answered' && this.#refusals < this.config.attempts) throw error;
      const { id, event } = entries[0] as Chosen;
      await fail(this.db, this.config.name, error.message);
      this.options.log.error(
        { output: this.config.name, event: id, attempts: this.#refusals, reason: error.message },
        `The output ${this.config.name} gave up a message: ${error.message}. "blockwatch outputs dead ${this.config.name}" shows it.`,
      );
      return [{ id, event, attempts: this.#refusals, reason: error.message, time: Date.now() }];
    }
  }

  /** Those that somebody has asked to be sent once more; one attempt each. */
  async #retryDead(): Promise<void> {
    for (const one of await listDead(this.db, this.config.name, true, READ)) {
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

/** Whether the output wants it. */
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
  // Kinds are the kinds of scans; what is none is chosen by `events`.
  if (filter.kinds.length > 0 && finding.kind !== '' && !filter.kinds.includes(finding.kind)) return false;
  return filter.sites.length === 0 || finding.sites.some((site) => filter.sites.includes(site));
}
