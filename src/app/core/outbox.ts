/**
 * The outbox: what the engine found and the broker has not yet acknowledged, at most `capacity` messages.
 *
 * A message gets its sequence number when it enters, so a message that has to go leaves a hole that the collector can
 * see. It is in one of two states: waiting, or in flight (given to the connection, not acknowledged). When the
 * connection is lost, what was in flight waits again, under the same number. When the box is full, the oldest waiting
 * message of the least class goes: whispers, then progress, then alerts.
 */

/** From the first to go to the last. */
export const messageClasses = ['whisper', 'progress', 'alert'] as const;
export type MessageClass = (typeof messageClasses)[number];

/** A message as it waits, and as the storage keeps it. */
export interface Message {
  /** Place in the outbox, across boots: what entered later has a higher one. */
  place: number;
  boot: number;
  sequence: number;
  class: MessageClass;
  payload: Uint8Array;
}

/** Keeps messages over a restart. Throwing is allowed: the outbox counts it and goes on in memory. */
export interface OutboxStorage {
  /** What was stored and not removed, in the order of `place`. */
  load(): Message[];
  put(message: Message): void;
  remove(place: number): void;
}

export interface OutboxOptions {
  boot: number;
  /** Messages held at most, at least twice the window. */
  capacity?: number;
  /** Most messages in flight at once. Each has a deadline and a place in the connection's queue: on a board, few. */
  window?: number;
  storage?: OutboxStorage;
}

export const OUTBOX_CAPACITY = 1024;
/** The window is half of the least capacity, so that a full outbox always has a message that waits. */
export const OUTBOX_WINDOW = 16;

export class Outbox {
  readonly boot: number;
  readonly capacity: number;
  readonly window: number;
  /** Most messages held at once since the boot. */
  peak = 0;
  /** Messages that left unsent since the boot. */
  readonly dropped: Record<MessageClass, number> = { whisper: 0, progress: 0, alert: 0 };
  /** Messages that were in flight when a connection was lost. */
  resent = 0;
  storageErrors = 0;

  #sequence = 0;
  #place = 0;
  readonly #storage: OutboxStorage | undefined;
  // Maps keep the order of entry, so the oldest of a class is its first, found and removed without a search.
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

  /** Messages held, in both states. */
  get used(): number {
    return this.waiting + this.#inFlight.size;
  }

  get waiting(): number {
    return this.#waiting.whisper.size + this.#waiting.progress.size + this.#waiting.alert.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** The newest sequence number given; 0 before the first. */
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
   * Takes a message in.
   *
   * @param make writes the payload, given the sequence number that the message gets
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

  /** The next message to send of the classes that `may` go, now in flight; undefined where none waits or the window is full. */
  take(may: (messageClass: MessageClass) => boolean = () => true): Message | undefined {
    if (this.#inFlight.size >= this.window) return undefined;
    // In the order of entry over all classes: a collector then sees a hole only where a message is really missing.
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

  /** The broker has it. A second acknowledgement, or one for a message that is not in flight, changes nothing. */
  acknowledge(place: number): void {
    if (!this.#inFlight.delete(place)) return;
    this.#store((storage) => storage.remove(place));
  }

  /** The connection is lost: what was in flight waits again, before all that was not yet sent. */
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
