/**
 * A board's output on its serial line: answers at once, sentences as `BLOCKWATCH says: ...`. A UART takes about a
 * hundred bytes at a time and reports when it takes more; nothing here waits for it, and the queue is bounded. A
 * failing sensor repeats itself: the same sentence is written once a minute while no other comes, and only a few
 * sentences in a row are written.
 */
import { PREFIX, SAYS } from '../../protocol/serial.js';
import { toUtf8 } from '../../protocol/utf8.js';
import { crc32Text } from './crc32.js';

/**
 * Milliseconds in which the last sentence is not repeated; a difference in numbers alone does not make it a new one.
 */
const AGAIN = 60_000;
/** Sentences in a row, and milliseconds until another one may follow. */
const IN_A_ROW = 12;
const ANOTHER = 1_000;
/**
 * Milliseconds after which a full UART is free even without a report: 128 bytes leave it in 11 at 115,200 baud. The
 * report comes as an interrupt through XS's message queue, and a full queue loses it permanently.
 */
const SURELY_FREE = 2_000;
/** Bytes that it takes then. */
const FREE = 120;
/** Maximum number of lines that wait for the UART. */
const MAX_WAITING = 6;
/** Maximum characters of a sentence. */
const MAX_SENTENCE = 240;

export class Voice {
  /** The newest sentence, written or not. */
  last = '';
  readonly #uptime: () => number;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #waiting: (Uint8Array | string)[] = [];
  /** Bytes of the first waiting line that are sent already, and the UART's free space. */
  #gone = 0;
  #writable = 0;
  /** When it last reported free space. */
  #moved = 0;
  /** Checksum of the last sentence written, and its time. */
  #said = 0;
  #when = 0;
  #allowed = IN_A_ROW;
  #since = 0;

  /** @param uptime milliseconds, may wrap at 32 bits; `write` takes at most the reported `writable` bytes */
  constructor(uptime: () => number, write: (bytes: Uint8Array) => void) {
    this.#uptime = uptime;
    this.#write = write;
  }

  /** Whether the sentence is written: if it is new, and not too soon after the last one. */
  say(sentence: string): boolean {
    this.last = sentence.slice(0, MAX_SENTENCE);
    if (!this.#mayBeSaid(this.last)) return false;
    this.#put(`${PREFIX} ${SAYS} ${this.last.replace(/[\r\n]+/g, ' ')}\n`);
    return true;
  }

  /** A text answer; bytes are sent unchanged. */
  answer(given: string | Uint8Array): void {
    this.#put(typeof given === 'string' ? `${PREFIX} ${given}\n` : given);
  }

  /** The UART takes so many bytes. */
  writable(count: number): void {
    this.#writable = count;
    this.#moved = this.#uptime() >>> 0;
    this.#flush();
  }

  #mayBeSaid(sentence: string): boolean {
    const now = this.#uptime() >>> 0;
    const sum = crc32Text(sentence.replace(/\d+/g, ''));
    if (sum === this.#said && (now - this.#when) >>> 0 < AGAIN) return false;
    const passed = Math.floor(((now - this.#since) >>> 0) / ANOTHER);
    if (passed > 0) {
      this.#allowed = Math.min(IN_A_ROW, this.#allowed + passed);
      this.#since = now;
    }
    if (this.#allowed === 0) return false;
    this.#allowed--;
    this.#said = sum;
    this.#when = now;
    return true;
  }

  #put(line: Uint8Array | string): void {
    // If nothing reads the line, the oldest is dropped; not the first, which may be half sent.
    if (this.#waiting.length === MAX_WAITING) this.#waiting.splice(1, 1);
    this.#waiting.push(line);
    if (this.#writable === 0 && this.#moved > 0 && (this.#uptime() - this.#moved) >>> 0 > SURELY_FREE)
      this.writable(FREE);
    else this.#flush();
  }

  #flush(): void {
    for (let line = this.#waiting[0]; line !== undefined && this.#writable > 0; line = this.#waiting[0]) {
      const bytes = typeof line === 'string' ? toUtf8(line) : line;
      if (typeof line === 'string') this.#waiting[0] = bytes;
      const piece = bytes.slice(this.#gone, this.#gone + this.#writable);
      this.#gone += piece.length;
      this.#writable -= piece.length;
      if (this.#gone === bytes.length) {
        this.#waiting.shift();
        this.#gone = 0;
      }
      this.#write(piece);
    }
  }
}
