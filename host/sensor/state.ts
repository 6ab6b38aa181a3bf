/** A Linux sensor's state between runs: its boot number, the last valid config, and a lock. */
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
   * Number of this run: the clock's seconds since 1970, or one more than the previous run if that is higher. A sensor
   * whose state was lost or restored from a copy therefore never reuses message ids, which the collector would treat as
   * duplicates.
   */
  readonly boot: number;
  readonly outboxPath: string;
  readonly #path: string;
  readonly #lock: string;
  #config: Config | undefined;

  /**
   * Opens a sensor's state and counts this run.
   *
   * @param directory created if missing
   * @param now milliseconds since 1970
   * @throws UserError if the directory is unusable, or another process runs this sensor from it
   */
  constructor(directory: string, site: string, sensor: string, now = Date.now()) {
    // Ids never contain "+", so (a-b, c) and (a, b-c) have different files.
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

  /** The last active config. */
  get config(): Config | undefined {
    return this.#config;
  }

  saveConfig(config: Config): void {
    this.#config = config;
    this.#write();
  }

  /** Releases the lock. */
  close(): void {
    unlinkSync(this.#lock);
  }

  /** Damaged state counts as missing. */
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

  /** A power cut leaves either the old file or the new one. */
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
      // In a container every run may have the same process id: a lock with this id is from an earlier run.
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
