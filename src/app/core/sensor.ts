/**
 * The sensor app: moves scan records from the engine to the outbox and from there to the uplink, sends health on a
 * timer, applies configs from the broker. Everything that differs between a board and a computer is injected.
 */
import { encodeAlert } from '../../protocol/alert.js';
import type { Config } from '../../protocol/config.js';
import { configSettings, readConfig, sameConfig } from '../../protocol/config.js';
import { homeOf } from '../../protocol/engine-config.js';
import type { TimedRecord } from '../../protocol/record.js';
import { ONLINE } from '../../protocol/serial.js';
import type { Hmac } from '../../protocol/signed-config.js';
import { openConfig } from '../../protocol/signed-config.js';
import { buildTopic } from '../../protocol/topics.js';
import { WireError } from '../../protocol/wire-error.js';
import type { EngineHealth, Vitals } from './health.js';
import { buildHealth } from './health.js';
import type { MessageClass, Outbox } from './outbox.js';
import type { Clock, Connector, Random, Timers } from './ports.js';
import { HEALTH_STRETCH } from './quota.js';
import type { UpdateParts } from './update.js';
import { Updater } from './update.js';
import type { UplinkState, UplinkTimes } from './uplink.js';
import { Uplink } from './uplink.js';

/** Milliseconds from a new connection to its first health message: long enough to have seen some frames. */
const FIRST_HEALTH = 2_000;

export interface SensorAppOptions {
  site: string;
  sensor: string;
  version: string;
  outbox: Outbox;
  engine: EngineHealth;
  connector: Connector;
  clock: Clock;
  timers: Timers;
  random: Random;
  times?: Partial<UplinkTimes>;
  /** Seconds between health messages until a config sets it. */
  healthSeconds?: number;
  /** Home blocks until a config sets them. */
  home?: readonly string[];
  /** The config in force when the sensor last stopped. */
  config?: Config;
  /** Key for this sensor's configs (signed-config.ts); absent or empty: no signature is needed. */
  configKey?: string;
  hmac?: Hmac;
  /** Firmware update; absent if the sensor does not update itself. */
  update?: UpdateParts;
  vitals?(): Vitals;
  /** Applies and stores a valid config; not called for one equal to that in force. */
  configure(config: Config): void;
  /** A message entered the outbox. */
  enqueued?(record: TimedRecord, sequence: number): void;
  /** A status for the sensor's operator, as one sentence. */
  say?(sentence: string, level?: 'info' | 'warn'): void;
}

export class SensorApp {
  readonly uplink: Uplink;
  readonly updater: Updater | undefined;
  /** Configs refused since the boot. */
  refused = 0;

  readonly #options: SensorAppOptions;
  #config: Config | undefined;
  #problem = '';
  /** A config waiting to be read. */
  #opened: string | undefined;
  #stopping = false;
  /** Seconds from the newest health message to the next, as that message states. */
  #promised = 0;
  #cancelHealth: () => void = () => {};

  constructor(options: SensorAppOptions) {
    this.#options = options;
    this.#config = options.config;
    this.uplink = new Uplink({
      ...options,
      home: () => homeOf(this.#config, options.home ?? []),
      ...(options.update ? { updates: true, board: options.update.board } : {}),
      received: (messageType, text) => {
        if (messageType === 'config') this.#receiveConfig(text);
        if (messageType === 'update') this.updater?.offered(text);
      },
      block: (payload) => this.updater?.block(payload),
      changed: (state, detail) => this.#changed(state, detail),
    });
    const { version, clock, timers, random, update } = options;
    this.updater =
      update &&
      new Updater({
        ...update,
        version,
        clock,
        timers,
        random,
        request: (payload) => this.uplink.publish('fetch', payload),
        changed: () => this.report(),
        say: (sentence, level) => this.#say(sentence, level),
      });
    // A config stored by a version without quotas has none.
    this.uplink.quota.set(options.config?.bytesPerDay ?? configSettings.bytesPerDay.absent);
  }

  /** The config in force; undefined if none was ever received. */
  get config(): Config | undefined {
    return this.#config;
  }

  start(): void {
    this.uplink.start();
  }

  /** Moves the engine's records to the outbox and sends what it can. */
  take(records: readonly TimedRecord[]): void {
    const { outbox, clock } = this.#options;
    for (const record of records) {
      const meta = { boot: outbox.boot, clock: clock.state() };
      const sequence = outbox.enqueue(classOf(record), (number) => encodeAlert(record, { ...meta, sequence: number }));
      this.#options.enqueued?.(record, sequence);
    }
    if (records.length > 0) this.uplink.pump();
  }

  /** Sends a health message now, if there is a connection. */
  report(): boolean {
    // The announced interval must hold even if this message itself lowers the quota.
    this.#promised = this.#healthSeconds();
    const { version, clock, outbox, engine } = this.#options;
    return this.uplink.publish(
      'health',
      buildHealth({
        version,
        clock,
        outbox,
        engine,
        connections: this.uplink.connections,
        config: {
          version: this.#config?.version ?? 0,
          refused: this.refused,
          problem: this.#problem,
          healthSeconds: this.#promised,
        },
        quota: this.uplink.quota,
        vitals: { ...this.#options.vitals?.(), ...this.updater?.figures() },
        updateProblem: this.updater?.problem ?? '',
      }),
    );
  }

  /** Sends a last health message and the waiting messages, for at most `timeout` milliseconds. */
  stop(timeout: number, done: () => void): void {
    this.#stopping = true;
    this.#cancelHealth();
    this.report();
    this.uplink.stop(timeout, done);
  }

  #healthIn(ms: number): void {
    this.#cancelHealth();
    if (this.#stopping) return;
    this.#cancelHealth = this.#options.timers.after(ms, () => {
      this.report();
      this.#healthIn(this.#promised * 1000);
    });
  }

  #healthSeconds(): number {
    const asked = this.#config?.healthSeconds ?? this.#options.healthSeconds ?? configSettings.healthSeconds.absent;
    return this.uplink.quota.low ? asked * HEALTH_STRETCH : asked;
  }

  #receiveConfig(text: string): void {
    // MQTT deletes a retained message with an empty one: it carries no config, and the last valid one stays.
    if (text === '') return;
    this.#takeConfig();
    try {
      this.#opened = this.#open(text);
    } catch (error) {
      return this.#refuse(error);
    }
    // In a later turn: the caller still holds the received text, and a board lacks the memory for the parsed config
    // beside it.
    this.#options.timers.after(0, () => this.#takeConfig());
  }

  /** Applies the waiting config. */
  #takeConfig(): void {
    if (this.#opened === undefined) return;
    try {
      const config = this.#readOpened();
      const current = this.#config;
      if (current && config.version < current.version) {
        throw new WireError(
          `The config's version ${config.version} is older than ${current.version}, which is in force.`,
        );
      }
      this.#problem = '';
      if (current && sameConfig(config, current)) return;
      this.#config = config;
      this.uplink.quota.set(config.bytesPerDay);
      this.#options.configure(config);
      this.#say(`Config version ${config.version} is in force.`);
      this.#configured();
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Releases the text in any case. */
  #readOpened(): Config {
    const text = this.#opened ?? '';
    this.#opened = undefined;
    return readConfig(text);
  }

  #refuse(error: unknown): void {
    if (!(error instanceof WireError)) throw error;
    this.refused++;
    this.#problem = error.message;
    this.#say(`A config was refused, the last good one stays: ${error.message}`, 'warn');
    this.#configured();
  }

  #configured(): void {
    this.report();
    this.#healthIn(this.#promised * 1000);
  }

  /** The config without its signature envelope. */
  #open(text: string): string {
    const { site, sensor, configKey, hmac } = this.#options;
    return hmac ? openConfig(text, buildTopic(site, sensor, 'config'), configKey ?? '', hmac) : text;
  }

  #changed(state: UplinkState, detail: string): void {
    if (state === 'online') {
      this.#say(ONLINE);
      this.updater?.online();
      if (this.#stopping) this.report();
      this.#healthIn(FIRST_HEALTH);
    }
    if (state === 'waiting') this.#say(`No connection to the broker: ${detail}.`, 'warn');
  }

  #say(sentence: string, level?: 'info' | 'warn'): void {
    this.#options.say?.(sentence, level);
  }
}

/** Dropping order for a full outbox: starts, ends and digests matter most, progress can be spared. */
function classOf(record: TimedRecord): MessageClass {
  if (record.stage === 'whisper') return 'whisper';
  return record.stage === 'progress' ? 'progress' : 'alert';
}
