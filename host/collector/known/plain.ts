/** Plain lists: an address or a CIDR block a line; `#`, `;` and `//` begin comments, and one behind an entry is its label. */

import type { Finding, ListReader } from '../rules/known-entry.js';
import { admit, cleanLabel } from '../rules/known-entry.js';

/** Characters a line may have; what is longer is no line of a list, and is not held. */
const MAX_LINE_LENGTH = 4096;

export class PlainReader implements ListReader {
  #rest = '';
  #line = 0;
  /** The line under way is too long, and what comes of it is dropped. */
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
    // What stands behind an entry without a comment's sign may be part of it: better asked about than misread.
    const block = admit(commented ? entry : `${entry}${comment}`);
    if (typeof block === 'string') return [{ what: 'bad', line, reason: block }];
    const label = cleanLabel(comment.replace(/^[#;,/\s]+/, ''));
    return [{ what: 'entry', line, entry: { block, label, since: null, until: null } }];
  }
}
