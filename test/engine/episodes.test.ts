/** When an alert is told, told again, and ended, whatever is full. */
import assert from 'node:assert/strict';
import { SYN, tcp } from '../support/packets.js';
import { Office } from './office.js';

const scanner = '203.0.113.66';
const hour = 3_600_000;

const sweep = (office: Office, source: string, size: number, net = 20, gap = 100, port = 22): void => {
  for (let i = 1; i <= size; i++) office.send(tcp(source, `10.20.${net}.${i}`, port, SYN), gap);
};
const stages = (office: Office, source: string): string[] => office.scans(source).map(({ stage }) => stage);
const count = (office: Office, stage: string): number =>
  office.scans().filter((record) => record.stage === stage && record.source !== '').length;

describe('the same sweep again', () => {
  for (const [name, gap] of [
    ['a minute', hour / 60],
    ['3 hours', 3 * hour],
    ['a day', 24 * hour],
    ['a week', 168 * hour],
  ] as const) {
    it(`by the same source after ${name} is told again`, async () => {
      const office = (await Office.open()).warmUp();
      sweep(office, scanner, 20);
      office.wait(gap);
      const before = stages(office, scanner).length;
      sweep(office, scanner, 20);
      const again = stages(office, scanner).slice(before);
      assert.ok(again.includes(gap < hour ? 'progress' : 'start'), again.join());
    });
  }
});

describe('an open scan', () => {
  it('is told again by time while it goes on, and not more than six times in a day', async () => {
    const office = (await Office.open()).warmUp();
    sweep(office, scanner, 8);
    for (let i = 0; i < 24 * 60; i++) {
      office.send(tcp(scanner, `10.20.20.${1 + (i % 8)}`, 22, SYN), 60_000);
      if (i % 20 === 0) office.take();
    }
    const told = stages(office, scanner).filter((stage) => stage === 'progress').length;
    assert.ok(told >= 4 && told <= 8, `${told} times`);
  });

  it('that finds something is told at the next probe', async () => {
    const office = (await Office.open()).warmUp();
    sweep(office, scanner, 8);
    assert.ok(office.scans(scanner).every(({ answered }) => answered === 0));
    office.connect(scanner, '10.20.1.5', 22, 41_000);
    office.send(tcp(scanner, '10.20.20.9', 22, SYN), 100);
    const last = office.scans(scanner).at(-1);
    assert.equal(last?.stage, 'progress');
    assert.equal(last?.answered, 1);
    assert.equal(last?.spoofable, false);
  });

  it('begins no later than it was last seen', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 60; i++) office.connect('10.20.1.66', `10.20.1.${100 + i}`, 443, 20_000 + i);
    for (let i = 1; i <= 60; i++) office.send(tcp('10.20.1.66', `10.20.1.${160 + (i % 90)}`, 445 + i, SYN), 32);
    office.wait(hour).close();
    for (const record of office.records) assert.ok(record.first <= record.last, `${record.kind} ${record.stage}`);
  });
});

describe('every start has an end', () => {
  for (const sources of [12, 30]) {
    it(`of ${sources} scanners at once that fall silent`, async () => {
      const office = (await Office.open()).warmUp();
      for (let i = 1; i <= 12; i++)
        for (let k = 0; k < sources; k++)
          office.send(tcp(`203.0.113.${100 + k}`, `10.20.${20 + k}.${i}`, 1000 + k, SYN), 20);
      office.take();
      office.wait(hour);
      assert.equal(count(office, 'start'), sources);
      assert.equal(count(office, 'end'), sources);
    });
  }

  it('of 300 scanners that come one after the other', async () => {
    const office = (await Office.open()).warmUp();
    for (let k = 0; k < 300; k++) {
      sweep(office, `198.51.${k >> 6}.${1 + (k & 63)}`, 6, 20 + (k % 100), 200, 1000 + k);
      office.take();
    }
    office.wait(hour);
    assert.ok(count(office, 'start') > 200, `${count(office, 'start')} starts`);
    assert.equal(count(office, 'end'), count(office, 'start'));
  });

  it('of 20 scanners when the input ends', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 12; i++)
      for (let k = 0; k < 20; k++) office.send(tcp(`203.0.113.${100 + k}`, `10.20.${20 + k}.${i}`, 1000 + k, SYN), 20);
    office.take().close();
    assert.equal(count(office, 'start'), 20);
    assert.equal(count(office, 'end'), 20);
  });
});

describe('a spent budget', () => {
  /** An office that knows its networks. */
  const learned = async (seed: number): Promise<Office> => {
    const office = (await Office.open({ seed: [seed, 7] })).warmUp();
    for (let i = 0; i < 30; i++) office.connect(`10.20.${30 + 2 * i}.250`, '10.20.1.5', 443, 52_000 + i);
    for (let i = 0; i < 5; i++) office.connect(`10.20.9.${240 + i}`, '10.20.1.5', 443, 53_000 + i);
    return office.wait(15 * 60_000);
  };

  /** Five forged scanners a second, of five SYNs each (inside: twelve); `within` runs each second. */
  const flood = (office: Office, seconds: number, inside: boolean, within: (second: number) => void): void => {
    for (let s = 0; s < seconds; s++) {
      for (let k = 0; k < 5; k++) {
        const n = 5 * s + k;
        const source = inside ? `10.20.${100 + (n >> 7)}.${1 + (n & 127)}` : `198.51.${n >> 7}.${1 + (n & 127)}`;
        for (let i = 0; i < (inside ? 12 : 5); i++)
          office.send(tcp(source, `10.20.${30 + 2 * (n % 30)}.${1 + i}`, 1000 + n, SYN), 8);
      }
      within(s);
      office.wait(500);
    }
  };

  for (const inside of [false, true]) {
    it(`by forged scanners ${inside ? 'inside' : 'outside'} does not keep the real one unnamed`, async () => {
      const real = inside ? '10.20.1.66' : scanner;
      for (let seed = 1; seed <= 5; seed++) {
        const office = await learned(seed);
        flood(office, 150, inside, (s) => {
          if (s > 60) office.send(tcp(real, `10.20.9.${s & 255}`, 445, SYN), 1);
        });
        assert.ok(office.accused().includes(real), `seed ${seed}`);
      }
    });
  }

  it('keeps to the budget: in any minute no more alerts than it says', async () => {
    const office = (await Office.open({ alertsPerMinute: 30 })).warmUp();
    flood(office, 120, false, () => {});
    office.close();
    const times = office.scans().map(({ time }) => time);
    for (const [i, time] of times.entries()) {
      const inMinute = times.slice(i).filter((other) => other < time + 60_000).length;
      assert.ok(inMinute <= 30 || time > office.now - 60_000, `${inMinute} in a minute`);
    }
  });
});

describe('the link address', () => {
  it('of a scanner at home goes along, and that of one outside does not', async () => {
    const office = (await Office.open()).warmUp();
    const mac = Buffer.from([2, 0, 94, 16, 0, 66]);
    for (let i = 1; i <= 60; i++) office.send(tcp('10.20.1.66', `10.20.1.${100 + i}`, 445, SYN, { from: mac }), 100);
    sweep(office, scanner, 20);
    assert.equal(office.scans('10.20.1.66')[0]?.mac, '02:00:5e:10:00:42');
    assert.equal(office.scans(scanner)[0]?.mac, undefined);
  });
});
