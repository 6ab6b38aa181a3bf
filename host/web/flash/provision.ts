/** The same dialogue as host/serial/provision.ts, over Web Serial. */
export interface WebSerialPort {
  open(options: { baudRate: number; bufferSize?: number }): Promise<void>;
  close(): Promise<void>;
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
}

const BAUD = 115_200;
/** Milliseconds. */
const ASK = 1_000;
const START = 15_000;
const KEEP = 10_000;

export async function provisionBoard(port: WebSerialPort, text: string, found: (board: { board: string; version: string }) => void, times = { ask: ASK, start: START, keep: KEEP }): Promise<void> {
  try {
    await port.open({ baudRate: BAUD, bufferSize: 8192 });
  } catch {
    throw new Error('The port cannot be opened: another program or another dialog of this page uses it.');
  }
  const writer = port.writable?.getWriter();
  const reader = port.readable?.getReader();
  try {
    if (!writer || !reader) throw new Error('The port is gone. Plug the board in again.');
    const answers = new Answers(reader);
    const say = (line: string): Promise<void> => writer.write(new TextEncoder().encode(line));
    let known: { board?: string; version?: string } | undefined;
    for (let waited = 0; !known && waited < times.start; waited += times.ask) {
      await say('\nBLOCKWATCH?\n');
      const answer = await answers.next(times.ask);
      try {
        if (answer?.startsWith('{')) known = JSON.parse(answer) as { board?: string; version?: string };
      } catch {
        // Half a line, from before the port was open.
      }
    }
    if (!known) throw new Error('No Blockwatch that waits to be provisioned answers there. Write the firmware first; with "erase", a board that was provisioned forgets it.');
    found({ board: known.board ?? 'a board', version: known.version ?? '' });
    await say(`\nBLOCKWATCH ${text}\n`);
    for (;;) {
      const answer = await answers.next(times.keep);
      if (answer === 'ok') return;
      if (answer?.startsWith('{')) continue;
      throw new Error(answer?.startsWith('error:') ? `The board refused it: ${answer.slice('error:'.length).trim()}` : 'The board has not said that it kept it. Try once more; it does no harm twice.');
    }
  } finally {
    await reader?.cancel().catch(() => {});
    reader?.releaseLock();
    await writer?.close().catch(() => {});
    writer?.releaseLock();
    await port.close().catch(() => {});
  }
}

class Answers {
  readonly #waiting: string[] = [];
  #wake: (() => void) | undefined;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    void this.#read(reader);
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const lines = text.split(/\r|\n/);
      text = (lines.pop() as string).slice(-8192);
      for (const line of lines) {
        const at = line.indexOf('BLOCKWATCH ');
        if (at >= 0) this.#waiting.push(line.slice(at + 'BLOCKWATCH '.length).trim());
      }
      this.#wake?.();
    }
  }

  /** Undefined where none comes in time. */
  async next(patience: number): Promise<string | undefined> {
    if (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patience);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#waiting.shift();
  }
}
