/**
 * An office of network namespaces without a way out, to record real programs in: a switch (`tap` hears all of it), a router, hosts
 * 10.30.1.x, the office's other segments (10.30.2.0 to 10.30.63.255; of each the upper half is dead), and an internet in which
 * 198.18.0.0/16 and 203.0.113.0/25 live and 198.19.0.0/16 and 203.0.113.128/25 are dead. Needs root and iproute2.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Lab {
  /** For the programs' files; gone afterwards. */
  readonly folder = mkdtempSync(join(tmpdir(), 'blockwatch-zoo-'));
  readonly #prefix = `zoo${process.pid}`;
  readonly #namespaces = new Set<string>();
  readonly #running: ChildProcess[] = [];
  #tap: ChildProcess | undefined;

  constructor() {
    this.#make('sw');
    this.sh('sw', 'ip link add br0 type bridge mcast_snooping 0 && ip link set br0 up promisc on');
    this.sh('sw', 'sysctl -qw net.ipv6.conf.br0.disable_ipv6=1');
    this.host('gw', '10.30.1.1', { router: false, mac: '02:ff:00:00:00:01' });
    this.sh('gw', 'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1');
    this.sh('gw', 'ip addr add fd30:30:0:1::1/64 dev eth0 nodad');
    for (const [side, own, theirs, own6, theirs6, routes] of [
      [
        'inet',
        '192.0.2.1',
        '192.0.2.2',
        'fd99:0:0:1::1',
        'fd99:0:0:1::2',
        ['198.18.0.0/15', '203.0.113.0/24', '2001:db8::/32'],
      ],
      ['far', '192.0.2.5', '192.0.2.6', 'fd99:0:0:2::1', 'fd99:0:0:2::2', ['10.30.0.0/18', 'fd30:30::/48']],
    ] as const) {
      this.#make(side);
      this.sh('gw', `ip link add ${side} type veth peer name eth0 netns ${this.nameOf(side)}`);
      this.sh(
        'gw',
        `ip addr add ${own}/30 dev ${side}; ip addr add ${own6}/64 dev ${side} nodad; ip link set ${side} up`,
      );
      this.sh(side, `ip addr add ${theirs}/30 dev eth0; ip addr add ${theirs6}/64 dev eth0 nodad; ip link set eth0 up`);
      this.sh(side, `ip route add default via ${own}; ip -6 route add default via ${own6}`);
      for (const route of routes)
        this.sh(
          'gw',
          `ip ${route.includes(':') ? '-6 ' : ''}route add ${route} via ${route.includes(':') ? theirs6 : theirs}`,
        );
    }
    // All addresses of a live block are this namespace's own; what it has not it drops, for it forwards nothing.
    for (const block of ['198.18.0.0/16', '203.0.113.0/25']) this.sh('inet', `ip route add local ${block} dev lo`);
    this.sh('inet', 'ip -6 route add local 2001:db8:1::/48 dev lo');
    for (let net = 2; net < 24; net++) this.sh('far', `ip route add local 10.30.${net}.0/25 dev lo`);
  }

  /** The namespace of a host, as `ip netns` lists it. */
  nameOf(host: string): string {
    return `${this.#prefix}-${host}`;
  }

  #make(name: string): void {
    spawnSync('ip', ['netns', 'add', this.nameOf(name)]);
    this.#namespaces.add(name);
    this.sh(name, 'ip link set lo up; sysctl -qw net.ipv4.ping_group_range="0 2147483647"');
  }

  /** A host on the segment, with a way out by the router. */
  host(name: string, address?: string, { router = true, mac = '', ipv6 = false, bridge = 'br0' } = {}): void {
    this.#make(name);
    this.sh(
      'sw',
      `ip link add p-${name} type veth peer name eth0 netns ${this.nameOf(name)} && ip link set p-${name} master ${bridge} up`,
    );
    if (mac) this.sh(name, `ip link set eth0 address ${mac}`);
    if (!ipv6) this.sh(name, 'sysctl -qw net.ipv6.conf.eth0.accept_ra=0');
    this.sh(name, `${address ? `ip addr add ${address}/24 broadcast + dev eth0;` : ''} ip link set eth0 up`);
    if (router && address) this.sh(name, 'ip route add default via 10.30.1.1');
  }

  /** Runs to its end; what it printed. Errors are the program's own business: many of these meet dead hosts. */
  sh(host: string, command: string, timeout = 60_000): string {
    const done = spawnSync('ip', ['netns', 'exec', this.nameOf(host), 'sh', '-c', command], {
      encoding: 'utf8',
      timeout,
      cwd: this.folder,
    });
    if (process.env['ZOO_VERBOSE'] && done.stderr)
      console.error(`${host}: ${command.slice(0, 90)}: ${done.stderr.trim()}`);
    return done.stdout;
  }

  /** Starts a program that runs until the lab closes. */
  start(host: string, command: string): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.nameOf(host), 'sh', '-c', `exec ${command}`], {
      stdio: process.env['ZOO_VERBOSE'] ? ['ignore', 2, 2] : 'ignore',
      cwd: this.folder,
    });
    this.#running.push(child);
    return child;
  }

  /** As `sh`, beside others. */
  run(host: string, command: string): Promise<void> {
    return new Promise((resolve) =>
      this.start(host, `sh -c '${command.replaceAll("'", "'\\''")}'`).once('exit', () => resolve()),
    );
  }

  /** A file for a program; its path. */
  file(name: string, text: string): string {
    return this.bytes(name, Buffer.from(text));
  }

  bytes(name: string, content: Buffer): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  wait(seconds: number): Promise<void> {
    return sleep(seconds * 1000);
  }

  /** Listens on the switch from now on. */
  async tap(path: string, filter = ''): Promise<void> {
    this.#tap = this.start('sw', `tcpdump -Z root -i br0 -s 96 -U -w ${path} ${filter}`);
    await sleep(1500);
  }

  async close(): Promise<void> {
    await sleep(1000);
    this.#tap?.kill('SIGINT');
    await sleep(500);
    // Only what runs in the namespaces of this lab.
    for (const name of this.#namespaces)
      for (const pid of spawnSync('ip', ['netns', 'pids', this.nameOf(name)], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter(Boolean)) {
        try {
          process.kill(Number(pid), 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      }
    await sleep(300);
    for (const name of this.#namespaces) spawnSync('ip', ['netns', 'del', this.nameOf(name)]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
