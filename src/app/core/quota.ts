/**
 * The uplink's quota: bytes of messages a day, for a site whose uplink is billed by volume. A token bucket (Turner
 * 1986) that refills over a day. The least important messages wait first: suspicion reports in the lower half, progress
 * in the lower quarter, alerts when nothing is left. Waiting messages stay in the outbox. The sensor must stay visible:
 * births are always sent, and health is sent less often, at an interval that the health message states.
 */
import type { MessageClass } from './outbox.js';

const DAY = 86_400_000;
/** Share of a day's bytes that must be left to send a message of this class. */
const LEFT: Record<MessageClass, number> = { whisper: 1 / 2, progress: 1 / 4, alert: 0 };
/** A sensor in a restart loop must not get a whole new day each time. */
const AT_START = 3 / 4;
/**
 * Bytes that MQTT and TLS add to a message and its acknowledgement: about 2 + 2 + 4 of MQTT, twice 29 of a TLS record.
 */
const AROUND = 66;
/** Factor on the health interval while the lower half is in use. */
export const HEALTH_STRETCH = 10;

export class Quota {
  /** Bytes sent since the boot, protocol overhead included, with or without a quota. */
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

  /** 0: no quota. A change preserves the remaining share of the day. */
  set(bytesPerDay: number): void {
    this.#fill();
    this.#tokens = bytesPerDay * (this.#perDay > 0 ? this.#tokens / this.#perDay : AT_START);
    this.#perDay = bytesPerDay;
  }

  /** A message of so many bytes, topic included, was sent; `charged`: it counts against the quota. */
  spend(bytes: number, charged = true): void {
    this.sent += bytes + AROUND;
    if (this.#perDay === 0 || !charged) return;
    this.#fill();
    // A message that had to be sent anyway becomes a debt, of one day at most.
    this.#tokens = Math.max(-this.#perDay, this.#tokens - bytes - AROUND);
  }

  may(messageClass: MessageClass): boolean {
    if (this.#perDay === 0) return true;
    this.#fill();
    return this.#tokens > this.#perDay * LEFT[messageClass];
  }

  /** Less than half a day's bytes are left. */
  get low(): boolean {
    return !this.may('whisper');
  }

  #fill(): void {
    const now = this.#uptime();
    this.#tokens = Math.min(this.#perDay, this.#tokens + ((now - this.#filled) / DAY) * this.#perDay);
    this.#filled = now;
  }
}
