/** How much the board hears, and what a frame costs it. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../../host/paths.js';
import type { Bench } from '../run.js';
import { health, online } from './faults.js';

const CAPTURE = join(projectRoot, 'test/captures/nmap-ss-horizontal-24.pcap');

/** Sends a capture at several times its pace: what arrived, what the ring dropped; the emulated MAC drops without a count. */
export async function dense(bench: Bench): Promise<void> {
  const { wire, say } = bench;
  for (const speed of [1, 4, 16, 64]) {
    const before = await health(bench, () => true, 'a health message');
    const began = Date.now();
    const sent = await wire.play(CAPTURE, speed);
    const seconds = (Date.now() - began) / 1000;
    await sleep(1_000);
    const after = await health(bench, ({ frames = 0 }) => frames > (before['frames'] ?? 0), 'frames');
    const rose = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
    say(`${Math.round(sent / seconds)} frames/s sent: ${rose('frames')} of ${sent} heard, ${rose('ringDropped')} dropped by the ring`);
  }
}

/** Nanoseconds an instruction with -icount shift=3. */
const SHIFT = 3;

/** With QEMU's instruction counter as the clock: each task's time is then instructions. */
export async function instructions(bench: Bench): Promise<void> {
  const { board, wire, measured, say } = bench;
  await board.cut();
  await board.start(['-icount', `shift=${SHIFT}`]);
  await online(bench);
  const figures = await health(bench, () => true, 'a health message');
  const before = (await measured.take('counting instructions')).times ?? {};
  const sent = await wire.play(CAPTURE, 1);
  await sleep(1_000);
  const after = (await measured.take('counting instructions')).times ?? {};
  const heard = ((await health(bench, ({ frames = 0 }) => frames > (figures['frames'] ?? 0), 'frames'))['frames'] ?? 0) - (figures['frames'] ?? 0);
  const each = (task: string): number => Math.round((((after[task] ?? 0) - (before[task] ?? 0)) * 1000) / 2 ** SHIFT / heard);
  say(`${sent} frames sent, ${heard} heard; instructions a frame: engine ${each('engine')}, Ethernet driver and ring ${each('emac_rx')}, lwIP ${each('tcpip')}, XS ${each('main')}`);
  await board.cut();
  await board.start();
  await online(bench);
}
