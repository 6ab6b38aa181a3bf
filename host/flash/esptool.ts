/** Runs esptool (from pip or ESP-IDF), which writes a board's flash. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../common/errors.js';
import type { Image } from '../firmware/image.js';
import { explainPort } from '../serial/port.js';

const UPLOAD = 460_800;

/** The command with its first arguments; undefined if esptool is not installed. */
export function findEsptool(env: NodeJS.ProcessEnv = process.env): string[] | undefined {
  const works = (command: string[]): boolean =>
    spawnSync(command[0] as string, [...command.slice(1), 'version'], { env, stdio: 'ignore' }).status === 0;
  const own = env['IDF_PATH'] ? join(env['IDF_PATH'], 'components/esptool_py/esptool/esptool.py') : '';
  const candidates = [
    ['esptool'],
    ['esptool.py'],
    ['python3', '-m', 'esptool'],
    ...(own && existsSync(own) ? [['python3', own]] : []),
  ];
  return candidates.find(works);
}

/** Explains an error of esptool and what to do. @param output the end of its output */
export function explainEsptool(output: string, board: string, port: string): string {
  const mismatch = /This chip is (ESP32[\w-]*),? not (ESP32[\w-]*)/i.exec(output);
  if (mismatch)
    return `The board at ${port} has an ${mismatch[1]}, but the image for ${board} needs an ${mismatch[2]}. Name the right board with --board.`;
  if (/No serial data received|Failed to connect|Timed out waiting for packet|Wrong boot mode/i.test(output)) {
    return `The chip at ${port} does not enter its boot loader. Hold its BOOT button (on the WT32-ETH01: connect IO0 to GND), press RESET or plug it in again, and retry.`;
  }
  // esptool says "busy or doesn't exist" for every port; the system's reason follows in brackets.
  if (/could not open/i.test(output)) {
    const reason = /No such file|FileNotFoundError/i.test(output)
      ? 'No such file'
      : /Permission denied/i.test(output)
        ? 'Permission denied'
        : 'busy';
    return explainPort(port, reason);
  }
  if (/exclusively lock/i.test(output)) return explainPort(port, 'lock');
  if (/does not fit|larger than|exceeds/i.test(output))
    return `The image does not fit the flash of the board at ${port}. Check that it is a ${board}.`;
  return `esptool could not write the board at ${port}: ${output.trim().split('\n').at(-1) ?? 'no output'}`;
}

/** @param erase erase everything first, including the provisioning */
export function esptoolArguments(image: Image, port: string, erase: boolean): string[] {
  return [
    '--chip',
    image.chip,
    '--port',
    port,
    '--baud',
    String(UPLOAD),
    'write_flash',
    ...(erase ? ['--erase-all'] : []),
    ...image.parts.flatMap(({ offset, path }) => [`0x${offset.toString(16)}`, path]),
  ];
}

/** Passes esptool's output to the terminal, with its progress bar. @throws UserError BW_FLASH */
export async function runEsptool(tool: readonly string[], image: Image, port: string, erase: boolean): Promise<void> {
  const child = spawn(tool[0] as string, [...tool.slice(1), ...esptoolArguments(image, port, erase)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      output = (output + bytes.toString()).slice(-4096);
      process.stdout.write(bytes);
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (status !== 0) throw new UserError('BW_FLASH', { problem: explainEsptool(output, image.board, port) });
}
