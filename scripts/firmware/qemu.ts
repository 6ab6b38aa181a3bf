/**
 * `npm run firmware:qemu -- --board qemu_esp32c3`: the firmware on the chip's own system, in Espressif's QEMU. Builds
 * the image with the user's own Moddable SDK and ESP-IDF, puts it into a flash with boot loader and partition table,
 * provisions the board over its serial line, and has it report to a real mosquitto and a real collector; then the
 * trials of scripts/firmware/qemu/trials. All of it runs in a network namespace that has no way out.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UserError } from '../../host/common/errors.js';
import { projectRoot } from '../../host/common/paths.js';
import { boardNames, boards } from '../../host/firmware/boards.js';
import { findImage, imageFolder } from '../../host/firmware/image.js';
import { buildImage, toolchainOf } from './build.js';
import { findIdf, HOW_TO_GET_IDF, missingIdfTool } from './idf.js';
import { findQemu, flashOf } from './qemu/emulator.js';
import { apart } from './qemu/network.js';
import { runTrials } from './qemu/run.js';
import { NEXT_IMAGE, NEXT_VERSION } from './qemu/trials/update.js';
import { trialNames } from './qemu/trials.js';
import { findSdk, HOW_TO_GET_SDK, wrongSdk } from './sdk.js';
import { releaseKey } from './test-key.js';

/** Set for the process that runs inside the namespace. */
const INSIDE = 'BLOCKWATCH_QEMU_INSIDE';
/** Seconds that a new image has to reach the broker; a real one has ten minutes. */
const TRIAL_SECONDS = 60;
const DEFAULT_CAPTURE = 'test/captures/nmap-ss-block.pcap';

interface Asked {
  board: string;
  qemu: string | undefined;
  capture: string;
  trials: string[];
  cuts: number;
  built: boolean;
  accept: boolean;
}

/** @throws Error one sentence */
function readArguments(args: string[]): Asked {
  const { values } = parseArgs({
    args,
    options: {
      board: { type: 'string', default: 'qemu_esp32c3' },
      qemu: { type: 'string' },
      capture: { type: 'string', default: join(projectRoot, DEFAULT_CAPTURE) },
      trials: { type: 'string', default: 'all' },
      cuts: { type: 'string', default: '50' },
      built: { type: 'boolean', default: false },
      accept: { type: 'boolean', default: false },
    },
  });
  const emulated = boardNames.filter((name) => boards[name]?.emulated);
  if (!emulated.includes(values.board))
    throw new Error(`${values.board} is no board of an emulator. Name one with --board: ${emulated.join(', ')}.`);
  if (!existsSync(values.capture)) throw new Error(`There is no capture ${values.capture}.`);
  const trials = values.trials === 'all' ? [...trialNames] : values.trials === 'none' ? [] : values.trials.split(',');
  const unknown = trials.find((name) => !trialNames.includes(name));
  if (unknown !== undefined)
    throw new Error(
      `There is no trial "${unknown}". There are ${trialNames.join(', ')}; ` +
        '--trials takes some of them, "all" or "none".',
    );
  const cuts = Number(values.cuts);
  if (!Number.isInteger(cuts) || cuts < 1 || cuts > 1000)
    throw new Error('--cuts must be a whole number from 1 to 1000.');
  return {
    board: values.board,
    qemu: values.qemu,
    capture: resolve(values.capture),
    trials,
    cuts,
    built: values.built,
    accept: values.accept,
  };
}

/** The image of a version, with the key of trials. */
function build({ board: name }: Asked, version: string): void {
  const sdk = findSdk();
  if (!sdk) throw new Error(HOW_TO_GET_SDK);
  const wrong = wrongSdk(sdk.root);
  if (wrong) throw new Error(wrong);
  if (!findIdf()) throw new Error(HOW_TO_GET_IDF);
  const board = boards[name] as NonNullable<(typeof boards)[string]>;
  const missing = missingIdfTool(toolchainOf(board));
  if (missing) throw new Error(missing);
  console.log(`Building the image of ${name}, version ${version} ...`);
  const { bytes } = buildImage(sdk, name, board, [
    `version=${version}`,
    `releaseKeys=${releaseKey().hex}`,
    `trialSeconds=${TRIAL_SECONDS}`,
  ]);
  console.log(`  ${bytes} bytes`);
}

async function main(): Promise<void> {
  const asked = readArguments(process.argv.slice(2));
  const machine = boards[asked.board]?.platform.split('/').pop() as string;
  const qemu = findQemu(machine, asked.qemu);
  if (!process.env[INSIDE]) {
    if (!asked.built) {
      // The next version first: what the build leaves behind is then the one that starts.
      build(asked, NEXT_VERSION);
      mkdirSync(dirname(NEXT_IMAGE), { recursive: true });
      copyFileSync(join(imageFolder(asked.board), 'xs_esp32.bin'), NEXT_IMAGE);
      build(asked, '0.1.0');
    }
    const [program = '', ...words] = apart();
    const done = spawnSync(
      program,
      [...words, process.execPath, ...process.execArgv, ...process.argv.slice(1), '--built'],
      { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } },
    );
    process.exitCode = done.status ?? 1;
    return;
  }
  const image = findImage(asked.board);
  mkdirSync(join(projectRoot, 'build/qemu'), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'blockwatch-qemu-'));
  try {
    process.exitCode = (await runTrials({ ...asked, qemu, machine, image, flash: flashOf(image), folder })) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof UserError ? error.message : (error as Error).message);
  process.exitCode = 1;
});
