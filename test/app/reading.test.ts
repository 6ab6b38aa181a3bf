import assert from 'node:assert/strict';
import { beginReading } from '../../src/app/core/reading.js';

/** What starts may read, each of which ends before it has read all, but for those in `good`. */
function starts(count: number, good: readonly number[] = []): string[] {
  let kept: string | undefined;
  return Array.from({ length: count }, (_, start) => {
    const trust = beginReading(
      () => kept,
      (text) => {
        kept = text;
      },
    );
    if (good.includes(start)) kept = '';
    return trust;
  });
}

describe('what is kept and ends a start', () => {
  it('is left alone after three starts, the config first, and then the provisioning', () => {
    assert.deepEqual(starts(7), ['all', 'all', 'all', 'provisioning', 'provisioning', 'provisioning', 'nothing']);
  });

  it('is tried again by the next start: perhaps it was the power', () => {
    assert.deepEqual(starts(9).slice(6), ['nothing', 'all', 'all']);
  });

  it('is trusted for ever where starts read all, with two in a row that do not', () => {
    assert.deepEqual(new Set(starts(30, [0, 3, 6, 9, 12, 15, 18, 21, 24, 27])), new Set(['all']));
  });

  it('is trusted where the count itself is nonsense', () => {
    assert.equal(
      beginReading(
        () => 'nonsense',
        () => {},
      ),
      'all',
    );
    assert.equal(
      beginReading(
        () => undefined,
        () => {},
      ),
      'all',
    );
  });
});
