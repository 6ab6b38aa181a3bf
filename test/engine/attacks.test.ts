/** What somebody with our source code would try: to hide a scan of his own, or to have somebody else blamed for one. */
import assert from 'node:assert/strict';
import { Random } from '../../scripts/bench/random.js';
import { ACK, arp, icmpError, ipv4, packet, RST, SYN, tcp, udp } from '../support/packets.js';
import { Office } from './office.js';

const outsider = '203.0.113.66';
const insider = '10.20.1.66';
const visitor = '198.51.100.77';
const minute = 60_000;

describe('a scan is not hidden', () => {
  it('by making the server hot whose ports are tried', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 40; i++) office.send(tcp(`198.51.100.${i + 1}`, '10.20.1.5', 80, SYN), 50);
    for (let port = 1; port <= 400; port++) office.refuse(outsider, '10.20.1.5', port);
    assert.ok(office.accused().includes(outsider));
  });

  it('by a DHCP request, after which a machine would pass for a router', async () => {
    const office = (await Office.open()).warmUp();
    office.send(
      udp('0.0.0.0', '255.255.255.255', 67, {
        sourcePort: 68,
        from: Buffer.from([2, 0x20, 10, 20, 1, 66]),
        to: Buffer.alloc(6, 0xff),
      }),
    );
    for (let i = 60; i < 120; i++) office.send(arp(1, insider, `10.20.1.${i}`), 50);
    office.wait(minute);
    assert.deepEqual(office.accused(), [insider]);
    assert.equal(office.scans(insider)[0]?.kind, 'arp-sweep');
  });

  it('by a second packet for each probe that dies on its way', async () => {
    const office = (await Office.open()).warmUp().wait(15 * minute);
    for (let i = 1; i <= 40; i++) {
      office.send(tcp(outsider, `10.20.9.${i}`, 445, SYN), 100);
      office.send(
        icmpError(
          '10.20.0.1',
          outsider,
          11,
          0,
          ipv4(outsider, `10.20.9.${i}`, 6, tcp(outsider, `10.20.9.${i}`, 445, SYN).subarray(34)),
        ),
        5,
      );
    }
    assert.deepEqual(office.accused(), [outsider]);
  });

  it('by frames to everybody that carry packets to single machines', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 40; i++)
      office.send(tcp(insider, `10.20.9.${i}`, 445, SYN, { to: Buffer.alloc(6, 0xff) }), 100);
    assert.deepEqual(office.accused(), [insider]);
  });

  it('by IPv6 headers that push the question out of sight', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 40; i++) {
      const question = tcp('2001:db8::66', `fd20:20::${i}`, 445, SYN).subarray(54);
      const options = Buffer.concat([Buffer.from([6, 19, 1, 154]), Buffer.alloc(156)]);
      office.send(packet('2001:db8::66', `fd20:20::${i}`, 60, Buffer.concat([options, question])), 100);
    }
    assert.deepEqual(office.accused(), ['2001:db8::66']);
    assert.equal(office.scans()[0]?.kind, 'stealth-scan');
  });

  it('of the inside behind a flood of alerts from outside', async () => {
    const office = (await Office.open({ alertsPerMinute: 60 })).warmUp().wait(15 * minute);
    const random = new Random(3);
    for (let n = 0; n < 300; n++) {
      for (let i = 0; i < 6; i++)
        office.send(
          tcp(`198.${n & 255}.7.${n >> 8}`, `10.20.${64 + (n & 127)}.${1 + random.below(250)}`, 1000 + n, SYN),
          20,
        );
      if (n > 200 && n % 4 === 0) office.send(tcp(insider, `10.20.9.${n & 255}`, 445, SYN), 1);
      if (n % 20 === 0) office.take();
    }
    office.close();
    assert.ok(office.accused().includes(insider));
  });

  it('by going slow beneath the noise of one first-time source a second', async () => {
    let found = 0;
    for (const seed of [
      [1, 2],
      [3, 4],
      [5, 6],
    ] as [number, number][]) {
      const random = new Random(seed[0]);
      const office = (await Office.open({ seed })).warmUp();
      for (let i = 0; i < 15 * 60 * 40; i++) {
        office.send(
          tcp(
            `${20 + random.below(150)}.${random.below(256)}.${random.below(256)}.9`,
            `10.20.${random.below(256)}.${random.below(256)}`,
            1024 + random.below(60_000),
            SYN,
          ),
          1000,
        );
        if (i % 900 === 899) office.send(tcp(outsider, `10.20.9.${(1 + i / 900) | 0}`, 3389, SYN), 1);
      }
      office.take();
      if (office.accused().includes(outsider)) found++;
      assert.ok(
        office.accused().every((source) => source === outsider || source === ''),
        office.accused().join(),
      );
    }
    assert.ok(found >= 2, `found in ${found} of 3`);
  });

  it('by going too fast for the table of contacts', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 6000; i++)
      office.send(tcp(insider, `192.0.${i >> 8}.${i & 255}`, 445, SYN, { sourcePort: 20_000 + i }), 1);
    assert.deepEqual(office.accused(), [insider]);
  });

  it('in instalments becomes few stories, not hundreds', async () => {
    const office = (await Office.open()).warmUp();
    for (let n = 0; n < 200; n++) {
      for (let i = 0; i < 6; i++)
        office.send(tcp(outsider, `10.20.${9 + (n >> 5)}.${1 + (n & 31) * 6 + i}`, 445, SYN), 200);
      office.wait(310_000);
    }
    assert.ok(office.scans(outsider).length <= 24, `${office.scans(outsider).length} records`);
  });
});

describe('no source is blamed', () => {
  it('with a certain source for a scan that was forged in the name of a visitor', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 3; i++) office.connect(visitor, '10.20.1.5', 443, 40_000 + i);
    for (let i = 1; i <= 8; i++) office.send(tcp(visitor, `10.20.9.${i}`, 445, SYN), 200);
    office.take();
    assert.ok(office.scans(visitor).every((record) => record.spoofable));
  });

  it('again and again for a foothold when a forged scan was his', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 8; i++) office.send(tcp(visitor, `10.20.9.${i}`, 445, SYN), 200);
    for (let n = 0; n < 20; n++) {
      const port = 41_000 + n;
      const [mine, his] = [n * 1_000_000, n * 3_000_000];
      office.send(tcp(visitor, '10.20.1.5', 443, SYN, { sourcePort: port, sequence: mine }), 5);
      office.send(
        tcp('10.20.1.5', visitor, port, SYN | ACK, { sourcePort: 443, sequence: his, acknowledgement: mine + 1 }),
        1,
      );
      office.send(
        tcp(visitor, '10.20.1.5', 443, ACK, { sourcePort: port, sequence: mine + 1, acknowledgement: his + 1 }),
        1,
      );
      office.send(
        tcp(visitor, '10.20.1.5', 443, ACK, { sourcePort: port, sequence: mine + 1, acknowledgement: his + 30_000 }),
        50,
      );
      office.wait(30 * minute);
    }
    assert.ok(office.records.filter((record) => record.kind === 'foothold' && record.stage === 'start').length <= 1);
  });

  it('for answers of our name server to questions that were forged', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 200; i++) {
      office.send(udp(`198.51.${i & 7}.${i}`, '10.20.1.5', 53, { sourcePort: 123 }), 20);
      office.send(udp('10.20.1.5', `198.51.${i & 7}.${i}`, 123, { sourcePort: 53 }), 1);
    }
    office.close();
    assert.deepEqual(office.accused(), []);
  });

  it('for a name server outside that is asked in the name of addresses that do not exist', async () => {
    const office = (await Office.open()).warmUp();
    // QR: what a name server sends is an answer, and says so.
    const payload = Buffer.from([0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    for (let i = 1; i < 200; i++) office.send(udp('192.0.2.53', `10.20.9.${i}`, 123, { sourcePort: 53, payload }), 20);
    office.close();
    assert.deepEqual(office.accused(), []);
  });

  it('and no refusal makes a brute force of forged SYNs', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 50; i++) {
      office.send(tcp(visitor, '10.20.1.5', 22, SYN, { sourcePort: 30_000 + i, sequence: 7 * i }), 100);
      office.send(
        tcp('10.20.1.5', visitor, 30_000 + i, SYN | ACK, {
          sourcePort: 22,
          sequence: 9 * i,
          acknowledgement: 7 * i + 1,
        }),
        1,
      );
      office.send(tcp(visitor, '10.20.1.5', 22, RST, { sourcePort: 30_000 + i, sequence: 7 * i + 1 }), 1);
    }
    office.close();
    assert.deepEqual(office.accused(), []);
  });
});

describe('a shared scan of IP protocol 0', () => {
  it('does not open an episode that never ends', async () => {
    const office = (await Office.open()).warmUp();
    const bare = (source: string, target: string): Buffer =>
      Buffer.concat([tcp(source, target, 1, SYN).subarray(0, 14), ipv4(source, target, 0, Buffer.alloc(20))]);
    for (let i = 0; i < 60; i++) office.send(bare(`198.51.100.${i + 1}`, `10.20.9.${i + 1}`), 100);
    office.wait(24 * 60 * minute).close();
    const open = office.records.filter((record) => record.stage === 'start').map((record) => record.episode);
    const ended = office.records.filter((record) => record.stage === 'end').map((record) => record.episode);
    assert.deepEqual(
      open.filter((episode) => !ended.includes(episode)),
      [],
    );
  });
});
