/** Project paths, whether this runs from TypeScript or from build/js. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder))
      throw new Error('Blockwatch runs from its own folder; package.json is missing above it.');
  }
}

/** The folder with package.json. */
export const projectRoot = findRoot();
export const engineModule = join(projectRoot, 'build/engine/engine.wasm');
/** The steps of the store's tables: a folder for each dialect of SQL. */
export const migrationsFolder = join(projectRoot, 'host/collector/store/migrations');
export const pageFolder = join(projectRoot, 'build/web');

let version: string | undefined;

/** The version in package.json. */
export function productVersion(): string {
  version ??= (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }).version;
  return version;
}
