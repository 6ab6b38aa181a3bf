import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { connectAsync } from 'mqtt';
import { register } from '../../host/cli/commands/config.js';
import { settingOption } from '../../host/cli/support/options.js';
import { configState } from '../../host/collector/query/enrolled.js';
import { nodeHmac } from '../../host/common/hmac.js';
import { projectRoot } from '../../host/common/paths.js';
import { readProvisioningFile } from '../../host/enrolment/file.js';
import type { Setting } from '../../src/protocol/config.js';
import { configMembers, configSettings, takesBlocks } from '../../src/protocol/config.js';
import { openConfig } from '../../src/protocol/signed-config.js';
import type { TestCollector } from '../support/collector.js';
import { scratch, testCollector, until } from '../support/collector.js';
import type { Run } from '../support/command.js';
import { lines, runBlockwatch } from '../support/command.js';

interface Shown {
  site: string;
  sensor: string;
  desired: number | null;
  reported: number;
  state: string;
  config: string | null;
}

describe('blockwatch config', function () {
  this.timeout(180_000);
  const files = scratch();
  let collector: TestCollector;
  const children: ChildProcess[] = [];
  const run = (...args: string[]): Promise<Run> =>
    runBlockwatch(args, { folder: files.path(''), env: { BLOCKWATCH_BROKER: collector.broker } });
  const provisioning = (name: string): string => files.path(`blockwatch-data/provisioning/${name}.json`);
  const shown = async (...which: string[]): Promise<Shown[]> =>
    lines((await run('config', 'get', ...which, '--format', 'json')).out).map((line) => JSON.parse(line) as Shown);

  before(async () => {
    collector = await testCollector(files.path('blockwatch-data/collector.db'));
    for (const name of ['berlin/tap-1', 'berlin/tap-2', 'lyon/tap-1']) {
      const [site, sensor] = name.split('/') as [string, string];
      const { status, err } = await run('enroll', '--site', site, '--sensor', sensor, '--broker', collector.broker);
      assert.equal(status, 0, err);
    }
    children.push(
      spawn(
        process.execPath,
        [
          join(projectRoot, 'scripts/blockwatch.mjs'),
          'sensor',
          join(projectRoot, 'test/captures/arp-scan-lan.pcap'),
          '--provisioning',
          provisioning('berlin/tap-1'),
          '--state',
          files.path('state'),
          '--stay',
          '--quiet',
        ],
        { stdio: 'ignore' },
      ),
    );
    await until(
      async () =>
        ((await collector.get('/api/v1/sensors')).body as { sensors: { state: string }[] }).sensors.some(
          ({ state }) => state === 'online',
        ),
      'the sensor',
    );
  });
  after(async () => {
    await Promise.all(
      children.map((child) => new Promise((resolve) => child.once('exit', resolve) && child.kill('SIGTERM'))),
    );
    await collector.close();
    files.remove();
  });

  it('a sensor that was just enrolled has no desired config', async () => {
    assert.deepEqual(
      (await shown()).map(({ site, sensor, desired, state }) => [site, sensor, desired, state]),
      [
        ['berlin', 'tap-1', null, 'none'],
        ['berlin', 'tap-2', null, 'none'],
        ['lyon', 'tap-1', null, 'none'],
      ],
    );
    assert.match((await run('config', 'push', '--all')).err, /None of these sensors has a config/);
  });

  it('reaches a sensor that takes signed configs only, and --wait ends when it reports it', async () => {
    const { status, out, err } = await run(
      'config',
      'set',
      'berlin/tap-1',
      '--home',
      '10.20.0.0/16',
      '--health-seconds',
      '5',
      '--wait',
      '120',
    );
    assert.equal(status, 0, err);
    assert.deepEqual(lines(out), ['berlin/tap-1: config 1 published.', 'berlin/tap-1: config 1 is in force.']);
    const [one] = await shown('berlin/tap-1');
    assert.deepEqual([one?.desired, one?.reported, one?.state], [1, 1, 'taken']);
  });

  it('changes what is named and leaves the rest, with a version above the last', async () => {
    assert.equal((await run('config', 'set', 'berlin/tap-1', '--evidence', '10')).status, 0);
    assert.deepEqual(JSON.parse((await shown('berlin/tap-1'))[0]?.config ?? ''), {
      version: 2,
      home: ['10.20.0.0/16'],
      healthSeconds: 5,
      evidence: 10,
    });
    assert.equal((await run('config', 'set', 'berlin/tap-1', '--unset', 'evidence', 'home')).status, 0);
    assert.deepEqual(JSON.parse((await shown('berlin/tap-1'))[0]?.config ?? ''), { version: 3, healthSeconds: 5 });
    await until(async () => (await shown('berlin/tap-1'))[0]?.state === 'taken', 'version 3');
  });

  it('goes to a site, or to all, each signed with the key of its own sensor, and is kept by the broker', async () => {
    writeFileSync(files.path('config.json'), JSON.stringify({ version: 77, watch: ['192.0.2.0/24'] }));
    const { status, out } = await run('config', 'set', '--all', '--file', 'config.json');
    assert.equal(status, 0);
    assert.equal(lines(out).length, 3);
    const client = await connectAsync(collector.broker);
    const kept = new Map<string, string>();
    client.on('message', (topic, payload) => kept.set(topic, payload.toString()));
    await client.subscribeAsync('blockwatch/1/+/+/config', { qos: 1 });
    await until(() => kept.size === 3, 'three retained configs');
    await client.endAsync();
    for (const name of ['berlin/tap-1', 'berlin/tap-2', 'lyon/tap-1']) {
      const topic = `blockwatch/1/${name}/config`;
      const text = openConfig(
        kept.get(topic) ?? '',
        topic,
        readProvisioningFile(provisioning(name)).configKey,
        nodeHmac,
      );
      assert.deepEqual((JSON.parse(text) as { watch: string[] }).watch, ['192.0.2.0/24']);
      assert.throws(() => openConfig(kept.get(topic) ?? '', topic, '00'.repeat(32), nodeHmac));
    }
    assert.deepEqual(
      (await shown('--site', 'lyon')).map(({ desired, state }) => [desired, state]),
      [[1, 'waiting']],
    );
  });

  it('is shown by the list of sensors and by the API, with who is enrolled', async () => {
    const { out } = await run('sensors', '--collector', collector.url, '--format', 'json');
    const lyon = lines(out)
      .map((line) => JSON.parse(line) as { site: string; state: string; enrolment: Record<string, unknown> })
      .find(({ site }) => site === 'lyon');
    assert.deepEqual(
      [lyon?.state, lyon?.enrolment['configDesired'], lyon?.enrolment['configState'], lyon?.enrolment['revoked']],
      ['never-seen', 1, 'waiting', null],
    );
    assert.match((await run('sensors', '--collector', collector.url)).out, /^LAST|SITE\/SENSOR.*CONFIG\s+ENROLLED/m);
    assert.match(
      (await run('doctor', '--collector', collector.url)).out,
      /^warn {2}enrolment +Enrolled but never seen: berlin\/tap-2, lyon\/tap-1\.$/m,
    );
  });

  it('says who did not report it in time, exit 1', async () => {
    const { status, err } = await run('config', 'set', 'lyon/tap-1', '--evidence', '9', '--wait', '1');
    assert.deepEqual([status, lines(err).length], [1, 1]);
    assert.match(err, /lyon\/tap-1 did not report it within 1 s\. The broker retains it/);
  });

  it('is kept where the broker is away, and pushed later', async () => {
    const { status, err } = await run(
      'config',
      'set',
      'lyon/tap-1',
      '--evidence',
      '11',
      '--broker',
      'mqtt://127.0.0.1:1',
    );
    assert.equal(status, 1);
    assert.match(
      err,
      /The configs are stored\. Publish them again with "blockwatch config push"\.\nblockwatch: Cannot use the broker mqtt:\/\/127\.0\.0\.1:1: nothing listens there/,
    );
    assert.equal((JSON.parse((await shown('lyon/tap-1'))[0]?.config ?? '') as { evidence: number }).evidence, 11);
    assert.match((await run('config', 'push', 'lyon/tap-1')).out, /lyon\/tap-1: config \d published\./);
  });

  const wrong: [string, string[], number, RegExp][] = [
    [
      'nobody named',
      ['set', '--evidence', '9'],
      2,
      /No sensors selected\. Give one SITE\/SENSOR, --site SITE or --all/,
    ],
    ['two selections', ['set', 'berlin/tap-1', '--all', '--evidence', '9'], 2, /No sensors selected/],
    ['nothing to change', ['set', '--all'], 2, /Nothing to change/],
    [
      'a file and a setting',
      ['set', '--all', '--file', 'config.json', '--evidence', '9'],
      2,
      /--file replaces the whole config/,
    ],
    ['a value out of its range', ['set', '--all', '--health-seconds', '1'], 2, /whole number from 5 to 3600/],
    ['a file with an unknown member', ['set', '--all', '--file', 'bad.json'], 2, /no member "hme"/],
    ['a file that is not there', ['set', '--all', '--file', 'none.json'], 2, /none\.json: ENOENT/],
    ['a watch block of IPv6', ['set', '--all', '--watch', '2001:db8::/32'], 2, /not an IPv4 CIDR block/],
    ['a sensor that nobody enrolled', ['set', 'oslo/tap-1', '--evidence', '9'], 1, /oslo\/tap-1 is not enrolled/],
    ['a site without sensors', ['get', '--site', 'oslo'], 1, /No sensor of the site oslo is enrolled/],
    [
      'a lost fleet key',
      ['set', '--all', '--evidence', '9', '--fleet-key', 'none.key'],
      1,
      /Cannot use the fleet key none\.key/,
    ],
    [
      "another fleet's key",
      ['set', '--all', '--evidence', '9', '--fleet-key', 'other.key'],
      1,
      /was enrolled with another fleet key/,
    ],
  ];
  for (const [what, args, exit, sentence] of wrong) {
    it(`a desired config is refused with ${what} in one sentence, and nothing changes`, async () => {
      writeFileSync(files.path('bad.json'), '{"hme": []}');
      writeFileSync(files.path('other.key'), `${'ab'.repeat(32)}\n`);
      const before = await shown();
      const { status, out, err } = await run('config', ...args);
      assert.deepEqual([status, out, lines(err).length], [exit, '', 1], err);
      assert.match(err, sentence);
      assert.deepEqual(
        (await shown()).map(({ desired, config }) => [desired, config]),
        before.map(({ desired, config }) => [desired, config]),
      );
    });
  }

  it('goes with a sensor that is renamed, whose scans stay under the old name', async () => {
    const scans = async (): Promise<number> =>
      ((await collector.get('/api/v1/scans?site=berlin&sensor=tap-1')).body as { scans: unknown[] }).scans.length;
    const before = await scans();
    assert.ok(before > 0);
    const { status, out, err } = await run('rename', 'berlin/tap-1', 'potsdam/tap-9');
    assert.equal(status, 0, err);
    assert.match(out, /Renamed berlin\/tap-1 to potsdam\/tap-9\. Its past reports stay under berlin\/tap-1/);
    assert.match(out, /start it with --provisioning blockwatch-data\/provisioning\/potsdam\/tap-9\.json/);
    assert.equal(await scans(), before);
    assert.equal(readProvisioningFile(provisioning('potsdam/tap-9')).site, 'potsdam');
    assert.match(out, /config push potsdam\/tap-9/);
    assert.match((await run('config', 'push', 'potsdam/tap-9')).out, /potsdam\/tap-9: config 4 published/);
    assert.match((await run('sensors', '--collector', collector.url)).out, /berlin\/tap-1 .*renamed potsdam\/tap-9/);
    for (const name of ['password_file', 'acl_file']) {
      const text = readFileSync(files.path(`blockwatch-data/broker/${name}`), 'utf8');
      assert.ok(text.includes('blockwatch/potsdam/tap-9') && !text.includes('blockwatch/berlin/tap-1'));
    }
    assert.match((await run('rename', 'berlin/tap-1', 'a/b')).err, /berlin\/tap-1 is revoked/);
    assert.match((await run('rename', 'berlin/tap-2', 'lyon/tap-1')).err, /lyon\/tap-1 is enrolled already/);
  });
});

describe('a desired config', () => {
  const cases: [number | null, number, string, string][] = [
    [null, 0, '', 'none'],
    [null, 3, '', 'none'],
    [4, 3, '', 'waiting'],
    [4, 0, '', 'waiting'],
    [4, 4, '', 'taken'],
    [4, 9, '', 'taken'],
    [4, 3, 'The config is not JSON.', 'refused'],
    [4, 4, 'A later one was bad.', 'taken'],
  ];
  for (const [desired, reported, problem, state] of cases) {
    it(`desired config ${desired} is ${state} where the sensor reports ${reported}${problem ? ` with "${problem}"` : ''}`, () =>
      assert.equal(configState(desired, reported, problem), state));
  }
});

describe('what config set can change', () => {
  it('is every member that a config may have, and each can be unset', () => {
    const program = new Command();
    register(program);
    const set = program.commands[0]?.commands.find((command) => command.name() === 'set');
    const options = new Map(set?.options.map((option) => [option.attributeName(), option]));
    assert.deepEqual(
      configMembers.filter((name) => !options.has(name)),
      [],
    );
    assert.deepEqual(options.get('unset')?.argChoices, [...configMembers]);
  });

  it('is bounded on the command line as it is at the sensor', () => {
    for (const name of configMembers) {
      const setting: Setting = configSettings[name];
      const option = settingOption(name);
      assert.equal(option.attributeName(), name);
      assert.equal(option.description, setting.what);
      const read = (text: string): unknown => option.parseArg?.(text, undefined);
      if (takesBlocks(setting)) {
        assert.deepEqual(read(setting.example), [setting.example]);
        assert.throws(() => read('10.0.0.1/8'), /must be a block of addresses/);
      } else {
        assert.equal(read(String(setting.highest)), setting.highest);
        for (const wrong of [String(setting.highest + 1), String(setting.lowest - 1), '6e1', '7.5', ''])
          assert.throws(() => read(wrong), new RegExp(`whole number from ${setting.lowest} to ${setting.highest}`));
      }
    }
  });
});
