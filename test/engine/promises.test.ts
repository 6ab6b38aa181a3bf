/** What docs/DETECTION.md promises in figures, on stories long or large enough to break it. */
import assert from 'node:assert/strict';
import { Random } from '../../scripts/bench/random.js';
import { ACK, RST, SYN, tcp } from '../support/packets.js';
import { Office } from './office.js';

const outsider = '203.0.113.66';
const insider = '10.20.1.66';
const minute = 60_000;
const seeds: [number, number][] = [
  [1, 2],
  [3, 4],
  [5, 6],
  [7, 8],
  [9, 10],
];

const address = (n: number): string => `10.20.${(n >> 8) & 255}.${n & 255}`;

describe('one scan is one episode with the right size', () => {
  for (const size of [20, 300, 4096, 65_536]) {
    it(`of ${size.toLocaleString('en')} targets: counted within 15 %, in at most 12 records`, async () => {
      for (const seed of seeds) {
        const office = (await Office.open({ seed })).warmUp();
        const random = new Random(seed[0]);
        const order = Array.from({ length: size }, (_, i) => i);
        for (let i = size - 1; i > 0; i--) {
          const k = random.below(i + 1);
          [order[i], order[k]] = [order[k] as number, order[i] as number];
        }
        for (const n of order) office.send(tcp(outsider, address(n), 445, SYN), size < 1000 ? 20 : n % 3 === 0 ? 1 : 0);
        office.wait(30 * minute);
        const records = office.scans(outsider);
        assert.deepEqual(
          records.filter((record) => record.stage !== 'progress').map((record) => record.stage),
          ['start', 'end'],
        );
        assert.equal(new Set(records.map((record) => record.episode)).size, 1);
        assert.ok(records.length <= 12, `${records.length} records`);
        const end = records.at(-1)?.targets ?? 0;
        assert.ok(Math.abs(end - size) <= 0.15 * size, `${end} instead of ${size}, seed ${seed}`);
      }
    });
  }

  for (const size of [100, 1000, 65_535]) {
    it(`of ${size.toLocaleString('en')} ports: counted within 15 %, in at most 12 records`, async () => {
      for (const seed of seeds) {
        const office = (await Office.open({ seed })).warmUp();
        for (let port = 1; port <= size; port++) {
          office.send(tcp(outsider, '10.20.1.5', port, SYN), port % 3 === 0 ? 1 : 0);
          office.send(tcp('10.20.1.5', outsider, 40000, RST | ACK, { sourcePort: port }), 0);
        }
        office.wait(30 * minute);
        const records = office.scans(outsider);
        assert.ok(records.length <= 12, `${records.length} records`);
        const end = records.at(-1)?.serviceCount ?? 0;
        assert.ok(Math.abs(end - size) <= 0.15 * size, `${end} instead of ${size}, seed ${seed}`);
      }
    });
  }

  it('of several hours with pauses between has no second start', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 60; i++) office.send(tcp(outsider, address(0x900 + i), 445, SYN), 1).wait(4 * minute);
    office.wait(12 * 60 * minute);
    assert.deepEqual(office.scans(outsider).filter((record) => record.stage === 'start').length, 1);
    assert.equal(office.scans(outsider).at(-1)?.stage, 'end');
  });

  it('that never ends is a new episode after twenty days, with times that are right', async () => {
    const office = (await Office.open()).warmUp();
    const began = office.now;
    for (let i = 0; i < 45 * 24 * 4; i++) office.send(tcp(outsider, address(i), 445, SYN), 1).wait(15 * minute);
    office.wait(24 * 60 * minute);
    const records = office.scans(outsider);
    assert.deepEqual(records.filter((record) => record.stage === 'start').length, 3);
    for (const record of records) {
      assert.ok(
        record.first >= began && record.first <= record.last && record.last <= record.time,
        JSON.stringify([record.first, record.last, record.time]),
      );
    }
  });
});

describe('a slow scan', () => {
  for (const pause of [1, 15, 30]) {
    it(`of one probe every ${pause} min is found by one sensor beside office traffic, within six probes`, async () => {
      for (const seed of seeds) {
        const office = (await Office.open({ seed })).warmUp();
        for (let i = 1; i <= 40; i++) {
          office
            .connect(`198.51.100.${i}`, '10.20.1.5', 443, 20000 + i)
            .connect('10.20.1.11', `192.0.2.${i}`, 443, 21000 + i);
          office.send(tcp(outsider, address(0x900 + i), 3389, SYN), 1).wait(pause * minute);
        }
        assert.deepEqual(office.accused(), [outsider]);
        assert.ok((office.scans(outsider)[0]?.probes ?? 99) <= 6, `${office.scans(outsider)[0]?.probes} probes`);
      }
    });
  }

  it('of one probe every 15 min by a machine of ours that browses all day is found', async () => {
    for (const seed of seeds) {
      const office = (await Office.open({ seed })).warmUp();
      for (let i = 1; i <= 100; i++) {
        for (let k = 0; k < 8; k++)
          office.connect(insider, `192.0.${i & 63}.${1 + ((i * 7 + k) & 127)}`, 443, 20000 + i * 8 + k);
        office.send(tcp(insider, address(0x900 + i), 3389, SYN), 1).wait(15 * minute);
      }
      assert.deepEqual(office.accused(), [insider]);
      assert.ok((office.scans(insider)[0]?.probes ?? 999) <= 400);
    }
  });

  it('of a handful of addresses in a day is not made up: two stray packets are no scan', async () => {
    const office = (await Office.open()).warmUp();
    for (let day = 0; day < 7; day++)
      for (const i of [1, 2]) office.send(tcp(outsider, address(0x900 + i), 443, SYN), 1).wait(12 * 60 * minute);
    office.close();
    assert.deepEqual(office.accused(), []);
  });
});

describe('a hundred thousand forged sources', () => {
  it('with one slow scanner among them: the scanner is found, the flood is one episode, and no other source gets an alert', async () => {
    const random = new Random(11);
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 100_000; i++) {
      const forged = `${11 + random.below(180)}.${random.below(256)}.${random.below(256)}.${1 + random.below(254)}`;
      office.send(tcp(forged, address(random.below(65_536)), 80, SYN), i % 2);
      if (i % 5000 === 4999) office.send(tcp(outsider, address(0x900 + i / 5000), 5900, SYN), 0);
    }
    office.wait(20 * minute).close();
    assert.deepEqual(office.accused(), [outsider]);
    const floods = office.records.filter((record) => record.kind === 'flood');
    assert.equal(new Set(floods.map((record) => record.episode)).size, 1);
    assert.equal(floods.at(-1)?.stage, 'end');
    assert.ok(floods.length <= 12, `${floods.length} records of the flood`);
  });
});

describe('an asymmetric path', () => {
  it('on which home is only spoken to blames no server for its acknowledgements', async () => {
    const office = await Office.open();
    for (let i = 0; i < 400; i++) {
      const server = `192.0.2.${1 + (i % 40)}`;
      office.send(tcp(server, address(0x100 + (i % 30)), 50000 + i, ACK, { sourcePort: 443 }), 20);
      office.send(tcp(server, address(0x100 + (i % 30)), 50000 + i, ACK | 1, { sourcePort: 443 }), 20);
    }
    office.close();
    assert.deepEqual(office.accused(), []);
  });
});
