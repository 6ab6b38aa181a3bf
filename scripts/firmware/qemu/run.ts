/** One run: the board gets its name and reports a scan; then the trials, each with what it printed. */
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../host/common/paths.js';
import { BoardTalk } from '../../../host/serial/provision.js';
import type { Bench, Run } from './bench.js';
import { labelOf, patient, say, sentence } from './bench.js';
import { Emulator } from './emulator.js';
import { DEAF, isDeaf } from './hearing.js';
import { Measured } from './measured.js';
import { Wire } from './network.js';
import { Office } from './office.js';
import { trials } from './trials.js';

/** What the board of the last run said. */
const SERIAL_LOG = join(projectRoot, 'build/qemu/serial.log');

/** True where all went well. */
export async function runTrials(run: Run): Promise<boolean> {
  const wire = new Wire();
  const board = new Emulator(
    { program: run.qemu, machine: run.machine, folder: run.folder, network: wire.devices, log: SERIAL_LOG },
    run.flash,
  );
  const office = new Office(run.folder);
  const label = labelOf(run.capture);
  let failed = 0;
  try {
    await wire.open(run.folder);
    const provisioning = await office.open(run.board, label.home);
    const bench: Bench = { run, board, wire, office, provisioning, measured: new Measured(board), say };
    // Without a board that reports there is nothing to try.
    if (!(await step('boots, and is told who it is', () => begin(bench)))) return false;
    if (!(await step('tells of a scan on its wire', () => tell(bench, label.scanners)))) failed++;
    for (const name of run.trials) {
      const trial = trials[name];
      if (trial && !(await step(trial.title, () => trial.run(bench)))) failed++;
    }
    bench.measured.print(run.accept);
  } finally {
    await board.cut();
    await office.close();
    wire.close();
  }
  console.log(failed === 0 ? '\nAll of it went well.' : `\n${failed} of ${run.trials.length + 1} failed.`);
  return failed === 0;

  async function step(title: string, work: () => Promise<void>): Promise<boolean> {
    const began = Date.now();
    console.log(`\n${title}`);
    try {
      await work();
      console.log(`  done in ${Math.round((Date.now() - began) / 1000)} s`);
      return true;
    } catch (error) {
      console.log(`  FAILED after ${Math.round((Date.now() - began) / 1000)} s: ${(error as Error).message}`);
      for (const line of board.lines.slice(-12)) console.log(`    | ${line}`);
      if (await isDeaf(board)) console.log(`    ${DEAF}`);
      console.log(`    All that it said is in ${relative(projectRoot, SERIAL_LOG)}.`);
      return false;
    }
  }
}

async function begin({ board, office, provisioning, measured }: Bench): Promise<void> {
  const began = Date.now();
  await board.start();
  await board.line(/^entry 0x/, 60);
  for (const line of board.lines) say(`| ${line}`);
  const talk = new BoardTalk(board, patient);
  await talk.provision(provisioning, ({ board: name, version }) => say(`it is ${name} with version ${version}`), false);
  say(`"BLOCKWATCH ok": ${provisioning.length} bytes of provisioning are kept, the board restarts`);
  const restarted = Date.now();
  const last = await talk.untilOnline(180_000, (sentence) => say(`it says: ${sentence}`));
  if (last !== undefined) throw new Error(`the board is not online; it last said: ${last}`);
  await office.until(async () => (await office.sensor())?.state === 'online', 'the board at the collector', 180);
  say(
    `online at the collector ${((Date.now() - restarted) / 1000).toFixed(1)} s after that, ` +
      `${((Date.now() - began) / 1000).toFixed(1)} s after power`,
  );
  await sleep(500);
  await measured.take('online over TLS');
}

async function tell({ wire, office, run, measured }: Bench, expected: readonly string[]): Promise<void> {
  const sent = await wire.play(run.capture, 4);
  say(`${sent} frames sent, four times as fast as they were captured`);
  const found = await office.until(
    async () => (await office.scans()).find(({ source }) => expected.length === 0 || expected.includes(source ?? '')),
    `a scan by ${expected.join(' or ') || 'anybody'}`,
    180,
  );
  say(sentence(found));
  await measured.take('after a capture');
}
