/**
 * The firmware on this machine as a process, with what a boot loader does: it starts it again when it has ended, and of two images
 * the one that is noted (src/native/board/image-lin.c), a new one once and then, if it was not confirmed, the one before.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
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
    this.#command = [...prefix, firmware.host];
    mkdirSync(state, { recursive: true });
    if (!existsSync(this.#path('images'))) {
      copyFileSync(firmware.application, this.#path('image-0'));
      this.#note(0, 'v', '-');
    }
    this.provision(given);
  }

  /** Which image is started, and the state of each: v valid, n new, p on trial, a taken back, - none. */
  get boot(): { active: 0 | 1; states: [string, string] } {
    const [active, ...states] = readFileSync(this.#path('images'), 'utf8').trim().split(' ');
    return { active: active === '1' ? 1 : 0, states: states as [string, string] };
  }

  /** The image to start: as the ESP32's boot loader chooses between otadata's entries (bootloader_utility.c of ESP-IDF). */
  #chooseImage(): string {
    const { active, states } = this.boot;
    if (states[active] === 'n') states[active] = 'p';
    else if (states[active] === 'p') {
      states[active] = 'a';
      this.#note(active === 0 ? 1 : 0, ...states);
      return this.#chooseImage();
    }
    this.#note(active, ...states);
    return this.#path(`image-${active}`);
  }

  #note(active: 0 | 1, first: string, second: string): void {
    writeFileSync(this.#path('images.next'), `${active} ${first} ${second}\n`);
    renameSync(this.#path('images.next'), this.#path('images'));
  }

  #path(name: string): string {
    return join(this.#state, name);
  }

  provision(given: Given): void {
    const { site = 'berlin', sensor = 'xs-1', broker, ...rest } = given;
    writeFileSync(
      join(this.#state, 'provisioning'),
      JSON.stringify({ version: 1, site, sensor, broker: { host: '127.0.0.1', tls: false, ...broker }, ...rest }),
    );
  }

  start(): void {
    const [program = '', ...args] = [...this.#command, this.#chooseImage()];
    const child = spawn(program, args, {
      env: { ...process.env, BLOCKWATCH_STATE: this.#state, BLOCKWATCH_HEAP: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
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
