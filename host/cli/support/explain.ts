/** Turns an error into one sentence and an exit code. */
import { CommanderError } from 'commander';
import { UserError } from '../../common/errors.js';

/** The text to print for an error, if any, and the exit code. */
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
  return {
    text: `Internal error: ${reason}. Set BLOCKWATCH_DEBUG=1 to see a stack trace, and please report it.`,
    exitCode: 1,
  };
}
