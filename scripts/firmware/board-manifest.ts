/** A board's manifest with all that it includes of ours: what goes into its image, and which of ESP-IDF's components it names. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';

/** As much of a manifest as is read here (documentation/tools/manifest.md of the SDK). */
interface Manifest {
  include?: string[];
  modules?: Record<string, string | string[]>;
  preload?: string[];
  defines?: Record<string, Record<string, number>>;
  config?: Record<string, unknown>;
  platforms?: Record<string, Manifest & { dependency?: Dependency[] }>;
}

/** A component of ESP-IDF itself, or one of its registry. */
interface Dependency {
  idf?: string;
  name?: string;
  namespace?: string;
  version?: string;
  /** Folders of headers from its own: `../espressif__wiznet_common/include` is in another, which it brings along. */
  includes?: string[];
}

/** A component of IDF's registry. */
export interface Package {
  name: string;
  namespace: string;
  /** A range, as the component manager takes it. */
  version: string;
}

export interface BoardParts {
  /** C files, as the build compiles them; without the generated engine. */
  sources: string[];
  /** Components of IDF and of its registry that are named. */
  components: Set<string>;
  /** Those of the registry again and what they bring along, with what is asked of their versions. */
  packages: Package[];
  /** Groups of defines; mcconfig makes MODDEF_GROUP_NAME of them. */
  defines: Record<string, Record<string, number>>;
  config: Record<string, unknown>;
  /** Every file that was read. */
  manifests: string[];
}

export const manifestOfBoard = (board: string): string => join(projectRoot, 'src/app/boards', board, 'manifest.json');

/** Follows the includes that lie in the project; the SDK's own are left to it. */
export function readBoard(board: string): BoardParts {
  const parts: BoardParts = {
    sources: [],
    components: new Set(),
    packages: [],
    defines: {},
    config: {},
    manifests: [],
  };
  read(manifestOfBoard(board), parts);
  parts.sources = [...new Set(parts.sources)].sort();
  return parts;
}

function read(path: string, parts: BoardParts): void {
  if (parts.manifests.includes(path)) return;
  parts.manifests.push(path);
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  for (const included of manifest.include ?? [])
    if (!included.startsWith('$')) read(join(dirname(path), included), parts);
  take(manifest, dirname(path), parts);
  const own = manifest.platforms?.['esp32'];
  if (own) take(own, dirname(path), parts);
  for (const { idf, name = '', namespace = 'espressif', version = '*', includes = [] } of own?.dependency ?? []) {
    parts.components.add(idf ?? `${namespace}__${name}`);
    if (idf !== undefined) continue;
    parts.packages.push({ name, namespace, version });
    for (const path of includes) {
      const brought = /^\.\.\/(\w+?)__(\w+)\//.exec(path);
      if (brought) parts.packages.push({ namespace: brought[1] as string, name: brought[2] as string, version: '*' });
    }
  }
}

function take({ modules = {}, defines = {}, config = {} }: Manifest, folder: string, parts: BoardParts): void {
  for (const pattern of [modules['*'] ?? []].flat())
    if (!pattern.startsWith('$')) parts.sources.push(...sourcesOf(join(folder, pattern)));
  for (const [group, values] of Object.entries(defines)) parts.defines[group] = { ...parts.defines[group], ...values };
  Object.assign(parts.config, config);
}

/** C files that a pattern of a manifest stands for: a folder's with a star, else one without its extension. */
function sourcesOf(pattern: string): string[] {
  const folder = dirname(pattern);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.c'));
  return names
    .filter((name) => basename(pattern) === '*' || name === `${basename(pattern)}.c`)
    .map((name) => join(folder, name));
}
