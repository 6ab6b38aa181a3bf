/**
 * The emulated board's network: a namespace of its own without a way out, in it a bridge with the computer's end of the
 * wire, a DHCP and DNS server (dnsmasq) and a time server; and a way to put frames onto the wire as if somebody else
 * had sent them.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { openInput } from '../../../host/sensor/input.js';
import { LINK_ETHERNET } from '../../../src/engine/constants/codes.js';

/** The computer's address on the wire; by these names the board finds broker and time. */
export const HERE = '10.99.0.1';
export const BROKER_NAME = 'broker.test';
export const TIME_NAME = 'time.test';

const TAP = 'bw-board';
const BRIDGE = 'bw-wire';
/** Frames come to QEMU as datagrams over loopback: its end and ours. */
const FEED = { theirs: 47_001, ours: 47_002 } as const;
/** Seconds from 1900 to 1970 (RFC 5905, figure 4). */
const NTP_EPOCH = 2_208_988_800;
/** Ethernet's shortest frame without its check sequence, and its longest. */
const LEAST = 60;
const MOST = 1514;

/**
 * The words that run a program in a network namespace of its own. @throws Error one sentence where there is none to be
 * had
 */
export function apart(): string[] {
  const words = process.getuid?.() === 0 ? ['unshare', '--net'] : ['unshare', '--net', '--map-root-user'];
  const tried = spawnSync(words[0] as string, [...words.slice(1), 'ip', 'tuntap', 'add', 'dev', TAP, 'mode', 'tap'], {
    encoding: 'utf8',
  });
  if (tried.status === 0) return words;
  throw new Error(
    'The emulated board needs a network namespace and a TAP device in it: ' +
      `run this as root, or allow user namespaces (${(tried.stderr || tried.error?.message || '').trim()}).`,
  );
}

function ip(...args: string[]): void {
  const done = spawnSync('ip', args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`ip ${args.join(' ')}: ${done.stderr.trim() || 'is iproute2 installed?'}`);
}

export class Wire {
  /** For QEMU: what is on the hub beside the board. */
  readonly devices = [
    '-netdev',
    `tap,id=here,ifname=${TAP},script=no,downscript=no`,
    '-netdev',
    'hubport,id=here-port,hubid=0,netdev=here',
    '-netdev',
    `dgram,id=others,local.type=inet,local.host=127.0.0.1,local.port=${FEED.theirs},` +
      `remote.type=inet,remote.host=127.0.0.1,remote.port=${FEED.ours}`,
    '-netdev',
    'hubport,id=others-port,hubid=0,netdev=others',
  ];
  readonly #feed: Socket = createSocket('udp4');
  readonly #time: Socket = createSocket('udp4');
  #dhcp: ChildProcess | undefined;

  /** Inside the namespace. */
  async open(folder: string): Promise<void> {
    ip('link', 'set', 'lo', 'up');
    ip('tuntap', 'add', 'dev', TAP, 'mode', 'tap');
    ip('link', 'add', BRIDGE, 'type', 'bridge');
    ip('link', 'set', TAP, 'master', BRIDGE, 'up');
    ip('addr', 'add', `${HERE}/24`, 'dev', BRIDGE);
    ip('link', 'set', BRIDGE, 'up');
    this.#dhcp = spawn(
      'dnsmasq',
      [
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--no-resolv',
        '--no-hosts',
        `--interface=${BRIDGE}`,
        '--bind-interfaces',
        '--user=root',
        '--pid-file',
        `--dhcp-leasefile=${folder}/leases`,
        '--dhcp-range=10.99.0.50,10.99.0.99,1h',
        '--dhcp-authoritative',
        `--address=/${BROKER_NAME}/${HERE}`,
        `--address=/${TIME_NAME}/${HERE}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    this.#dhcp.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const failed = new Promise<string>((resolve) => {
      this.#dhcp?.once('error', () => resolve('dnsmasq is not installed: apt-get install dnsmasq-base.'));
      this.#dhcp?.once('exit', () => resolve(`dnsmasq does not run: ${said.trim()}`));
    });
    const problem = await Promise.race([failed, sleep(500)]);
    if (problem !== undefined) throw new Error(problem);
    await new Promise<void>((resolve) => this.#feed.bind(FEED.ours, '127.0.0.1', resolve));
    // What the board sends comes here too; nobody asked.
    this.#feed.on('message', () => {});
    this.#time.on('message', (asked, from) => this.#time.send(timeAnswer(asked), from.port, from.address));
    await new Promise<void>((resolve) => this.#time.bind(123, HERE, resolve));
  }

  close(): void {
    this.#dhcp?.kill('SIGKILL');
    this.#feed.close();
    this.#time.close();
  }

  /** Puts one frame onto the wire. */
  send(frame: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#feed.send(frame, FEED.theirs, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
    );
  }

  /**
   * Plays a capture onto the wire at its own pace.
   *
   * @param speed how many times as fast
   * @returns frames that were sent
   * @throws Error where the file is no capture of Ethernet
   */
  async play(path: string, speed = 1): Promise<number> {
    const began = Date.now();
    let first: number | undefined;
    let sent = 0;
    for await (const frames of openInput(path).frames()) {
      for (const frame of frames) {
        if (frame.link !== LINK_ETHERNET)
          throw new Error(`${path} is no capture of Ethernet: this wire carries nothing else.`);
        first ??= frame.timeMs;
        const due = began + (frame.timeMs - first) / speed;
        const early = due - Date.now();
        if (early > 1) await sleep(early);
        await this.send(frameOf(frame.bytes, frame.offset, frame.captured, frame.original));
        sent++;
      }
    }
    return sent;
  }
}

/** The frame as it was on the wire; what the capture has cut off is zero. */
export function frameOf(bytes: Uint8Array, offset: number, captured: number, original: number): Uint8Array {
  const frame = new Uint8Array(Math.min(MOST, Math.max(LEAST, original)));
  frame.set(bytes.subarray(offset, offset + Math.min(captured, frame.length)));
  return frame;
}

/**
 * A server's answer to a client (RFC 4330, section 5): stratum 1, the client's transmit time as originate, now in the
 * rest.
 */
export function timeAnswer(asked: Uint8Array, now = Date.now()): Buffer {
  const answer = Buffer.alloc(48);
  answer[0] = 0x24;
  answer[1] = 1;
  Buffer.from(asked).copy(answer, 24, 40, 48);
  const seconds = Math.floor(now / 1000) + NTP_EPOCH;
  const fraction = Math.floor(((now % 1000) / 1000) * 2 ** 32);
  for (const at of [16, 32, 40]) {
    answer.writeUInt32BE(seconds >>> 0, at);
    answer.writeUInt32BE(fraction >>> 0, at + 4);
  }
  return answer;
}
