import assert from 'node:assert/strict';
import type { TimedRecord } from '../../src/protocol/record.js';
import { knocksOf as listed } from '../../src/protocol/record.js';
import { ACK, FIN, icmp, icmpError, PSH, RST, SYN, tcp, URG, udp } from '../support/packets.js';
import { Office } from './office.js';

const MINUTE = 60_000;
const stranger = (i: number): string => `203.0.${100 + (i >>> 8)}.${i & 255}`;

/** An office whose presence is trusted: the tap has listened for more than ten minutes, and nothing has knocked. */
async function learned(): Promise<Office> {
  const office = (await Office.open())
    .warmUp()
    .wait(11 * MINUTE)
    .warmUp();
  office.take().records = [];
  return office;
}

/** The same, and its list has just overflowed and gone out: the next one cannot within twenty seconds. */
async function justListed(): Promise<Office> {
  const office = await learned();
  for (let i = 0; i < 31; i++) office.send(tcp(stranger(9000 + i), `10.20.9.${i + 1}`, 3000 + i, SYN), 10);
  office.wait(1000).records = [];
  return office;
}

const knocksOf = (office: Office): TimedRecord[] => office.take().records.filter(({ kind }) => kind === 'knocks');
/** Who knocked, in order of address, once the time for whispers has come. */
const knockers = (office: Office): string[] =>
  knocksOf(office.wait(6 * MINUTE))
    .flatMap(listed)
    .map(({ source }) => source)
    .sort();
/** The same with what became of it. */
const outcomes = (office: Office): Record<string, string> =>
  Object.fromEntries(
    knocksOf(office.wait(6 * MINUTE))
      .flatMap(listed)
      .map(({ source, refused }) => [source, refused ? 'refused' : 'dark']),
  );

describe('a first-contact failure', () => {
  it("is a first-time source's contact with an address that does not exist, reported with the next suspicion reports", async () => {
    const office = (await learned()).send(tcp('203.0.113.66', '10.20.9.1', 445, SYN));
    assert.deepEqual(knocksOf(office), []);
    assert.deepEqual(knockers(office), ['203.0.113.66']);
    const [record] = knocksOf(office);
    assert.deepEqual(
      { ...record, time: 0, first: 0, last: 0, knocks: undefined },
      {
        stage: 'whisper',
        kind: 'knocks',
        verdict: 'notice',
        severity: 'low',
        source: '',
        aggregate: false,
        protocol: '',
        direction: 'inbound',
        time: 0,
        first: 0,
        last: 0,
        targets: 1,
        services: [],
        serviceCount: 0,
        probes: 1,
        answered: 0,
        refused: 0,
        silent: 0,
        dark: 1,
        evidence: 0,
        confidence: 0,
        spoofable: false,
        decoy: false,
        sources: 1,
        tool: '',
        technique: '',
        shape: [0, 0, 0, 0, 0, 0, 0, 0],
        shapeStep: 1,
        episode: 0,
        knocks: undefined,
      },
    );
    assert.ok((record?.first ?? 0) <= (record?.last ?? 0) && (record?.last ?? 0) <= (record?.time ?? 0));
  });

  it('is reported once: the next report has no failures', async () => {
    const office = (await learned()).send(tcp('203.0.113.66', '10.20.9.1', 445, SYN));
    knockers(office);
    office.records = [];
    assert.deepEqual(knockers(office), []);
  });

  it('counts by UDP and by packets that open no connection, but not by ping, where honest contacts fail more often', async () => {
    const office = await learned();
    office.query('198.51.100.9', '10.20.1.5', 53, true, 61000);
    office
      .send(udp('203.0.113.1', '10.20.9.1', 5060))
      .send(tcp('203.0.113.2', '10.20.9.2', 22, FIN | PSH | URG))
      .send(icmp('203.0.113.3', '10.20.9.3', 8))
      .send(tcp('203.0.113.4', '10.20.9.4', 22, ACK));
    assert.deepEqual(knockers(office), ['203.0.113.1', '203.0.113.2']);
  });

  it('is no contact that is answered, and no silence of a host that exists', async () => {
    const office = (await learned())
      .connect('203.0.113.1', '10.20.1.5', 443)
      .send(tcp('203.0.113.2', '10.20.1.5', 8443, SYN));
    assert.deepEqual(knockers(office), []);
  });

  it('is a refused first contact too, and reported apart', async () => {
    const office = (await learned())
      .refuse('203.0.113.2', '10.20.1.5', 8443)
      .send(tcp('203.0.113.66', '10.20.9.1', 445, SYN))
      .refuse('203.0.113.3', '10.20.1.5', 23);
    assert.deepEqual(outcomes(office), { '203.0.113.2': 'refused', '203.0.113.3': 'refused', '203.0.113.66': 'dark' });
    assert.deepEqual(
      knocksOf(office).map(({ targets, dark, refused }) => [targets, dark, refused]),
      [[3, 1, 2]],
    );
  });

  it('counts a refusal by a router, by the host itself, and by a firewall for an address that does not exist', async () => {
    const office = await learned();
    const question = tcp('203.0.113.4', '10.20.1.5', 111, SYN);
    office.send(question).send(icmpError('10.20.1.5', '203.0.113.4', 3, 3, question.subarray(14)));
    // Met nobody at first sight; what is said in the name of nobody changes nothing.
    office.refuse('203.0.113.5', '10.20.9.9', 445);
    assert.deepEqual(outcomes(office), { '203.0.113.4': 'refused', '203.0.113.5': 'dark' });
  });

  it('is no refusal of a second question, of a source answered before, of a host at home, or by UDP', async () => {
    const office = (await learned()).send(tcp('203.0.113.1', '10.20.1.5', 8443, SYN)).wait(5000);
    office.refuse('203.0.113.1', '10.20.1.5', 23);
    office.connect('203.0.113.2', '10.20.1.5', 443).refuse('203.0.113.2', '10.20.1.5', 8443, 40001);
    office.refuse('10.20.1.66', '10.20.1.5', 8443).refuse('10.20.1.67', '192.0.2.77', 8443);
    const question = udp('203.0.113.3', '10.20.1.5', 161);
    office.send(question).send(icmpError('10.20.1.5', '203.0.113.3', 3, 3, question.subarray(14)));
    assert.deepEqual(knockers(office), []);
  });

  it('is reported once where its packet is repeated and refused each time', async () => {
    const office = await learned();
    for (let i = 0; i < 5; i++) office.refuse('203.0.113.2', '10.20.1.5', 8443, 40000).wait(1000);
    assert.deepEqual(outcomes(office), { '203.0.113.2': 'refused' });
    office.records = [];
    for (let i = 0; i < 5; i++) office.refuse('203.0.113.2', '10.20.1.5', 8443, 40000).wait(1000);
    assert.deepEqual(outcomes(office), {});
  });

  it('is seen within a scan that many share, where most first-time sources are not followed', async () => {
    const office = await learned();
    for (let i = 0; i < 60; i++) office.send(tcp(stranger(i), `10.20.${9 + (i >> 5)}.${i + 1}`, 23, SYN), 200);
    office.wait(6 * MINUTE);
    assert.ok(office.take().records.some(({ kind }) => kind === 'distributed-scan'));
    office.records = [];
    for (let i = 100; i < 120; i++) office.refuse(stranger(i), '10.20.1.5', 23, 40000, { sequence: 1000 }).wait(500);
    assert.deepEqual(
      outcomes(office),
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [stranger(100 + i), 'refused'])),
    );
  });

  it('is not read into resets that end older connections', async () => {
    const office = (await learned())
      .send(tcp('10.20.1.5', '203.0.113.9', 40000, RST | ACK, { sourcePort: 443, sequence: 7001 }))
      .send(tcp('10.20.1.5', '203.0.113.10', 40000, RST, { sourcePort: 443 }));
    office.send(tcp('203.0.113.11', '10.20.1.5', 40000, RST | ACK, { sourcePort: 443 }));
    assert.deepEqual(knockers(office), []);
  });

  it('is not counted for a source that was answered in the last hours', async () => {
    const office = (await learned()).connect('203.0.113.1', '10.20.1.5', 443);
    office.wait(3 * 60 * MINUTE).send(tcp('203.0.113.1', '10.20.9.1', 25, SYN));
    assert.deepEqual(knockers(office), []);
  });

  it('is counted again for sources that were answered two days ago', async () => {
    const office = await learned();
    const guests = Array.from({ length: 10 }, (_, i) => `203.0.113.${i + 1}`);
    for (const guest of guests) office.connect(guest, '10.20.1.5', 443);
    // Probation has forgotten them too: newcomers have taken every place.
    for (let day = 0; day < 2; day++) {
      office.wait(24 * 60 * MINUTE).warmUp();
      for (let i = 0; i < 2000; i++) office.wait(500).connect(stranger(i + 2000 * day), '10.20.1.5', 443);
    }
    office.wait(6 * MINUTE).records = [];
    for (const [i, guest] of guests.entries()) office.send(tcp(guest, `10.20.9.${i + 1}`, 2000 + i, SYN), 5000);
    // Some are taken for others who were answered since: one in twenty at most.
    assert.ok(knockers(office).length >= 8);
  });

  it('is the first one at a service, whatever pings were answered before', async () => {
    const office = await learned();
    for (let i = 1; i <= 3; i++) office.ping('203.0.113.1', `10.20.1.${4 + i}`, true);
    office.ping('203.0.113.2', '10.20.1.5', true).ping('203.0.113.3', '10.20.1.5', true);
    office.wait(MINUTE).send(tcp('203.0.113.1', '10.20.9.1', 445, SYN));
    office.send(tcp('203.0.113.2', '10.20.9.2', 445, SYN)).refuse('203.0.113.3', '10.20.1.5', 8443);
    assert.deepEqual(outcomes(office), { '203.0.113.1': 'dark', '203.0.113.2': 'dark', '203.0.113.3': 'refused' });
  });

  it('is not the second one at a service', async () => {
    const office = (await learned()).send(tcp('203.0.113.1', '10.20.1.5', 8443, SYN), 1);
    office.wait(5000).send(tcp('203.0.113.1', '10.20.9.1', 445, SYN));
    office.query('203.0.113.2', '10.20.1.5', 53, true, 61000).send(tcp('203.0.113.2', '10.20.9.2', 445, SYN));
    assert.deepEqual(knockers(office), []);
  });

  it('is not counted for a host at home, nor at an address outside', async () => {
    const office = (await learned())
      .send(tcp('10.20.1.66', '10.20.9.1', 445, SYN))
      .send(tcp('10.20.1.66', '192.0.2.77', 445, SYN));
    assert.deepEqual(knockers(office), []);
  });

  it('is not counted while the tap still learns which hosts exist, nor where it never sees an answer', async () => {
    const young = (await Office.open()).warmUp().send(tcp('203.0.113.1', '10.20.9.1', 445, SYN));
    assert.deepEqual(knockers(young), []);
    const deaf = await Office.open();
    for (let i = 0; i < 10; i++) deaf.send(tcp(`198.51.100.${i}`, '10.20.1.5', 443, SYN), MINUTE);
    deaf.wait(7 * 60 * MINUTE).send(tcp('203.0.113.1', '10.20.9.1', 445, SYN));
    assert.deepEqual(knockers(deaf), []);
  });

  it('does not hide a scanner: its first contact fails, then it gets an alert', async () => {
    const office = await learned();
    for (let i = 1; i <= 10; i++) office.send(tcp('203.0.113.66', `10.20.9.${i}`, 445, SYN), 2000);
    assert.deepEqual(office.accused(), ['203.0.113.66']);
    assert.deepEqual(knockers(office), ['203.0.113.66']);
  });

  it('is not reported for an IPv6 source', async () => {
    const office = (await learned()).send(tcp('2001:db8::1', 'fd20:20::77', 445, SYN));
    assert.deepEqual(knockers(office), []);
  });
});

describe('many first-contact failures', () => {
  it('share records of nine', async () => {
    const office = await learned();
    for (let i = 0; i < 20; i++) office.send(tcp(stranger(i), `10.20.9.${i + 1}`, 1000 + i, SYN), 2000);
    assert.deepEqual(knockers(office), Array.from({ length: 20 }, (_, i) => stranger(i)).sort());
    assert.deepEqual(
      knocksOf(office).map(({ targets, probes }) => [targets, probes]),
      [
        [9, 9],
        [9, 9],
        [2, 2],
      ],
    );
  });

  it('of both kinds are in one list, those that met nobody first, in any order of arrival', async () => {
    const office = await learned();
    for (let i = 0; i < 20; i++) {
      if (i % 3) office.send(tcp(stranger(i), `10.20.9.${i + 1}`, 1000 + i, SYN), 2000);
      else office.refuse(stranger(i), '10.20.1.5', 1000 + i).wait(2000);
    }
    const told = outcomes(office);
    assert.deepEqual(
      told,
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [stranger(i), i % 3 ? 'dark' : 'refused'])),
    );
    assert.deepEqual(
      knocksOf(office).map(({ targets, dark, refused }) => [targets, dark, refused]),
      [
        [9, 9, 0],
        [9, 4, 5],
        [2, 0, 2],
      ],
    );
  });

  it('that met nobody are not displaced by refusals: a host with closed ports refuses every source', async () => {
    const office = await justListed();
    for (let i = 0; i < 160; i++) {
      office.refuse(stranger(1000 + i), '10.20.1.5', 1000 + i).wait(100);
      if (i % 8 === 0) office.send(tcp(stranger(i), `10.20.9.${i + 1}`, 445, SYN));
    }
    const told = Object.entries(outcomes(office));
    assert.deepEqual(
      told
        .filter(([, outcome]) => outcome === 'dark')
        .map(([source]) => source)
        .sort(),
      Array.from({ length: 20 }, (_, i) => stranger(8 * i)).sort(),
    );
    assert.equal(told.length, 36);
    // Nor do refusals have the places by the order in which they came.
    const later = new Set(Array.from({ length: 80 }, (_, i) => stranger(1080 + i)));
    const late = told.filter(([source]) => later.has(source)).length;
    assert.ok(late >= 3 && late <= 13, `${late} of the later half`);
    assert.equal(
      knocksOf(office).reduce((sum, { probes }) => sum + probes, 0),
      180,
    );
  });

  it('keep each outcome where later ones take the slots of earlier ones', async () => {
    const office = await justListed();
    for (let i = 0; i < 140; i++) {
      if (i & 1) office.send(tcp(stranger(i), `10.20.9.${i + 1}`, 1000 + i, SYN), 100);
      else office.refuse(stranger(i), '10.20.1.5', 1000 + i).wait(100);
    }
    const told = Object.entries(outcomes(office));
    for (const [source, outcome] of told)
      assert.equal(outcome, Number(source.split('.')[3]) & 1 ? 'dark' : 'refused', source);
    assert.deepEqual(
      ['dark', 'refused'].map((one) => told.filter(([, outcome]) => outcome === one).length),
      [30, 6],
    );
  });

  it('that were refused make room by chance, at any time', async () => {
    const office = await learned();
    const counts = new Map<string, number>();
    for (let round = 0; round < 40; round++) {
      const refused = Array.from({ length: 36 }, (_, i) => stranger(2000 + 100 * round + i));
      for (const [i, source] of refused.entries()) office.refuse(source, '10.20.1.5', 1000 + i);
      for (let i = 0; i < 18; i++)
        office.send(tcp(stranger(2000 + 100 * round + 50 + i), `10.20.9.${i + 1}`, 5000 + i, SYN));
      office.records = [];
      for (const [source, outcome] of Object.entries(outcomes(office))) {
        if (outcome === 'refused')
          counts.set(
            refused.indexOf(source) < 18 ? 'early' : 'late',
            (counts.get(refused.indexOf(source) < 18 ? 'early' : 'late') ?? 0) + 1,
          );
      }
    }
    // 18 of 36 each time: nobody has his place by having come first, or last.
    for (const when of ['early', 'late'])
      assert.ok((counts.get(when) ?? 0) > 280 && (counts.get(when) ?? 0) < 440, `${when}: ${counts.get(when)}`);
  });

  it('beyond thirty share the slots by chance, and are counted', async () => {
    const office = await justListed();
    for (let i = 0; i < 140; i++) office.send(tcp(stranger(i), `10.20.9.${i + 1}`, 1000 + i, SYN), 100);
    const told = knockers(office);
    assert.equal(new Set(told).size, 30);
    // Neither the first to come nor the last have the places to themselves.
    const late = told.filter((source) =>
      Array.from({ length: 70 }, (_, i) => stranger(70 + i)).includes(source),
    ).length;
    assert.ok(late >= 7 && late <= 23, `${late} of the later half`);
    const counted = knocksOf(office).reduce((sum, { probes }) => sum + probes, 0);
    assert.ok(counted >= 130 && counted <= 140, `${counted} counted`);
  });

  it('go out at once when they are more than slots, twenty seconds after the last list', async () => {
    const office = await learned();
    for (let i = 0; i < 300; i++) office.send(tcp(stranger(i), `10.20.${9 + (i & 1)}.${i >> 1}`, 1000 + i, SYN), 1000);
    const told = knockers(office);
    assert.ok(new Set(told).size >= 290, `${new Set(told).size} of 300`);
    const times = [...new Set(knocksOf(office).map(({ time }) => time))].sort();
    for (const [i, time] of times.entries()) assert.ok(i === 0 || time - (times[i - 1] as number) >= 20_000);
  });

  it('are the same sources in every sensor with the key of the fleet, and others with another key', async () => {
    const chosen = async (sampleKey: number, seed: [number, number]): Promise<string[]> => {
      const office = (await Office.open({ sampleKey, seed }))
        .warmUp()
        .wait(11 * MINUTE)
        .warmUp();
      for (let i = 0; i < 31; i++) office.send(tcp(stranger(9000 + i), `10.20.9.${i + 1}`, 3000 + i, SYN), 10);
      office.wait(1000).records = [];
      for (let i = 0; i < 140; i++) office.send(tcp(stranger(i), `10.20.9.${i + 1}`, 1000 + i, SYN), 100);
      return knockers(office);
    };
    const [a, b, c] = [await chosen(7, [1, 2]), await chosen(7, [3, 4]), await chosen(8, [1, 2])];
    assert.equal(a.length, 30);
    assert.deepEqual(a, b);
    const both = c.filter((source) => a.includes(source)).length;
    assert.ok(both <= 14, `${both} of 30 with either key`);
    const without = [await chosen(0, [1, 2]), await chosen(0, [3, 4])] as const;
    assert.ok(without[0].filter((source) => without[1].includes(source)).length <= 14);
  });

  it('that are forged by the ten thousand stay within four records', async () => {
    const office = await learned();
    for (let i = 0; i < 10_000; i++) office.send(tcp(stranger(i), `10.20.${8 + (i & 3)}.${i & 255}`, 23, SYN), 10);
    office.wait(6 * MINUTE);
    const byTime = new Map<number, number>();
    for (const { time } of knocksOf(office)) byTime.set(time, (byTime.get(time) ?? 0) + 1);
    assert.ok(byTime.size >= 1);
    for (const records of byTime.values()) assert.ok(records <= 4);
  });

  it('are the same for the same frames', async () => {
    const tell = async (): Promise<string[]> => {
      const office = await learned();
      for (let i = 0; i < 200; i++) office.send(tcp(stranger(i), `10.20.9.${i + 1}`, 1000 + i, SYN), 1500);
      return knockers(office);
    };
    assert.deepEqual(await tell(), await tell());
  });
});
