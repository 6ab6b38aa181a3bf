import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readCapture } from '../../host/capture/read.js';
import { projectRoot } from '../../host/common/paths.js';
import { Engine } from '../../host/sensor/engine.js';
import { finishCapture } from '../../host/sensor/engine-runner.js';
import { openInput } from '../../host/sensor/input.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import type { Run } from '../support/command.js';
import { runBlockwatch } from '../support/command.js';
import { AedesBroker, Shelf, startSensor, stateDirectory } from './world.js';

const capture = join(projectRoot, 'test/captures/arp-scan-lan.pcap');

const blockwatch = (...args: string[]): Promise<Run> => runBlockwatch(args, { env: { BLOCKWATCH_DEBUG: '' } });

describe('The sensor with the real engine', function () {
  this.timeout(60_000);
  let shelf: Shelf;
  let broker: AedesBroker;
  let state: ReturnType<typeof stateDirectory>;

  beforeEach(async () => {
    shelf = new Shelf();
    broker = await AedesBroker.start(shelf);
    state = stateDirectory();
  });
  afterEach(async () => {
    await broker.kill();
    state.remove();
  });

  it('delivers exactly the records that the engine makes of a capture', async () => {
    const settings = { seed: [1, 2] as [number, number], home: ['10.20.0.0/16'] };
    const engine = await Engine.load(settings);
    let last = NaN;
    readCapture(capture, (...frame) => {
      engine.push(...frame);
      [last] = frame;
    });
    finishCapture(engine, last);
    const expected: TimedRecord[] = engine.takeRecords();
    assert.ok(expected.length > 0);

    const { sensor } = await startSensor(`mqtt://127.0.0.1:${broker.port}`, state.path, {
      input: openInput(capture),
      loadEngine: () => Engine.load(settings),
    });
    await sensor.ended;
    // Services and histogram may be dropped for size, as docs/PROTOCOL.md describes.
    const told = ({ services: _s, shape: _h, shapeStep: _t, ...rest }: TimedRecord) => rest;
    const inTime = ({ time, first, last, ...rest }: ReturnType<typeof told>) => ({
      ...rest,
      time: Math.round(time),
      first: Math.round(first),
      last: Math.round(last),
    });
    assert.deepEqual(
      shelf.copies.map((copy) => inTime(told(copy.record))),
      expected.filter((record) => record.stage !== 'whisper').map((record) => inTime(told(record))),
    );
  });

  it("a replay's times are moved to now", async () => {
    const before = Date.now();
    const { sensor } = await startSensor(`mqtt://127.0.0.1:${broker.port}`, state.path, {
      input: openInput(capture),
      loadEngine: (settings) => Engine.load(settings),
      speed: 20,
    });
    await sensor.ended;
    assert.ok(shelf.copies.length > 0);
    for (const { record } of shelf.copies) {
      assert.ok(record.first >= before && record.last >= record.first, 'the scan is later than the start of the test');
      assert.ok(record.first <= Date.now(), 'the scan has begun');
    }
  });

  it('is a command that reads a file, prints what it finds, delivers it and ends', async () => {
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const run = await blockwatch(
      'sensor',
      capture,
      '--broker',
      url,
      '--site',
      'berlin',
      '--sensor',
      'tap',
      '--state',
      state.path,
    );
    assert.equal(run.status, 0, run.err);
    assert.match(run.out, /STARTED .*arp-sweep/);
    assert.ok(shelf.copies.length > 0);
    assert.equal(run.out.trim().split('\n').length, shelf.copies.length);
    assert.match(run.err, /Connected to the broker/);
  });
});

describe('The command "blockwatch sensor"', function () {
  this.timeout(60_000);
  const broker = ['--broker', 'mqtt://127.0.0.1:1', '--site', 'berlin', '--sensor', 'tap'];
  const cases: [string, string[], number, RegExp][] = [
    ['without an input', broker, 2, /INPUT/],
    ['without a broker', [capture, '--site', 'a', '--sensor', 'b'], 2, /--broker/],
    ['with a broker that is no URL', [capture, '--broker', 'here', '--site', 'a', '--sensor', 'b'], 2, /mqtt:\/\//],
    [
      'with a broker of another protocol',
      [capture, '--broker', 'http://x', '--site', 'a', '--sensor', 'b'],
      2,
      /mqtt:\/\//,
    ],
    [
      'with a site that needs escaping',
      [capture, '--broker', 'mqtt://x', '--site', 'a/b', '--sensor', 'b'],
      2,
      /letter or digit/,
    ],
    ['with a speed of 0', [capture, ...broker, '--speed', '0'], 2, /above 0/],
    ['with a block that has host bits', [capture, ...broker, '--home', '10.0.0.1/8'], 2, /block of addresses/],
    ['with half a certificate', [capture, ...broker, '--cert', 'x.pem'], 2, /--key/],
    ['with a certificate that is not there', [capture, ...broker, '--ca', '/nowhere/ca.pem'], 2, /--ca/],
    ['with an interface that is not there', ['nowhere0', ...broker], 1, /neither a file nor a network interface/],
    ['with a file that is not there', ['./nowhere.pcap', ...broker], 1, /no such file/],
  ];
  const runs = new Map<string, Promise<Run>>();
  before(() => {
    for (const [title, args] of cases) runs.set(title, blockwatch('sensor', ...args));
  });
  for (const [title, , status, sentence] of cases) {
    it(`says what is wrong in one sentence and exits with ${status}: ${title}`, async () => {
      const run = (await runs.get(title)) as Run;
      assert.equal(run.status, status, run.err);
      assert.match(run.err, sentence);
      assert.equal(run.err.trim().split('\n').length, 1, run.err);
      assert.equal(run.out, '');
    });
  }
});
