/** Findings of the checks and their text. */
type Grade = 'ok' | 'warn' | 'fail';

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

/** `ok    collector  It answers.` and, on its own line, the fix. */
export function findingLines({ grade, about, text, advice }: Finding): string[] {
  const lines = [`${grade.padEnd(4)}  ${about.padEnd(12)}  ${text}`];
  if (advice) lines.push(`${' '.repeat(20)}-> ${advice}`);
  return lines;
}
