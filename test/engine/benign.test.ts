import assert from 'node:assert/strict';
import { ACK, arp, icmp, icmpError, ipv4, RST, SYN, tcp, udp } from '../support/packets.js';
import { Office } from './office.js';

/** Everything in this file expects nothing. */
async function expectNobody(story: (office: Office) => void): Promise<void> {
  for (const seed of [
    [1, 2],
    [77, 88],
    [123456789, 987654321],
  ] as [number, number][]) {
    const office = (await Office.open({ seed })).warmUp();
    story(office);
    office.wait(15 * 60_000).close();
    assert.deepEqual(
      office.scans().map((record) => `${record.kind} by ${record.source}`),
      [],
      `seed ${seed}`,
    );
  }
}

describe('no source gets an alert', () => {
  it('for a dead server that is polled without end', () =>
    expectNobody((office) => {
      for (let i = 0; i < 500; i++)
        office.send(tcp('203.0.113.5', '10.20.9.9', 80, SYN, { sourcePort: 1024 + i }), 400);
    }));

  it('for an office whose hosts all ask for a gateway that is gone', () =>
    expectNobody((office) => {
      for (let i = 0; i < 200; i++)
        for (let host = 11; host < 20; host++) office.askLink(`10.20.1.${host}`, '10.20.1.1', false);
    }));

  it('for replies: a web server answering, refusing and resetting a thousand clients', () =>
    expectNobody((office) => {
      for (let i = 0; i < 1000; i++) {
        const client = `198.51.${i >> 8}.${i & 255}`;
        office.send(tcp('10.20.1.5', client, 40000 + i, SYN | ACK, { sourcePort: 80 }));
        office.send(tcp('10.20.1.5', client, 40000 + i, RST | ACK, { sourcePort: 81 }));
        office.send(tcp('10.20.1.5', client, 40000 + i, RST, { sourcePort: 82 }));
      }
    }));

  it('for backscatter: SYN-ACK, RST, echo replies and ICMP errors from a victim elsewhere, at random addresses of ours', () =>
    expectNobody((office) => {
      for (let i = 0; i < 2000; i++) {
        const target = `10.20.${(i * 37) & 255}.${(i * 101) & 255}`;
        office.send(tcp('203.0.113.80', target, 1024 + i, SYN | ACK, { sourcePort: 80 }));
        office.send(tcp('203.0.113.81', target, 1024 + i, RST | ACK, { sourcePort: 80 }));
        office.send(icmp('203.0.113.82', target, 0));
        office.send(icmpError('203.0.113.83', target, 3, 1, ipv4(target, '203.0.113.84', 6, Buffer.alloc(20))));
        office.send(udp('203.0.113.85', target, 1024 + i, { sourcePort: 53 }));
      }
    }));

  it('for a flood of spoofed sources upon one server', () =>
    expectNobody((office) => {
      for (let i = 0; i < 20_000; i++)
        office.send(
          tcp(`${11 + (i % 150)}.${(i * 7) & 255}.${(i >> 8) & 255}.${i & 255}`, '10.20.1.5', 80, SYN),
          i % 4 === 0 ? 1 : 0,
        );
    }));

  it('for a flash crowd: hundreds of clients, each with a few answered connections', () =>
    expectNobody((office) => {
      for (let i = 0; i < 600; i++)
        for (let j = 0; j < 3; j++) office.connect(`198.51.${100 + (i >> 8)}.${i & 255}`, '10.20.1.5', 443, 40000 + j);
    }));

  it('for mail delivery to many outside servers of which a fifth is dead', () =>
    expectNobody((office) => {
      for (let i = 0; i < 300; i++) {
        const server = `${60 + (i % 100)}.${(i * 7) % 250}.3.${1 + (i % 250)}`;
        if (i % 5 === 0) office.send(tcp('10.20.1.25', server, 25, SYN, { sourcePort: 30000 + i }), 200);
        else office.connect('10.20.1.25', server, 25, 30000 + i);
      }
    }));

  it('for a resolver that asks hundreds of name servers, a quarter of them mute', () =>
    expectNobody((office) => {
      for (let i = 0; i < 400; i++)
        office.query(
          '10.20.1.12',
          `${60 + (i % 100)}.${(i * 11) % 250}.4.${1 + (i % 250)}`,
          53,
          i % 4 !== 0,
          20000 + i,
        );
    }));

  it('for file sharing: random peers on random ports, most of them gone', () =>
    expectNobody((office) => {
      for (let i = 0; i < 400; i++) {
        const peer = `${20 + ((i * 13) % 180)}.${(i * 29) % 250}.${(i * 7) % 250}.${1 + (i % 250)}`;
        const port = 1024 + ((i * 7919) % 60000);
        if (i % 5 < 2) office.connect('10.20.1.26', peer, port, 10000 + i);
        else office.send(tcp('10.20.1.26', peer, port, SYN, { sourcePort: 10000 + i }), 100);
      }
    }));

  it('for a monitoring server that polls a hundred hosts, the last twenty gone, round after round', () =>
    expectNobody((office) => {
      for (let round = 0; round < 5; round++) {
        for (let i = 1; i <= 100; i++) office.ping('10.20.1.16', `10.20.8.${i}`, i <= 80);
        office.wait(60_000);
      }
    }));

  it('for traceroute: rising ports towards one host, expired on the way', () =>
    expectNobody((office) => {
      for (let hop = 1; hop <= 30; hop++) {
        for (let i = 0; i < 3; i++) {
          const probe = udp('10.20.1.24', '198.51.100.77', 33434 + hop * 3 + i, { ttl: hop });
          office.send(probe, 30);
          office.send(icmpError(`198.51.100.${hop}`, '10.20.1.24', 11, 0, probe.subarray(14)), 20);
        }
      }
    }));

  it('for a DHCP server that offers addresses to fifty new hosts', () =>
    expectNobody((office) => {
      for (let i = 0; i < 50; i++) office.send(udp('10.20.1.2', `10.20.1.${100 + i}`, 68, { sourcePort: 67 }), 500);
    }));

  it('for broadcast and multicast chatter on many ports', () =>
    expectNobody((office) => {
      for (const port of [137, 138, 631, 1900, 3702, 5353, 5355, 7070, 7680]) {
        for (let i = 0; i < 30; i++) {
          office.send(udp('10.20.1.25', '239.255.255.250', port, { to: Buffer.from('01005e7ffffa', 'hex') }), 100);
          office.send(udp('10.20.1.25', '10.20.1.255', port, { to: Buffer.from('ffffffffffff', 'hex') }), 100);
        }
      }
    }));

  it('for a tap that begins in the middle of a thousand connections', () =>
    expectNobody((office) => {
      for (let i = 0; i < 1000; i++) {
        const client = `10.20.1.${10 + (i % 100)}`;
        const server = `198.51.${i >> 8}.${i & 255}`;
        office.send(tcp(client, server, 443, ACK, { sourcePort: 20000 + i, payload: Buffer.from('data') }));
        office.send(tcp(server, client, 20000 + i, ACK, { sourcePort: 443 }));
      }
    }));

  it('for a link of twenty neighbours that answer all at once', () =>
    expectNobody((office) => {
      for (let i = 0; i < 20; i++) office.send(arp(1, '10.20.1.24', `10.20.1.${100 + i}`), 0);
      for (let i = 0; i < 20; i++) office.send(arp(2, `10.20.1.${100 + i}`, '10.20.1.24'), 0);
    }));

  it('for a load balancer that checks thirteen back ends for an hour, two of them down', () =>
    expectNobody((office) => {
      for (let round = 0; round < 600; round++) {
        for (let i = 1; i <= 13; i++) {
          if (i > 2) office.connect('10.20.1.10', `10.20.8.${i}`, 8080, 20000 + (round % 2000));
          else office.refuse('10.20.1.10', `10.20.8.${i}`, 8080, 20000 + (round % 2000));
        }
        office.wait(6000);
      }
    }));
});

describe('no source gets an alert on a tap that sees one direction only', () => {
  it('for clients at home whose answers pass another link', async () => {
    const office = await Office.open();
    for (let i = 0; i < 300; i++) {
      const server = `198.51.${100 + (i >> 8)}.${i & 255}`;
      const up = { sourcePort: 20000 + i };
      office.send(tcp('10.20.1.24', server, 443, SYN, { ...up, sequence: 1 }), 20);
      office.send(tcp('10.20.1.24', server, 443, ACK, { ...up, sequence: 2, acknowledgement: 77 }), 20);
      office.send(
        tcp('10.20.1.24', server, 443, ACK, { ...up, sequence: 2, acknowledgement: 77, payload: Buffer.from('GET') }),
        1,
      );
      office.send(udp('10.20.1.24', '10.20.1.2', 53, up), 5);
      office.send(icmp('10.20.1.24', server, 8), 5);
    }
    office.wait(60_000).close();
    assert.deepEqual(office.accused(), []);
  });

  it('for machines that ask a plain switch port for twenty neighbours, whose answers it does not see', async () => {
    const office = await Office.open();
    for (let i = 100; i < 120; i++) office.askLink('10.20.1.24', `10.20.1.${i}`, false).wait(500);
    office.close();
    assert.deepEqual(office.accused(), []);
  });
});
