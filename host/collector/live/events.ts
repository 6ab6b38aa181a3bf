/**
 * What happens, as numbered events for those who watch. A small ring of the newest lets a watcher whose connection
 * broke go on where it was; one that cannot keep up is dropped, so that it costs no memory.
 */
export interface LiveEvent {
  id: string;
  event: 'scan' | 'sensor' | 'gap' | 'incident';
  data: string;
}

export type Subscriber = (event: LiveEvent) => void;

const RING = 1024;

export class Events {
  /** Tells the numbers of this run from those of another one. */
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

  /** Events after `id`; undefined where the ring does not reach back to it. */
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
