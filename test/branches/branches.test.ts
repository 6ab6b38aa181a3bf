/** The short form of `npm run branches`: twelve branches through a real mosquitto; everybody who is asked tells the labels' story. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import {
  branches,
  capturesFolder,
  differences,
  expectedStory,
  readBranches,
  shared,
  whispered,
} from '../../scripts/branches/plan.js';
import { Scene } from '../../scripts/branches/scene.js';
import { askCommandLine, askOutputs, askPage } from '../../scripts/branches/told.js';
import { BranchInput, readFrames, thinProbes } from '../../scripts/branches/traffic.js';
import { chromiumPath, describeWith } from '../support/requirement.js';

const MINUTE = 60_000;
const T0 = 1_760_000_000_000;

describe('the plan of twelve branches', () => {
  it('has twelve, some with nothing to find, and one thin scanner at three of them and one at nine', () => {
    const labelled = readBranches(capturesFolder);
    const { accused, fleetOnly, sensors } = expectedStory(labelled);
    assert.equal(new Set(sensors).size, 12);
    assert.ok(labelled.filter(({ scanners, thin }) => scanners.length + thin.length === 0).length >= 2);
    assert.equal(accused.get(shared.source)?.length, 3);
    assert.equal(fleetOnly.get(whispered.source)?.length, 9);
    assert.ok(whispered.probes <= 2);
  });

  it('takes every labelled scanner from the labels, decoys left out', () => {
    const { accused } = expectedStory(readBranches(capturesFolder));
    assert.deepEqual(accused.get('203.0.113.138'), ['lyon', 'oslo']);
    assert.deepEqual(accused.get('10.20.1.21'), ['porto']);
  });

  it('a plan without labels beside the captures is refused in a sentence', () => {
    const empty = mkdtempSync(join(tmpdir(), 'blockwatch-test-'));
    assert.throws(() => readBranches(empty), /There is no nmap-ss-horizontal-24\.json beside the captures/);
    rmSync(empty, { recursive: true });
  });
});

describe('what was told, against the labels', () => {
  const expected = new Map([
    ['192.0.2.1', ['cork', 'lyon']],
    ['2001:db8::1', ['lyon']],
  ]);

  it('is right where it is the same, however an address is written', () => {
    assert.deepEqual(
      differences(
        'It',
        new Map([
          ['2001:0db8:0::0001', ['lyon']],
          ['192.0.2.1', ['cork', 'lyon']],
        ]),
        expected,
      ),
      [],
    );
  });

  it('is wrong where somebody is missing, somebody else is accused, or a site is another', () => {
    assert.deepEqual(
      differences(
        'It',
        new Map([
          ['192.0.2.1', ['cork']],
          ['192.0.2.7', ['oslo']],
        ]),
        expected,
      ),
      [
        'It tells of 192.0.2.1 at cork instead of cork, lyon.',
        'It does not tell of 2001:db8::1.',
        'It accuses 192.0.2.7 (oslo), whom no label names.',
      ],
    );
    assert.equal(differences('It', new Map(), expected).length, 2);
  });
});

describe("a branch's traffic", () => {
  const hours = { from: T0, length: 6 * MINUTE, every: 3 * MINUTE };
  const capture = readFrames(join(capturesFolder, 'benign-traceroute-mtr.pcap'));

  it('is the capture again and again with the probes between its frames, in time order', async () => {
    const probes = thinProbes(shared, hours, 3);
    const input = new BranchInput(capture, probes, hours);
    const times: number[] = [];
    void input.finished.then(() => input.close());
    for await (const batch of input.frames()) for (const frame of batch) times.push(frame.timeMs);
    const chatter = hours.length / 2000;
    assert.ok(Math.abs(times.length - (2 * capture.length + shared.probes + chatter)) <= 1, String(times.length));
    if ((times.at(-1) ?? 0) > Date.now() - MINUTE) times.pop();
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    assert.equal(times[0], T0);
  });

  it('has probes for different addresses, and others at another branch', () => {
    const targets = (branch: number): string[] =>
      thinProbes(shared, hours, branch).map(({ bytes }) => Buffer.from(bytes.subarray(30, 34)).join('.'));
    assert.equal(new Set(targets(0)).size, shared.probes);
    assert.ok(!targets(0).some((target) => targets(1).includes(target)));
    assert.ok(targets(0).every((target) => target.startsWith('10.20.20')));
  });

  it("a branch's traffic ends where its input is closed", async () => {
    const input = new BranchInput(capture, [], { from: T0, length: 1000 * MINUTE, every: MINUTE });
    let frames = 0;
    for await (const batch of input.frames()) {
      frames += batch.length;
      input.close();
    }
    assert.ok(frames < 2 * capture.length + 600, String(frames));
    await input.finished;
  });
});

describeWith(['mosquitto', 'chromium'], 'twelve branches against one collector', function () {
  this.timeout(600_000);
  const labelled = readBranches(capturesFolder);
  const story = expectedStory(labelled);
  let scene: Scene;
  let browser: Browser;
  before(async () => {
    scene = await Scene.open();
    browser = await chromium.launch({
      executablePath: chromiumPath() ?? 'chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu'],
    });
    await scene.start(labelled, { from: Date.now() - 15 * MINUTE, length: 15 * MINUTE, every: 3 * MINUTE });
    await scene.settled();
  });
  after(async () => {
    await browser?.close();
    await scene?.close();
  });

  it('are told by the command line as the labels say', async () => {
    for (const { who, wrong } of await askCommandLine(scene, story)) assert.deepEqual(wrong, [], who);
  });

  it('are told by the page as the labels say', async () => {
    for (const { who, wrong } of await askPage(browser, scene, story)) assert.deepEqual(wrong, [], who);
  });

  it('are told by the pushed outputs as the labels say', async () => {
    for (const { who, wrong } of await askOutputs(scene, story)) assert.deepEqual(wrong, [], who);
  });

  it('the collector rejected no message and misses none', async () => {
    const { messages, missing } = await scene.ask<{ messages: { stored: number; rejected: number }; missing: number }>(
      'now',
    );
    assert.deepEqual([messages.rejected, missing], [0, 0]);
    assert.ok(messages.stored >= branches.length);
  });

  it('would be called wrong with one scanner more, or one less, in the labels', async () => {
    const [more, less] = [new Map(story.accused), new Map(story.accused)];
    more.set('192.0.2.200', ['berlin']);
    less.delete('203.0.113.66');
    for (const accused of [more, less])
      assert.ok((await askCommandLine(scene, { ...story, accused })).some(({ wrong }) => wrong.length > 0));
  });
});
