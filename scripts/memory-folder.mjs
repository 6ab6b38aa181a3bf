import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A folder in memory for the tests' files, where this machine has room for it and starts programs there: a store syncs each
 * commit, which on a disk is most of what its tests wait for.
 */
export function folderInMemory() {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < 2 ** 31) return undefined;
    const folder = mkdtempSync(join(memory, 'blockwatch-tests-'));
    // mosquitto and PostgreSQL do not stay root.
    chmodSync(folder, 0o1777);
    const program = join(folder, 'true');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
    if (spawnSync(program).status === 0) return folder;
    rmSync(folder, { recursive: true });
  } catch {
    // Not every system has one.
  }
  return undefined;
}
