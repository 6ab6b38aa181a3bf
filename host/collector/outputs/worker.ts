/**
 * One output at work, whatever it does: holds the lease, so that of several collectors one sends, and when that one dies another goes
 * on; tries again after a failure, longer from time to time; says once that it fails and once that it works again.
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
  /** Names this process among those that share the store. */
  holder: string;
  page: string;
  research: Research;
  log: BaseLogger;
  /** Milliseconds: how long a lease lasts, between two looks at an idle log, and the first and longest wait after a failure. */
  times?: { lease: number; poll: number; firstRetry: number; maxRetry: number };
  random?: () => number;
  /** What it waits with. */
  delay?: Delay;
}

export const times = { lease: 15_000, poll: 1_000, firstRetry: 1_000, maxRetry: 60_000 };

export abstract class Worker<T extends Pick<Transport, 'close'> = Transport> {
  protected readonly times: typeof times;
  /** Where the log has been told up to; undefined while another collector sends. */
  protected cursor: number | undefined;
  protected closing = false;
  #done: Promise<void> | undefined;
  readonly #delay: Delay;
  /** When the lease is to be renewed; milliseconds of performance.now(). */
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

  /** There may be something new. */
  wake(): void {
    if (this.#failures === 0) this.#delay.cancel();
  }

  async close(): Promise<void> {
    this.closing = true;
    this.#delay.cancel();
    await this.#done;
  }

  /** Gives whether there may be more to do at once. */
  protected abstract step(): Promise<boolean>;

  /** Whether this collector is the one that sends. */
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
            `The output ${this.config.name} does not deliver: ${(error as Error).message}. Messages wait; it tries again.`,
          );
        pause = this.#backoff(error);
        if (error instanceof DeliveryError) await fail(this.db, this.config.name, error.message).catch(() => {});
      }
      if (!this.closing) await this.#delay.wait(pause);
    }
    await this.transport.close();
    if (this.cursor !== undefined) await release(this.db, this.config.name, this.options.holder).catch(() => {});
  }

  /** Never the same for all outputs at once. */
  #backoff(error: unknown): number {
    const wait = Math.min(this.times.maxRetry, this.times.firstRetry * 2 ** Math.min(20, this.#failures++));
    const asked = error instanceof DeliveryError ? (error.retryAfter ?? 0) : 0;
    return Math.max(Math.min(asked, this.times.maxRetry), wait * (0.5 + (this.options.random ?? Math.random)() / 2));
  }
}
