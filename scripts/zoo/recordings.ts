/** The recorded members of the zoo: which program does what in the lab. Debian 12's versions. */
import type { Lab } from './lab.js';

export interface Recording {
  name: string;
  description: string;
  /** Debian's package. */
  tool: string;
  command: string;
  source: string;
  why: string;
  departed?: readonly string[];
  newcomers?: readonly string[];
  learned?: boolean;
  /** What the tap keeps: a filter in tcpdump's language. */
  filter?: string;
  prepare?(lab: Lab): Promise<void> | void;
  /** From here on the tap listens. */
  record(lab: Lab): Promise<void> | void;
}

const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
const addresses = (net: string, from: number, count: number): string[] =>
  numbers(from, count).map((n) => `${net}.${n}`);

/** dhcpcd, with RFC 5227's probes and announcements; afterwards the client uses its address. */
async function leases(lab: Lab, count: number, apart: number): Promise<void> {
  const config = lab.file(
    'dhcpcd.conf',
    'duid\nipv4only\nnohook resolv.conf, hostname, timesyncd\noption routers\nwaitip 4\n',
  );
  const clients: Promise<void>[] = [];
  for (const n of numbers(1, count)) {
    const device = `z${process.pid % 1000}c${n}`;
    lab.host(`c${n}`);
    lab.sh(`c${n}`, `ip link set eth0 down; ip link set eth0 name ${device}; ip link set ${device} up`);
    clients.push(
      lab.run(
        `c${n}`,
        `timeout 40 dhcpcd -q -1 -t 30 -f ${config} ${device}; ping -c 2 -W 1 203.0.113.10; timeout 3 bash -c "</dev/tcp/203.0.113.20/443"`,
      ),
    );
    await lab.wait(apart);
  }
  await Promise.all(clients);
}

/** dnsmasq with default settings leases addresses to `count` new clients, `apart` seconds between them. */
async function dnsmasqLeases(lab: Lab, count: number, apart: number): Promise<void> {
  lab.start(
    'dhcp',
    `dnsmasq -d -p 0 --conf-file=/dev/null --user=root --dhcp-range=10.30.1.100,10.30.1.199,1h --dhcp-option=3,10.30.1.1 --dhcp-leasefile=${lab.folder}/leases --pid-file=`,
  );
  await lab.wait(1);
  await leases(lab, count, apart);
}

export const recordings: readonly Recording[] = [
  {
    name: 'rec-dhcp-dnsmasq',
    description:
      'dnsmasq with default settings leases addresses to twenty new clients (dhcpcd): it pings each before the offer.',
    tool: 'dnsmasq-base, dhcpcd-base',
    command: 'dnsmasq -d -p 0 --dhcp-range=10.30.1.100,10.30.1.199,1h; dhcpcd -1',
    source: '10.30.1.10',
    why: 'pings addresses that nobody has, twenty within two minutes; each is leased and in use seconds later',
    newcomers: addresses('10.30.1', 100, 100),
    filter: 'not ip6',
    prepare(lab) {
      lab.host('dhcp', '10.30.1.10');
    },
    async record(lab) {
      await dnsmasqLeases(lab, 20, 4);
    },
  },
  {
    name: 'rec-dhcp-power-cut',
    description:
      'The power comes back: eighteen clients ask dnsmasq for addresses within seconds, and it pings each before the offer.',
    tool: 'dnsmasq-base, dhcpcd-base',
    command: 'dnsmasq -d -p 0 --dhcp-range=10.30.1.100,10.30.1.199,1h; dhcpcd -1',
    source: '10.30.1.10',
    why: 'pings eighteen addresses that nobody has within seconds; each is leased and in use at once',
    newcomers: addresses('10.30.1', 100, 100),
    filter: 'not ip6',
    prepare(lab) {
      lab.host('dhcp', '10.30.1.10');
    },
    async record(lab) {
      await dnsmasqLeases(lab, 18, 0.2);
    },
  },
  {
    name: 'rec-dhcp-isc',
    description: 'ISC dhcpd as in pfSense and OPNsense, ping-check on, on the router itself: twenty new clients.',
    tool: 'isc-dhcp-server, dhcpcd-base',
    command: 'dhcpd -f -4 (ping-check true); dhcpcd -1',
    source: '10.30.1.1',
    why: 'pings addresses that nobody has; each is leased and in use seconds later',
    newcomers: addresses('10.30.1', 100, 100),
    filter: 'not ip6',
    async record(lab) {
      const config = lab.file(
        'dhcpd.conf',
        'ping-check true;\nauthoritative;\nsubnet 10.30.1.0 netmask 255.255.255.0 { range 10.30.1.100 10.30.1.199; option routers 10.30.1.1; }\n',
      );
      const file = lab.file('dhcpd.leases', '');
      lab.start('gw', `dhcpd -f -4 -cf ${config} -lf ${file} -pf ${lab.folder}/dhcpd.pid --no-pid eth0`);
      await lab.wait(2);
      await leases(lab, 20, 4);
    },
  },
  {
    name: 'rec-vrrp-keepalived',
    description:
      "keepalived: the master dies, the backup takes the gateway's address over and forwards what still comes from outside for thirty hosts, twenty of which have left.",
    tool: 'keepalived',
    command: 'keepalived -n -P; ip link set eth0 down',
    source: '10.30.1.3',
    why: 'asks by ARP for ten present and twenty departed neighbours within seconds of becoming the router',
    departed: addresses('10.30.1', 40, 20),
    filter: 'not ip6',
    prepare(lab) {
      for (const n of [2, 3]) {
        lab.host(`r${n}`, `10.30.1.${n}`, { router: false });
        lab.sh(`r${n}`, 'sysctl -qw net.ipv4.ip_forward=1');
      }
      for (const n of numbers(20, 10)) {
        lab.host(`h${n}`, `10.30.1.${n}`, { router: false });
        lab.sh(`h${n}`, 'ip route add default via 10.30.1.254');
      }
      // The internet reaches the segment by either router: here by the gateway's namespace, which routes to the virtual address.
      lab.sh('gw', 'ip link set eth0 down');
      for (const n of [2, 3]) {
        lab.sh(
          'inet',
          `ip link add r${n} type veth peer name up netns ${lab.nameOf(`r${n}`)} && ip addr add 192.0.2.${100 + 4 * n + 1}/30 dev r${n} && ip link set r${n} up`,
        );
        lab.sh(
          `r${n}`,
          `ip addr add 192.0.2.${100 + 4 * n + 2}/30 dev up && ip link set up up && ip route add default via 192.0.2.${100 + 4 * n + 1}`,
        );
      }
      lab.sh('inet', 'ip route add 10.30.1.0/24 via 192.0.2.110');
    },
    async record(lab) {
      for (const [n, priority] of [
        [2, 150],
        [3, 100],
      ] as const) {
        const config = lab.file(
          `k${n}.conf`,
          `vrrp_instance V { state BACKUP\n interface eth0\n virtual_router_id 7\n priority ${priority}\n advert_int 1\n virtual_ipaddress { 10.30.1.254/24 } }\n`,
        );
        lab.start(`r${n}`, `keepalived -n -P -l -f ${config} -p ${lab.folder}/k${n}.pid -r ${lab.folder}/v${n}.pid`);
      }
      await lab.wait(8);
      for (const n of numbers(20, 10))
        lab.run(`h${n}`, 'for i in 1 2 3 4 5 6; do ping -c 1 -W 1 203.0.113.20; sleep 4; done');
      await lab.wait(6);
      lab.sh('r2', 'ip link set eth0 down');
      lab.sh('inet', 'ip route replace 10.30.1.0/24 via 192.0.2.114');
      await lab.wait(4);
      // What still comes for them: the other ends' retransmissions, as UDP.
      lab.sh(
        'inet',
        'for k in 1 2; do for n in $(seq 20 29) $(seq 40 59); do echo x | socat -u - UDP4-SENDTO:10.30.1.$n:50443,bind=203.0.113.20:443; done; sleep 3; done',
      );
      await lab.wait(6);
    },
  },
  {
    name: 'rec-carp-ucarp',
    description:
      'ucarp: the backup takes the shared address over, announces it, and refreshes the twelve neighbours that it serves, four of which are off.',
    tool: 'ucarp',
    command: 'ucarp -i eth0 -s 10.30.1.3 -v 9 -p zoo -a 10.30.1.254',
    source: '10.30.1.3',
    why: 'announcements of a shared address, and ARP for neighbours that are off',
    departed: addresses('10.30.1', 40, 4),
    filter: 'not ip6',
    prepare(lab) {
      for (const n of [2, 3]) lab.host(`r${n}`, `10.30.1.${n}`);
      for (const n of numbers(20, 8)) lab.host(`h${n}`, `10.30.1.${n}`);
    },
    async record(lab) {
      const up = lab.file('up.sh', '#!/bin/sh\nip addr add 10.30.1.254/24 dev "$1"\n');
      lab.sh('sw', `chmod +x ${up}`);
      const start = (n: number, skew: number): unknown =>
        lab.start(
          `r${n}`,
          `ucarp -i eth0 -s 10.30.1.${n} -v 9 -p zoo -a 10.30.1.254 -k ${skew} -b 1 -u ${up} -d /bin/true`,
        );
      start(2, 0);
      await lab.wait(2);
      start(3, 80);
      await lab.wait(5);
      lab.sh('r2', 'ip link set eth0 down');
      await lab.wait(6);
      lab.sh('r3', 'for n in $(seq 20 27) $(seq 40 43); do ping -c 1 -W 1 10.30.1.$n >/dev/null & done; wait');
    },
  },
  {
    name: 'rec-monitoring-plugins-routed',
    description:
      "Nagios' plugins check forty-eight hosts behind the router by ping, SSH, HTTP and SNMP; thirty-six are dead.",
    tool: 'monitoring-plugins-basic',
    command: 'check_icmp, check_tcp -p 22, check_tcp -p 80, snmpget',
    source: '10.30.1.16',
    why: 'ping, TCP 22 and 80 and UDP 161 of forty-eight hosts, thirty-six silent',
    departed: addresses('10.30.2', 130, 36),
    filter: 'not ip6',
    prepare(lab) {
      lab.host('mon', '10.30.1.16');
      lab.start('far', 'socat TCP4-LISTEN:22,fork,reuseaddr SYSTEM:"echo SSH-2.0-x"');
    },
    async record(lab) {
      const checks = (address: string): string =>
        `P=/usr/lib/nagios/plugins; $P/check_icmp -t 3 -n 2 -H ${address}; $P/check_tcp -t 3 -H ${address} -p 22; $P/check_tcp -t 3 -H ${address} -p 80; snmpget -t 1 -r 1 -v2c -c public ${address} 1.3.6.1.2.1.1.3.0`;
      const dead = addresses('10.30.2', 130, 36);
      const alive = addresses('10.30.2', 10, 12);
      const all = dead.flatMap((address, i) => (i % 3 === 2 ? [address, alive[(i - 2) / 3] as string] : [address]));
      for (let i = 0; i < all.length; i += 6)
        await Promise.all(all.slice(i, i + 6).map((address) => lab.run('mon', checks(address))));
    },
  },
  {
    name: 'rec-fping-own-segment',
    description: "smokeping's fping watches thirty-six neighbours, twenty-four of which are gone.",
    tool: 'fping',
    command: 'fping -C 3 -q -B1 -r1 -i 10',
    source: '10.30.1.16',
    why: 'ARP for twenty-four departed neighbours, again at each round',
    departed: addresses('10.30.1', 150, 24),
    filter: 'not ip6',
    prepare(lab) {
      lab.host('mon', '10.30.1.16');
      for (const n of numbers(20, 12)) lab.host(`h${n}`, `10.30.1.${n}`);
    },
    record(lab) {
      const list = [
        ...addresses('10.30.1', 150, 12),
        ...addresses('10.30.1', 20, 12),
        ...addresses('10.30.1', 162, 12),
      ];
      lab.sh('mon', `for k in 1 2; do fping -C 2 -q -B1 -r1 -i 10 ${list.join(' ')}; sleep 5; done`);
    },
  },
  {
    name: 'rec-haproxy-checks',
    description: 'haproxy checks forty servers at two ports; ten refuse and eighteen are dead.',
    tool: 'haproxy',
    command: 'haproxy -db -f; server ... check inter 2s',
    source: '10.30.1.5',
    why: 'two ports of forty hosts, most refused or silent',
    departed: addresses('10.30.3', 140, 18),
    filter: 'not ip6',
    prepare(lab) {
      lab.host('lb', '10.30.1.5');
      lab.start('far', 'socat TCP4-LISTEN:8080,fork,reuseaddr SYSTEM:"sleep 0.1"');
    },
    async record(lab) {
      const servers = [...addresses('10.30.3', 10, 22), ...addresses('10.30.3', 140, 18)];
      const lines = servers.map(
        (address, i) => ` server s${i} ${address}:${i % 22 < 12 ? 8080 : 8081} check inter 2s fall 3 rise 2`,
      );
      lab.start(
        'lb',
        `haproxy -db -f ${lab.file('haproxy.cfg', `defaults\n mode tcp\n timeout connect 1s\n timeout client 5s\n timeout server 5s\nlisten a\n bind 127.0.0.1:9999\n${lines.join('\n')}\n`)}`,
      );
      await lab.wait(9);
    },
  },
  {
    name: 'rec-unbound-dead-authorities',
    description: 'unbound walks zones with six authoritative servers each; four of six are dead.',
    tool: 'unbound',
    command: 'unbound -d; host names of forty zones',
    source: '10.30.1.10',
    why: 'port 53 of 120 outside hosts, two thirds silent',
    filter: 'not ip6',
    async record(lab) {
      lab.host('dns', '10.30.1.10');
      lab.host('h', '10.30.1.20');
      const answers = lab.file(
        'answers.conf',
        'server:\n do-daemonize: no\n username: ""\n chroot: ""\n pidfile: ""\n use-syslog: no\n interface: 0.0.0.0\n interface-automatic: yes\n access-control: 0.0.0.0/0 allow\n local-zone: "zoo." redirect\n local-data: "zoo. 60 A 203.0.113.9"\n',
      );
      lab.start('inet', `unbound -d -c ${answers}`);
      const zones = numbers(0, 40).map(
        (z) =>
          `stub-zone:\n name: "z${z}.zoo"\n stub-prime: no\n${numbers(0, 6)
            .map((k) => ` stub-addr: 198.${k < 4 ? 19 : 18}.${z}.${10 + k}`)
            .join('\n')}\n`,
      );
      const walks = lab.file(
        'walks.conf',
        `server:\n do-daemonize: no\n username: ""\n chroot: ""\n pidfile: ""\n use-syslog: no\n interface: 10.30.1.10\n access-control: 10.30.0.0/16 allow\n do-ip6: no\n do-not-query-localhost: no\n module-config: "iterator"\n${zones.join('')}`,
      );
      lab.start('dns', `unbound -d -c ${walks}`);
      await lab.wait(2);
      await lab.run(
        'h',
        'for z in $(seq 0 39); do (timeout 8 dig +tries=1 +time=6 @10.30.1.10 www.z$z.zoo >/dev/null &) ; sleep 0.2; done; sleep 8',
      );
    },
  },
  {
    name: 'rec-chrony-pool',
    description: 'chronyd with twenty servers of which twelve are dead, in bursts.',
    tool: 'chrony',
    command: 'chronyd -d -x',
    source: '10.30.1.24',
    why: 'UDP 123 of twenty outside hosts, twelve silent',
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.24');
      const server = lab.file('server.conf', 'local stratum 8\nallow all\ncmdport 0\n');
      lab.start('inet', `chronyd -u root -d -x -f ${server} -l ${lab.folder}/server.log`);
      const list = [...addresses('198.19.7', 10, 12), ...addresses('198.18.7', 10, 8)].map(
        (address) => `server ${address} iburst minpoll 1 maxpoll 2`,
      );
      const client = lab.file('client.conf', `${list.join('\n')}\ncmdport 0\nport 0\nbindcmdaddress /\n`);
      lab.start('h', `chronyd -u root -d -x -f ${client} -l ${lab.folder}/client.log`);
      await lab.wait(25);
    },
  },
  {
    name: 'rec-traceroute-mtr',
    description: 'traceroute by UDP, ICMP and TCP, mtr and tracepath to live and dead hosts, inside and outside.',
    tool: 'traceroute, mtr-tiny, iputils-tracepath',
    command: 'traceroute; traceroute -I; traceroute -T; mtr -c 3 -r; tracepath',
    source: '10.30.1.25',
    why: 'UDP to ever new ports of single hosts, outside and at home',
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.25');
      for (const target of ['203.0.113.20', '198.19.4.4', '10.30.4.20', '10.30.4.200'])
        await Promise.all(
          [
            'traceroute -n -w 1 -m 12',
            'traceroute -I -n -w 1 -m 12',
            'traceroute -T -p 443 -n -w 1 -m 12',
            'mtr -n -c 3 -r',
            'mtr -u -n -c 2 -r',
            'timeout 12 tracepath -n -m 6',
          ].map((tool) => lab.run('h', `${tool} ${target}`)),
        );
    },
  },
  {
    name: 'rec-aria2-stale-peers',
    description: 'aria2 gets ninety peers of a tracker: seventy-two are dead, ten refuse, eight answer and hang up.',
    tool: 'aria2',
    command: 'aria2c --enable-dht=false stale.torrent',
    source: '10.30.1.46',
    why: 'TCP to ninety outside hosts at scattered ports, seventy-two silent',
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.46');
      await torrent(
        lab,
        'h',
        `aria2c --enable-dht=false --bt-max-peers=90 --seed-time=0 --dir=${lab.folder} --bt-stop-timeout=60 ${lab.folder}/stale.torrent`,
        20,
      );
    },
  },
  {
    name: 'rec-transmission-stale-peers',
    description: 'transmission with the same peers, its DHT and uTP on, and a cache of forty DHT nodes that are gone.',
    tool: 'transmission-daemon',
    command: 'transmission-daemon -f',
    source: '10.30.1.46',
    why: 'TCP and UDP to a hundred outside hosts, most silent; local peer discovery by multicast',
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.46');
      lab.file(
        'tr/settings.json',
        JSON.stringify({
          'download-dir': lab.folder,
          'dht-enabled': true,
          'utp-enabled': true,
          'lpd-enabled': true,
          'rpc-enabled': false,
          'watch-dir': lab.folder,
          'watch-dir-enabled': true,
          'port-forwarding-enabled': true,
          'start-added-torrents': true,
        }),
      );
      const nodes = Buffer.concat(numbers(1, 40).map((n) => Buffer.from([198, 19, 77, n, 0x1a, 0xe1])));
      lab.file('tr/dht.dat', '');
      lab.bytes(
        'tr/dht.dat',
        Buffer.concat([Buffer.from(`d2:id20:${'z'.repeat(20)}5:nodes${nodes.length}:`), nodes, Buffer.from('e')]),
      );
      await torrent(lab, 'h', `transmission-daemon -f -g ${lab.folder}/tr`, 60);
    },
  },
  {
    name: 'rec-etcd-lost-members',
    description: 'An etcd member whose cluster of nine has lost six; it dials each again and again by TCP 2380.',
    tool: 'etcd-server',
    command: 'etcd --initial-cluster ...',
    source: '10.30.1.15',
    why: 'TCP 2380 of eight hosts, six silent, two refused, without end',
    departed: addresses('10.30.9', 140, 6),
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.15');
      const members = [...addresses('10.30.9', 140, 6), ...addresses('10.30.9', 20, 2)].map(
        (address, i) => `m${i}=http://${address}:2380`,
      );
      lab.start(
        'h',
        `etcd --name me --data-dir ${lab.folder}/etcd --initial-advertise-peer-urls http://10.30.1.15:2380 --listen-peer-urls http://10.30.1.15:2380 --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 --initial-cluster me=http://10.30.1.15:2380,${members.join(',')}`,
      );
      await lab.wait(8);
    },
  },
  {
    name: 'rec-kafka-brokers',
    description: 'librdkafka (kcat) with twenty-four bootstrap brokers: sixteen dead, eight refuse.',
    tool: 'kafkacat',
    command: 'kcat -L -b ...',
    source: '10.30.1.54',
    why: 'TCP 9092 of twenty-four hosts, none answers',
    departed: addresses('10.30.17', 140, 16),
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.54');
      const list = [...addresses('10.30.17', 140, 16), ...addresses('10.30.17', 20, 8)].map(
        (address) => `${address}:9092`,
      );
      await lab.run('h', `timeout 45 kcat -C -t x -m 45 -b ${list.join(',')}`);
    },
  },
  {
    name: 'rec-redis-sentinel',
    description: 'A Redis sentinel watches eight masters with three replicas each; half are dead.',
    tool: 'redis-sentinel',
    command: 'redis-sentinel sentinel.conf',
    source: '10.30.1.56',
    why: 'TCP 6379 to 6382 of eight hosts, half silent, half refused',
    departed: addresses('10.30.5', 140, 8),
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.56');
      const masters = [...addresses('10.30.5', 140, 8), ...addresses('10.30.5', 20, 8)].map(
        (address, i) =>
          `sentinel monitor m${i} ${address} ${6379 + (i % 4)} 2\nsentinel down-after-milliseconds m${i} 2000`,
      );
      lab.start(
        'h',
        `redis-sentinel ${lab.file('sentinel.conf', `port 26379\nbind 10.30.1.56\ndir ${lab.folder}\n${masters.join('\n')}\n`)}`,
      );
      await lab.wait(15);
    },
  },
  {
    name: 'rec-mdns-reflector',
    description: 'avahi-daemon reflects mDNS between two segments; six hosts browse, three devices answer.',
    tool: 'avahi-daemon, avahi-utils',
    command: 'avahi-daemon (enable-reflector=yes); legacy queries by dig -p 5353',
    source: '10.30.1.7',
    why: 'multicast of everybody, repeated by the reflector; unicast answers to legacy questions',
    async record(lab) {
      lab.host('refl', '10.30.1.7');
      lab.sh('sw', 'ip link add br1 type bridge mcast_snooping 0 && ip link set br1 up');
      lab.sh(
        'sw',
        `ip link add p-refl1 type veth peer name eth1 netns ${lab.nameOf('refl')} && ip link set p-refl1 master br1 up`,
      );
      lab.sh('refl', 'ip addr add 10.30.5.7/24 dev eth1; ip link set eth1 up');
      await reflector(lab);
    },
  },
  {
    name: 'rec-ssdp-minidlna',
    description: 'minidlna answers the SSDP questions of twenty-four hosts by unicast, each to a port of its own.',
    tool: 'minidlna, socat',
    command: 'minidlnad -d; M-SEARCH by socat',
    source: '10.30.1.60',
    why: 'UDP to ever new ports of twenty-four hosts that had asked the group',
    filter: 'not ip6',
    async record(lab) {
      lab.host('tv', '10.30.1.60');
      lab.sh('tv', 'ip route add 224.0.0.0/4 dev eth0');
      lab.start(
        'tv',
        `minidlnad -d -f ${lab.file('minidlna.conf', `network_interface=eth0\nport=8200\nmedia_dir=${lab.folder}\ndb_dir=${lab.folder}/db\nlog_dir=${lab.folder}\nnotify_interval=10\n`)} -P ${lab.folder}/minidlna.pid`,
      );
      await lab.wait(3);
      const question = lab.file(
        'question',
        'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n',
      );
      for (const n of numbers(100, 24)) {
        lab.host(`h${n}`, `10.30.1.${n}`);
        lab.sh(`h${n}`, `timeout 3 socat -t 2.5 - UDP4-DATAGRAM:239.255.255.250:1900,bind=10.30.1.${n} < ${question}`);
      }
    },
  },
  {
    name: 'rec-tftp-phones',
    description: 'Sixteen phones fetch four files each by TFTP; the server answers each from a port of its own.',
    tool: 'dnsmasq-base, curl',
    command: 'dnsmasq --enable-tftp; curl tftp://',
    source: '10.30.1.22',
    why: 'UDP from ever new ports of one server to ever new ports of many phones',
    filter: 'not ip6',
    async record(lab) {
      lab.host('tftp', '10.30.1.22');
      for (const name of ['a.cfg', 'b.cfg']) lab.file(`tftp/${name}`, 'x'.repeat(900));
      lab.sh('sw', `chmod -R a+rX ${lab.folder}`);
      lab.start(
        'tftp',
        `dnsmasq -d -p 0 --conf-file=/dev/null --user=root --pid-file= --enable-tftp --tftp-root=${lab.folder}/tftp`,
      );
      await lab.wait(1);
      for (const n of numbers(180, 16)) {
        lab.host(`h${n}`, `10.30.1.${n}`);
        await lab.run(
          `h${n}`,
          'for f in a.cfg none.cfg b.cfg other.cfg; do curl -s -m 3 -o /dev/null tftp://10.30.1.22/$f; done',
        );
      }
    },
  },
  {
    name: 'rec-sip-options',
    description:
      'sipp registers phones and asks twelve peers of another segment by OPTIONS, nine of which are off, with its retransmissions.',
    tool: 'sip-tester',
    command: 'sipp -sf options.xml -m 1',
    source: '10.30.1.36',
    why: 'UDP 5060 of twelve hosts, nine silent, seven retransmissions each',
    departed: addresses('10.30.6', 140, 9),
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.36');
      const scenario = lab.file(
        'options.xml',
        `<?xml version="1.0"?><scenario name="o"><send retrans="500"><![CDATA[
OPTIONS sip:x@[remote_ip] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:me@[local_ip]>;tag=[call_number]
To: <sip:x@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 OPTIONS
Max-Forwards: 70
Content-Length: 0

]]></send><recv response="200" timeout="20000"/></scenario>`,
      );
      lab.start(
        'far',
        `sipp -sf ${lab.file('answer.xml', '<?xml version="1.0"?><scenario name="a"><recv request="OPTIONS"/><send><![CDATA[\nSIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n]]></send></scenario>')} -i 10.30.6.20 -p 5060 -bg`,
      );
      const list = [...addresses('10.30.6', 140, 9), ...addresses('10.30.6', 20, 3)];
      await Promise.all(
        list.map((address, i) =>
          lab.run('h', `timeout 22 sipp -sf ${scenario} -m 1 -i 10.30.1.36 -p ${5060 + i} ${address}:5060`),
        ),
      );
    },
  },
  {
    name: 'rec-curl-happy-eyeballs',
    description: 'curl with sites whose IPv6 is dead: IPv6 first, IPv4 200 ms later, forty sites.',
    tool: 'curl',
    command: 'curl --resolve NAME:443:[IPv6],IPv4 https://NAME/',
    source: 'fd30:30:0:1::35',
    why: '443 of forty IPv6 addresses, all silent',
    async record(lab) {
      lab.host('h', '10.30.1.53');
      lab.sh('h', 'ip addr add fd30:30:0:1::35/64 dev eth0 nodad; ip -6 route add default via fd30:30:0:1::1');
      lab.start('inet', 'socat TCP4-LISTEN:443,fork,reuseaddr SYSTEM:"sleep 0.3"');
      await lab.wait(1);
      for (const n of numbers(1, 40)) {
        lab.run(
          'h',
          `curl -s -m 3 -o /dev/null --resolve s${n}.example:443:[2001:db8:${(2 + ((n * 7919) % 65_000)).toString(16)}:${n}::${n * 37}],198.18.${n * 5}.${n} https://s${n}.example/`,
        );
        await lab.wait(0.4);
      }
      await lab.wait(4);
    },
  },
  {
    name: 'rec-squid-proxy',
    description: 'squid fetches for two clients from thirty-two addresses: every third is dead, others refuse.',
    tool: 'squid',
    command: 'squid -N; curl -x',
    source: '10.30.1.18',
    why: 'port 80 of thirty-two outside hosts',
    filter: 'not ip6',
    async record(lab) {
      lab.host('proxy', '10.30.1.18');
      lab.sh('proxy', `chmod 777 ${lab.folder}`);
      lab.start(
        'proxy',
        `squid -n zoo${process.pid} -N -f ${lab.file('squid.conf', `http_port 3128\nhttp_access allow all\ncache deny all\npid_filename none\naccess_log none\ncache_log ${lab.folder}/squid.log\ncoredump_dir ${lab.folder}\nconnect_timeout 3 seconds\nforward_max_tries 2\nnetdb_filename none\npinger_enable off\nshutdown_lifetime 0 seconds\n`)}`,
      );
      lab.start('inet', 'socat TCP4-LISTEN:80,fork,reuseaddr SYSTEM:"printf \'HTTP/1.0 200 OK\\r\\n\\r\\nx\'"');
      await lab.wait(4);
      for (const n of [20, 21]) lab.host(`h${n}`, `10.30.1.${n}`);
      for (const n of numbers(0, 32)) {
        lab.run(
          `h${20 + (n % 2)}`,
          `curl -s -m 5 -o /dev/null -x 10.30.1.18:3128 http://${n % 3 === 0 ? `198.19.30.${n + 1}` : `198.18.${n}.9`}${n % 7 === 5 ? ':81' : ''}/`,
        );
        await lab.wait(0.25);
      }
      await lab.wait(4);
    },
  },
  {
    name: 'rec-snmp-printers',
    description:
      'CUPS looks for printers: SNMP by broadcast, mDNS, and then the printers that it knew, five of which are gone.',
    tool: 'snmp, snmpd, socat',
    command: 'socat UDP4-DATAGRAM:10.30.1.255:161; snmpget',
    source: '10.30.1.43',
    why: 'SNMP to everybody and to five departed neighbours',
    departed: addresses('10.30.1', 210, 5),
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.43');
      for (const n of numbers(200, 3)) {
        lab.host(`h${n}`, `10.30.1.${n}`);
        lab.start(
          `h${n}`,
          `env MIBS= snmpd -f -Lo -C -c ${lab.file(`snmpd${n}.conf`, 'agentaddress udp:161\nrocommunity public\n')} -p ${lab.folder}/snmpd${n}.pid`,
        );
      }
      await lab.wait(6);
      // What CUPS's snmp backend sends: an SNMP 1 get request, here of the system's name.
      const question = lab.bytes(
        'question',
        Buffer.from('302602010004067075626c6963a019020101020100020100300e300c06082b060102010105000500', 'hex'),
      );
      for (let k = 0; k < 2; k++) {
        await lab.run('h', `socat -t 1 - UDP4-DATAGRAM:10.30.1.255:161,broadcast < ${question}`);
        await Promise.all(
          [...addresses('10.30.1', 200, 3), ...addresses('10.30.1', 210, 5)].map((address) =>
            lab.run(
              'h',
              `MIBS= snmpget -t 1 -r 2 -v1 -c public ${address} 1.3.6.1.2.1.1.5.0; timeout 2 bash -c "</dev/tcp/${address}/9100"`,
            ),
          ),
        );
      }
    },
  },
  {
    name: 'rec-samba-names',
    description:
      "Samba's client asks for names and for servers that were retired: NetBIOS by broadcast, then TCP 445 and 139, on the segment and behind the router.",
    tool: 'samba-common-bin, smbclient',
    command: 'nmblookup; smbclient -L',
    source: '10.30.1.31',
    why: 'TCP 445 and 139 of ten retired servers, ARP for five departed neighbours',
    departed: [...addresses('10.30.1', 90, 5), ...addresses('10.30.2', 140, 5)],
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.31');
      const config = lab.file('smb.conf', '[global]\nworkgroup = ZOO\n');
      for (const name of ['FILES', 'OLDFILES', 'PRINT'])
        lab.sh('h', `timeout 5 nmblookup -s ${config} -B 10.30.1.255 ${name}`);
      for (let k = 0; k < 2; k++)
        await Promise.all(
          [...addresses('10.30.1', 90, 5), ...addresses('10.30.2', 140, 5)].map((address) =>
            lab.run('h', `timeout 9 smbclient -s ${config} -N -L ${address}`),
          ),
        );
    },
  },
  {
    name: 'rec-router-nud',
    description:
      'A Linux router gets packets from outside for forty hosts of its /24 and /64, of which thirty have left: its kernel asks for each.',
    tool: 'Linux 6.x',
    command: 'socat from the internet to absent hosts',
    source: '10.30.1.1',
    why: 'a router asks for what comes from outside',
    departed: addresses('10.30.1', 40, 30),
    async record(lab) {
      for (const n of numbers(20, 10)) {
        lab.host(`h${n}`, `10.30.1.${n}`);
        lab.run(`h${n}`, 'ping -c 8 -i 3 203.0.113.20');
      }
      await lab.run(
        'inet',
        'for n in $(seq 20 29) $(seq 40 69); do echo x | socat -u - UDP4-SENDTO:10.30.1.$n:50443,bind=203.0.113.20:443; echo x | socat -u - UDP6-SENDTO:[fd30:30:0:1::$n]:50443,bind=[2001:db8:1::20]:443; sleep 0.4; done',
      );
      await lab.wait(4);
    },
  },
  {
    name: 'rec-stale-neighbours',
    description:
      'A Linux host wakes: the kernel verifies twenty neighbours by unicast and then by broadcast; fourteen have left.',
    tool: 'Linux 6.x',
    command: 'ip neigh replace ... nud stale; ping',
    source: '10.30.1.30',
    why: 'ARP for fourteen departed neighbours, thrice by unicast and thrice by broadcast',
    departed: addresses('10.30.1', 80, 14),
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.30');
      for (const n of numbers(20, 6)) lab.host(`h${n}`, `10.30.1.${n}`);
      lab.sh(
        'h',
        'for n in $(seq 80 93); do ip neigh replace 10.30.1.$n lladdr 02:00:00:00:01:$n nud stale dev eth0; done',
      );
      await lab.run(
        'h',
        'for n in $(seq 20 25) $(seq 80 93); do (ping -c 8 -W 1 10.30.1.$n >/dev/null &); sleep 0.1; done; sleep 14',
      );
    },
  },
  {
    name: 'rec-ipv6-radvd',
    description:
      'radvd announces two prefixes; sixteen hosts configure themselves with duplicate address detection and privacy addresses, and visit the internet.',
    tool: 'radvd',
    command: 'radvd -n; sysctl net.ipv6.conf.eth0.use_tempaddr=2',
    source: 'fd30:30:0:1::1',
    why: 'solicitations from :: for addresses that must not exist',
    learned: false,
    async record(lab) {
      lab.sh('gw', 'ip addr add fd30:30:0:2::1/64 dev eth0 nodad');
      lab.start(
        'gw',
        `radvd -n -m stderr -p ${lab.folder}/radvd.pid -C ${lab.file('radvd.conf', 'interface eth0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 5; prefix fd30:30:0:1::/64 {}; prefix fd30:30:0:2::/64 {}; };\n')}`,
      );
      for (const n of numbers(1, 16)) {
        lab.host(`h${n}`, undefined, { ipv6: true });
        lab.sh(
          `h${n}`,
          'sysctl -qw net.ipv6.conf.eth0.use_tempaddr=2 net.ipv6.conf.eth0.accept_ra=2; ip link set eth0 down; ip link set eth0 up',
        );
      }
      await lab.wait(6);
      for (const n of numbers(1, 16)) lab.run(`h${n}`, 'ping -6 -c 2 2001:db8:1::20');
      await lab.wait(6);
    },
  },
  {
    name: 'rec-tinc-mesh',
    description:
      'A tinc node dials twenty-four peers at the addresses that their host files name, private ones of other homes among them; twenty are gone.',
    tool: 'tinc',
    command: 'tincd -D',
    source: '10.30.1.38',
    why: 'TCP 655 of twenty-four hosts, twenty silent',
    departed: addresses('10.30.20', 140, 12),
    filter: 'not ip6',
    async record(lab) {
      lab.host('h', '10.30.1.38');
      const peers = [
        ...addresses('10.30.20', 140, 12),
        ...addresses('198.19.20', 10, 8),
        ...addresses('10.30.20', 20, 4),
      ];
      for (const [i, address] of peers.entries()) lab.file(`tinc/hosts/p${i}`, `Address = ${address}\nPort = 655\n`);
      lab.file(
        'tinc/tinc.conf',
        `Name = me\nDeviceType = dummy\n${peers.map((_, i) => `ConnectTo = p${i}`).join('\n')}\n`,
      );
      lab.file('tinc/hosts/me', 'Port = 655\n');
      lab.sh('h', `yes "" | tincd -c ${lab.folder}/tinc -K2048`);
      for (const [i] of peers.entries())
        lab.sh('sw', `sed -n '/BEGIN/,$p' ${lab.folder}/tinc/hosts/me >> ${lab.folder}/tinc/hosts/p${i}`);
      lab.start('h', `tincd -D -c ${lab.folder}/tinc --pidfile=${lab.folder}/tinc.pid`);
      await lab.wait(30);
    },
  },
  {
    name: 'rec-yggdrasil-peers',
    description:
      'yggdrasil dials thirty configured peers, twenty-two of which are gone, and looks for neighbours by multicast.',
    tool: 'yggdrasil',
    command: 'yggdrasil -useconffile',
    source: '10.30.1.39',
    why: 'TCP of thirty outside hosts at scattered ports, most silent',
    async record(lab) {
      lab.host('h', '10.30.1.39');
      const peers = [...addresses('198.19.21', 10, 22), ...addresses('198.18.21', 10, 8)].map(
        (address, i) => `"tcp://${address}:${[443, 8080, 9001, 12345][i % 4]}"`,
      );
      const config = lab.file(
        'ygg.conf',
        `{ "Peers": [${peers.join(',')}], "IfName": "none", "AdminListen": "none", "MulticastInterfaces": [{ "Regex": ".*", "Beacon": true, "Listen": true }] }`,
      );
      lab.start('h', `yggdrasil -useconffile ${config}`);
      await lab.wait(20);
    },
  },
  {
    name: 'rec-rsyslog-dead',
    description: 'rsyslog on six hosts sends to two servers that are gone, by UDP and TCP.',
    tool: 'rsyslog',
    command: 'rsyslogd -n',
    source: '10.30.1.20',
    why: 'everybody at two silent hosts without end',
    departed: ['10.30.3.200', '10.30.1.211'],
    filter: 'not ip6',
    async record(lab) {
      for (const n of numbers(20, 6)) {
        lab.host(`h${n}`, `10.30.1.${n}`);
        const config = lab.file(
          `rsyslog${n}.conf`,
          'module(load="imudp")\ninput(type="imudp" address="127.0.0.1" port="1514")\n*.* @10.30.3.200:514\n*.* @@10.30.3.200:6514\n*.* @@10.30.1.211:514\n',
        );
        lab.start(`h${n}`, `rsyslogd -n -f ${config} -i ${lab.folder}/rsyslog${n}.pid`);
        lab.run(
          `h${n}`,
          'sleep 2; for k in 1 2 3 4 5 6 7 8; do echo "<14>zoo: entry $k" | socat -u - UDP4-SENDTO:127.0.0.1:1514; sleep 3; done',
        );
      }
      await lab.wait(28);
    },
  },
  {
    name: 'rec-syncthing-old-addresses',
    description:
      'syncthing with its discovery on the segment and sixteen devices whose last addresses are gone, tried by TCP and QUIC.',
    tool: 'syncthing',
    command: 'syncthing serve --no-browser',
    source: '10.30.1.40',
    why: 'TCP and UDP 22000 of sixteen hosts, twelve silent',
    departed: [...addresses('10.30.8', 140, 12)],
    async record(lab) {
      lab.host('h', '10.30.1.40');
      await syncthing(lab);
    },
  },
  {
    name: 'rec-service-addresses',
    description:
      'A load balancer starts with forty service addresses: it asks by arping whether each is free, takes it, and announces it.',
    tool: 'iputils-arping',
    command: 'arping -D -c 2 -I eth0 ADDRESS',
    source: '10.30.1.57',
    why: 'ARP probes from 0.0.0.0 for addresses that must not exist, forty in a minute',
    newcomers: addresses('10.30.1', 100, 40),
    filter: 'not ip6',
    prepare(lab) {
      lab.host('h', '10.30.1.57');
    },
    async record(lab) {
      await lab.run(
        'h',
        'for n in $(seq 100 139); do arping -q -D -c 1 -w 1 -I eth0 10.30.1.$n && ip addr add 10.30.1.$n/24 dev eth0 && arping -q -U -c 2 -I eth0 -s 10.30.1.$n 10.30.1.$n; done',
      );
    },
  },
  {
    name: 'rec-nat64-tayga',
    description:
      'tayga translates for an IPv6-only client: forty sites at 2001:db8:64::/96, a third of which do not answer.',
    tool: 'tayga',
    command: 'tayga -d; curl -6',
    source: 'fd30:30:0:1::60',
    why: 'TCP 443 of forty addresses of one /96, and of as many IPv4 hosts by the translator',
    async record(lab) {
      lab.host('nat', '10.30.1.8');
      lab.host('h');
      const config = lab.file(
        'tayga.conf',
        `tun-device nat64\nipv4-addr 10.30.1.9\nipv6-addr fd30:30:0:1::8\nprefix 2001:db8:64::/96\ndynamic-pool 10.30.1.224/28\ndata-dir ${lab.folder}\n`,
      );
      lab.sh(
        'nat',
        `tayga -c ${config} --mktun; ip link set nat64 up; sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.proxy_arp=1; ip route add 10.30.1.224/28 dev nat64; ip -6 route add 2001:db8:64::/96 dev nat64; ip addr add fd30:30:0:1::7/64 dev eth0 nodad`,
      );
      lab.start('nat', `tayga -d -c ${config}`);
      lab.sh('h', 'ip addr add fd30:30:0:1::60/64 dev eth0 nodad; ip -6 route add default via fd30:30:0:1::7');
      lab.start('inet', 'socat TCP4-LISTEN:443,fork,reuseaddr SYSTEM:"sleep 0.2"');
      await lab.wait(2);
      for (const n of numbers(0, 40)) {
        const [a, b, c, d] = n % 3 === 2 ? [198, 19, 33, n] : [198, 18, n, 10];
        const hex = [a, b, c, d].map((part) => (part as number).toString(16).padStart(2, '0'));
        lab.run(
          'h',
          `curl -s -m 3 -o /dev/null --resolve s.example:443:[2001:db8:64::${hex[0]}${hex[1]}:${hex[2]}${hex[3]}] https://s.example/`,
        );
        await lab.wait(0.3);
      }
      await lab.wait(4);
    },
  },
  {
    name: 'rec-upnp-miniupnpc',
    description:
      'Twelve hosts ask by SSDP for a gateway that maps ports; minidlna answers each, and the client asks at its port 8200 what it can do.',
    tool: 'miniupnpc, minidlna',
    command: 'upnpc -s',
    source: '10.30.1.60',
    why: 'SSDP answers by unicast to ever new ports, and TCP 8200 of the one that answered',
    filter: 'not ip6',
    async record(lab) {
      lab.host('tv', '10.30.1.60');
      lab.sh('tv', 'ip route add 224.0.0.0/4 dev eth0');
      lab.start(
        'tv',
        `minidlnad -d -f ${lab.file('minidlna.conf', `network_interface=eth0\nport=8200\nmedia_dir=${lab.folder}\ndb_dir=${lab.folder}/db\nlog_dir=${lab.folder}\nnotify_interval=30\n`)} -P ${lab.folder}/minidlna.pid`,
      );
      await lab.wait(3);
      for (const n of numbers(100, 12)) {
        lab.host(`h${n}`, `10.30.1.${n}`);
        await lab.run(
          `h${n}`,
          'timeout 6 upnpc -s; timeout 3 curl -s -o /dev/null http://10.30.1.60:8200/rootDesc.xml',
        );
      }
    },
  },
];

/** A tracker that names the peers of `stale.torrent`, peers that answer and hang up, and a client for some time. */
async function torrent(lab: Lab, host: string, client: string, seconds: number): Promise<void> {
  const peers = [
    ...numbers(0, 72).map((n) => [198, 19, 40 + (n % 9), 10 + n, n % 3 === 0 ? 6881 : 10_007 + 613 * n] as const),
    ...numbers(0, 18).map((n) => [198, 18, 40 + n, 10 + n, n < 8 ? 6881 : 6999] as const),
  ];
  const compact = Buffer.concat(peers.map(([a, b, c, d, port]) => Buffer.from([a, b, c, d, port >> 8, port & 255])));
  lab.bytes(
    'answer',
    Buffer.concat([
      Buffer.from(`HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nd8:intervali1800e5:peers${compact.length}:`),
      compact,
      Buffer.from('e'),
    ]),
  );
  lab.start(
    'inet',
    `socat TCP4-LISTEN:80,fork,reuseaddr SYSTEM:'timeout 0.2 cat >/dev/null; cat ${lab.folder}/answer'`,
  );
  lab.start('inet', 'socat TCP4-LISTEN:6881,fork,reuseaddr SYSTEM:"sleep 0.5"');
  const announce = 'http://203.0.113.30/announce';
  lab.bytes(
    'stale.torrent',
    Buffer.concat([
      Buffer.from(
        `d8:announce${announce.length}:${announce}4:infod6:lengthi262144e4:name5:stale12:piece lengthi262144e6:pieces20:`,
      ),
      Buffer.alloc(20, 7),
      Buffer.from('ee'),
    ]),
  );
  await lab.wait(1);
  lab.start(host, client);
  await lab.wait(seconds);
}

async function reflector(lab: Lab): Promise<void> {
  lab.sh('sw', 'true');
  const device = (name: string, bridge: string, address: string): void => {
    lab.host(name, address, { bridge, router: bridge === 'br0' });
    lab.sh(name, 'ip route add 224.0.0.0/4 dev eth0');
  };
  for (const n of numbers(30, 3)) device(`d${n}`, 'br1', `10.30.5.${n}`);
  for (const n of numbers(120, 6)) device(`h${n}`, 'br0', `10.30.1.${n}`);
  const start = (host: string, text: string): void => {
    const config = lab.file(
      `${host}.conf`,
      `[server]\nhost-name=${host}\nenable-dbus=no\nuse-ipv6=no\nallow-interfaces=eth0,eth1\n${text}`,
    );
    // Each has a /run of its own, for its socket and its number.
    lab.start(
      host,
      `unshare -m sh -c "mount -t tmpfs none /run && exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f ${config}"`,
    );
  };
  start('refl', '[reflector]\nenable-reflector=yes\n');
  for (const n of numbers(30, 3)) start(`d${n}`, '');
  await lab.wait(5);
  for (const n of numbers(120, 6))
    await lab.run(
      `h${n}`,
      'for q in d30.local d31.local d32.local none.local; do timeout 2 dig -p 5353 +time=1 +tries=1 @224.0.0.251 $q; done',
    );
}

async function syncthing(lab: Lab): Promise<void> {
  const home = `${lab.folder}/st`;
  lab.sh('h', `syncthing generate --home=${home} --no-default-folder`, 30_000);
  const own = lab.sh('h', `syncthing --home=${home} --device-id`).trim();
  const ids = numbers(0, 16).map((i) => {
    lab.sh('h', `syncthing generate --home=${lab.folder}/o${i} --no-default-folder`, 30_000);
    return lab.sh('h', `syncthing --home=${lab.folder}/o${i} --device-id`).trim();
  });
  const list = [...addresses('10.30.8', 140, 12), ...addresses('10.30.8', 20, 4)];
  const devices = ids.map(
    (id, i) =>
      `<device id="${id}" name="o${i}"><address>tcp://${list[i]}:22000</address><address>quic://${list[i]}:22000</address></device>`,
  );
  lab.file(
    'st/config.xml',
    `<configuration version="36"><device id="${own}" name="me"><address>dynamic</address></device>${devices.join('')}<gui enabled="false"/><options><globalAnnounceEnabled>false</globalAnnounceEnabled><localAnnounceEnabled>true</localAnnounceEnabled><relaysEnabled>false</relaysEnabled><natEnabled>true</natEnabled><reconnectionIntervalS>10</reconnectionIntervalS><urAccepted>-1</urAccepted><autoUpgradeIntervalH>0</autoUpgradeIntervalH><crashReportingEnabled>false</crashReportingEnabled></options></configuration>`,
  );
  lab.start('h', `syncthing serve --home=${home} --no-browser --no-restart --no-upgrade`);
  await lab.wait(30);
}
