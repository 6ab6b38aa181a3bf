import assert from 'node:assert/strict';
import { decode } from 'cborg';
import { ALERT_MAX_BYTES, alertKeys, encodeAlert, readAlert } from '../../src/protocol/alert.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { directions, kinds, protocols, severities, stages, techniques, tools } from '../../src/protocol/record.js';
import { WireError } from '../../src/protocol/wire-error.js';
import { largestRecord, sampleRecord, seededRandom } from '../support/samples.js';

const meta = { boot: 7, sequence: 300, clock: 'synced' } as const;
const largest = { boot: 0xffffffff, sequence: 0xffffffff, clock: 'uptime' } as const;
const mapOf = (message: Uint8Array): Map<number, unknown> => decode(message, { useMaps: true }) as Map<number, unknown>;
const roundTrip = (record: TimedRecord): TimedRecord => readAlert(mapOf(encodeAlert(record, meta))).record;

describe('An alert on the wire', () => {
  it('gives back the record it was made of, with boot, sequence and clock', () => {
    const record = sampleRecord();
    assert.deepEqual(readAlert(mapOf(encodeAlert(record, meta))), { ...meta, record });
  });

  it('takes fewer than 80 bytes for an everyday host sweep', () => {
    assert.ok(encodeAlert(sampleRecord(), meta).length < 80);
  });

  it('takes at most 96 bytes for an IPv4 scan when every number is the largest', () => {
    assert.ok(encodeAlert(largestRecord(), largest).length <= ALERT_MAX_BYTES);
    assert.equal(ALERT_MAX_BYTES, 96);
  });

  it('takes at most 96 bytes with the largest time that a number can hold', () => {
    const time = Number.MAX_SAFE_INTEGER;
    assert.ok(encodeAlert(largestRecord({ time, first: 0, last: 0 }), largest).length <= ALERT_MAX_BYTES);
  });

  it('keeps every field but services and shape when every number is the largest', () => {
    const record = largestRecord();
    const read = readAlert(mapOf(encodeAlert(record, largest)));
    assert.deepEqual(read, {
      ...largest,
      record: { ...record, services: [], shape: new Array(8).fill(0), shapeStep: 1 },
    });
  });

  it('never exceeds its limit and always reads back, whatever the record (10,000 seeded records)', () => {
    const random = seededRandom(1);
    const below = (limit: number): number => Math.floor(random() * limit);
    // Any magnitude is as likely as any other: uniform numbers would nearly all be large.
    const number = (bits: number): number => below(2 ** below(bits + 1));
    const pick = <T>(list: readonly T[], from = 0): T => list[from + below(list.length - from)] as T;
    const limits = new Map([
      ['1.2.3.4', 96],
      ['255.255.255.255', 96],
      ['2001:db8::1', 108],
      ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 108],
      ['02:00:5e:10:00:ff', 98],
      ['', 96],
    ]);
    for (let i = 0; i < 10_000; i++) {
      const time = number(48);
      const sinceFirst = Math.min(time, number(32));
      const record = sampleRecord({
        stage: pick(stages, 1) as TimedRecord['stage'],
        kind: pick(kinds, 1) as TimedRecord['kind'],
        severity: pick(severities, 1) as TimedRecord['severity'],
        direction: pick(directions),
        protocol: pick(protocols),
        tool: pick(tools),
        technique: pick(techniques),
        verdict: pick(['scan', 'notice'] as const),
        spoofable: random() < 0.5,
        aggregate: random() < 0.5,
        source: pick([...limits.keys()]),
        time,
        first: time - sinceFirst,
        last: time - below(sinceFirst + 1),
        targets: number(32),
        probes: number(32),
        answered: number(32),
        refused: number(32),
        silent: number(32),
        dark: number(32),
        services: Array.from({ length: below(9) }, () => number(16)),
        serviceCount: number(16),
        evidence: number(16) / 32,
        confidence: below(101),
        shape: Array.from({ length: 8 }, () => 1 + below(255)),
        shapeStep: 2 ** below(32),
        episode: number(32),
      });
      const message = encodeAlert(record, { boot: number(32), sequence: number(32), clock: 'synced' });
      assert.ok(message.length <= (limits.get(record.source) as number), `record ${i}: ${message.length} bytes`);
      const read = readAlert(mapOf(message)).record;
      assert.deepEqual(record.services.slice(0, read.services.length), read.services, `record ${i}`);
      const { services: _s, shape, shapeStep, ...rest } = read;
      assert.deepEqual({ ...record, ...rest }, record, `record ${i}`);
      if (shape.some((bar) => bar > 0)) assert.deepEqual([shape, shapeStep], [record.shape, record.shapeStep]);
    }
  });

  it('gives up services from the tail before it gives up the shape', () => {
    const record = sampleRecord({
      services: [1, 2, 3, 4, 5, 6, 7, 8],
      targets: 1e6,
      probes: 1e6,
      silent: 1e6,
      dark: 1e6,
    });
    const read = roundTrip({ ...record, answered: 1e6, refused: 1e6 });
    assert.ok(read.services.length > 0 && read.services.length < 8);
    assert.deepEqual(read.services, record.services.slice(0, read.services.length));
    assert.deepEqual(read.shape, record.shape);
  });

  it('adds to the limit only what a longer address needs', () => {
    const longest = (source: string): number => encodeAlert(largestRecord({ source }), largest).length;
    assert.ok(longest('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff') <= ALERT_MAX_BYTES + 12);
    assert.ok(longest('ff:ff:ff:ff:ff:ff') <= ALERT_MAX_BYTES + 2);
  });

  for (const source of ['10.0.0.1', '2001:db8::1', '::', '02:42:ac:11:00:02', '']) {
    it(`carries the source "${source}" unchanged`, () =>
      assert.equal(roundTrip(sampleRecord({ source })).source, source));
  }

  it('carries the link address of a source at home, which older readers pass over', () => {
    const record = sampleRecord({ mac: '02:00:5e:10:00:42' });
    const message = encodeAlert(record, meta);
    assert.equal(message.length, encodeAlert(sampleRecord(), meta).length + 8);
    assert.equal(roundTrip(record).mac, '02:00:5e:10:00:42');
    assert.equal('mac' in roundTrip(sampleRecord()), false);
  });

  it('takes at most 96 bytes with a link address too', () => {
    const mac = 'ff:ff:ff:ff:ff:ff';
    assert.ok(encodeAlert(largestRecord({ mac }), largest).length <= ALERT_MAX_BYTES);
  });

  it('refuses a link address of another length', () => {
    const message = mapOf(encodeAlert(sampleRecord(), meta));
    message.set(alertKeys.mac, new Uint8Array(5));
    assert.throws(() => readAlert(message), new WireError('The MAC address has 5 bytes; it takes 6.'));
  });

  it('leaves the source out where it is unknown', () => {
    assert.equal(mapOf(encodeAlert(sampleRecord({ source: '' }), meta)).has(alertKeys.source), false);
  });

  it('says when its times count from the boot', () => {
    const message = encodeAlert(sampleRecord({ time: 5000, first: 1000, last: 4000 }), { ...meta, clock: 'uptime' });
    const alert = readAlert(mapOf(message));
    assert.equal(alert.clock, 'uptime');
    assert.deepEqual([alert.record.time, alert.record.first, alert.record.last], [5000, 1000, 4000]);
  });

  it('rounds fractional milliseconds', () => {
    const read = roundTrip(sampleRecord({ time: 1000.6, first: 900.2, last: 1000.4 }));
    assert.deepEqual([read.time, read.first, read.last], [1001, 900, 1000]);
  });

  it('never says that the last probe came before the first', () => {
    const read = roundTrip(sampleRecord({ time: 1000, first: 900, last: 800 }));
    assert.ok(read.last >= read.first);
  });

  it('is the same bytes for the same record', () => {
    assert.deepEqual(encodeAlert(sampleRecord(), meta), encodeAlert(sampleRecord(), meta));
  });
});

describe('Reading an alert', () => {
  const changed = (change: (map: Map<unknown, unknown>) => void): Map<unknown, unknown> => {
    const map = mapOf(encodeAlert(sampleRecord(), meta)) as Map<unknown, unknown>;
    change(map);
    return map;
  };
  const item = (key: number, index: number, value: unknown) => (map: Map<unknown, unknown>) => {
    (map.get(key) as unknown[])[index] = value;
  };
  const refuse = (message: unknown, sentence: RegExp): void => {
    assert.throws(
      () => readAlert(message),
      (error: unknown) => {
        assert.ok(error instanceof WireError);
        assert.match(error.message, sentence);
        assert.match(error.message, /^The .*\.$/);
        return true;
      },
    );
  };

  for (const message of [undefined, null, 7, 'x', [], {}, new Uint8Array(3)]) {
    it(`refuses ${JSON.stringify(message) ?? 'nothing'} as an alert: it is no map`, () =>
      refuse(message, /not a CBOR map/));
  }

  for (const name of ['id', 'what', 'when', 'counts'] as const) {
    it(`refuses an alert without ${name}`, () => {
      refuse(
        changed((map) => map.delete(alertKeys[name])),
        new RegExp(`${name} \\(key ${alertKeys[name]}\\) is missing`),
      );
    });
    it(`refuses an alert whose ${name} is not an array`, () => {
      refuse(
        changed((map) => map.set(alertKeys[name], 'x')),
        /not an array/,
      );
    });
    it(`refuses an alert whose ${name} is too short`, () => {
      refuse(
        changed((map) => (map.get(alertKeys[name]) as unknown[]).pop()),
        /is missing/,
      );
    });
  }

  const cases: [string, (map: Map<unknown, unknown>) => void, RegExp][] = [
    ['a negative boot', item(1, 0, -1), /boot is not a whole number from 0/],
    ['a sequence beyond 32 bits', item(1, 1, 2 ** 32), /sequence/],
    ['a sequence as a big integer', item(1, 1, 5n), /sequence/],
    ['a fractional count', item(5, 1, 1.5), /probes/],
    ['a count that is text', item(5, 0, '17'), /targets/],
    ['stage 0', item(2, 0, 0), /stage 0 is not known/],
    ['a kind from the future', item(2, 1, 200), /kind 200 is not known/],
    ['a severity from the future', item(2, 2, 9), /severity 9/],
    ['a confidence above 100', item(2, 8, 101), /confidence/],
    ['a time since first beyond the time', (map) => map.set(4, [5, 6, 0]), /since-first/],
    ['a last probe before the first', (map) => map.set(4, [100, 10, 20]), /last probe/],
    ['a source that is text', (map) => map.set(3, '10.0.0.1'), /source is not a byte string/],
    ['a source of five bytes', (map) => map.set(3, new Uint8Array(5)), /source has 5 bytes/],
    ['an odd number of service bytes', (map) => map.set(6, new Uint8Array(3)), /services have 3 bytes/],
    ['nine services', (map) => map.set(6, new Uint8Array(18)), /services have 18 bytes/],
    ['a shape of seven bars', (map) => map.set(7, new Uint8Array(8)), /shape/],
    ['an empty shape', (map) => map.set(7, new Uint8Array(0)), /shape/],
    ['a shape with a step beyond 2^31', (map) => map.set(7, new Uint8Array([32, 1, 2, 3, 4, 5, 6, 7, 8])), /shape/],
  ];
  for (const [title, change, sentence] of cases) it(`refuses ${title}`, () => refuse(changed(change), sentence));

  it('passes over keys and items that a later version may add', () => {
    const map = changed((message) => {
      message.set(99, 'later');
      message.set('name', 1);
      for (const key of [1, 2, 4]) (message.get(key) as unknown[]).push('later');
      // The place after the counts is taken: distinct sources.
      (message.get(5) as unknown[]).push(1, 'later');
    });
    assert.deepEqual(readAlert(map).record, sampleRecord());
  });

  it('answers every damaged message with a sentence, and with nothing else (20,000 seeded flips)', () => {
    const random = seededRandom(2);
    const message = encodeAlert(sampleRecord(), meta);
    let refused = 0;
    for (let i = 0; i < 20_000; i++) {
      const damaged = message.slice();
      const at = Math.floor(random() * damaged.length);
      damaged[at] = (damaged[at] as number) ^ (1 << Math.floor(random() * 8));
      let map: unknown;
      try {
        map = decode(damaged, { useMaps: true });
      } catch {
        continue;
      }
      try {
        readAlert(map);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
        refused++;
      }
    }
    assert.ok(refused > 0);
  });
});
