/** Where the Moddable SDK is, and how its tools are called. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';

export interface Sdk {
  root: string;
  /** XS's version; empty where it does not say. */
  version: string;
  /** For its tools and compilers: PATH with them, and with the project's TypeScript. */
  environment: NodeJS.ProcessEnv;
}

export const HOW_TO_GET_SDK =
  'The Moddable SDK is not here. Clone github.com/Moddable-OpenSource/moddable at 8.2.3, build its tools ' +
  '(docs/DEPLOY.md, "The tools"), and set MODDABLE to its folder.';

/** Major and minor of the SDK whose build these scripts know. */
export const SDK_WANTED = '8.2';

/** One sentence where the SDK is of another version than its build is known here; empty where all is well. */
export function wrongSdk(root: string): string {
  const file = join(root, 'tools/VERSION');
  const version = existsSync(file) ? readFileSync(file, 'utf8').trim() : 'of an unknown version';
  return version.startsWith(`${SDK_WANTED}.`)
    ? ''
    : `The Moddable SDK at ${root} is ${version}, and the firmware builds with ${SDK_WANTED}: check out 8.2.3 and build its tools again.`;
}

/** The SDK that MODDABLE names, or where xs-dev puts one; undefined where there is none with its tools built. */
export function findSdk(): Sdk | undefined {
  const folders = [process.env['MODDABLE'], join(homedir(), '.local/share/moddable')];
  const root = folders.find(
    (folder) => folder && existsSync(toolsOf(folder)) && existsSync(join(toolsOf(folder), 'mcconfig')),
  );
  if (!root) return undefined;
  const path = [toolsOf(root), join(projectRoot, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter);
  return { root, version: versionOf(root), environment: { ...process.env, MODDABLE: root, PATH: path } };
}

const toolsOf = (root: string): string =>
  join(root, 'build/bin', process.platform === 'darwin' ? 'mac' : 'lin', 'release');

function versionOf(root: string): string {
  try {
    const header = readFileSync(join(root, 'xs/sources/xsCommon.h'), 'utf8');
    const part = (name: string): string => new RegExp(`XS_${name}_VERSION\\s+(\\d+)`).exec(header)?.[1] ?? '?';
    return `XS ${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}`;
  } catch {
    return '';
  }
}

/** Runs a tool of the SDK; throws with what it said where it fails. */
export function runTool(sdk: Sdk, tool: string, args: string[], cwd = projectRoot): string {
  const done = spawnSync(tool, args, { cwd, env: sdk.environment, encoding: 'utf8', maxBuffer: 1 << 27 });
  const said = `${done.stdout ?? ''}${done.stderr ?? ''}`;
  if (done.status !== 0)
    throw new Error(
      `${tool} ${args.join(' ')} failed:\n${said
        .split('\n')
        .filter((line) => !line.startsWith('# '))
        .slice(-40)
        .join('\n')}`,
    );
  return said;
}
