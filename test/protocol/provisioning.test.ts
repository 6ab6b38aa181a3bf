import assert from 'node:assert/strict';
import { ENGINE_CONFIG_BYTES, writeEngineConfig } from '../../src/protocol/engine-config.js';
import { MAX_PROVISIONING_BYTES, readProvisioning } from '../../src/protocol/provisioning.js';
import { openConfig, signConfig } from '../../src/protocol/signed-config.js';

const good = {
  version: 1,
  site: 'berlin',
  sensor: 'tap-1',
  broker: { host: 'broker.example', ca: 'TUlJQg==', user: 'u', password: 'p' },
  wifi: { ssid: 'office', password: 'secret' },
  home: ['10.20.0.0/16'],
  configKey: 'ab'.repeat(32),
};
const read = (changes: object): unknown => readProvisioning(JSON.stringify({ ...good, ...changes }));

describe('a provisioning', () => {
  it('is read whole, with what it leaves out filled in', () => {
    assert.deepEqual(readProvisioning(JSON.stringify(good)), {
      ...good,
      broker: { host: 'broker.example', port: 8883, tls: true, user: 'u', password: 'p', ca: 'TUlJQg==' },
      tap: '',
      timeServer: 'pool.ntp.org',
    });
  });

  it('needs little where the broker is near and plain', () => {
    const { broker, wifi, home, configKey } = readProvisioning(
      '{"version":1,"site":"a","sensor":"b","broker":{"host":"10.0.0.1","tls":false}}',
    );
    assert.deepEqual([broker.port, wifi.ssid, home, configKey], [1883, '', [], '']);
  });

  const wrong: [string, object, RegExp][] = [
    ['another version', { version: 2 }, /made for another firmware/],
    ['a member that nobody knows', { wify: {} }, /no member "wify"/],
    ['a site that is no id', { site: 'a b' }, /"site" is not an id/],
    ['no sensor', { sensor: undefined }, /"sensor" is not an id/],
    ['no broker', { broker: undefined }, /"broker" is not a JSON object/],
    ['a broker without a host', { broker: { tls: false } }, /names no broker/],
    ['TLS without an authority', { broker: { host: 'x' } }, /no "ca"/],
    ['an authority that is PEM', { broker: { host: 'x', ca: '-----BEGIN' } }, /not base64/],
    ['a port that is none', { broker: { host: 'x', tls: false, port: 70000 } }, /"port" is not/],
    [
      'a password that is too long',
      { wifi: { ssid: 'x', password: 'x'.repeat(65) } },
      /"password" is not a text of at most 64/,
    ],
    ['a home block with host bits', { home: ['10.20.1.1/16'] }, /not a CIDR block/],
    ['a key that is too short', { configKey: 'abcd' }, /32 bytes in hexadecimal/],
  ];
  for (const [title, changes, sentence] of wrong) {
    it(`is refused in one sentence for ${title}`, () =>
      assert.throws(
        () => read(changes),
        (error: Error) => sentence.test(error.message) && /\.$/.test(error.message),
      ));
  }

  it('is refused where it is no JSON, no object, or too long', () => {
    assert.throws(() => readProvisioning('{'), /not JSON/);
    assert.throws(() => readProvisioning('[]'), /not a JSON object/);
    assert.throws(() => readProvisioning('null'), /not a JSON object/);
    assert.throws(() => readProvisioning(' '.repeat(MAX_PROVISIONING_BYTES + 1)), /longer than/);
  });
});

describe('a signed config', () => {
  // Not a MAC; it shows what goes into one.
  const hmac = (key: string, ...texts: string[]): string =>
    `${key}:${texts.join('').length}:${texts
      .join('')
      .replace(/[^a-z0-9]/g, '')
      .slice(0, 40)}`;
  const topic = 'blockwatch/1/berlin/tap-1/config';
  const signed = signConfig('{"version":3}', topic, 'k', hmac);

  it('opens with its key on its topic', () => assert.equal(openConfig(signed, topic, 'k', hmac), '{"version":3}'));
  it('does not open with another key', () =>
    assert.throws(() => openConfig(signed, topic, 'x', hmac), /signature is wrong/));
  it("does not open on another sensor's topic", () =>
    assert.throws(() => openConfig(signed, topic.replace('tap-1', 'tap-2'), 'k', hmac), /signature is wrong/));
  it('does not open where it was changed', () =>
    assert.throws(() => openConfig(signed.replace('3', '44'), topic, 'k', hmac), /signature is wrong/));
  it('does not open where a key is asked for and it has no signature', () => {
    for (const text of ['{"version":3}', '{}', 'null', '{"config":"x"}', '{"config":1,"hmac":"x"}'])
      assert.throws(() => openConfig(text, topic, 'k', hmac), /not signed/);
    assert.throws(() => openConfig('x', topic, 'k', hmac), /not JSON/);
  });
  it('does not open with an empty or a longer signature', () => {
    const { config, hmac: sum } = JSON.parse(signed) as { config: string; hmac: string };
    for (const other of ['', `${sum}0`, sum.slice(1)])
      assert.throws(() => openConfig(JSON.stringify({ config, hmac: other }), topic, 'k', hmac), /signature is wrong/);
  });
  it('is taken without a look where there is no key, and so is a plain one', () => {
    assert.equal(openConfig(signed, topic, '', hmac), '{"version":3}');
    assert.equal(openConfig('{"version":4}', topic, '', hmac), '{"version":4}');
  });
});

describe("the engine's config block", () => {
  const block = (home: string[], settings = {}): DataView => {
    const view = new DataView(new ArrayBuffer(ENGINE_CONFIG_BYTES));
    writeEngineConfig(view, 0, home, settings);
    return view;
  };

  it('has the blocks as network and mask, and the counts in front', () => {
    const view = block(['10.20.0.0/16', 'fd20:20::/48', '255.255.255.255/32', '0.0.0.0/0']);
    assert.deepEqual([view.getUint8(0), view.getUint8(1)], [3, 1]);
    assert.deepEqual(
      [8, 12, 16, 20, 24, 28].map((at) => view.getUint32(at, true)),
      [0x0a140000, 0xffff0000, 0xffffffff, 0xffffffff, 0, 0],
    );
    assert.deepEqual([view.getUint16(136), view.getUint16(138), view.getUint8(152)], [0xfd20, 0x20, 48]);
  });

  it('has evidence in its own unit, and the watch list', () => {
    const view = block([], { evidence: 8, alertsPerMinute: 99_999, watch: ['192.0.2.0/24'] });
    assert.deepEqual(
      [view.getUint16(2, true), view.getUint16(4, true), view.getUint8(6), view.getUint32(336, true)],
      [10_000, 256, 1, 0xc0000200],
    );
  });

  it('refuses one block too many, and what is no block', () => {
    assert.throws(() => block(Array.from({ length: 17 }, (_, i) => `10.${i}.0.0/16`)), /at most 16 IPv4/);
    assert.throws(() => block(['office']), /not a block/);
    assert.throws(() => block([], { watch: ['fd00::/8'] }), /not an IPv4 block/);
    assert.throws(() => block([], { watch: Array.from({ length: 49 }, (_, i) => `10.${i}.0.0/16`) }), /at most 48/);
  });
});
