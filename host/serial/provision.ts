/**
 * Talks with a board over an open line: who it is, what it is to be, what it says. The other end is src/app/core/provisioner.ts and
 * attendant.ts. Here and on the page of "blockwatch flash" alike: it needs neither Node nor a browser.
 */

import type { BoardWords } from '../../src/protocol/serial.js';
import { ERROR, FORGET, OK, ONLINE, PREFIX, SAYS, WHO } from '../../src/protocol/serial.js';
import { UserError } from '../common/errors.js';

export interface SerialLine {
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  write(bytes: Uint8Array): unknown;
}

export interface ProvisionTimes {
  /** Milliseconds between two questions: opening the port restarts most boards, and one that starts hears nothing. */
  ask: number;
  /** For a board to start and to answer the question; to read and keep the line, or to forget. */
  start: number;
  keep: number;
  /** Between two questions for what it says, once it is at work. */
  look: number;
}

export const usualTimes: ProvisionTimes = { ask: 1_000, start: 15_000, keep: 10_000, look: 5_000 };
/** Bytes at once, and milliseconds after them: a UART's buffer on a board holds 128. */
const PIECE = 64;
const PAUSE = 8;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const wrong = (problem: string): UserError => new UserError('BW_SERIAL', { problem });

/** Where it is at work under a name; its own name, else. */
export const nameOf = ({ site, sensor }: BoardWords): string => `${site ?? ''}/${sensor ?? ''}`;

export class BoardTalk {
  readonly #line: SerialLine;
  readonly #times: ProvisionTimes;
  readonly #answers: Answers;

  constructor(line: SerialLine, times: ProvisionTimes = usualTimes) {
    this.#line = line;
    this.#times = times;
    this.#answers = new Answers(line);
  }

  /** @throws UserError BW_SERIAL with what to do */
  async who(): Promise<BoardWords> {
    const { ask, start } = this.#times;
    for (let waited = 0; waited < start; waited += ask) {
      this.#ask();
      const words = readWords(await this.#answers.next(ask));
      if (words) return words;
    }
    throw wrong(
      this.#answers.heard
        ? 'Something answers there, but no Blockwatch that can be asked. Flash the board first: "blockwatch flash"; with --erase it forgets who it was.'
        : 'The board does not answer. Is this its port, is Blockwatch on it ("blockwatch flash"), and does its LED blink as one that waits to be provisioned?',
    );
  }

  /**
   * @param text the provisioning, one line of JSON
   * @param found told which board answers, before anything is sent
   * @param again whether a board that is somebody already forgets that
   * @throws UserError BW_SERIAL with what to do
   */
  async provision(text: string, found: (board: BoardWords) => void, again = false): Promise<void> {
    const words = await this.who();
    found(words);
    if (words.provisioned) {
      if (!again)
        throw wrong(
          `This board is ${nameOf(words)} already${words.says ? `, and says: ${words.says}` : '.'} With --again it forgets that, and takes this file.`,
        );
      await this.#forget();
    }
    const bytes = bytesOf(`\n${PREFIX} ${text.trim()}\n`);
    for (let at = 0; at < bytes.length; at += PIECE) {
      this.#line.write(bytes.subarray(at, at + PIECE));
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    await this.#untilOk('refused it', 'The board has not said that it kept it. Try once more; it does no harm twice.');
  }

  /** What the board says until it is online, for so many milliseconds at most. @returns its last sentence; undefined where it is online */
  async untilOnline(patience: number, says: (sentence: string) => void): Promise<string | undefined> {
    const deadline = Date.now() + patience;
    // What it said as somebody else, or as nobody.
    this.#answers.forgetSaid();
    let last = '';
    const heard = (sentence: string): void => {
      if (sentence !== last) says(sentence);
      last = sentence;
    };
    while (last !== ONLINE && Date.now() < deadline) {
      const said = await this.#answers.nextSaid(Math.min(this.#times.look, deadline - Date.now()));
      if (said !== undefined) {
        heard(said);
        continue;
      }
      // It says nothing twice in a row, and some of it may have been lost while it started.
      this.#ask();
      const words = readWords(await this.#answers.next(Math.min(this.#times.ask, Math.max(0, deadline - Date.now()))));
      if (words?.provisioned && words.says) heard(words.says);
    }
    return last === ONLINE ? undefined : last;
  }

  #ask(): void {
    this.#line.write(bytesOf(`\n${PREFIX}${WHO}\n`));
  }

  async #forget(): Promise<void> {
    this.#line.write(bytesOf(`\n${PREFIX} ${FORGET}\n`));
    await this.#untilOk(
      'cannot forget who it is',
      'The board has not said that it forgot who it was. Try once more, or write it anew with "blockwatch flash --erase".',
    );
    // It says farewell to the broker before it starts anew.
    for (let waited = 0; waited < this.#times.start; waited += this.#times.ask) {
      await new Promise((resolve) => setTimeout(resolve, this.#times.ask));
      if (!(await this.who()).provisioned) return;
    }
    throw wrong(
      'The board has forgotten who it was, and does not start anew. Unplug it, plug it in again, and try once more.',
    );
  }

  /** Questions that were asked while the board started may still be answered. */
  async #untilOk(refusal: string, silence: string): Promise<void> {
    for (;;) {
      const answer = await this.#answers.next(this.#times.keep);
      if (answer === OK) return;
      if (answer?.startsWith('{')) continue;
      if (answer?.startsWith(ERROR)) throw wrong(`The board ${refusal}: ${answer.slice(ERROR.length).trim()}`);
      throw wrong(
        answer === undefined ? silence : `The board answered "${answer.slice(0, 80)}", which is not understood.`,
      );
    }
  }
}

/** Undefined where it is none: half a line, from before the port was open. */
function readWords(answer: string | undefined): BoardWords | undefined {
  if (!answer?.startsWith('{')) return undefined;
  try {
    const { board, version, provisioned, site, sensor, says } = JSON.parse(answer) as Partial<BoardWords>;
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    return {
      board: text(board),
      version: text(version),
      provisioned: provisioned === true,
      ...(provisioned === true ? { site: text(site), sensor: text(sensor) } : {}),
      ...(says ? { says: text(says) } : {}),
    };
  } catch {
    return undefined;
  }
}

/** What stands behind BLOCKWATCH in the lines that arrive; a board says other things too. */
class Answers {
  heard = false;
  readonly #decoder = new TextDecoder();
  readonly #waiting: string[] = [];
  readonly #said: string[] = [];
  #text = '';
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(line: SerialLine) {
    line.on('data', (bytes) => {
      this.heard = true;
      this.#text += this.#decoder.decode(bytes, { stream: true });
      const lines = this.#text.split(/\r|\n/);
      this.#text = (lines.pop() as string).slice(-8192);
      for (const one of lines) {
        // "BLOCKWATCH?" is our own question, where the line gives an echo.
        const at = one.indexOf(`${PREFIX} `);
        if (at < 0) continue;
        const text = one.slice(at + PREFIX.length + 1).trim();
        if (text.startsWith(SAYS)) this.#said.push(text.slice(SAYS.length).trim());
        else this.#waiting.push(text);
      }
      this.#wake?.();
    });
    line.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** The next answer; undefined where none comes in time. */
  next(patience: number): Promise<string | undefined> {
    return this.#first(this.#waiting, patience);
  }

  forgetSaid(): void {
    this.#said.length = 0;
  }

  /** The next that the board says by itself. */
  nextSaid(patience: number): Promise<string | undefined> {
    return this.#first(this.#said, patience);
  }

  async #first(from: string[], patience: number): Promise<string | undefined> {
    const deadline = Date.now() + patience;
    for (;;) {
      const one = from.shift();
      if (one !== undefined) return one;
      if (this.#closed) throw wrong('The board was unplugged, or its port is gone. Plug it in and try again.');
      const left = deadline - Date.now();
      if (left <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
