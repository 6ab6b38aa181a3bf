/** What a check found, and how that is printed. */
type Grade = 'ok' | 'warn' | 'fail';

export interface Finding {
  grade: Grade;
  /** What was looked at, in a word or two. */
  about: string;
  /** What is so. */
  text: string;
  /** What to do; nothing where all is well. */
  advice?: string;
}

export const ok = (about: string, text: string): Finding => ({ grade: 'ok', about, text });
export const warn = (about: string, text: string, advice: string): Finding => ({ grade: 'warn', about, text, advice });
export const fail = (about: string, text: string, advice: string): Finding => ({ grade: 'fail', about, text, advice });

/** `ok    collector  It answers.` and, on a line of its own, what to do. */
export function findingLines({ grade, about, text, advice }: Finding): string[] {
  const lines = [`${grade.padEnd(4)}  ${about.padEnd(12)}  ${text}`];
  if (advice) lines.push(`${' '.repeat(20)}-> ${advice}`);
  return lines;
}
