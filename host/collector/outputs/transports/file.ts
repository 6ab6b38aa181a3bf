/**
 * Writes lines to a file or to standard output. Another program may move the file away at any time, as logrotate does:
 * before each write, the transport checks that the path still names the open file. No signal is needed.
 */

import type { FileHandle } from 'node:fs/promises';
import { open, stat } from 'node:fs/promises';
import type { Finding } from '../model/finding.js';
import type { Transport } from '../model/transport.js';
import { DeliveryError, explainSystem } from '../model/transport.js';

const BATCH = 200;

export class FileTransport implements Transport {
  readonly batch = BATCH;
  #file: FileHandle | undefined;

  /** @param line formats a finding without a line break */
  constructor(
    readonly path: string,
    readonly line: (finding: Finding) => string,
  ) {}

  async send(messages: readonly Finding[]): Promise<void> {
    const bytes = Buffer.from(messages.map((message) => `${this.line(message)}\n`).join(''));
    try {
      const file = await this.#current();
      const { size } = await file.stat();
      try {
        for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
        // Delivered must mean delivered even after a power cut.
        await file.datasync();
      } catch (error) {
        // A partial line would corrupt the next one.
        await file.truncate(size).catch(() => {});
        throw error;
      }
    } catch (error) {
      await this.close();
      throw new DeliveryError('unreachable', `${this.path}: ${explainSystem(error)}`);
    }
  }

  async #current(): Promise<FileHandle> {
    if (this.#file) {
      const [mine, named] = await Promise.all([this.#file.stat(), stat(this.path).catch(() => undefined)]);
      if (named && named.ino === mine.ino && named.dev === mine.dev) return this.#file;
      await this.close();
    }
    this.#file = await open(this.path, 'a', 0o640);
    return this.#file;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => {});
  }
}

export class StdoutTransport implements Transport {
  readonly batch = BATCH;

  constructor(
    readonly line: (finding: Finding) => string,
    readonly stream: NodeJS.WritableStream = process.stdout,
  ) {}

  send(messages: readonly Finding[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.stream.write(messages.map((message) => `${this.line(message)}\n`).join(''), (error) => {
        if (error) reject(new DeliveryError('unreachable', `standard output: ${explainSystem(error)}`));
        else resolve();
      });
    });
  }

  async close(): Promise<void> {}
}
