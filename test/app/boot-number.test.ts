import assert from 'node:assert/strict';
import { nextBoot } from '../../src/app/core/boot-number.js';

const NOW = 1_760_000_000;
const never = (): number => assert.fail('no chance was called for');

describe('The number of a boot', () => {
  it('the number of a boot is one more than the last', () => assert.equal(nextBoot(7, 0, never), 8));
  it('is the time where that is more, so that an old copy of the state names nothing twice', () =>
    assert.equal(nextBoot(7, NOW + 0.9, never), NOW));
  it('goes on from the last where the clock is behind', () => assert.equal(nextBoot(NOW + 5, NOW, never), NOW + 6));

  it('is drawn where neither is known, and is never 0', () => {
    for (const last of [NaN, 0, -1, 1.5, 0xffffffff, 2 ** 40]) {
      for (const [bits, boot] of [
        [0, 1],
        [0xffffffff, 0x80000000],
        [-1, 0x80000000],
      ] as const)
        assert.equal(
          nextBoot(last, 0, () => bits),
          boot,
        );
    }
  });

  it('is drawn where the clock is beyond 32 bits', () =>
    assert.equal(
      nextBoot(0, 2 ** 33, () => 8),
      5,
    ));
});
