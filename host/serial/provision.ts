/**
 * Talks to a board over an open serial line: its identity, its provisioning, its status. The other end is
 * src/app/core/provisioner.ts and attendant.ts. Runs on Node and in the page of "blockwatch flash".
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
  /** Milliseconds between two queries: opening the port restarts most boards, and a starting board receives nothing. */
  ask: number;
  /** Milliseconds for a board to start and answer; to store the provisioning or to erase it. */
  start: number;
  keep: number;
  /** Milliseconds between two status queries while the board runs. */
  look: number;
}

export const usualTimes: ProvisionTimes = { ask: 1_000, start: 15_000, keep: 10_000, look: 5_000 };
/** Bytes sent at once, and milliseconds between them: the UART buffer of a board holds 128 bytes. */
const CHUNK = 64;
const PAUSE = 8;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const wrong = (problem: string): UserError => new UserError('BW_SERIAL', { problem });

/** The `site/sensor` of a provisioned board. */
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

  /** @throws UserError BW_SERIAL with the fix */
  async who(): Promise<BoardWords> {
    const { ask, start } = this.#times;
    for (let waited = 0; waited < start; waited += ask) {
      this.#ask();
      const words = readWords(await this.#answers.next(ask));
      if (words) return words;
    }
    throw wrong(
      this.#answers.received
        ? 'Something answers on this port, but it is not a Blockwatch board. Flash it first with "blockwatch flash"; add --erase to clear its identity.'
        : 'The board does not answer. Check that this is its port, that Blockwatch is installed ("blockwatch flash"), and that its LED shows that it waits for provisioning.',
    );
  }

  /**
   * @param text the provisioning, one line of JSON
   * @param found called with the board that answers, before anything is sent
   * @param again erase the identity of a provisioned board first
   * @throws UserError BW_SERIAL with the fix
   */
  async provision(text: string, found: (board: BoardWords) => void, again = false): Promise<void> {
    const words = await this.who();
    found(words);
    if (words.provisioned) {
      if (!again)
        throw wrong(
          `This board is already ${nameOf(words)}${words.says ? `, status: ${words.says}` : '.'} Replace its identity with --again.`,
        );
      await this.#forget();
    }
    const bytes = bytesOf(`\n${PREFIX} ${text.trim()}\n`);
    for (let at = 0; at < bytes.length; at += CHUNK) {
      this.#line.write(bytes.subarray(at, at + CHUNK));
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    await this.#untilOk(
      'refused it',
      'The board did not confirm that it stored the file. Try again; sending it twice does no harm.',
    );
  }

  /**
   * Reports the status of the board until it is online. @param timeout milliseconds @returns the last status; undefined
   * once online
   */
  async untilOnline(timeout: number, says: (sentence: string) => void): Promise<string | undefined> {
    const deadline = Date.now() + timeout;
    // Earlier statuses belong to the old identity.
    this.#answers.clearStatuses();
    let last = '';
    const report = (sentence: string): void => {
      if (sentence !== last) says(sentence);
      last = sentence;
    };
    while (last !== ONLINE && Date.now() < deadline) {
      const status = await this.#answers.nextStatus(Math.min(this.#times.look, deadline - Date.now()));
      if (status !== undefined) {
        report(status);
        continue;
      }
      // A board does not repeat its status, and it may have been lost while the board started.
      this.#ask();
      const words = readWords(await this.#answers.next(Math.min(this.#times.ask, Math.max(0, deadline - Date.now()))));
      if (words?.provisioned && words.says) report(words.says);
    }
    return last === ONLINE ? undefined : last;
  }

  #ask(): void {
    this.#line.write(bytesOf(`\n${PREFIX}${WHO}\n`));
  }

  async #forget(): Promise<void> {
    this.#line.write(bytesOf(`\n${PREFIX} ${FORGET}\n`));
    await this.#untilOk(
      'cannot erase its identity',
      'The board did not confirm that it erased its identity. Try again, or flash it with "blockwatch flash --erase".',
    );
    // It disconnects from the broker before it restarts.
    for (let waited = 0; waited < this.#times.start; waited += this.#times.ask) {
      await new Promise((resolve) => setTimeout(resolve, this.#times.ask));
      if (!(await this.who()).provisioned) return;
    }
    throw wrong('The board erased its identity but does not restart. Unplug it, plug it in again, and retry.');
  }

  /** Answers to queries sent while the board started may still arrive; they are skipped. */
  async #untilOk(refusal: string, silence: string): Promise<void> {
    for (;;) {
      const answer = await this.#answers.next(this.#times.keep);
      if (answer === OK) return;
      if (answer?.startsWith('{')) continue;
      if (answer?.startsWith(ERROR)) throw wrong(`The board ${refusal}: ${answer.slice(ERROR.length).trim()}`);
      throw wrong(
        answer === undefined
          ? silence
          : `The board answered "${answer.slice(0, 80)}", which is not a known reply. Check that its firmware matches this version.`,
      );
    }
  }
}

/** Undefined for anything else, such as half a line from before the port was open. */
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

/** The lines with the prefix BLOCKWATCH; a board prints other lines, too. */
class Answers {
  /** Whether anything arrived at all. */
  received = false;
  readonly #decoder = new TextDecoder();
  readonly #waiting: string[] = [];
  readonly #statuses: string[] = [];
  #text = '';
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(line: SerialLine) {
    line.on('data', (bytes) => {
      this.received = true;
      this.#text += this.#decoder.decode(bytes, { stream: true });
      const lines = this.#text.split(/\r|\n/);
      this.#text = (lines.pop() as string).slice(-8192);
      for (const one of lines) {
        // Skips "BLOCKWATCH?", our own query, on a line that echoes.
        const at = one.indexOf(`${PREFIX} `);
        if (at < 0) continue;
        const text = one.slice(at + PREFIX.length + 1).trim();
        if (text.startsWith(SAYS)) this.#statuses.push(text.slice(SAYS.length).trim());
        else this.#waiting.push(text);
      }
      this.#wake?.();
    });
    line.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** The next answer; undefined after the timeout. */
  next(timeout: number): Promise<string | undefined> {
    return this.#first(this.#waiting, timeout);
  }

  clearStatuses(): void {
    this.#statuses.length = 0;
  }

  /** The next status that the board sends by itself. */
  nextStatus(timeout: number): Promise<string | undefined> {
    return this.#first(this.#statuses, timeout);
  }

  async #first(from: string[], timeout: number): Promise<string | undefined> {
    const deadline = Date.now() + timeout;
    for (;;) {
      const one = from.shift();
      if (one !== undefined) return one;
      if (this.#closed) throw wrong('The board was unplugged. Plug it in and try again.');
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
