import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { OutputConfig } from '../../../host/collector/outputs/model/config.js';
import { checkOutputs, readOutputs } from '../../../host/collector/outputs/model/config.js';
import { UserError } from '../../../host/common/errors.js';
import { scratch } from '../../support/collector.js';

const good = { name: 'soc', format: 'syslog', to: 'tcp://siem.example:514' };
const one = (changes: object, env: NodeJS.ProcessEnv = {}, path = '/etc/x.json'): OutputConfig =>
  checkOutputs({ outputs: [{ ...good, ...changes }] }, path, env).outputs[0] as OutputConfig;
const complaint = (raw: unknown, path = '/etc/x.json', env: NodeJS.ProcessEnv = {}): string => {
  try {
    checkOutputs(raw, path, env);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.code, 'BW_OUTPUTS');
    return error.message;
  }
  throw new Error('it was taken');
};
const withOne = (changes: object): unknown => ({ outputs: [{ ...good, ...changes }] });

describe('the config of the outputs', () => {
  const files = scratch();
  after(files.remove);

  it('has a default for every optional member', () => {
    const { filter, facility, framing, timeout, attempts, kind } = one({});
    assert.deepEqual(
      { filter, facility, framing, timeout, attempts, kind },
      {
        filter: {
          severity: 'low',
          events: ['scan', 'conviction', 'campaign', 'incident'],
          kinds: [],
          sites: [],
          research: true,
        },
        facility: 'local0',
        framing: 'octet-counting',
        timeout: 10_000,
        attempts: 10,
        kind: 'syslog',
      },
    );
  });

  it('suspicion reports are sent only if the config requests them', () => {
    assert.equal(one({}).filter.events.includes('whisper'), false);
    assert.equal(one({ filter: { events: ['whisper'] } }).filter.events.includes('whisper'), true);
  });

  it('frames JSON by line feeds, because that is what reads JSON', () => {
    assert.equal(one({ format: 'eve' }).framing, 'newline');
  });

  const mistakes: [string, unknown, RegExp][] = [
    ['no outputs', {}, /: it lacks "outputs"\. Fix it; docs\/OUTPUTS\.md describes the file\.$/],
    ['an empty list', { outputs: [] }, /"outputs" must NOT have fewer than 1 items/],
    ['an output without a name', { outputs: [{ format: 'eve', to: 'stdout:' }] }, /outputs\[0\] lacks "name"/],
    [
      'a name with a blank',
      withOne({ name: 'my soc' }),
      /outputs\[0\] "my soc": "name" must consist of lower-case letters, digits and "-", at most 32/,
    ],
    ['a name used twice', { outputs: [good, good] }, /outputs\[1\] "soc": "name" is used twice/],
    [
      'a member that is not known',
      withOne({ colour: 'red' }),
      /outputs\[0\] "soc" has a member "colour", which is unknown/,
    ],
    [
      'a member that is not known further in',
      withOne({ filter: { severty: 'high' } }),
      /outputs\[0\] "soc": "filter" has a member "severty", which is unknown/,
    ],
    ['a format that is not known', withOne({ format: 'xml' }), /outputs\[0\] "soc": "format" must be one of eve, /],
    [
      'a severity that is not known',
      withOne({ filter: { severity: 'bad' } }),
      /"filter.severity" must be one of low, medium, high, critical/,
    ],
    [
      'a kind that is not known',
      withOne({ filter: { kinds: ['port-scan', 'x'] } }),
      /"filter.kinds.1" must be one of host-sweep, /,
    ],
    [
      'a place that is none',
      withOne({ to: 'siem.example' }),
      /"to" must begin with one of file:\/\/, stdout:, udp:\/\//,
    ],
    ['a scheme that is not known', withOne({ to: 'ftp://siem.example' }), /"to" must begin with one of/],
    [
      'no port',
      withOne({ to: 'tcp://siem.example' }),
      /"to" needs a host and a port, such as tcp:\/\/siem\.example:6514/,
    ],
    [
      'a password in the address',
      withOne({ to: 'tcp://me:hunter2@siem.example:514' }),
      /"to" contains a user or a password/,
    ],
    [
      'a member of another sort of output',
      withOne({ format: 'eve', to: 'file:///var/log/x', framing: 'newline' }),
      /"framing" is not for file:/,
    ],
    [
      'framing of datagrams',
      withOne({ to: 'udp://siem.example:514', framing: 'newline' }),
      /"framing" is not for udp:, where a datagram is a message/,
    ],
    ['a facility that is not known', withOne({ facility: 'local8' }), /"facility" must be one of kern, /],
    [
      'a certificate that is not there',
      withOne({ to: 'tls://siem.example:6514', tls: { ca: 'missing.pem' } }),
      /"tls.ca" names missing\.pem, which cannot be read \(ENOENT\)/,
    ],
    ['a timeout of no time', withOne({ timeout: 0 }), /"timeout" must be >= 1/],
    [
      'a page that is none',
      { page: 'blockwatch.example', outputs: [good] },
      /"page" must be an address such as https:\/\/blockwatch\.example/,
    ],
  ];
  for (const [what, raw, expected] of mistakes) {
    it(`says in one sentence what is wrong: ${what}`, () => {
      const text = complaint(raw);
      assert.match(text, expected);
      assert.match(text, /^The outputs in \/etc\/x\.json cannot be used: /);
      assert.doesNotMatch(text, /hunter2/);
    });
  }

  it('a config that is not read says what is wrong with the file', () => {
    writeFileSync(files.path('bad.json'), '{"outputs": [}');
    assert.throws(() => readOutputs(files.path('bad.json')), /bad\.json cannot be used: it is not JSON: /);
    assert.throws(
      () => readOutputs(files.path('missing.json')),
      /missing\.json cannot be used: it cannot be read \(ENOENT\)/,
    );
  });

  it('files named in the config are looked for beside it', () => {
    writeFileSync(files.path('ca.pem'), 'PEM');
    assert.equal(
      one({ to: 'tls://siem.example:6514', tls: { ca: 'ca.pem' } }, {}, files.path('x.json')).tls.ca?.toString(),
      'PEM',
    );
  });
});
