/** What a command's end by an error looks like: one sentence and an exit code. */
import { CommanderError } from 'commander';
import { UserError } from '../../common/errors.js';

/** What to print for an error and the exit code; undefined text where nothing is to be said. */
export function explain(error: unknown): { text?: string; exitCode: number } {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return { exitCode: 0 };
    const sentence = error.message
      .replace(/^error: /, '')
      .replace(/\n/g, ' ')
      .replace(/[^.)?]$/, '$&.');
    return { text: sentence[0]?.toUpperCase() + sentence.slice(1), exitCode: 2 };
  }
  if (error instanceof UserError) return { text: error.message, exitCode: error.exitCode };
  const reason = error instanceof Error ? error.message : String(error);
  return { text: `Something went wrong that should not have: ${reason}. BLOCKWATCH_DEBUG=1 shows where.`, exitCode: 1 };
}
