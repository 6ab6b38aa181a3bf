/** All outputs of a collector. They read from the store what they tell, so that none of them can hold up what comes in. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Database } from '../store/database.js';
import type { OutputConfig, OutputsConfig } from './config.js';
import type { Finding } from './finding.js';
import { eve } from './formats/eve.js';
import { cef, cefOverSyslog } from './formats/cef.js';
import { syslog } from './formats/syslog.js';
import { Pump } from './pump.js';
import type { PumpOptions } from './pump.js';
import { holderOf, prune, register, release } from './queue.js';
import { noneKnown } from './screen.js';
import type { Research } from './screen.js';
import type { Transport } from './transport.js';
import { FileTransport, StdoutTransport } from './transports/file.js';
import { StreamTransport, UdpTransport } from './transports/socket.js';

export interface OutputsOptions {
  report: (sentence: string) => void;
  research?: Research;
  times?: PumpOptions['times'];
  random?: () => number;
}

/** Milliseconds between two looks at what nobody has to be told any more. */
const PRUNE = 30_000;

export class Outputs {
  readonly #pumps: Pump[];
  readonly #timer: NodeJS.Timeout;
  #pruning: Promise<void> = Promise.resolve();

  private constructor(readonly db: Database, pumps: Pump[]) {
    this.#pumps = pumps;
    this.#timer = setInterval(() => {
      this.#pruning = this.#pruning.then(() => prune(db)).catch(() => {});
    }, PRUNE);
  }

  static async start(db: Database, config: OutputsConfig, options: OutputsOptions): Promise<Outputs> {
    for (const { name, kind, filter } of config.outputs) {
      await register(db, name, kind, filter.events.includes('whisper'));
      // What was killed here does not come back: its lease need not run out.
      const before = await holderOf(db, name);
      if (isDead(before)) await release(db, name, before);
    }
    const holder = `${hostname()}/${process.pid}/${randomUUID()}`;
    const { report, research = noneKnown, times, random } = options;
    const pumps = config.outputs.map((one) => new Pump(db, one, transportOf(one), {
      holder, page: config.page, research, report, ...(times ? { times } : {}), ...(random ? { random } : {}),
    }));
    return new Outputs(db, pumps);
  }

  /** Something was stored. */
  wake(): void {
    for (const pump of this.#pumps) pump.wake();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pumps.map((pump) => pump.close()));
    await this.#pruning;
  }
}

/** Whether the holder was a process of this machine that is no more. Should it live after all, it finds that it has lost its lease. */
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

/** A message as a line, or as the body of a request. */
export function formatterOf(config: Pick<OutputConfig, 'format' | 'facility' | 'hostname' | 'to'>): (finding: Finding) => string {
  switch (config.format) {
    case 'syslog': return (finding) => syslog(finding, config);
    case 'cef': return /^(file|stdout):$/.test(config.to.protocol) ? cef : (finding) => cefOverSyslog(finding, config);
    case 'eve': return (finding) => JSON.stringify(eve(finding));
    default: return (finding) => JSON.stringify(finding);
  }
}

export function transportOf(config: OutputConfig): Transport {
  const line = formatterOf(config);
  switch (config.to.protocol) {
    case 'file:': return new FileTransport(fileURLToPath(config.to), line);
    case 'stdout:': return new StdoutTransport(line);
    case 'udp:': return new UdpTransport(config, line);
    default: return new StreamTransport(config, line);
  }
}
