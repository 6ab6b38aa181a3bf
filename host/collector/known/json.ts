/** Reads MISP (events, feeds, API answers: anything with attributes) and STIX 2.1 bundles. */

import type { Finding, ListReader } from '../rules/known-entry.js';
import { admit, cleanLabel } from '../rules/known-entry.js';
import { ObjectScanner } from './objects.js';
import { patternAddresses } from './stix-pattern.js';

type Json = Record<string, unknown>;

/** Attribute types that hold addresses; with `|port`, the address comes first. */
const ADDRESSES = ['ip-src', 'ip-dst', 'ip-src|port', 'ip-dst|port'];

export class JsonReader implements ListReader {
  readonly #found: Finding[] = [];
  readonly #scanner = new ObjectScanner(
    (object, line) => this.#take(object, line),
    (line, reason) => void this.#found.push({ what: 'bad', line, reason }),
  );

  /** @param now milliseconds since 1970; entries that have expired by then are skipped */
  constructor(readonly now: number) {}

  get cut(): string | undefined {
    return this.#scanner.problem;
  }

  push(text: string): Finding[] {
    this.#scanner.push(text);
    return this.end();
  }

  end(): Finding[] {
    return this.#found.splice(0);
  }

  /** Returns whether the object belongs to a list. */
  #take(object: Json, line: number): boolean {
    const { type, value, pattern, id } = object;
    if (typeof type !== 'string') return false;
    if (type === 'indicator' && typeof pattern === 'string') this.#indicator(object, pattern, line);
    else if (typeof value === 'string' && !(typeof id === 'string' && id.startsWith(`${type}--`)))
      this.#attribute(object, type, value, line);
    // A STIX object that is not an indicator is counted as skipped.
    else if (typeof id === 'string' && id.startsWith(`${type}--`) && type !== 'bundle') this.#pass(`STIX ${type}`);
    else return false;
    return true;
  }

  #attribute(object: Json, type: string, value: string, line: number): void {
    if (!ADDRESSES.includes(type)) return this.#pass(cleanLabel(type));
    if (object['deleted'] === true) return this.#pass('deleted');
    if (object['to_ids'] === false) return this.#pass('not for detection (to_ids)');
    const seconds = Number(object['timestamp']);
    this.#add(
      value.split('|')[0] as string,
      cleanLabel(object['comment']),
      seconds > 0 ? seconds * 1000 : null,
      null,
      line,
    );
  }

  #indicator(object: Json, pattern: string, line: number): void {
    if (object['revoked'] === true) return this.#pass('revoked');
    const language = object['pattern_type'] ?? 'stix';
    if (language !== 'stix') return this.#pass(`patterns of ${cleanLabel(language)}`);
    const until = timeOf(object['valid_until']);
    if (until !== null && until <= this.now) return this.#pass('expired');
    const read = patternAddresses(pattern);
    if (!read) return this.#pass('patterns of more than addresses');
    for (let i = 0; i < read.others; i++) this.#pass('comparisons of other things');
    for (const address of read.addresses)
      this.#add(address, cleanLabel(object['name']), timeOf(object['valid_from']), until, line);
  }

  #add(text: string, label: string, since: number | null, until: number | null, line: number): void {
    const block = admit(text.trim());
    this.#found.push(
      typeof block === 'string'
        ? { what: 'bad', line, reason: block }
        : { what: 'entry', line, entry: { block, label, since, until } },
    );
  }

  #pass(why: string): void {
    this.#found.push({ what: 'passed', why });
  }
}

function timeOf(value: unknown): number | null {
  const time = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? null : time;
}
