/** Honest oddities of devices that look for each other: group questions, relays, consoles, speakers, printers. */
import { gone, type Member, MINUTE, neighbours, outside, routed, SECOND } from './member.js';
import { router, summed } from './story.js';

const ssdpHead = Buffer.from('M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\n');
const ssdpAnswer = Buffer.from('HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\n');

export const discoveryMembers: Member[] = [
  {
    name: 'ssdp-relay-tv',
    description:
      'An SSDP relay carries questions of 42 hosts to another VLAN; the TV there answers each by unicast, and the answers cross our segment alone.',
    source: '10.30.5.20',
    why: 'UDP from ever new ports of one host to 42 hosts whose group questions the relay carried on',
    write(story) {
      for (const [i, host] of neighbours(100, 42).entries()) {
        const at = 2000 + i * 35 * SECOND;
        const port = story.ephemeral();
        story.datagram(at, host, '239.255.255.250', port, 1900, 120, { head: ssdpHead, ttl: 4 });
        for (let k = 0; k < 2; k++)
          story.datagram(at + 300 + k * 400 + story.dice.below(300), '10.30.5.20', host, 1900, port, 330, {
            head: ssdpAnswer,
          });
      }
    },
  },
  {
    name: 'ssdp-answers-other-port',
    description:
      'A media server answers SSDP questions from a port of its own (as minidlna and many TVs do), each question thrice.',
    source: '10.30.1.60',
    why: 'UDP from ever new ports to thirty hosts that had asked the group',
    write(story) {
      for (const [i, host] of neighbours(100, 30).entries()) {
        const at = 2000 + i * 20 * SECOND;
        const port = story.ephemeral();
        for (let k = 0; k < 3; k++) {
          story.datagram(at + k * 1000, host, '239.255.255.250', port, 1900, 120, { head: ssdpHead, ttl: 4 });
          story.resolve(at + k * 1000 + 90, '10.30.1.60', host);
          story.datagram(at + k * 1000 + 100, '10.30.1.60', host, story.ephemeral(), port, 330, { head: ssdpAnswer });
        }
      }
    },
  },
  {
    name: 'mdns-reflector-legacy',
    description:
      "A reflector carries mDNS into another VLAN; printers and speakers there answer a phone's legacy question by unicast from 5353, some after it has left.",
    source: '10.30.5.30',
    why: 'UDP 5353 from one speaker to forty phones, each to a port of its own',
    write(story) {
      for (const [i, phone] of neighbours(120, 40).entries()) {
        const at = 2000 + i * 25 * SECOND;
        const port = story.ephemeral();
        story.datagram(at, phone, '224.0.0.251', port, 5353, 50, { ttl: 255 });
        for (const device of ['10.30.5.30', '10.30.5.31', '10.30.5.32']) {
          story.datagram(at + 40 + story.dice.below(400), device, phone, 5353, port, 200);
          // Closed again: the socket lives as long as the question.
          if (i % 3 === 0) story.unreachable(at + 800, device, phone, 17, [5353, port], phone, 3);
        }
      }
    },
  },
  {
    name: 'cast-hub',
    description:
      'A home hub asks by mDNS every minute and connects to what it heard of before: speakers, lamps and TVs at their own ports, a third of them on battery or unplugged.',
    source: '10.30.1.70',
    why: 'TCP 8009, 1400, 8080, 6466, 7000 and UDP 56700, 6454 of two dozen neighbours, eight of which are not there',
    departed: gone(1, 8),
    write(story) {
      const hub = '10.30.1.70';
      const ports = [8009, 1400, 8080, 6466, 7000, 9197];
      for (let round = 0; round < 4; round++) {
        const at = 2000 + round * MINUTE;
        story.datagram(at, hub, '224.0.0.251', 5353, 5353, 70, { ttl: 255 });
        neighbours(150, 16).forEach((device, i) => {
          story.datagram(at + 30 + i * 20, device, '224.0.0.251', 5353, 5353, 180, { ttl: 255 });
          story.tcp(
            at + 900 + i * 300,
            hub,
            device,
            ports[i % ports.length] as number,
            i % 5 === 4 ? 'refused' : 'answered',
          );
        });
        for (const [i, device] of gone(1, 8).entries())
          story.tcp(at + 1200 + i * 400, hub, device, ports[i % ports.length] as number, 'silent');
      }
    },
  },
  {
    name: 'spotify-connect',
    description:
      'A phone finds twelve speakers by mDNS and asks each at the port it announced; four of the announcements are out of date.',
    source: '10.30.1.90',
    why: 'twelve neighbours at twelve different high ports, a third refused',
    write(story) {
      for (let round = 0; round < 3; round++)
        neighbours(150, 12).forEach((device, i) => {
          const at = 2000 + round * 40_000 + i * 60;
          story.datagram(at, device, '224.0.0.251', 5353, 5353, 180, { ttl: 255 });
          story.tcp(at + 500, '10.30.1.90', device, 34_000 + i * 613, i % 3 === 2 ? 'refused' : 'answered');
        });
    },
  },
  {
    name: 'lan-sync',
    description:
      'Dropbox LAN sync: forty clients announce themselves by broadcast on 17500, and one connects to each; firewalls of half of them drop it.',
    source: '10.30.1.40',
    why: 'TCP 17500 of forty neighbours that had announced it, half of them silent',
    write(story) {
      neighbours(100, 40).forEach((peer, i) => {
        for (let k = 0; k < 3; k++) story.datagram(1000 + i * 30 + k * 30_000, peer, '10.30.1.255', 17500, 17500, 160);
        const at = 4000 + i * 700;
        if (i % 2) {
          const link = story.resolve(at, '10.30.1.40', peer);
          const port = story.ephemeral();
          for (const wait of [0, 1000, 3000])
            story.segment(link.at + wait, '10.30.1.40', peer, port, 17500, 2, [i * 7777, 0]);
        } else story.tcp(at, '10.30.1.40', peer, 17500);
      });
    },
  },
  {
    name: 'game-lobby',
    description:
      'A game asks the segment by broadcast (27036), then its server list of 90 outside servers for their state; a third are gone.',
    source: '10.30.1.41',
    why: 'one UDP service of ninety outside hosts within seconds, thirty silent',
    write(story) {
      story.datagram(1000, '10.30.1.41', '255.255.255.255', 27036, 27036, 80);
      for (const host of neighbours(100, 5))
        story.udp(1020 + story.dice.below(200), host, '10.30.1.41', 27036, 'answered', { fromPort: 27036 });
      const port = story.ephemeral();
      outside(story, 90).forEach((server, i) => {
        story.udp(4000 + i * 25, '10.30.1.41', server, 27015 + (i % 4), i % 3 === 0 ? 'silent' : 'answered', {
          fromPort: port,
          ask: 25,
          again: [1500],
        });
      });
    },
  },
  {
    name: 'console-port-mapping',
    description:
      "A games console maps ports: SSDP, then SOAP at the router's port, NAT-PMP and PCP, and the same again because the router refuses some.",
    source: '10.30.1.42',
    why: 'many services of the router, some refused',
    write(story) {
      const me = '10.30.1.42';
      for (let round = 0; round < 5; round++) {
        const at = 1000 + round * 20_000;
        for (let k = 0; k < 3; k++)
          story.datagram(at + k * 100, me, '239.255.255.250', 1901, 1900, 120, { head: ssdpHead });
        for (const port of [5000, 49152, 49153, 1780, 2869, 80])
          story.tcp(at + 800 + port / 100, me, router, port, port === 5000 ? 'answered' : 'refused');
        story.udp(at + 3000, me, router, 5351, 'refused', { ask: 12, again: [250, 500, 1000] });
      }
    },
  },
  {
    name: 'printer-driver',
    description:
      'A printer driver broadcasts SNMP, WS-Discovery, LLMNR and NetBIOS, then asks the printers it knew: nine of fourteen were replaced.',
    source: '10.30.1.43',
    why: 'SNMP, 9100, 631 and 80 of fourteen printers, nine of which are gone',
    departed: gone(1, 9),
    write(story) {
      const me = '10.30.1.43';
      for (let round = 0; round < 3; round++) {
        const at = 1000 + round * 60_000;
        story.datagram(at, me, '10.30.1.255', 50001, 161, 60);
        story.datagram(at + 20, me, '239.255.255.250', 50002, 3702, 600);
        story.datagram(at + 40, me, '224.0.0.252', 50003, 5355, 30);
        story.datagram(at + 60, me, '10.30.1.255', 137, 137, 50);
        neighbours(200, 5).forEach((printer, i) => {
          story.datagram(at + 30 + i, printer, me, 161, 50001, 90);
          story.udp(at + 300 + i * 100, me, printer, 161);
          story.tcp(at + 350 + i * 100, me, printer, i % 2 ? 9100 : 631);
        });
        for (const [i, printer] of gone(1, 9).entries()) story.udp(at + 310 + i * 90, me, printer, 161, 'silent');
      }
    },
  },
  {
    name: 'print-server',
    description:
      'A print server asks its fifty printers on other segments for their state every minute; twenty-two are switched off.',
    source: '10.30.1.13',
    why: 'SNMP and 9100 of fifty hosts, twenty-two silent',
    departed: gone(4, 22),
    write(story) {
      const all = story.dice.shuffled([
        ...routed(4, 10, 28).map((p) => [p, true] as const),
        ...gone(4, 22).map((p) => [p, false] as const),
      ]);
      for (let round = 0; round < 2; round++)
        all.forEach(([printer, alive], i) => {
          const at = 1000 + round * MINUTE + i * 400;
          story.udp(at, '10.30.1.13', printer, 161, alive ? 'answered' : 'silent', { again: [1000, 2000] });
          if (i % 4 === 0) story.tcp(at + 100, '10.30.1.13', printer, 9100, alive ? 'answered' : 'silent');
        });
    },
  },
  {
    name: 'multicast-routing',
    description:
      'A multicast router: PIM hellos, IGMP queries and reports, streams from another segment, mDNS and SSDP of everybody.',
    source: router,
    why: 'much traffic to groups, and IGMP from everybody',
    write(story) {
      for (let i = 0; i < 8; i++) {
        story.packet(i * 30_000, router, '224.0.0.13', 103, summed('20000000000100020069001400040004a1b2c3d4', 2), {
          ttl: 1,
        });
        story.packet(i * 30_000 + 50, router, '224.0.0.1', 2, summed('1164000000000000', 2), { ttl: 1 });
        for (const host of neighbours(100, 30)) {
          story.packet(
            i * 30_000 + 100 + story.dice.below(9000),
            host,
            '239.255.255.250',
            2,
            summed('16000000effffffa', 2),
            { ttl: 1 },
          );
          if (i % 2 === 0)
            story.datagram(i * 30_000 + story.dice.below(29_000), host, '224.0.0.251', 5353, 5353, 90, { ttl: 255 });
        }
      }
    },
  },
];
