/**
 * `npm run gauntlet [-- --only GLOB] [--short] [--keep DIR] [--judge DIR] [--all] [--json]`: stock scanners in network namespaces
 * (scripts/gauntlet/plan.ts) at hosts that answer, refuse, drop and do not exist, seen by three taps; and what the engine told of
 * each: after how many probes, and whom it named. It measures and does not judge: exit 0 whatever comes out.
 *
 * --only: cells whose name the glob matches. --short: a few of each kind, for CI. --keep: the captures stay in DIR; cells that are
 * there already are not recorded again. --judge: only judges what DIR holds. --labs N: so many branches at a time (default 2).
 * --prelude warm|cold: only one of both. --all: a line for each cell, not only for those that are not named. --list: names and
 * commands.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, requirement } from '../test/support/requirement.js';
import { type Cell, cells } from './gauntlet/cells.js';
import { judgeCell, type Mode, type Verdict } from './gauntlet/judge.js';
import { taps } from './gauntlet/lab.js';
import { readRecorded, record } from './gauntlet/record.js';
import { cellTable, summaryTable } from './gauntlet/table.js';

const args = process.argv.slice(2);
function textOf(name: string): string | undefined {
  const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  return at < 0
    ? undefined
    : (args[at] as string).includes('=')
      ? (args[at] as string).replace(/^[^=]*=/, '')
      : args[at + 1];
}
const has = (name: string): boolean => args.includes(`--${name}`);

/** A glob: * is any text, ? one character. */
function matcher(glob: string): RegExp {
  return new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
}

const only = textOf('only');
const chosen = cells().filter(({ id, short }) => (!only || matcher(only).test(id)) && (!has('short') || short));
// The namespaces go with the process: `exit` runs for these too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

if (has('list')) {
  for (const { id, command, args: given } of chosen)
    console.log(`${id}  ${command === 'sh' ? given[1] : [command, ...given].join(' ')}`);
} else if (chosen.length === 0) {
  console.error(`gauntlet: no cell is called ${only}; --list tells all names.`);
  process.exitCode = 1;
} else {
  const judged = textOf('judge');
  const kept = judged ?? textOf('keep');
  const directory = kept ?? mkdtempSync(join(tmpdir(), 'blockwatch-gauntlet-'));
  try {
    if (judged === undefined) await recordAll(directory);
    await judgeAll(directory);
  } finally {
    if (kept === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

async function recordAll(directory: string): Promise<void> {
  const lab = requirement('gauntlet');
  if (!lab.available) {
    console.error(`gauntlet: nothing recorded (${lab.reason}).`);
    return;
  }
  const absent = new Set(chosen.map(({ tool }) => tool).filter((tool) => !findProgram(tool)));
  if (absent.size > 0) console.error(`gauntlet: skipped without ${[...absent].sort().join(', ')}.`);
  const todo: Cell[] = chosen.filter(({ id, tool }) => !absent.has(tool) && !readRecorded(directory, id));
  let recorded = 0;
  await record(todo, directory, Number(textOf('labs') ?? 2), ({ id }) => {
    recorded++;
    if (process.stderr.isTTY || recorded % 20 === 0) console.error(`${recorded} of ${todo.length} recorded: ${id}`);
  });
}

async function judgeAll(directory: string): Promise<void> {
  const modes: Mode[] = textOf('prelude') ? [textOf('prelude') as Mode] : ['warm', 'cold'];
  const verdicts: Verdict[] = [];
  for (const { id } of chosen) {
    const recorded = existsSync(directory) ? readRecorded(directory, id) : undefined;
    if (!recorded) continue;
    for (const tap of taps) for (const mode of modes) verdicts.push(await judgeCell(directory, recorded, tap, mode));
  }
  if (has('json')) {
    console.log(JSON.stringify(verdicts, null, 1));
    return;
  }
  const told = verdicts.filter(
    (verdict) => has('all') || (verdict.told !== 'named' && verdict.told !== 'unseen') || verdict.wrong.length > 0,
  );
  if (told.length > 0) console.log(`${cellTable(told)}\n`);
  console.log(summaryTable(verdicts));
}
