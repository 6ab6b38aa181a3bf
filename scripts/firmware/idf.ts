/** Where ESP-IDF is, and whether it is one that the Moddable SDK builds with. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Idf {
  root: string;
  /** Three numbers with dots. */
  version: string;
}

/** Major and minor: the SDK's build asks for these (EXPECTED_ESP_IDF in build/devices/esp32/manifest.json), any patch will do. */
export const IDF_WANTED = '6.0';

export const HOW_TO_GET_IDF =
  `ESP-IDF is not here. Clone github.com/espressif/esp-idf at v${IDF_WANTED}.2 with its submodules, run its install.sh, ` +
  'source its export.sh (docs/DEPLOY.md, "The tools").';

/** As tools/cmake/version.cmake says; undefined where that file is none of IDF's. */
export function readIdfVersion(root: string): string | undefined {
  const file = join(root, 'tools/cmake/version.cmake');
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const parts = ['MAJOR', 'MINOR', 'PATCH'].map((name) => new RegExp(`IDF_VERSION_${name} (\\d+)`).exec(text)?.[1]);
  return parts.every((part) => part !== undefined) ? parts.join('.') : undefined;
}

/**
 * The ESP-IDF that IDF_PATH names; undefined where it names none.
 *
 * @throws Error one sentence where there is none at that path, or one of another version
 */
export function findIdf(env: NodeJS.ProcessEnv = process.env): Idf | undefined {
  const root = env['IDF_PATH'];
  if (!root) return undefined;
  const version = readIdfVersion(root);
  if (version === undefined) throw new Error(`IDF_PATH is ${root}, and there is no ESP-IDF there.`);
  if (!version.startsWith(`${IDF_WANTED}.`))
    throw new Error(
      `IDF_PATH names ESP-IDF ${version}, and the Moddable SDK builds with ${IDF_WANTED}: check out v${IDF_WANTED}.2 and its submodules.`,
    );
  return { root, version };
}

/** Whether IDF's export.sh was sourced: its build needs idf.py and the compiler in PATH. One sentence where it was not. */
export function missingIdfTool(compiler: string, env: NodeJS.ProcessEnv = process.env): string {
  const missing = ['idf.py', compiler].find((tool) => spawnSync(tool, ['--version'], { env, stdio: 'ignore' }).error);
  return missing
    ? `${missing} is not in PATH: source the export.sh of the ESP-IDF at ${env['IDF_PATH'] ?? ''} first, and run its install.sh once.`
    : '';
}
