import assert from 'node:assert/strict';
import { Random } from '../../scripts/bench/random.js';
import { SYN, tcp } from '../support/packets.js';
import { Office } from './office.js';

const scanner = '198.19.61.9';

function spoofed(random: Random): string {
  return `${11 + random.below(180)}.${random.below(256)}.${random.below(256)}.${1 + random.below(254)}`;
}

describe('under a flood of spoofed sources', () => {
  it('upon one server, a scanner that starts within it is found, and no other source gets an alert', async () => {
    const random = new Random(7);
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 60_000; i++) {
      office.send(tcp(spoofed(random), '10.20.1.5', 80, SYN, { sourcePort: 1024 + (i & 0x7fff) }), i % 4 === 0 ? 1 : 0);
      if (i % 480 === 479) office.send(tcp(scanner, `10.20.9.${1 + ((i / 480) | 0)}`, 5900, SYN), 0);
    }
    office.close();
    assert.deepEqual(office.accused(), [scanner]);
  });

  it('upon random addresses of ours, a scanner that was there before is still known', async () => {
    const random = new Random(8);
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 3; i++) office.send(tcp(scanner, `10.20.9.${i}`, 5900, SYN), 500);
    for (let i = 0; i < 40_000; i++)
      office.send(
        tcp(spoofed(random), `10.20.${random.below(256)}.${random.below(256)}`, 80, SYN),
        i % 4 === 0 ? 1 : 0,
      );
    for (let i = 4; i <= 6; i++) office.send(tcp(scanner, `10.20.9.${i}`, 5900, SYN), 500);
    office.wait(60_000).close();
    assert.deepEqual(office.accused(), [scanner]);
  });

  it('upon random addresses, a scanner that starts within it is found', async () => {
    const random = new Random(9);
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 100_000; i++) {
      office.send(
        tcp(spoofed(random), `10.20.${random.below(256)}.${random.below(256)}`, 80, SYN),
        i % 4 === 0 ? 1 : 0,
      );
      if (i % 480 === 479) office.send(tcp(scanner, `10.20.9.${1 + (((i / 480) | 0) % 250)}`, 5900, SYN), 0);
    }
    office.close();
    assert.ok(office.accused().includes(scanner));
    assert.deepEqual(office.accused(), [scanner]);
  });

  it('the source table keeps its size, and every eviction is counted', async () => {
    const random = new Random(10);
    const office = await Office.open();
    for (let i = 0; i < 30_000; i++) {
      const source = spoofed(random);
      for (let k = 0; k < 2; k++)
        office.send(tcp(source, `10.20.${random.below(256)}.${random.below(256)}`, 80 + random.below(5000), SYN), 1);
    }
    office.close();
    const counted = office.engine.counters();
    assert.ok((counted['sourcesUsed'] ?? 0) <= 192);
    assert.ok((counted['promotions'] ?? 0) > 1000);
    assert.equal((counted['promotions'] ?? 0) - (counted['sourcesUsed'] ?? 0), counted['sourcesEvicted']);
  });
});

describe('the alert budget', () => {
  /** Many scanners at once, each of a few addresses. */
  async function crowd(perMinute: number, scanners: number): Promise<Office> {
    const office = (await Office.open({ alertsPerMinute: perMinute })).warmUp();
    for (let i = 0; i < scanners; i++) {
      for (let k = 1; k <= 6; k++)
        office.send(tcp(`198.51.${100 + (i >> 8)}.${i & 255}`, `10.20.${20 + (i % 200)}.${k}`, 1000 + i, SYN), 30);
      office.take();
    }
    office.wait(20 * 60_000);
    return office.close();
  }

  it('the alert budget is never exceeded in any minute', async () => {
    const office = await crowd(20, 300);
    const times = office.records
      .filter((record) => record.kind !== 'digest' && record.stage !== 'whisper')
      .map((record) => record.time);
    for (const time of times) {
      const within = times.filter((other) => other >= time && other < time + 60_000).length;
      assert.ok(within <= 20, `${within} records in a minute`);
    }
    assert.ok(times.length > 20);
  });

  it('loses nothing: the digests add up to what was held back', async () => {
    const office = await crowd(20, 300);
    const digests = office.records.filter((record) => record.kind === 'digest');
    const told = digests.reduce((sum, record) => sum + record.probes, 0);
    assert.ok(told > 0);
    assert.equal(told, office.engine.counters()['heldBack']);
    assert.ok(digests.every((record) => record.verdict === 'notice' && record.source === ''));
  });

  it('holds nothing back on an ordinary day', async () => {
    const office = await crowd(120, 3);
    assert.equal(office.engine.counters()['heldBack'], 0);
    assert.equal(office.records.filter((record) => record.kind === 'digest').length, 0);
  });
});

describe('episodes', () => {
  it('beyond what can be followed at once are still reported at their start, once each, or counted in the digest', async () => {
    const office = (await Office.open({ alertsPerMinute: 5000 })).warmUp();
    for (let k = 1; k <= 12; k++) {
      for (let i = 0; i < 40; i++) office.send(tcp(`198.51.100.${i + 1}`, `10.20.${30 + i}.${k}`, 1000 + i, SYN), 5);
      office.take();
    }
    office.close();
    const begun = office.scans().filter((record) => record.stage === 'start');
    const starts = begun.filter(({ source }) => source !== '').map(({ source }) => source);
    // Forty strangers at forty services share a scan as well, before any of them does enough by itself.
    assert.deepEqual(
      begun.filter(({ source }) => source === '').map(({ kind }) => kind),
      ['distributed-scan'],
    );
    const digested = office.records
      .filter((record) => record.kind === 'digest')
      .reduce((sum, record) => sum + record.targets, 0);
    assert.equal(starts.length + digested, 40);
    assert.ok(starts.length >= 20);
    assert.equal(office.engine.counters()['recordsLost'], 0);
    assert.equal(new Set(starts).size, starts.length);
  });

  it('of one source that comes back after a long quiet are two', async () => {
    const office = (await Office.open()).warmUp();
    for (const visit of [20, 21]) {
      for (let i = 1; i <= 20; i++) office.send(tcp(scanner, `10.20.${visit}.${i}`, 22, SYN), 100);
      office.wait(3 * 3600_000);
    }
    office.close();
    assert.equal(office.scans(scanner).filter((record) => record.stage === 'start').length, 2);
  });

  it('do not begin again with one stray packet', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 20; i++) office.send(tcp(scanner, `10.20.9.${i}`, 22, SYN), 100);
    office.wait(3600_000);
    office
      .send(tcp(scanner, '10.20.9.99', 22, SYN))
      .wait(3600_000)
      .close();
    assert.equal(office.scans(scanner).filter((record) => record.stage === 'start').length, 1);
  });
});
