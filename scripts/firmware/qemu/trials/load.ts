/** How much the board hears, and what a frame costs it. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../../host/common/paths.js';
import type { Bench } from '../bench.js';
import type { Cost } from '../measured.js';
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
/** Half of the capture's pace: the emulated MAC then loses few, and the frames are those that firmware:rv32 runs. */
const UNHURRIED = 0.5;

type Times = Record<string, number>;
/** What has come to each figure; each counts modulo 2^32. */
export const since = <T extends object>(now: T, before: T): T =>
  Object.fromEntries(
    Object.entries(now).map(([name, value]) => [name, ((value as number) - ((before as Times)[name] ?? 0)) >>> 0]),
  ) as T;
/** All tasks, the idle one too: what went by on the board's clock. */
const passed = (times: Times): number => Object.values(times).reduce((sum, us) => sum + us, 0);

/**
 * Instructions of the engine's task: a frame in the engine, a frame in the whole turn, a turn without frames.
 *
 * @param perUs cycles that the CPU's counter counts in a microsecond
 */
export function engineCost(cost: Cost, perUs: number): { call: number; turn: number; idle: number } {
  const each = (cycles: number, count: number): number => Math.round((cycles / perUs / count) * (1000 / NS));
  return {
    call: each(cost.calls, cost.frames),
    turn: each(cost.turn, cost.frames),
    idle: each(cost.idle, cost.idleTurns),
  };
}

/**
 * With QEMU's instruction counter as the clock, time is instructions. The engine's task counts its own turns, because
 * what it does in a turn without frames is not what it does in one with them: after a frame it does not advance its
 * clock for TICK_SLACK_MS.
 */
export async function instructions(bench: Bench): Promise<void> {
  const { board, wire, measured, say } = bench;
  await board.cut();
  await board.start(['-icount', `shift=${SHIFT}`]);
  await online(bench);
  const take = async (): Promise<{ times: Times; cost: Cost | undefined }> => {
    const { times = {}, cost } = await measured.take('counting instructions');
    return { times, cost };
  };
  const start = await take();
  await sleep(5_000);
  const rested = await take();
  const idle = since(rested.times, start.times);
  const before = await take();
  const sent = await wire.play(CAPTURE, UNHURRIED);
  await sleep(500);
  const after = await take();
  const busy = since(after.times, before.times);
  const second = (times: Times, task: string): number => Math.round((((times[task] ?? 0) / passed(times)) * 1e9) / NS);
  if (!after.cost || !before.cost || !rested.cost || !start.cost)
    throw new Error('this image does not count what its engine costs: build it anew');
  const cost = since(after.cost, before.cost);
  const quiet = since(rested.cost, start.cost);
  // The driver's task sleeps without frames.
  const driver = Math.round(((busy['emac_rx'] ?? 0) * 1000) / NS / cost.frames);
  // Of the short time: the counter wraps after 26 s.
  const perUs = quiet.cycles / quiet.us;
  const engine = engineCost(cost, perUs);
  say(
    `${sent} frames sent, ${cost.frames} heard; instructions a frame: engine ${engine.call}, its task's turn in all ` +
      `${engine.turn} (${(cost.frames / cost.turns).toFixed(1)} frames a turn), Ethernet driver and ring ${driver}`,
  );
  say(
    `a turn of the engine's task without frames: ${engineCost(quiet, perUs).idle} instructions, ` +
      `${Math.round((quiet.idleTurns / quiet.us) * 1e6)} of them a second; while frames came, ${engine.idle}`,
  );
  const tasks = { engine: 'engine', XS: 'main', lwIP: 'tcpip' };
  say(
    `instructions a second, without frames and with ${Math.round((cost.frames / cost.us) * 1e6)} of them: ` +
      Object.entries(tasks)
        .map(([name, task]) => `${name} ${second(idle, task)} and ${second(busy, task)}`)
        .join(', '),
  );
  await board.cut();
  await board.start();
  await online(bench);
}
