import assert from 'node:assert/strict';
import { regressions, TOLERANCE, typecheckFirmware } from '../../scripts/firmware/check.js';

describe("the firmware's TypeScript", function (this: Mocha.Suite) {
  this.timeout(120_000);
  it('fits the Moddable typings, hardware and all', () => assert.equal(typecheckFirmware(), ''));
});

describe('a regression of a metered figure', () => {
  it('is a rise above the tolerance, or a figure that is new', () => {
    assert.deepEqual(regressions({ a: 100 }, { a: 100 }), []);
    assert.deepEqual(regressions({ a: 100 * (1 + TOLERANCE) }, { a: 100 }), []);
    assert.deepEqual(regressions({ a: 50 }, { a: 100 }), []);
    assert.equal(regressions({ a: 104 }, { a: 100 }).length, 1);
    assert.equal(regressions({ b: 1 }, { a: 100 }).length, 1);
    assert.equal(regressions({ a: NaN }, { a: 100 }).length, 1);
  });
});
