/**
 * Answers on the serial line of a board that is provisioned, which is at work and has no room for more than a short line:
 *
 *   BLOCKWATCH?         answered by  BLOCKWATCH {"board": ..., "provisioned": true, "site": ..., "sensor": ..., "says": its last sentence}
 *   BLOCKWATCH measure  answered by  BLOCKWATCH {"free": ...}: what it has left of its memory
 *   BLOCKWATCH forget   answered by  BLOCKWATCH ok; it then knows nothing of who it was, and starts anew
 *   BLOCKWATCH {...}    refused: who holds the cable may rename a board, but not by mistake
 */

import type { BoardWords } from '../../protocol/serial.js';
import { ERROR, FORGET, MEASURE, OK, TRIAL, WHO } from '../../protocol/serial.js';
import { LineReader } from './line-reader.js';

/** Bytes of a line; a provisioning is cut. */
const MOST_LINE = 128;

export interface AttendantOptions {
  board: string;
  version: string;
  site: string;
  sensor: string;
  /** The last sentence. */
  says(): string;
  answer(text: string): void;
  /** What it has left, as JSON. */
  measure?: (() => string) | undefined;
  /** A word for trials; absent on a board that is at a branch. */
  command?: ((word: string) => void) | undefined;
  /** Forgets who it is; throws where that fails. */
  forget(): void;
  /** It has forgotten, and has said so: it is to start anew. */
  done(): void;
}

export class Attendant {
  readonly #options: AttendantOptions;
  readonly #lines = new LineReader(MOST_LINE);

  constructor(options: AttendantOptions) {
    this.#options = options;
  }

  received(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      const text = this.#lines.feed(bytes[i] as number);
      if (text !== undefined) this.#read(text);
    }
  }

  #read(text: string): void {
    const { board, version, site, sensor, says, answer, measure, command } = this.#options;
    if (text === WHO) {
      const last = says();
      const words: BoardWords = { board, version, provisioned: true, site, sensor, ...(last ? { says: last } : {}) };
      return answer(JSON.stringify(words));
    }
    if (text === MEASURE && measure) return answer(measure());
    if (text.startsWith(TRIAL) && command) return command(text.slice(TRIAL.length));
    if (text === FORGET && !this.#lines.cut) return this.#forget();
    answer(
      `${ERROR} This sensor is ${site}/${sensor} already. Send "BLOCKWATCH forget" first (blockwatch provision --again).`,
    );
  }

  #forget(): void {
    const { forget, done, answer } = this.#options;
    try {
      forget();
    } catch (error) {
      return answer(
        `${ERROR} The board cannot forget who it is (${(error as Error).message}): write the firmware anew with "blockwatch flash --erase".`,
      );
    }
    answer(OK);
    done();
  }
}
