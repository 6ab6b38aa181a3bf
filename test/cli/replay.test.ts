import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { description, enhanced, section } from '../capture/files.js';
import type { Run } from '../support/command.js';
import { lines, program, runBlockwatch } from '../support/command.js';

const blockwatch = (...args: string[]): Promise<Run> => runBlockwatch(args);
const capture = (name: string): string => join(projectRoot, 'test/captures', `${name}.pcap`);
const home = ['--home', '10.20.0.0/16', '--home', 'fd20:20::/48'];

describe('blockwatch replay', () => {
  it('prints a JSON object a line, its fields in the order of the contract', async () => {
    const { status, out } = await blockwatch('replay', capture('nmap-ss-block'), ...home, '--json');
    assert.equal(status, 0);
    const records = lines(out).map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(records.length >= 2);
    const [start] = records;
    const contract = [
      'time',
      'stage',
      'verdict',
      'kind',
      'severity',
      'source',
      'protocol',
      'direction',
      'targets',
      'services',
      'probes',
      'first',
      'last',
      'evidence',
      'spoofable',
      'confidence',
      'tool',
      'technique',
    ];
    assert.deepEqual(Object.keys(start ?? {}).slice(0, contract.length), contract);
    assert.equal(start?.['stage'], 'start');
    assert.equal(start?.['verdict'], 'scan');
    assert.equal(start?.['source'], '203.0.113.138');
    assert.equal(start?.['technique'], 'T1595.001');
    const end = records.at(-1);
    assert.ok(end);
    assert.equal(end['stage'], 'end');
    assert.equal(end['kind'], 'block-scan');
    assert.deepEqual(
      [...(end['services'] as number[])].sort((a, b) => a - b),
      [22, 80, 443, 3389, 8080],
    );
    for (const field of ['time', 'first', 'last'])
      assert.match(String(end[field]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('a replay of the same capture says the same every time', async () => {
    const once = await blockwatch('replay', capture('teamtnt-block'), ...home, '--json');
    assert.equal(once.out, (await blockwatch('replay', capture('teamtnt-block'), ...home, '--json')).out);
    assert.ok(once.out.length > 0);
  });

  it('prints nothing for a capture without a scanner', async () => {
    const { status, out, err } = await blockwatch('replay', capture('benign-monitoring'), ...home, '--json');
    assert.deepEqual({ status, out, err }, { status: 0, out: '', err: '' });
  });

  it('prints readable lines without --json', async () => {
    const { out } = await blockwatch('replay', capture('arp-scan-lan'), ...home);
    assert.match(lines(out)[0] ?? '', /STARTED\s+high\s+arp-sweep\s+10\.20\.1\.66/);
  });

  it('adds site and sensor where they are given', async () => {
    const record = JSON.parse(
      lines(
        (await blockwatch('replay', capture('arp-scan-lan'), '--json', '--site', 'berlin', '--sensor', 'tap-1')).out,
      )[0] ?? '{}',
    ) as Record<string, unknown>;
    assert.equal(record['site'], 'berlin');
    assert.equal(record['sensor'], 'tap-1');
  });

  it('adds every counter with --stats, and the fates add up', async () => {
    const last = lines((await blockwatch('replay', capture('qinq-scan'), ...home, '--json', '--stats')).out).at(-1);
    const { stats } = JSON.parse(last ?? '{}') as { stats: Record<string, number> };
    assert.equal(stats['frames'], 268);
    assert.equal(stats['decoded'], 268);
    assert.ok((stats['nanosecondsPerFrame'] ?? 0) > 0);
    assert.equal(stats['traps'], 0);
  });

  it('ends quietly when its reader leaves', async () => {
    const child = spawn(process.execPath, [program, 'replay', capture('nmap-ss-block'), ...home, '--json', '--stats']);
    let err = '';
    child.stderr.on('data', (text: Buffer) => {
      err += text.toString();
    });
    child.stdout.destroy();
    const status = await new Promise((resolve) => child.on('close', resolve));
    assert.deepEqual({ status, err }, { status: 0, err: '' });
  });

  it('gives one clear sentence for times that no date can show', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'blockwatch-cli-'));
    const path = join(folder, 'late.pcapng');
    const seconds = Buffer.from([9, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    writeFileSync(
      path,
      Buffer.concat([section(), description(true, 1, seconds), enhanced(true, 0, 2n ** 63n, 'x'.repeat(60))]),
    );
    const { status, err } = await blockwatch('replay', path, '--json');
    rmSync(folder, { recursive: true });
    assert.equal(status, 1);
    assert.match(err, /^blockwatch: .*late\.pcapng is damaged after frame 0: .*\.\n$/);
  });

  it('gives what a damaged capture still holds, then one clear sentence, exit 1', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'blockwatch-cli-'));
    const cut = join(folder, 'cut.pcap');
    writeFileSync(cut, readFileSync(capture('nmap-ss-block')).subarray(0, 100_000));
    const { status, out, err } = await blockwatch('replay', cut, ...home, '--json');
    rmSync(folder, { recursive: true });
    assert.equal(status, 1);
    assert.ok(lines(out).length >= 2);
    assert.match(err, /^blockwatch: .*cut\.pcap is damaged after frame \d+: .*\.\n$/);
  });
});

describe('wrong usage', () => {
  const wrong: [string, string[], RegExp][] = [
    ['a missing argument', ['replay'], /Missing required argument 'CAPTURE'/],
    ['an argument too many', ['replay', 'a', 'b'], /Too many arguments/],
    ['an unknown option', ['replay', 'a', '--nonsense'], /Unknown option '--nonsense'/],
    ['an unknown command', ['nonsense'], /Unknown command 'nonsense'/],
    ['a block that is none', ['replay', 'a', '--home', 'office'], /block of addresses/],
    ['a block with host bits', ['replay', 'a', '--home', '10.20.1.1/16'], /without host bits/],
  ];
  for (const [title, args, sentence] of wrong) {
    it(`by ${title} is one sentence and exit 2`, async () => {
      const { status, out, err } = await blockwatch(...args);
      assert.equal(status, 2);
      assert.equal(out, '');
      assert.match(err, sentence);
      assert.equal(lines(err).length, 1);
    });
  }

  it('by a capture that is missing is one sentence and exit 1', async () => {
    const { status, err } = await blockwatch('replay', '/nowhere/x.pcap');
    assert.equal(status, 1);
    assert.equal(err, 'blockwatch: Cannot read the capture /nowhere/x.pcap: there is no such file. Check the path.\n');
  });

  it('is answered by --help for each command', async () => {
    for (const command of ['start', 'collector', 'sensor', 'replay']) {
      const { status, out } = await blockwatch(command, '--help');
      assert.equal(status, 0, command);
      assert.match(out, new RegExp(`^Usage: blockwatch ${command}`));
    }
    assert.match((await blockwatch()).out, /Commands:/);
  });
});
