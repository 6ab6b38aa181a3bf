import assert from 'node:assert/strict';
import { arp, FIN, PSH, SYN, solicitation, tcp, URG, udp } from '../support/packets.js';
import { Office } from './office.js';

const outsider = '203.0.113.66';
const insider = '10.20.1.66';

describe('a scan from outside', () => {
  it('that sweeps absent addresses for one TCP port gets an alert within six probes', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 40; i++) office.send(tcp(outsider, `10.20.9.${i}`, 445, SYN), 200);
    const [start] = office.scans(outsider);
    assert.ok(start, 'nobody was accused');
    assert.equal(start.stage, 'start');
    assert.equal(start.kind, 'host-sweep');
    assert.equal(start.protocol, 'tcp');
    assert.equal(start.direction, 'inbound');
    assert.equal(start.technique, 'T1595.001');
    assert.deepEqual(start.services, [445]);
    assert.ok(start.probes <= 6, `${start.probes} probes`);
    assert.deepEqual(office.accused(), [outsider]);
  });

  it('that tries the ports of one host is a port scan', async () => {
    const office = (await Office.open()).warmUp();
    for (let port = 1000; port < 1100; port++) office.refuse(outsider, '10.20.1.5', port);
    office.close();
    const [start] = office.scans(outsider);
    const end = office.scans(outsider).at(-1);
    assert.equal(start?.kind, 'port-scan');
    assert.ok((start?.probes ?? 99) <= 9, `${start?.probes} probes`);
    assert.equal(end?.stage, 'end');
    assert.equal(end?.targets, 1);
    assert.ok(Math.abs((end?.serviceCount ?? 0) - 100) <= 15, `${end?.serviceCount} services`);
  });

  it('of several ports on many hosts is a block scan', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 30; i++)
      for (const port of [22, 80, 443]) office.send(tcp(outsider, `10.20.9.${i}`, port, SYN), 100);
    office.close();
    assert.equal(office.scans(outsider).at(-1)?.kind, 'block-scan');
    assert.deepEqual(
      [...(office.scans(outsider).at(-1)?.services ?? [])].sort((a, b) => a - b),
      [22, 80, 443],
    );
  });

  it('a scan from outside by ping is an ICMP sweep', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 20; i++) office.ping(outsider, `10.20.9.${i}`, false).wait(100);
    const [start] = office.scans(outsider);
    assert.equal(start?.kind, 'icmp-sweep');
    assert.deepEqual(start?.services, []);
    assert.ok((start?.probes ?? 99) <= 6);
  });

  it('a scan from outside by UDP is a UDP scan', async () => {
    const office = (await Office.open()).warmUp();
    office.query(outsider, '10.20.1.5', 53, true, 61000);
    for (let i = 1; i <= 20; i++) office.send(udp(outsider, `10.20.9.${i}`, 161), 200);
    assert.equal(office.scans(outsider)[0]?.kind, 'udp-scan');
  });

  it('whose packets have no sane flags is a stealth scan', async () => {
    for (const flags of [0, FIN, FIN | PSH | URG, SYN | FIN]) {
      const office = (await Office.open()).warmUp();
      for (let i = 1; i <= 10; i++) office.send(tcp(outsider, `10.20.9.${i}`, 80, flags), 200);
      assert.equal(office.scans(outsider)[0]?.kind, 'stealth-scan', `flags ${flags}`);
    }
  });

  it('over IPv6 is counted by /64, and an address of it is named', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 20; i++)
      office.send(tcp(`2001:db8:5::${i.toString(16)}`, `fd20:20:0:9::${i.toString(16)}`, 22, SYN), 200);
    const starts = office.scans().filter((record) => record.stage === 'start');
    assert.equal(starts.length, 1);
    assert.match(starts[0]?.source ?? '', /^2001:db8:5::/);
    assert.equal(starts[0]?.aggregate, true);
  });

  it('at one probe every fifteen minutes is found', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 8; i++) office.send(tcp(outsider, `10.20.9.${i}`, 22, SYN)).wait(15 * 60_000);
    assert.ok(office.scans(outsider).length > 0);
    assert.ok((office.scans(outsider)[0]?.targets ?? 99) <= 5);
  });

  it('at one probe every half hour is found', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 8; i++) office.send(tcp(outsider, `10.20.9.${i}`, 22, SYN)).wait(30 * 60_000);
    assert.ok(office.scans(outsider).length > 0);
  });
});

describe('a scan by a machine at home', () => {
  it('that asks its own link for every address is an ARP sweep, reported within sixteen once hosts are known', async () => {
    const office = (await Office.open()).warmUp().wait(15 * 60_000);
    for (let i = 100; i < 160; i++) office.askLink(insider, `10.20.1.${i}`, i % 10 === 0).wait(20);
    const [start] = office.scans(insider);
    assert.equal(start?.kind, 'arp-sweep');
    assert.equal(start?.direction, 'internal');
    assert.equal(start?.technique, 'T1018');
    assert.ok((start?.probes ?? 99) <= 16, `${start?.probes} probes`);
  });

  it('that does the same by IPv6 neighbour solicitation is an ND sweep', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 30; i++)
      office.send(solicitation('fd20:20:0:1::66', `fd20:20:0:1::${(0x100 + i).toString(16)}`)).wait(30);
    assert.equal(office.scans()[0]?.kind, 'nd-sweep');
  });

  it('that connects to absent machines of another segment is T1046', async () => {
    const office = (await Office.open()).warmUp().wait(15 * 60_000);
    for (let i = 1; i <= 30; i++) office.send(tcp(insider, `10.20.9.${i}`, 445, SYN), 100);
    const [start] = office.scans(insider);
    assert.equal(start?.technique, 'T1046');
    assert.equal(start?.severity, 'high');
    assert.ok((start?.probes ?? 99) <= 20, `${start?.probes} probes`);
  });

  it('that walks through an outside block gets an alert although nothing is known of that block', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 60; i++) office.send(tcp(insider, `192.0.2.${i}`, 6379, SYN), 500);
    office.wait(5000);
    assert.equal(office.scans(insider)[0]?.direction, 'outbound');
  });
});

describe('the end record', () => {
  it('reports probes, targets and outcomes of the whole scan', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 200; i++) {
      if (i % 10 === 0) office.connect(outsider, `10.20.9.${i}`, 80, 45000);
      else office.send(tcp(outsider, `10.20.9.${i}`, 80, SYN), 20);
    }
    office.wait(10 * 60_000);
    const end = office.scans(outsider).at(-1);
    assert.equal(end?.stage, 'end');
    assert.ok(Math.abs((end?.targets ?? 0) - 200) <= 30, `${end?.targets} targets`);
    assert.equal(end?.probes, 200);
    assert.equal(end?.answered, 20);
    assert.ok((end?.dark ?? 0) >= 170, `${end?.dark} dark`);
  });

  it('comes once, with the same number as its start, and a scan of 4,096 addresses makes at most twelve records', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 4096; i++) office.send(tcp(outsider, `10.20.${64 + (i >> 8)}.${i & 255}`, 23, SYN), 2);
    office.wait(20 * 60_000).close();
    const records = office.scans(outsider);
    assert.equal(records.filter((record) => record.stage === 'start').length, 1);
    assert.equal(records.filter((record) => record.stage === 'end').length, 1);
    assert.ok(records.length <= 12, `${records.length} records`);
    assert.equal(new Set(records.map((record) => record.episode)).size, 1);
    assert.ok(Math.abs((records.at(-1)?.targets ?? 0) / 4096 - 1) <= 0.15, `${records.at(-1)?.targets} targets`);
    const targets = records.map((record) => record.targets);
    assert.deepEqual(
      targets,
      [...targets].sort((a, b) => a - b),
    );
  });

  it('does not come while a slow scan goes on', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 30; i++) office.send(tcp(outsider, `10.20.9.${i}`, 22, SYN)).wait(15 * 60_000);
    assert.equal(office.scans(outsider).filter((record) => record.stage === 'start').length, 1);
    assert.equal(office.scans(outsider).filter((record) => record.stage === 'end').length, 0);
  });
});

describe('a packet with a fingerprint', () => {
  it('of masscan (id = target ^ port ^ sequence) names the tool', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 10; i++) {
      const target = ((10 << 24) | (20 << 16) | (9 << 8) | i) >>> 0;
      const sequence = 0x12340000 + i * 77;
      office.send(
        tcp(outsider, `10.20.9.${i}`, 80, SYN, {
          id: (target ^ 80 ^ sequence) & 0xffff,
          sequence,
          window: 1024,
          dontFragment: false,
          options: Buffer.from('020405b4', 'hex'),
        }),
        1,
      );
    }
    assert.equal(office.scans(outsider)[0]?.tool, 'masscan');
    assert.ok((office.scans(outsider)[0]?.probes ?? 99) <= 4);
  });

  it('of Mirai (sequence = target) names the tool, and the infected camera at home gets an alert', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 10; i++)
      office.send(
        tcp('10.20.1.21', `192.0.2.${i * 20}`, 23, SYN, { sequence: ((192 << 24) | (2 << 8) | (i * 20)) >>> 0 }),
        50,
      );
    assert.equal(office.scans('10.20.1.21')[0]?.tool, 'mirai');
    assert.equal(office.scans('10.20.1.21')[0]?.severity, 'high');
  });

  it('alone raises no alert: one masscan packet, three to the same address', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 3; i++) {
      const target = ((10 << 24) | (20 << 16) | (9 << 8) | 1) >>> 0;
      office.send(
        tcp(outsider, '10.20.9.1', 80, SYN, {
          id: (target ^ 80 ^ (5 + i)) & 0xffff,
          sequence: 5 + i,
          sourcePort: 1000 + i,
        }),
        500,
      );
    }
    office.wait(10_000).close();
    assert.deepEqual(office.accused(), []);
  });
});

describe('frames on VLANs', () => {
  it('are the same scan with and without tags', async () => {
    const counts: number[] = [];
    for (const vlan of [undefined, 120]) {
      const office = await Office.open();
      for (let i = 1; i <= 20; i++)
        office.send(tcp(outsider, `10.20.9.${i}`, 445, SYN, vlan === undefined ? {} : { vlan }), 200);
      counts.push(office.close().scans(outsider).length);
    }
    assert.equal(counts[0], counts[1]);
    assert.ok((counts[0] ?? 0) >= 2);
  });
});

describe('an ARP sweep by a machine that forwards for others', () => {
  it('is not held against it: a router only carries the question on', async () => {
    const office = (await Office.open()).warmUp();
    const router = Buffer.from('020000000099', 'hex');
    for (let i = 1; i <= 20; i++) office.send(tcp(`10.20.1.${i}`, `192.0.2.${i}`, 443, SYN, { to: router }));
    for (let i = 100; i < 160; i++) office.send(arp(1, '10.20.1.1', `10.20.1.${i}`, { from: router }), 50);
    office.close();
    assert.deepEqual(office.accused(), []);
  });
});
