/**
 * A CBOR writer (RFC 8949) for the few types the sensor sends: integers, byte strings, text, arrays, maps. Lengths are
 * definite and integers take their shortest form (section 4.2.1), so that equal messages are equal bytes. It writes
 * into one growing buffer because XS pays for every object; there is no reader: the collector uses a library.
 */
import { toUtf8 } from './utf8.js';

const MAJOR_UNSIGNED = 0x00;
const MAJOR_NEGATIVE = 0x20;
const MAJOR_BYTES = 0x40;
const MAJOR_TEXT = 0x60;
const MAJOR_ARRAY = 0x80;
const MAJOR_MAP = 0xa0;

export class CborWriter {
  #buffer: Uint8Array;
  #length = 0;

  /** @param capacity initial size in bytes; it doubles when full */
  constructor(capacity = 128) {
    this.#buffer = new Uint8Array(Math.max(capacity, 16));
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  /** @param value an integer of at most 53 bits, either sign; anything else throws a RangeError */
  integer(value: number): this {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not an integer of at most 53 bits`);
    // -0 is a safe integer and is written as 0. RFC 8949 section 3.1: a negative n is written as -1 - n.
    return value < 0 ? this.#head(MAJOR_NEGATIVE, -1 - value) : this.#head(MAJOR_UNSIGNED, value);
  }

  bytes(value: Uint8Array): this {
    this.#head(MAJOR_BYTES, value.length);
    return this.#append(value);
  }

  text(value: string): this {
    const encoded = toUtf8(value);
    this.#head(MAJOR_TEXT, encoded.length);
    return this.#append(encoded);
  }

  /** @param items number of values that follow */
  array(items: number): this {
    return this.#head(MAJOR_ARRAY, items);
  }

  /** @param pairs number of key-value pairs that follow */
  map(pairs: number): this {
    return this.#head(MAJOR_MAP, pairs);
  }

  integers(values: readonly number[]): this {
    this.array(values.length);
    for (const value of values) this.integer(value);
    return this;
  }

  #head(major: number, value: number): this {
    this.#reserve(9);
    if (value < 24) return this.#byte(major | value);
    if (value < 0x100) return this.#byte(major | 24).#byte(value);
    if (value < 0x10000) return this.#byte(major | 25).#unsigned(value, 2);
    if (value < 0x100000000) return this.#byte(major | 26).#unsigned(value, 4);
    return this.#byte(major | 27)
      .#unsigned(Math.floor(value / 0x100000000), 4)
      .#unsigned(value % 0x100000000, 4);
  }

  #unsigned(value: number, bytes: number): this {
    for (let shift = (bytes - 1) * 8; shift >= 0; shift -= 8) this.#byte((value >>> shift) & 0xff);
    return this;
  }

  #byte(value: number): this {
    this.#buffer[this.#length++] = value;
    return this;
  }

  #append(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
