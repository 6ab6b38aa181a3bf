/**
 * A day of the board's own time, or as much of it as the emulator makes in 25 minutes: with -icount and without sleep,
 * QEMU's clock jumps over what the board waits. Broker, collector and network stay in real time: to the board they
 * answer late, but within its timeouts.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../../host/common/paths.js';
import type { Bench } from '../bench.js';
import { health, online } from './faults.js';

/** Milliseconds, as the health message counts them. */
const DAY = 86_400_000;
const CAPTURE = join(projectRoot, 'test/captures/benign-lan-chatter.pcap');
/** Real seconds after which as much as there was of it is what there is. */
const MOST = 1500;
/**
 * An instruction is 2^3 nanoseconds. With less the mask ROM never ends its first wait and says nothing: QEMU divides the
 * nanoseconds between two reads of the cycle counter by 6 and forgets the rest (target/riscv/esp_cpu.c), so that a loop
 * which reads it every few instructions counts no cycle.
 */
const RUSH = ['-icount', 'shift=3,sleep=off'];

export async function uptime(bench: Bench): Promise<void> {
  const { board, wire, measured, office, say } = bench;
  await board.cut();
  await board.start(RUSH);
  await online(bench);
  const before = await health(bench, () => true, 'a health message');
  const first = await measured.take('first minutes of a day');
  const began = Date.now();
  let figures = before;
  while ((figures['uptime'] ?? 0) < DAY && Date.now() - began < MOST * 1000) {
    await wire.play(CAPTURE, 50);
    await sleep(5_000);
    figures = (await office.sensor())?.health ?? figures;
  }
  const last = await measured.take('end of a day');
  const uptime = figures['uptime'] ?? 0;
  say(
    `${(uptime / 3_600_000).toFixed(1)} h of uptime in ${Math.round((Date.now() - began) / 1000)} s` +
      `${uptime < DAY ? ', as far as this emulator on this computer comes' : ''}; ` +
      `frames ${figures['frames'] ?? 0}, traps ${figures['traps'] ?? 0}, ` +
      `restarts ${figures['restarts'] ?? 0}, connections ${figures['connections'] ?? 0}`,
  );
  say(`free heap ${first.free}, then ${last.free}`);
  for (const count of ['traps', 'restarts'])
    if (figures[count] !== before[count])
      throw new Error(`${count} were ${before[count] ?? 0} and are ${figures[count] ?? 0}`);
  if (last.free < 0.9 * first.free) throw new Error('memory is lost over the day');
  await board.cut();
  await board.start();
  await online(bench);
  await health(bench, () => true, 'a health message');
}
