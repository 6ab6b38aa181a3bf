import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { UserError } from '../../host/common/errors.js';
import {
  accountName,
  checkPassword,
  configKey,
  fleetKey,
  hashPassword,
  keyMark,
  newPassword,
  newSalt,
} from '../../host/common/identity.js';
import { scratch } from '../support/collector.js';

const fleet = Buffer.alloc(32, 7);
const salt = '00112233445566778899aabbccddeeff';

describe("a sensor's config key", () => {
  it('is 32 bytes in hexadecimal, the same each time it is derived', () => {
    const key = configKey(fleet, 'berlin', 'tap-1', salt);
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.equal(configKey(fleet, 'berlin', 'tap-1', salt), key);
  });

  it("is HKDF-SHA256 of the fleet's key, as another implementation computes it", () => {
    // python3: HKDF(SHA256, 32, salt, info).derive(b"\x07" * 32), RFC 5869 written out with hmac
    assert.equal(
      configKey(fleet, 'berlin', 'tap-1', salt),
      '4016c474e5ac59b4f041e6159a85b977bccd1319ae506aed5894c7e3050a80b8',
    );
  });

  it('differs for another sensor, site, salt and fleet, and where a name moves over the slash', () => {
    const keys = [
      configKey(fleet, 'a', 'b', salt),
      configKey(fleet, 'a', 'c', salt),
      configKey(fleet, 'c', 'b', salt),
      configKey(fleet, 'a', 'b', salt.replace('00', '01')),
      configKey(Buffer.alloc(32, 8), 'a', 'b', salt),
    ];
    assert.equal(new Set(keys).size, keys.length);
  });

  it('has a fingerprint that reveals a wrong fleet key and nothing of the key', () => {
    const [one, other] = [configKey(fleet, 'a', 'b', salt), configKey(Buffer.alloc(32, 8), 'a', 'b', salt)];
    assert.match(keyMark(one), /^[0-9a-f]{8}$/);
    assert.notEqual(keyMark(one), keyMark(other));
    assert.ok(!one.includes(keyMark(one)));
  });
});

describe("the fleet's key", () => {
  const files = scratch();
  after(files.remove);
  const refuses = (path: string, make: boolean, message: RegExp): void => {
    assert.throws(
      () => fleetKey(path, make),
      (error: unknown) => error instanceof UserError && message.test(error.message),
    );
  };

  it('is made once, for its owner alone, and read ever after', () => {
    const path = files.path('new/fleet.key');
    const made = fleetKey(path, true);
    assert.equal(made.length, 32);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(fleetKey(path, true), made);
    assert.deepEqual(fleetKey(path, false), made);
    assert.equal(readFileSync(path, 'utf8'), `${made.toString('hex')}\n`);
  });

  it('is not made where sensors of an older one are enrolled', () =>
    refuses(files.path('none.key'), false, /there is no such file\. Restore the file/));

  it('is refused where the file holds something else, which stays', () => {
    writeFileSync(files.path('text'), 'not a key\n');
    refuses(files.path('text'), true, /not 32 bytes in hexadecimal/);
    assert.equal(readFileSync(files.path('text'), 'utf8'), 'not a key\n');
  });

  it('is refused where it is a folder', () => refuses(files.path('.'), true, /EISDIR/));
});

describe('an account', () => {
  it('has a name that is the MQTT client id, which no other sensor can have', () => {
    assert.equal(accountName('berlin', 'tap-1'), 'blockwatch/berlin/tap-1');
    assert.notEqual(accountName('a-b', 'c'), accountName('a', 'b-c'));
  });

  it('has a password of 192 random bits that needs no escaping anywhere', () => {
    const some = Array.from({ length: 200 }, newPassword);
    assert.equal(new Set(some).size, 200);
    for (const password of some) assert.match(password, /^[A-Za-z0-9_-]{32}$/);
    assert.equal(new Set(Array.from({ length: 200 }, newSalt)).size, 200);
  });

  it('is known by its hash, and not with another password', () => {
    const hash = hashPassword('secret');
    assert.match(hash, /^\$7\$101\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}==$/);
    assert.ok(checkPassword('secret', hash));
    assert.ok(!checkPassword('Secret', hash));
    assert.ok(!checkPassword('', hash));
    assert.notEqual(hashPassword('secret'), hash);
  });

  for (const hash of ['', 'secret', '$6$a$b', '$7$0$AAAA$BBBB', '$7$101$AAAA', '$7$x$AAAA$BBBB']) {
    it(`does not verify against "${hash}", which is malformed`, () => assert.ok(!checkPassword('secret', hash)));
  }
});
