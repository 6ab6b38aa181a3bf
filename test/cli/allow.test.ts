import assert from 'node:assert/strict';
import { connectAsync } from 'mqtt';
import { happening, happeningLine } from '../../host/cli/commands/tail.js';
import { parseUntil } from '../../host/cli/support/time.js';
import { alert, clientOf, scratch, status, testCollector, until } from '../support/collector.js';
import type { Run } from '../support/command.js';
import { runBlockwatch } from '../support/command.js';
import { scan } from '../web/sample-data.js';

const blockwatch = (store: string, ...args: string[]): Promise<Run> =>
  runBlockwatch(args, { env: { BLOCKWATCH_STORE: store } });

describe('blockwatch exceptions', () => {
  const files = scratch();
  after(files.remove);
  const ours = ['--reason', 'Our scanner'];

  it('suppresses alerts while a collector runs: the scan is recorded and marked, and the effect is shown', async () => {
    const store = files.path('beside.db');
    const collector = await testCollector(store);
    const sensor = await connectAsync(collector.broker, { clientId: clientOf() });
    const send = async (...messages: ReturnType<typeof alert>[]): Promise<void> => {
      for (const { topic, payload } of messages) await sensor.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    };
    await send(status({ home: ['10.20.0.0/16'] }), alert(1));
    const added = await blockwatch(
      store,
      'allow',
      'add',
      '--source',
      '203.0.113.0/24',
      '--target',
      '10.20.0.0/16',
      '--service',
      '22',
      '--until',
      '30d',
      '--by',
      'ines',
      ...ours,
    );
    assert.deepEqual([added.status, added.err], [0, '']);
    assert.match(
      added.out,
      /^Exception 1 is active until \d{4}-\d\d-\d\d \d\d:\d\d UTC\. Matching scans are recorded but raise no alert\.\n$/,
    );
    await send(alert(2, { record: { stage: 'progress' } }), alert(3, { record: { stage: 'end' } }));
    const { body } = await until(async () => {
      const answer = await collector.get('/api/v1/allow');
      return answer.body.allow[0]?.heldBack === 2 && answer;
    }, 'the effect');
    assert.deepEqual(Object.keys(body.allow[0]).sort(), [
      'by',
      'created',
      'heldBack',
      'heldBackSince',
      'id',
      'reason',
      'service',
      'site',
      'source',
      'target',
      'until',
    ]);
    const { scans } = (await collector.get('/api/v1/scans')).body;
    assert.deepEqual([scans.length, scans[0].allowed, scans[0].stage], [1, '1', 'end']);
    assert.match(
      (await blockwatch(store, 'allow', 'list')).out,
      /203\.0\.113\.0\/24\s+10\.20\.0\.0\/16\s+any\s+22\s.*Our scanner \(ines, .*suppressed 2 alerts since/,
    );
    assert.deepEqual(
      (await blockwatch(store, 'allow', 'remove', '1')).out,
      'Exception 1 is removed. Scans that it suppressed stay marked.\n',
    );
    assert.deepEqual((await collector.get('/api/v1/allow')).body, { allow: [] });
    await sensor.endAsync();
    await collector.close();
  });

  it('is empty, as a table, as CSV and as JSON', async () => {
    const store = files.path('empty.db');
    assert.equal((await blockwatch(store, 'allow', 'list')).out, 'No exceptions.\n');
    assert.match(
      (await blockwatch(store, 'allow', 'list', '--format', 'csv')).out,
      /^id,source,target,site,service,until,reason,by,created,heldBack,heldBackSince,removed\r\n$/,
    );
    assert.equal((await blockwatch(store, 'allow', 'list', '--format', 'json')).out, '');
  });

  const wrong: [string, string[], RegExp][] = [
    ['everything', ['add', ...ours], /would suppress everything\. Name a --source/],
    [
      'all addresses as a source',
      ['add', '--source', '0.0.0.0/0', '--service', '1', ...ours],
      /It covers every source/,
    ],
    ['a block with host bits', ['add', '--source', '192.0.2.1/24', ...ours], /without host bits/],
    ['a target that is none', ['add', '--target', 'kitchen', ...ours], /must be one of your blocks/],
    ['a service that is none', ['add', '--service', '65536', ...ours], /port from 0 to 65535/],
    ['a site that is none', ['add', '--site', 'ber/lin', ...ours], /must be a site/],
    [
      'an end that is past',
      ['add', '--source', '192.0.2.1', '--until', '2020-01-01', ...ours],
      /must be a time in the future/,
    ],
    ['no reason', ['add', '--source', '192.0.2.1'], /'--reason <TEXT>' not specified/],
    ['an empty reason', ['add', '--source', '192.0.2.1', '--reason', '  '], /one line of 1 to 200 characters/],
    [
      'an exception that does not exist',
      ['remove', '7'],
      /There is no exception "7"\. Run "blockwatch exceptions list" to see them\./,
    ],
    ['what is no number', ['remove', 'x; DROP'], /There is no exception "x; DROP"/],
  ];
  for (const [what, args, sentence] of wrong) {
    it(`refuses ${what} in one sentence, and writes nothing`, async () => {
      const store = files.path('wrong.db');
      const { status: code, out, err } = await blockwatch(store, 'allow', ...args);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, sentence);
      assert.equal(err.trim().split('\n').length, 1);
      assert.equal((await blockwatch(store, 'allow', 'list')).out, 'No exceptions.\n');
    });
  }

  it('parses an expiry as a time span or a date', () => {
    const now = Date.parse('2026-11-25T12:00:00Z');
    const end = (text: string): string | undefined => {
      const time = parseUntil(text, now);
      return time === undefined ? undefined : new Date(time).toISOString();
    };
    assert.equal(end('12h'), '2026-11-26T00:00:00.000Z');
    assert.equal(end('2w'), '2026-12-09T12:00:00.000Z');
    assert.equal(end('2026-11-25'), '2026-11-25T23:59:59.999Z');
    assert.equal(end('2026-12-31T18:00Z'), '2026-12-31T18:00:00.000Z');
    for (const text of ['2026-11-24', 'now', '0d', 'tomorrow', '', '2026-02-31', '2026-11-25T12:00Z'])
      assert.equal(end(text), undefined, text);
  });

  it('hides suppressed scans from tail, unless --all is given', () => {
    const now = Date.parse('2026-11-24T12:00:00Z');
    const event = { event: 'scan', id: '1', data: JSON.stringify(scan(now, { allowed: '3' })) };
    assert.equal(happening(event, {}), undefined);
    const shown = happening(event, { all: true });
    assert.match(shown ? happeningLine(shown, now) : '', /\(suppressed\)$/);
  });
});
