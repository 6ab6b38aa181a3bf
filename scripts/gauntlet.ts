/**
 * `npm run gauntlet [-- OPTIONS]`: stock scanners in network namespaces (scripts/gauntlet/plan.ts) at hosts that answer, refuse, drop
 * and do not exist, seen by three taps; and what the engine tells of each: after how many probes, and whom it names. It measures and
 * does not judge: exit 0 whatever comes out, without --strict. With BLOCKWATCH_REQUIRE=all nothing may be left out.
 *
 * --only GLOB: cells whose name it matches. --short: a few of each kind, for CI. --keep DIR: the captures stay in DIR, and what is there
 * already is not recorded again. --judge DIR: records nothing, judges what DIR holds. --labs N: so many branches at a time (3).
 * --strict: exit 1 where a cell stays dark, or only others are accused, although the tap saw it. --prelude warm|cold: one of both. --all: a line for each cell, also for those that are named. --json: the verdicts. --list: names and
 * commands of the cells.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram, requirement } from '../test/support/requirement.js';
import { cells } from './gauntlet/cells.js';
import { fewProbes, judge, type Mode, type Verdict } from './gauntlet/judge.js';
import { readRecorded, record, recordedIn } from './gauntlet/record.js';
import { cellTable, summaryTable } from './gauntlet/table.js';

function refuse(problem: string): never {
  console.error(`gauntlet: ${problem}`);
  process.exit(1);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string', default: '*' },
        short: { type: 'boolean', default: false },
        keep: { type: 'string' },
        judge: { type: 'string' },
        labs: { type: 'string', default: '3' },
        prelude: { type: 'string' },
        all: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const options = readOptions();
const labs = Number(options.labs);
if (!(labs >= 1 && labs <= 16)) refuse('--labs is a number from 1 to 16.');
if (options.prelude !== undefined && !['warm', 'cold'].includes(options.prelude)) refuse('--prelude is warm or cold.');
const modes: Mode[] = options.prelude === undefined ? ['warm', 'cold'] : [options.prelude as Mode];

/** A glob: * is any text, ? one character. */
const only = new RegExp(
  `^${options.only
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')}$`,
);
const chosen = cells.filter(({ id, short }) => only.test(id) && (short || !options.short));

// The namespaces go with the process, in its `exit`, which a signal alone does not bring.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

if (options.list) {
  for (const { id, command, args } of chosen)
    console.log(`${id}  ${command === 'sh' ? args[1] : [command, ...args].join(' ')}`);
} else if (options.judge !== undefined) {
  if (!existsSync(options.judge)) refuse(`there is no folder ${options.judge}.`);
  const ids = recordedIn(options.judge).filter((id) => only.test(id));
  await judgeAll(options.judge, options.short ? ids.filter((id) => chosen.some((cell) => cell.id === id)) : ids);
} else {
  if (chosen.length === 0) refuse(`no cell is called ${options.only}; --list tells all names.`);
  const lab = requirement('gauntlet');
  if (lab.available) await run(options.keep ?? mkdtempSync(join(tmpdir(), 'blockwatch-gauntlet-')));
  else leaveOut(`skipped: ${lab.reason}.`);
}

function leaveOut(what: string): void {
  console.error(`gauntlet: ${what}`);
  if (process.env['BLOCKWATCH_REQUIRE'] === 'all') process.exitCode = 1;
}

async function run(directory: string): Promise<void> {
  try {
    await recordAll(directory);
    await judgeAll(
      directory,
      chosen.map(({ id }) => id).filter((id) => readRecorded(directory, id)),
    );
  } finally {
    if (options.keep === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

async function recordAll(directory: string): Promise<void> {
  const absent = new Set(chosen.map(({ tool }) => tool).filter((tool) => !findProgram(tool)));
  if (absent.size > 0) leaveOut(`skipped what takes ${[...absent].sort().join(', ')}: not installed.`);
  const todo = chosen.filter(({ id, tool }) => !absent.has(tool) && !readRecorded(directory, id));
  let recorded = 0;
  await record(todo, directory, labs, ({ id }) => {
    recorded++;
    if (process.stderr.isTTY || recorded % 20 === 0) console.error(`${recorded} of ${todo.length} recorded: ${id}`);
  });
}

async function judgeAll(directory: string, ids: readonly string[]): Promise<void> {
  const verdicts: Verdict[] = [];
  for (const id of ids) {
    const recorded = readRecorded(directory, id);
    if (recorded) verdicts.push(...(await judge(directory, recorded, modes)));
  }
  const failed = verdicts.some(({ told, seen }) => ['wrong', 'dark'].includes(told) && seen >= fewProbes);
  if (options.strict && failed) process.exitCode = 1;
  if (options.json) {
    console.log(JSON.stringify(verdicts, null, 1));
    return;
  }
  const worthTelling = ({ told, wrong }: Verdict): boolean =>
    options.all || wrong.length > 0 || !['named', 'unseen'].includes(told);
  const told = verdicts.filter(worthTelling);
  if (told.length > 0) console.log(`${cellTable(told)}\n`);
  console.log(summaryTable(verdicts));
}
