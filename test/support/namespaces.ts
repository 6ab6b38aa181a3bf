/**
 * Network namespaces of this process's own, with no route to anywhere else. Everything in them ends with `close`, and with the
 * process where a run is cut short: a namespace outlives the process that made it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  /** Exit code; null where a signal ended it. */
  code: number | null;
  /** Standard output and error, as they came. */
  text: string;
  /** It did not end by itself in its time. */
  overdue: boolean;
}

export class Namespaces {
  readonly #label: string;
  readonly #names = new Set<string>();
  readonly #children = new Set<ChildProcess>();

  /** @param label tells the namespaces of one process apart; the whole name is bw-LABEL-NAME-PID. */
  constructor(label = '') {
    this.#label = label === '' ? 'bw' : `bw-${label}`;
    process.once('exit', this.#remove);
  }

  /** The name that `ip` knows a namespace by. */
  nameOf(name: string): string {
    return `${this.#label}-${name}-${process.pid}`;
  }

  /** Makes namespaces, each with a loopback. */
  add(...names: string[]): void {
    for (const name of names) this.#names.add(this.nameOf(name));
    this.ip(names.map((name) => `netns add ${this.nameOf(name)}`));
    for (const name of names) this.ip(['link set lo up'], name);
  }

  /** A line between two namespaces: a pair of interfaces. */
  connect(one: string, interfaceOfOne: string, other: string, interfaceOfOther: string): void {
    const ends = [interfaceOfOne, 'netns', this.nameOf(one), 'type', 'veth', 'peer', 'name', interfaceOfOther];
    this.ip([['link', 'add', ...ends, 'netns', this.nameOf(other)].join(' ')]);
  }

  /** Commands of `ip`, one a line, in a namespace or where this process is. Throws an Error with what `ip` said. */
  ip(lines: readonly string[], name?: string): void {
    execFileSync('ip', [...(name === undefined ? [] : ['-n', this.nameOf(name)]), '-batch', '-'], {
      input: `${lines.join('\n')}\n`,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  }

  /** A shell script in a namespace, until it ends. Throws an Error where a command of it fails. */
  sh(name: string, script: string): void {
    execFileSync('ip', ['netns', 'exec', this.nameOf(name), 'sh', '-e'], {
      input: script,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  }

  /** A child in a namespace; ended by `close` where it has not ended by itself. Its standard input is empty. */
  spawn(name: string, command: string, args: readonly string[]): ChildProcess {
    // `ip netns exec` becomes the command itself, so the child's pid is the command's.
    const child = spawn('ip', ['netns', 'exec', this.nameOf(name), command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own: what it starts in turn ends with it.
      detached: true,
    });
    this.#children.add(child);
    child.on('exit', () => this.#children.delete(child));
    return child;
  }

  /** Runs a command until it ends, or is ended because `limitMs` is over. */
  async run(name: string, command: string, args: readonly string[], limitMs?: number): Promise<Ended> {
    const child = this.spawn(name, command, args);
    let [text, overdue] = ['', false];
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const timer =
      limitMs === undefined
        ? undefined
        : setTimeout(() => {
            overdue = true;
            killGroup(child);
          }, limitMs);
    const closed = once(child, 'close');
    const [code] = (await once(child, 'exit')) as [number | null];
    clearTimeout(timer);
    // What it left behind holds the pipes open.
    killGroup(child);
    await closed;
    return { code, text, overdue };
  }

  /** Ends what still runs and takes the namespaces, and the lines between them, away. */
  async close(): Promise<void> {
    const running = [...this.#children];
    const ends = running.map((child) => once(child, 'exit'));
    for (const child of running) killGroup(child);
    await Promise.all(ends);
    this.#remove();
    process.off('exit', this.#remove);
  }

  readonly #remove = (): void => {
    for (const child of this.#children) killGroup(child);
    for (const name of this.#names) {
      try {
        execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
      } catch {
        // Already gone.
      }
    }
    this.#names.clear();
  };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

/** Resolves to the match once the child's standard output or error holds one. Throws where the child ends before. */
export function said(child: ChildProcess, what: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    const listen = (chunk: Buffer): void => {
      text += chunk.toString();
      const match = what.exec(text);
      if (match) resolve(match);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', () => reject(new Error(`ended before it said ${what}: ${text}`)));
  });
}
