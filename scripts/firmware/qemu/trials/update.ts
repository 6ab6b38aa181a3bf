/** A new image over MQTT, with the boot loader that a board has. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../../host/common/paths.js';
import { newReleaseKey } from '../../../../host/firmware/release.js';
import { RELEASE_KEY_FILE } from '../../test-key.js';
import type { Bench } from '../bench.js';
import { online } from './faults.js';

/** The next version's image, built beside the first (scripts/firmware/qemu.ts). */
export const NEXT_IMAGE = join(projectRoot, 'build/qemu/next.bin');
export const NEXT_VERSION = '0.2.0';
/** Seconds that an image may take to travel. */
const TRAVEL = 900;

/**
 * Signs the next image as `version` with a key, and offers it. It is the same image each time: a sensor that gave it up
 * takes it only as another attempt.
 */
function publish({ office, run, say }: Bench, version: string, key = RELEASE_KEY_FILE): void {
  if (!existsSync(NEXT_IMAGE)) throw new Error(`There is no ${NEXT_IMAGE}: run this once without --built.`);
  const paper = join(run.folder, `${version}-${key.length}.signed.json`);
  office.cli(
    'firmware',
    'sign',
    NEXT_IMAGE,
    '--key',
    key,
    '--board',
    run.board,
    '--image-version',
    version,
    '--out',
    paper,
  );
  say(
    office
      .cli('firmware', 'publish', paper, '--image', NEXT_IMAGE, '--to', 'lab', '--again', ...office.operator)
      .trim()
      .split('\n')
      .at(-1) ?? '',
  );
}

/**
 * Waits until a new image says that it is on trial.
 *
 * @throws Error at once where the image before says that it is back, with the seconds that this took
 */
async function onTrial({ board }: Bench, from: number): Promise<string> {
  const began = Date.now();
  const said = await board.line(/is on trial|was taken back/, 120, from);
  if (/is on trial/.test(said)) return said;
  const seconds = Math.round((Date.now() - began) / 1000);
  throw new Error(
    `the new image said nothing, and the one before was back after ${seconds} s. From 30 s on it was the watchdog: ` +
      'the computer left the emulator too little time for a start',
  );
}

export async function goodImage(bench: Bench): Promise<void> {
  const { board, office, run, say, measured } = bench;
  const stranger = join(run.folder, 'stranger.pem');
  writeFileSync(stranger, newReleaseKey(undefined).privatePem);
  let from = board.lines.length;
  publish(bench, NEXT_VERSION, stranger);
  say(await board.line(/no release key that this sensor knows/, 120, from));
  from = board.lines.length;
  const began = Date.now();
  publish(bench, NEXT_VERSION);
  await board.line(/is offered; it begins now/, 120, from);
  const percent = (): number =>
    (
      JSON.parse(
        office.cli('firmware', 'status', '--store', office.store, '--format', 'json').split('\n')[0] ?? '{}',
      ) as { percent?: number }
    ).percent ?? 0;
  await office.until(
    async () => {
      await sleep(2_000);
      return percent() >= 10;
    },
    'a tenth of the image',
    TRAVEL,
  );
  await measured.take('an update under way');
  await board.cut();
  await board.start();
  say(await board.line(/bytes of it are here/, 120, from));
  say(await board.line(/is complete and signed/, TRAVEL, from));
  say(await board.line(/has reached the broker: it stays/, 180, from));
  await online(bench);
  const version = await office.until(
    async () => {
      const now = (await office.sensor())?.version;
      return now === NEXT_VERSION ? now : undefined;
    },
    `version ${NEXT_VERSION} at the collector`,
    120,
  );
  say(`version ${version} after ${Math.round((Date.now() - began) / 1000)} s, a power cut included`);
}

export async function badImages(bench: Bench): Promise<void> {
  const { board, office, say } = bench;
  let from = board.lines.length;
  publish(bench, '0.3.0');
  say(await board.line(/is complete and signed/, TRAVEL, from));
  await office.stopBroker();
  say(await onTrial(bench, from));
  say(await board.line(/did not reach the broker in time/, 180, from));
  say(await board.line(/was taken back/, 120, from));
  await office.startBroker();
  await online(bench);
  // The boot loader alone: the app says nothing before it is cut off.
  from = board.lines.length;
  publish(bench, '0.4.0');
  say(await board.line(/is complete and signed/, TRAVEL, from));
  await office.stopBroker();
  await onTrial(bench, from);
  await board.cut();
  await board.start();
  say(`power cut on trial; ${await board.line(/was taken back/, 120, from)}`);
  await office.startBroker();
  await online(bench);
  // The watchdog, then the boot loader: it lets no turn come in which the app could give itself up.
  from = board.lines.length;
  publish(bench, '0.5.0');
  say(await board.line(/is complete and signed/, TRAVEL, from));
  await office.stopBroker();
  await onTrial(bench, from);
  const hung = Date.now();
  board.write('\nBLOCKWATCH trial hang\n');
  const back = await board.line(/was taken back/, 240, from);
  say(`hung on trial, ended by the watchdog after ${Math.round((Date.now() - hung) / 1000)} s; ${back}`);
  await office.startBroker();
  await online(bench);
}
