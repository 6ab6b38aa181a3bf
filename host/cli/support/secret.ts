/**
 * Secrets come from files, the environment or a prompt: arguments appear in process lists and in the shell's history.
 */
import { UserError } from '../../common/errors.js';
import { readOptionFile } from '../../common/option-file.js';

/** The first line of a file, `-` for standard input. */
export function secretFile(option: string, path: string): string {
  return readOptionFile(option, path, { standardInput: true }).toString('utf8').split(/\r?\n/)[0] as string;
}

/** Prompts on the terminal without echo; undefined without a terminal. */
export async function askSecret(question: string): Promise<string | undefined> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return undefined;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.resume();
  try {
    let text = '';
    for await (const piece of stdin) {
      for (const c of (piece as Buffer).toString('utf8')) {
        if (c === '\r' || c === '\n') return text;
        if (c === '\u0003') throw new UserError('BW_USAGE', { problem: 'Cancelled. Nothing was changed.' });
        text = c === '\u007f' || c === '\b' ? text.slice(0, -1) : text + c;
      }
    }
    return text;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
