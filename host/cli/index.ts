/** `blockwatch <command>`: one file a command. Wrong arguments give one sentence and exit 2; no user sees a stack trace. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { projectRoot } from '../common/paths.js';
import { painter } from './support/colour.js';
import { explain } from './support/explain.js';

/** The file of each command. Only what is asked for is loaded: the collector needs a server, brokers and databases, and `blockwatch scans` none of it. */
const files = {
  start: () => import('./commands/start.js'),
  collector: () => import('./commands/collector.js'),
  sensor: () => import('./commands/sensor.js'),
  replay: () => import('./commands/replay.js'),
  tail: () => import('./commands/tail.js'),
  'scans sources sensors': () => import('./commands/lists.js'),
  export: () => import('./commands/export.js'),
  outputs: () => import('./commands/outputs.js'),
  incidents: () => import('./commands/incidents.js'),
  'campaigns verdicts': () => import('./commands/fleet.js'),
  allow: () => import('./commands/allow.js'),
  known: () => import('./commands/known.js'),
  report: () => import('./commands/report.js'),
  enroll: () => import('./commands/enroll.js'),
  revoke: () => import('./commands/revoke.js'),
  rename: () => import('./commands/rename.js'),
  config: () => import('./commands/config.js'),
  flash: () => import('./commands/flash.js'),
  provision: () => import('./commands/provision.js'),
  firmware: () => import('./commands/firmware.js'),
  'broker-files': () => import('./commands/broker-files.js'),
  'backup restore': () => import('./commands/backup.js'),
  doctor: () => import('./commands/doctor.js'),
  completion: () => import('./commands/completion.js'),
};

const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };

/** The command line: with the command that is wanted, or with every one, where none is, help, or the completion that is made from all. */
export async function commandLine(wanted?: string): Promise<Command> {
  const program = new Command('blockwatch')
    .description('A neighbourhood watch for IP blocks: who is scanning our branch offices?')
    .version(version)
    .exitOverride()
    .showHelpAfterError(false)
    // Commander's own words for wrong usage are caught below, so that all errors look alike.
    .configureOutput({ outputError: () => undefined });
  const all = Object.entries(files);
  const one = wanted === 'completion' ? undefined : all.find(([names]) => names.split(' ').includes(wanted ?? ''));
  for (const { register } of await Promise.all((one ? [one] : all).map(([, load]) => load()))) register(program);
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ outputError: () => undefined });
    command.commands.forEach(quiet);
  };
  program.commands.forEach(quiet);
  return program;
}

// The reader of our output may leave (`blockwatch replay x | head`): that is the end, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  const program = await commandLine(process.argv[2]);
  if (process.argv.length <= 2) program.outputHelp();
  else await program.parseAsync(process.argv);
} catch (error) {
  const { text, exitCode } = explain(error);
  if (text) console.error(`${painter(process.stderr)('blockwatch:', 'bad')} ${text}`);
  if (process.env['BLOCKWATCH_DEBUG'] && error instanceof Error) console.error(error.stack);
  process.exitCode = exitCode;
}
