/** What is told of captures of real tools: the kinds that evaluate's table does not look at. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCapture } from '../../host/capture/read.js';
import { projectRoot } from '../../host/common/paths.js';
import { Engine } from '../../host/sensor/engine.js';
import type { TimedRecord } from '../../src/protocol/record.js';

async function records(name: string, seed: [number, number]): Promise<TimedRecord[]> {
  const path = join(projectRoot, 'test/captures', name);
  const { home } = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as { home: string[] };
  const engine = await Engine.load({ home, seed });
  const told: TimedRecord[] = [];
  let frames = 0;
  readCapture(`${path}.pcap`, (...frame) => {
    engine.push(...frame);
    if (++frames % 256 === 0) told.push(...engine.takeRecords());
  });
  engine.flush();
  return [...told, ...engine.takeRecords()];
}

const kindsOf = (told: TimedRecord[]): Set<string> => new Set(told.map((record) => record.kind));
const seeds: [number, number][] = [
  [1, 2],
  [77, 88],
  [4711, 815],
];

describe('of a capture', () => {
  const expected: [string, string, string[]][] = [
    ['scan-then-upload-3h', 'the scanner that uploads something three hours later has a foothold', ['foothold']],
    ['scan-then-login', 'the scanner that logs in has a foothold', ['foothold']],
    ['distributed-slow', 'two hundred sources, spread over six hours, are one scan', ['distributed-scan']],
    ['wifi-wpa2-arp-sweep', 'the sweep behind encryption is seen', ['encrypted-sweep']],
    [
      'nmap-banner-script',
      'a scan that reads banners probes services, and gets no foothold by that',
      ['service-probe'],
    ],
  ];
  for (const [name, what, kinds] of expected) {
    it(`${name}: ${what}`, async () => {
      for (const seed of seeds) {
        const told = kindsOf(await records(name, seed));
        for (const kind of kinds) assert.ok(told.has(kind), `${kind}, seed ${seed}: ${[...told]}`);
        if (!kinds.includes('foothold')) assert.ok(!told.has('foothold'), `a foothold, seed ${seed}`);
      }
    });
  }

  it('nmap-decoys: every source of the group is reported as one of a group', async () => {
    for (const seed of seeds) {
      const ends = (await records('nmap-decoys', seed)).filter(
        (record) => record.stage === 'end' && record.verdict === 'scan',
      );
      assert.equal(ends.length, 5);
      assert.ok(ends.every((record) => record.decoy));
    }
  });

  it('nmap-aggressive: one source has one episode, whatever its scripts try', async () => {
    for (const seed of seeds) {
      const told = (await records('nmap-aggressive', seed)).filter((record) => record.verdict === 'scan');
      assert.equal(new Set(told.map((record) => record.episode)).size, 1);
      assert.ok(told.every((record) => !record.decoy));
    }
  });
});
