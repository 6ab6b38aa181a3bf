/** Gives a board its provisioning over an open line; the other end is src/app/provisioner.ts. */
import { StringDecoder } from 'node:string_decoder';
import { UserError } from '../errors.js';

export interface SerialLine {
  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  write(bytes: Buffer | string): unknown;
}

export interface BoardWords {
  board: string;
  version: string;
}

export interface ProvisionTimes {
  /** Milliseconds between two questions: opening the port restarts most boards, and one that starts hears nothing. */
  ask: number;
  /** For a board to start and to answer the question; to read and keep the line. */
  start: number;
  keep: number;
}

export const usualTimes: ProvisionTimes = { ask: 1_000, start: 15_000, keep: 10_000 };
/** Bytes at once, and milliseconds after them: a UART's buffer on a board holds 128. */
const PIECE = 64;
const PAUSE = 8;

/**
 * @param text the provisioning, one line of JSON
 * @param found told which board answers, before anything is sent
 * @throws UserError BW_SERIAL with what to do
 */
export async function provisionBoard(line: SerialLine, text: string, found: (board: BoardWords) => void, times: ProvisionTimes = usualTimes): Promise<void> {
  const answers = new Answers(line);
  const words = await askWho(line, answers, times);
  found(words);
  const bytes = Buffer.from(`\nBLOCKWATCH ${text.trim()}\n`);
  for (let at = 0; at < bytes.length; at += PIECE) {
    line.write(bytes.subarray(at, at + PIECE));
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  // Questions that were asked while the board started may still be answered.
  for (;;) {
    const answer = await answers.next(times.keep);
    if (answer === 'ok') return;
    if (answer?.startsWith('{')) continue;
    if (answer?.startsWith('error:')) throw wrong(`The board refused it: ${answer.slice('error:'.length).trim()}`);
    throw wrong(answer === undefined ? 'The board has not said that it kept it. Try once more; it does no harm twice.' : `The board answered "${answer.slice(0, 80)}", which is not understood.`);
  }
}

const wrong = (problem: string): UserError => new UserError('BW_SERIAL', { problem });

async function askWho(line: SerialLine, answers: Answers, times: ProvisionTimes): Promise<BoardWords> {
  for (let waited = 0; waited < times.start; waited += times.ask) {
    line.write('\nBLOCKWATCH?\n');
    const answer = await answers.next(times.ask);
    if (answer === undefined || !answer.startsWith('{')) continue;
    try {
      const { board = '', version = '' } = JSON.parse(answer) as Partial<BoardWords>;
      return { board: String(board), version: String(version) };
    } catch {
      // Half a line, from before the port was open.
    }
  }
  throw wrong(answers.heard
    ? 'Something answers there, but no Blockwatch that waits to be provisioned. One that is provisioned already forgets it with "blockwatch flash --erase"; else flash the board first.'
    : 'The board does not answer. Is this its port, is Blockwatch on it ("blockwatch flash"), and does its LED blink as one that waits to be provisioned?');
}

/** What stands behind BLOCKWATCH in the lines that arrive; a board says other things too. */
class Answers {
  heard = false;
  readonly #decoder = new StringDecoder('utf8');
  readonly #waiting: string[] = [];
  #text = '';
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(line: SerialLine) {
    line.on('data', (bytes) => {
      this.heard = true;
      this.#text += this.#decoder.write(bytes);
      const lines = this.#text.split(/\r|\n/);
      this.#text = (lines.pop() as string).slice(-8192);
      for (const one of lines) {
        // "BLOCKWATCH?" is our own question, where the line gives an echo.
        const at = one.indexOf('BLOCKWATCH ');
        if (at >= 0) this.#waiting.push(one.slice(at + 'BLOCKWATCH '.length).trim());
      }
      this.#wake?.();
    });
    line.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** The next answer; undefined where none comes in time. */
  async next(patience: number): Promise<string | undefined> {
    const deadline = Date.now() + patience;
    for (;;) {
      const one = this.#waiting.shift();
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
