/**
 * `npm run firmware:build -- --board NAME`: the firmware's image for a board. With ESP-IDF (IDF_PATH) the whole image; without
 * it the TypeScript and XS stages, which need the Moddable SDK alone. Either way it prints what the XS part takes of flash
 * and RAM, from what was built, and the memory plan (`npm run firmware:plan` sets two boards side by side).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/paths.js';
import { boardNames, boards } from '../../host/firmware/boards.js';
import type { Board } from '../../host/firmware/boards.js';
import { validKey } from '../../src/protocol/update.js';
import { planOf, planTable } from './memory-plan.js';
import { HOW_TO_GET_SDK, findSdk, runTool } from './sdk.js';
import type { Sdk } from './sdk.js';
import { measureMachine, measureXsPart } from './xs-size.js';

/** The SDK asks IDF's repository for its version; 8.2 wants 6.0. */
const IDF_VERSION = 'v6.0';

/** Where the SDK's build of a board leaves mc.xs.c. */
export const stagesOf = (name: string, board: Board): string => join(projectRoot, 'build/firmware', name, 'tmp', ...board.platform.split('/'), 'release', name);

/**
 * Runs tsc, xsc and xsl for the board's chip, without IDF; returns the folder with mc.xs.c. Throws with the tools' words.
 *
 * @param told what the image is to know beyond its manifest, as mcconfig takes it: `name=value`
 */
export function buildXsStages(sdk: Sdk, name: string, board: Board, told: readonly string[] = []): string {
  const output = join(projectRoot, 'build/firmware', name);
  mkdirSync(output, { recursive: true });
  const manifest = join(projectRoot, 'src/app/boards', name, 'manifest.json');
  runTool(sdk, 'mcconfig', ['-p', board.platform, '-o', output, manifest, ...told]);
  const folder = stagesOf(name, board);
  const config = join(output, 'sdkconfig.h');
  writeFileSync(config, '');
  // The makefile reads IDF's version and its configuration first; neither goes into what XS makes.
  const environment = { ...sdk.environment, IDF_PATH: output };
  runTool({ ...sdk, environment }, 'make', ['-f', join(folder, 'makefile'), `IDF_VERSION=${IDF_VERSION}`, `SDKCONFIG_H=${config}`, '-o', config, join(folder, 'mc.xs.c')]);
  return folder;
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}

/** `--board NAME` or `--board=NAME`. */
export function boardOf(args: readonly string[]): string | undefined {
  const at = args.indexOf('--board');
  return at >= 0 ? args[at + 1] : args.find((arg) => arg.startsWith('--board='))?.slice('--board='.length);
}

/** `--release-key FILE` (twice while one key follows another) and `--image-version 1.2.3`, for mcconfig. Throws one sentence. */
export function configOf(args: readonly string[]): string[] {
  const given = (option: string): string[] => args.flatMap((arg, i) => (arg === option ? [args[i + 1] ?? ''] : arg.startsWith(`${option}=`) ? [arg.slice(option.length + 1)] : []));
  const keys = given('--release-key').map((path) => {
    let text = '';
    try {
      text = readFileSync(path, 'utf8').trim();
    } catch {
      throw new Error(`There is no release key at ${path}: "blockwatch firmware keygen" makes one.`);
    }
    if (!validKey(text)) throw new Error(`${path} is no public release key: name the .pub file that "blockwatch firmware keygen" made.`);
    return text;
  });
  const [version] = given('--image-version');
  if (version !== undefined && !/^\d{1,9}\.\d{1,9}\.\d{1,9}$/.test(version)) throw new Error('--image-version must be three numbers such as 1.2.3.');
  return [...(version ? [`version=${version}`] : []), ...(keys.length > 0 ? [`releaseKeys=${keys.join(',')}`] : [])];
}

function main(): void {
  const name = boardOf(process.argv);
  const board = name === undefined ? undefined : boards[name];
  if (!name || !board) return fail(`${name ? `There is no board "${name}".` : 'Which board?'} Name one with --board: ${boardNames.join(', ')}.`);
  const sdk = findSdk();
  if (!sdk) return fail(HOW_TO_GET_SDK);
  const idf = process.env['IDF_PATH'];
  if (idf !== undefined && idf !== '' && !existsSync(join(idf, 'tools/idf.py'))) return fail(`IDF_PATH is ${idf}, and there is no ESP-IDF there.`);
  let config: string[];
  try {
    config = configOf(process.argv);
  } catch (error) {
    return fail((error as Error).message);
  }
  const folder = buildXsStages(sdk, name, board, config);
  const part = measureXsPart(sdk, folder);
  console.log(`${name}: ${board.about}`);
  console.log(`XS part (${sdk.version}): ${part ? `${part.flash} bytes of flash, ${part.staticRam} bytes of RAM before the heap` : 'built; install gcc-riscv64-unknown-elf to measure it'}`);
  for (const line of planTable(new Map([[name, planOf(name, part && { part: part.flash, machine: measureMachine(sdk, folder) })]]))) console.log(line);
  if (!idf) {
    console.log('ESP-IDF is not here (IDF_PATH): these were the stages that need the Moddable SDK alone. docs/DEPLOY.md says how to get it.');
    return;
  }
  runTool(sdk, 'mcconfig', ['-m', '-p', board.platform, '-t', 'build', '-o', join(projectRoot, 'build/firmware', name), join(projectRoot, 'src/app/boards', name, 'manifest.json'), ...config]);
  console.log(`The image is in build/firmware/${name}.`);
}

if (process.argv[1]?.endsWith('firmware/build.js')) main();
