/** The command line as a process of its own. Not spawnSync: the collector that it asks may run in this one. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';

export interface Run {
  status: number | null;
  out: string;
  err: string;
}

export function runWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, [join(projectRoot, 'scripts/blockwatch.mjs'), ...args], {
    env: { ...process.env, ...env },
  });
  const run: Run = { status: null, out: '', err: '' };
  child.stdout.on('data', (text: Buffer) => {
    run.out += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    run.err += text.toString();
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ ...run, status })));
}
