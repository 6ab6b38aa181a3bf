/** The firmware on this machine as a process, with what a boot loader does: it starts it again when it has ended. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Provisioning } from '../../src/protocol/provisioning.js';
import type { LinuxFirmware } from './linux-build.js';

export interface Given {
  site?: string;
  sensor?: string;
  broker: Partial<Provisioning['broker']> & { port: number };
  tap: string;
  home?: string[];
  configKey?: string;
}

export class XsSensor {
  /** Lines it printed, of all its runs. */
  readonly lines: string[] = [];
  /** Exit codes of its runs so far. */
  readonly exits: number[] = [];
  readonly #firmware: LinuxFirmware;
  readonly #state: string;
  readonly #command: string[];
  #child: ChildProcess | undefined;
  #stopping = false;

  /** @param prefix a command to run it under, such as `ip netns exec NAME` */
  constructor(firmware: LinuxFirmware, state: string, given: Given, prefix: string[] = []) {
    this.#firmware = firmware;
    this.#state = state;
    this.#command = [...prefix, firmware.host, firmware.application];
    mkdirSync(state, { recursive: true });
    this.provision(given);
  }

  provision(given: Given): void {
    const { site = 'berlin', sensor = 'xs-1', broker, ...rest } = given;
    writeFileSync(join(this.#state, 'provisioning'), JSON.stringify({ version: 1, site, sensor, broker: { host: '127.0.0.1', tls: false, ...broker }, ...rest }));
  }

  start(): void {
    const [program, ...args] = this.#command as [string, ...string[]];
    const child = spawn(program, args, { env: { ...process.env, BLOCKWATCH_STATE: this.#state, BLOCKWATCH_HEAP: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        this.lines.push(...lines);
      });
    }
    child.on('exit', (code) => {
      if (this.#stopping) return;
      this.exits.push(code ?? -1);
      setTimeout(() => this.#stopping || this.start(), 200);
    });
  }

  /** As given over the file `command`: trap, fill, report. */
  command(text: string): void {
    writeFileSync(join(this.#state, 'command'), text);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Ends it as a power cut does. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  said(pattern: RegExp): boolean {
    return this.lines.some((line) => pattern.test(line));
  }

  get firmware(): LinuxFirmware {
    return this.#firmware;
  }
}
