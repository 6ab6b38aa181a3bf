import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Enrolment } from '../../host/collector/store/enrolments.js';
import { UserError } from '../../host/common/errors.js';
import { checkPassword, hashPassword } from '../../host/common/identity.js';
import {
  aclText,
  OPERATOR,
  passwordText,
  replacePart,
  validAccount,
  writeBrokerFiles,
} from '../../host/enrolment/broker-files.js';
import { messageTypesDown, messageTypesUp } from '../../src/protocol/topics.js';
import { scratch } from '../support/collector.js';
import { describeWith } from '../support/requirement.js';

const enrolled = (site: string, sensor: string, revoked: number | null = null): Enrolment => ({
  site,
  sensor,
  board: '',
  broker: 'mqtts://b:8883',
  settings: '{}',
  account: hashPassword(`of ${sensor}`),
  salt: '00'.repeat(16),
  enrolled: 1,
  revoked,
  config: null,
  configured: null,
});
const section = (acl: string, user: string): string[] => {
  const lines = acl.split('\n');
  const from = lines.indexOf(`user ${user}`);
  assert.ok(from >= 0, `no ${user}`);
  const rest = lines.slice(from + 1);
  return rest.slice(
    0,
    rest.findIndex((line) => !line.startsWith('topic ')),
  );
};

describe('the access file', () => {
  const acl = aclText([enrolled('berlin', 'tap-1'), enrolled('lyon', 'tap-2', 5)], ['collector-a']);

  it('lets a sensor write every topic that goes up and read every one that goes down, its own only', () => {
    const lines = section(acl, 'blockwatch/berlin/tap-1');
    for (const messageType of messageTypesUp)
      assert.ok(
        lines.some((line) =>
          new RegExp(`^topic (write|readwrite) blockwatch/1/berlin/tap-1/${messageType}$`).test(line),
        ),
        messageType,
      );
    for (const messageType of messageTypesDown)
      assert.ok(lines.includes(`topic read blockwatch/1/berlin/tap-1/${messageType}`), messageType);
    assert.equal(lines.length, messageTypesUp.length + messageTypesDown.length);
    assert.ok(lines.every((line) => line.includes('/berlin/tap-1/')));
  });

  it('knows no revoked sensor', () => assert.ok(!acl.includes('lyon')));

  it('lets a collector read what goes up, and write image blocks and nothing else', () => {
    assert.deepEqual(section(acl, 'collector-a'), [
      ...messageTypesUp.map((messageType) => `topic read blockwatch/1/+/+/${messageType}`),
      'topic write blockwatch/1/+/+/block',
    ]);
  });

  it('lets the operator read everything and write what goes down, and nothing else', () => {
    assert.deepEqual(
      section(acl, OPERATOR).filter((line) => !line.startsWith('topic read ')),
      messageTypesDown.map((messageType) => `topic readwrite blockwatch/1/+/+/${messageType}`),
    );
  });

  it('has no pattern and no line before a user, which would apply to every client', () => {
    assert.ok(!/^pattern /m.test(acl));
    assert.match(acl.split('\n').find((line) => /^(user|topic)/.test(line)) ?? '', /^user /);
  });

  it("preserves foreign entries before and after Blockwatch's section, however often it is written", () => {
    const first = replacePart('user admin\ntopic readwrite #\n', acl);
    assert.ok(first.startsWith('user admin\ntopic readwrite #\n'));
    const second = replacePart(`${first}user after\n`, aclText([], ['x']));
    assert.ok(second.startsWith('user admin\ntopic readwrite #\n') && second.endsWith('user after\n'));
    assert.ok(!second.includes('berlin'));
    assert.equal(replacePart(first, acl), first);
  });
});

describe('the password file', () => {
  it('has a line for each sensor that is not revoked, and keeps the lines of others', () => {
    const text = passwordText(
      'admin:$7$x\nblockwatch/old/one:$7$y\n',
      [enrolled('berlin', 'tap-1'), enrolled('lyon', 'tap-2', 5)],
      new Map([['c', '$7$z']]),
    );
    assert.deepEqual(
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(':')[0]),
      ['admin', 'c', 'blockwatch/berlin/tap-1'],
    );
  });
});

describe("the broker's files", () => {
  const files = scratch();
  after(files.remove);
  const read = (name: string): string => readFileSync(files.path(`b/${name}`), 'utf8');

  it('come with an account per collector and one for the operator, whose files only the owner can read', () => {
    const first = writeBrokerFiles(files.path('b'), [enrolled('berlin', 'tap-1')], ['one', 'two']);
    assert.deepEqual(
      first.made.map(({ name }) => name),
      ['one', 'two', OPERATOR],
    );
    for (const { name, file } of first.made) {
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const [, password] = readFileSync(file, 'utf8').trim().split(':');
      const hash =
        read('password_file')
          .split('\n')
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1) ?? '';
      assert.ok(checkPassword(password as string, hash));
      assert.ok(!read('password_file').includes(password as string));
    }
    const before = read('password_file');
    const again = writeBrokerFiles(files.path('b'), [enrolled('berlin', 'tap-1')], ['two']);
    assert.deepEqual(again.made, []);
    assert.equal(read('password_file').split('\n')[0], before.split('\n')[0]);
    assert.match(read('acl_file'), /^user one$/m);
    assert.deepEqual([again.sensors, statSync(files.path('b/password_file')).mode & 0o777], [1, 0o600]);
  });

  it('come with settings that are written once and then belong to the reader', () => {
    assert.match(read('mosquitto.conf'), /^tls_version tlsv1\.2$/m);
    writeFileSync(files.path('b/mosquitto.conf'), 'mine\n');
    writeBrokerFiles(files.path('b'), [], ['one']);
    assert.equal(read('mosquitto.conf'), 'mine\n');
  });

  it('say in one sentence that they cannot be written', () => {
    writeFileSync(files.path('plain'), '');
    assert.throws(
      () => writeBrokerFiles(files.path('plain/x'), [], ['one']),
      (error: unknown) => error instanceof UserError && /Cannot write .*plain\/x: ENOTDIR/.test(error.message),
    );
  });

  for (const name of ['a b', 'a:b', 'blockwatch/x/y', '', '#', 'a\nb'])
    it(`the broker's files have no account of the name ${JSON.stringify(name)}`, () => assert.ok(!validAccount(name)));
});

describeWith(['mosquitto_passwd'], "a password's hash", () => {
  it('is the one that mosquitto_passwd makes', () => {
    const files = scratch();
    writeFileSync(files.path('p'), '');
    execFileSync('mosquitto_passwd', ['-b', files.path('p'), 'me', 'secret of the tests']);
    const [, theirs] = readFileSync(files.path('p'), 'utf8').trim().split(':') as [string, string];
    files.remove();
    assert.ok(checkPassword('secret of the tests', theirs));
    assert.equal(hashPassword('secret of the tests', Buffer.from(theirs.split('$')[3] as string, 'base64')), theirs);
  });
});
