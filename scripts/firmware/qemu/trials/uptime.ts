/**
 * A day of the board's own time, in minutes: with -icount and without sleep, QEMU's clock jumps over what the board
 * waits.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../../host/common/paths.js';
import type { Bench } from '../bench.js';
import { health, online } from './faults.js';

const DAY = 86_400;
const CAPTURE = join(projectRoot, 'test/captures/benign-lan-chatter.pcap');
/** Real seconds after which as much as there was of it is what there is. */
const MOST = 900;

export async function uptime(bench: Bench): Promise<void> {
  const { board, wire, measured, office, say } = bench;
  await board.cut();
  await board.start(['-icount', 'shift=0,sleep=off']);
  await online(bench);
  const first = await measured.take('first minutes of a day');
  const began = Date.now();
  let figures: Record<string, number> = {};
  while ((figures['uptime'] ?? 0) < DAY && Date.now() - began < MOST * 1000) {
    await wire.play(CAPTURE, 50);
    await sleep(5_000);
    figures = (await office.sensor())?.health ?? {};
  }
  const last = await measured.take('end of a day');
  const hours = (figures['uptime'] ?? 0) / 3600;
  say(
    `${hours.toFixed(1)} h of uptime in ${Math.round((Date.now() - began) / 1000)} s; ` +
      `frames ${figures['frames'] ?? 0}, traps ${figures['traps'] ?? 0}, ` +
      `restarts ${figures['restarts'] ?? 0}, connections ${figures['connections'] ?? 0}`,
  );
  say(`free heap ${first.free}, then ${last.free}`);
  if (last.free < 0.9 * first.free) throw new Error('memory is lost over the day');
  await board.cut();
  await board.start();
  await online(bench);
  await health(bench, () => true, 'a health message');
}
