/** Finds our lines in what arrives over a serial line, in a buffer that never grows. */
import { PREFIX } from '../../protocol/serial.js';
import { fromUtf8 } from '../../protocol/utf8.js';

export class LineReader {
  /** Whether the line that was read last is longer than what was kept of it. */
  cut = false;
  readonly #bytes: Uint8Array;
  #length = 0;
  #lost = false;

  /** @param most bytes of a line that are kept */
  constructor(most: number) {
    this.#bytes = new Uint8Array(most);
  }

  /** What stands behind BLOCKWATCH in the line that `byte` ends; undefined where it ends none of ours. */
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

  /** Forgets what it has of a line. */
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
