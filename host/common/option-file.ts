/** Files that people name with an option. */
import { readFileSync } from 'node:fs';
import { UserError } from './errors.js';

/**
 * What it holds; undefined where the option was not given.
 *
 * @param option as it is written, such as `--ca`; of an argument its name
 * @param path `-` for standard input, where the option allows it
 * @throws UserError BW_FILE
 */
export function readOptionFile(option: string, path: string, settings?: { standardInput?: boolean }): Buffer;
export function readOptionFile(option: string, path: string | undefined): Buffer | undefined;
export function readOptionFile(
  option: string,
  path: string | undefined,
  { standardInput = false } = {},
): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(standardInput && path === '-' ? 0 : path);
  } catch (error) {
    throw new UserError('BW_FILE', { option, path, reason: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
}
