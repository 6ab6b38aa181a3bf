/** The tap and the engine as the app on XS uses them; the native side is src/native/xs/sensor-host.c. */
import {
  FIGURE_COUNT,
  FIGURE_FRAMES_LOST,
  FIGURE_RING_DROPPED,
  FIGURE_TAP_LINK,
  FIGURE_TAP_MISSED,
  FIGURE_TRAPS,
  RECORD_BYTES,
} from '../../engine/constants/codes.js';
import type { Config } from '../../protocol/config.js';
import { readCounters } from '../../protocol/counters.js';
import { ENGINE_CONFIG_BYTES, homeOf, homeOrPrivate, writeEngineConfig } from '../../protocol/engine-config.js';
import type { TimedRecord } from '../../protocol/record.js';
import { readRecord } from '../../protocol/record.js';
import { toEpoch } from '../core/engine-time.js';
import type { EngineHealth } from '../core/health.js';
import type { Clock } from '../core/ports.js';

/** Records taken in one turn: this saves memory and leaves the uplink its turns. */
const RECORDS = 8;

function start(
  this: void,
  config: ArrayBuffer,
  seedLow: number,
  seedHigh: number,
  plan: string,
  wake: () => void,
): string {
  return native('xs_sensor_start').call(this, config, seedLow, seedHigh, plan, wake);
}
function take(this: void, buffer: ArrayBuffer): number {
  return native('xs_sensor_take').call(this, buffer);
}
function readFigures(this: void, buffer: ArrayBuffer): void {
  native('xs_sensor_figures').call(this, buffer);
}
function configure(this: void, config: ArrayBuffer): void {
  native('xs_sensor_configure').call(this, config);
}
function engineNow(this: void): number {
  return native('xs_sensor_now').call(this);
}
function trap(this: void): void {
  native('xs_sensor_trap').call(this);
}
function stop(this: void): void {
  native('xs_sensor_stop').call(this);
}

export class Watch implements EngineHealth {
  readonly #home: readonly string[];
  readonly #clock: Clock;
  readonly #records = new ArrayBuffer(RECORDS * RECORD_BYTES);
  readonly #figures = new DataView(new ArrayBuffer(4 * FIGURE_COUNT));

  /** @param home the site's own blocks while no config names any */
  constructor(home: readonly string[], clock: Clock) {
    this.#home = home;
    this.#clock = clock;
  }

  /**
   * Starts the tap and the engine's task.
   *
   * @param wake called on XS's own task when records wait; it must not throw
   * @returns empty, or one sentence that explains why there is no tap
   */
  start(config: Config | undefined, seed: readonly [number, number], plan: string, wake: () => void): string {
    return start(this.#block(config), seed[0], seed[1], plan, wake);
  }

  configure(config: Config): void {
    configure(this.#block(config));
  }

  /** The oldest waiting records, a few at a time; empty if there are none. */
  take(): TimedRecord[] {
    const count = take(this.#records);
    const view = new DataView(this.#records);
    const engine = engineNow();
    const now = this.#clock.now();
    const records: TimedRecord[] = [];
    for (let i = 0; i < count; i++) {
      const record = readRecord(view, i * RECORD_BYTES);
      records.push({
        ...record,
        time: toEpoch(record.time, engine, now),
        first: toEpoch(record.first, engine, now),
        last: toEpoch(record.last, engine, now),
      });
    }
    return records;
  }

  counters(): Record<string, number> {
    this.#refresh();
    return readCounters(this.#figures, 0);
  }

  get traps(): number {
    return this.#figure(FIGURE_TRAPS);
  }

  get framesLost(): number {
    return this.#figure(FIGURE_FRAMES_LOST);
  }

  /** Frames lost before the engine: by the hardware or the driver, or because the ring was full. */
  get lost(): { missed: number; ringDropped: number } {
    return { missed: this.#figure(FIGURE_TAP_MISSED), ringDropped: this.#figure(FIGURE_RING_DROPPED) };
  }

  /** Whether the wire is up or the radio listens. */
  get listening(): boolean {
    return this.#figure(FIGURE_TAP_LINK) !== 0;
  }

  /** Causes a trap, for tests. */
  provokeTrap(): void {
    trap();
  }

  stop(): void {
    stop();
  }

  /** @param figure FIGURE_* of src/engine/constants/codes.ts */
  #figure(figure: number): number {
    this.#refresh();
    return this.#figures.getUint32(4 * figure, true);
  }

  #refresh(): void {
    readFigures(this.#figures.buffer as ArrayBuffer);
  }

  #block(config: Config | undefined): ArrayBuffer {
    const block = new ArrayBuffer(ENGINE_CONFIG_BYTES);
    writeEngineConfig(new DataView(block), 0, homeOrPrivate(homeOf(config, this.#home)), config ?? {});
    return block;
  }
}
