/** What `npm audit signatures --json` answered, as one sentence. */

export interface Judgement {
  sentence: string;
  /** False where a package is not what its registry signed. */
  good: boolean;
}

/** The registry's keys, or the root of trust for them, are not there to be asked: nothing is known of any package. */
const UNREACHABLE = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|E404)$/;

interface Package {
  name?: string;
  version?: string;
}

interface Answer {
  invalid?: Package[];
  missing?: Package[];
  error?: { code?: string; summary?: string };
}

/**
 * @param text standard output
 * @param error standard error: npm says there, and not as JSON, that no registry has keys
 */
export function judge(status: number | null, text: string, error: string): Judgement {
  if (/no dependencies to audit that were installed from a supported registry/.test(error + text))
    return { sentence: 'The registry signs nothing, so no signature was checked.', good: true };
  let answer: Answer;
  try {
    answer = JSON.parse(text) as Answer;
  } catch {
    return { sentence: `npm gave no answer: ${error.trim().split('\n')[0] || `exit ${status}`}`, good: false };
  }
  const { code, summary } = answer.error ?? {};
  if (code !== undefined && UNREACHABLE.test(code))
    return { sentence: `The registry's keys cannot be reached (${code}), so no signature was checked.`, good: true };
  const names = (packages: readonly Package[] = []): string[] =>
    packages.map(({ name, version }) => `${name}@${version}`);
  const [invalid, missing] = [names(answer.invalid), names(answer.missing)];
  if (invalid.length > 0) return { sentence: `A signature is wrong: ${invalid.join(', ')}.`, good: false };
  if (missing.length > 0) return { sentence: `A signature is missing: ${missing.join(', ')}.`, good: false };
  if (status !== 0) return { sentence: `npm failed: ${summary || `exit ${status}`}`, good: false };
  return { sentence: 'Every package is what its registry signed.', good: true };
}
