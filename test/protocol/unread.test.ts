import assert from 'node:assert/strict';
import { unreadOf } from '../../src/protocol/unread.js';

describe('what a tap cannot read', () => {
  it('is named after what most of it is', () => {
    const counters = { frames: 6040, decoded: 6040, unreadErspan: 6000, unreadGre: 38 };
    assert.deepEqual(unreadOf(counters, 30), { frames: 6040, unread: 6038, encapsulation: 'ERSPAN' });
  });

  it('may be of no known kind, or damaged', () => {
    assert.deepEqual(unreadOf({ frames: 300, ignoredProtocol: 200, malformedIpv4: 100 }, 30), {
      frames: 300,
      unread: 300,
      encapsulation: undefined,
    });
  });

  it('counts a frame once: MACsec is encrypted, a label is no protocol that is known', () => {
    assert.deepEqual(unreadOf({ frames: 100, ignoredEncrypted: 100, unreadMacsec: 100 }, 30)?.unread, 100);
    assert.deepEqual(unreadOf({ frames: 100, ignoredProtocol: 100, unreadMpls: 100 }, 30), {
      frames: 100,
      unread: 100,
      encapsulation: 'MPLS',
    });
  });

  it('is what came since the last report', () => {
    const before = { frames: 1_000_000, decoded: 1_000_000 };
    assert.ok(unreadOf({ frames: 1_000_100, decoded: 1_000_100, unreadVxlan: 100 }, 30, before));
    assert.equal(unreadOf({ frames: 2_000_000, decoded: 2_000_000, unreadVxlan: 100 }, 30, before), undefined);
  });

  it('is nothing where one frame in twenty is read, where few frames came, or on the air', () => {
    assert.equal(unreadOf({ frames: 1000, decoded: 1000, unreadGre: 950 }, 30), undefined);
    assert.equal(unreadOf({ frames: 19, decoded: 19, unreadGre: 19 }, 30), undefined);
    assert.equal(unreadOf({}, 30), undefined);
    assert.equal(unreadOf({ frames: 9000, ignoredNotData: 6000, ignoredEncrypted: 3000 }, 30), undefined);
  });

  it("is nothing on a switch's quiet port: spanning tree and discovery alone", () => {
    assert.equal(unreadOf({ frames: 25, ignoredProtocol: 25 }, 30), undefined);
  });
});
