/** A config that arrives while the engine runs: what it changes, and that it changes nothing else. */
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { readCapture } from '../../host/capture/read.js';
import { UserError } from '../../host/common/errors.js';
import { homeOf, testCaptures } from '../../scripts/bench/engine-speed.js';
import { instantiate, RawEngine } from '../../scripts/bench/tape.js';
import * as codes from '../../src/engine/constants/codes.js';
import type { EngineSettings } from '../../src/protocol/engine-config.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { ACK, arp, SYN, tcp, udp } from '../support/packets.js';
import { home, Office } from './office.js';

const minute = 60_000;
const hour = 60 * minute;
const outsider = '203.0.113.66';
/** Becomes home, or is it no longer. */
const branch = '10.30.0.0/16';
const both = [...home, branch];

/** Asks for SSH at so many addresses that do not exist, from the `from`-th on. */
function sweep(office: Office, source: string, from: number, count: number, block = '10.20.9'): Office {
  for (let i = from; i < from + count; i++) office.send(tcp(source, `${block}.${i}`, 22, SYN), 50);
  return office.take();
}

const stages = (records: TimedRecord[]): string[] =>
  records.map((record) => record.stage).filter((stage) => stage !== 'progress');
const hits = (office: Office): TimedRecord[] => office.take().records.filter((record) => record.kind === 'watch-hit');

/** An office that has been listened to for long enough to know who exists. */
const learned = async (settings: object = {}): Promise<Office> =>
  (await Office.open(settings))
    .warmUp()
    .wait(30 * minute)
    .warmUp();

describe('the home blocks of a config', function () {
  this.timeout(60_000);

  for (const [title, block] of [
    ['first', 'fd20:20::100:0:0'],
    ['second', 'fd30:30::100:0:0'],
  ]) {
    it(`the ${title} IPv6 block of 48 bits holds its addresses whatever stands in their second half`, async () => {
      const office = await learned({ home: ['10.20.0.0/16', 'fd20:20::/48', 'fd30:30::/48'] });
      for (let i = 1; i <= 120; i++) office.send(tcp('2001:db8::66', `${block}:${i.toString(16)}`, 22, SYN), 50);
      assert.equal(office.scans('2001:db8::66')[0]?.direction, 'inbound');
    });
  }

  it('an address outside every IPv6 block is not of home', async () => {
    const office = await learned({ home: ['10.20.0.0/16', 'fd20:20::/48', 'fd30:30::/48'] });
    for (let i = 1; i <= 120; i++) office.send(tcp('2001:db8::66', `fd40:30::100:0:0:${i.toString(16)}`, 22, SYN), 50);
    assert.notEqual(office.scans('2001:db8::66')[0]?.direction, 'inbound');
  });
});

describe('a config that arrives while the engine runs', function () {
  this.timeout(120_000);

  it('lets a scan under way go on as one episode: one start, one end, one number, all of its targets', async () => {
    for (const settings of [
      { alertsPerMinute: 30 },
      { evidence: 9 },
      { watch: ['198.51.100.0/24'] },
      { home: both },
      { home: ['10.20.0.0/16'] },
    ]) {
      const office = await learned();
      sweep(office, outsider, 1, 60);
      assert.deepEqual(stages(office.scans(outsider)), ['start']);
      office.engine.configure({ home, ...settings });
      sweep(office, outsider, 61, 60).wait(hour);
      const told = office.scans(outsider);
      assert.deepEqual(stages(told), ['start', 'end'], JSON.stringify(settings));
      assert.equal(new Set(told.map((record) => record.episode)).size, 1);
      const targets = told.at(-1)?.targets ?? 0;
      assert.ok(Math.abs(targets - 120) <= 18, `${targets} targets`);
    }
  });

  it('forgets no host at home, no known source and none that came once', async () => {
    const levels = ['presenceUsed', 'sourcesUsed', 'probationUsed', 'episodesOpen', 'contacts', 'frames', 'episodes'];
    const office = sweep(await learned(), outsider, 1, 20)
      .ping('198.51.100.77', '10.20.1.5', true)
      .take();
    const before = office.engine.counters();
    for (const name of levels) assert.ok((before[name] ?? 0) > 0, name);
    for (const settings of [
      { home: both },
      { home: ['192.0.2.0/24'] },
      { home, evidence: 50, alertsPerMinute: 1, watch: [branch] },
    ]) {
      office.engine.configure(settings);
      const after = office.engine.counters();
      assert.deepEqual(
        levels.map((name) => after[name]),
        levels.map((name) => before[name]),
      );
    }
  });

  it('keeps the evidence against a source: the probe that would have raised the alert still does', async () => {
    const accusedAfter = async (settings?: object): Promise<number> => {
      const office = await learned();
      for (let i = 1; i <= 20; i++) {
        sweep(office, outsider, i, 1);
        if (office.scans(outsider).length > 0) return i;
        if (settings) office.engine.configure({ home, ...settings });
      }
      return 0;
    };
    const usual = await accusedAfter();
    assert.ok(usual > 3);
    assert.equal(await accusedAfter({ alertsPerMinute: 30 }), usual);
    assert.equal(await accusedAfter({ watch: ['198.51.100.0/24'] }), usual);
  });
});

describe('the same config again', function () {
  this.timeout(240_000);

  const listed = ['198.51.100.0/24', '203.0.113.0/24', '192.0.2.0/24', '10.20.77.0/24'];
  const settings: EngineSettings[] = [{}, { alertsPerMinute: 6, evidence: 5, watch: listed }];

  for (const given of settings) {
    it(`changes no record and no byte of the page, between any two batches (${given.watch ? 'with a watchlist' : 'home only'})`, () => {
      let told = 0;
      for (const path of testCaptures()) {
        const play = (again: boolean, every: number): RawEngine => {
          const raw = new RawEngine(instantiate(), homeOf(path));
          raw.configure(homeOf(path), given);
          raw.engine.start(1, 2, 1);
          const take = (...frame: Parameters<RawEngine['take']>): void => {
            raw.take(...frame);
            if (raw.frames % every !== 0) return;
            if (again) raw.configure(homeOf(path), given);
            else raw.run();
          };
          try {
            readCapture(path, take);
          } catch (error) {
            // Damaged on purpose: what could be read counts.
            if (!(error instanceof UserError)) throw error;
          }
          raw.run();
          raw.memory.fill(0, raw.engine.batchAddress(), raw.engine.batchAddress() + raw.engine.batchCapacity());
          return raw;
        };
        const [without, with_] = [play(false, 5), play(true, 5)];
        assert.ok(with_.records.equals(without.records), `${basename(path)}: the records differ`);
        assert.ok(Buffer.compare(with_.memory, without.memory) === 0, `${basename(path)}: the pages differ`);
        told += with_.records.length;
      }
      assert.ok(told > 100 * codes.RECORD_BYTES);
    });
  }
});

describe('another home', function () {
  this.timeout(120_000);

  it('does not make absent what was not looked at before: a burst at hosts that answer is no scan', async () => {
    const office = await learned();
    office.engine.configure({ home: both });
    // The tap sees answers within the new home.
    office.connect('10.20.1.12', '10.20.1.13', 8443);
    for (let i = 1; i <= 40; i++) office.send(tcp('10.20.1.11', `10.30.0.${i}`, 161, SYN, { sourcePort: 40000 }), 0);
    for (let i = 1; i <= 40; i++)
      office.send(tcp(`10.30.0.${i}`, '10.20.1.11', 40000, SYN | ACK, { sourcePort: 161 }), 1);
    assert.deepEqual(office.wait(hour).accused(), []);
  });

  it('is guarded like the first: a source that contacts absent addresses gets an alert', async () => {
    const office = await learned();
    office.engine.configure({ home: both });
    sweep(office, outsider, 1, 60, '10.30.9').wait(hour);
    assert.deepEqual(office.accused(), [outsider]);
    assert.deepEqual(new Set(office.scans().map((record) => record.direction)), new Set(['inbound']));
  });

  it('makes a scan that goes on one between our own machines, under the number it has', async () => {
    const office = sweep(await learned(), '10.30.5.5', 1, 60);
    office.engine.configure({ home: both });
    sweep(office, '10.30.5.5', 61, 60).wait(hour);
    const told = office.scans('10.30.5.5');
    assert.deepEqual([told[0]?.stage, told[0]?.direction, told[0]?.technique], ['start', 'inbound', 'T1595.001']);
    assert.deepEqual(
      [told.at(-1)?.stage, told.at(-1)?.direction, told.at(-1)?.technique],
      ['end', 'internal', 'T1046'],
    );
    assert.equal(new Set(told.map((record) => record.episode)).size, 1);
  });

  it('lets questions on their way say nothing: a source of IPv6 that changes sides is not blamed for answers to come', async () => {
    const office = (await Office.open()).warmUp();
    const server = (i: number): string => `fd20:20::1:${i.toString(16)}`;
    for (let i = 1; i <= 30; i++) office.send(tcp('fd20:20::7', server(i), 443, SYN, { sourcePort: 40000 }), 0);
    office.engine.configure({ home: ['10.20.0.0/16'] });
    for (let i = 1; i <= 30; i++) office.send(tcp(server(i), 'fd20:20::7', 40000, SYN | ACK, { sourcePort: 443 }), 1);
    assert.deepEqual(office.wait(hour).accused(), []);
  });

  it('is not known yet: the rest of old connections to it is no stealth scan', async () => {
    const office = await learned();
    for (let i = 0; i < 6; i++) office.refuse('198.51.100.9', '10.20.1.5', 8000 + i);
    office.engine.configure({ home: both });
    // The servers' way only; what the branch says passes elsewhere.
    for (let i = 1; i <= 40; i++)
      office.send(tcp('198.51.100.20', `10.30.0.${i}`, 50000 + i, ACK, { sourcePort: 4433 }), 50);
    assert.deepEqual(office.wait(hour).accused(), []);
  });

  it('may be spoken to in view, and answer out of view: clients that go on are answered', async () => {
    const office = await learned();
    office.engine.configure({ home: both });
    for (let i = 1; i <= 30; i++) {
      const up = { sourcePort: 40000 + i };
      office.send(tcp('198.51.100.20', `10.30.0.${i}`, 443, SYN, { ...up, sequence: 100 }), 100);
      office.send(tcp('198.51.100.20', `10.30.0.${i}`, 443, ACK, { ...up, sequence: 101, acknowledgement: 7 }), 40);
      office.send(
        tcp('198.51.100.20', `10.30.0.${i}`, 443, ACK, {
          ...up,
          sequence: 101,
          acknowledgement: 7,
          payload: Buffer.from('GET'),
        }),
        1,
      );
    }
    assert.deepEqual(office.wait(hour).accused(), []);
  });

  it('has no new talkers for a day, though all of it is new', async () => {
    const office = (await Office.open()).warmUp().wait(25 * hour);
    office.connect('10.20.1.99', '10.20.1.5', 443).wait(2 * minute);
    const talkers = (): number => office.take().records.filter((record) => record.kind === 'new-talker').length;
    assert.equal(talkers(), 1);
    office.engine.configure({ home: both });
    for (let i = 1; i <= 10; i++) office.connect(`10.30.0.${i}`, '10.20.1.5', 443).wait(2 * minute);
    assert.equal(talkers(), 1);
    office
      .wait(25 * hour)
      .connect('10.30.0.200', '10.20.1.5', 443)
      .take();
    assert.equal(talkers(), 2);
  });

  it('has machines that were taken for routers, and are to blame for what they ask their link', async () => {
    const office = await learned();
    const from = Buffer.from([2, 0, 0, 0, 0, 0x77]);
    // As seen before the change: an address from outside behind this link address.
    const seen = udp('10.30.0.7', '10.20.1.5', 53);
    from.copy(seen, 6);
    office.send(seen);
    office.engine.configure({ home: both });
    office.askLink('10.20.1.12', '10.20.1.13', true);
    for (let i = 1; i <= 60; i++) {
      office.send(arp(1, '10.30.0.7', `10.30.9.${i}`, { from }), 50);
    }
    office.wait(hour);
    assert.deepEqual([...new Set(office.scans().map((record) => record.kind))], ['arp-sweep']);
    assert.deepEqual(office.accused(), ['10.30.0.7']);
  });

  it('keeps hosts at home out of the reports: a source of a first-contact failure that is home now is not named', async () => {
    const knocks = async (change: boolean): Promise<TimedRecord[]> => {
      const office = await learned();
      office.send(tcp('10.30.0.7', '10.20.9.9', 443, SYN), 50).take();
      if (change) office.engine.configure({ home: both });
      return office.wait(10 * minute).records.filter((record) => record.kind === 'knocks');
    };
    assert.equal((await knocks(false)).length, 1);
    assert.equal((await knocks(true)).length, 0);
  });
});

describe('another watchlist', function () {
  this.timeout(60_000);
  const watch = ['203.0.113.0/24'];

  it('finds its sources at the next first contact: a first-time one, one in probation, and a known one', async () => {
    for (const before of [0, 1, 2, 3]) {
      const office = await learned();
      for (let i = 0; i < before; i++) office.connect(outsider, `10.20.1.${5 + i}`, 443);
      office.engine.configure({ home, watch });
      assert.equal(hits(office).length, 0);
      office.wait(minute).connect(outsider, '10.20.1.15', 22).wait(minute).connect(outsider, '10.20.1.14', 22);
      const told = hits(office);
      assert.deepEqual(
        told.map((record) => [record.source, record.services]),
        [[outsider, [22]]],
        `known by ${before} contacts`,
      );
    }
  });

  it('finds all of those it names, some seconds apart', async () => {
    const office = await learned();
    const visitors = [1, 2, 3, 4].map((i) => `203.0.113.${i}`);
    for (const visitor of visitors) office.connect(visitor, '10.20.1.5', 443).connect(visitor, '10.20.1.11', 443);
    office.engine.configure({ home, watch });
    for (let i = 0; i < 6; i++) {
      for (const visitor of visitors) office.connect(visitor, `10.20.1.${12 + (i & 3)}`, 80 + i);
      office.wait(10_000);
    }
    const told = hits(office);
    assert.deepEqual(told.map((record) => record.source).sort(), visitors);
    const times = told.map((record) => record.time);
    assert.ok(
      times.every((time, i) => i === 0 || time - (times[i - 1] as number) >= 5000),
      'addresses of the list can be forged',
    );
  });

  it('does not report a source again, unless it was off the list between', async () => {
    const office = await learned({ watch });
    const visit = (i: number): number =>
      hits(office.connect(outsider, `10.20.1.${11 + i}`, 8000 + i).wait(minute)).length;
    assert.equal(visit(0), 1);
    office.engine.configure({ home, watch: [...watch, '198.51.100.0/24'] });
    assert.equal(visit(1), 1);
    office.engine.configure({ home });
    assert.equal(visit(2), 1);
    office.engine.configure({ home, watch });
    assert.equal(visit(3), 2);
  });

  it('takes back its evidence against sources no longer on it', async () => {
    const accusedAfter = async (listed: boolean, change: object): Promise<number> => {
      // A threshold that the number of targets does not reach before the evidence does.
      const evidence = 10;
      const office = await learned(listed ? { watch, evidence } : { evidence });
      // By UDP: a SYN would leave a fingerprint of its own.
      office.query(outsider, '10.20.1.5', 53, true).query(outsider, '10.20.1.11', 53, true);
      office.engine.configure({ home, evidence, ...change });
      for (let i = 1; i <= 30; i++) {
        office.query(outsider, `10.20.9.${i}`, 161, false).wait(1000);
        if (office.scans(outsider).length > 0) return i;
      }
      return 0;
    };
    const [never, always, noLonger, newly] = [
      await accusedAfter(false, {}),
      await accusedAfter(true, { watch }),
      await accusedAfter(true, {}),
      await accusedAfter(false, { watch }),
    ];
    assert.ok(always > 0 && always < never, `${always}, ${never}`);
    // Whoever was listed at first has one contact of probation more or less.
    assert.ok(noLonger >= never && newly <= always, `${noLonger} instead of ${never}, ${newly} instead of ${always}`);
  });
});

describe('another threshold, another budget', function () {
  this.timeout(60_000);

  it('a lower threshold holds for present evidence: the next probe raises the alert', async () => {
    const office = await learned({ evidence: 30 });
    sweep(office, outsider, 1, 10);
    assert.deepEqual(office.wait(1000).scans(outsider), []);
    office.engine.configure({ home, evidence: 8 });
    sweep(office, outsider, 11, 1);
    const told = office.scans(outsider);
    assert.deepEqual(
      told.map((record) => record.stage),
      ['start'],
    );
    assert.ok((told[0]?.targets ?? 0) >= 9, `${told[0]?.targets} targets`);
  });

  it('a higher threshold keeps open alerts, and raises none for less', async () => {
    const office = sweep(await learned(), outsider, 1, 20);
    office.engine.configure({ home, evidence: 100 });
    sweep(office, outsider, 21, 20);
    sweep(office, '203.0.113.77', 1, 20).wait(hour);
    assert.deepEqual(office.accused(), [outsider]);
    assert.deepEqual(stages(office.scans()), ['start', 'end']);
  });

  it('a smaller budget holds at once: what was saved up for the larger one is gone', async () => {
    const office = await learned({ alertsPerMinute: 6000 });
    office.engine.configure({ home, alertsPerMinute: 8 });
    const before = office.take().records.length;
    // All of them at once, before time has trimmed what was saved up.
    for (let i = 1; i <= 10; i++) {
      for (let source = 1; source <= 10; source++) office.send(tcp(`203.0.113.${source}`, `10.20.9.${i}`, 22, SYN));
    }
    const alerts = office
      .take()
      .records.slice(before)
      .filter((record) => record.stage !== 'whisper' && record.kind !== 'digest');
    assert.ok(alerts.length > 0 && alerts.length <= 8, `${alerts.length} alerts`);
  });
});

describe('the number of the first episode', () => {
  const numbersFrom = (first: number): number[] => {
    const raw = new RawEngine(instantiate(), ['10.20.0.0/16']);
    raw.engine.start(1, 2, first);
    for (let source = 1; source <= 4; source++) {
      for (let i = 0; i < 30; i++) {
        const frame = tcp(`203.0.113.${source}`, `10.20.9.${i}`, 22, SYN);
        raw.push(source * 3_600_000 + i * 100, codes.LINK_ETHERNET, frame, frame.length);
      }
      raw.run();
      for (let passed = 1; passed < 60; passed++) raw.engine.tick(source * 3_600_000 + passed * minute);
      raw.drain();
    }
    const records = raw.records;
    const all = Array.from({ length: records.length / codes.RECORD_BYTES }, (_, i) =>
      records.subarray(i * codes.RECORD_BYTES),
    );
    const of = (stage: number): number[] =>
      all
        .filter((record) => record[codes.RECORD_STAGE] === stage && record[codes.RECORD_KIND] !== codes.KIND_DIGEST)
        .map((record) => record.readUInt32LE(codes.RECORD_EPISODE));
    assert.deepEqual(of(codes.STAGE_END), of(codes.STAGE_START));
    return of(codes.STAGE_START);
  };

  it('is the one that was asked for, and those after it follow', () => {
    assert.deepEqual(numbersFrom(1), [1, 2, 3, 4]);
    assert.deepEqual(numbersFrom(0), [1, 2, 3, 4]);
    assert.deepEqual(numbersFrom(77), [77, 78, 79, 80]);
    // A number with sixteen low zeros is given to nobody (records.ts).
    assert.deepEqual(numbersFrom(0xfffe), [0xfffe, 0xffff, 0x10001, 0x10002]);
    assert.deepEqual(numbersFrom(0x20000), [0x20001, 0x20002, 0x20003, 0x20004]);
  });
});
