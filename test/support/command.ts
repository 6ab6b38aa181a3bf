/** The command `blockwatch` as a user runs it: a process with arguments, a folder and variables, and what it prints. */
import type { ChildProcess } from 'node:child_process';
import { fork, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../../host/common/paths.js';

export interface Run {
  status: number | null;
  out: string;
  err: string;
}

export interface Surroundings {
  /** Where it starts; the project's root if not given. */
  folder?: string;
  /** Variables beside those of this process. */
  env?: NodeJS.ProcessEnv;
  /** Standard input; empty if not given. */
  input?: string;
}

/** What one of the processes in command-process.ts is asked to do, and what it says when that is done. */
export interface Order {
  number: number;
  args: readonly string[];
  folder: string;
  env: NodeJS.ProcessEnv;
}

export interface Done {
  number: number;
  status: number;
}

/** Ends what a command wrote to standard output or standard error; no command prints it. */
export const endOf = (number: number): string => `\0end ${number}\n`;

const PROGRAM = 'scripts/blockwatch.mjs';
export const program = join(projectRoot, PROGRAM);

export const lines = (text: string): string[] => text.split(/\r?\n/).filter((line) => line);

/** Processes of command-process.ts that have nothing to do. They do not keep this one alive, and end with it. */
const idle: ChildProcess[] = [];
/** A test seldom runs more commands at once. */
const MOST_IDLE = 2;
let orders = 0;

/**
 * Runs a command to its end. Not spawnSync: the collector that it asks may run in this process.
 *
 * To start Node and load a command takes a quarter of a second of CPU time, and the tests run a thousand. So a process
 * waits for the next command, unless the command reads its input or takes options of Node's.
 */
export function runBlockwatch(args: readonly string[], surroundings: Surroundings = {}): Promise<Run> {
  const { folder = projectRoot, env = {}, input } = surroundings;
  const needsOwn = input !== undefined || Object.keys(env).some((name) => name.startsWith('NODE_'));
  return needsOwn ? runScript(PROGRAM, args, surroundings) : inWaiting(args, folder, env);
}

/** A command that goes on, for a test that reads what it prints meanwhile, and signals it. */
export class RunningBlockwatch {
  out = '';
  err = '';
  readonly child: ChildProcess;
  /** Its exit code. */
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[], { folder = projectRoot, env = {} }: Omit<Surroundings, 'input'> = {}) {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.child = child;
    this.ended = new Promise((resolve) => child.once('close', resolve));
  }

  /** Ends it; it has ended then. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** Runs a script of the project to its end, in a process of its own. */
export function runScript(
  script: string,
  args: readonly string[],
  { folder = projectRoot, env = {}, input = '' }: Surroundings = {},
): Promise<Run> {
  const child = spawn(process.execPath, [join(projectRoot, script), ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  const run: Run = { status: null, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.err += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (status) => resolve({ ...run, status })));
}

/** Whether a process keeps this one alive. */
function hold(child: ChildProcess, does: boolean): void {
  const verb = does ? 'ref' : 'unref';
  child[verb]();
  child.channel?.[verb]();
  for (const stream of [child.stdout, child.stderr]) (stream as unknown as { ref(): void; unref(): void })[verb]();
}

function startWaiting(): ChildProcess {
  const child = fork(fileURLToPath(new URL('./command-process.js', import.meta.url)), [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.stdout?.setEncoding('utf8');
  child.stderr?.setEncoding('utf8');
  return child;
}

function inWaiting(args: readonly string[], folder: string, env: NodeJS.ProcessEnv): Promise<Run> {
  const child = idle.pop() ?? startWaiting();
  hold(child, true);
  const number = ++orders;
  const end = endOf(number);
  const run: Run = { status: null, out: '', err: '' };
  return new Promise((resolve) => {
    const finish = (): void => {
      child.stdout?.off('data', onOut);
      child.stderr?.off('data', onErr);
      child.off('message', onDone);
      child.off('close', onClose);
      for (const name of ['out', 'err'] as const)
        if (run[name].endsWith(end)) run[name] = run[name].slice(0, -end.length);
      resolve(run);
    };
    const look = (): void => {
      if (run.status === null || !run.out.endsWith(end) || !run.err.endsWith(end)) return;
      finish();
      hold(child, false);
      if (idle.length < MOST_IDLE) idle.push(child);
      else child.disconnect();
    };
    const onOut = (text: string): void => {
      run.out += text;
      look();
    };
    const onErr = (text: string): void => {
      run.err += text;
      look();
    };
    const onDone = (done: Done): void => {
      run.status = done.status;
      look();
    };
    /** The command ended its process: by process.exit or an exception that nothing caught. */
    const onClose = (status: number | null): void => {
      run.status = status;
      finish();
    };
    child.stdout?.on('data', onOut);
    child.stderr?.on('data', onErr);
    child.on('message', onDone);
    child.on('close', onClose);
    child.send({ number, args, folder, env: { ...process.env, ...env } } satisfies Order);
  });
}
