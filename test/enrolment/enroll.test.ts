import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Enrolment } from '../../host/collector/store/enrolments.js';
import { listEnrolments } from '../../host/collector/store/enrolments.js';
import { openStore } from '../../host/collector/store/open.js';
import { checkPassword, configKey } from '../../host/common/identity.js';
import { projectRoot } from '../../host/common/paths.js';
import type { Provisioning } from '../../src/protocol/provisioning.js';
import { readProvisioning } from '../../src/protocol/provisioning.js';
import { scratch } from '../support/collector.js';
import type { Run } from '../support/command.js';
import { lines, runBlockwatch } from '../support/command.js';

const authority = join(projectRoot, 'test/enrolment/authority.pem');

describe('blockwatch enroll', function () {
  this.timeout(120_000);
  let files: ReturnType<typeof scratch>;
  beforeEach(() => {
    files = scratch();
  });
  afterEach(() => files.remove());

  const run = (...args: string[]): Promise<Run> =>
    runBlockwatch(args, { folder: files.path(''), env: { BLOCKWATCH_WIFI_PASSWORD: 'air of berlin' } });
  const board = [
    '--board',
    'wt32_eth01',
    '--broker',
    'mqtts://broker.example',
    '--ca',
    authority,
    '--wifi-ssid',
    'office',
  ];
  const enroll = (site: string, sensor: string, ...more: string[]): Promise<Run> =>
    run('enroll', '--site', site, '--sensor', sensor, ...board, ...more);
  const provisioning = (path: string): Provisioning => readProvisioning(readFileSync(files.path(path), 'utf8').trim());
  const enrolments = async (): Promise<Enrolment[]> => {
    const db = await openStore(files.path('blockwatch-data/collector.db'));
    try {
      return await listEnrolments(db);
    } finally {
      await db.close();
    }
  };

  it('writes what the board reads, for its owner alone, and says what to do next', async () => {
    const { status, out, err } = await enroll('berlin', 'tap-1', '--home', '10.20.0.0/16');
    assert.deepEqual([status, err], [0, '']);
    const path = 'blockwatch-data/provisioning/berlin/tap-1.json';
    const given = provisioning(path);
    assert.equal(statSync(files.path(path)).mode & 0o777, 0o600);
    assert.deepEqual(
      [given.broker.host, given.broker.port, given.broker.tls, given.broker.user],
      ['broker.example', 8883, true, 'blockwatch/berlin/tap-1'],
    );
    assert.deepEqual([given.wifi, given.home], [{ ssid: 'office', password: 'air of berlin' }, ['10.20.0.0/16']]);
    assert.match(
      out,
      /Next steps\n {2}1\. Copy .*password_file.*\n {2}2\. Plug in the board: npx blockwatch flash --board wt32_eth01, then npx blockwatch provision blockwatch-data/,
    );
    assert.deepEqual(readdirSync(files.path('blockwatch-data/provisioning/berlin')), ['tap-1.json']);
  });

  it('keeps hashes in the store and no secret, nor says one', async () => {
    const { out } = await enroll('berlin', 'tap-1');
    const [row] = (await enrolments()) as [Enrolment];
    const given = provisioning('blockwatch-data/provisioning/berlin/tap-1.json');
    assert.ok(checkPassword(given.broker.password, row.account));
    const fleet = Buffer.from(readFileSync(files.path('blockwatch-data/fleet.key'), 'utf8').trim(), 'hex');
    assert.equal(given.configKey, configKey(fleet, 'berlin', 'tap-1', row.salt));
    const said = [
      out,
      JSON.stringify(row),
      ...readdirSync(files.path('blockwatch-data'))
        .filter((name) => name.startsWith('collector.db'))
        .map((name) => readFileSync(files.path(`blockwatch-data/${name}`), 'latin1')),
    ].join('\n');
    for (const secret of [given.broker.password, given.configKey, given.wifi.password, fleet.toString('hex')])
      assert.ok(!said.includes(secret));
  });

  it('refuses a sensor that is enrolled already, and renews it when asked', async () => {
    await enroll('berlin', 'tap-1');
    const path = 'blockwatch-data/provisioning/berlin/tap-1.json';
    const [before] = (await enrolments()) as [Enrolment];
    const text = readFileSync(files.path(path), 'utf8');
    const twice = await enroll('berlin', 'tap-1');
    assert.deepEqual([twice.status, lines(twice.err).length], [1, 1]);
    assert.match(twice.err, /berlin\/tap-1 is enrolled already; --renew gives it new credentials/);
    assert.equal(readFileSync(files.path(path), 'utf8'), text);
    assert.equal((await enroll('berlin', 'tap-1', '--renew')).status, 0);
    const [after] = (await enrolments()) as [Enrolment];
    assert.notEqual(after.account, before.account);
    assert.ok(checkPassword(provisioning(path).broker.password, after.account));
  });

  it('enrols a whole fleet from one CSV, all with accounts of their own, and lets the broker know them', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `branch-${i},tap-1,10.${i}.0.0/16`);
    writeFileSync(files.path('fleet.csv'), `site,sensor,home\n${rows.join('\n')}\n`);
    const { status, out, err } = await run(
      'enroll',
      '--csv',
      'fleet.csv',
      ...board,
      '--out',
      'p',
      '--broker-files',
      'b',
      '--format',
      'json',
    );
    assert.deepEqual([status, err, lines(out).length], [0, '', 50]);
    const all = rows.map((_, i) => provisioning(`p/branch-${i}/tap-1.json`));
    assert.equal(new Set(all.map(({ broker }) => broker.password)).size, 50);
    assert.equal(new Set(all.map(({ configKey: key }) => key)).size, 50);
    assert.deepEqual(
      all.map(({ home }) => home[0]),
      rows.map((row) => row.split(',')[2]),
    );
    const passwords = lines(readFileSync(files.path('b/password_file'), 'utf8'));
    for (const { broker } of all) {
      const hash = passwords.find((line) => line.startsWith(`${broker.user}:`))?.slice(broker.user.length + 1) ?? '';
      assert.ok(checkPassword(broker.password, hash), broker.user);
    }
    assert.equal((await enrolments()).length, 50);
  });

  it('does nothing at all where one row of many is wrong, and names its line', async () => {
    writeFileSync(files.path('fleet.csv'), 'site,sensor\nberlin,tap-1\nlyon,tap 2\n');
    const { status, out, err } = await run('enroll', '--csv', 'fleet.csv', ...board, '--out', 'p');
    assert.deepEqual([status, out, lines(err).length], [2, '', 1]);
    assert.match(err, /fleet\.csv, line 3: The sensor "tap 2" is not a letter or digit.*Nothing was enrolled\.$/m);
    assert.ok(!existsSync(files.path('p')) && !existsSync(files.path('blockwatch-data')));
  });

  it('does nothing where one of many is enrolled already, or its file cannot be written', async () => {
    await enroll('lyon', 'tap-2');
    writeFileSync(files.path('fleet.csv'), 'site,sensor\nberlin,tap-1\nlyon,tap-2\n');
    const known = await run('enroll', '--csv', 'fleet.csv', ...board, '--out', 'p');
    assert.match(known.err, /lyon\/tap-2 \(line 3\) is enrolled already/);
    assert.ok(!existsSync(files.path('p')));
    writeFileSync(files.path('fleet.csv'), 'site,sensor\nberlin,tap-1\noslo,tap-2\n');
    mkdirSync(files.path('q'));
    writeFileSync(files.path('q/oslo'), 'in the way');
    const blocked = await run('enroll', '--csv', 'fleet.csv', ...board, '--out', 'q');
    assert.deepEqual([blocked.status, lines(blocked.err).length], [1, 1]);
    assert.match(blocked.err, /Cannot write q\/oslo\/tap-2\.json/);
    assert.deepEqual(readdirSync(files.path('q/berlin')), []);
    assert.deepEqual(
      (await enrolments()).map(({ site }) => site),
      ['lyon'],
    );
  });

  it('does not write over a provisioning that this store knows nothing of', async () => {
    writeFileSync(files.path('mine.json'), '{}');
    const { status, err } = await enroll('berlin', 'tap-1', '--out', 'mine.json');
    assert.equal(status, 1);
    assert.match(err, /mine\.json exists already/);
    assert.equal(readFileSync(files.path('mine.json'), 'utf8'), '{}');
  });

  it('does not make a new fleet key beside sensors of a lost one', async () => {
    await enroll('berlin', 'tap-1');
    const { status, err } = await enroll('berlin', 'tap-2', '--fleet-key', 'other.key');
    assert.equal(status, 1);
    assert.match(
      err,
      /Cannot use the fleet key other\.key: there is no such file\. Restore the file that the sensors were enrolled with/,
    );
    assert.ok(!existsSync(files.path('other.key')));
  });

  it('enrols a Linux box, which needs no WiFi, and warns where there is no TLS', async () => {
    const { status, out } = await run(
      'enroll',
      '--site',
      'lab',
      '--sensor',
      'box',
      '--broker',
      'mqtt://127.0.0.1:1884',
    );
    assert.equal(status, 0);
    assert.match(out, /npx blockwatch sensor eth1 --provisioning blockwatch-data/);
    assert.match(out, /Without TLS/);
    assert.equal(provisioning('blockwatch-data/provisioning/lab/box.json').broker.port, 1884);
  });

  it("takes the WiFi's password from a file or from standard input", async () => {
    writeFileSync(files.path('wifi'), 'from a file\n');
    await enroll('berlin', 'tap-1', '--wifi-password-file', 'wifi', '--out', '1.json');
    assert.equal(provisioning('1.json').wifi.password, 'from a file');
    await runBlockwatch(
      ['enroll', '--site', 'b', '--sensor', 't', ...board, '--wifi-password-file', '-', '--out', '2.json'],
      { folder: files.path(''), input: 'from the pipe\n' },
    );
    assert.equal(provisioning('2.json').wifi.password, 'from the pipe');
  });

  const wrong: [string, string[], RegExp][] = [
    [
      'no sensor',
      ['enroll', '--broker', 'mqtt://b'],
      /Name the sensor with --site and --sensor, or several with --csv/,
    ],
    ['a CSV and a sensor', ['enroll', '--csv', 'x', '--site', 'b'], /Leave out --site and --sensor/],
    [
      'a board without a WiFi',
      ['enroll', '--site', 'b', '--sensor', 't', '--board', 'esp32s3', '--broker', 'mqtt://b'],
      /No WiFi is named/,
    ],
    ['no broker', ['enroll', '--site', 'b', '--sensor', 't'], /No broker is named/],
    ['TLS without an authority', ['enroll', '--site', 'b', '--sensor', 't', '--broker', 'mqtts://b'], /with --ca FILE/],
    [
      'a site with a space',
      ['enroll', '--site', 'new york', '--sensor', 't', '--broker', 'mqtt://b'],
      /site "new york"/,
    ],
    [
      'an unknown board',
      ['enroll', '--site', 'b', '--sensor', 't', '--board', 'arduino'],
      /Allowed choices are wt32_eth01/,
    ],
    [
      'a WiFi password file that is not there',
      ['enroll', '--site', 'b', '--sensor', 't', '--wifi-ssid', 'x', '--wifi-password-file', 'none'],
      /--wifi-password-file, none: ENOENT/,
    ],
    ['a sensor name for revoke that is none', ['revoke', 'berlin'], /SITE\/SENSOR/],
  ];
  for (const [what, args, sentence] of wrong) {
    it(`is refused with ${what}: one sentence, exit 2, nothing done`, async () => {
      const { status, out, err } = await run(...args);
      assert.deepEqual([status, out, lines(err).length], [2, '', 1], err);
      assert.match(err, sentence);
      assert.ok(!existsSync(files.path('blockwatch-data')));
    });
  }

  it("asks for the WiFi's password where it has none, and without a terminal says how to give it", async () => {
    const { BLOCKWATCH_WIFI_PASSWORD: _, ...env } = process.env;
    const { status, err } = await runBlockwatch(['enroll', '--site', 'b', '--sensor', 't', ...board], {
      folder: files.path(''),
      env: env as Record<string, string>,
    });
    assert.equal(status, 2);
    assert.match(err, /--wifi-password-file FILE, or set BLOCKWATCH_WIFI_PASSWORD/);
  });

  it("is undone by revoke, which takes the account from the broker's files and says so once", async () => {
    await enroll('berlin', 'tap-1');
    await enroll('berlin', 'tap-2');
    const { status, out } = await run('revoke', 'berlin/tap-1');
    assert.equal(status, 0);
    assert.match(out, /Revoked berlin\/tap-1\. Its past reports stay\./);
    for (const name of ['password_file', 'acl_file']) {
      const text = readFileSync(files.path(`blockwatch-data/broker/${name}`), 'utf8');
      assert.ok(!text.includes('blockwatch/berlin/tap-1') && text.includes('blockwatch/berlin/tap-2'), name);
    }
    const again = await run('revoke', 'berlin/tap-1');
    assert.deepEqual([again.status, lines(again.err).length], [1, 1]);
    assert.match(again.err, /was already revoked on \d{4}-\d\d-\d\d/);
    assert.match((await run('revoke', 'oslo/tap-1')).err, /oslo\/tap-1 was never enrolled/);
  });

  it('a revoked name can be enrolled again', async () => {
    await enroll('berlin', 'tap-1');
    await run('revoke', 'berlin/tap-1');
    assert.equal((await enroll('berlin', 'tap-1')).status, 0);
    assert.deepEqual(
      (await enrolments()).map(({ revoked }) => revoked),
      [null],
    );
  });
});

describe('blockwatch collector with a certificate', function () {
  this.timeout(60_000);
  const files = scratch();
  after(files.remove);
  const wrong: [string, string[], RegExp][] = [
    ['half a pair', ['--tls-cert', authority], /--tls-cert and --tls-key belong together/],
    [
      'files that are not there',
      ['--tls-cert', 'none.pem', '--tls-key', 'none.key'],
      /Cannot read the file of --tls-cert, none\.pem: ENOENT/,
    ],
    [
      'a key that is none',
      ['--tls-cert', authority, '--tls-key', authority, '--mqtt', '127.0.0.1:0', '--http', '127.0.0.1:0'],
      /--tls-cert and --tls-key cannot be used together/,
    ],
    [
      "a broker of one's own beside it",
      ['--broker', 'mqtt://b', '--tls-cert', authority, '--tls-key', authority],
      /cannot be used with --broker/,
    ],
    [
      'an address for everybody without one',
      ['--mqtt', '0.0.0.0:1883'],
      /Without TLS, the embedded broker has no passwords .* Pass --tls-cert and --tls-key/,
    ],
  ];
  for (const [what, args, sentence] of wrong) {
    it(`is refused with ${what}, in one sentence, exit 2`, async () => {
      const { status, err } = await runBlockwatch(['collector', ...args], { folder: files.path('') });
      assert.equal(status, 2, err);
      assert.match(lines(err).at(-1) ?? '', sentence);
    });
  }
});
