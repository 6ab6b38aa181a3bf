/** The kinds that need more than one source, more than one conversation, or time: each with the traffic that must not be taken for it. */
import assert from 'node:assert/strict';
import { Random } from '../../scripts/bench/random.js';
import { LINK_IEEE80211 } from '../../src/engine/constants/codes.js';
import type { Kind, TimedRecord } from '../../src/protocol/record.js';
import { ACK, arp, FIN, PSH, SYN, type TcpOptions, tcp } from '../support/packets.js';
import { Office } from './office.js';

const outsider = '203.0.113.66';
const insider = '10.20.1.66';
const hour = 3_600_000;

const told = (office: Office, kind: Kind): TimedRecord[] =>
  office.take().records.filter((record) => record.kind === kind);

/** A whole conversation: handshake, `sent` and `received` bytes of data in segments of at most 1,000, and the end. */
function talk(
  office: Office,
  client: string,
  server: string,
  port: number,
  sourcePort: number,
  sent: number,
  received: number,
): void {
  const up = (flags: number, o: TcpOptions): void =>
    void office.send(tcp(client, server, port, flags, { sourcePort, ...o }), 2);
  const down = (flags: number, o: TcpOptions): void =>
    void office.send(tcp(server, client, sourcePort, flags, { sourcePort: port, ...o }), 2);
  const [mine, his] = [sourcePort * 1000, sourcePort * 500];
  up(SYN, { sequence: mine });
  down(SYN | ACK, { sequence: his, acknowledgement: mine + 1 });
  up(ACK, { sequence: mine + 1, acknowledgement: his + 1 });
  for (let at = 0; at < sent; at += 1000) {
    up(ACK | PSH, {
      sequence: mine + 1 + at,
      acknowledgement: his + 1,
      payload: Buffer.alloc(Math.min(1000, sent - at)),
    });
  }
  for (let at = 0; at < received; at += 1000) {
    const size = Math.min(1000, received - at);
    down(ACK | PSH, { sequence: his + 1 + at, acknowledgement: mine + 1 + sent, payload: Buffer.alloc(size) });
    up(ACK, { sequence: mine + 1 + sent, acknowledgement: his + 1 + at + size });
  }
  up(FIN | ACK, { sequence: mine + 1 + sent, acknowledgement: his + 1 + received });
  down(FIN | ACK, { sequence: his + 1 + received, acknowledgement: mine + 2 + sent });
}

describe('a scan that many sources share', () => {
  it('is reported as one episode, without blaming any one of them', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 120; i++)
      office.send(tcp(`198.51.100.${1 + (i % 60)}`, `10.20.${9 + (i % 5)}.${1 + i}`, 8443, SYN), 1000);
    office.wait(60_000);
    const [start] = told(office, 'distributed-scan');
    assert.equal(start?.stage, 'start');
    assert.equal(start?.verdict, 'scan');
    assert.equal(start?.source, '');
    assert.deepEqual(start?.services, [8443]);
    assert.ok((start?.sources ?? 0) >= 12 && (start?.sources ?? 0) <= 20, `${start?.sources} sources`);
    assert.deepEqual(office.accused(), ['']);
  });

  it('spread over hours is found too, and ends once it is over, with its size', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 300; i++) {
      office.send(tcp(`198.51.${i % 100}.7`, `10.20.${9 + (i % 7)}.${1 + (i % 250)}`, 5900, SYN), 2000).wait(60_000);
    }
    office.wait(12 * hour);
    const records = told(office, 'distributed-scan');
    assert.deepEqual(records.filter((record) => record.stage === 'start').length, 1);
    const end = records.at(-1);
    assert.equal(end?.stage, 'end');
    assert.ok((end?.sources ?? 0) > 50 && (end?.sources ?? 0) < 150, `${end?.sources} of 100 sources`);
    assert.ok(records.length <= 12);
  });

  it('is not taken from one dead server that a hundred clients still ask for', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 400; i++)
      office.send(tcp(`198.51.100.${1 + (i % 200)}`, '10.20.9.9', 443, SYN, { sourcePort: 1024 + i }), 300);
    office.wait(hour).close();
    assert.deepEqual(office.accused(), []);
  });

  it('is not taken from many clients of many live servers, seen for the first time', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 600; i++) office.connect(`198.51.${i & 255}.9`, `10.20.8.${1 + (i % 60)}`, 443, 20000 + i);
    office.wait(hour).close();
    assert.deepEqual(office.accused(), []);
  });

  it('is not taken from the noise of the internet, a few first-time sources an hour on every port', async () => {
    const office = (await Office.open()).warmUp();
    const random = new Random(5);
    const ports = [22, 23, 80, 443, 445, 3389, 5900, 6379, 8080, 8443];
    for (let i = 0; i < 1500; i++) {
      office
        .send(
          tcp(
            `${20 + random.below(150)}.${random.below(256)}.${random.below(256)}.1`,
            `10.20.${random.below(256)}.${random.below(256)}`,
            ports[random.below(ports.length)] as number,
            SYN,
          ),
          1,
        )
        .wait(120_000);
    }
    office.close();
    assert.deepEqual(office.accused(), []);
  });

  it('becomes normal when it never stops: one episode, not one a day', async () => {
    const office = (await Office.open()).warmUp();
    const random = new Random(6);
    for (let i = 0; i < 6000; i++) {
      office
        .send(
          tcp(
            `${20 + random.below(150)}.${random.below(256)}.${random.below(256)}.1`,
            `10.20.${random.below(256)}.${random.below(256)}`,
            23,
            SYN,
          ),
          1,
        )
        .wait(45_000);
    }
    office.close();
    assert.ok(told(office, 'distributed-scan').filter((record) => record.stage === 'start').length <= 1);
    assert.ok(told(office, 'distributed-scan').length <= 12);
  });

  it("with a port of chance for each probe is one episode too, of several services, in no service's name", async () => {
    const office = (await Office.open()).warmUp();
    const random = new Random(7);
    for (let i = 0; i < 200; i++)
      office.send(tcp(`198.51.${i & 127}.${i}`, `10.20.${9 + (i % 5)}.${1 + i}`, 1 + random.below(65535), SYN), 1000);
    const records = told(office.wait(60_000), 'distributed-scan');
    assert.deepEqual(
      records
        .filter(({ stage }) => stage === 'start')
        .map(({ source, services, protocol }) => [source, services, protocol]),
      [['', [], '']],
    );
    const start = records[0] as TimedRecord;
    assert.ok(start.sources >= 12 && start.sources <= 30, `${start.sources} sources`);
    assert.ok(start.serviceCount >= 6 && start.serviceCount <= 40, `${start.serviceCount} services`);
    assert.deepEqual(office.accused(), ['']);
    const end = told(office.wait(2 * hour), 'distributed-scan').at(-1);
    assert.equal(end?.stage, 'end');
    assert.ok((end?.sources ?? 0) > 100 && (end?.sources ?? 0) < 300, `${end?.sources} of 200 sources`);
    assert.ok((end?.serviceCount ?? 0) >= 60, `${end?.serviceCount} of 200 services`);
  });

  it('with a port of chance for each probe, by as many /64s of one /48, is one episode', async () => {
    const office = (await Office.open()).warmUp();
    const random = new Random(8);
    for (let i = 0; i < 200; i++)
      office.send(
        tcp(
          `2001:db8:bad:${(i + 1).toString(16)}::1`,
          `fd20:20::9:${(i + 1).toString(16)}`,
          1 + random.below(65535),
          SYN,
        ),
        1000,
      );
    office.wait(60_000);
    assert.deepEqual(
      told(office, 'distributed-scan')
        .filter(({ stage }) => stage === 'start')
        .map(({ services }) => services),
      [[]],
    );
  });

  it('on one service is told for that service, and not again for all together', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 200; i++)
      office.send(tcp(`198.51.${i & 127}.${i}`, `10.20.${9 + (i % 5)}.${1 + i}`, 8443, SYN), 1000);
    assert.deepEqual(
      told(office.wait(60_000), 'distributed-scan')
        .filter(({ stage }) => stage === 'start')
        .map(({ services }) => services),
      [[8443]],
    );
  });

  it('is not taken from first-time sources at every port that are as many as ever', async () => {
    const office = (await Office.open()).warmUp();
    const random = new Random(9);
    // Two a minute for two days.
    for (let i = 0; i < 5760; i++) {
      const source = `${20 + random.below(150)}.${random.below(256)}.${random.below(256)}.1`;
      const target = `10.20.${random.below(256)}.${random.below(256)}`;
      office.send(tcp(source, target, 1 + random.below(65535), SYN), 1).wait(random.below(60_000));
    }
    office.close();
    assert.deepEqual(office.accused(), []);
  });

  it('is not taken from many ports of one address that nobody has any more', async () => {
    const office = (await Office.open()).warmUp();
    const random = new Random(10);
    for (let i = 0; i < 400; i++)
      office.send(tcp(`198.51.${i & 255}.${i >> 8}`, '10.20.9.9', 1 + random.below(65535), SYN), 300);
    office.wait(hour).close();
    assert.deepEqual(office.accused(), []);
  });

  it('by a source that does much by itself is reported for that source', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 60; i++) office.send(tcp(`198.51.100.${1 + i}`, `10.20.9.${1 + i}`, 8443, SYN), 200);
    for (let i = 0; i < 60; i++) office.send(tcp(outsider, `10.20.12.${1 + i}`, 8443, SYN), 200);
    assert.ok(office.accused().includes(outsider));
  });
});

describe('a login tried again and again', () => {
  it('from outside is brute force, reported once and not per attempt', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 40; i++) talk(office, outsider, '10.20.1.5', 22, 30000 + i, 1500, 2200);
    office.wait(10 * 60_000);
    const records = told(office, 'brute-force');
    assert.deepEqual(
      records.map((record) => record.stage),
      ['start', 'progress', 'end'],
    );
    assert.equal(records[0]?.source, outsider);
    assert.equal(records[0]?.technique, 'T1110');
    assert.deepEqual(records[0]?.services, [22]);
    assert.ok((records[0]?.probes ?? 99) <= 6, `${records[0]?.probes} connections`);
    assert.equal(records[2]?.probes, 40);
    assert.equal(records[0]?.spoofable, false);
  });

  it('at home is brute force when it goes fast', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 80; i++) talk(office, insider, '10.20.1.5', 22, 30000 + i, 1500, 2200);
    assert.deepEqual(office.accused(), [insider]);
    assert.equal(told(office, 'brute-force')[0]?.severity, 'high');
  });

  it('is found where the office is so busy that contacts are forgotten in between', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 12; i++) {
      talk(office, outsider, '10.20.1.5', 3389, 30000 + i, 1500, 2200);
      if (i > 0)
        for (let k = 0; k < 1100; k++)
          office.connect(`10.20.2.${1 + (k % 200)}`, `192.0.${k & 63}.${1 + (i & 7)}`, 443, 20000 + k);
    }
    assert.ok(office.accused().includes(outsider));
  });

  it('cannot be made up by forging the SYNs of somebody else', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 200; i++) {
      office.send(tcp('198.51.100.77', '10.20.1.5', 22, SYN, { sourcePort: 30000 + i, sequence: i * 1000 }), 20);
      office.send(
        tcp('10.20.1.5', '198.51.100.77', 30000 + i, SYN | ACK, {
          sourcePort: 22,
          sequence: i * 500,
          acknowledgement: i * 1000 + 1,
        }),
        1,
      );
      office.send(
        tcp('198.51.100.77', '10.20.1.5', 22, ACK, {
          sourcePort: 30000 + i,
          sequence: i * 1000 + 1,
          acknowledgement: 12345,
        }),
        1,
      );
    }
    office.close();
    assert.deepEqual(office.accused(), []);
  });

  const innocent: [string, (office: Office) => void][] = [
    [
      'a script that logs into thirty servers, twice each',
      (office) => {
        for (let i = 0; i < 60; i++) talk(office, insider, `10.20.3.${1 + (i % 30)}`, 22, 30000 + i, 1500, 2200);
      },
    ],
    [
      'a build server that fetches once every two seconds',
      (office) => {
        for (let i = 0; i < 120; i++) {
          talk(office, insider, '10.20.1.5', 22, 30000 + i, 2500, 3500);
          office.wait(2000);
        }
      },
    ],
    [
      'a monitor outside that looks at SSH every half minute',
      (office) => {
        for (let i = 0; i < 300; i++) {
          talk(office, '198.51.100.77', '10.20.1.5', 22, 30000 + i, 21, 40);
          office.wait(30_000);
        }
      },
    ],
    [
      'a colleague outside with long sessions',
      (office) => {
        for (let i = 0; i < 8; i++) {
          talk(office, '198.51.100.77', '10.20.1.5', 22, 30000 + i, 9000, 20_000);
          office.wait(1000);
        }
      },
    ],
    [
      'a browser that opens forty connections to the web server',
      (office) => {
        for (let i = 0; i < 40; i++) talk(office, '198.51.100.77', '10.20.1.5', 443, 30000 + i, 900, 5000);
      },
    ],
    [
      'clients of a broker that has gone away',
      (office) => {
        for (let i = 0; i < 300; i++) office.refuse(`10.20.2.${1 + (i % 20)}`, '10.20.1.5', 22, 30000 + i);
      },
    ],
  ];
  for (const [name, story] of innocent) {
    it(`is not taken from ${name}`, async () => {
      const office = (await Office.open()).warmUp();
      story(office);
      office.wait(10 * 60_000).close();
      assert.deepEqual(office.accused(), []);
    });
  }
});

describe('a foothold', () => {
  const sweep = (office: Office, port: number): void => {
    office.connect('198.51.100.9', '10.20.1.5', port, 53001);
    for (let i = 1; i <= 20; i++) office.send(tcp(outsider, `10.20.9.${i}`, port, SYN), 100);
  };

  it('is the scanner that comes back and moves data: critical, and not spoofable', async () => {
    const office = (await Office.open()).warmUp();
    sweep(office, 22);
    office.wait(30_000);
    talk(office, outsider, '10.20.1.5', 22, 31000, 3000, 150_000);
    office.wait(10 * 60_000);
    const records = told(office, 'foothold');
    assert.deepEqual(
      records.map((record) => record.stage),
      ['start', 'end'],
    );
    assert.equal(records[0]?.source, outsider);
    assert.equal(records[0]?.severity, 'critical');
    assert.equal(records[0]?.technique, 'T1133');
    assert.equal(records[0]?.spoofable, false);
    assert.deepEqual(records[0]?.services, [22]);
  });

  it('by an upload to a web server is an exploit of it', async () => {
    const office = (await Office.open()).warmUp();
    sweep(office, 8080);
    talk(office, outsider, '10.20.1.5', 8080, 31000, 20_000, 300);
    assert.equal(told(office, 'foothold')[0]?.technique, 'T1190');
  });

  it('is still seen hours after the scan', async () => {
    const office = (await Office.open()).warmUp();
    sweep(office, 22);
    office.wait(6 * hour);
    talk(office, outsider, '10.20.1.5', 22, 31000, 3000, 150_000);
    assert.equal(told(office, 'foothold').length, 1);
  });

  it('reading banners is no foothold', async () => {
    const office = (await Office.open()).warmUp();
    sweep(office, 22);
    for (let i = 0; i < 20; i++) {
      talk(office, outsider, '10.20.1.5', 22, 31000 + i, 1400, 3300);
      office.wait(60_000);
    }
    assert.deepEqual(told(office, 'foothold'), []);
  });

  it('is not taken from banners read over many connections at once', async () => {
    const office = (await Office.open()).warmUp();
    sweep(office, 22);
    const random = new Random(4);
    const open: [number, number, number][] = [];
    for (let i = 0; i < 4000; i++) {
      const [sourcePort, mine, his] = [20000 + i, random.next(), random.next()];
      office.send(tcp(outsider, '10.20.1.5', 22, SYN, { sourcePort, sequence: mine }), 2);
      office.send(
        tcp('10.20.1.5', outsider, sourcePort, SYN | ACK, {
          sourcePort: 22,
          sequence: his,
          acknowledgement: (mine + 1) >>> 0,
        }),
        2,
      );
      office.send(
        tcp(outsider, '10.20.1.5', 22, ACK, {
          sourcePort,
          sequence: (mine + 1) >>> 0,
          acknowledgement: (his + 1) >>> 0,
        }),
        2,
      );
      open.push([sourcePort, mine, his]);
      const [port, a, b] = open[Math.max(0, i - 7)] as [number, number, number];
      office.send(
        tcp(outsider, '10.20.1.5', 22, ACK, {
          sourcePort: port,
          sequence: (a + 1) >>> 0,
          acknowledgement: (b + 42) >>> 0,
        }),
        2,
      );
    }
    assert.deepEqual(told(office, 'foothold'), []);
  });

  it('is not taken from an ordinary client with ever so much data', async () => {
    const office = (await Office.open()).warmUp();
    sweep(office, 22);
    talk(office, '198.51.100.9', '10.20.1.5', 22, 31000, 30_000, 150_000);
    assert.deepEqual(told(office, 'foothold'), []);
  });
});

describe('service probing', () => {
  it('is what a scan is called when it talks with most of what it reaches', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 6; i++) office.refuse(outsider, `10.20.7.${i}`, 22, 40000 + i);
    for (let i = 1; i <= 30; i++) talk(office, outsider, `10.20.8.${i}`, 22, 32000 + i, 40, 60);
    office.close();
    const end = office.scans(outsider).at(-1);
    assert.equal(end?.kind, 'service-probe');
    assert.equal(end?.technique, 'T1595.002');
    assert.equal(end?.spoofable, false);
  });
});

describe('a source on the watchlist', () => {
  it('is reported at its first contact, once, as a notice', async () => {
    const office = (await Office.open({ watch: ['203.0.113.0/24'] })).warmUp();
    for (let i = 0; i < 5; i++) talk(office, outsider, '10.20.1.5', 443, 31000 + i, 300, 900);
    const records = told(office, 'watch-hit');
    assert.equal(records.length, 1);
    assert.equal(records[0]?.source, outsider);
    assert.equal(records[0]?.verdict, 'notice');
    assert.deepEqual(records[0]?.services, [443]);
    assert.deepEqual(office.accused(), []);
  });

  it('gets an alert after fewer probes than others', async () => {
    const probes = async (watch: string[]): Promise<number> => {
      const office = (await Office.open({ watch })).warmUp();
      office.connect('198.51.100.9', '10.20.1.6', 445, 53001);
      for (let i = 1; i <= 30; i++) office.send(tcp(outsider, `10.20.1.${100 + i}`, 445, SYN), 1);
      return office.scans(outsider)[0]?.probes ?? 99;
    };
    assert.ok((await probes(['203.0.113.66/32'])) <= (await probes([])));
  });

  it('forged by the thousand does not fill the uplink', async () => {
    const office = (await Office.open({ watch: ['203.0.0.0/16'] })).warmUp();
    for (let i = 0; i < 5000; i++) office.send(tcp(`203.0.${i >> 8}.${i & 255}`, '10.20.1.5', 443, SYN), 2);
    assert.ok(told(office, 'watch-hit').length <= 4, `${told(office, 'watch-hit').length} records in 10 s`);
  });

  it('is not one whose address merely resembles it', async () => {
    const office = (await Office.open({ watch: ['203.0.113.64/31', '203.0.113.67/32'] })).warmUp();
    office.connect(outsider, '10.20.1.5', 443);
    assert.deepEqual(told(office, 'watch-hit'), []);
  });

  it('the watchlist takes at most 48 blocks', async () => {
    await assert.rejects(Office.open({ watch: Array.from({ length: 49 }, (_, i) => `192.0.${i}.0/24`) }), /at most 48/);
    await assert.rejects(Office.open({ watch: ['2001:db8::/32'] }), /not an IPv4 block/);
  });
});

describe('a new talker', () => {
  it('is a home address that speaks for the first time after a day of listening', async () => {
    const office = (await Office.open()).warmUp().wait(25 * hour);
    office.askLink('10.20.1.77', '10.20.1.5', true);
    const records = told(office, 'new-talker');
    assert.equal(records.length, 1);
    assert.equal(records[0]?.source, '10.20.1.77');
    assert.equal(records[0]?.verdict, 'notice');
  });

  it('is none on the first day, and none that was known', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i < 100; i++) office.askLink(`10.20.2.${i}`, '10.20.1.5', true);
    office.wait(25 * hour);
    for (let i = 1; i < 100; i++) office.askLink(`10.20.2.${i}`, '10.20.1.5', true);
    assert.deepEqual(told(office, 'new-talker'), []);
  });

  it('in a flood of forged home addresses does not become a flood of records', async () => {
    const office = (await Office.open()).warmUp().wait(25 * hour);
    for (let i = 0; i < 3000; i++) office.send(tcp(`10.20.${i >> 8}.${i & 255}`, '192.0.2.1', 80, SYN), 100);
    assert.ok(told(office, 'new-talker').length <= 6);
  });
});

describe('decoys', () => {
  const decoys = ['203.0.113.10', '203.0.113.20', '203.0.113.30', '203.0.113.40'];

  it('probe in step with the scanner, and each is reported as one of a group', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 30; i++)
      for (const source of [...decoys, outsider]) office.send(tcp(source, `10.20.9.${i}`, 443, SYN), 1);
    office.close();
    for (const source of [...decoys, outsider]) assert.ok(office.scans(source).at(-1)?.decoy, source);
  });

  it('are not seen in two scanners that merely scan at the same time', async () => {
    const office = (await Office.open()).warmUp();
    const random = new Random(3);
    for (let i = 1; i <= 60; i++)
      for (const source of [decoys[0] as string, outsider])
        office.send(tcp(source, `10.20.9.${1 + random.below(250)}`, 443, SYN), 5);
    office.close();
    assert.equal(office.scans().filter((record) => record.decoy).length, 0);
  });
});

describe('the shadow of a sweep', () => {
  /** A port where only broadcasts arrive: hosts ask for their gateway and their servers, nothing else is seen. */
  const broadcasts = async (): Promise<Office> => {
    const office = await Office.open();
    for (let round = 0; round < 30; round++) {
      for (let host = 11; host < 30; host++)
        office.send(arp(1, `10.20.1.${host}`, '10.20.1.1'), 50).send(arp(1, `10.20.1.${host}`, '10.20.1.5'), 50);
      office.wait(60_000);
    }
    return office;
  };

  it('is a router that asks for many absent addresses: somebody behind it, not the router', async () => {
    const office = await broadcasts();
    for (let i = 60; i < 250; i++) office.send(arp(1, '10.20.1.1', `10.20.1.${i}`), 100);
    office.wait(10 * 60_000);
    const records = told(office, 'arp-shadow');
    assert.equal(records[0]?.stage, 'start');
    assert.equal(records[0]?.source, '');
    assert.equal(records[0]?.verdict, 'notice');
    assert.equal(records.at(-1)?.stage, 'end');
    assert.ok(Math.abs((records.at(-1)?.targets ?? 0) - 190) < 30, `${records.at(-1)?.targets} targets`);
    assert.deepEqual(office.accused(), []);
  });

  it('is a sweep of its own when an ordinary host does it', async () => {
    const office = await broadcasts();
    for (let i = 60; i < 250; i++) office.send(arp(1, '10.20.1.23', `10.20.1.${i}`), 100);
    office.wait(60_000);
    assert.deepEqual(office.accused(), ['10.20.1.23']);
    assert.equal(office.scans()[0]?.kind, 'arp-sweep');
  });

  it('is not seen in the ordinary questions of an office', async () => {
    const office = await broadcasts();
    for (let round = 0; round < 20; round++) {
      for (let host = 11; host < 30; host++) office.send(arp(1, '10.20.1.1', `10.20.1.${host}`), 100);
      office.wait(60_000);
    }
    assert.deepEqual(office.accused(), []);
    assert.deepEqual(told(office, 'arp-shadow'), []);
  });
});

describe('behind encryption, a WiFi station', () => {
  /** A protected data frame on its way to the access point; `body` bytes of it are ciphertext. */
  const frame = (station: number, to: string, body = 52, flags = 0x41): Buffer => {
    const head = Buffer.alloc(24);
    head[0] = 0x08;
    head[1] = flags;
    Buffer.from('5ca6e61020aa', 'hex').copy(head, 4);
    Buffer.from([0xf4, 0x4d, 0x30, 0, 0, station]).copy(head, 10);
    Buffer.from(to, 'hex').copy(head, 16);
    return Buffer.concat([head, Buffer.alloc(body, 0xaa)]);
  };
  const everybody = 'ffffffffffff';

  it("that sends broadcasts of ARP's size one after the other sweeps the subnet", async () => {
    const office = await Office.open();
    for (let i = 0; i < 250; i++) office.send(frame(1, everybody), 10, LINK_IEEE80211);
    office.close();
    const [start] = office.scans();
    assert.equal(start?.kind, 'encrypted-sweep');
    assert.equal(start?.protocol, 'wifi');
    assert.equal(start?.source, 'f4:4d:30:00:00:01');
    assert.ok((start?.probes ?? 99) <= 12, `${start?.probes} frames`);
    assert.deepEqual(office.accused(), ['f4:4d:30:00:00:01']);
    assert.ok(Math.abs((office.scans().at(-1)?.targets ?? 0) - 250) < 38);
  });

  it('is found at ten a second too, and with any of the ciphers', async () => {
    for (const body of [44, 52, 56, 60, 64]) {
      const office = await Office.open();
      for (let i = 0; i < 100; i++) office.send(frame(1, everybody, body), 100, LINK_IEEE80211);
      assert.equal(office.accused().length, 1, `${body} bytes`);
    }
  });

  const innocent: [string, (office: Office) => void][] = [
    [
      'that misses its gateway and two servers',
      (office) => {
        for (let i = 0; i < 600; i++) {
          for (let k = 0; k < 3; k++) office.send(frame(1, everybody), 5, LINK_IEEE80211);
          office.wait(1000);
        }
      },
    ],
    [
      'among twenty that join the network',
      (office) => {
        for (let i = 0; i < 20; i++) for (let k = 0; k < 5; k++) office.send(frame(i, everybody), 3, LINK_IEEE80211);
      },
    ],
    [
      'that streams to one machine',
      (office) => {
        for (let i = 0; i < 3000; i++) office.send(frame(1, '3c5282102002'), 1, LINK_IEEE80211);
      },
    ],
    [
      'that broadcasts longer things',
      (office) => {
        for (let i = 0; i < 500; i++) office.send(frame(1, everybody, 110), 10, LINK_IEEE80211);
      },
    ],
    [
      'whose broadcasts the access point repeats',
      (office) => {
        for (let i = 0; i < 500; i++) office.send(frame(1, everybody, 52, 0x42), 10, LINK_IEEE80211);
      },
    ],
    [
      'that sends one frame again and again for want of an acknowledgement',
      (office) => {
        for (let i = 0; i < 300; i++) office.send(frame(1, everybody, 52, 0x49), 10, LINK_IEEE80211);
      },
    ],
  ];
  for (const [name, story] of innocent) {
    it(`is benign: one ${name}`, async () => {
      const office = await Office.open();
      story(office);
      office.wait(60_000).close();
      assert.deepEqual(office.accused(), []);
    });
  }
});

describe('a flood of forged sources', () => {
  it('upon one server is one record with its size, and no source gets an alert', async () => {
    const random = new Random(7);
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 30_000; i++) {
      office.send(
        tcp(`${11 + random.below(180)}.${random.below(256)}.${random.below(256)}.9`, '10.20.1.5', 80, SYN),
        i % 4 === 0 ? 1 : 0,
      );
    }
    office.wait(60_000);
    const records = told(office, 'flood');
    assert.equal(records[0]?.stage, 'start');
    assert.equal(records.at(-1)?.stage, 'end');
    assert.ok((records.at(-1)?.sources ?? 0) > 20_000, `${records.at(-1)?.sources} sources`);
    assert.ok(records.length <= 6);
    assert.deepEqual(office.accused(), []);
  });

  it('is not a few hundred clients within a few seconds', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 900; i++) office.connect(`198.51.${i & 3}.${i >> 2}`, '10.20.1.5', 443, 20000 + i);
    office.wait(60_000);
    assert.deepEqual(told(office, 'flood'), []);
  });
});

describe('a Maimon scan', () => {
  it('of absent addresses is a stealth scan', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 20; i++)
      office.send(tcp(outsider, `10.20.9.${i}`, 80, FIN | ACK, { window: 1024, dontFragment: false }), 100);
    const [start] = office.scans(outsider);
    assert.equal(start?.kind, 'stealth-scan');
    assert.equal(start?.tool, 'nmap');
  });

  it('is not the end of connections that are older than our memory', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 60; i++)
      office.send(tcp('198.51.100.4', '10.20.1.5', 80, FIN | ACK, { sourcePort: 2000 + i }), 100);
    office.close();
    assert.deepEqual(office.accused(), []);
  });
});

describe('the threshold', () => {
  it('can be set: more evidence takes more probes', async () => {
    const probes = async (evidence?: number): Promise<number> => {
      const office = (await Office.open(evidence === undefined ? {} : { evidence })).warmUp();
      for (let i = 1; i <= 60; i++) office.send(tcp(outsider, `10.20.9.${i}`, 445, SYN), 200);
      return office.scans(outsider)[0]?.probes ?? 99;
    };
    assert.equal(await probes(), await probes(8));
    assert.ok((await probes(30)) > (await probes(8)));
  });
});

describe('a suspicion report', () => {
  it('names a source with evidence for an alert that a gate holds back: it has too few targets yet', async () => {
    const office = (await Office.open({ evidence: 6 })).warmUp();
    for (let i = 1; i <= 9; i++) office.send(tcp(insider, `198.51.100.${i}`, 22, SYN), 2000);
    office.wait(12 * 60_000);
    assert.deepEqual(office.accused(), []);
    const report = told(office, 'whisper')
      .filter(({ source }) => source === insider)
      .at(-1);
    assert.ok((report?.evidence ?? 0) >= 6, `${report?.evidence} nats`);
  });

  it('does not name a source again of which an alert told', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 20; i++) office.send(tcp(outsider, `10.20.9.${i}`, 445, SYN), 1000);
    office.wait(hour);
    assert.deepEqual(office.accused(), [outsider]);
    assert.deepEqual(told(office, 'whisper'), []);
  });
});
