/**
 * What a board says on its serial line: answers at once, sentences as `BLOCKWATCH says: ...`. A UART takes some hundred bytes at a
 * time and says when it takes more; nothing here waits for it, and what waits is bounded. A sensor that fails says the
 * same over and over: the line says it once a minute while nothing else is said, and never more than some sentences in a row.
 */
import { PREFIX, SAYS } from '../../protocol/serial.js';
import { toUtf8 } from '../../protocol/utf8.js';
import { crc32Text } from './crc32.js';

/** Milliseconds in which the last sentence is not said again; other numbers in it make it no other sentence. */
const AGAIN = 60_000;
/** Sentences in a row, and milliseconds after which there is room for another. */
const IN_A_ROW = 12;
const ANOTHER = 1_000;
/**
 * Milliseconds after which a UART that was full is free, whatever it said: 128 bytes leave it in 11 at 115,200 baud. The word
 * that it is free comes as an interrupt through XS's queue of messages, and a full queue loses it for ever.
 */
const SURELY_FREE = 2_000;
/** Bytes that it then takes. */
const FREE = 120;
/** Lines that wait for the UART. */
const MOST_WAITING = 6;
/** Characters of a sentence. */
const MOST_SENTENCE = 240;

export class Voice {
  /** The newest sentence, said on the line or not. */
  last = '';
  readonly #uptime: () => number;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #waiting: (Uint8Array | string)[] = [];
  /** Bytes of the first that waits that are gone already, and how many the UART takes now. */
  #gone = 0;
  #room = 0;
  /** When it last told of room. */
  #moved = 0;
  /** Sum of the last sentence that was said, and when. */
  #said = 0;
  #when = 0;
  #allowed = IN_A_ROW;
  #since = 0;

  /** @param uptime milliseconds, which may wrap at 32 bits; `write` takes no more bytes than `room` told of */
  constructor(uptime: () => number, write: (bytes: Uint8Array) => void) {
    this.#uptime = uptime;
    this.#write = write;
  }

  /** Whether it goes out: the first time, and not too soon after the last. */
  say(sentence: string): boolean {
    this.last = sentence.slice(0, MOST_SENTENCE);
    if (!this.#mayBeSaid(this.last)) return false;
    this.#put(`${PREFIX} ${SAYS} ${this.last.replace(/[\r\n]+/g, ' ')}\n`);
    return true;
  }

  /** An answer in words; bytes go out as they are. */
  answer(given: string | Uint8Array): void {
    this.#put(typeof given === 'string' ? `${PREFIX} ${given}\n` : given);
  }

  /** The UART takes so many bytes. */
  room(count: number): void {
    this.#room = count;
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
    // Where nobody takes it, the oldest goes; not the first, which may be half gone.
    if (this.#waiting.length === MOST_WAITING) this.#waiting.splice(1, 1);
    this.#waiting.push(line);
    if (this.#room === 0 && this.#moved > 0 && (this.#uptime() - this.#moved) >>> 0 > SURELY_FREE) this.room(FREE);
    else this.#flush();
  }

  #flush(): void {
    for (let line = this.#waiting[0]; line !== undefined && this.#room > 0; line = this.#waiting[0]) {
      const bytes = typeof line === 'string' ? toUtf8(line) : line;
      if (typeof line === 'string') this.#waiting[0] = bytes;
      const piece = bytes.slice(this.#gone, this.#gone + this.#room);
      this.#gone += piece.length;
      this.#room -= piece.length;
      if (this.#gone === bytes.length) {
        this.#waiting.shift();
        this.#gone = 0;
      }
      this.#write(piece);
    }
  }
}
