import assert from 'node:assert/strict';
import type { TimelineBucket } from '../../host/api/types.js';
import { niceTop, range, spans, stack, timeTicks, total } from '../../host/web/client/lib/scale.js';

const bucket = (low: number, medium: number, high: number, critical: number): TimelineBucket => ({
  time: '2026-01-01T00:00:00.000Z',
  started: { low, medium, high, critical },
  probes: 0,
});

describe('the timeline scale', () => {
  it('covers the span, in whole buckets, and contains now', () => {
    const now = Date.UTC(2026, 0, 1, 12, 34, 56, 789);
    for (const span of ['hour', 'day', 'week'] as const) {
      const { from, to } = range(span, now);
      const step = spans[span].length / spans[span].buckets;
      assert.equal(to - from, spans[span].length);
      assert.equal(to % step, 0);
      assert.ok(now < to && now >= to - step);
    }
  });

  it('keeps its edges while now moves within a bucket', () => {
    assert.deepEqual(range('hour', Date.UTC(2026, 0, 1, 12, 0, 1)), range('hour', Date.UTC(2026, 0, 1, 12, 0, 59)));
  });

  it('has a top of at least four and round above', () => {
    assert.deepEqual([0, 1, 4, 5, 11, 40, 41, 900].map(niceTop), [4, 4, 4, 10, 20, 40, 100, 1000]);
    assert.equal(niceTop(NaN), 4);
  });

  it('has a top that can be halved into whole scans', () => {
    for (let value = 0; value < 3000; value += 7) assert.equal(niceTop(value) % 2, 0);
  });

  it('stacks the most severe on top and leaves gaps for nothing', () => {
    assert.deepEqual(stack(bucket(2, 0, 1, 1), 4), [
      { severity: 'low', from: 0, to: 0.5 },
      { severity: 'high', from: 0.5, to: 0.75 },
      { severity: 'critical', from: 0.75, to: 1 },
    ]);
    assert.deepEqual(stack(bucket(0, 0, 0, 0), 4), []);
  });

  it('the total of a timeline bucket is the sum of its parts', () => assert.equal(total(bucket(1, 2, 3, 4)), 10));

  it('ticks lie on round local times', () => {
    const from = Date.UTC(2026, 0, 1, 0, 5);
    const hours = timeTicks(from, from + 6 * 3_600_000, 3 * 3_600_000, -60).map((t) =>
      new Date(t).toISOString().slice(11, 16),
    );
    assert.deepEqual(hours, ['02:00', '05:00']);
  });

  it('an empty time range has no ticks', () => assert.deepEqual(timeTicks(10, 5, 60_000, 0), []));
});
