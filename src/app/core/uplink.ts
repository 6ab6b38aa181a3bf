/**
 * The uplink maintains a connection to the broker and sends the outbox over it.
 *
 *   stopped ──start──► connecting ──opened──► introducing ──birth acknowledged──► online
 *                         ▲                        │                                │
 *                         └──backoff── waiting ◄───┴──── closed, or no answer ◄─────┤
 *                                                                                   │
 *   stopped ◄──farewell acknowledged── leaving ◄──asked to stop, outbox empty───────┘
 *
 * A message leaves the outbox only when the broker has acknowledged it. Messages in flight on a broken connection are
 * sent again on the next one, under the same sequence number. The collector stores them once.
 */

import type { Status, StatusMeta } from '../../protocol/status.js';
import { birth, encodeStatus, farewell, readStatus, supersedes, will } from '../../protocol/status.js';
import type { MessageType } from '../../protocol/topics.js';
import { buildTopic } from '../../protocol/topics.js';
import type { Message, Outbox } from './outbox.js';
import type { Clock, Connection, Connector, Random, Timers } from './ports.js';
import { Quota } from './quota.js';

export type UplinkState = 'stopped' | 'connecting' | 'introducing' | 'online' | 'waiting' | 'leaving';

/** Milliseconds. */
export const uplinkDefaults = {
  /** Longest wait before the second attempt; doubles with each failure. */
  backoffFirst: 1_000,
  backoffMost: 60_000,
  /** A connection that lasts this long was a success: the backoff is reset. */
  steady: 10_000,
  /** Time for the broker to accept a connection. */
  connectTimeout: 30_000,
  /** A connection with an overdue acknowledgement and none received for this long is considered dead. */
  acknowledgeTimeout: 20_000,
  /** Interval between checks of messages that wait for the quota. */
  quotaLook: 60_000,
};
export type UplinkTimes = typeof uplinkDefaults;

export interface UplinkOptions {
  site: string;
  sensor: string;
  version: string;
  outbox: Outbox;
  connector: Connector;
  clock: Clock;
  timers: Timers;
  random: Random;
  times?: Partial<UplinkTimes>;
  /** Home blocks, for the status. */
  home?(): readonly string[];
  /** Board name, for the status. */
  board?: string;
  /** Whether the sensor accepts updates. */
  updates?: boolean;
  /** A config, a command or an update offer arrived. */
  received(messageType: 'config' | 'command' | 'update', text: string): void;
  /** A block of an image arrived. */
  block?(payload: Uint8Array): void;
  /** The state changed; `detail` gives the reason, for people, and may be empty. */
  changed?(state: UplinkState, detail: string): void;
}

export class Uplink {
  /** Connections the broker accepted since the boot. */
  connections = 0;
  /** No quota until one is set. */
  readonly quota: Quota;

  readonly #options: UplinkOptions;
  readonly #times: UplinkTimes;
  #state: UplinkState = 'stopped';
  #connection: Connection | undefined;
  /** Counts attempts; events of earlier attempts are recognised by their number and ignored. */
  #attempt = 0;
  #failures = 0;
  #birth: Status | undefined;
  /** Cancel functions for the deadlines of published messages that are not acknowledged yet. */
  readonly #due = new Set<() => void>();
  #cancelWait: () => void = nothing;
  #cancelSteady: () => void = nothing;
  #cancelTimeout: () => void = nothing;
  #cancelLook: () => void = nothing;
  #finish: (() => void) | undefined;

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#times = { ...uplinkDefaults, ...options.times };
    this.quota = new Quota(() => options.clock.uptime());
  }

  get state(): UplinkState {
    return this.#state;
  }

  start(): void {
    if (this.#state === 'stopped') this.#connect();
  }

  /** Sends waiting messages, as far as the window allows. Call it after each enqueue. */
  pump(): void {
    while (this.#state === 'online') {
      const message = this.#options.outbox.take((messageClass) => this.quota.may(messageClass));
      if (!message) return this.#lookLater();
      this.#send(message);
    }
  }

  /** If messages wait for the quota only, neither an acknowledgement nor a new message triggers sending. */
  #lookLater(): void {
    this.#cancelLook();
    if (this.quota.low && this.#options.outbox.waiting > 0)
      this.#cancelLook = this.#options.timers.after(this.#times.quotaLook, () => this.pump());
  }

  /** Publishes a message that is useless later, if there is a connection now. */
  publish(messageType: 'health' | 'fetch', payload: Uint8Array): boolean {
    if (this.#state !== 'online') return false;
    this.#publish(messageType, payload, false, nothing);
    return true;
  }

  /**
   * Sends what is left, publishes the farewell and disconnects. `done` is called when this is finished, at the latest
   * `timeout` milliseconds after the call; messages not acknowledged by then stay in the outbox.
   */
  stop(timeout: number, done: () => void): void {
    const cancel = this.#options.timers.after(timeout, () => this.#finish?.());
    this.#finish = () => {
      this.#finish = undefined;
      cancel();
      const connection = this.#connection;
      const introduced = this.#birth !== undefined;
      this.#forget();
      this.#enter('stopped', '');
      if (connection && introduced) return connection.end(done);
      connection?.abort();
      done();
    };
    this.#leaveIfDone();
  }

  /** After a stop request: is there anything left to wait for? */
  #leaveIfDone(): void {
    if (!this.#finish) return;
    if (this.#state === 'stopped') return this.#finish();
    if (this.#options.outbox.used > 0 || this.#state === 'introducing' || this.#state === 'leaving') return;
    if (this.#state !== 'online') return this.#finish();
    this.#enter('leaving', '');
    this.#publish('status', encodeStatus(farewell(this.#meta())), true, () => this.#finish?.());
  }

  #connect(): void {
    const attempt = ++this.#attempt;
    const mine = (action: () => unknown): void => {
      if (attempt === this.#attempt) action();
    };
    this.#enter('connecting', '');
    this.#cancelTimeout = this.#options.timers.after(this.#times.connectTimeout, () =>
      this.#lost('the broker did not answer'),
    );
    const meta = { ...this.#meta(), connection: this.connections + 1 };
    const last = { topic: this.#topic('status'), payload: encodeStatus(will(meta)) };
    this.#connection = this.#options.connector.connect(last, {
      opened: () => mine(() => this.#introduce(attempt)),
      message: (topic, text) => mine(() => this.#received(topic, text)),
      bytes: (topic, payload) => mine(() => topic === this.#topic('block') && this.#options.block?.(payload)),
      closed: (reason) => mine(() => this.#lost(reason)),
    });
  }

  #introduce(attempt: number): void {
    if (this.#state !== 'connecting') return;
    this.connections++;
    this.#cancelTimeout();
    this.#enter('introducing', '');
    const subscriptions: MessageType[] = [
      'config',
      'command',
      'status',
      ...(this.#options.updates ? (['update', 'block'] as const) : []),
    ];
    this.#connection?.subscribe(subscriptions.map((messageType) => this.#topic(messageType)));
    this.#birth = birth(this.#meta());
    this.#publish('status', encodeStatus(this.#birth), true, () => {
      if (attempt !== this.#attempt || this.#state !== 'introducing') return;
      this.#enter('online', '');
      this.pump();
      this.#leaveIfDone();
    });
    this.#cancelSteady = this.#options.timers.after(this.#times.steady, () => {
      this.#failures = 0;
    });
  }

  #received(topic: string, text: string): void {
    if (topic === this.#topic('config')) this.#options.received('config', text);
    else if (topic === this.#topic('command')) this.#options.received('command', text);
    else if (topic === this.#topic('update')) this.#options.received('update', text);
    else if (topic === this.#topic('status')) this.#mendStatus(text);
  }

  /**
   * A will of an earlier connection or boot may reach the broker after this birth and stay as the retained status. The
   * birth of another boot is not overridden: two sensors with one name would answer each other endlessly.
   */
  #mendStatus(text: string): void {
    if (this.#state !== 'online' || !this.#birth) return;
    let retained: Status;
    try {
      retained = readStatus(text);
    } catch {
      return;
    }
    const { boot, connection } = this.#birth;
    const older =
      retained.boot === boot
        ? retained.connection !== connection && supersedes(this.#birth, retained)
        : retained.state === 'offline';
    if (older) {
      this.#publish('status', encodeStatus(this.#birth), true, nothing);
    }
  }

  #send(message: Message): void {
    this.#publish(message.class === 'whisper' ? 'whisper' : 'alert', message.payload, false, () => {
      this.#options.outbox.acknowledge(message.place);
      this.pump();
      this.#leaveIfDone();
    });
  }

  /** Each message has its own deadline, so that a broker that still acknowledges others does not hide a lost one. */
  #publish(messageType: MessageType, payload: Uint8Array | string, retain: boolean, acknowledged: () => void): void {
    const attempt = this.#attempt;
    const topic = this.#topic(messageType);
    const cancel = this.#options.timers.after(this.#times.acknowledgeTimeout, () =>
      this.#lost('the broker does not acknowledge'),
    );
    this.#due.add(cancel);
    // Requests for image blocks follow the sender's pace: they must not delay alerts.
    this.quota.spend(topic.length + payload.length, messageType !== 'fetch');
    this.#connection?.publish(topic, payload, retain, () => {
      if (attempt !== this.#attempt || !this.#due.delete(cancel)) return;
      cancel();
      acknowledged();
    });
  }

  #lost(reason: string): void {
    const leaving = this.#state === 'leaving';
    const connection = this.#connection;
    this.#forget();
    connection?.abort();
    if (leaving) return this.#finish?.();
    // Full jitter: after an outage, a fleet must not reconnect in one wave.
    const most = Math.min(this.#times.backoffMost, this.#times.backoffFirst * 2 ** Math.min(this.#failures, 30));
    const delay = Math.floor(this.#options.random() * most);
    this.#failures++;
    this.#cancelWait = this.#options.timers.after(delay, () => this.#connect());
    this.#enter('waiting', `${reason}; trying again in ${(delay / 1000).toFixed(1)} s`);
    this.#leaveIfDone();
  }

  /** Abandons the connection: its later events are ignored. */
  #forget(): void {
    this.#attempt++;
    this.#connection = undefined;
    this.#birth = undefined;
    for (const cancel of this.#due) cancel();
    this.#due.clear();
    this.#cancelTimeout();
    this.#cancelSteady();
    this.#cancelWait();
    this.#cancelLook();
    this.#options.outbox.reclaim();
  }

  #topic(messageType: MessageType): string {
    return buildTopic(this.#options.site, this.#options.sensor, messageType);
  }

  #meta(): StatusMeta {
    const { clock, outbox, version, board } = this.#options;
    const home = this.#options.home?.() ?? [];
    const meta = { boot: outbox.boot, connection: this.connections, version, clock: clock.state(), time: clock.now() };
    return { ...meta, ...(home.length > 0 ? { home } : {}), ...(board ? { board } : {}) };
  }

  #enter(state: UplinkState, detail: string): void {
    this.#state = state;
    this.#options.changed?.(state, detail);
  }
}

function nothing(): void {}
