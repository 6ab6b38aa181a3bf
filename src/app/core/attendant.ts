/**
 * Answers on the serial line of a provisioned board, which is at work and has memory only for short lines:
 *
 *   BLOCKWATCH?         answered by  BLOCKWATCH {"board": ..., "provisioned": true, "site": ..., "sensor": ...,
 *                                    "says": its last sentence}
 *   BLOCKWATCH measure  answered by  BLOCKWATCH {"free": ...}: its free memory
 *   BLOCKWATCH forget   answered by  BLOCKWATCH ok; the board then erases its identity and restarts
 *   BLOCKWATCH {...}    refused: the holder of the cable may reprovision a board, but not by mistake
 */

import type { BoardWords } from '../../protocol/serial.js';
import { ERROR, FORGET, MEASURE, OK, TRIAL, WHO } from '../../protocol/serial.js';
import { LineReader } from './line-reader.js';

/** Maximum bytes of a line; a provisioning is truncated. */
const MAX_LINE = 128;

export interface AttendantOptions {
  board: string;
  version: string;
  site: string;
  sensor: string;
  /** The last sentence. */
  says(): string;
  answer(text: string): void;
  /** Free memory, as JSON. */
  measure?: (() => string) | undefined;
  /** A test command; absent on a board in the field. */
  command?: ((word: string) => void) | undefined;
  /** Erases the identity; throws on failure. */
  forget(): void;
  /** The identity is erased and the answer sent: restart. */
  done(): void;
}

export class Attendant {
  readonly #options: AttendantOptions;
  readonly #lines = new LineReader(MAX_LINE);

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
      `${ERROR} This sensor is ${site}/${sensor} already. ` +
        'Send "BLOCKWATCH forget" first (blockwatch provision --again).',
    );
  }

  #forget(): void {
    const { forget, done, answer } = this.#options;
    try {
      forget();
    } catch (error) {
      return answer(
        `${ERROR} The board cannot forget who it is (${(error as Error).message}): ` +
          'write the firmware anew with "blockwatch flash --erase".',
      );
    }
    answer(OK);
    done();
  }
}
