import assert from 'node:assert/strict';
import { Pace } from '../../host/sensor/pace.js';
import { Watch } from '../../host/sensor/watch.js';
import { sampleRecord } from '../protocol/samples.js';
import { FindingEngine, frameAt } from './world.js';

async function begin(home: string[] = []) {
  const engines: FindingEngine[] = [];
  const loads: object[] = [];
  const watch = await Watch.begin(async (settings) => {
    loads.push(settings);
    engines.push(new FindingEngine());
    return engines.at(-1) as FindingEngine;
  }, home, undefined);
  const episodes = (): number[] => watch.takeRecords().map((record) => record.episode);
  return { watch, engines, loads, episodes };
}
const config = { version: 1, home: [], alertsPerMinute: 0, healthSeconds: 30, evidence: 0, bytesPerDay: 0, watch: [] };

describe('The engine behind a sensor', () => {
  it('gives out the records as they are while it is the first engine', async () => {
    const { watch, episodes } = await begin();
    watch.push(frameAt(1));
    watch.push(frameAt(2));
    assert.deepEqual(episodes(), [1, 2]);
    assert.deepEqual(episodes(), []);
  });

  it('goes on counting episodes, frames and traps when a config brings a new engine', async () => {
    const { watch, engines, episodes } = await begin();
    watch.push(frameAt(1));
    watch.push(frameAt(2));
    (engines[0] as FindingEngine).framesLost = 3;
    await watch.configure(config);
    watch.push(frameAt(3));
    assert.deepEqual(episodes(), [1, 2, 3]);
    assert.deepEqual([watch.counters()['frames'], watch.counters()['sourcesUsed'], watch.framesLost], [3, 5, 3]);
    assert.equal(engines[0]?.flushed, 1);
  });

  it('goes on counting episodes when the engine trapped and counts from 1 again', async () => {
    const { watch, engines, episodes } = await begin();
    const engine = engines[0] as FindingEngine;
    watch.push(frameAt(1));
    watch.push(frameAt(2));
    engine.traps = 1;
    watch.run();
    engine.frames = 0;
    watch.push(frameAt(3));
    assert.deepEqual(episodes(), [1, 2, 3]);
    await watch.configure(config);
    watch.push(frameAt(4));
    (engines[1] as FindingEngine).traps = 1;
    watch.tick(5);
    assert.equal(watch.traps, 2);
    assert.deepEqual(episodes(), [4]);
  });

  it('takes the blocks of the config before those of the command line, and these where it has none', async () => {
    const { watch, loads } = await begin(['10.0.0.0/8']);
    await watch.configure({ ...config, home: ['192.0.2.0/24'], alertsPerMinute: 9 });
    await watch.configure(config);
    assert.deepEqual(loads, [{ home: ['10.0.0.0/8'] }, { home: ['192.0.2.0/24'], alertsPerMinute: 9 }, { home: ['10.0.0.0/8'] }]);
  });

  it('keeps the old engine when the new one cannot be had, and takes the next config all the same', async () => {
    let broken = false;
    const watch = await Watch.begin(async () => {
      if (broken) throw new Error('no engine');
      return new FindingEngine();
    }, [], undefined);
    broken = true;
    await assert.rejects(watch.configure(config), /no engine/);
    watch.push(frameAt(1));
    assert.equal(watch.takeRecords().length, 1);
    broken = false;
    await watch.configure(config);
    watch.push(frameAt(2));
    assert.deepEqual(watch.takeRecords().map((record) => record.episode), [2]);
  });
});

describe('The pace of a replay', () => {
  it('lets the first frame through and holds the others by the capture\'s clock', () => {
    let wall = 1_000_000;
    const pace = new Pace(2, () => wall);
    assert.equal(pace.wait(500), 0);
    assert.equal(pace.wait(2500), 1000);
    wall += 1000;
    assert.equal(pace.wait(2500), 0);
    assert.equal(pace.captureNow(), 2500);
    wall += 10_000;
    assert.ok(pace.wait(2500) < 0);
  });

  it('moves a record to the wall\'s clock, its length divided by the speed', () => {
    const pace = new Pace(4, () => 1_000_000);
    pace.wait(0);
    const moved = pace.restamp(sampleRecord({ time: 8000, first: 0, last: 4000, shapeStep: 1024 }));
    assert.deepEqual([moved.time, moved.first, moved.last, moved.shapeStep], [1_002_000, 1_000_000, 1_001_000, 256]);
  });

  it('leaves the length as it is at the capture\'s own pace', () => {
    const pace = new Pace(1, () => 1_000_000);
    pace.wait(7000);
    const moved = pace.restamp(sampleRecord({ time: 9000, first: 7000, last: 8000, shapeStep: 1024 }));
    assert.deepEqual([moved.time - moved.first, moved.last - moved.first, moved.shapeStep], [2000, 1000, 1024]);
  });

  it('never makes a bar shorter than a millisecond', () => {
    const pace = new Pace(1e6, () => 0);
    pace.wait(0);
    assert.equal(pace.restamp(sampleRecord({ shapeStep: 2 })).shapeStep, 1);
  });
});
