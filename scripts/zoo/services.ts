/** Honest oddities of servers, agents and clients with long lists: monitoring, failover, proxies, directories. */
import { gone, type Member, MINUTE, neighbours, outside, outside6, routed, SECOND } from './member.js';
import { router, type Story } from './story.js';

/** A list in one order of chance: who is there, and who is not. */
function mixed(story: Story, alive: readonly string[], dead: readonly string[]): Array<readonly [string, boolean]> {
  return story.dice.shuffled([...alive.map((h) => [h, true] as const), ...dead.map((h) => [h, false] as const)]);
}

export const serviceMembers: Member[] = [
  {
    name: 'monitoring-mostly-dead',
    description:
      'LibreNMS polls 200 devices behind the router by ping, SNMP and TCP; 150 belong to a branch that moved away.',
    source: '10.30.1.16',
    why: 'ping, UDP 161 and TCP 22 of 200 hosts, 150 silent',
    departed: [...gone(10, 75), ...gone(11, 75)],
    write(story) {
      mixed(story, routed(12, 1, 50), [...gone(10, 75), ...gone(11, 75)]).forEach(([device, alive], i) => {
        const at = 2000 + i * 400;
        story.ping(at, '10.30.1.16', device, alive ? 'answered' : 'silent');
        story.udp(at + 40, '10.30.1.16', device, 161, alive ? 'answered' : 'silent', { again: [1000] });
        if (i % 2 === 0) story.tcp(at + 80, '10.30.1.16', device, 22, alive ? 'answered' : 'silent', { again: [] });
      });
    },
  },
  {
    name: 'monitoring-own-segment',
    description: 'The same on its own segment: sixty devices, forty-two of them gone, asked for by ARP at every check.',
    source: '10.30.1.16',
    why: 'ARP for forty-two departed neighbours, three times each, every five minutes',
    departed: gone(1, 42),
    write(story) {
      const list = mixed(story, neighbours(20, 18), gone(1, 42));
      for (let round = 0; round < 2; round++)
        list.forEach(([device, alive], i) => {
          const at = 2000 + round * 5 * MINUTE + i * 3100;
          story.ping(at, '10.30.1.16', device, alive ? 'answered' : 'silent');
          if (alive) story.udp(at + 40, '10.30.1.16', device, 161);
        });
    },
  },
  {
    name: 'monitoring-many-services',
    description: 'A monitoring server checks twenty-four services on each of six servers; a third are not running.',
    source: '10.30.1.16',
    why: 'two dozen ports of each of six living hosts, a third refused',
    write(story) {
      const ports = [
        21, 22, 25, 53, 80, 110, 143, 389, 443, 445, 465, 587, 636, 993, 995, 1433, 3268, 3306, 3389, 5432, 5666, 8080,
        8443, 9100,
      ];
      for (let round = 0; round < 2; round++)
        neighbours(20, 6).forEach((server, i) => {
          ports.forEach((port, k) =>
            story.tcp(
              2000 + round * 5 * MINUTE + i * 4000 + k * 150,
              '10.30.1.16',
              server,
              port,
              (i + k) % 3 === 0 ? 'refused' : 'answered',
              { ask: 0 },
            ),
          );
        });
    },
  },
  {
    name: 'monitoring-from-outside',
    description: 'A hosted monitor outside asks thirty of our servers by ping and TCP 443; nine were switched off.',
    place: 'wan',
    home: ['198.51.100.0/24'],
    source: '203.0.113.16',
    why: 'one outside source at thirty addresses of ours, nine silent',
    departed: Array.from({ length: 9 }, (_, i) => `198.51.100.${60 + i}`),
    write(story) {
      const list = mixed(
        story,
        Array.from({ length: 21 }, (_, i) => `198.51.100.${20 + i}`),
        Array.from({ length: 9 }, (_, i) => `198.51.100.${60 + i}`),
      );
      for (let round = 0; round < 3; round++)
        list.forEach(([server, alive], i) => {
          const at = 2000 + round * MINUTE + i * 900;
          story.ping(at, '203.0.113.16', server, alive ? 'answered' : 'silent');
          story.tcp(at + 100, '203.0.113.16', server, 443, alive ? 'answered' : 'silent');
        });
    },
  },
  {
    name: 'balancer-health-checks',
    description:
      'A load balancer checks forty servers at three ports every two seconds; during a roll-out a third refuse, and eight machines are gone.',
    source: '10.30.1.5',
    why: 'three ports of forty hosts, many refused or silent',
    departed: gone(13, 8),
    write(story) {
      const list = mixed(story, routed(13, 20, 32), gone(13, 8));
      for (let round = 0; round < 3; round++)
        list.forEach(([server, alive], i) => {
          const port = [8080, 8081, 9090][round] as number;
          const outcome = !alive ? 'silent' : (i + round) % 3 === 0 ? 'refused' : 'answered';
          story.tcp(2000 + round * 2000 + i * 40, '10.30.1.5', server, port, outcome, {
            ask: 60,
            answer: 80,
            again: [1000],
          });
        });
    },
  },
  {
    name: 'kubernetes-probes',
    description:
      'A node probes its forty pods (10.30.64.0/24, routed): each at three ports; pods start (refused at first), end (silent), and come back at new addresses.',
    source: '10.30.1.6',
    why: 'ever new addresses and ports of one block, a third refused, a sixth silent',
    newcomers: Array.from({ length: 40 }, (_, i) => `10.30.64.${2 + i}`),
    write(story) {
      for (let pod = 0; pod < 40; pod++) {
        const born = 1000 + pod * 2500;
        for (const [k, port] of [8080, 8081, 15_021].entries())
          for (let round = 0; round < 2; round++) {
            const outcome =
              round === 0 && pod % 3 === 0 ? 'refused' : round === 1 && pod % 6 === 5 ? 'silent' : 'answered';
            story.tcp(born + round * 10_000 + k * 30, '10.30.1.6', `10.30.64.${2 + pod}`, port, outcome, {
              ask: 70,
              answer: 60,
              again: [1000],
            });
          }
      }
    },
  },
  {
    name: 'backup-at-night',
    description:
      'A backup server asks forty-five clients of three segments at ports 10000 and 6106; twenty-eight laptops are at home.',
    source: '10.30.1.17',
    why: 'two ports of forty-five hosts, most silent, and ARP for those of its own segment',
    departed: [...gone(1, 14), ...gone(14, 14)],
    write(story) {
      mixed(story, [...neighbours(20, 8), ...routed(14, 10, 9)], [...gone(1, 14), ...gone(14, 14)]).forEach(
        ([client, alive], i) => {
          const at = 2000 + i * 5000;
          for (const port of [10_000, 6106])
            story.tcp(at + port / 100, '10.30.1.17', client, port, alive ? 'answered' : 'silent');
        },
      );
    },
  },
  {
    name: 'directory-client',
    description:
      'A Windows client looks for a domain controller: DNS names sixteen, CLDAP asks each; eleven were retired without being removed from DNS. Then many services of the one it found.',
    source: '10.30.1.48',
    why: 'UDP 389 of sixteen hosts, eleven silent, then a dozen ports of one host',
    departed: gone(15, 11),
    write(story) {
      const me = '10.30.1.48';
      const list = mixed(story, ['10.30.1.10', ...routed(15, 40, 4)], gone(15, 11));
      for (let round = 0; round < 3; round++) {
        const at = 2000 + round * 40_000;
        story.lookUp(at, me);
        list.forEach(([controller, alive], i) =>
          story.udp(at + 100 + i * 100, me, controller, 389, alive ? 'answered' : 'silent', { ask: 170 }),
        );
        for (const [i, port] of [88, 464, 389, 636, 3268, 445, 135, 49_664, 49_667, 139, 5985, 9389].entries())
          story.tcp(
            at + 3000 + i * 60,
            me,
            '10.30.1.10',
            port,
            port === 139 || port === 9389 || port === 5985 ? 'refused' : 'answered',
          );
      }
    },
  },
  {
    name: 'sccm-client',
    description:
      'A software distribution client tries its boundary group: twenty distribution points at 80, 443, 8530, 8531 and 445; fourteen are gone.',
    source: '10.30.1.49',
    why: 'several ports of twenty servers, most silent',
    departed: gone(16, 14),
    write(story) {
      mixed(story, routed(16, 10, 6), gone(16, 14)).forEach(([point, alive], i) => {
        for (const [k, port] of [443, 80, 8530, 8531, 445].entries())
          story.tcp(
            2000 + i * 8000 + k * 1500,
            '10.30.1.49',
            point,
            port,
            !alive ? 'silent' : k < 2 ? 'answered' : 'refused',
            { again: [3000] },
          );
      });
    },
  },
  {
    name: 'host-reboots',
    description:
      'A workstation starts: lease probe, names, time, directory, drives, printers, updates, all within a minute; two of its servers are down.',
    source: '10.30.1.50',
    why: 'a burst of many services of few hosts',
    departed: ['10.30.1.211', '10.30.2.40'],
    write(story) {
      const me = '10.30.1.50';
      for (let k = 0; k < 3; k++)
        story.arp(1000 + k * 1000, 1, '0.0.0.0', me, { fromMac: story.mac(me), toMac: Buffer.alloc(6) });
      story.announce(4000, me);
      for (let i = 0; i < 12; i++) story.lookUp(4500 + i * 90, me);
      for (const [i, port] of [88, 389, 445, 135, 49_664, 53, 3268, 464].entries())
        story.tcp(6000 + i * 50, me, '10.30.1.10', port);
      story.udp(6500, me, '10.30.1.10', 123);
      story.udp(6600, me, '10.30.1.10', 389);
      for (const [i, port] of [445, 139, 80, 5357].entries())
        story.tcp(9000 + i * 100, me, '10.30.1.11', port, i ? 'refused' : 'answered');
      for (const port of [9100, 631, 80]) story.tcp(12_000, me, '10.30.1.211', port, 'silent');
      for (const port of [8530, 443]) story.tcp(14_000, me, '10.30.2.40', port, 'silent');
      outside(story, 20).forEach((site, i) => story.tcp(16_000 + i * 150, me, site, 443));
    },
  },
  {
    name: 'server-reboots',
    description:
      'A server restarts under fifty clients: their old connections and new attempts are silent, then refused, then answered.',
    source: '10.30.1.11',
    why: 'RST to half of the office, and silence of one host for everybody',
    write(story) {
      neighbours(100, 50).forEach((client, i) => {
        const at = 2000 + i * 37;
        story.resolve(at, client, '10.30.1.11');
        story.segment(at + 5, client, '10.30.1.11', 50_000 + i, 445, 0x18, [77 * i, 99], 60);
        story.segment(20_000 + i * 11, client, '10.30.1.11', 50_000 + i, 445, 0x18, [77 * i, 99], 60);
        story.segment(20_000.4 + i * 11, '10.30.1.11', client, 445, 50_000 + i, 4, [99, 0]);
        for (const port of [445, 80, 3389])
          story.tcp(21_000 + i * 90 + port / 100, client, '10.30.1.11', port, 'refused');
        story.tcp(40_000 + i * 60, client, '10.30.1.11', 445);
      });
    },
  },
  {
    name: 'cloud-agent-failover',
    description:
      'A security agent whose cloud is blocked by the firewall goes through its failover list: forty-eight addresses at 443, 80 and 8443, again and again.',
    source: '10.30.1.51',
    why: 'three ports of forty-eight outside hosts, all silent',
    write(story) {
      // Three blocks of the vendor's, as its names lead there.
      const list = Array.from({ length: 48 }, (_, i) => `198.19.${[4, 77, 131][i % 3]}.${1 + story.dice.below(254)}`);
      for (let round = 0; round < 2; round++)
        list.forEach((host, i) => {
          for (const [k, port] of [443, 80, 8443].entries())
            story.tcp(2000 + round * 200_000 + i * 4000 + k * 1200, '10.30.1.51', host, port, 'silent', {
              again: [1000],
            });
        });
    },
  },
  {
    name: 'forward-proxy',
    description: 'A forward proxy fetches from 90 sites for the office; every seventh is dead, every ninth refuses.',
    source: '10.30.1.18',
    why: '443 of 90 outside hosts',
    write(story) {
      outside(story, 90).forEach((site, i) => {
        const at = 2000 + i * 300;
        if (i % 3 === 0) story.tcp(at, `10.30.1.${100 + (i % 30)}`, '10.30.1.18', 3128);
        story.tcp(
          at + 10,
          '10.30.1.18',
          site,
          i % 4 ? 443 : 80,
          i % 7 === 3 ? 'silent' : i % 9 === 4 ? 'refused' : 'answered',
        );
      });
    },
  },
  {
    name: 'web-crawler',
    description:
      'A link checker follows an old list of 160 sites: half are gone, many lie beside each other at one provider.',
    source: '10.30.1.52',
    why: '80 and 443 of 160 outside hosts in few blocks, half silent, refused or unreachable',
    write(story) {
      for (let i = 0; i < 160; i++) {
        const site = `203.0.113.${1 + ((i * 37) % 250)}`;
        const outcome = (
          ['answered', 'silent', 'answered', 'refused', 'answered', 'unreachable', 'answered', 'silent'] as const
        )[i % 8] as 'answered';
        story.tcp(2000 + i * 500, '10.30.1.52', site, i % 2 ? 443 : 80, outcome, { again: [1000] });
      }
    },
  },
  {
    name: 'happy-eyeballs',
    description:
      'A host whose IPv6 leads nowhere: seventy sites are tried by IPv6 first and by IPv4 a quarter of a second later.',
    source: 'fd30:30:0:1::35',
    why: '443 of seventy IPv6 addresses, all silent',
    write(story) {
      outside(story, 70).forEach((site, i) => {
        const at = 2000 + i * 900;
        story.tcp(at, 'fd30:30:0:1::35', outside6(story), 443, 'silent', {
          again: [1000],
        });
        story.tcp(at + 250, '10.30.1.53', site, 443);
      });
    },
  },
  {
    name: 'nat64-clients',
    description:
      'IPv6-only phones reach the IPv4 internet at 64:ff9b::/96; a quarter of the hosts behind it do not answer.',
    home: ['10.30.0.0/16', 'fd30:30::/48', '64:ff9b::/96'],
    source: 'fd30:30:0:1::60',
    why: 'ever new addresses of one /96 that the config names as home',
    write(story) {
      for (let phone = 0; phone < 4; phone++)
        outside(story, 25).forEach((site, i) => {
          const hex = site.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
          story.tcp(
            2000 + phone * 120 + i * 1500,
            `fd30:30:0:1::${(0x60 + phone).toString(16)}`,
            `64:ff9b::${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`,
            443,
            i % 4 === 3 ? 'silent' : 'answered',
            { again: [1000] },
          );
        });
    },
  },
  {
    name: 'nat-gateway-wan',
    description:
      'Seen outside: one NAT address with sixty clients behind it, 120 sites, and late answers of servers whose mappings have ended.',
    place: 'wan',
    home: ['198.51.100.0/24'],
    source: '198.51.100.1',
    why: 'many outside hosts at many ports, some silent; late packets from outside that nobody answers',
    write(story) {
      outside(story, 120).forEach((site, i) => {
        const at = 2000 + i * 400;
        const port = story.ephemeral();
        story.tcp(
          at,
          '198.51.100.1',
          site,
          i % 5 ? 443 : 1024 + story.dice.below(9000),
          i % 8 === 7 ? 'silent' : 'answered',
          { fromPort: port, again: [1000] },
        );
        if (i % 6 === 0)
          for (const wait of [60_000, 61_000])
            story.segment(at + wait, site, '198.51.100.1', 443, port, 0x11, [5 + i, 6]);
        if (i % 6 === 1) story.datagram(at + 50_000, site, '198.51.100.1', 443, port, 40);
      });
    },
  },
  {
    name: 'broker-list-dead',
    description:
      'A Kafka client with thirty brokers, an etcd client with twelve members and a Cassandra driver with twenty contact points; two data centres of three are down.',
    source: '10.30.1.54',
    why: '9092, 2379 and 9042 of sixty-two hosts, two thirds silent',
    departed: [...gone(17, 20), ...gone(18, 21)],
    write(story) {
      const me = '10.30.1.54';
      const kafka = mixed(story, routed(19, 20, 10), gone(17, 20));
      const cassandra = mixed(story, routed(19, 30, 11), gone(18, 21));
      for (let round = 0; round < 2; round++) {
        kafka.forEach(([host, alive], i) =>
          story.tcp(2000 + round * MINUTE + i * 300, me, host, 9092, alive ? 'answered' : 'silent'),
        );
        cassandra.forEach(([host, alive], i) =>
          story.tcp(15_000 + round * MINUTE + i * 200, me, host, i % 3 ? 9042 : 2379, alive ? 'answered' : 'silent', {
            again: [1000],
          }),
        );
      }
    },
  },
  {
    name: 'syslog-to-nobody',
    description: 'Thirty hosts send their logs to a server that is gone, by UDP and by TCP, every few seconds.',
    source: '10.30.1.100',
    why: 'everybody at one silent host without end',
    write(story) {
      neighbours(100, 30).forEach((host, i) => {
        for (let k = 0; k < 8; k++) {
          story.udp(2000 + k * 7000 + i * 90, host, '10.30.3.14', 514, 'silent', { fromPort: 514 });
          if (k % 4 === 0) story.tcp(2500 + k * 7000 + i * 90, host, '10.30.3.14', 6514, 'silent', { again: [1000] });
        }
      });
    },
  },
  {
    name: 'resolver-dead-authorities',
    description:
      'A resolver walks the tree: 150 authoritative servers, forty dead, some asked by IPv6 that leads nowhere and some by TCP.',
    source: '10.30.1.10',
    why: 'port 53 of 150 outside hosts, many silent',
    write(story) {
      outside(story, 150).forEach((server, i) => {
        const at = 2000 + i * 120;
        story.udp(at, '10.30.1.10', server, 53, i % 4 === 1 ? 'silent' : 'answered', { ask: 50, again: [400, 1200] });
        if (i % 5 === 0) story.udp(at + 20, 'fd30:30:0:1::10', outside6(story), 53, 'silent', { again: [400] });
        if (i % 15 === 0) story.tcp(at + 60, '10.30.1.10', server, 53);
      });
    },
  },
  {
    name: 'ntp-pool',
    description:
      'Twelve hosts each ask four servers of a pool, again others as those fail: half of the pool does not answer.',
    source: '10.30.1.10',
    why: 'UDP 123 of a hundred outside hosts, half silent',
    write(story) {
      const pool = outside(story, 100);
      for (let i = 0; i < 100; i++)
        for (const round of [0, 1, 2])
          story.udp(
            2000 + i * 600 + round * 64_000,
            i < 50 ? '10.30.1.10' : `10.30.1.${20 + (i % 11)}`,
            pool[i] as string,
            123,
            i % 2 ? 'answered' : 'silent',
            { fromPort: 123, ask: 48, answer: 48 },
          );
    },
  },
  {
    name: 'mail-fan-out',
    description:
      'A mail server delivers a newsletter to 90 domains: dead MX hosts, greylisting, silence, some by IPv6.',
    source: '10.30.1.19',
    why: 'port 25 of 90 outside hosts, a third silent or refused',
    write(story) {
      outside(story, 90).forEach((mx, i) => {
        const at = 2000 + i * 350;
        story.udp(at - 50, '10.30.1.19', '10.30.1.10', 53);
        story.tcp(at, '10.30.1.19', mx, 25, i % 5 === 2 ? 'silent' : i % 7 === 3 ? 'refused' : 'answered');
        if (i % 6 === 0) story.tcp(at + 20, 'fd30:30:0:1::19', outside6(story), 25, 'silent');
      });
    },
  },
  {
    name: 'gateway-list-ping',
    description:
      'A router with four uplinks watches them: ping of fourteen anchors outside by each, of which five never answer.',
    source: router,
    why: 'ICMP to fourteen hosts each second, five silent',
    write(story) {
      const anchors = outside(story, 14);
      for (let t = 0; t < 20; t++)
        anchors.forEach((anchor, i) =>
          story.ping(2000 + t * SECOND + i * 30, router, anchor, i % 3 === 2 ? 'silent' : 'answered', 1, 8),
        );
    },
  },
  {
    name: 'remote-desktop-gateway',
    description:
      'A remote desktop gateway connects its users to sixty desktops at 3389, 1494 and 2598; twenty-six are asleep.',
    source: '10.30.1.21',
    why: 'three ports of sixty desktops, twenty-six silent',
    departed: gone(20, 26),
    write(story) {
      mixed(story, routed(20, 20, 34), gone(20, 26)).forEach(([desktop, alive], i) => {
        const at = 2000 + i * 2500;
        story.tcp(at, `198.18.7.${1 + i}`, '10.30.1.21', 443);
        story.tcp(at + 50, '10.30.1.21', desktop, [3389, 1494, 2598][i % 3] as number, alive ? 'answered' : 'silent', {
          again: [3000, 9000],
        });
      });
    },
  },
  {
    name: 'phone-provisioning',
    description:
      'Twenty-four VoIP phones fetch six files each by TFTP: the server answers each from a port of its own, repeats lost blocks, and refuses files that it does not have.',
    source: '10.30.1.22',
    why: 'UDP from ever new ports of one server to ever new ports of many phones',
    write(story) {
      neighbours(180, 24).forEach((phone, i) => {
        for (let file = 0; file < 6; file++) {
          const at = 2000 + i * 900 + file * 400;
          const [mine, its] = [story.ephemeral(), story.ephemeral()];
          story.resolve(at, phone, '10.30.1.22');
          story.datagram(at + 1, phone, '10.30.1.22', mine, 69, 40);
          if (file % 3 === 2) {
            story.datagram(at + 3, '10.30.1.22', phone, its, mine, 20);
            continue;
          }
          story.datagram(at + 3, '10.30.1.22', phone, its, mine, 516);
          if (file % 2) story.datagram(at + 203, '10.30.1.22', phone, its, mine, 516);
          story.datagram(at + 5, phone, '10.30.1.22', mine, its, 4);
        }
        // The phone is restarted: the server's last block meets a closed port.
        if (i % 4 === 0)
          story.unreachable(
            2000 + i * 900 + 2600,
            '10.30.1.22',
            phone,
            17,
            [story.ephemeral(), story.ephemeral()],
            phone,
            3,
          );
      });
    },
  },
  {
    name: 'path-mtu',
    description:
      'Path MTU discovery to forty hosts: large packets with DF, "fragmentation needed" of routers on the way, tracepath\'s datagrams to 44444 and up.',
    source: '10.30.1.55',
    why: 'UDP to ever new high ports, all answered by ICMP errors',
    write(story) {
      outside(story, 40).forEach((site, i) => {
        for (let hop = 0; hop < 4; hop++) {
          const at = 2000 + i * 800 + hop * 60;
          const port = 44_444 + hop;
          story.datagram(at, '10.30.1.55', site, 40_000 + i, port, 1472, { ttl: hop + 1 });
          const quoted = Buffer.alloc(28);
          quoted[0] = 0x45;
          quoted[9] = 17;
          Buffer.from('10.30.1.55'.split('.').map(Number)).copy(quoted, 12);
          Buffer.from(site.split('.').map(Number)).copy(quoted, 16);
          quoted.writeUInt16BE(40_000 + i, 20);
          quoted.writeUInt16BE(port, 22);
          if (hop === 1)
            story.icmp(at + 9, '198.18.0.1', '10.30.1.55', 3, 4, Buffer.concat([Buffer.from([0, 0, 5, 0xd4]), quoted]));
          else
            story.icmp(
              at + 9,
              hop ? '198.18.0.1' : router,
              '10.30.1.55',
              11,
              0,
              Buffer.concat([Buffer.alloc(4), quoted]),
            );
        }
      });
    },
  },
  {
    name: 'honest-fragments',
    description: 'Large DNS answers and NFS over UDP in fragments, the last of which is tiny, to sixteen hosts.',
    source: '203.0.113.53',
    why: 'fragments, some of eight bytes',
    write(story) {
      for (let i = 0; i < 48; i++) {
        const host = `10.30.1.${20 + (i % 16)}`;
        const at = 2000 + i * 900;
        const port = story.ephemeral();
        story.datagram(at, host, '203.0.113.53', port, 53, 50);
        const answer = Buffer.alloc(1488);
        answer.writeUInt16BE(53, 0);
        answer.writeUInt16BE(port, 2);
        answer.writeUInt16BE(1488, 4);
        story.packet(at + 20, '203.0.113.53', host, 17, answer.subarray(0, 1480), { more: true });
        story.packet(at + 20.1, '203.0.113.53', host, 17, answer.subarray(1480), { fragment: 1480 });
      }
    },
  },
  {
    name: 'flooding-switch',
    description:
      'A plain port of a switch whose table is full: it hears one direction of conversations that are none of its business, and all broadcasts.',
    place: 'port',
    source: '10.30.1.23',
    why: 'SYN and ACK of clients to thirty servers whose answers never come by here',
    learned: false,
    write(story) {
      for (let i = 0; i < 90; i++) {
        const at = 2000 + i * 1500;
        const server = `10.30.1.${100 + (i % 30)}`;
        const port = story.ephemeral();
        story.arp(at - 5, 1, '10.30.1.23', server);
        story.segment(at, '10.30.1.23', server, port, 443, 2, [1000 + i, 0]);
        story.segment(at + 1, '10.30.1.23', server, port, 443, 0x10, [1001 + i, 7000]);
        story.segment(at + 2, '10.30.1.23', server, port, 443, 0x18, [1001 + i, 7000], 200);
        story.segment(at + 40, '10.30.1.23', server, port, 443, 0x11, [1201 + i, 9000]);
      }
    },
  },
  {
    name: 'asymmetric-monitoring',
    description:
      'A one-way tap: the questions of a monitoring server (ping, SNMP, TCP 443) to sixty hosts; the answers take another way.',
    source: '10.30.1.16',
    why: 'no question of this direction is ever seen answered',
    learned: false,
    write(story) {
      for (let round = 0; round < 2; round++)
        routed(21, 20, 60).forEach((host, i) => {
          const at = 2000 + round * MINUTE + i * 300;
          const port = story.ephemeral();
          story.ping(at, '10.30.1.16', host, 'silent');
          story.datagram(at + 5, '10.30.1.16', host, port, 161, 60);
          story.segment(at + 9, '10.30.1.16', host, port, 443, 2, [i, 0]);
          story.segment(at + 10, '10.30.1.16', host, port, 443, 0x10, [i + 1, 500]);
          story.segment(at + 11, '10.30.1.16', host, port, 443, 0x18, [i + 1, 500], 100);
          story.segment(at + 30, '10.30.1.16', host, port, 443, 0x11, [i + 101, 900]);
        });
    },
  },
  {
    name: 'router-duplicates-one-way',
    description:
      'A one-way tap on a trunk sees each frame before and after the router (TTL one less, other link addresses); fifty hosts visit servers in another segment.',
    source: '10.30.1.100',
    why: 'every SYN twice from two link addresses, no answer of either',
    learned: false,
    write(story) {
      for (let i = 0; i < 150; i++) {
        const at = 2000 + i * 700;
        const client = `10.30.1.${100 + (i % 50)}`;
        const server = `10.30.22.${10 + (i % 20)}`;
        const port = story.ephemeral();
        const steps: [number, number, [number, number], number][] = [
          [0, 2, [i, 0], 0],
          [1, 0x10, [i + 1, 44], 0],
          [2, 0x18, [i + 1, 44], 90],
        ];
        for (const [wait, flags, numbers, bytes] of steps) {
          story.segment(at + wait, client, server, port, 443, flags, numbers, bytes);
          story.again(at + wait + 0.05, server);
        }
      }
    },
  },
];
