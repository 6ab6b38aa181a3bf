/** What a Linux sensor keeps between runs: its boot number, the last good config, and who is running. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { nextBoot } from '../../src/app/core/boot-number.js';
import type { Config } from '../../src/protocol/config.js';
import { readConfig } from '../../src/protocol/config.js';
import { UserError } from '../common/errors.js';
import { syncDirectory } from './storage.js';

export class SensorState {
  /**
   * Number of this run: the clock's seconds since 1970, or one more than the run before where that is higher. So a sensor whose state was
   * lost, or put back from a copy, does not give new messages the names of old ones: the collector would take them for duplicates.
   */
  readonly boot: number;
  readonly outboxPath: string;
  readonly #path: string;
  readonly #lock: string;
  #config: Config | undefined;

  /**
   * Opens the state of a sensor and counts this run.
   *
   * @param directory made where it is not there
   * @param now milliseconds since 1970
   * @throws UserError where the directory cannot be used, or another process runs this sensor from it
   */
  constructor(directory: string, site: string, sensor: string, now = Date.now()) {
    // "+" is in no id, so (a-b, c) and (a, b-c) have files of their own.
    const base = join(directory, `sensor-${site}+${sensor}`);
    this.#path = `${base}.json`;
    this.#lock = `${base}.lock`;
    this.outboxPath = `${base}.outbox`;
    let locked = false;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      this.#takeLock(site, sensor);
      locked = true;
      const before = this.#read();
      this.boot = nextBoot(before.boot, now / 1000, () => randomBytes(4).readUInt32LE());
      this.#config = before.config;
      this.#write();
    } catch (error) {
      if (locked) this.close();
      if (error instanceof UserError) throw error;
      throw new UserError('BW_STATE', { path: directory, reason: (error as Error).message });
    }
  }

  /** The config that was last in force. */
  get config(): Config | undefined {
    return this.#config;
  }

  saveConfig(config: Config): void {
    this.#config = config;
    this.#write();
  }

  /** Lets another process run this sensor. */
  close(): void {
    unlinkSync(this.#lock);
  }

  /** What is damaged counts as not there. */
  #read(): { boot: number; config: Config | undefined } {
    let value: { boot?: unknown; config?: unknown } | null | undefined;
    try {
      value = JSON.parse(readFileSync(this.#path, 'utf8')) as { boot?: unknown; config?: unknown } | null;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== undefined && code !== 'ENOENT') throw error;
    }
    const boot = Number(value?.boot);
    return { boot: boot > 0 && boot < 0xffffffff ? Math.floor(boot) : 0, config: storedConfig(value?.config) };
  }

  /** A cut leaves either the old file or the new one. */
  #write(): void {
    const next = `${this.#path}.new`;
    const file = openSync(next, 'w', 0o600);
    writeSync(file, `${JSON.stringify({ boot: this.boot, config: this.#config })}\n`);
    fsyncSync(file);
    closeSync(file);
    renameSync(next, this.#path);
    syncDirectory(dirname(this.#path));
  }

  #takeLock(site: string, sensor: string): void {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        writeFileSync(this.#lock, String(process.pid), { flag: 'wx', mode: 0o600 });
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = Number(readFileSync(this.#lock, 'utf8'));
      // In a container every run may have the same process id: a lock with our own id is left from an earlier run.
      if (holder !== process.pid && runs(holder)) {
        throw new UserError('BW_SENSOR_RUNS', { site, sensor, pid: holder });
      }
      unlinkSync(this.#lock);
    }
  }
}

function storedConfig(value: unknown): Config | undefined {
  try {
    return value === undefined ? undefined : readConfig(JSON.stringify(value));
  } catch {
    return undefined;
  }
}

function runs(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
