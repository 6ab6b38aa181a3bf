import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { happening, happeningLine } from '../../host/cli/commands/tail.js';
import { scratch, testCollector, until } from '../support/collector.js';
import type { Run } from '../support/command.js';
import { lines, RunningBlockwatch, runBlockwatch } from '../support/command.js';
import { fleetAnswers, incidentsOf } from '../web/fleet-data.js';
import { MockServer } from '../web/mock-server.js';
import { fourSensors, gaps, scan, sensor, tenScans } from '../web/sample-data.js';

const blockwatch = (url: string, ...args: string[]): Promise<Run> =>
  runBlockwatch(args, { env: { BLOCKWATCH_COLLECTOR: url } });

/** Where something listened a moment ago and nothing does now. */
async function deadUrl(): Promise<string> {
  const server = new MockServer();
  const url = await server.listen();
  await server.close();
  return url;
}

describe('blockwatch scans, sources and sensors', () => {
  const mock = new MockServer();
  let url = '';
  before(async () => {
    url = await mock.listen();
    mock.scans = tenScans(Date.now());
    mock.sensors = fourSensors(Date.now());
  });
  after(() => mock.close());

  it('show a table with a heading and a row each', async () => {
    const { status, out } = await blockwatch(url, 'scans');
    assert.equal(status, 0);
    assert.equal(lines(out).length, 1 + tenScans(Date.now()).length);
    assert.match(lines(out)[0] ?? '', /^LAST \(UTC\)\s+SEVERITY\s+KIND/);
  });

  it('give each row as an object, and as CSV with the same members', async () => {
    const { out } = await blockwatch(url, 'sensors', '--format', 'json');
    const rows = lines(out).map((line) => JSON.parse(line) as { site: string });
    assert.deepEqual(
      rows.map((row) => row.site),
      ['berlin', 'lyon', 'oslo', 'porto'],
    );
    const csv = lines((await blockwatch(url, 'sensors', '--format', 'csv')).out);
    assert.equal(csv.length, 5);
    for (const name of (csv[0] ?? '').split(','))
      assert.ok(
        name in (rows[0] as object) || name === 'reason' || name === 'configProblem' || name === 'enrolment',
        name,
      );
  });

  it('filter by site, severity, time and number', async () => {
    const all = lines((await blockwatch(url, 'scans', '--format', 'json')).out).map(
      (line) => JSON.parse(line) as { site: string; severity: string; last: string },
    );
    const high = lines((await blockwatch(url, 'scans', '--severity', 'high', '--format', 'json')).out);
    assert.equal(high.length, all.filter(({ severity }) => severity === 'high' || severity === 'critical').length);
    const recent = lines((await blockwatch(url, 'scans', '--from', '30m', '--format', 'json')).out);
    assert.equal(recent.length, all.filter(({ last }) => Date.parse(last) > Date.now() - 1_800_000).length);
    assert.ok(recent.length > 0 && recent.length < all.length);
    assert.equal(lines((await blockwatch(url, 'scans', '--limit', '1', '--format', 'json')).out).length, 1);
    assert.equal(lines((await blockwatch(url, 'sensors', '--state', 'late', '--format', 'json')).out).length, 1);
  });

  it('colour the severity of a table where colour is asked for, and never JSON or CSV', async () => {
    const forced = async (...args: string[]): Promise<string> =>
      (await runBlockwatch([...args, '--collector', url], { env: { FORCE_COLOR: '1' } })).out;
    assert.ok((await forced('scans')).includes('\u001b[31mhigh'));
    for (const format of ['json', 'csv']) assert.ok(!(await forced('scans', '--format', format)).includes('\u001b'));
  });

  it('say that nothing matches, and to a program say nothing', async () => {
    assert.equal((await blockwatch(url, 'scans', '--site', 'nowhere')).out, 'No scans match.\n');
    assert.equal((await blockwatch(url, 'scans', '--site', 'nowhere', '--format', 'json')).out, '');
    assert.equal(
      (await blockwatch(url, 'sources', '--format', 'csv', '--severity', 'critical', '--site', 'x')).status,
      0,
    );
  });

  const wrong: [string, string[], RegExp][] = [
    ['an unknown kind', ['scans', '--kind', 'nonsense'], /Allowed choices are host-sweep/],
    ['a time that is none', ['scans', '--from', 'yesterday'], /It must be a time such as/],
    ['no rows', ['scans', '--limit', '0'], /whole number from 1/],
    ['a collector that is no URL', ['scans', '--collector', 'localhost'], /It must be a URL/],
    [
      'a report that ends before it begins',
      ['report', '--from', '2026-11-02', '--to', '2026-11-01'],
      /--from must be before --to/,
    ],
    [
      'a time to keep that is none',
      ['collector', '--keep', '12h'],
      /It must be a time such as 90d, 12w or 2y, at least one day/,
    ],
    [
      'a size to keep that is none',
      ['collector', '--keep-size', '2'],
      /It must be a size such as 500MB or 2GB, at least 50MB/,
    ],
    ['an unknown shell', ['completion', 'powershell'], /Allowed choices are bash, zsh, fish/],
  ];
  for (const [title, args, sentence] of wrong) {
    it(`refuse ${title} in one sentence, exit 2`, async () => {
      const { status, out, err } = await blockwatch(url, ...args);
      assert.deepEqual([status, out, lines(err).length], [2, '', 1]);
      assert.match(err, sentence);
    });
  }

  it('say in one sentence that there is no collector, exit 1', async () => {
    const { status, err } = await blockwatch(await deadUrl(), 'sources');
    assert.equal(status, 1);
    assert.match(
      err,
      /^blockwatch: Cannot reach the collector at http:\/\/127\.0\.0\.1:\d+: nothing listens there\..*\n$/,
    );
  });
});

describe('blockwatch incidents', () => {
  const mock = new MockServer();
  before(async () => {
    await mock.listen();
    mock.more.set('incidents', (query) => ({
      incidents: incidentsOf(Date.now()).filter(({ until: end }) => query.get('state') !== 'open' || end === null),
    }));
  });
  after(() => mock.close());

  it('are a table, objects or CSV; with --open only those that last', async () => {
    const table = lines((await blockwatch(mock.url, 'incidents')).out);
    assert.match(table[0] ?? '', /^SINCE \(UTC\)\s+STATE\s+KIND\s+SITE\/SENSOR\s+PROBLEM AND FIX$/);
    assert.match(table[1] ?? '', /open, 26 min.*\s+gone\s+porto\/tap-1\s+has sent nothing/);
    assert.match(table[3] ?? '', /lasted 10 min.*\s+late/);
    assert.equal(lines((await blockwatch(mock.url, 'incidents', '--open', '--format', 'json')).out).length, 2);
    assert.equal(
      lines((await blockwatch(mock.url, 'incidents', '--format', 'csv')).out)[0],
      'id,site,sensor,kind,since,until,text',
    );
  });

  it('ask the collector for what the options say', async () => {
    await blockwatch(
      mock.url,
      'incidents',
      '--kind',
      'blind',
      '--site',
      'oslo',
      '--sensor',
      'wifi',
      '--from',
      '2026-11-01',
      '--limit',
      '7',
    );
    assert.equal(
      decodeURIComponent(mock.asked.at(-1) ?? ''),
      '/api/v1/incidents?site=oslo&sensor=wifi&kind=blind&from=2026-11-01T00:00:00.000Z&limit=7',
    );
  });

  it('refuse an unknown kind, and say when no incident is open', async () => {
    assert.match((await blockwatch(mock.url, 'incidents', '--kind', 'tired')).err, /Allowed choices are late, gone/);
    mock.more.set('incidents', () => ({ incidents: [] }));
    assert.equal((await blockwatch(mock.url, 'incidents', '--open')).out, 'No open incidents.\n');
  });
});

describe('blockwatch report', () => {
  const mock = new MockServer();
  const folder = scratch();
  before(async () => {
    await mock.listen();
    for (const [path, answer] of fleetAnswers()) mock.more.set(path, answer);
    mock.scans = tenScans(Date.now());
  });
  after(async () => {
    await mock.close();
    folder.remove();
  });

  it('is Markdown on the standard output, and HTML in a file that is named so', async () => {
    const { status, out } = await blockwatch(mock.url, 'report', '--from', '24h');
    assert.equal(status, 0);
    assert.match(out, /^# Scan report, \d/);
    const path = folder.path('week.html');
    assert.deepEqual((await blockwatch(mock.url, 'report', '--from', '24h', '--out', path)).status, 0);
    assert.match(readFileSync(path, 'utf8'), /^<!doctype html>/);
  });

  it('says in one sentence that its file cannot be written', async () => {
    const { status, err } = await blockwatch(mock.url, 'report', '--out', '/nowhere/x.md');
    assert.deepEqual([status, err], [1, 'blockwatch: Cannot write /nowhere/x.md: ENOENT.\n']);
  });
});

describe('blockwatch tail', () => {
  const event = (name: string, data: unknown): { event: string; data: string; id: string } => ({
    event: name,
    data: JSON.stringify(data),
    id: '1',
  });
  const now = Date.parse('2026-11-24T12:00:00Z');
  const one = scan(now, { site: 'lyon', severity: 'high' });

  it('shows scans, sensors and gaps, but neither the greeting nor invalid JSON', () => {
    assert.ok(happening(event('scan', one), {}));
    assert.ok(happening(event('sensor', sensor(now, 'lyon', 'tap', 'late')), {}));
    assert.ok(happening(event('gap', gaps(now)[0]), {}));
    assert.ok(happening(event('incident', incidentsOf(now)[0]), { site: 'porto' }));
    assert.equal(happening(event('incident', incidentsOf(now)[0]), { site: 'lyon' }), undefined);
    assert.equal(happening(event('hello', {}), {}), undefined);
    assert.equal(happening({ event: 'scan', data: '{', id: '' }, {}), undefined);
  });

  it('filters by site, kind and least severity; scans alone have a kind', () => {
    assert.ok(happening(event('scan', one), { site: 'lyon', kind: 'host-sweep', severity: 'medium' }));
    assert.equal(happening(event('scan', one), { site: 'oslo' }), undefined);
    assert.equal(happening(event('scan', one), { kind: 'port-scan' }), undefined);
    assert.equal(happening(event('scan', one), { severity: 'critical' }), undefined);
    assert.equal(happening(event('sensor', sensor(now, 'lyon', 'tap', 'late')), { severity: 'low' }), undefined);
  });

  it('writes a line without control characters', () => {
    const line = happeningLine({ event: 'scan', data: { ...one, site: 'ly\u001b[2Jon' } }, now);
    assert.match(line, /high\s+Host sweep/);
    assert.doesNotMatch(line, /\u001b/);
    assert.match(
      happeningLine({ event: 'gap', data: gaps(now)[0] as never }, now),
      /3 messages are missing: 118 to 120 of boot 7\./,
    );
    assert.match(happeningLine({ event: 'sensor', data: sensor(now, 'lyon', 'tap', 'late') }, now), /late.*overdue/);
    assert.match(
      happeningLine({ event: 'incident', data: incidentsOf(now)[1] as never }, now),
      /INCIDENT\s+blind\s+oslo\/wifi\s+sees no frames/,
    );
  });

  it('prints what happens at a collector until it is stopped', async () => {
    const mock = new MockServer();
    await mock.listen();
    const tail = new RunningBlockwatch(['tail', '--collector', mock.url, '--json']);
    await until(() => mock.listeners > 0, 'a listener');
    mock.push(scan(Date.now(), { source: '198.51.100.77' }));
    await until(() => tail.out.includes('\n'), 'a line');
    const status = await tail.stop('SIGINT');
    await mock.close();
    const told = JSON.parse(lines(tail.out)[0] ?? '{}') as { event: string; source: string };
    assert.deepEqual([status, told.event, told.source], [0, 'scan', '198.51.100.77']);
  });
});

describe('blockwatch doctor', () => {
  it('finds a new collector well, but for the sensors it does not have', async () => {
    const folder = scratch();
    const collector = await testCollector(folder.path('store.db'));
    const { status, out } = await blockwatch(collector.url, 'doctor', '--broker', collector.broker);
    await collector.close();
    folder.remove();
    assert.equal(status, 0, out);
    assert.match(out, /^ok {4}collector/m);
    assert.match(out, /^ok {4}live line/m);
    assert.match(out, /^warn {2}sensors {7}No sensor has ever reported\.\n {20}-> /m);
    assert.match(out, /^ok {4}broker/m);
    assert.doesNotMatch(out, /^fail/m);
  });

  it('fails without a collector and without a broker, and still says what to do', async () => {
    const { status, out, err } = await blockwatch(
      await deadUrl(),
      'doctor',
      '--broker',
      (await deadUrl()).replace('http', 'mqtt'),
    );
    assert.deepEqual([status, err], [1, '']);
    assert.equal(out.match(/^fail/gm)?.length, 2);
    assert.equal(out.match(/-> /g)?.length, 2);
  });
});

describe('blockwatch completion', () => {
  const scripts = new Map<string, Promise<Run>>();
  const script = async (shell: string): Promise<string> => {
    const made = scripts.get(shell) ?? runBlockwatch(['completion', shell]);
    scripts.set(shell, made);
    return (await made).out;
  };

  it('completes commands, options and choices in a real bash', async () => {
    const bash = await script('bash');
    const complete = (...words: string[]): string[] => {
      const list = words.map((word) => `'${word}'`).join(' ');
      const run = spawnSync(
        'bash',
        [
          '--norc',
          '-c',
          `${bash}\nCOMP_WORDS=(blockwatch ${list}); COMP_CWORD=${words.length}; _blockwatch; printf '%s\\n' "\${COMPREPLY[@]}"`,
        ],
        { encoding: 'utf8' },
      );
      assert.equal(run.stderr, '');
      return lines(run.stdout);
    };
    assert.deepEqual(complete('sc'), ['scans']);
    assert.deepEqual(complete('scans', '--sev'), ['--severity']);
    assert.deepEqual(complete('scans', '--severity', 'h'), ['high']);
    assert.ok(complete('').includes('report'));
    assert.deepEqual(complete('scans', '--nothing-like-this'), []);
  });

  it('names every command for every shell', async () => {
    for (const shell of ['bash', 'zsh', 'fish'])
      for (const name of ['scans', 'tail', 'doctor', 'replay'])
        assert.match(await script(shell), new RegExp(`\\b${name}\\b`));
  });
});
