/**
 * The outbox on disk: a log of lines, each with a checksum.
 *
 *   put {place} {boot} {sequence} {class} {payload in base64} {crc32 of the text before it}
 *   end {place} {crc32}
 *
 * Lines are only appended, so a power cut leaves at most one torn line, which its checksum reveals. After a lost `end`
 * the message is sent twice, which the collector expects; a lost `put` is a message that was never accepted. Writes are
 * issued immediately, so they outlive the process, and synced as fast as the disk allows, so they outlive a power cut.
 * The log is rewritten at each start and when most of it is obsolete.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Message, OutboxStorage } from '../../src/app/core/outbox.js';
import { messageClasses } from '../../src/app/core/outbox.js';

/** Obsolete lines always tolerated before the log is rewritten. */
const MAX_HISTORY = 2_000;

export class LogStorage implements OutboxStorage {
  /** Damaged lines found at the start. */
  damaged = 0;

  readonly #path: string;
  readonly #live = new Map<number, Message>();
  #file: number;
  #lines = 0;
  #torn = false;
  #dirty = false;
  #syncing = false;

  /** Reads the log at `path`, which may be missing. Throws file system errors. */
  constructor(path: string) {
    this.#path = path;
    if (existsSync(path)) this.#replay(readFileSync(path, 'latin1'));
    this.#file = this.#rewrite();
  }

  load(): Message[] {
    return [...this.#live.values()].sort((a, b) => a.place - b.place);
  }

  put(message: Message): void {
    this.#live.set(message.place, message);
    this.#append(putLine(message));
  }

  remove(place: number): void {
    if (!this.#live.delete(place)) return;
    if (this.#lines > MAX_HISTORY + 4 * this.#live.size) {
      const old = this.#file;
      this.#file = this.#rewrite();
      closeSync(old);
      return;
    }
    this.#append(sealed(`end ${place}`));
  }

  close(): void {
    fdatasyncSync(this.#file);
    closeSync(this.#file);
    this.#file = -1;
  }

  #append(line: string): void {
    // After a partial write (a full disk), start the next line on its own line.
    const text = this.#torn ? `\n${line}` : line;
    this.#torn = true;
    writeAll(this.#file, text);
    this.#torn = false;
    this.#lines++;
    this.#sync();
  }

  /** One sync at a time; later writes are covered by the next one. */
  #sync(): void {
    this.#dirty = true;
    if (this.#syncing) return;
    this.#syncing = true;
    this.#dirty = false;
    fdatasync(this.#file, () => {
      this.#syncing = false;
      if (this.#dirty && this.#file >= 0) this.#sync();
    });
  }

  #replay(text: string): void {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const entry = readLine(line);
      if (!entry) this.damaged++;
      else if (typeof entry === 'number') this.#live.delete(entry);
      else this.#live.set(entry.place, entry);
    }
  }

  /**
   * Replaces the log by one without obsolete lines; a power cut leaves either the old or the new one. Returns the open
   * file.
   */
  #rewrite(): number {
    const next = `${this.#path}.new`;
    const file = openSync(next, 'w', 0o600);
    writeAll(file, this.load().map(putLine).join(''));
    fsyncSync(file);
    renameSync(next, this.#path);
    syncDirectory(dirname(this.#path));
    this.#lines = this.#live.size;
    this.#torn = false;
    return file;
  }
}

/** Makes a rename in `directory` durable. */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Writes all of it: `writeSync` may write less. */
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

function sealed(text: string): string {
  return `${text} ${crc32(text).toString(16).padStart(8, '0')}\n`;
}

function putLine(message: Message): string {
  const payload = Buffer.from(message.payload).toString('base64');
  return sealed(`put ${message.place} ${message.boot} ${message.sequence} ${message.class} ${payload}`);
}

/** A stored message, the place of a removed one, or undefined if the line is damaged. */
function readLine(line: string): Message | number | undefined {
  const seal = line.lastIndexOf(' ');
  const text = line.slice(0, seal);
  if (seal < 0 || sealed(text) !== `${line}\n`) return undefined;
  const [verb, place, boot, sequence, name, payload] = text.split(' ');
  if (verb === 'end') return Number(place);
  const messageClass = messageClasses.find((known) => known === name);
  if (verb !== 'put' || !messageClass) return undefined;
  return {
    place: Number(place),
    boot: Number(boot),
    sequence: Number(sequence),
    class: messageClass,
    payload: new Uint8Array(Buffer.from(payload ?? '', 'base64')),
  };
}
