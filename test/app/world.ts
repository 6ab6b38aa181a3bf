/** A world for the app to run in: a clock that only moves when told, and a broker that fails when told. */

import type { Message, OutboxStorage } from '../../src/app/core/outbox.js';
import type { Clock, Connection, ConnectionEvents, Connector, Timers } from '../../src/app/core/ports.js';

export class FakeTime implements Timers, Clock {
  ms = 0;
  #nextId = 1;
  readonly #pending = new Map<number, { at: number; action: () => void }>();

  now(): number {
    return 1_760_000_000_000 + this.ms;
  }

  state(): 'synced' {
    return 'synced';
  }

  uptime(): number {
    return this.ms;
  }

  after(ms: number, action: () => void): () => void {
    const id = this.#nextId++;
    this.#pending.set(id, { at: this.ms + ms, action });
    return () => this.#pending.delete(id);
  }

  /** Timers that are set and not yet due. */
  get pending(): number {
    return this.#pending.size;
  }

  advance(ms: number): void {
    const end = this.ms + ms;
    for (;;) {
      let next: [number, { at: number; action: () => void }] | undefined;
      for (const entry of this.#pending) {
        if (entry[1].at <= end && (!next || entry[1].at < next[1].at)) next = entry;
      }
      if (!next) break;
      this.#pending.delete(next[0]);
      this.ms = Math.max(this.ms, next[1].at);
      next[1].action();
    }
    this.ms = end;
  }
}

export interface Arrived {
  topic: string;
  payload: Uint8Array | string;
  retain: boolean;
}

/** One way of the network takes 5 ms; each fault has a probability, drawn from a seeded stream. */
export class FakeBroker implements Connector {
  arrived: Arrived[] = [];
  retained = new Map<string, string>();
  wills: string[] = [];
  connections = 0;
  farewells = 0;
  subscribed: string[] = [];
  /** `up`: accepts; `down`: refuses; `mute`: never answers. */
  mode: 'up' | 'down' | 'mute' = 'up';
  faults = { dropMessage: 0, dropAcknowledgement: 0, repeatAcknowledgement: 0, repeatMessage: 0, cut: 0 };
  readonly #time: FakeTime;
  readonly #random: () => number;
  #current: { events: ConnectionEvents; open: boolean; will: { topic: string; payload: string } } | undefined;

  constructor(time: FakeTime, random: () => number = () => 0.999) {
    this.#time = time;
    this.#random = random;
  }

  get connected(): boolean {
    return this.#current?.open ?? false;
  }

  connect(will: { topic: string; payload: string }, events: ConnectionEvents): Connection {
    const session = { events, open: false, will };
    const later = (action: () => void): void => void this.#time.after(5, action);
    later(() => {
      if (this.mode === 'down') return events.closed('connection refused');
      if (this.mode === 'mute') return;
      session.open = true;
      this.connections++;
      this.#current = session;
      events.opened();
    });
    return {
      publish: (topic, payload, retain, acknowledged) => {
        later(() => {
          if (!session.open) return;
          if (this.#happens(this.faults.cut)) return this.cut();
          if (this.#happens(this.faults.dropMessage)) return;
          const copies = this.#happens(this.faults.repeatMessage) ? 2 : 1;
          for (let i = 0; i < copies; i++) this.arrived.push({ topic, payload, retain });
          if (retain) this.retained.set(topic, String(payload));
          if (this.#happens(this.faults.dropAcknowledgement)) return;
          const acknowledgements = this.#happens(this.faults.repeatAcknowledgement) ? 2 : 1;
          for (let i = 0; i < acknowledgements; i++) later(() => session.open && acknowledged());
        });
      },
      subscribe: (topics) => {
        later(() => {
          this.subscribed = topics;
          for (const topic of topics) {
            const text = this.retained.get(topic);
            if (text !== undefined) later(() => session.open && events.message(topic, text));
          }
        });
      },
      end: (done) => {
        session.open = false;
        this.farewells++;
        later(done);
      },
      abort: () => {
        if (session.open) this.#publishWill(session.will);
        session.open = false;
      },
    };
  }

  /** The connection breaks: the broker publishes the will, the sensor learns of it. */
  cut(): void {
    const session = this.#current;
    if (!session?.open) return;
    session.open = false;
    this.#publishWill(session.will);
    session.events.closed('the connection was reset');
  }

  /** Publishes to the sensor, retained. */
  send(topic: string, text: string): void {
    this.retained.set(topic, text);
    const session = this.#current;
    if (session?.open) session.events.message(topic, text);
  }

  /** Publishes bytes to the sensor, not retained. */
  sendBytes(topic: string, payload: Uint8Array): void {
    const session = this.#current;
    if (session?.open) session.events.bytes(topic, payload);
  }

  /** Payloads on topics that end in `messageType`. */
  on(messageType: string): Arrived[] {
    return this.arrived.filter((message) => message.topic.endsWith(`/${messageType}`));
  }

  #publishWill(will: { topic: string; payload: string }): void {
    this.wills.push(will.payload);
    this.retained.set(will.topic, will.payload);
  }

  #happens(probability: number): boolean {
    return probability > 0 && this.#random() < probability;
  }
}

/** Storage that survives the app, as flash does; `failing` makes each write throw. */
export class FakeStorage implements OutboxStorage {
  readonly messages = new Map<number, Message>();
  failing = false;

  load(): Message[] {
    return [...this.messages.values()].sort((a, b) => a.place - b.place);
  }

  put(message: Message): void {
    if (this.failing) throw new Error('the flash is worn out');
    this.messages.set(message.place, message);
  }

  remove(place: number): void {
    if (this.failing) throw new Error('the flash is worn out');
    this.messages.delete(place);
  }
}
