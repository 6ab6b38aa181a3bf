/**
 * `npm run firmware:build -- --board NAME`: the firmware's image for a board. With ESP-IDF (IDF_PATH) the whole image; without
 * it the TypeScript and XS stages, which need the Moddable SDK alone. Either way it prints what the XS part takes of flash
 * and RAM, from what was built, and the memory plan (`npm run firmware:plan` sets two boards side by side).
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import type { Board } from '../../host/firmware/boards.js';
import { boardNames, boards } from '../../host/firmware/boards.js';
import { imageFolder } from '../../host/firmware/image.js';
import { validKey } from '../../src/protocol/update.js';
import type { Idf } from './idf.js';
import { findIdf, missingIdfTool } from './idf.js';
import { makeTarget } from './makefile.js';
import { planOf, planTable, slotBytes } from './memory-plan.js';
import type { Sdk } from './sdk.js';
import { findSdk, HOW_TO_GET_SDK, runTool, wrongSdk } from './sdk.js';
import { measureMachine, measureXsPart } from './xs-size.js';

/** Where the SDK's build of a board leaves mc.xs.c. */
export const stagesOf = (name: string, board: Board): string =>
  join(projectRoot, 'build/firmware', name, 'tmp', ...board.platform.split('/'), 'release', name);

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
  // Any folder will do as IDF's: none of it goes into what XS makes.
  makeTarget(sdk, { path: join(folder, 'makefile'), idf: output }, join(folder, 'mc.xs.c'));
  return folder;
}

/** The chips that are not of RISC-V are of Xtensa. */
export const isRiscv = ({ platform }: Board): boolean => /esp32(c\d|h2|p4)/.test(platform);

/** The compiler that the SDK's makefile calls for a chip. */
export const toolchainOf = (board: Board): string =>
  isRiscv(board) ? 'riscv32-esp-elf-gcc' : `xtensa-${board.platform.split('/').pop() ?? 'esp32'}-elf-gcc`;

/**
 * The whole image by the SDK's own build: archive, IDF's components, link. Throws with the tools' words.
 *
 * @returns bytes of the application's image
 */
export function buildImage(sdk: Sdk, name: string, board: Board, config: readonly string[] = []): { bytes: number } {
  const output = join(projectRoot, 'build/firmware', name);
  mkdirSync(output, { recursive: true });
  forgetConfiguration(name, board);
  const image = join(imageFolder(name), 'xs_esp32.bin');
  // The SDK's makefile goes on where IDF's build fails: an image of before must not pass for a new one.
  rmSync(image, { force: true });
  runTool(sdk, 'mcconfig', [
    '-m',
    '-p',
    board.platform,
    '-t',
    'build',
    '-o',
    output,
    join(projectRoot, 'src/app/boards', name, 'manifest.json'),
    ...config,
  ]);
  if (!existsSync(image))
    throw new Error(
      `The SDK's build made no image of ${name}. For its words: cd ${stagesOf(name, board)} && VERBOSE=1 make -f makefile build`,
    );
  return { bytes: statSync(image).size };
}

/** IDF keeps the configuration that it made first, whatever the board's file says later: it goes where that file is another. */
function forgetConfiguration(name: string, board: Board): void {
  const project = join(stagesOf(name, board), `xsProj-${board.platform.split('/').pop() ?? 'esp32'}`);
  const wanted = readFileSync(join(projectRoot, 'src/app/boards', name, 'sdkconfig/sdkconfig.defaults'), 'utf8');
  const note = join(projectRoot, 'build/firmware', name, 'configured');
  if (existsSync(note) && readFileSync(note, 'utf8') === wanted) return;
  for (const path of ['sdkconfig', 'sdkconfig.mc', 'build/config'])
    rmSync(join(project, path), { recursive: true, force: true });
  writeFileSync(note, wanted);
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
  const given = (option: string): string[] =>
    args.flatMap((arg, i) =>
      arg === option ? [args[i + 1] ?? ''] : arg.startsWith(`${option}=`) ? [arg.slice(option.length + 1)] : [],
    );
  const keys = given('--release-key').map((path) => {
    let text: string;
    try {
      text = readFileSync(path, 'utf8').trim();
    } catch {
      throw new Error(`There is no release key at ${path}: "blockwatch firmware keygen" makes one.`);
    }
    if (!validKey(text))
      throw new Error(`${path} is no public release key: name the .pub file that "blockwatch firmware keygen" made.`);
    return text;
  });
  const [version] = given('--image-version');
  if (version !== undefined && !/^\d{1,9}\.\d{1,9}\.\d{1,9}$/.test(version))
    throw new Error('--image-version must be three numbers such as 1.2.3.');
  return [...(version ? [`version=${version}`] : []), ...(keys.length > 0 ? [`releaseKeys=${keys.join(',')}`] : [])];
}

function main(): void {
  const name = boardOf(process.argv);
  const board = name === undefined ? undefined : boards[name];
  if (!name || !board)
    return fail(
      `${name ? `There is no board "${name}".` : 'Which board?'} Name one with --board: ${boardNames.join(', ')}.`,
    );
  const sdk = findSdk();
  if (!sdk) return fail(HOW_TO_GET_SDK);
  const wrong = wrongSdk(sdk.root);
  if (wrong) return fail(wrong);
  let config: string[], idf: Idf | undefined;
  try {
    config = configOf(process.argv);
    idf = findIdf();
  } catch (error) {
    return fail((error as Error).message);
  }
  const folder = buildXsStages(sdk, name, board, config);
  const part = measureXsPart(sdk, folder);
  console.log(`${name}: ${board.about}`);
  console.log(
    `XS part (${sdk.version}): ${part ? `${part.flash} bytes of flash, ${part.staticRam} bytes of RAM before the heap` : 'built; install gcc-riscv64-unknown-elf to measure it'}`,
  );
  for (const line of planTable(
    new Map([[name, planOf(name, part && { part: part.flash, machine: measureMachine(sdk, folder) })]]),
  ))
    console.log(line);
  if (!idf) {
    console.log(
      'ESP-IDF is not here (IDF_PATH): these were the stages that need the Moddable SDK alone. docs/DEPLOY.md says how to get it.',
    );
    return;
  }
  const missing = missingIdfTool(toolchainOf(board));
  if (missing) return fail(missing);
  const { bytes } = buildImage(sdk, name, board, config);
  console.log(
    `The image is in ${relative(projectRoot, imageFolder(name))}: ${bytes} bytes, ${Math.floor(100 * (1 - bytes / slotBytes()))} % of its slot are free.`,
  );
}

if (process.argv[1]?.endsWith('firmware/build.js')) {
  try {
    main();
  } catch (error) {
    fail((error as Error).message);
  }
}
