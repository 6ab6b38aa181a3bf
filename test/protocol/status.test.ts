import assert from 'node:assert/strict';
import { birth, encodeStatus, farewell, readStatus, supersedes, will } from '../../src/protocol/status.js';
import { WireError } from '../../src/protocol/wire-error.js';

const meta = { boot: 4, connection: 2, version: '0.1.0', clock: 'synced', time: 1_760_000_000_000 } as const;

describe('The status message', () => {
  for (const status of [birth(meta), farewell(meta), will(meta)]) {
    it(`reads back as it was written: ${status.state} ${status.reason}`, () => {
      assert.deepEqual(readStatus(encodeStatus(status)), status);
    });
  }

  it('any status supersedes having none', () => assert.ok(supersedes(will(meta), undefined)));
  it('goes from birth to will within a connection', () => assert.ok(supersedes(will(meta), birth(meta))));
  it('goes from birth to farewell within a connection', () => assert.ok(supersedes(farewell(meta), birth(meta))));
  it('does not go from will back to birth within a connection', () => {
    assert.equal(supersedes(birth(meta), will(meta)), false);
  });
  it('goes from a will to the birth of the next connection', () => {
    assert.ok(supersedes(birth({ ...meta, connection: 3 }), will(meta)));
  });
  it('does not let the will of an older connection replace a newer birth', () => {
    assert.equal(supersedes(will(meta), birth({ ...meta, connection: 3 })), false);
  });

  const good = JSON.parse(encodeStatus(birth(meta))) as Record<string, unknown>;
  const cases: [string, string, RegExp][] = [
    ['text that is no JSON', 'online', /not JSON/],
    ['a list', '[]', /not a JSON object/],
    ['null', 'null', /not a JSON object/],
    ['an unknown state', JSON.stringify({ ...good, state: 'asleep' }), /"state"/],
    ['a negative boot', JSON.stringify({ ...good, boot: -1 }), /"boot"/],
    ['a boot that is text', JSON.stringify({ ...good, boot: '4' }), /"boot"/],
    ['a missing connection', JSON.stringify({ ...good, connection: undefined }), /"connection"/],
    ['an endless version', JSON.stringify({ ...good, version: 'x'.repeat(65) }), /"version"/],
    ['an unknown clock', JSON.stringify({ ...good, clock: 'sundial' }), /"clock"/],
  ];
  for (const [title, text, sentence] of cases) {
    it(`is refused when it is ${title}`, () => {
      assert.throws(
        () => readStatus(text),
        (error: unknown) => error instanceof WireError && sentence.test(error.message),
      );
    });
  }

  it('names the blocks that are called home, where there are some', () => {
    assert.deepEqual(readStatus(encodeStatus(birth({ ...meta, home: ['10.1.0.0/16', '2001:db8::/48'] }))).home, [
      '10.1.0.0/16',
      '2001:db8::/48',
    ]);
    for (const home of [undefined, [], 'all', [7, 'kitchen', '10.0.0.0/33']])
      assert.equal(readStatus(JSON.stringify({ ...good, home })).home, undefined);
    assert.equal(readStatus(JSON.stringify({ ...good, home: new Array(400).fill('10.0.0.0/8') })).home?.length, 24);
  });

  it('may have a version of 64 characters, and no longer one', () => {
    assert.equal(readStatus(JSON.stringify({ ...good, version: 'x'.repeat(64) })).version.length, 64);
  });

  it('may have members that a later version adds', () => {
    assert.deepEqual(readStatus(JSON.stringify({ ...good, later: 1 })), birth(meta));
  });
});
