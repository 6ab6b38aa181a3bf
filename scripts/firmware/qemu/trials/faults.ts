/** What goes wrong at a branch: the broker, the engine, the memory, the power. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../../host/common/paths.js';
import type { Bench } from '../bench.js';
import { labelOf, sentence } from '../bench.js';

/** A capture of the tests' own, other than the first that the board has seen. */
const other = (name: string): string => join(projectRoot, 'test/captures', `${name}.pcap`);

/** Until the board has said so in its present run, and the collector has heard. */
export async function online({ board, office }: Bench, seconds = 180): Promise<void> {
  await board.line(/Connected to the broker/, seconds, board.since);
  // On a wire where nobody talks a board is blind after a few minutes, and reports.
  const here: readonly (string | undefined)[] = ['online', 'blind'];
  await office.until(async () => here.includes((await office.sensor())?.state), 'the board at the collector', seconds);
}

/** Figures of the newest health message once `enough` says so; the board sends one when it is asked. */
export async function health(
  { board, office }: Bench,
  enough: (figures: Record<string, number>) => boolean,
  what: string,
): Promise<Record<string, number>> {
  return office.until(
    async () => {
      board.write('\nBLOCKWATCH trial report\n');
      await sleep(700);
      const figures = (await office.sensor())?.health;
      return figures && enough(figures) ? figures : undefined;
    },
    what,
    180,
  );
}

export async function brokerAway(bench: Bench): Promise<void> {
  const { office, wire, board, measured, say } = bench;
  await office.stopBroker();
  const from = board.lines.length;
  const capture = other('nmap-ss-horizontal-24');
  await wire.play(capture, 8);
  say(await board.line(/No connection to the broker/, 120, from));
  await measured.take('broker away, a scan in the outbox');
  await office.startBroker();
  const { scanners } = labelOf(capture);
  say(
    sentence(
      await office.until(
        async () => (await office.scans()).find(({ source }) => scanners.includes(source ?? '')),
        'the alert of the time without a broker',
        180,
      ),
    ),
  );
  await online(bench);
  const gaps = await office.gaps();
  if (gaps.length > 0) throw new Error(`messages are missing: ${JSON.stringify(gaps)}`);
  say('no message is missing');
}

export async function trap(bench: Bench): Promise<void> {
  const { board, wire, office, say } = bench;
  const before = (await office.scans()).map(({ id }) => id);
  board.write('\nBLOCKWATCH trial trap\n');
  const figures = await health(bench, ({ traps = 0 }) => traps > 0, 'the trap in its health');
  const capture = other('masscan-slow-banners');
  await wire.play(capture, 8);
  const found = await office.until(
    async () => (await office.scans()).find(({ id }) => !before.includes(id)),
    'an alert after the trap',
    180,
  );
  say(`traps ${figures['traps']}; then ${sentence(found)}, id ${found.id}`);
}

export async function fullHeap(bench: Bench): Promise<void> {
  const { board, say } = bench;
  const from = board.lines.length;
  const before = (await health(bench, () => true, 'a health message'))['restarts'] ?? 0;
  board.write('\nBLOCKWATCH trial fill\n');
  await board.line(/^ESP-ROM:/, 120, from);
  const why = board.lines.slice(from).find((line) => /^rst:/.test(line)) ?? '';
  const figures = await health(bench, ({ restarts = 0 }) => restarts === before + 1, 'the restart in its health');
  say(`${why}; restarts ${figures['restarts']}, online again`);
}

/** Everything that the broker acknowledged is stored, and every boot is good. */
export async function powerCuts(bench: Bench): Promise<void> {
  const { board, wire, office, run, say } = bench;
  const capture = other('nmap-ss-horizontal-24');
  const waits: number[] = [];
  for (let cut = 1; cut <= run.cuts; cut++) {
    const playing = wire.play(capture, 40).catch(() => 0);
    // Anywhere: in the boot loader, before the broker, in the middle of a scan, while flash is written.
    await sleep(Math.random() * (cut % 2 === 0 ? 4_000 : 20_000));
    await board.cut();
    await playing;
    await board.start();
    waits.push(Date.now());
    if (cut % 10 === 0) say(`${cut} cuts`);
  }
  const began = Date.now();
  await online(bench);
  const figures = await health(bench, ({ frames = 0 }) => frames >= 0, 'a health message');
  const gaps = await office.gaps();
  say(
    `${run.cuts} cuts, online ${((Date.now() - began) / 1000).toFixed(1)} s after the last; ` +
      `restarts counted ${figures['restarts']}, gaps ${gaps.length}`,
  );
  if (gaps.length > 0) throw new Error(`messages are missing: ${JSON.stringify(gaps).slice(0, 400)}`);
}
