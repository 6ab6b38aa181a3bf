/** Reads files named by options. */
import { readFileSync } from 'node:fs';
import { UserError } from './errors.js';

/**
 * The file's content; undefined if the option was not given.
 *
 * @param option as written, such as `--ca`; an argument's name
 * @param path `-` for standard input, if the option allows it
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
