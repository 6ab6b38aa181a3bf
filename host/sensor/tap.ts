/**
 * Captures a network interface with tcpdump (or dumpcap) as a child process: only the child needs privileges. It writes
 * a pcap stream of frame heads to its standard output.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { UserError } from '../common/errors.js';

/** Bytes of a frame that the engine examines. */
const SNAPSHOT_BYTES = 192;
/** Characters of the child's standard error that are retained. */
const MAX_STDERR = 4096;

export interface Tap {
  readonly stream: Readable;
  /** Frames lost so far by the child or the kernel, as far as reported. */
  lost(): number;
  /** Asks the child to report its losses, which `lost` then returns. */
  poll(): void;
  /** Ends the child. */
  close(): void;
  /** Resolves when the child has ended; rejects with a UserError if it failed. */
  readonly ended: Promise<void>;
}

/** Whether there is an interface of this name, including one without an address, as a tap should be. */
export function isInterface(name: string): boolean {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:@-]*$/.test(name)) return false;
  return name === 'any' || name in networkInterfaces() || existsSync(join('/sys/class/net', name));
}

export interface TapProgram {
  path: string;
  arguments: string[];
  /** tcpdump reports losses on SIGUSR1; dumpcap only at its end. */
  reports: boolean;
}

/** The installed capture program with its arguments. Throws a UserError if there is none. */
export function tapProgram(interfaceName: string, path = process.env['PATH'] ?? ''): TapProgram {
  // Debian installs tcpdump where only root's PATH looks.
  const directories = [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'].filter((d) => d !== '');
  const find = (name: string): string | undefined =>
    directories.map((d) => join(d, name)).find((file) => existsSync(file));
  const tcpdump = find('tcpdump');
  if (tcpdump) {
    const options = ['-i', interfaceName, '-n', '-U', '--immediate-mode', '-s', String(SNAPSHOT_BYTES), '-w', '-'];
    return { path: tcpdump, arguments: options, reports: true };
  }
  const dumpcap = find('dumpcap');
  if (dumpcap) {
    const options = ['-i', interfaceName, '-q', '-P', '-s', String(SNAPSHOT_BYTES), '-w', '-'];
    return { path: dumpcap, arguments: options, reports: false };
  }
  const reason =
    'neither tcpdump nor dumpcap is installed; install tcpdump, or pipe a capture into "blockwatch sensor -"';
  throw new UserError('BW_TAP', { interface: interfaceName, reason });
}

export function openTap(interfaceName: string, program = tapProgram(interfaceName)): Tap {
  const child: ChildProcess = spawn(program.path, program.arguments, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  let lost = 0;
  let closing = false;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR);
    lost = Math.max(lost, readLosses(stderr));
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(failure(interfaceName, program.path, error.message)));
    child.on('close', (code) => {
      if (closing || code === 0) resolve();
      else reject(failure(interfaceName, program.path, stderr));
    });
  });
  // Readers of the stream see the failure after its end; until then it must not count as unhandled.
  ended.catch(() => {});
  return {
    stream: child.stdout as Readable,
    ended,
    lost: () => lost,
    poll: () => {
      if (program.reports) child.kill('SIGUSR1');
    },
    close: () => {
      closing = true;
      child.kill('SIGTERM');
    },
  };
}

/** Sum of "N packets dropped by kernel" and "by interface" in the last report; 0 if there is none. */
export function readLosses(text: string): number {
  const last = (pattern: RegExp): number => Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);
  return last(/(\d+) packets? dropped by kernel/g) + last(/(\d+) packets? dropped by interface/g);
}

/** Turns the child's output into an error that says what to do. */
function failure(interfaceName: string, program: string, stderr: string): UserError {
  return new UserError('BW_TAP', { interface: interfaceName, reason: explainTap(program, stderr) });
}

export function explainTap(program: string, stderr: string): string {
  if (/permission|not permitted/i.test(stderr)) {
    return `${program} may not capture; allow it with "sudo setcap cap_net_raw,cap_net_admin=eip ${program}"`;
  }
  if (/no such device|doesn't exist|no such interface/i.test(stderr)) return 'there is no such interface';
  if (/not up|network is down/i.test(stderr)) return 'the interface is down; bring it up with "ip link set ... up"';
  if (/EACCES|ENOENT/.test(stderr)) return `${program} cannot be run`;
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/listening on/.test(line));
  return lines.at(-1)?.trim().replace(/\.$/, '') ?? `${program} ended`;
}
