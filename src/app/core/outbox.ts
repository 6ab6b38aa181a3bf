/**
 * The outbox: messages from the engine that the broker has not acknowledged yet, at most `capacity`.
 *
 * A message gets its sequence number on entry, so a dropped message leaves a gap that the collector can see. A message
 * is either waiting or in flight (handed to the connection, not acknowledged). When the connection is lost, messages in
 * flight return to waiting under the same number. When the outbox is full, the oldest waiting message of the lowest
 * class is dropped: suspicion reports first, then progress, then alerts.
 */

/** In dropping order, first to last. */
export const messageClasses = ['whisper', 'progress', 'alert'] as const;
export type MessageClass = (typeof messageClasses)[number];

/** A message as it waits and as the storage holds it. */
export interface Message {
  /** Position in the outbox, across boots: later messages have higher ones. */
  place: number;
  boot: number;
  sequence: number;
  class: MessageClass;
  payload: Uint8Array;
}

/** Stores messages across restarts. It may throw: the outbox counts the failure and continues in memory. */
export interface OutboxStorage {
  /** All stored messages, in the order of `place`. */
  load(): Message[];
  put(message: Message): void;
  remove(place: number): void;
}

export interface OutboxOptions {
  boot: number;
  /** Capacity in messages, at least twice the window. */
  capacity?: number;
  /**
   * Maximum number of messages in flight. Each needs a deadline and a slot in the connection's queue, so boards use
   * few.
   */
  window?: number;
  storage?: OutboxStorage;
}

export const OUTBOX_CAPACITY = 1024;
/** The window is half of the smallest capacity, so that a full outbox always has a waiting message. */
export const OUTBOX_WINDOW = 16;

export class Outbox {
  readonly boot: number;
  readonly capacity: number;
  readonly window: number;
  /** Most messages held at once since the boot. */
  peak = 0;
  /** Messages dropped unsent since the boot. */
  readonly dropped: Record<MessageClass, number> = { whisper: 0, progress: 0, alert: 0 };
  /** Messages that were in flight when a connection was lost. */
  resent = 0;
  storageErrors = 0;

  #sequence = 0;
  #place = 0;
  readonly #storage: OutboxStorage | undefined;
  // Maps preserve the order of entry: the oldest of a class comes first and is found and removed without a search.
  readonly #waiting: Record<MessageClass, Map<number, Message>> = {
    whisper: new Map(),
    progress: new Map(),
    alert: new Map(),
  };
  readonly #inFlight = new Map<number, Message>();

  constructor(options: OutboxOptions) {
    this.boot = options.boot;
    this.window = options.window ?? OUTBOX_WINDOW;
    this.capacity = Math.max(2 * this.window, Math.floor(options.capacity ?? OUTBOX_CAPACITY));
    this.#storage = options.storage;
    this.#restore();
  }

  /** Number of messages, in both states. */
  get used(): number {
    return this.waiting + this.#inFlight.size;
  }

  get waiting(): number {
    return this.#waiting.whisper.size + this.#waiting.progress.size + this.#waiting.alert.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** The newest sequence number assigned; 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Every message of this boot up to this number was acknowledged or dropped. */
  get settled(): number {
    let lowest = this.#sequence + 1;
    for (const held of [...messageClasses.map((name) => this.#waiting[name]), this.#inFlight]) {
      for (const message of held.values()) {
        if (message.boot === this.boot && message.sequence < lowest) lowest = message.sequence;
      }
    }
    return lowest - 1;
  }

  /**
   * Accepts a message.
   *
   * @param make writes the payload, given the message's sequence number
   * @returns the sequence number
   */
  enqueue(messageClass: MessageClass, make: (sequence: number) => Uint8Array): number {
    const sequence = ++this.#sequence;
    const message: Message = {
      place: ++this.#place,
      boot: this.boot,
      sequence,
      class: messageClass,
      payload: make(sequence),
    };
    this.#waiting[messageClass].set(message.place, message);
    this.#store((storage) => storage.put(message));
    while (this.used > this.capacity) this.#dropOne();
    this.peak = Math.max(this.peak, this.used);
    return sequence;
  }

  /** The next message of the classes in `may`, now in flight; undefined if none waits or the window is full. */
  take(may: (messageClass: MessageClass) => boolean = () => true): Message | undefined {
    if (this.#inFlight.size >= this.window) return undefined;
    // In the order of entry over all classes: the collector then sees a gap only for a message that is really missing.
    let next: Message | undefined;
    for (const name of messageClasses) {
      const first = this.#oldest(name);
      if (first && may(name) && (!next || first.place < next.place)) next = first;
    }
    if (!next) return undefined;
    this.#waiting[next.class].delete(next.place);
    this.#inFlight.set(next.place, next);
    return next;
  }

  /** The broker has the message. A second acknowledgement, or one for a message not in flight, has no effect. */
  acknowledge(place: number): void {
    if (!this.#inFlight.delete(place)) return;
    this.#store((storage) => storage.remove(place));
  }

  /** The connection is lost: messages in flight wait again, before all unsent ones. */
  reclaim(): void {
    if (this.#inFlight.size === 0) return;
    this.resent += this.#inFlight.size;
    for (const name of messageClasses) {
      const later = [...this.#waiting[name].values()];
      this.#waiting[name].clear();
      for (const message of this.#inFlight.values()) {
        if (message.class === name) this.#waiting[name].set(message.place, message);
      }
      for (const message of later) this.#waiting[name].set(message.place, message);
    }
    this.#inFlight.clear();
  }

  #oldest(name: MessageClass): Message | undefined {
    return this.#waiting[name].values().next().value;
  }

  #dropOne(): void {
    for (const name of messageClasses) {
      const victim = this.#oldest(name);
      if (!victim) continue;
      this.#waiting[name].delete(victim.place);
      this.dropped[name]++;
      this.#store((storage) => storage.remove(victim.place));
      return;
    }
  }

  #restore(): void {
    this.#store((storage) => {
      for (const message of storage.load()) {
        this.#waiting[message.class].set(message.place, message);
        this.#place = Math.max(this.#place, message.place);
      }
    });
    while (this.used > this.capacity) this.#dropOne();
    this.peak = this.used;
  }

  #store(action: (storage: OutboxStorage) => void): void {
    if (!this.#storage) return;
    try {
      action(this.#storage);
    } catch {
      this.storageErrors++;
    }
  }
}
