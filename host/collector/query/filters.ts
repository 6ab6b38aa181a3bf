/** Builds WHERE clauses from what was asked for. Values always travel as parameters. */
import type { Value } from '../store/database.js';

export class Conditions {
  readonly #texts: string[] = [];
  readonly parameters: Value[] = [];

  /** Adds `text` unless its value was not asked for. */
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
