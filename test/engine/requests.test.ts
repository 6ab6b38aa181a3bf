/** Every form of a request that hosts answer, and what looks like one. */
import assert from 'node:assert/strict';
import { ACK, arp, FIN, PSH, RST, SYN, tcp, URG } from '../support/packets.js';
import { Office } from './office.js';

const outsider = '203.0.113.66';
const scanner = Buffer.from('020000000066', 'hex');
const learn = async (): Promise<Office> =>
  (await Office.open())
    .warmUp()
    .wait(11 * 60_000)
    .warmUp();

describe('an ARP request', () => {
  it('without a sender counts for its link address', async () => {
    const office = await learn();
    for (let i = 1; i <= 100; i++) office.send(arp(1, '0.0.0.0', `10.20.9.${i}`, { from: scanner }), 30);
    office.wait(2000).close();
    assert.deepEqual(office.accused(), ['02:00:00:00:00:66']);
    assert.equal(office.scans()[0]?.kind, 'arp-sweep');
  });

  it('without a sender, three times for the address that is then announced, accuses nobody', async () => {
    const office = await learn();
    for (let host = 1; host <= 100; host++) {
      const from = Buffer.from([2, 0, 0, 0, 1, host]);
      for (let i = 0; i < 3; i++) office.send(arp(1, '0.0.0.0', `10.20.9.${host}`, { from }), 1000);
      office.send(arp(1, `10.20.9.${host}`, `10.20.9.${host}`, { from }), 2000);
    }
    office.close();
    assert.deepEqual(office.accused(), []);
  });

  it('for its own address does not make it exist', async () => {
    const office = await learn();
    for (let i = 1; i <= 60; i++) office.send(arp(1, `10.20.9.${i}`, `10.20.9.${i}`, { from: scanner }), 30);
    for (let i = 1; i <= 60; i++) office.send(arp(1, '10.20.1.66', `10.20.9.${i}`, { from: scanner }), 30);
    office.wait(2000).close();
    assert.deepEqual(office.accused(), ['10.20.1.66']);
  });

  it('of hardware type 6 counts as any other', async () => {
    const office = await learn();
    for (let i = 1; i <= 60; i++) {
      const frame = arp(1, '10.20.1.66', `10.20.9.${i}`, { from: scanner });
      frame[15] = 6;
      office.send(frame, 30);
    }
    office.wait(2000).close();
    assert.deepEqual(office.accused(), ['10.20.1.66']);
  });

  it('is not excused by one frame from outside', async () => {
    const office = await learn();
    office.send(tcp(outsider, '10.20.1.5', 443, SYN, { from: scanner }));
    for (let i = 1; i <= 100; i++) office.send(arp(1, '10.20.1.66', `10.20.9.${i}`, { from: scanner }), 30);
    office.wait(2000).close();
    assert.ok(office.accused().includes('10.20.1.66'));
  });
});

describe('a TCP segment', () => {
  for (const [name, flags] of [
    ['PSH and ACK', PSH | ACK],
    ['URG and ACK', URG | ACK],
    ['FIN, PSH and ACK', FIN | PSH | ACK],
    ['SYN and ACK', SYN | ACK],
  ] as const) {
    it(`with ${name} to addresses that never existed is a scan`, async () => {
      const office = await learn();
      for (let i = 1; i <= 20; i++) office.send(tcp(outsider, `10.20.9.${i}`, 80, flags, { sourcePort: 50_123 }), 50);
      office.close();
      assert.deepEqual(office.accused(), [outsider]);
    });
  }

  it('with ACK and data to addresses that never existed is a scan', async () => {
    const office = await learn();
    const options = { sourcePort: 50_123, payload: Buffer.from('12345678') };
    for (let i = 1; i <= 20; i++) office.send(tcp(outsider, `10.20.9.${i}`, 80, ACK, options), 50);
    office.close();
    assert.deepEqual(office.accused(), [outsider]);
  });

  it('with ACK that living hosts refuse is a scan', async () => {
    const office = await learn();
    for (let i = 11; i <= 15; i++)
      for (const port of [22, 80, 443, 445]) {
        office.send(tcp(outsider, `10.20.1.${i}`, port, ACK, { sourcePort: 50_123, acknowledgement: 77 }), 50);
        office.send(tcp(`10.20.1.${i}`, outsider, 50_123, RST, { sourcePort: port, sequence: 77 }), 1);
      }
    office.close();
    assert.deepEqual(office.accused(), [outsider]);
  });

  it('with SYN and ACK from a flooded server to random ports accuses nobody', async () => {
    const office = await learn();
    for (let i = 1; i <= 200; i++) {
      const port = 1024 + ((i * 7919) % 60_000);
      office.send(tcp('198.51.100.80', `10.20.9.${i}`, port, SYN | ACK, { sourcePort: i % 2 ? 443 : 25_565 }), 50);
    }
    office.close();
    assert.deepEqual(office.accused(), []);
  });

  it('that ends an old connection, refused by its server, accuses nobody', async () => {
    const office = await learn();
    for (let i = 1; i <= 40; i++) {
      office.send(tcp(`198.51.100.${i}`, '10.20.1.5', 443, FIN | ACK, { sourcePort: 50_000, acknowledgement: 77 }), 50);
      office.send(tcp('10.20.1.5', `198.51.100.${i}`, 50_000, RST, { sourcePort: 443, sequence: 77 }), 1);
    }
    office.close();
    assert.deepEqual(office.accused(), []);
  });
});

describe('a tool', () => {
  it('is not named after one chance match', async () => {
    const office = await learn();
    for (let i = 1; i <= 60; i++) {
      const target = ((10 << 24) | (20 << 16) | (9 << 8) | i) >>> 0;
      const sequence = 0x70000000 + i;
      const id = i === 2 ? (target ^ 80 ^ sequence) & 0xffff : 9;
      const options = Buffer.from([2, 4, 5, 0xb4]);
      office.send(
        tcp(outsider, `10.20.9.${i}`, 80, SYN, { sequence, id, window: 1024, options, dontFragment: false }),
        50,
      );
    }
    office.close();
    assert.equal(office.scans(outsider).at(-1)?.tool, 'nmap');
  });
});
