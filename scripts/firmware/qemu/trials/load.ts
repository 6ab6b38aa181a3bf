/** How much the board hears, and what a frame costs it. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../../host/common/paths.js';
import type { Bench } from '../bench.js';
import { health, online } from './faults.js';

const CAPTURE = join(projectRoot, 'test/captures/nmap-ss-horizontal-24.pcap');

/**
 * Sends a capture at several times its pace: what arrived, what the ring dropped; the emulated MAC drops without a
 * count.
 */
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
    say(
      `${Math.round(sent / seconds)} frames/s sent: ${rose('frames')} of ${sent} heard, ` +
        `${rose('ringDropped')} dropped by the ring`,
    );
  }
}

/** -icount shift=3: an instruction is 2^3 nanoseconds of the board's clock, whatever it does. */
const SHIFT = 3;
const NS = 2 ** SHIFT;

type Times = Record<string, number>;
const since = (now: Times, before: Times): Times =>
  Object.fromEntries(Object.entries(now).map(([task, us]) => [task, (us - (before[task] ?? 0)) >>> 0]));
/** All tasks, the idle one too: what went by on the board's clock. */
const passed = (times: Times): number => Object.values(times).reduce((sum, us) => sum + us, 0);

/**
 * With QEMU's instruction counter as the clock, each task's time is instructions; what it does without frames is taken
 * off.
 */
export async function instructions(bench: Bench): Promise<void> {
  const { board, wire, measured, say } = bench;
  await board.cut();
  await board.start(['-icount', `shift=${SHIFT}`]);
  await online(bench);
  const times = async (): Promise<Times> => (await measured.take('counting instructions')).times ?? {};
  const start = await times();
  await sleep(5_000);
  const idle = since(await times(), start);
  const figures = await health(bench, () => true, 'a health message');
  const before = await times();
  const sent = await wire.play(CAPTURE, 1);
  await sleep(500);
  const busy = since(await times(), before);
  const heard =
    ((await health(bench, ({ frames = 0 }) => frames > (figures['frames'] ?? 0), 'frames'))['frames'] ?? 0) -
    (figures['frames'] ?? 0);
  const each = (task: string): number =>
    Math.round((((busy[task] ?? 0) - (idle[task] ?? 0) * (passed(busy) / passed(idle))) * 1000) / NS / heard);
  const idling = (task: string): number => Math.round((((idle[task] ?? 0) / passed(idle)) * 1e9) / NS);
  say(
    `${sent} frames sent, ${heard} heard; instructions a frame: engine ${each('engine')}, ` +
      `Ethernet driver and ring ${each('emac_rx')}, lwIP ${each('tcpip')}, XS ${each('main')}`,
  );
  say(
    `without frames, instructions a second: engine ${idling('engine')}, XS ${idling('main')}, lwIP ${idling('tcpip')}`,
  );
  await board.cut();
  await board.start();
  await online(bench);
}
