/**
 * The uplink's quota: bytes of messages a day, for a branch whose uplink is paid for by the byte. A token bucket (Turner 1986) that a day
 * fills. What says least waits first: whispers in the lower half, progress in the lower quarter, alerts when nothing is left. What waits stays
 * in the outbox. A sensor must be heard of: births are always sent, and health is sent more rarely, which it says of itself.
 */
import type { MessageClass } from './outbox.js';

const DAY = 86_400_000;
/** Part of a day's bytes that must be left for a message of this class. */
const LEFT: Record<MessageClass, number> = { whisper: 1 / 2, progress: 1 / 4, alert: 0 };
/** A sensor that starts over and over must not get a whole new day each time. */
const AT_START = 3 / 4;
/** Bytes that MQTT and TLS add to a message and its acknowledgement: about 2 + 2 + 4 of MQTT, twice 29 of a TLS record. */
const AROUND = 66;
/** Times as long between two health messages while the lower half is in use. */
export const HEALTH_STRETCH = 10;

export class Quota {
  /** Bytes sent since the boot, what is around them included, whether there is a quota or not. */
  sent = 0;

  readonly #uptime: () => number;
  /** 0: no quota. */
  #perDay = 0;
  #tokens = 0;
  #filled = 0;

  /** @param uptime milliseconds since the boot */
  constructor(uptime: () => number) {
    this.#uptime = uptime;
  }

  /** 0 is no quota. A change keeps what share of the day is left. */
  set(bytesPerDay: number): void {
    this.#fill();
    this.#tokens = bytesPerDay * (this.#perDay > 0 ? this.#tokens / this.#perDay : AT_START);
    this.#perDay = bytesPerDay;
  }

  /** A message of so many bytes, topic included, was sent; `charged`: it is taken from the day. */
  spend(bytes: number, charged = true): void {
    this.sent += bytes + AROUND;
    if (this.#perDay === 0 || !charged) return;
    this.#fill();
    // What had to be sent all the same is owed, but no more than a day.
    this.#tokens = Math.max(-this.#perDay, this.#tokens - bytes - AROUND);
  }

  may(messageClass: MessageClass): boolean {
    if (this.#perDay === 0) return true;
    this.#fill();
    return this.#tokens > this.#perDay * LEFT[messageClass];
  }

  /** Less than half a day is left. */
  get low(): boolean {
    return !this.may('whisper');
  }

  #fill(): void {
    const now = this.#uptime();
    this.#tokens = Math.min(this.#perDay, this.#tokens + ((now - this.#filled) / DAY) * this.#perDay);
    this.#filled = now;
  }
}
