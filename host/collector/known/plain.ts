/**
 * Reads plain lists: an address or CIDR block per line. `#`, `;` and `//` start comments; one after an entry is its
 * label.
 */

import type { Finding, ListReader } from '../rules/known-entry.js';
import { admit, cleanLabel } from '../rules/known-entry.js';

/** Maximum line length in characters; a longer line is not a list entry and is not buffered. */
const MAX_LINE_LENGTH = 4096;

export class PlainReader implements ListReader {
  #rest = '';
  #line = 0;
  /** The current line is too long; its remainder is dropped. */
  #dropping = false;

  push(text: string): Finding[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() as string;
    const found = lines.flatMap((line) => this.#take(line));
    if (this.#rest.length > MAX_LINE_LENGTH) {
      this.#rest = '';
      this.#dropping = true;
    }
    return found;
  }

  end(): Finding[] {
    return this.#rest === '' && !this.#dropping ? [] : this.#take(this.#rest);
  }

  #take(text: string): Finding[] {
    const line = ++this.#line;
    if (this.#dropping || text.length > MAX_LINE_LENGTH) {
      this.#dropping = false;
      return [{ what: 'bad', line, reason: `the line is longer than ${MAX_LINE_LENGTH} characters` }];
    }
    const [, entry = '', comment = ''] = /^\uFEFF?\s*([^#;,\s/]*(?:\/\d+)?)(.*)$/s.exec(text.trimEnd()) ?? [];
    const commented = comment === '' || /^(#|;|\/\/|,|\s)/.test(comment);
    if (entry === '' && commented) return [];
    // Text after an entry without a comment marker may belong to it: report the line rather than misread it.
    const block = admit(commented ? entry : `${entry}${comment}`);
    if (typeof block === 'string') return [{ what: 'bad', line, reason: block }];
    const label = cleanLabel(comment.replace(/^[#;,/\s]+/, ''));
    return [{ what: 'entry', line, entry: { block, label, since: null, until: null } }];
  }
}
