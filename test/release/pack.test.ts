/** What `npm pack` makes, laid where `npm install` would lay it: beside its dependencies, not above them. */
import assert from 'node:assert/strict';
import type { SpawnSyncReturns } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { scratch, until } from '../support/collector.js';

describe('the package that npm makes', function () {
  this.timeout(60_000);
  const files = scratch();
  const installed = files.path('node_modules/blockwatch');
  const program = join(installed, 'scripts/blockwatch.mjs');
  const blockwatch = (...args: string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [program, ...args], { cwd: files.path(''), encoding: 'utf8' });
  let packed: string[];

  before(() => {
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', files.path('')];
    const { stdout, stderr } = spawnSync('npm', pack, { cwd: projectRoot, encoding: 'utf8' });
    assert.notEqual(stdout, '', stderr);
    const [{ filename, files: list }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
    packed = list.map(({ path }) => path);
    mkdirSync(installed, { recursive: true });
    const tar = ['-xzf', files.path(filename), '-C', installed, '--strip-components=1'];
    assert.equal(spawnSync('tar', tar).status, 0);
    for (const name of readdirSync(join(projectRoot, 'node_modules')))
      if (!name.startsWith('.'))
        symlinkSync(join(projectRoot, 'node_modules', name), files.path(`node_modules/${name}`));
  });
  after(files.remove);

  it('has what runs, what explains it and its licence, and neither sources nor tests', () => {
    for (const path of ['LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'docs/DEPLOY.md'])
      assert.ok(packed.includes(path), path);
    assert.deepEqual(
      packed.filter((path) =>
        /\.ts$|\.test\.|^src|^host(?!\/collector\/store\/migrations\/)|^build\/js\/(test|scripts)/.test(path),
      ),
      [],
    );
  });

  it('says its version and what a capture holds', () => {
    assert.match(blockwatch('--version').stdout, /^\d+\.\d+\.\d+\n$/);
    const capture = join(projectRoot, 'test/captures/arp-scan-lan.pcap');
    const { stdout, stderr } = blockwatch('replay', capture, '--home', '10.20.0.0/16');
    assert.match(stderr, /^Read 978 frames over 4 s \(.*\): \d+ contacts, 1 scan\.\n$/);
    assert.match(stdout, /arp-sweep/);
  });

  for (const [command, address] of [
    [['start', '--http', '127.0.0.1:0', '--data', 'demo'], /^Page and API +(http:\S+)/],
    [['flash', '--page', '--http', '127.0.0.1:0'], /Open (http:\S+)/],
  ] as const) {
    it(`serves its page: blockwatch ${command[0]}`, async () => {
      const child = spawn(process.execPath, [program, ...command], { cwd: files.path('') });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
      const ended = new Promise((resolve) => child.once('close', resolve));
      try {
        const url = await until(() => {
          if (child.exitCode !== null) throw new Error(`it ended: ${said}`);
          return address.exec(said)?.[1];
        }, 'the address');
        assert.match(await (await fetch(url)).text(), /<!doctype html>/i);
      } finally {
        child.kill('SIGINT');
        await ended;
      }
    });
  }
});
