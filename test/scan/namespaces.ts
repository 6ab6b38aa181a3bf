/**
 * A made-up branch in network namespaces, with no route to anywhere else: one namespace is the internet with a
 * scanner in it, one is the office with a handful of addresses that answer, a veth pair is the line between them.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Addresses of the office that exist; the rest of 10.77.1.0/24 swallows what it gets. */
export const alive = [1, 2, 3, 4, 5, 9, 20].map((host) => `10.77.1.${host}`);
export const home = '10.77.0.0/16';
export const scanner = '198.18.7.66';
/** The scanner's address on the office's own segment 10.77.2.0/24. */
export const insider = '10.77.2.66';

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

export class Branch {
  /** The office's end of the line: where a tap goes. */
  readonly tap: string;
  readonly #office: string;
  readonly #internet: string;
  readonly #children = new Set<ChildProcess>();

  constructor() {
    const id = `${process.pid}`;
    this.#office = `bw-office-${id}`;
    this.#internet = `bw-inet-${id}`;
    this.tap = `bwo${id}`;
    const far = `bwi${id}`;
    process.once('exit', this.#remove);
    for (const namespace of [this.#office, this.#internet]) {
      ip('netns', 'add', namespace);
      ip('-n', namespace, 'link', 'set', 'lo', 'up');
    }
    ip('-n', this.#office, 'link', 'add', this.tap, 'type', 'veth', 'peer', 'name', far, 'netns', this.#internet);
    ip('-n', this.#office, 'addr', 'add', '198.18.7.1/24', 'dev', this.tap);
    ip('-n', this.#office, 'addr', 'add', '10.77.2.1/24', 'dev', this.tap);
    for (const address of alive) ip('-n', this.#office, 'addr', 'add', `${address}/32`, 'dev', 'lo');
    ip('-n', this.#internet, 'addr', 'add', `${scanner}/24`, 'dev', far);
    ip('-n', this.#internet, 'addr', 'add', `${insider}/24`, 'dev', far);
    ip('-n', this.#office, 'link', 'set', this.tap, 'up');
    ip('-n', this.#internet, 'link', 'set', far, 'up');
    ip('-n', this.#office, 'route', 'add', 'blackhole', '10.77.1.0/24');
    ip('-n', this.#internet, 'route', 'add', '10.77.1.0/24', 'via', '198.18.7.1', 'src', scanner);
  }

  /** A child in the office; ended by `close` where it has not ended by itself. */
  inOffice(command: string, ...args: string[]): ChildProcess {
    return this.#spawn(this.#office, command, args);
  }

  /** Runs a command where the scanner is, until it ends; resolves to its output. Throws where it fails. */
  scan(command: string, ...args: string[]): Promise<string> {
    return output(this.#spawn(this.#internet, command, args), `${command} ${args.join(' ')}`);
  }

  /** The JSON at an address of the office, which only the office can reach. */
  async fetch(url: string): Promise<unknown> {
    const script = `fetch(${JSON.stringify(url)}).then(async (reply) => console.log(await reply.text()))`;
    return JSON.parse(await output(this.inOffice(process.execPath, '-e', script), url));
  }

  #spawn(namespace: string, command: string, args: string[]): ChildProcess {
    // `ip netns exec` becomes the command itself, so the child's pid is the command's.
    const child = spawn('ip', ['netns', 'exec', namespace, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.add(child);
    child.on('exit', () => this.#children.delete(child));
    return child;
  }

  /** Ends what still runs and takes the namespaces, and the line with them, away. */
  async close(): Promise<void> {
    const running = [...this.#children];
    const ends = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(ends);
    this.#remove();
    process.off('exit', this.#remove);
  }

  /** Also runs where a test run is cut short: a namespace outlives the process that made it. */
  readonly #remove = (): void => {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const namespace of [this.#office, this.#internet]) {
      try {
        ip('netns', 'del', namespace);
      } catch {
        // Already gone.
      }
    }
  };
}

async function output(child: ChildProcess, what: string): Promise<string> {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${what} exited with ${code}: ${text}`);
  return text;
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
