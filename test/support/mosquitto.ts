/** A mosquitto of the tests' own, on a free port of loopback, gone afterwards. */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { until } from './collector.js';
import { findProgram } from './requirement.js';

export class Mosquitto {
  readonly #directory = mkdtempSync(join(tmpdir(), 'blockwatch-mosquitto-'));
  #broker: ChildProcess | undefined;
  #port = 0;

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  async start(settings: string[] = []): Promise<void> {
    chmodSync(this.#directory, 0o777);
    // mosquitto cannot be told "any free port", so one is looked for, and looked for again if somebody else was faster.
    await until(async () => {
      this.#port ||= await freePort();
      return this.run(settings).then(
        () => true,
        () => {
          this.#port = 0;
          return false;
        },
      );
    }, 'the start of mosquitto');
  }

  /** Starts it on the same port, with what it kept. */
  async run(settings: string[] = []): Promise<void> {
    const config = join(this.#directory, 'mosquitto.conf');
    writeFileSync(
      config,
      [
        `listener ${this.#port} 127.0.0.1`,
        'allow_anonymous true',
        'persistence true',
        `persistence_location ${this.#directory}/`,
        'max_queued_messages 0',
        ...settings,
        '',
      ].join('\n'),
    );
    const broker = spawn(findProgram('mosquitto') as string, ['-c', config], { stdio: 'ignore' });
    this.#broker = broker;
    await until(async () => {
      if (broker.exitCode !== null) throw new Error('mosquitto ended');
      const client = await connectAsync(this.url, { reconnectPeriod: 0, connectTimeout: 1000 }).catch(() => undefined);
      await client?.endAsync();
      return client !== undefined;
    });
  }

  async halt(): Promise<void> {
    const broker = this.#broker;
    if (!broker || broker.exitCode !== null) return;
    const ended = new Promise((resolve) => broker.once('exit', resolve));
    broker.kill('SIGTERM');
    await ended;
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
