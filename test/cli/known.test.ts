import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { connectAsync } from 'mqtt';
import { alert, clientOf, scratch, testCollector, until } from '../support/collector.js';
import type { Run } from '../support/command.js';
import { runBlockwatch } from '../support/command.js';

const blockwatch = (store: string, ...args: string[]): Promise<Run> =>
  runBlockwatch(args, { env: { BLOCKWATCH_STORE: store } });

describe('blockwatch known', () => {
  const files = scratch();
  after(files.remove);
  const file = (name: string, text: string): string => {
    writeFileSync(files.path(name), text);
    return files.path(name);
  };

  it('imports while a collector runs, and labels the sources on the list at once', async () => {
    const store = files.path('beside.db');
    const collector = await testCollector(store);
    const sensor = await connectAsync(collector.broker, { clientId: clientOf() });
    const { topic, payload } = alert(1);
    await sensor.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const list = file('lab.txt', '# university\n203.0.113.0/24 # Sweep lab\nkitchen\n');
    const { status, out, err } = await blockwatch(
      store,
      'known',
      'import',
      list,
      '--name',
      'lab',
      '--kind',
      'research',
      '--expires',
      '90d',
    );
    assert.deepEqual([status, out], [0, 'The list lab has 1 entry.\n']);
    assert.equal(err, `blockwatch: ${list}, line 3: "kitchen" is neither an address nor a CIDR block; skipped.\n`);
    const { body } = await until(async () => {
      const answer = await collector.get('/api/v1/scans');
      return answer.body.scans[0]?.known && answer;
    }, 'a known scanner');
    assert.deepEqual([body.scans[0].known.label, body.scans[0].known.kind], ['Sweep lab', 'research']);
    assert.equal((await collector.get('/api/v1/scans/berlin/tap-1/1/3')).body.scan.known.list, 'lab');
    assert.equal((await collector.get('/api/v1/sources')).body.sources[0].known.list, 'lab');
    const one = (await collector.get('/api/v1/sources/203.0.113.7')).body;
    assert.deepEqual([one.source.known.list, one.scans[0].known.list], ['lab', 'lab']);
    assert.deepEqual(Object.keys((await collector.get('/api/v1/known')).body.lists[0]), [
      'name',
      'kind',
      'label',
      'entries',
      'imported',
      'expires',
    ]);
    assert.match((await blockwatch(store, 'known', 'list')).out, /^LIST +KIND +LABEL +ENTRIES .*\nlab +research +1 /);
    assert.equal((await blockwatch(store, 'known', 'remove', 'lab')).out, 'Removed the list lab.\n');
    assert.equal((await collector.get('/api/v1/sources')).body.sources[0].known, undefined);
    await sensor.endAsync();
    await collector.close();
  });

  it('writes a list so that it can read it back, and says what it passed over', async () => {
    const store = files.path('back.db');
    const misp = file(
      'misp.json',
      JSON.stringify({
        Event: {
          Attribute: [
            { type: 'ip-src', value: '203.0.113.7', comment: 'Sweeper', uuid: '1' },
            { type: 'domain', value: 'evil.example', uuid: '2' },
            { type: 'domain', value: 'bad.example', uuid: '3' },
            { type: 'ip-dst', value: '2001:db8::/32', uuid: '4' },
          ],
        },
      }),
    );
    const first = await blockwatch(
      store,
      'known',
      'import',
      misp,
      '--name',
      'misp',
      '--kind',
      'indicator',
      '--label',
      'Feed',
    );
    assert.deepEqual(
      [first.status, first.out, first.err],
      [0, 'Skipped: 2 domain\nThe list misp has 2 entries.\n', ''],
    );
    const text = (await blockwatch(store, 'known', 'export', 'misp')).out;
    assert.equal(text, '2001:db8::/32\n203.0.113.7/32 # Sweeper\n');
    const again = await blockwatch(
      store,
      'known',
      'import',
      file('again.txt', text),
      '--name',
      'again',
      '--kind',
      'indicator',
    );
    assert.equal(again.out, 'The list again has 2 entries.\n');
    assert.equal((await blockwatch(store, 'known', 'export', 'again')).out, text);
  });

  it('takes a large list in with little memory', async () => {
    const store = files.path('large.db');
    // Not in order: as feeds are.
    const lines = Array.from({ length: 250_000 }, (_, i) => (i * 7919) % 250_000).map(
      (n) => `${193 + (n >> 16)}.${n & 255}.${(n >> 8) & 255}.7 # scanner number ${n}`,
    );
    const list = file('large.txt', lines.join('\n'));
    const { status, out } = await runBlockwatch(['known', 'import', list, '--name', 'large', '--kind', 'indicator'], {
      env: { BLOCKWATCH_STORE: store, NODE_OPTIONS: '--max-old-space-size=96' },
    });
    assert.deepEqual([status, out], [0, 'The list large has 250 k entries.\n']);
  }).timeout(300_000);

  it('replaces nothing by a list that cannot be read', async () => {
    const store = files.path('kept.db');
    await blockwatch(
      store,
      'known',
      'import',
      file('good.txt', '203.0.113.7\n'),
      '--name',
      'feed',
      '--kind',
      'indicator',
    );
    const whole = readFileSync(files.path('misp.json'), 'utf8');
    for (const [path, reason] of [
      [file('cut.json', whole.slice(0, -40)), /: it ends in the middle, in line 1\. The lists are unchanged\.$/],
      [file('empty.txt', '# nothing\n'), /: it contains no address\./],
      [files.path('nowhere.txt'), /: there is no such file\./],
      [files.path('.'), /: it is a directory\./],
    ] as const) {
      const { status, err } = await blockwatch(store, 'known', 'import', path, '--name', 'feed', '--kind', 'indicator');
      assert.equal(status, 1);
      assert.match(err.trim(), reason);
      assert.equal((await blockwatch(store, 'known', 'export', 'feed')).out, '203.0.113.7/32\n');
    }
  }).timeout(120_000);

  it('shows ten bad lines and counts the rest', async () => {
    const list = file('bad.txt', `203.0.113.7\n${'kitchen\n'.repeat(25)}`);
    const { status, err } = await blockwatch(
      files.path('bad.db'),
      'known',
      'import',
      list,
      '--name',
      'bad',
      '--kind',
      'indicator',
    );
    const lines = err.trim().split('\n');
    assert.deepEqual([status, lines.length, lines.at(-1)], [0, 11, `blockwatch: ${list}: 15 more bad lines skipped.`]);
  });

  const wrong: [string, string[], RegExp][] = [
    ['a list without a name', ['import', 'x', '--kind', 'research'], /'--name <NAME>' not specified/],
    ['a name that is none', ['import', 'x', '--kind', 'research', '--name', '../x'], /letter or digit/],
    [
      'a kind that is none',
      ['import', 'x', '--kind', 'nice', '--name', 'x'],
      /Allowed choices are research, indicator/,
    ],
    [
      'an end that is past',
      ['import', 'x', '--kind', 'research', '--name', 'x', '--expires', '2020-01-01'],
      /time in the future/,
    ],
    ['to remove what is not there', ['remove', 'x'], /There is no list "x"/],
    ['to export what is not there', ['export', 'x'], /There is no list "x"/],
  ];
  for (const [what, args, sentence] of wrong) {
    it(`refuses ${what} in one sentence`, async () => {
      const { status, err } = await blockwatch(files.path('wrong.db'), 'known', ...args);
      assert.equal(status, 2);
      assert.match(err, sentence);
      assert.equal(err.trim().split('\n').length, 1);
    });
  }
});
