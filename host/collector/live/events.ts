/**
 * Publishes numbered live events. A small ring of recent events lets a subscriber resume after a broken connection; one
 * that falls further behind is dropped, so that it costs no memory.
 */
export interface LiveEvent {
  id: string;
  event: 'scan' | 'sensor' | 'gap' | 'incident';
  data: string;
}

export type Subscriber = (event: LiveEvent) => void;

const RING = 1024;

export class Events {
  /** Distinguishes this run's event ids from another's. */
  readonly #run: string;
  readonly #ring: LiveEvent[] = [];
  readonly #subscribers = new Set<Subscriber>();
  #last = 0;

  constructor(run = Date.now().toString(36)) {
    this.#run = run;
  }

  get lastId(): string {
    return `${this.#run}-${this.#last}`;
  }

  publish(event: LiveEvent['event'], value: unknown): void {
    const entry = { id: `${this.#run}-${++this.#last}`, event, data: JSON.stringify(value) };
    this.#ring.push(entry);
    if (this.#ring.length > RING) this.#ring.shift();
    for (const subscriber of this.#subscribers) subscriber(entry);
  }

  /** Events after `id`; undefined if the ring no longer holds them. */
  since(id: string): LiveEvent[] | undefined {
    const [run, number] = id.split('-');
    if (run !== this.#run || !/^\d+$/.test(number ?? '')) return undefined;
    const missed = this.#last - Number(number);
    if (missed < 0 || missed > this.#ring.length) return undefined;
    return missed === 0 ? [] : this.#ring.slice(-missed);
  }

  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }
}
