/** Honest oddities of one segment: leases, failover, waking, announcing. */
import { gone, HOUR, type Member, MINUTE, neighbours, SECOND } from './member.js';
import { router, type Story, summed } from './story.js';

const zero = Buffer.alloc(6);

function dhcp(story: Story, at: number, client: string, server: string, kind: 1 | 2 | 3 | 5): void {
  const b = Buffer.alloc(300);
  b[0] = kind === 1 || kind === 3 ? 1 : 2;
  b.set([1, 6, 0], 1);
  if (b[0] === 2) Buffer.from(client.split('.').map(Number)).copy(b, 16);
  story.mac(client).copy(b, 28);
  b.writeUInt32BE(0x63825363, 236);
  b.set([53, 1, kind, 255], 240);
  const udp = Buffer.alloc(8 + b.length);
  udp.writeUInt16BE(b[0] === 1 ? 68 : 67, 0);
  udp.writeUInt16BE(b[0] === 1 ? 67 : 68, 2);
  udp.writeUInt16BE(udp.length, 4);
  b.copy(udp, 8);
  const head = Buffer.alloc(20);
  head[0] = 0x45;
  head.writeUInt16BE(20 + udp.length, 2);
  head[8] = 64;
  head[9] = 17;
  if (b[0] === 2) Buffer.from(server.split('.').map(Number)).copy(head, 12);
  head.fill(255, 16);
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += head.readUInt16BE(i);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >>> 16);
  head.writeUInt16BE(~sum & 0xffff, 10);
  const [to, from] = b[0] === 1 ? [Buffer.alloc(6, 255), story.mac(client)] : [Buffer.alloc(6, 255), story.mac(server)];
  story.raw(at, to, from, 0x0800, Buffer.concat([head, udp]));
}

/** A new client: asked after by the server, leased, probed for and announced by the client, and in use a second later. */
function lease(story: Story, at: number, client: string, server: string, check: 'icmp' | 'arp', times: number): void {
  dhcp(story, at, client, server, 1);
  for (let i = 0; i < times; i++) {
    const t = at + 2 + i * SECOND;
    if (check === 'arp') story.arp(t, 1, server, client);
    else {
      // The kernel knows a link address from an earlier tenant for a while, and asks by ARP otherwise; either way nobody answers.
      for (const again of [0, 1024, 2048]) if (i === 0 || again === 0) story.arp(t + again, 1, server, client);
    }
  }
  const offered = at + times * SECOND + 5;
  dhcp(story, offered, client, server, 2);
  dhcp(story, offered + 3, client, server, 3);
  dhcp(story, offered + 5, client, server, 5);
  for (let i = 0; i < 3; i++)
    story.arp(offered + 100 + i * 1100, 1, '0.0.0.0', client, { fromMac: story.mac(client), toMac: zero });
  for (let i = 0; i < 2; i++) story.announce(offered + 3600 + i * 2000, client);
  const used = offered + 4000;
  story.tcp(used, client, `203.0.113.${10 + story.dice.below(40)}`, 443);
}

export const linkMembers: Member[] = [
  {
    name: 'dhcp-windows-conflict',
    description:
      'A Windows DHCP server with two conflict detection attempts leases 24 addresses in a morning: each is asked after before it is offered.',
    source: '10.30.1.10',
    why: 'ARP requests for two dozen addresses that nobody has; each is leased a second later and speaks',
    newcomers: neighbours(100, 24),
    write(story) {
      neighbours(100, 24).forEach((client, i) => lease(story, i * 40 * SECOND, client, '10.30.1.10', 'icmp', 2));
    },
  },
  {
    name: 'dhcp-arp-check',
    description:
      'A DHCP server in a small router (udhcpd, RouterOS) asks by ARP whether an address is free before it offers it.',
    source: router,
    why: 'ARP requests for addresses that nobody has; each is leased at once and speaks',
    newcomers: neighbours(60, 24),
    write(story) {
      neighbours(60, 24).forEach((client, i) => lease(story, i * 15 * SECOND, client, router, 'arp', 1));
    },
  },
  {
    name: 'dhcp-one-lease-an-hour',
    description: 'The router leases a never-used address every hour for a day (guests), after a ping check.',
    source: router,
    why: 'one absent address an hour, each leased and in use a second later',
    learned: false,
    write(story) {
      for (let i = 0; i < 24; i++) {
        const at = i * HOUR;
        for (const host of neighbours(20, 3))
          story.tcp(at + story.dice.below(HOUR), host, `203.0.113.${10 + story.dice.below(40)}`, 443);
        lease(story, at, `10.30.1.${100 + i}`, router, 'icmp', 1);
      }
    },
  },
  {
    name: 'vrrp-departed',
    description:
      'The VRRP backup takes over. Answers from outside still come for thirty hosts, twenty of which have gone home; it knows none of their link addresses.',
    source: '10.30.1.3',
    why: 'a router that nobody knew until now asks by ARP for ten present and twenty departed neighbours within seconds',
    departed: gone(1, 20),
    write(story) {
      const [master, backup] = ['10.30.1.2', '10.30.1.3'];
      const advert = (at: number, from: string): void =>
        story.packet(at, from, '224.0.0.18', 112, summed('21016401000100000a1e01010000000000000000', 6), { ttl: 255 });
      for (let i = 0; i < 20; i++) advert(i * SECOND, master);
      for (const host of neighbours(20, 10)) story.tcp(2000 + story.dice.below(15_000), host, '203.0.113.20', 443);
      const over = 24 * SECOND;
      for (let i = 0; i < 40; i++) advert(over + i * SECOND, backup);
      story.move(router, backup);
      for (let i = 0; i < 5; i++) story.announce(over + i * 2, router);
      story.dice
        .shuffled([
          ...neighbours(20, 10).map((h) => [h, true] as const),
          ...gone(1, 20).map((h) => [h, false] as const),
        ])
        .forEach(([host, alive], i) => {
          const at = over + 50 + i * 120;
          for (let k = 0; k < (alive ? 1 : 3); k++) story.ask(at + k * 1024, backup, host, alive);
          if (alive) story.datagram(at + 1, '203.0.113.20', host, 443, 50000 + i, 200);
        });
    },
  },
  {
    name: 'hsrp-takeover-warms-up',
    description:
      'An HSRP standby router becomes active and refreshes every entry of the ARP table it had synchronized: 48 hosts, 30 of them asleep.',
    source: '10.30.1.3',
    why: 'ARP requests for a whole table of known neighbours, most of which sleep',
    departed: gone(1, 30),
    write(story) {
      for (let i = 0; i < 10; i++) story.datagram(i * 3000, '10.30.1.2', '224.0.0.2', 1985, 1985, 20);
      for (const host of neighbours(20, 18)) story.tcp(story.dice.below(25_000), host, '203.0.113.20', 443);
      for (let i = 0; i < 10; i++) story.datagram(38_000 + i * 3000, '10.30.1.3', '224.0.0.2', 1985, 1985, 20);
      story.move(router, '10.30.1.3');
      for (let i = 0; i < 3; i++) story.announce(38_010 + i * 500, router, 2);
      const table = story.dice.shuffled([
        ...neighbours(20, 18).map((h) => [h, true] as const),
        ...gone(1, 30).map((h) => [h, false] as const),
      ]);
      table.forEach(([host, alive], i) => story.ask(38_100 + i * 25, '10.30.1.3', host, alive));
    },
  },
  {
    name: 'wake-stale-neighbours',
    description:
      'A laptop wakes after a night with twenty neighbours in its cache, asks each by unicast and then by broadcast; fourteen are not there any more.',
    source: '10.30.1.30',
    why: 'verification of old neighbour entries (NUD): one unicast and three broadcast requests each',
    departed: gone(1, 14),
    write(story) {
      const list = story.dice.shuffled([
        ...neighbours(20, 6).map((h) => [h, true] as const),
        ...gone(1, 14).map((h) => [h, false] as const),
      ]);
      list.forEach(([host, alive], i) => {
        const at = 5000 + i * 130;
        story.ask(at, '10.30.1.30', host, alive, true);
        if (!alive) for (let k = 1; k < 4; k++) story.ask(at + k * 1024, '10.30.1.30', host, false);
      });
      story.tcp(12_000, '10.30.1.30', '203.0.113.9', 443);
    },
  },
  {
    name: 'drives-that-are-gone',
    description:
      'Windows reconnects eleven mapped drives and three printers at log-on; the servers were retired, some of the same segment, some of another.',
    source: '10.30.1.31',
    why: 'TCP 445 and 139 and NetBIOS names of fourteen hosts that are gone, again at each opened folder',
    departed: [...gone(1, 6), ...gone(2, 8)],
    write(story) {
      const me = '10.30.1.31';
      for (let round = 0; round < 3; round++) {
        const at = 3000 + round * 50_000;
        gone(1, 6).forEach((host, i) => {
          for (let k = 0; k < 3; k++) story.ask(at + i * 40 + k * 1000, me, host, false);
        });
        for (let i = 0; i < 8; i++) {
          story.lookUp(at + i * 50, me);
          story.tcp(at + i * 50 + 5, me, gone(2, 8)[i] as string, 445, 'silent', { again: [3000, 9000] });
          story.tcp(at + i * 50 + 21_000, me, gone(2, 8)[i] as string, 139, 'silent', { again: [3000, 9000] });
        }
        story.tcp(at + 700, me, '10.30.1.11', 445);
      }
    },
  },
  {
    name: 'garp-storm',
    description: 'After a failover a load balancer announces its 120 virtual addresses five times each.',
    source: '10.30.1.5',
    why: 'hundreds of ARP announcements within seconds, in both forms',
    write(story) {
      for (let round = 0; round < 5; round++)
        neighbours(100, 120).forEach((address, i) => {
          story.move(address, '10.30.1.5');
          story.announce(1000 + round * 1000 + i * 2, address, round % 2 ? 2 : 1);
        });
    },
  },
  {
    name: 'vm-migration',
    description:
      'A hypervisor is drained: thirty virtual machines move, each told to the switches by RARP and by an announcement, then each refreshes its peers.',
    source: '10.30.1.100',
    why: 'bursts of RARP, announcements and requests for the same few servers',
    write(story) {
      neighbours(100, 30).forEach((vm, i) => {
        const at = 2000 + i * 3000;
        for (let k = 0; k < 3; k++)
          story.raw(
            at + k * 50,
            Buffer.alloc(6, 255),
            story.mac(vm),
            0x8035,
            Buffer.concat([
              Buffer.from('0001080006040003', 'hex'),
              story.mac(vm),
              Buffer.alloc(4),
              story.mac(vm),
              Buffer.alloc(4),
            ]),
          );
        story.announce(at + 200, vm);
        for (const peer of [router, '10.30.1.10', '10.30.1.11']) story.ask(at + 300, vm, peer, true);
      });
    },
  },
  {
    name: 'reply-to-everybody',
    description:
      'A plain switch port. One device answers ARP by broadcast, as RFC 3927 allows; the gateway asks for its hosts all day, and their answers do not come here.',
    place: 'port',
    source: router,
    why: 'one answer to everybody is no proof that this port hears answers',
    learned: false,
    write(story) {
      for (const host of neighbours(20, 30))
        for (let t = story.dice.below(MINUTE); t < 40 * MINUTE; t += 4 * MINUTE + story.dice.below(3 * MINUTE))
          story.arp(t, 1, host, router);
      for (let t = 10_000; t < 40 * MINUTE; t += 12_000 + story.dice.below(20_000))
        story.arp(t, 1, router, `10.30.1.${20 + story.dice.below(50)}`);
      story.arp(5 * MINUTE, 2, '10.30.1.77', '10.30.1.20', { toMac: Buffer.alloc(6, 255) });
    },
  },
  {
    name: 'proxy-arp',
    description:
      'Twelve hosts with a /16 netmask ask by ARP for hosts of other segments; the router answers for all of them (proxy ARP).',
    source: '10.30.1.20',
    why: "ARP for dozens of addresses that lie elsewhere, all answered with the router's link address",
    write(story) {
      for (const host of neighbours(20, 12))
        for (let i = 0; i < 5; i++) {
          const target = `10.30.${2 + story.dice.below(4)}.${10 + story.dice.below(40)}`;
          story.move(target, router);
          const at = 1000 + story.dice.below(60_000);
          story.arp(at, 1, host, target);
          story.arp(at + 0.7, 2, target, host);
          story.tcp(at + 2, host, target, 443);
        }
    },
  },
  {
    name: 'wake-on-lan',
    description:
      'A deployment server wakes forty workstations by magic packets, then waits for each: it asks by ARP until it is up, and five never come.',
    source: '10.30.1.12',
    why: 'forty sleeping hosts asked for until they answer',
    departed: neighbours(100, 40),
    write(story) {
      neighbours(100, 40).forEach((host, i) => {
        const head = Buffer.concat([Buffer.alloc(6, 255), ...Array.from({ length: 16 }, () => story.mac(host))]);
        story.datagram(1000 + i * 200, '10.30.1.12', '10.30.1.255', 40000, 9, 102, { head });
        const up = i % 8 === 7 ? Infinity : 25_000 + story.dice.below(20_000);
        for (let t = 10_000; t < 60_000; t += 10_000) {
          const at = t + i * 200;
          story.ask(at, '10.30.1.12', host, t > up);
          if (t > up) {
            story.ping(at + 1, '10.30.1.12', host);
            break;
          }
          for (let k = 1; k < 3; k++) story.ask(at + k * 1024, '10.30.1.12', host, false);
        }
      });
    },
  },
  {
    name: 'ipv6-morning',
    description:
      'Twenty-four hosts come up: duplicate address detection for link-local, stable and privacy addresses, MLD, router solicitations.',
    source: 'fd30:30:0:1::10',
    why: 'solicitations from :: for addresses that must not exist, dozens in a minute',
    write(story) {
      for (let i = 0; i < 24; i++) {
        const at = 1000 + story.dice.below(50_000);
        const ids = Array.from(
          { length: 3 },
          () =>
            `${(story.dice.below(65000) + 1).toString(16)}:${(story.dice.below(65000) + 1).toString(16)}:${(0x100 + i).toString(16)}:${(story.dice.below(65000) + 1).toString(16)}`,
        );
        const [own, ...global] = [`fe80::${ids[0]}`, ...ids.map((id) => `fd30:30:0:1:${id}`)] as [string, ...string[]];
        for (const address of [own, ...global]) story.move(address, own);
        story.solicit(at, '::', own);
        story.icmp(
          at + 1010,
          own,
          'ff02::2',
          133,
          0,
          Buffer.concat([Buffer.alloc(4), Buffer.from([1, 1]), story.mac(own)]),
        );
        story.icmp(
          at + 1030,
          'fe80::ff:fe00:1',
          'ff02::1',
          134,
          0,
          Buffer.from(
            '400007080000000000000000030440c0000151800000384000000000fd300030000000010000000000000000',
            'hex',
          ),
        );
        global.forEach((address, k) => story.solicit(at + 1100 + k * 200, '::', address));
        story.ask(at + 2500, global[1] as string, 'fd30:30:0:1::1', true);
        story.tcp(at + 2600, global[1] as string, '2001:db8:77::80', 443);
      }
    },
  },
  {
    name: 'router-nud-backscatter',
    description:
      'From outside come answers to somebody who forged our addresses; the router asks its /64 for each, and nobody is there.',
    source: 'fd30:30:0:1::1',
    why: 'a router asks for what comes from outside; the outsiders are victims of a flood elsewhere',
    write(story) {
      for (let i = 0; i < 60; i++) {
        const absent = `fd30:30:0:1:${(story.dice.below(65000) + 1).toString(16)}:${(story.dice.below(65000) + 1).toString(16)}:${(story.dice.below(65000) + 1).toString(16)}:${i + 1}`;
        const at = 1000 + i * 900;
        for (let k = 0; k < 3; k++) story.ask(at + k * 1000, 'fd30:30:0:1::1', absent, false);
        const host = `fd30:30:0:1::${(20 + (i % 12)).toString(16)}`;
        story.tcp(at + 300, host, '2001:db8:77::80', 443);
      }
    },
  },
];
