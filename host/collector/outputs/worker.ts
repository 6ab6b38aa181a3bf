/**
 * The life cycle of one output: holds the lease, so that only one of several collectors sends and another takes over
 * when it dies; retries failures with increasing delays; logs once that it fails and once that it recovered.
 */
import type { BaseLogger } from 'pino';
import { Delay } from '../../common/delay.js';
import type { Database } from '../store/database.js';
import { fail, hold, release } from '../store/outbox.js';
import type { OutputConfig } from './model/config.js';
import type { Research } from './model/screen.js';
import type { Transport } from './model/transport.js';
import { DeliveryError } from './model/transport.js';

export interface WorkerOptions {
  /** Identifies this process among those that share the store. */
  holder: string;
  page: string;
  research: Research;
  log: BaseLogger;
  /** Milliseconds: lease duration, poll interval of an idle log, first and longest delay after a failure. */
  times?: { lease: number; poll: number; firstRetry: number; maxRetry: number };
  random?: () => number;
  /** Injectable for tests. */
  delay?: Delay;
}

export const times = { lease: 15_000, poll: 1_000, firstRetry: 1_000, maxRetry: 60_000 };

export abstract class Worker<T extends Pick<Transport, 'close'> = Transport> {
  protected readonly times: typeof times;
  /** Position up to which the log is delivered; undefined while another collector sends. */
  protected cursor: number | undefined;
  protected closing = false;
  #done: Promise<void> | undefined;
  readonly #delay: Delay;
  /** When to renew the lease; milliseconds of performance.now(). */
  #renew = 0;
  #failures = 0;

  constructor(
    readonly db: Database,
    readonly config: OutputConfig,
    readonly transport: T,
    readonly options: WorkerOptions,
  ) {
    this.times = options.times ?? times;
    this.#delay = options.delay ?? new Delay();
  }

  start(): this {
    this.#done ??= this.#run();
    return this;
  }

  /** Wakes the worker: there may be new events. */
  wake(): void {
    if (this.#failures === 0) this.#delay.cancel();
  }

  async close(): Promise<void> {
    this.closing = true;
    this.#delay.cancel();
    await this.#done;
  }

  /** Returns whether there may be more to do at once. */
  protected abstract step(): Promise<boolean>;

  /** Whether this collector sends. */
  protected async hold(): Promise<boolean> {
    const now = performance.now();
    if (this.cursor !== undefined && now < this.#renew) return true;
    this.cursor = await hold(this.db, this.config.name, this.options.holder, this.times.lease);
    this.#renew = now + this.times.lease / 3;
    return this.cursor !== undefined;
  }

  async #run(): Promise<void> {
    while (!this.closing) {
      let pause = this.times.poll;
      try {
        const worked = await this.step();
        if (this.#failures > 0)
          this.options.log.info({ output: this.config.name }, `The output ${this.config.name} delivers again.`);
        this.#failures = 0;
        if (worked) continue;
      } catch (error) {
        if (this.#failures === 0)
          this.options.log.warn(
            { output: this.config.name, reason: (error as Error).message },
            `The output ${this.config.name} cannot deliver: ${(error as Error).message}. ` +
              'Messages are queued; retrying.',
          );
        pause = this.#backoff(error);
        if (error instanceof DeliveryError) await fail(this.db, this.config.name, error.message).catch(() => {});
      }
      if (!this.closing) await this.#delay.wait(pause);
    }
    await this.transport.close();
    if (this.cursor !== undefined) await release(this.db, this.config.name, this.options.holder).catch(() => {});
  }

  /** Randomized, so that outputs do not retry in step. */
  #backoff(error: unknown): number {
    const wait = Math.min(this.times.maxRetry, this.times.firstRetry * 2 ** Math.min(20, this.#failures++));
    const asked = error instanceof DeliveryError ? (error.retryAfter ?? 0) : 0;
    return Math.max(Math.min(asked, this.times.maxRetry), wait * (0.5 + (this.options.random ?? Math.random)() / 2));
  }
}
