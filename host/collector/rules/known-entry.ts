/** What a list of known scanners says, whatever its format. */

import type { Block } from '../../../src/protocol/address.js';
import { parseAddress, parseBlock } from '../../../src/protocol/address.js';
import { isInternet } from './internet.js';

export interface Entry {
  block: Block;
  /** Empty where the list gives none. */
  label: string;
  /** Milliseconds since 1970; null where the list does not say. */
  since: number | null;
  until: number | null;
}

/** One thing found in a list. `line` counts from 1. */
export type Finding =
  | { what: 'entry'; line: number; entry: Entry }
  /** Meant as an entry, and is none. */
  | { what: 'bad'; line: number; reason: string }
  /** Read and left out on purpose: a domain, a revoked indicator. */
  | { what: 'passed'; why: string };

/** Takes a list's text piece by piece and holds no more of it than it must. */
export interface ListReader {
  push(text: string): Finding[];
  /** What the end of the text gives. */
  end(): Finding[];
  /** A sentence's half where the text ends before its end. */
  readonly cut?: string | undefined;
}

/** Widest blocks that are taken: no scanner has more, and one line must not make the whole internet known. */
const MIN_PREFIX = { 4: 8, 16: 16 } as Record<number, number>;
const MAX_LABEL_LENGTH = 100;
const MAX_SHOWN = 60;

/** A block, or why the text is none that can be known. */
export function admit(text: string): Block | string {
  const shown = `"${text.slice(0, MAX_SHOWN)}"`;
  const block = parseBlock(text);
  if (!block) {
    const [address = '', prefix, ...more] = text.split('/');
    const bytes = parseAddress(address);
    const hostBits =
      more.length === 0 && bytes !== undefined && /^\d{1,3}$/.test(prefix ?? '') && Number(prefix) <= bytes.length * 8;
    return hostBits ? `${shown} has host bits set` : `${shown} is neither an address nor a CIDR block`;
  }
  const widest = MIN_PREFIX[block.bytes.length] as number;
  if (block.prefix < widest) return `${shown} is wider than /${widest}`;
  return isInternet(block) ? block : `${shown} is not on the internet`;
}

/** One line without control characters. */
export function cleanLabel(text: unknown): string {
  // eslint-disable-next-line no-control-regex
  return typeof text === 'string'
    ? text
        .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ')
        .trim()
        .slice(0, MAX_LABEL_LENGTH)
    : '';
}
