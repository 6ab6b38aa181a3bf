import assert from 'node:assert/strict';
import { parseCursor } from '../../host/collector/query/scans.js';
import { pieces } from '../../host/collector/query/timeline.js';
import type { HealthMessage, RecordMessage } from '../../host/collector/rules/decode.js';
import { decode } from '../../host/collector/rules/decode.js';
import type { Boot } from '../../host/collector/store/boots.js';
import { learnEpoch } from '../../host/collector/store/boots.js';
import { holesAfter, without } from '../../host/collector/store/sequences.js';
import { alert, health, T0 } from '../support/collector.js';

describe('holes in sequence numbers', () => {
  it('are none when numbers follow each other', () => {
    assert.deepEqual(holesAfter(4, [5, 6, 7], 0), { highest: 7, holes: [] });
    assert.deepEqual(holesAfter(0, [], 0), { highest: 0, holes: [] });
  });

  it('lie between the numbers that arrived', () => {
    assert.deepEqual(holesAfter(4, [7, 9], 0), {
      highest: 9,
      holes: [
        { low: 5, high: 6 },
        { low: 8, high: 8 },
      ],
    });
  });

  it('reach up to what the sensor has settled, and no further', () => {
    assert.deepEqual(holesAfter(4, [5], 8), { highest: 8, holes: [{ low: 6, high: 8 }] });
    assert.deepEqual(holesAfter(4, [5], 5), { highest: 5, holes: [] });
  });

  it('shrink from either side, split in the middle, and vanish', () => {
    const hole = { low: 3, high: 5 };
    assert.deepEqual(without(hole, 3), [{ low: 4, high: 5 }]);
    assert.deepEqual(without(hole, 5), [{ low: 3, high: 4 }]);
    assert.deepEqual(without(hole, 4), [
      { low: 3, high: 3 },
      { low: 5, high: 5 },
    ]);
    assert.deepEqual(without({ low: 3, high: 3 }, 3), []);
  });
});

describe('the time of a boot', () => {
  const unknown = (): Boot => ({ site: 's', sensor: 't', boot: 1, highest: 0, epoch: null, exact: 0, born: null });
  const record = (time: number): RecordMessage =>
    decode(alert(1, { clock: 'uptime', record: { time, first: time, last: time } })) as RecordMessage;
  const synced = (time: number, uptime: number): HealthMessage =>
    decode(health({ time, figures: { uptime } })) as HealthMessage;

  it('is guessed from the message that waited least', () => {
    const boot = unknown();
    assert.equal(learnEpoch(boot, [record(1000), record(5000)], T0), 0);
    assert.equal(boot.epoch, T0 - 5000);
    assert.equal(learnEpoch(boot, [record(6000)], T0 + 500), -500);
  });

  it('is not made later by messages that waited longer', () => {
    const boot = unknown();
    learnEpoch(boot, [record(5000)], T0);
    assert.equal(learnEpoch(boot, [record(6000)], T0 + 99_000), 0);
  });

  it('is exact once the sensor knows the time, and stays so', () => {
    const boot = unknown();
    learnEpoch(boot, [record(5000)], T0);
    assert.equal(learnEpoch(boot, [synced(T0 + 10_000, 20_000)], T0 + 10_000), -5000);
    assert.equal(learnEpoch(boot, [synced(T0 + 20_007, 30_000), record(1)], T0 + 20_007), 0);
    assert.equal(boot.epoch, T0 - 10_000);
  });

  it('is not asked for by a sensor that has always known the time', () => {
    const boot = unknown();
    learnEpoch(boot, [decode(alert(1)) as RecordMessage], T0);
    assert.equal(boot.epoch, null);
  });
});

describe('probes over time', () => {
  it('probes over time follow the bars of the shape', () => {
    const found = pieces({ first: 0, last: 30, probes: 40 }, [10, 0, 30, 0, 0, 0, 0, 0], 10);
    assert.deepEqual(found, [
      { from: 0, to: 10, probes: 10 },
      { from: 20, to: 30, probes: 30 },
    ]);
  });

  it('are even without a histogram, and have a duration even if the scan has none', () => {
    assert.deepEqual(pieces({ first: 5, last: 5, probes: 3 }, [0, 0], 10), [{ from: 5, to: 6, probes: 3 }]);
  });
});

describe('a place in the list of scans', () => {
  it('a place is a time, or a time and a scan', () => {
    assert.deepEqual(parseCursor('2025-10-09T08:53:20.000Z'), { last: T0 });
    assert.deepEqual(parseCursor('2025-10-09T08:53:20.000Z/a/b/1/2'), {
      last: T0,
      id: { site: 'a', sensor: 'b', boot: 1, episode: 2 },
    });
  });

  it('a place that is neither a time nor a time and a scan is refused', () => {
    for (const text of [
      '',
      'x',
      '2025-10-09T08:53:20Z/a',
      '2025-10-09T08:53:20Z/a/b/x/2',
      '2025-10-09T08:53:20Z/a/b/1/2/3',
      '2025-10-09T08:53:20Z/a/b/1/99999999999',
    ]) {
      assert.equal(parseCursor(text), undefined, text);
    }
  });
});
