/** `blockwatch` as a process of its own, in a folder of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';

export interface Run {
  status: number | null;
  out: string;
  err: string;
}

export function blockwatchIn(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
  input = '',
): Promise<Run> {
  const child = spawn(process.execPath, [join(projectRoot, 'scripts/blockwatch.mjs'), ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  const run: Run = { status: null, out: '', err: '' };
  child.stdout.on('data', (text: Buffer) => {
    run.out += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    run.err += text.toString();
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (status) => resolve({ ...run, status })));
}

export const lines = (text: string): string[] => text.split(/\r?\n/).filter((line) => line);
