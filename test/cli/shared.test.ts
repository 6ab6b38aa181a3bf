import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { Command as Program } from 'commander';
import { register as collector } from '../../host/cli/commands/collector.js';
import { register as firmware } from '../../host/cli/commands/firmware.js';
import { limitOption } from '../../host/cli/commands/lists.js';
import { register as sensor } from '../../host/cli/commands/sensor.js';
import { parseSpan } from '../../host/cli/support/time.js';
import { brokerPlace, brokerSettings, parseBrokerUrl, readBrokerUrl } from '../../host/common/broker-url.js';
import { groupBy } from '../../host/common/group-by.js';
import { escapeHtml, printable, withoutControls } from '../../host/common/printable.js';
import { mqttConnector } from '../../host/sensor/mqtt.js';
import { severities, severityRank } from '../../src/protocol/record.js';

function registered(register: (program: Command) => void): Command[] {
  const program = new Program();
  register(program);
  const below = (command: Command): Command[] => [command, ...command.commands.flatMap(below)];
  return below(program);
}

describe('a whole number on the command line', () => {
  const options = [
    ...[collector, firmware, sensor].flatMap((register) => registered(register).flatMap((command) => command.options)),
    limitOption(100),
  ];
  for (const flag of ['--block-cap', '--block-confidence', '--expires', '--health', '--limit']) {
    it(`is digits and nothing else at ${flag}`, () => {
      const option = options.find(({ long }) => long === flag);
      assert.ok(option?.parseArg, flag);
      assert.equal(option.parseArg('60', undefined), 60);
      for (const wrong of ['6e1', '0x3c', '60.0', ' 60', '+60', '', '-1', '60s'])
        assert.throws(() => option.parseArg?.(wrong, undefined), /must be a whole number from/, wrong);
    });
  }
});

describe('a span of time on the command line', () => {
  it('is a number of minutes, hours, days or weeks, in milliseconds', () => {
    assert.deepEqual(['30m', '24h', '7d', '2w'].map(parseSpan), [1_800_000, 86_400_000, 604_800_000, 1_209_600_000]);
    for (const wrong of ['', '7', 'd', '1.5h', '7 d', '7y', '123456m'])
      assert.equal(parseSpan(wrong), undefined, wrong);
  });
});

describe("a broker's URL", () => {
  const cases: [string, { tls: boolean; host: string; port: number }][] = [
    ['mqtt://127.0.0.1', { tls: false, host: '127.0.0.1', port: 1883 }],
    ['mqtts://broker.example', { tls: true, host: 'broker.example', port: 8883 }],
    ['mqtts://[2001:db8::1]:18883', { tls: true, host: '2001:db8::1', port: 18883 }],
  ];
  for (const [text, place] of cases) {
    it(`${text} leads to ${place.host}, port ${place.port}`, () =>
      assert.deepEqual(brokerPlace(parseBrokerUrl(text)), place));
  }

  it('gives mqtt.js the account as it is, not as the URL spells it', () => {
    const settings = brokerSettings(parseBrokerUrl('mqtts://tap%401:p%3Aw@broker.example'));
    assert.deepEqual(settings, {
      protocol: 'mqtts',
      host: 'broker.example',
      port: 8883,
      username: 'tap@1',
      password: 'p:w',
    });
    assert.ok(!('username' in brokerSettings(parseBrokerUrl('mqtt://broker.example'))));
  });

  for (const text of ['nonsense', 'http://broker.example', 'mqtt://', 'mqtt://%zz@broker.example', '']) {
    it(`is not ${JSON.stringify(text)}, for the collector and the sensor alike`, () => {
      assert.equal(readBrokerUrl(text), undefined);
      for (const use of [() => parseBrokerUrl(text), () => mqttConnector({ url: text, clientId: 'x' })])
        assert.throws(use, /is not a URL such as mqtts:\/\/broker\.example:8883/);
    });
  }

  it('is shown without its account where it is wrong', () => {
    assert.throws(
      () => parseBrokerUrl('http://user:secret@broker.example'),
      (error: Error) => error.message.includes('//...@broker.example') && !error.message.includes('secret'),
    );
  });
});

describe('text from strangers', () => {
  it('shows control characters and marks of direction instead of obeying them', () => {
    assert.equal(printable('a\u001b[31m\u202eb\n'), 'a\u00b7[31m\u00b7b\u00b7');
    assert.equal(withoutControls('a\u0000b\u2028c', ' '), 'a b c');
  });

  it('cannot become markup, in an attribute neither', () =>
    assert.equal(escapeHtml(`<b a="1" c='2'>&`), '&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;'));
});

describe('items by key', () => {
  it('keep their order, and so do the groups', () => {
    const groups = groupBy([3, 1, 4, 1, 5, 9, 2, 6], (n) => (n % 2 ? 'odd' : 'even'));
    assert.deepEqual(
      [...groups],
      [
        ['odd', [3, 1, 1, 5, 9]],
        ['even', [4, 2, 6]],
      ],
    );
  });
});

describe('the rank of a severity', () => {
  it('is its number on the wire, 0 where there is none', () =>
    assert.deepEqual(severities.map(severityRank), [0, 1, 2, 3, 4]));
});
