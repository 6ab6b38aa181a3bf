/** What the SDK's build of a board does: asked of its own makefile, so that nothing here has a second opinion of it. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { IDF_WANTED } from './idf.js';
import type { Sdk } from './sdk.js';

export interface BoardMakefile {
  path: string;
  /** IDF's folder, as the makefile is to take it. */
  idf: string;
}

/** The makefile asks git for IDF's version; a folder without a repository is told it. */
const version = `IDF_VERSION=v${IDF_WANTED}`;

/** The value of a variable once the makefile is read, by words. Throws with make's words. */
export function makeVariable(sdk: Sdk, makefile: BoardMakefile, name: string): string[] {
  const done = spawnSync(
    'make',
    ['-s', '-f', makefile.path, version, `--eval=bw-print: ; @echo $(${name})`, 'bw-print'],
    {
      cwd: dirname(makefile.path),
      encoding: 'utf8',
      env: { ...sdk.environment, IDF_PATH: makefile.idf },
      maxBuffer: 1 << 24,
    },
  );
  if (done.status !== 0) throw new Error(`The SDK's makefile ${makefile.path} cannot be read: ${done.stderr.trim()}`);
  return done.stdout
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Makes one file by the makefile's rules without IDF: its configuration is stood in for by an empty one, which XS's stages do not read. */
export function makeTarget(sdk: Sdk, makefile: BoardMakefile, target: string): string {
  const config = join(makefile.idf, 'sdkconfig.h');
  writeFileSync(config, '');
  const done = spawnSync('make', ['-f', makefile.path, version, `SDKCONFIG_H=${config}`, '-o', config, target], {
    cwd: dirname(makefile.path),
    encoding: 'utf8',
    env: { ...sdk.environment, IDF_PATH: makefile.idf },
    maxBuffer: 1 << 27,
  });
  if (done.status !== 0)
    throw new Error(`${target} cannot be made:\n${(done.stdout + done.stderr).split('\n').slice(-30).join('\n')}`);
  return done.stdout;
}
