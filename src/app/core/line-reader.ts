/** Finds BLOCKWATCH lines in serial input, in a fixed buffer. */
import { PREFIX } from '../../protocol/serial.js';
import { fromUtf8 } from '../../protocol/utf8.js';

export class LineReader {
  /** Whether the last line was longer than the buffer and was truncated. */
  cut = false;
  readonly #bytes: Uint8Array;
  #length = 0;
  #lost = false;

  /** @param most bytes of a line that are stored */
  constructor(most: number) {
    this.#bytes = new Uint8Array(most);
  }

  /** The text after BLOCKWATCH in the line that `byte` ends; undefined if it ends no such line. */
  feed(byte: number): string | undefined {
    if (byte !== 10 && byte !== 13) {
      if (this.#length < this.#bytes.length) this.#bytes[this.#length++] = byte;
      else this.#lost = true;
      return undefined;
    }
    this.cut = this.#lost;
    const from = this.#behindPrefix();
    const text = from < 0 ? undefined : fromUtf8(this.#bytes.subarray(from, this.#length)).trim();
    this.drop();
    return text;
  }

  /** Discards the partial line. */
  drop(): void {
    this.#length = 0;
    this.#lost = false;
  }

  #behindPrefix(): number {
    for (let from = 0; from + PREFIX.length <= this.#length; from++) {
      let same = 0;
      while (same < PREFIX.length && this.#bytes[from + same] === PREFIX.charCodeAt(same)) same++;
      if (same === PREFIX.length) return from + same;
    }
    return -1;
  }
}
