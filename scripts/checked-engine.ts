/** The engine with its assertions (src/engine/tables/checked.ts), compiled when a test asks for it: the release has none. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../host/common/paths.js';
import { COMPILER_AT } from '../src/engine/constants/memory.js';

/** Newest change below a folder, ms. */
function newest(folder: string): number {
  return Math.max(
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(folder, name)).mtimeMs),
  );
}

/** Compiles it where it is older than its sources; returns the module's path. Throws with the compiler's words. */
export async function checkedEngine(): Promise<string> {
  const module = join(projectRoot, 'build/engine/checked.wasm');
  const sources = Math.max(
    newest(join(projectRoot, 'src/engine')),
    statSync(join(projectRoot, 'scripts/engine-module.mjs')).mtimeMs,
  );
  if (!existsSync(module) || statSync(module).mtimeMs < sources) {
    const compiler = join(projectRoot, 'node_modules/assemblyscript/bin/asc.js');
    // From its own place: the build copies no .mjs into build/js, from where this runs.
    const own = pathToFileURL(join(projectRoot, 'scripts/engine-module.mjs')).href;
    const { compilerArguments } = (await import(own)) as typeof import('./engine-module.mjs');
    const words = compilerArguments(COMPILER_AT, 'build/engine/checked', true);
    execFileSync(process.execPath, [compiler, ...words], { cwd: projectRoot, stdio: ['ignore', 'ignore', 'pipe'] });
  }
  return module;
}
