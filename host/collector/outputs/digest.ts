/**
 * Collects events until a set time, then sends one mail about them. The cursor moves only after the mail was accepted.
 */

import { advance, dueOf, read, setDue } from '../store/outbox.js';
import { composeDigest, Summary } from './formats/digest.js';
import type { OutputConfig } from './model/config.js';
import { findingOf } from './model/finding.js';
import { passes } from './pump.js';
import type { MailTransport } from './transports/mail.js';
import { Worker } from './worker.js';

const BATCH_SIZE = 500;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export class DigestWorker extends Worker<MailTransport> {
  #due: number | undefined;

  protected override async step(): Promise<boolean> {
    if (!(await this.hold())) {
      this.#due = undefined;
      return false;
    }
    const now = Date.now();
    const next = nextDue(this.config.mail, now);
    if (this.#due === undefined) {
      // A restart keeps the due time; a due time beyond the next one comes from an earlier config.
      this.#due = Math.min(next, (await dueOf(this.db, this.config.name)) ?? next);
      await setDue(this.db, this.config.name, this.#due);
    }
    if (now < this.#due) return false;
    await this.#send(now);
    this.#due = next;
    await setDue(this.db, this.config.name, next);
    return false;
  }

  async #send(now: number): Promise<void> {
    const summary = new Summary();
    const before = this.cursor as number;
    let last = before;
    for (;;) {
      const entries = await read(this.db, last, BATCH_SIZE);
      if (entries.length === 0) break;
      for (const { id, event } of entries) {
        const finding = findingOf(event, this.options.page);
        if (await passes(finding, this.config, this.options.research)) summary.add(finding);
        last = id;
      }
      if (!(await this.hold())) return;
    }
    if (last === before) return;
    const span = this.config.mail.every === 'hour' ? HOUR : DAY;
    if (summary.messages > 0) await this.transport.deliver(composeDigest(summary, now - span, now, this.options.page));
    if (!(await advance(this.db, this.config.name, this.options.holder, last, summary.messages > 0 ? 1 : 0)))
      this.cursor = undefined;
    else this.cursor = last;
  }
}

/** The next full hour, or the next `at` (UTC). Milliseconds since 1970. */
export function nextDue({ every, at }: Pick<OutputConfig['mail'], 'every' | 'at'>, now: number): number {
  if (every === 'hour') return (Math.floor(now / HOUR) + 1) * HOUR;
  const [hours, minutes] = at.split(':').map(Number) as [number, number];
  const today = Math.floor(now / DAY) * DAY + hours * HOUR + minutes * 60_000;
  return today > now ? today : today + DAY;
}
