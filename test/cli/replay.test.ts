import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { projectRoot } from '../../host/common/paths.js';
import { description, enhanced, pcap, section } from '../capture/files.js';
import type { Run } from '../support/command.js';
import { lines, program, runBlockwatch } from '../support/command.js';
import * as make from '../support/packets.js';

const folder = mkdtempSync(join(tmpdir(), 'blockwatch-replay-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** A SYN to each of a hundred ports of an address that nobody has, 90 microseconds apart, from a host at home. */
const hundredPorts = Array.from({ length: 100 }, (_, i) => ({
  seconds: 1_700_000_000,
  fraction: i * 90,
  data: Buffer.from(make.tcp('10.20.1.66', '10.20.1.50', i + 1, make.SYN)).toString('latin1'),
}));

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

  it('prints nothing but what it read for a capture without a scanner', async () => {
    const { status, out, err } = await blockwatch(
      'replay',
      capture('benign-monitoring'),
      '--home',
      '10.20.0.0/16',
      '--json',
    );
    assert.deepEqual([status, out], [0, '']);
    assert.equal(err, 'Read 7,169 frames over 35 s (from 2026-11-23T09:36:46Z): 458 contacts, 0 scans.\n');
  });

  it('says so where no frame has an address of the named home', async () => {
    const { status, err } = await blockwatch('replay', capture('nmap-ss-block'), '--home', '10.99.0.0/16');
    assert.equal(status, 0);
    assert.match(err, /^Read 3,466 frames .* No frame has an address of --home 10\.99\.0\.0\/16: check it\.\n$/);
    assert.doesNotMatch((await blockwatch('replay', capture('nmap-ss-block'))).err, /No frame/);
  });

  it('judges what waits when the file ends: a hundred ports within ten milliseconds are a scan', async () => {
    const { status, out } = await blockwatch(
      'replay',
      written('end.pcap', pcap(hundredPorts)),
      '--home',
      '10.20.0.0/16',
      '--json',
    );
    assert.equal(status, 0);
    const records = lines(out).map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      records.map((record) => [record['stage'], record['source']]),
      [
        ['start', '10.20.1.66'],
        ['end', '10.20.1.66'],
      ],
    );
    assert.equal(records.at(-1)?.['dark'], 100);
  });

  it('finds the same in a capture whose frames are in any order, and says that they were', async () => {
    const inOrder = await blockwatch('replay', written('order.pcap', pcap(hundredPorts)), '--json');
    const reversed = await blockwatch('replay', written('reversed.pcap', pcap([...hundredPorts].reverse())), '--json');
    assert.ok(inOrder.out.length > 0);
    assert.equal(reversed.out, inOrder.out);
    assert.doesNotMatch(inOrder.err, /order/);
    assert.match(reversed.err, /Out of order in 99 places, sorted\./);
  });

  it('finds the same in a packed capture, whatever its name, and on standard input', async () => {
    const plain = readFileSync(capture('arp-scan-lan'));
    const { out } = await blockwatch('replay', capture('arp-scan-lan'), '--json');
    assert.ok(out.length > 0);
    assert.equal((await blockwatch('replay', written('misnamed.pcap', gzipSync(plain)), '--json')).out, out);
    for (const input of [plain, gzipSync(plain)]) {
      const run = spawnSync(process.execPath, [program, 'replay', '-', '--json'], { input, encoding: 'utf8' });
      assert.deepEqual([run.status, run.stdout], [0, out]);
      assert.match(run.stderr, /^Read \d+ frames/);
    }
  });

  it('tells at Ctrl-C what it has found so far, and ends with exit code 130', async () => {
    const child = spawn(process.execPath, [program, 'replay', '-', '--home', '10.20.0.0/16', '--json']);
    const ended = new Promise((resolve) => child.on('close', resolve));
    let [out, err] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    // The input stays open, as a capture does that goes on. More than the frames that wait to be sorted: a record
    // tells that they were read.
    const bytes = readFileSync(capture('nmap-ss-block'));
    child.stdin.on('error', () => undefined);
    child.stdin.write(bytes);
    for (let i = 0; i < 20; i++) child.stdin.write(bytes.subarray(24));
    child.stdout.once('data', () => child.kill('SIGINT'));
    assert.equal(await ended, 130);
    const stages = lines(out).map((line) => (JSON.parse(line) as { stage: string }).stage);
    assert.deepEqual([stages[0], stages.at(-1)], ['start', 'end']);
    assert.match(err, /^Interrupted; read [\d,]+ frames over .*: [\d,]+ contacts, [1-9]\d* scans?\..*\n$/);
  });

  it('tells which frames it cannot read', async () => {
    const frame = (type: string): string => `\x02\0\0\0\0\x01\x02\0\0\0\0\x02${type}${'\0'.repeat(46)}`;
    const { err } = await blockwatch(
      'replay',
      written('odd.pcap', pcap([0, 1, 2].map((i) => ({ seconds: i, fraction: 0, data: frame('\x88\xcc') })))),
    );
    assert.match(
      err,
      /^Read 3 frames over 2 s .* No frame has a private address: .* Not read: 3 of other protocols\.\n$/,
    );
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
    assert.match(err, /^Read [\d,]+ frames .*\nblockwatch: .*cut\.pcap is damaged after frame \d+: .*\.\n$/);
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

  it('says in one sentence on stderr that a mirror cannot be read, and what it is made of', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'blockwatch-'));
    try {
      const file = join(folder, 'macsec.pcap');
      const frame = Buffer.concat([
        Buffer.alloc(12, 2),
        Buffer.from('88e52c0000000001', 'hex'),
        Buffer.alloc(60, 0x5a),
      ]);
      const head = Buffer.alloc(24);
      head.writeUInt32LE(0xa1b2c3d4, 0);
      head.writeUInt16LE(2, 4);
      head.writeUInt16LE(4, 6);
      head.writeUInt32LE(65535, 16);
      head.writeUInt32LE(1, 20);
      const frames = Array.from({ length: 30 }, (_, i) => {
        const entry = Buffer.alloc(16);
        entry.writeUInt32LE(1_790_000_000 + i, 0);
        entry.writeUInt32LE(frame.length, 8);
        entry.writeUInt32LE(frame.length, 12);
        return Buffer.concat([entry, frame]);
      });
      writeFileSync(file, Buffer.concat([head, ...frames]));
      const { status, out, err } = await blockwatch('replay', file, ...home);
      assert.deepEqual([status, out], [0, '']);
      assert.match(
        err,
        /This mirror cannot be read: 100 % of 30 frames are MACsec, which is encrypted\. Mirror a port/,
      );
      assert.doesNotMatch((await blockwatch('replay', capture('nmap-ss-block'), ...home)).err, /cannot be read/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
