/** Files that people name with an option. */
import { readFileSync } from 'node:fs';
import { UserError } from './errors.js';

/**
 * @param option as it is written, such as `--ca`; of an argument its name
 * @param path `-` for standard input, where the option allows it
 * @throws UserError BW_FILE
 */
export function readOptionFile(option: string, path: string, { standardInput = false } = {}): Buffer {
  try {
    return readFileSync(standardInput && path === '-' ? 0 : path);
  } catch (error) {
    throw new UserError('BW_FILE', { option, path, reason: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
}
