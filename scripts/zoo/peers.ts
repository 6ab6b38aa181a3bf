/** Honest oddities of programs that dial what others tell them: telephones, overlays, file sharing, games. */
import { gone, type Member, MINUTE, neighbours, outside, routed, SECOND } from './member.js';
import { privateHome } from './story.js';

/** What peers elsewhere advertise as their own: private addresses that mean something in their homes only. */
function advertised(pick: (n: number) => number, count: number): string[] {
  const shapes = [
    () => `192.168.${pick(3)}.${2 + pick(250)}`,
    () => `192.168.${pick(256)}.${2 + pick(250)}`,
    () => `10.${pick(256)}.${pick(256)}.${2 + pick(250)}`,
    () => `172.${16 + pick(16)}.${pick(4)}.${2 + pick(250)}`,
  ];
  const all = new Set<string>();
  while (all.size < count) {
    const address = (shapes[pick(shapes.length)] as () => string)();
    if (!address.startsWith('10.30.')) all.add(address);
  }
  return [...all];
}

const stun = Buffer.from('000100002112a442', 'hex');

export const peerMembers: Member[] = [
  {
    name: 'softphone-buddies',
    description:
      'A softphone asks sixteen buddies on another segment for their presence (SIP OPTIONS); twelve are switched off, and each question is repeated as RFC 3261 says.',
    source: '10.30.1.36',
    why: 'UDP 5060 of sixteen hosts, twelve silent, ten retransmissions each',
    departed: gone(6, 12),
    write(story) {
      const again = [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
      const all = story.dice.shuffled([
        ...routed(6, 20, 4).map((h) => [h, true] as const),
        ...gone(6, 12).map((h) => [h, false] as const),
      ]);
      for (let round = 0; round < 2; round++)
        all.forEach(([buddy, alive], i) =>
          story.udp(2000 + round * 90_000 + i * 150, '10.30.1.36', buddy, 5060, alive ? 'answered' : 'silent', {
            fromPort: 5060,
            ask: 400,
            again,
          }),
        );
      for (let t = 0; t < 180_000; t += 15_000) story.datagram(t, '10.30.1.36', '203.0.113.60', 5060, 5060, 4);
    },
  },
  {
    name: 'ice-checks',
    description:
      'Ten calls between browsers: ICE checks every pair of candidates, private addresses and relays of the others among them; two in three pairs never answer.',
    home: privateHome,
    source: '10.30.1.37',
    why: 'STUN to ever new ports of many private and public addresses, most silent',
    write(story) {
      for (let call = 0; call < 10; call++) {
        const at = 2000 + call * 50_000;
        const mine = story.ephemeral();
        const [peer, relay] = outside(story, 2) as [string, string];
        const candidates = [...advertised((n) => story.dice.below(n), 4), peer, relay];
        story.udp(at, '10.30.1.37', '203.0.113.70', 3478, 'answered', { fromPort: mine, ask: 20, head: stun });
        candidates.forEach((candidate, i) => {
          const there = candidate === relay || (candidate === peer && call % 2 === 0);
          story.udp(
            at + 200 + i * 50,
            '10.30.1.37',
            candidate,
            49_152 + story.dice.below(16_000),
            there ? 'answered' : 'silent',
            { fromPort: mine, ask: 88, head: stun, again: [500, 1500, 3500] },
          );
        });
      }
    },
  },
  {
    name: 'tailscale-disco',
    description:
      'A mesh VPN client (Tailscale) in a tailnet of thirty: disco pings to every endpoint that the peers advertise, mostly private addresses of other homes, through the router.',
    home: privateHome,
    source: '10.30.1.38',
    why: 'UDP 41641 and others of eighty private addresses that do not exist here',
    write(story) {
      const disco = Buffer.from('5453f09f92ac', 'hex');
      for (let peer = 0; peer < 30; peer++) {
        const at = 2000 + peer * 11_000;
        for (const [i, address] of advertised((n) => story.dice.below(n), 3).entries())
          story.udp(at + i * 5, '10.30.1.38', address, i === 2 ? 1024 + story.dice.below(60_000) : 41_641, 'silent', {
            fromPort: 41_641,
            ask: 120,
            head: disco,
            again: [5000],
          });
        story.udp(
          at + 40,
          '10.30.1.38',
          outside(story, 1)[0] as string,
          1024 + story.dice.below(60_000),
          peer % 2 ? 'answered' : 'silent',
          { fromPort: 41_641, ask: 120, head: disco },
        );
        story.tcp(at + 300, '10.30.1.38', '203.0.113.71', 443);
      }
    },
  },
  {
    name: 'tailscale-disco-named-home',
    description:
      'The same client where the home is named: twenty peers advertise addresses of a branch that uses 10.30 as well, so they fall into our home behind the router.',
    source: '10.30.1.38',
    why: 'UDP 41641 of forty home addresses behind the router that do not exist',
    write(story) {
      const disco = Buffer.from('5453f09f92ac', 'hex');
      for (let peer = 0; peer < 20; peer++) {
        const at = 2000 + peer * 13_000;
        for (let i = 0; i < 2; i++)
          story.udp(
            at + i * 5,
            '10.30.1.38',
            `10.30.${20 + story.dice.below(200)}.${2 + story.dice.below(250)}`,
            41_641,
            'silent',
            { fromPort: 41_641, ask: 120, head: disco, again: [5000] },
          );
        story.udp(at + 40, '10.30.1.38', outside(story, 1)[0] as string, 41_641, 'answered', {
          fromPort: 41_641,
          ask: 120,
          head: disco,
        });
      }
    },
  },
  {
    name: 'zerotier-paths',
    description:
      'A ZeroTier node tries every path of forty members: UDP 9993 at public and private addresses, at most a third answer.',
    home: privateHome,
    source: '10.30.1.39',
    why: 'UDP 9993 of a hundred addresses, most silent',
    write(story) {
      for (let member = 0; member < 40; member++) {
        const at = 2000 + member * 4000;
        for (const address of advertised((n) => story.dice.below(n), 1))
          story.udp(at, '10.30.1.39', address, 9993, 'silent', { fromPort: 9993, ask: 140, again: [10_000] });
        story.udp(
          at + 20,
          '10.30.1.39',
          outside(story, 1)[0] as string,
          9993,
          member % 3 === 0 ? 'answered' : 'silent',
          { fromPort: 9993, ask: 140, again: [10_000] },
        );
      }
    },
  },
  {
    name: 'wireguard-hub',
    description:
      "A WireGuard hub with keep-alives for 48 road warriors at their last endpoints, in the office's own other segments and outside: forty are away.",
    source: '10.30.1.14',
    why: 'handshake initiations every five seconds to forty silent hosts at many ports',
    departed: gone(7, 20),
    write(story) {
      const head = Buffer.from('01000000', 'hex');
      const peers = story.dice.shuffled([...gone(7, 20), ...outside(story, 28)]);
      for (let round = 0; round < 3; round++)
        peers.forEach((peer, i) => {
          const alive = !peer.startsWith('10.') && i % 3 === 0;
          story.udp(2000 + round * 5300 + i * 60, '10.30.1.14', peer, 51_820, alive ? 'answered' : 'silent', {
            fromPort: 51_820,
            ask: 148,
            head,
          });
        });
    },
  },
  {
    name: 'ipfs-kubo',
    description:
      'kubo walks its table: TCP and QUIC 4001 of what peers advertise, a private address in every second multiaddress.',
    home: privateHome,
    source: '10.30.1.45',
    why: 'port 4001 of 120 addresses, half private and silent',
    write(story) {
      for (let peer = 0; peer < 60; peer++) {
        const at = 2000 + peer * 1500;
        const [there] = outside(story, 1) as [string];
        const outcome = (['answered', 'silent', 'refused', 'answered', 'silent'] as const)[peer % 5] as 'answered';
        story.udp(at, '10.30.1.45', there, 4001, outcome === 'answered' ? 'answered' : 'silent', {
          ask: 1250,
          fromPort: 4001,
        });
        story.tcp(at + 50, '10.30.1.45', there, 4001, outcome);
        for (const address of advertised((n) => story.dice.below(n), 1)) {
          story.tcp(at + 80, '10.30.1.45', address, 4001, 'silent', { again: [1000] });
          story.udp(at + 90, '10.30.1.45', address, 4001, 'silent', { ask: 1250, fromPort: 4001 });
        }
      }
    },
  },
  {
    name: 'torrent-stale-cache',
    description:
      'A file-sharing client starts after two weeks with 150 peers in its cache: four in five are gone, many at one port (6881), some neighbours of each other.',
    source: '10.30.1.46',
    why: 'TCP and uTP of 150 outside hosts, 120 silent or refused',
    write(story) {
      outside(story, 150).forEach((peer, i) => {
        const at = 2000 + i * 300;
        const port = i % 3 === 0 ? 6881 : 1024 + story.dice.below(64_000);
        const outcome = i % 5 === 0 ? 'answered' : i % 7 === 0 ? 'refused' : 'silent';
        if (i % 2) story.tcp(at, '10.30.1.46', peer, port, outcome, { again: [1000] });
        else
          story.udp(at, '10.30.1.46', peer, port, outcome === 'answered' ? 'answered' : 'silent', {
            fromPort: 51_413,
            ask: 30,
            again: [1000],
          });
      });
    },
  },
  {
    name: 'torrent-wan-afterlife',
    description:
      'Seen outside the router: an address that ran a file-sharing client yesterday is still dialled by its swarm; the router drops it.',
    place: 'wan',
    home: ['198.51.100.0/24'],
    source: '198.18.0.0/15',
    why: 'eighty outside hosts contact one silent port of one address, each a few times',
    write(story) {
      outside(story, 80).forEach((peer, i) => {
        const at = 2000 + i * 900;
        for (const wait of [0, 3000, 9000]) story.datagram(at + wait, peer, '198.51.100.7', 6881 + (i % 5), 51_413, 60);
      });
    },
  },
  {
    name: 'delivery-optimization',
    description:
      'Windows Delivery Optimization gets fifty peers of the same company from the cloud and asks each at TCP 7680: laptops gone, firewalls silent, some answer.',
    source: '10.30.1.47',
    why: 'TCP 7680 of fifty hosts of the office, thirty-six silent',
    departed: gone(8, 36),
    write(story) {
      const all = story.dice.shuffled([
        ...gone(8, 36).map((h) => [h, false] as const),
        ...routed(8, 10, 14).map((h) => [h, true] as const),
      ]);
      for (let round = 0; round < 2; round++)
        all.forEach(([peer, alive], i) => {
          story.tcp(2000 + round * 5 * MINUTE + i * 200, '10.30.1.47', peer, 7680, alive ? 'answered' : 'silent', {
            again: [1000, 3000, 7000],
          });
        });
    },
  },
  {
    name: 'delivery-optimization-own-segment',
    description:
      'The same on the own segment: thirty laptops that left are asked for by ARP, ten that are there answer or drop.',
    source: '10.30.1.47',
    why: 'ARP for thirty departed neighbours, three times each',
    departed: gone(1, 30),
    write(story) {
      const all = story.dice.shuffled([
        ...gone(1, 30).map((h) => [h, false] as const),
        ...neighbours(20, 10).map((h) => [h, true] as const),
      ]);
      all.forEach(([peer, alive], i) =>
        story.tcp(2000 + i * 250, '10.30.1.47', peer, 7680, alive ? 'answered' : 'silent'),
      );
    },
  },
  {
    name: 'consul-gossip',
    description:
      'A Consul agent gossips with forty members of two segments (UDP and TCP 8301); fifteen were removed without leaving.',
    source: '10.30.1.15',
    why: 'one service of forty hosts, fifteen silent by UDP and then by TCP',
    departed: gone(9, 15),
    write(story) {
      const all = [...routed(9, 20, 25).map((h) => [h, true] as const), ...gone(9, 15).map((h) => [h, false] as const)];
      for (let k = 0; k < 120; k++) {
        const [member, alive] = story.dice.pick(all);
        story.udp(2000 + k * SECOND, '10.30.1.15', member, 8301, alive ? 'answered' : 'silent', { fromPort: 8301 });
        if (!alive) story.tcp(2500 + k * SECOND, '10.30.1.15', member, 8301, 'silent', { again: [1000] });
      }
    },
  },
];
