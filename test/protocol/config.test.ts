import assert from 'node:assert/strict';
import type { Setting } from '../../src/protocol/config.js';
import { configMembers, configSettings, readConfig, sameConfig, takesBlocks } from '../../src/protocol/config.js';
import { WireError } from '../../src/protocol/wire-error.js';

describe('The config', () => {
  it('a config needs nothing but a version', () => {
    assert.deepEqual(readConfig('{"version":1}'), {
      version: 1,
      home: [],
      alertsPerMinute: 0,
      healthSeconds: 30,
      evidence: 0,
      bytesPerDay: 0,
      sampleKey: 0,
      watch: [],
    });
  });

  it('takes blocks of both families and both limits', () => {
    const config = {
      version: 9,
      home: ['10.0.0.0/8', '2001:db8::/32'],
      alertsPerMinute: 60,
      healthSeconds: 10,
      evidence: 0,
      bytesPerDay: 0,
      sampleKey: 0,
      watch: [],
    };
    assert.deepEqual(readConfig(JSON.stringify(config)), config);
  });

  it('takes as many blocks as the engine has room for', () => {
    const ipv4 = Array.from({ length: 16 }, (_, i) => `10.${i}.0.0/16`);
    const ipv6 = Array.from({ length: 8 }, (_, i) => `2001:db8:${i}::/48`);
    assert.equal(readConfig(JSON.stringify({ version: 1, home: [...ipv4, ...ipv6] })).home.length, 24);
  });

  it('reads back what it was read to, as a sensor keeps it', () => {
    const config = readConfig('{"version":1}');
    assert.deepEqual(readConfig(JSON.stringify(config)), config);
  });

  const cases: [string, unknown, RegExp][] = [
    ['no version', {}, /"version" is not a whole number from 1/],
    ['version 0', { version: 0 }, /"version"/],
    ['a version that is text', { version: '1' }, /"version"/],
    ['a misspelt member', { version: 1, alertsPerMinutes: 5 }, /no member "alertsPerMinutes"/],
    ['home as text', { version: 1, home: '10.0.0.0/8' }, /"home" is not a list/],
    ['a block with host bits', { version: 1, home: ['10.0.0.1/8'] }, /"10.0.0.1\/8" is not a CIDR block/],
    ['a block that is a number', { version: 1, home: [10] }, /home block "10"/],
    [
      '17 IPv4 blocks',
      { version: 1, home: Array.from({ length: 17 }, (_, i) => `10.${i}.0.0/16`) },
      /more than 16 IPv4/,
    ],
    ['9 IPv6 blocks', { version: 1, home: Array.from({ length: 9 }, (_, i) => `2001:db8:${i}::/48`) }, /8 IPv6/],
    ['a negative budget', { version: 1, alertsPerMinute: -1 }, /"alertsPerMinute"/],
    ['a budget beyond its bound', { version: 1, alertsPerMinute: 6001 }, /from 0 to 6000/],
    ['health every second', { version: 1, healthSeconds: 1 }, /from 5 to 3600/],
    ['health that is null', { version: 1, healthSeconds: null }, /"healthSeconds"/],
    ['a list', [], /not a JSON object/],
    ['null', null, /not a JSON object/],
    ['a prototype in disguise', JSON.parse('{"version":1,"__proto__":{"x":1}}'), /no member "__proto__"/],
  ];
  for (const [title, value, sentence] of cases) {
    it(`is refused, with one sentence, when it has or is ${title}`, () => {
      assert.throws(
        () => readConfig(JSON.stringify(value)),
        (error: unknown) => {
          assert.ok(error instanceof WireError);
          assert.match(error.message, sentence);
          return true;
        },
      );
    });
  }

  it('a config that is no JSON is refused', () => assert.throws(() => readConfig('{version: 1}'), /not JSON/));
  it('is refused when it is longer than a sensor wants to read', () => {
    assert.throws(() => readConfig(`{"version":1${' '.repeat(5000)}}`), /longer than 4096/);
  });
});

describe('Two configs', () => {
  const one = (text: string): ReturnType<typeof readConfig> => readConfig(text);
  it('two configs are the same where each member is, in whatever order', () => {
    assert.ok(
      sameConfig(
        one('{"version":1,"home":["10.0.0.0/8"],"watch":["192.0.2.0/24"]}'),
        one('{"watch":["192.0.2.0/24"],"home":["10.0.0.0/8"],"version":1}'),
      ),
    );
  });

  it('two configs differ where any member does', () => {
    const text = {
      version: 1,
      home: ['10.0.0.0/8'],
      alertsPerMinute: 1,
      healthSeconds: 30,
      evidence: 1,
      bytesPerDay: 1,
      sampleKey: 1,
      watch: ['192.0.2.0/24'],
    };
    const other = {
      version: 2,
      home: ['10.0.0.0/9'],
      alertsPerMinute: 2,
      healthSeconds: 31,
      evidence: 2,
      bytesPerDay: 2,
      sampleKey: 2,
      watch: ['192.0.2.0/25'],
    };
    assert.deepEqual(Object.keys(other).sort(), ['version', ...configMembers].sort());
    for (const name of Object.keys(other) as (keyof typeof other)[])
      assert.equal(
        sameConfig(one(JSON.stringify(text)), one(JSON.stringify({ ...text, [name]: other[name] }))),
        false,
        name,
      );
    assert.equal(sameConfig(one('{"version":1,"home":["10.0.0.0/8"]}'), one('{"version":1,"home":[]}')), false);
  });
});

describe('The table of what a config may say', () => {
  for (const name of configMembers) {
    const setting: Setting = configSettings[name];
    const read = (value: unknown): unknown => readConfig(JSON.stringify({ version: 1, [name]: value }))[name];
    if (takesBlocks(setting)) {
      const blocks = (count: number): string[] => Array.from({ length: count }, (_, i) => `10.${i}.0.0/16`);
      it(`gives ${name} room for ${setting.ipv4} IPv4 blocks and no more`, () => {
        assert.deepEqual(read(blocks(setting.ipv4)), blocks(setting.ipv4));
        assert.throws(() => read(blocks(setting.ipv4 + 1)), new RegExp(`"${name}" has more than ${setting.ipv4}`));
        assert.deepEqual(readConfig('{"version":1}')[name], []);
      });
    } else {
      const { lowest, highest, absent } = setting;
      it(`holds ${name} between ${lowest} and ${highest}, and to ${absent} where it is absent`, () => {
        assert.deepEqual([read(lowest), read(highest), readConfig('{"version":1}')[name]], [lowest, highest, absent]);
        for (const value of [lowest - 1, highest + 1, lowest + 0.5])
          assert.throws(() => read(value), new RegExp(`"${name}" is not a whole number from ${lowest} to ${highest}`));
      });
    }
  }
});
