/** What a check found, and how that is printed. */

import { printable } from '../../common/printable.js';
import type { Paint, Tone } from '../support/colour.js';

export type Grade = 'ok' | 'warn' | 'fail';

export interface Finding {
  grade: Grade;
  /** The subject of the check, in a word or two. */
  about: string;
  /** What was found. */
  text: string;
  /** The fix; none if the check passed. */
  advice?: string;
}

export const ok = (about: string, text: string): Finding => ({ grade: 'ok', about, text });
export const warn = (about: string, text: string, advice: string): Finding => ({ grade: 'warn', about, text, advice });
export const fail = (about: string, text: string, advice: string): Finding => ({ grade: 'fail', about, text, advice });

const tones: Record<Grade, Tone> = { ok: 'good', warn: 'warn', fail: 'bad' };

/** `ok    collector  It answers.` and, on a line of its own, what to do. */
export function findingLines({ grade, about, text, advice }: Finding, paint: Paint = (text) => text): string[] {
  const lines = [`${paint(grade.padEnd(4), tones[grade])}  ${about.padEnd(12)}  ${printable(text)}`];
  if (advice) lines.push(`${' '.repeat(20)}-> ${printable(advice)}`);
  return lines;
}
