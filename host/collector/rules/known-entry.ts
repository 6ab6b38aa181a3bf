/** Entries of known-scanner lists, independent of their format. */

import type { Block } from '../../../src/protocol/address.js';
import { parseAddress, parseBlock } from '../../../src/protocol/address.js';
import { isInternet } from './internet.js';

export interface Entry {
  block: Block;
  /** Empty if the list has none. */
  label: string;
  /** Milliseconds since 1970; null if the list does not say. */
  since: number | null;
  until: number | null;
}

/** One item of a list. `line` counts from 1. */
export type Finding =
  | { what: 'entry'; line: number; entry: Entry }
  /** An invalid entry. */
  | { what: 'bad'; line: number; reason: string }
  /** Deliberately skipped: a domain, a revoked indicator. */
  | { what: 'passed'; why: string };

/** Parses a list's text piece by piece and buffers no more than it must. */
export interface ListReader {
  push(text: string): Finding[];
  /** Returns what the end of the text completes. */
  end(): Finding[];
  /** Why the text is truncated, as a clause; undefined if it is complete. */
  readonly cut?: string | undefined;
}

/**
 * Shortest prefixes accepted, by address length: no scanner has wider blocks, and one line must not cover the internet.
 */
const MIN_PREFIX = { 4: 8, 16: 16 } as Record<number, number>;
const MAX_LABEL_LENGTH = 100;
const MAX_SHOWN = 60;

/** The block, or why the text is not an acceptable one. */
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

/** Reduces the text to one line without control characters. */
export function cleanLabel(text: unknown): string {
  // eslint-disable-next-line no-control-regex
  return typeof text === 'string'
    ? text
        .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ')
        .trim()
        .slice(0, MAX_LABEL_LENGTH)
    : '';
}
