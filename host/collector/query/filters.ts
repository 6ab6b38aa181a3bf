/** Builds WHERE clauses from query options. Values are always passed as parameters. */
import type { Value } from '../store/database.js';

export class Conditions {
  readonly #texts: string[] = [];
  readonly parameters: Value[] = [];

  /** Adds `text` unless one of its values is undefined. */
  add(text: string, ...values: (Value | undefined)[]): this {
    if (values.some((value) => value === undefined)) return this;
    this.#texts.push(text);
    this.parameters.push(...(values as Value[]));
    return this;
  }

  toString(): string {
    return this.#texts.length > 0 ? `WHERE ${this.#texts.join(' AND ')}` : '';
  }
}
