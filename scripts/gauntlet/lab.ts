/**
 * The branch of plan.ts in network namespaces: hosts on a switch (a bridge), a router with NAT, the provider, a scanner behind it; and
 * three taps. Nothing has a route out.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type Ended, Namespaces, said } from '../../test/support/namespaces.js';
import { type Host, hosts, insideScanner, nat, outsideScanner, providerMac, routerMac, udpServices } from './plan.js';

/** A mirror of the whole segment, the line to the provider, and a switch port like any other's. */
export const taps = ['lan', 'wan', 'port'] as const;
export type Tap = (typeof taps)[number];

export type Place = 'inside' | 'outside';
const namespaceOf = { inside: insideScanner.name, outside: 'outsider' } as const;
const placeOfTap = { lan: ['switch', 'bridge'], wan: ['router', 'wan'], port: ['idle', 'eth0'] } as const;

/** Before an interface comes up: a host that speaks only where it is asked, and computes its checksums itself. */
const silent = (device: string): string =>
  `sysctl -qw net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.${device}.accept_dad=0 net.ipv6.conf.${device}.autoconf=0 \
net.ipv6.conf.${device}.router_solicitations=0 net.ipv4.conf.${device}.arp_ignore=1
ethtool -K ${device} tx off rx off tso off gso off gro off
`;

/** TCP and UDP of the named ports go to two echo servers; the rest is refused by the kernel, or dropped here. */
function service(ports: readonly number[], manner: Host['manner'], only = ''): string {
  const serves = ports.length > 0;
  const redirect = serves
    ? `chain pre { type nat hook prerouting priority -100;
  ${only}tcp dport { ${ports.join(', ')} } redirect to :9
  ${only}udp dport { ${udpServices.join(', ')} } redirect to :9
}`
    : '';
  const filter =
    manner === 'drop'
      ? `chain in { type filter hook input priority 0; policy drop;
  ct state established,related accept
  icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
  ${serves ? `meta l4proto tcp ct original proto-dst { ${ports.join(', ')} } accept` : ''}
}`
      : '';
  return redirect || filter ? `nft -f - <<END\ntable inet host {\n${redirect}\n${filter}\n}\nEND\n` : '';
}

export class Lab {
  readonly #spaces: Namespaces;

  private constructor(label: string) {
    this.#spaces = new Namespaces(label);
  }

  /** @param label tells the labs of one process apart. */
  static async open(label: string): Promise<Lab> {
    const lab = new Lab(label);
    try {
      await lab.#build();
    } catch (error) {
      await lab.close();
      throw error;
    }
    return lab;
  }

  async #build(): Promise<void> {
    const spaces = this.#spaces;
    spaces.add('switch', 'router', 'provider', 'outsider', 'idle', ...hosts.map(({ name }) => name));
    spaces.ip(['link add bridge type bridge ageing_time 360000 mcast_snooping 0'], 'switch');
    const plug = (name: string): void => {
      spaces.connect('switch', `to-${name}`, name, name === 'router' ? 'lan' : 'eth0');
      spaces.ip([`link set to-${name} master bridge`, `link set to-${name} up`], 'switch');
    };
    for (const name of ['router', 'idle', ...hosts.map((host) => host.name)]) plug(name);
    spaces.sh('switch', 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1\nip link set bridge promisc on up\n');
    spaces.sh('idle', 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1\nip link set eth0 up\n');
    spaces.connect('router', 'wan', 'provider', 'line');
    spaces.connect('provider', 'far', 'outsider', 'eth0');
    spaces.sh(
      'router',
      `${silent('lan')}${silent('wan')}sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<END
link set lan address ${routerMac}
link set wan address ${routerMac}
link set lan up
link set wan up
addr add 10.20.0.1/24 dev lan
addr add 198.51.100.1/24 dev lan
addr add fd20:20::1/64 dev lan nodad
addr add 2001:db8:20::1/64 dev lan nodad
addr add 100.64.0.2/30 dev wan
addr add ${nat}/32 dev wan
addr add 2001:db8:fffe::2/64 dev wan nodad
route add default via 100.64.0.1
route add ::/0 via 2001:db8:fffe::1
END
nft -f - <<END
table ip router { chain post { type nat hook postrouting priority 100;
  ip saddr 10.20.0.0/16 oifname wan snat to ${nat}
}
}
END
`,
    );
    spaces.sh(
      'provider',
      `${silent('line')}${silent('far')}sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<END
link set line address 02:fe:00:00:00:09
link set far address ${providerMac}
link set line up
link set far up
addr add 100.64.0.1/30 dev line
addr add 203.0.113.1/24 dev far
addr add 2001:db8:fffe::1/64 dev line nodad
addr add 2001:db8:ffff::1/64 dev far nodad
route add 198.51.100.0/24 via 100.64.0.2
route add local 192.0.2.0/26 dev lo
route add blackhole 192.0.2.64/26
route add unreachable 192.0.2.128/25
route add 2001:db8:20::/48 via 2001:db8:fffe::2
END
${service([22, 25, 80, 443], 'refuse', 'ip daddr 192.0.2.0/26 ')}`,
    );
    spaces.sh(
      'outsider',
      `${silent('eth0')}ip -batch - <<END
link set eth0 address 02:fd:00:00:00:42
link set eth0 up
addr add ${outsideScanner.address}/24 dev eth0
addr add ${outsideScanner.address6}/64 dev eth0 nodad
route add default via 203.0.113.1
route add ::/0 via 2001:db8:ffff::1
END
`,
    );
    for (const host of hosts) {
      const [gateway, gateway6] = host.name.startsWith('l')
        ? ['10.20.0.1', 'fd20:20::1']
        : ['198.51.100.1', '2001:db8:20::1'];
      spaces.sh(
        host.name,
        `${silent('eth0')}ip -batch - <<END
link set eth0 address ${host.mac}
link set eth0 up
addr add ${host.address}/24 dev eth0
addr add ${host.address6}/64 dev eth0 nodad
route add default via ${gateway}
route add ::/0 via ${gateway6}
END
${service(host.serves, host.manner)}`,
      );
    }
    await Promise.all(
      ['provider', ...hosts.filter(({ serves }) => serves.length > 0).map(({ name }) => name)].map((name) =>
        this.#serve(name),
      ),
    );
    // The switch learns where everybody is; what interfaces say when they come up is over.
    for (const { name, address } of hosts)
      if (address !== insideScanner.address)
        spaces.sh(name, 'ping -qc1 -W1 $(ip route show default | cut -d" " -f3) || true\n');
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }

  async #serve(name: string): Promise<void> {
    for (const listen of [
      'TCP6-LISTEN:9,ipv6only=0,fork,reuseaddr,backlog=64,max-children=16',
      'UDP6-RECVFROM:9,ipv6only=0,fork,max-children=16',
    ]) {
      const server = this.#spaces.spawn(name, 'socat', ['-d', '-d', '-T', '5', listen, 'PIPE']);
      if (listen.startsWith('TCP')) await said(server, /listening on/);
      server.stdout?.resume();
      server.stderr?.resume();
    }
  }

  /** Neighbours' link addresses are forgotten everywhere, so that a cell begins like the one before it. */
  forget(): void {
    for (const name of ['router', insideScanner.name, 'outsider']) this.#spaces.ip(['neigh flush all'], name);
  }

  /** Runs a tool where the scanner is, for at most so long. */
  scan(place: Place, command: string, args: readonly string[], limitMs: number): Promise<Ended> {
    return this.#spaces.run(namespaceOf[place], command, args, limitMs);
  }

  /** Captures at a tap until the returned function is called. */
  async tap(tap: Tap, path: string): Promise<() => Promise<void>> {
    const [name, device] = placeOfTap[tap];
    // -Z root: tcpdump would otherwise become a user who may not write here.
    const args = ['-Z', 'root', '-i', device, '-n', '-U', '--immediate-mode', '-B', '8192', '-s', '256', '-w', path];
    const dump: ChildProcess = this.#spaces.spawn(name, 'tcpdump', args);
    await said(dump, /listening on/);
    return async () => {
      const ended = once(dump, 'exit');
      dump.kill('SIGINT');
      await ended;
    };
  }

  close(): Promise<void> {
    return this.#spaces.close();
  }
}
