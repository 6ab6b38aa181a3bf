/** `blockwatch collector` as a process of its own, for what is measured from outside. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { projectRoot } from '../host/common/paths.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Milliseconds. */
const START = 180_000;
const STOP = 10_000;

export class CollectorProcess {
  private constructor(
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
    readonly broker: string,
    readonly http: string,
  ) {}

  /**
   * Starts it on a free port, and waits for the addresses that it prints.
   *
   * @param options of `blockwatch collector`
   * @throws Error with what it said instead
   */
  static async start(options: readonly string[]): Promise<CollectorProcess> {
    const child = spawn(
      process.execPath,
      [join(projectRoot, 'scripts/blockwatch.mjs'), 'collector', '--http', '127.0.0.1:0', ...options],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    for (const deadline = Date.now() + START; Date.now() < deadline && child.exitCode === null; await pause(20)) {
      const broker = /mqtts?:\/\/[\w.[\]:]+:\d+/.exec(said)?.[0];
      const http = /http:\/\/[\w.[\]:]+:\d+/.exec(said)?.[0];
      if (broker && http) return new CollectorProcess(child, broker, http);
    }
    child.kill('SIGKILL');
    throw new Error(`the collector did not start: ${said.trim()}`);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGINT');
    // One that does not stop must not keep its measurer from the end.
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP);
    await ended;
    clearTimeout(late);
  }
}
