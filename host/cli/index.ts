/** `blockwatch <command>`: one file a command. Wrong arguments give one sentence and exit 2; no user sees a stack trace. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { UserError } from '../errors.js';
import { projectRoot } from '../paths.js';
import * as allow from './allow.js';
import * as backup from './backup.js';
import * as brokerFiles from './broker-files.js';
import * as collector from './collector.js';
import * as completion from './completion.js';
import * as config from './config.js';
import * as doctor from './doctor.js';
import * as enroll from './enroll.js';
import * as exports from './export.js';
import * as firmware from './firmware.js';
import * as flash from './flash.js';
import * as fleet from './fleet.js';
import * as incidents from './incidents.js';
import * as known from './known.js';
import * as lists from './lists.js';
import * as outputs from './outputs.js';
import * as provision from './provision.js';
import * as rename from './rename.js';
import * as replay from './replay.js';
import * as report from './report.js';
import * as revoke from './revoke.js';
import * as sensor from './sensor.js';
import * as start from './start.js';
import * as tail from './tail.js';

const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };

/** The whole command line, with every command. */
export function commandLine(): Command {
  const program = new Command('blockwatch')
    .description('A neighbourhood watch for IP blocks: who is scanning our branch offices?')
    .version(version)
    .exitOverride()
    .showHelpAfterError(false)
    // Commander's own words for wrong usage are caught below, so that all errors look alike.
    .configureOutput({ outputError: () => undefined });
  for (const command of [start, collector, sensor, replay, tail, lists, exports, outputs, incidents, fleet, allow, known, report, enroll, revoke, rename, config, flash, provision, firmware, brokerFiles, backup, doctor, completion]) command.register(program);
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ outputError: () => undefined });
    command.commands.forEach(quiet);
  };
  program.commands.forEach(quiet);
  return program;
}

/** What to print for an error and the exit code; undefined text where nothing is to be said. */
export function explain(error: unknown): { text?: string; exitCode: number } {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return { exitCode: 0 };
    const sentence = error.message.replace(/^error: /, '').replace(/\n/g, ' ').replace(/[^.)?]$/, '$&.');
    return { text: sentence[0]?.toUpperCase() + sentence.slice(1), exitCode: 2 };
  }
  if (error instanceof UserError) return { text: error.message, exitCode: error.exitCode };
  const reason = error instanceof Error ? error.message : String(error);
  return { text: `Something went wrong that should not have: ${reason}. BLOCKWATCH_DEBUG=1 shows where.`, exitCode: 1 };
}

// The reader of our output may leave (`blockwatch replay x | head`): that is the end, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  const program = commandLine();
  if (process.argv.length <= 2) program.outputHelp();
  else await program.parseAsync(process.argv);
} catch (error) {
  const { text, exitCode } = explain(error);
  if (text) console.error(`blockwatch: ${text}`);
  if (process.env['BLOCKWATCH_DEBUG'] && error instanceof Error) console.error(error.stack);
  process.exitCode = exitCode;
}
