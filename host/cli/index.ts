/**
 * `blockwatch <command>`, one file per command. Wrong arguments give one sentence and exit code 2, never a stack trace.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Help } from 'commander';
import { Command } from 'commander';
import { projectRoot } from '../common/paths.js';
import { painter } from './support/colour.js';
import { explain } from './support/explain.js';

/**
 * The file of each command. Only the requested one is loaded: the collector needs a server, brokers and databases, which
 * `blockwatch scans` does not.
 */
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
  'exceptions allow': () => import('./commands/allow.js'),
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

/** The headings under which the help lists the commands. */
const groups: Record<string, readonly string[]> = {
  'Run:': ['start', 'collector', 'sensor', 'replay'],
  'Inspect:': [
    'tail',
    'scans',
    'sources',
    'campaigns',
    'verdicts',
    'sensors',
    'incidents',
    'outputs',
    'report',
    'export',
    'doctor',
  ],
  'Tune:': ['exceptions', 'known', 'config'],
  'Manage sensors:': ['enroll', 'revoke', 'rename', 'flash', 'provision', 'firmware', 'broker-files'],
  'Maintain:': ['backup', 'restore', 'completion'],
};

const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };

/** Lists subcommands by name only, as git and gh do. */
const terse: Partial<Help> = { subcommandTerm: (command) => command.name() };

/** The command line with the requested command; with all of them for help and for the completion script. */
export async function commandLine(requested?: string): Promise<Command> {
  const program = new Command('blockwatch')
    .description('Detect scans of your address blocks with passive sensors.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .showHelpAfterError(false)
    // The catch below prints usage errors, so that all errors look alike.
    .configureOutput({ outputError: () => undefined });
  const all = Object.entries(files);
  const one =
    requested === 'completion' ? undefined : all.find(([names]) => names.split(' ').includes(requested ?? ''));
  for (const { register } of await Promise.all((one ? [one] : all).map(([, load]) => load()))) register(program);
  const quiet = (command: Command): void => {
    command
      .exitOverride()
      .configureOutput({ outputError: () => undefined })
      .configureHelp(terse);
    command.helpOption('-h, --help', 'show help');
    if (command.commands.length > 0) command.helpCommand('help [command]', 'show help for a command');
    command.commands.forEach(quiet);
  };
  program.configureHelp(terse).commands.forEach(quiet);
  for (const command of program.commands) {
    const group = Object.entries(groups).find(([, names]) => names.includes(command.name()));
    if (group) command.helpGroup(group[0]);
  }
  program.addHelpText('after', '\nRun "blockwatch <command> --help" for the options and examples of a command.');
  return program;
}

// A closed pipe (`blockwatch replay x | head`) ends the command; it is not an error.
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
