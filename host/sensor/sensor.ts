/**
 * The Linux sensor: an input of frames, the engine, and the sensor app that the boards run too, wired to Node.
 *
 *   input ──frames──► pace ──► engine ──records──► app (outbox, uplink) ──► broker
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { Outbox } from '../../src/app/core/outbox.js';
import type { Clock, Connector, Timers } from '../../src/app/core/ports.js';
import { SensorApp } from '../../src/app/core/sensor.js';
import type { UplinkTimes } from '../../src/app/core/uplink.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { UserError } from '../common/errors.js';
import { nodeHmac } from '../common/hmac.js';
import type { EngineRunner, Frame, LoadEngine } from './engine-runner.js';
import { engineSettings, finishCapture } from './engine-runner.js';
import { Pace } from './pace.js';
import { SensorState } from './state.js';
import { LogStorage } from './storage.js';

/** A source of frames. */
export interface FrameInput {
  /** True if frames arrive as they happen; false if they wait to be read, as in a file. */
  readonly live: boolean;
  /** Frames in capture order, a few at a time. Throws input problems as a UserError. */
  frames(): AsyncIterable<Iterable<Frame>>;
  /** Frames lost before they could be read, as far as known. */
  lost(): number;
  /** Ends `frames`. */
  close(): void;
}

export interface SensorOptions {
  site: string;
  sensor: string;
  version: string;
  input: FrameInput;
  connector: Connector;
  loadEngine: LoadEngine;
  /** Directory for the boot number, the config and the outbox. */
  state: string;
  home?: string[];
  /** Key that signs this sensor's configs; without it, configs need no signature. */
  configKey?: string;
  /**
   * Replay speed as a multiple of the capture's pace; records then carry current times. By default frames and times are
   * used as they are.
   */
  speed?: number;
  /** At the end of the input: `stop` (the default) or `stay` connected. */
  atEnd?: 'stop' | 'stay';
  /** Maximum number of messages in the outbox. */
  capacity?: number;
  healthSeconds?: number;
  times?: Partial<UplinkTimes>;
  say?(sentence: string, level?: 'info' | 'warn'): void;
  enqueued?(record: TimedRecord, sequence: number): void;
}

/** Milliseconds. */
const TICK_INTERVAL = 500;
/** After this much silence on a live input, the engine's clock advances without frames ... */
const SILENCE = 2_000;
/** ... this far behind the wall clock, because frames may still be in the kernel or the pipe. */
const SLACK = 1_000;
/** Maximum wait at a stop for the broker to acknowledge the remaining messages. */
const STOP_TIMEOUT = 5_000;
/** Maximum time spent on frames before timers and sockets run. */
const SLICE_MS = 50;

const systemClock: Clock = {
  now: () => Date.now(),
  state: () => 'synced',
  uptime: () => performance.now(),
};

const systemTimers: Timers = {
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

export class LinuxSensor {
  readonly app: SensorApp;
  readonly outbox: Outbox;
  /** Resolves when the sensor has stopped; rejects with a UserError if its input failed. */
  readonly ended: Promise<void>;

  readonly #options: SensorOptions;
  readonly #state: SensorState;
  readonly #storage: LogStorage;
  readonly #engine: EngineRunner;
  readonly #pace: Pace | undefined;
  readonly #stopped = new AbortController();
  #lastFrame = NaN;
  #lastArrival = 0;

  private constructor(options: SensorOptions, state: SensorState, storage: LogStorage, engine: EngineRunner) {
    this.#options = options;
    this.#state = state;
    this.#storage = storage;
    this.#engine = engine;
    this.#pace = options.speed === undefined ? undefined : new Pace(options.speed, () => Date.now());
    const { site, sensor, version, connector, input } = options;
    this.outbox = new Outbox({ boot: state.boot, storage, ...defined({ capacity: options.capacity }) });
    const waiting = this.outbox.used;
    if (waiting > 0) options.say?.(`${waiting} messages are left from an earlier run and are sent first.`);
    this.app = new SensorApp({
      site,
      sensor,
      version,
      connector,
      engine,
      outbox: this.outbox,
      clock: systemClock,
      timers: systemTimers,
      random: Math.random,
      hmac: nodeHmac,
      vitals: () => ({ tapLost: input.lost() }),
      configure: (config) => {
        state.saveConfig(config);
        try {
          engine.configure(engineSettings(options.home ?? [], config));
        } catch (error) {
          options.say?.(`Cannot apply the config: ${(error as Error).message}`, 'warn');
        }
      },
      ...defined({
        config: state.config,
        configKey: options.configKey,
        home: options.home,
        healthSeconds: options.healthSeconds,
        times: options.times,
        say: options.say,
        enqueued: options.enqueued,
      }),
    });
    this.ended = this.#run();
    this.ended.catch(() => {});
  }

  /** Starts a sensor. Throws a UserError if its state, config or engine is unavailable. */
  static async start(options: SensorOptions): Promise<LinuxSensor> {
    let state: SensorState | undefined;
    let storage: LogStorage | undefined;
    try {
      state = new SensorState(options.state, options.site, options.sensor);
      storage = new LogStorage(state.outboxPath);
      const engine = await options.loadEngine(engineSettings(options.home ?? [], state.config));
      return new LinuxSensor(options, state, storage, engine);
    } catch (error) {
      options.input.close();
      storage?.close();
      state?.close();
      if (error instanceof UserError) throw error;
      throw new UserError('BW_STATE', { path: options.state, reason: (error as Error).message });
    }
  }

  /** Stops reading, sends the remaining messages as far as possible, and says farewell. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#options.input.close();
    await this.ended.catch(() => {});
  }

  async #run(): Promise<void> {
    const ticking = this.#options.input.live ? setInterval(() => this.#tick(), TICK_INTERVAL) : undefined;
    try {
      this.app.start();
      await this.#read();
      if (this.#options.input.live || this.#stopped.signal.aborted) this.#engine.flush();
      else finishCapture(this.#engine, this.#lastFrame);
      this.#take();
      if (this.#options.atEnd === 'stay') await this.#untilStopped();
    } finally {
      clearInterval(ticking);
      this.#take();
      await new Promise<void>((resolve) => this.app.stop(STOP_TIMEOUT, resolve));
      this.#storage.close();
      this.#state.close();
    }
  }

  async #read(): Promise<void> {
    let sliceStart = performance.now();
    for await (const frames of this.#options.input.frames()) {
      for (const frame of frames) {
        if (this.#stopped.signal.aborted) return;
        if (this.#pace) await this.#untilDue(this.#pace, frame.timeMs);
        this.#engine.push(frame.timeMs, frame.link, frame.bytes, frame.offset, frame.captured, frame.original);
        this.#lastFrame = frame.timeMs;
      }
      this.#lastArrival = performance.now();
      this.#engine.run();
      this.#take();
      if (performance.now() - sliceStart > SLICE_MS) {
        await setImmediate();
        sliceStart = performance.now();
      }
      if (!this.#options.input.live && !this.#pace) await this.#untilCapacity();
    }
  }

  /** Process due frames before waiting for those that are not. */
  async #untilDue(pace: Pace, captureTime: number): Promise<void> {
    if (pace.wait(captureTime) <= 0) return;
    this.#engine.run();
    this.#take();
    for (let wait = pace.wait(captureTime); wait > 0; wait = pace.wait(captureTime)) {
      await this.#pause(Math.min(wait, TICK_INTERVAL));
      if (this.#stopped.signal.aborted) return;
      this.#engine.tick(Math.min(pace.captureNow(), captureTime));
      this.#take();
    }
  }

  /** A file can wait until the broker accepts the records; a live tap cannot. */
  async #untilCapacity(): Promise<void> {
    while (this.outbox.used > this.outbox.capacity / 2 && !this.#stopped.signal.aborted) await this.#pause(20);
  }

  async #untilStopped(): Promise<void> {
    while (!this.#stopped.signal.aborted) await this.#pause(60_000);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopped.signal }).catch(() => {});
  }

  /** Advances a live input's time without frames, for scans that end and probes that stay unanswered. */
  #tick(): void {
    const silence = performance.now() - this.#lastArrival;
    if (Number.isNaN(this.#lastFrame) || silence <= SILENCE) return;
    this.#engine.tick(this.#lastFrame + silence - SLACK);
    this.#take();
  }

  #take(): void {
    const records = this.#engine.takeRecords();
    const pace = this.#pace;
    this.app.take(pace ? records.map((record) => pace.restamp(record)) : records);
  }
}

/** Removes undefined members, as exactOptionalPropertyTypes would require. */
function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
