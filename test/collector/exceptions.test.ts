import assert from 'node:assert/strict';
import { contains, isOf, overlaps } from '../../host/collector/rules/blocks.js';
import type { ExceptionRule, ReportedScan, SensorHome } from '../../host/collector/rules/exceptions.js';
import { matchingException } from '../../host/collector/rules/exceptions.js';
import type { Block } from '../../src/protocol/address.js';
import { parseBlock } from '../../src/protocol/address.js';
import { T0 } from '../support/collector.js';
import { sampleRecord } from '../support/samples.js';

const rule = (changes: Partial<ExceptionRule> = {}): ExceptionRule => ({
  id: 1,
  source: '203.0.113.0/24',
  target: '',
  site: '',
  service: null,
  until: null,
  ...changes,
});
const reportedScan = (changes: Partial<ReportedScan> = {}): ReportedScan => sampleRecord(changes);
const berlin: SensorHome = { site: 'berlin', home: ['10.20.0.0/16', 'fd20:20::/48'] };
const covers = (
  entry: Partial<ExceptionRule>,
  record: Partial<ReportedScan> = {},
  place: Partial<SensorHome> = {},
  now = T0,
): boolean => matchingException([rule(entry)], reportedScan(record), { ...berlin, ...place }, now) !== undefined;

describe('an exception', () => {
  it('covers an address of its block, and no other', () => {
    assert.deepEqual(
      [
        covers({}),
        covers({ source: '203.0.113.7' }),
        covers({ source: '203.0.113.8' }),
        covers({ source: '198.51.100.0/24' }),
      ],
      [true, true, false, false],
    );
  });

  it('of any source covers every source, and scans of unknown sources', () => {
    assert.ok(covers({ source: '', service: 22 }));
    assert.ok(covers({ source: '', site: 'berlin' }, { source: '', kind: 'arp-shadow' }));
    assert.ok(!covers({}, { source: '' }));
  });

  it('of a MAC address covers that station, however it is written', () => {
    assert.ok(covers({ source: '02:00:00:AA:bb:cc' }, { source: '02:00:00:aa:bb:cc', kind: 'arp-sweep' }));
    assert.ok(!covers({ source: '02:00:00:aa:bb:cc' }, { source: '02:00:00:aa:bb:cd', kind: 'arp-sweep' }));
    assert.ok(!covers({}, { source: '02:00:00:aa:bb:cc' }));
  });

  it('of one IPv6 address does not cover a source that stands for its /64: others live there', () => {
    const source = '2001:db8::7';
    assert.ok(covers({ source }, { source }));
    assert.ok(!covers({ source }, { source, aggregate: true }));
    assert.ok(covers({ source: '2001:db8::/64' }, { source, aggregate: true }));
    assert.ok(covers({ source: '2001:db8::/32' }, { source, aggregate: true }));
  });

  it('holds until its end and not a millisecond longer, by the time of receipt', () => {
    assert.deepEqual(
      [T0 - 1, T0, T0 + 1].map((now) => covers({ until: T0 }, {}, {}, now)),
      [true, false, false],
    );
  });

  it('of a service covers scans of that service alone', () => {
    assert.ok(covers({ service: 22 }));
    assert.ok(!covers({ service: 23 }));
    assert.ok(!covers({ service: 22 }, { services: [22, 23], serviceCount: 2 }));
    // A record lists at most eight services and counts the rest.
    assert.ok(!covers({ service: 22 }, { services: [22], serviceCount: 40 }));
    assert.ok(!covers({ service: 0 }, { services: [], serviceCount: 0 }));
  });

  it('an exception of a site applies at that site only', () => {
    assert.deepEqual([covers({ site: 'berlin' }), covers({ site: 'lyon' })], [true, false]);
  });

  it('of a target holds where all that the sensor calls home lies in it', () => {
    assert.ok(covers({ target: '10.0.0.0/8' }));
    assert.ok(covers({ target: '10.20.0.0/16' }));
    assert.ok(!covers({ target: '10.20.4.0/24' }), 'the scan may have gone elsewhere in 10.20.0.0/16');
    assert.ok(!covers({ target: '10.0.0.0/8' }, {}, { home: ['10.20.0.0/16', '192.168.1.0/24'] }));
    assert.ok(covers({ target: '0.0.0.0/0' }));
  });

  it('of a target looks at the family that was scanned', () => {
    assert.ok(covers({ source: '2001:db8::/32', target: 'fd20::/16' }, { source: '2001:db8::7' }));
    assert.ok(!covers({ source: '2001:db8::/32', target: '10.0.0.0/8' }, { source: '2001:db8::7' }));
    const station = { source: '02:00:00:aa:bb:cc' };
    assert.ok(covers({ source: station.source, target: '10.0.0.0/8' }, { ...station, kind: 'arp-sweep' }));
    assert.ok(!covers({ source: station.source, target: '10.0.0.0/8' }, { ...station, kind: 'nd-sweep' }));
    assert.ok(
      !covers({ source: station.source, target: '10.0.0.0/8' }, { ...station, kind: 'encrypted-sweep' }),
      'it may have been either family',
    );
  });

  it('of a target does not apply at a sensor without home blocks', () => {
    assert.ok(!covers({ target: '0.0.0.0/0' }, {}, { home: [] }));
    assert.ok(covers({}, {}, { home: [] }));
  });

  it('of a target does not apply to outbound scans, whose targets are not home addresses', () => {
    for (const direction of ['outbound', 'transit'] as const) {
      assert.ok(!covers({ source: '10.20.0.0/16', target: '10.0.0.0/8' }, { source: '10.20.1.1', direction }));
      assert.ok(covers({ source: '10.20.0.0/16' }, { source: '10.20.1.1', direction }));
    }
  });

  it('never covers a digest, which speaks of many', () => {
    assert.ok(!covers({ source: '', site: 'berlin' }, { source: '', kind: 'digest' }));
  });

  it('that is oldest is the one that counts, and an expired one gives way', () => {
    const two = [rule({ id: 1, until: T0 }), rule({ id: 2 })];
    assert.equal(matchingException(two, reportedScan(), berlin, T0 - 1)?.id, 1);
    assert.equal(matchingException(two, reportedScan(), berlin, T0)?.id, 2);
    assert.equal(matchingException([], reportedScan(), berlin, T0), undefined);
  });
});

describe('blocks', () => {
  const block = (text: string): Block => parseBlock(text) as Block;

  it('contain what is as long or longer and alike as far as they go', () => {
    assert.ok(contains(block('0.0.0.0/0'), block('255.255.255.255')));
    assert.ok(contains(block('10.128.0.0/9'), block('10.255.0.0/16')));
    assert.ok(!contains(block('10.128.0.0/9'), block('10.127.0.0/16')));
    assert.ok(!contains(block('10.0.0.0/9'), block('10.0.0.0/8')));
    assert.ok(!contains(block('0.0.0.0/0'), block('::/0')));
    assert.ok(contains(block('10.0.0.1'), block('10.0.0.1')));
  });

  it('overlap where one contains the other', () => {
    assert.ok(
      overlaps(block('10.0.0.0/8'), block('10.1.0.0/16')) && overlaps(block('10.1.0.0/16'), block('10.0.0.0/8')),
    );
    assert.ok(!overlaps(block('10.0.0.0/16'), block('10.1.0.0/16')));
    assert.ok(!overlaps(block('::/0'), block('0.0.0.0/0')));
  });

  it('take an address of any other family for none of theirs', () => {
    for (const source of ['', '2001:db8::1', '02:00:00:aa:bb:cc', 'junk'])
      assert.ok(!isOf('203.0.113.0/24', source, false), source);
    assert.ok(!isOf('junk', '203.0.113.7', false));
  });
});
