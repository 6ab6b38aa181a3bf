import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { projectRoot } from '../../host/common/paths.js';
import { pcap } from '../capture/files.js';
import * as make from '../support/packets.js';

function script(name: string, ...args: string[]): { status: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [join(projectRoot, 'scripts/run.mjs'), `scripts/${name}`, ...args], {
    encoding: 'utf8',
  });
  return { status: done.status, out: done.stdout, err: done.stderr };
}

const captures = join(projectRoot, 'test/captures');

describe('npm run evaluate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blockwatch-evaluate-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['qinq-scan', 'benign-ipv6-nd']) {
    for (const end of ['pcap', 'json']) copyFileSync(join(captures, `${name}.${end}`), join(folder, `${name}.${end}`));
  }

  it('tells the labelled captures of a folder as a table and a summary', () => {
    const { status, out } = script('evaluate', folder);
    assert.equal(status, 0);
    assert.match(out, /^qinq-scan +268 +1\/1/m);
    assert.match(out, /^benign-ipv6-nd +165 +-$/m);
    assert.match(out, /^2 captures: 1 of 1 scans found \(recall 1\.00\), 0 sources falsely accused in 0 captures/m);
  });

  it('judges a whole capture: packed, out of order, and what waits at its end', () => {
    const whole = mkdtempSync(join(tmpdir(), 'blockwatch-evaluate-'));
    // A SYN to each of a hundred ports of an address that nobody has, within ten milliseconds.
    const begin = 1_700_000_000;
    const frames = Array.from({ length: 100 }, (_, i) => ({
      seconds: begin,
      fraction: i * 90,
      data: make.tcp('10.20.1.66', '10.20.1.50', i + 1, make.SYN).toString('latin1'),
    }));
    const scanner = { source: '10.20.1.66', kind: 'vertical', protocol: 'tcp', firstProbe: begin, targets: 1 };
    const label = JSON.stringify({ home: ['10.20.0.0/16'], scanners: [scanner] });
    for (const [name, bytes] of [
      ['forwards.pcap', pcap(frames)],
      ['backwards.pcap.gz', gzipSync(pcap([...frames].reverse()))],
    ] as [string, Buffer][]) {
      writeFileSync(join(whole, name), bytes);
      writeFileSync(join(whole, `${name.split('.')[0]}.json`), label);
    }
    const { status, out } = script('evaluate', whole, '--quick');
    rmSync(whole, { recursive: true });
    assert.equal(status, 0);
    const row = (name: string): string[] =>
      (out.match(new RegExp(`^${name} .*$`, 'm'))?.[0] ?? '').split(/ +/).slice(1);
    assert.deepEqual(row('forwards').slice(0, 2), ['100', '1/1']);
    assert.deepEqual(row('backwards'), row('forwards'));
  });

  it('npm run evaluate tells the same as JSON', () => {
    const { summary, captures: told } = JSON.parse(script('evaluate', folder, '--json').out) as {
      summary: Record<string, number>;
      captures: unknown[];
    };
    assert.equal(told.length, 2);
    assert.deepEqual([summary['scans'], summary['scansFound'], summary['falseAlerts']], [1, 1, 0]);
  });

  it('passes over a label or a capture that cannot be read, says so in one line, and measures the others', () => {
    for (const [name, label] of [
      ['a', '{'],
      ['b', 'null'],
      ['c', '{"home":[]}'],
      ['d', '{"scanners":[]}'],
    ]) {
      writeFileSync(join(folder, `${name}.pcap`), 'no capture');
      writeFileSync(join(folder, `${name}.json`), label as string);
    }
    const { status, out, err } = script('evaluate', folder);
    assert.equal(status, 0);
    assert.match(out, /^2 captures:/m);
    assert.deepEqual(
      err
        .trim()
        .split('\n')
        .map((line) => /^evaluate: .*\/([a-d])\.\w+ is not a (label|capture)/.exec(line)?.slice(1)),
      [
        ['a', 'label'],
        ['b', 'label'],
        ['c', 'label'],
        ['d', 'capture'],
      ],
    );
  });

  it('is told in one sentence that there is no such folder', () => {
    for (const path of [join(folder, 'nothing'), join(folder, 'qinq-scan.json')]) {
      const { status, err } = script('evaluate', path);
      assert.equal(status, 1);
      assert.match(err, /^evaluate: there is no folder [^\n]+\n$/);
    }
  });
});

describe('scripts/peer', () => {
  it('prints one line of JSON with the first alert of each source', () => {
    const { status, out } = script('peer', join(captures, 'qinq-scan.pcap'), join(captures, 'qinq-scan.json'));
    assert.equal(status, 0);
    const { peer, capture, detections } = JSON.parse(out) as {
      peer: string;
      capture: string;
      detections: Record<string, unknown>[];
    };
    assert.deepEqual([peer, capture], ['blockwatch', 'qinq-scan.pcap']);
    assert.deepEqual(
      detections.map((detection) => detection['source']),
      ['198.19.4.44'],
    );
    assert.ok(
      (detections[0]?.['firstAlert'] as number) > 1e9 && (detections[0]?.['firstAlert'] as number) < 1e11,
      'seconds',
    );
  });

  it('scripts/peer accuses nobody where nobody scans', () => {
    const { out } = script('peer', join(captures, 'benign-ipv6-nd.pcap'), join(captures, 'benign-ipv6-nd.json'));
    assert.deepEqual((JSON.parse(out) as { detections: unknown[] }).detections, []);
  });

  it('says what is wrong in one sentence', () => {
    assert.deepEqual([script('peer').status, script('peer').err], [2, 'peer: Name a capture file.\n']);
    assert.match(script('peer', '/nowhere/x.pcap').err, /^peer: Cannot read the capture [^\n]+\n$/);
  });
});
