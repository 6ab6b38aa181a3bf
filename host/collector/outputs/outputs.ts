/** Runs all outputs of a collector. They read events from the store, so that no output can delay ingest. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { BaseLogger } from 'pino';
import { SUSPICION_REPORT } from '../rules/wire-names.js';
import type { Database } from '../store/database.js';
import { holderOf, prune, register, release } from '../store/outbox.js';
import { DigestWorker } from './digest.js';
import { dispatchFleetEvents } from './dispatcher.js';
import { cef, cefOverSyslog } from './formats/cef.js';
import { ecs } from './formats/ecs.js';
import { eve } from './formats/eve.js';
import { ocsf } from './formats/ocsf.js';
import { stix } from './formats/stix.js';
import { syslog } from './formats/syslog.js';
import type { OutputConfig, OutputsConfig } from './model/config.js';
import type { Finding } from './model/finding.js';
import type { Research } from './model/screen.js';
import { noneKnown } from './model/screen.js';
import type { Transport } from './model/transport.js';
import { Pump } from './pump.js';
import { FileTransport, StdoutTransport } from './transports/file.js';
import { MailTransport } from './transports/mail.js';
import { StreamTransport, UdpTransport } from './transports/socket.js';
import { WebhookTransport } from './transports/webhook.js';
import type { Worker, WorkerOptions } from './worker.js';

export interface OutputsOptions {
  log: BaseLogger;
  research?: Research;
  times?: WorkerOptions['times'];
  random?: () => number;
  /** Milliseconds since 1970. */
  clock?: () => number;
  /** Milliseconds between fleet checks. */
  fleet?: number;
}

/** Milliseconds between prunings of delivered events, and between fleet checks. */
const PRUNE_INTERVAL = 30_000;
const FLEET_CHECK_INTERVAL = 10_000;

export class Outputs {
  readonly #workers: Worker<Pick<Transport, 'close'>>[];
  readonly #timers: NodeJS.Timeout[];
  #work: Promise<void> = Promise.resolve();
  /** Whether anything was stored since the last fleet check. */
  #storeChanged = true;

  private constructor(
    readonly db: Database,
    workers: Worker<Pick<Transport, 'close'>>[],
    readonly clock: () => number,
    fleet: number,
  ) {
    this.#workers = workers;
    this.#timers = [
      setInterval(() => this.#enqueue(() => prune(db)), PRUNE_INTERVAL),
      setInterval(() => this.#enqueue(() => this.#checkFleet()), fleet),
    ];
  }

  #enqueue(work: () => Promise<void>): void {
    // Ingest reports a store that refuses.
    this.#work = this.#work.then(work).catch(() => {});
  }

  async #checkFleet(): Promise<void> {
    if (!this.#storeChanged) return;
    this.#storeChanged = false;
    if ((await dispatchFleetEvents(this.db, this.clock())).length > 0) this.#wakeAll();
  }

  static async start(db: Database, config: OutputsConfig, options: OutputsOptions): Promise<Outputs> {
    for (const { name, kind, filter } of config.outputs) {
      await register(db, name, kind, filter.events.includes(SUSPICION_REPORT));
      // A process killed on this machine never returns: do not wait for its lease to expire.
      const before = await holderOf(db, name);
      if (isDead(before)) await release(db, name, before);
    }
    const holder = `${hostname()}/${process.pid}/${randomUUID()}`;
    const { log, research = noneKnown, times, random, clock = Date.now, fleet = FLEET_CHECK_INTERVAL } = options;
    // Check the fleet before ingest starts; otherwise a new collector's first detections would count as old news.
    await dispatchFleetEvents(db, clock());
    const shared = {
      holder,
      page: config.page,
      research,
      log,
      ...(times ? { times } : {}),
      ...(random ? { random } : {}),
    };
    return new Outputs(
      db,
      config.outputs.map((one) =>
        (one.kind === 'mail'
          ? new DigestWorker(db, one, new MailTransport(one), shared)
          : new Pump(db, one, transportOf(one), shared)
        ).start(),
      ),
      clock,
      fleet,
    );
  }

  /** Call after something was stored. */
  wake(): void {
    this.#storeChanged = true;
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const worker of this.#workers) worker.wake();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#workers.map((worker) => worker.close()));
    await this.#work;
  }
}

/**
 * Whether the holder was a process of this machine that has ended. If it still runs, it notices that its lease is lost.
 */
function isDead(holder: string): boolean {
  const [host, pid] = holder.split('/');
  if (host !== hostname() || !/^\d+$/.test(pid ?? '') || Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Formats a message as a line or a request body. */
function formatterOf(
  config: Pick<OutputConfig, 'format' | 'facility' | 'hostname' | 'to'>,
): (finding: Finding) => string {
  switch (config.format) {
    case 'syslog':
      return (finding) => syslog(finding, config);
    case 'cef':
      return /^(file|stdout):$/.test(config.to.protocol) ? cef : (finding) => cefOverSyslog(finding, config);
    case 'eve':
      return (finding) => JSON.stringify(eve(finding));
    case 'ecs':
      return (finding) => JSON.stringify(ecs(finding));
    case 'ocsf':
      return (finding) => JSON.stringify(ocsf(finding));
    case 'stix':
      return (finding) => JSON.stringify(stix(finding));
    case 'json':
    case 'digest':
      return (finding) => JSON.stringify(finding);
  }
}

export function transportOf(config: OutputConfig): Transport {
  const line = formatterOf(config);
  switch (config.to.protocol) {
    case 'file:':
      return new FileTransport(fileURLToPath(config.to), line);
    case 'stdout:':
      return new StdoutTransport(line);
    case 'udp:':
      return new UdpTransport(config, line);
    case 'http:':
    case 'https:':
      return new WebhookTransport(config, line);
    case 'smtp:':
    case 'smtps:':
      return new MailTransport(config);
    default:
      return new StreamTransport(config, line);
  }
}
