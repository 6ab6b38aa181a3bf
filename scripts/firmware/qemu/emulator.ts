/**
 * A board in Espressif's QEMU: its flash is a file that outlives it, its serial line a socket, its Ethernet a port of a
 * hub.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Image } from '../../../host/firmware/image.js';

export const HOW_TO_GET_QEMU =
  'Espressif\'s QEMU is not here: "idf_tools.py install qemu-riscv32" of ESP-IDF installs it, ' +
  'and its export.sh puts it in PATH; or name the program with --qemu.';

/**
 * A QEMU that knows the chip. The one of a Linux distribution has the same name and does not. @throws Error one
 * sentence
 */
export function findQemu(machine: string, named: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const inPath = (env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'qemu-system-riscv32'))
    .filter(existsSync);
  for (const program of named === undefined ? inPath : [named]) {
    if (
      spawnSync(program, ['-M', 'help'], { encoding: 'utf8' })
        .stdout?.split('\n')
        .some((line) => line.startsWith(`${machine} `))
    )
      return program;
  }
  throw new Error(
    named === undefined ? HOW_TO_GET_QEMU : `${named} is no QEMU that emulates an ${machine}. ${HOW_TO_GET_QEMU}`,
  );
}

/** Bytes of flash that every board of ours has at least. */
export const FLASH_BYTES = 4 << 20;

/** What esptool would have written: 0xff where nothing is. @throws Error one sentence where a part lies outside */
export function flashOf(image: Image): Buffer {
  const flash = Buffer.alloc(FLASH_BYTES, 0xff);
  for (const { path, offset, file } of image.parts) {
    const bytes = readFileSync(path);
    if (offset + bytes.length > FLASH_BYTES)
      throw new Error(
        `${file} of ${image.board} does not fit into ${FLASH_BYTES >> 20} MB of flash: ` +
          `it ends at byte ${offset + bytes.length}.`,
      );
    bytes.copy(flash, offset);
  }
  return flash;
}

export interface EmulatorOptions {
  program: string;
  machine: string;
  /** The flash is kept here. */
  folder: string;
  /**
   * Network devices of QEMU's, each a word or two: what is on the other ports of the hub that the board's Ethernet is
   * plugged into.
   */
  network: readonly string[];
  /** More words for QEMU, such as -icount. */
  more?: readonly string[];
  /** Where all that comes over the serial line is kept, with the time of each line. */
  log?: string;
}

const START = 30_000;

/** A socket of QEMU's; nothing while it is not there, or there and nobody listens yet. */
const connected = (path: string): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect(path, () => resolve(socket)).on('error', () => resolve(undefined));
  });

/** Events: `line` with each line of the serial port, `data` with its bytes. */
export class Emulator extends EventEmitter {
  /** All that came over the serial line, of all its runs. */
  readonly lines: string[] = [];
  /** How often it was started. */
  starts = 0;
  /** The first line of its present run. */
  since = 0;
  readonly #options: EmulatorOptions;
  #child: ChildProcess | undefined;
  #serial: Socket | undefined;
  #rest = '';
  #said = '';

  constructor(options: EmulatorOptions, flash: Buffer) {
    super();
    this.#options = options;
    writeFileSync(this.flashFile, flash);
    if (options.log) writeFileSync(options.log, '');
  }

  get flashFile(): string {
    return join(this.#options.folder, 'flash.bin');
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /**
   * @param also words for QEMU for this run alone, such as -icount
   * @throws Error with QEMU's words where it does not start
   */
  async start(also: readonly string[] = []): Promise<void> {
    const { program, machine, folder, network, more = [] } = this.#options;
    const serial = join(folder, `serial-${++this.starts}`);
    this.#said = '';
    this.#rest = '';
    this.#serial = undefined;
    this.since = this.lines.length;
    const child = spawn(
      program,
      [
        '-M',
        machine,
        '-display',
        'none',
        '-monitor',
        'none',
        '-no-user-config',
        '-drive',
        `file=${this.flashFile},if=mtd,format=raw`,
        '-chardev',
        `socket,id=serial,path=${serial},server=on,wait=on`,
        '-serial',
        'chardev:serial',
        ...network,
        '-netdev',
        'hubport,id=board,hubid=0',
        '-net',
        'nic,model=open_eth,netdev=board',
        ...more,
        ...also,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (this.#said = (this.#said + bytes.toString()).slice(-4096)));
    for (const deadline = Date.now() + START; !this.#serial; await sleep(20)) {
      if (!this.running || Date.now() > deadline)
        throw new Error(`QEMU does not start: ${this.#said.trim() || 'it says nothing'}`);
      this.#serial = await connected(serial);
    }
    this.#serial.on('data', (bytes: Buffer) => this.#heard(bytes)).on('error', () => {});
  }

  #heard(bytes: Buffer): void {
    this.emit('data', bytes);
    const lines = (this.#rest + bytes.toString('latin1')).split('\n');
    this.#rest = lines.pop() as string;
    for (const line of lines) {
      if (this.#options.log) appendFileSync(this.#options.log, `${new Date().toISOString()} ${line.trim()}\n`);
      this.lines.push(line.trim());
      this.emit('line', line.trim());
    }
  }

  write(bytes: Uint8Array | string): void {
    this.#serial?.write(bytes);
  }

  /** Ends it as a power cut does: nothing is told, what is in flash stays. */
  async cut(): Promise<void> {
    const child = this.#child;
    this.#serial?.destroy();
    if (!child || !this.running) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** The first line from number `from` on that matches; in words of its own where none comes in time. */
  async line(pattern: RegExp, seconds: number, from = 0): Promise<string> {
    for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(50)) {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (!this.running) throw new Error(`QEMU has ended: ${this.#said.trim()}`);
    }
    throw new Error(
      `The board did not say ${String(pattern)} within ${seconds} s. ` +
        `Its last lines: ${this.lines.slice(-8).join(' | ')}`,
    );
  }
}
