/**
 * A Linux sensor whose state folder was removed, with a real broker and a collector: it is seen again, although its
 * boot number is lower.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Incident } from '../../host/api/types.js';
import type { CollectorOptions } from '../../host/collector/collector.js';
import type { TestCollector } from '../support/collector.js';
import { scratch, testCollector, until } from '../support/collector.js';
import { Mosquitto } from '../support/mosquitto.js';
import { describeWith } from '../support/requirement.js';
import type { Running } from './world.js';
import { Door, startSensor } from './world.js';

/** Above the clock's numbers of the next eighty years: by number, every later boot would seem older. */
const BEFORE = 4_200_000_000;

interface Heard {
  state: string;
  boot: number;
  lastSequence: number;
}

function suite(broker: () => Partial<CollectorOptions>): void {
  const files = scratch();
  after(files.remove);
  let collector: TestCollector;
  let door: Door;
  let now: number;
  let n = 0;
  let store: string;
  const running: Running[] = [];
  const start = async (): Promise<void> => {
    collector = await testCollector(store, { ...broker(), clock: () => now, checkInterval: 20 });
    await until(
      () =>
        'listen' in (broker().broker ?? { listen: true }) ||
        collector.reports.some((text) => text.startsWith('Subscribed')),
      'the subscription',
    );
    door.open(Number(new URL(collector.broker).port));
  };
  beforeEach(async () => {
    now = Date.now();
    store = files.path(`${++n}.db`);
    door = await Door.build();
    await start();
  });
  afterEach(async () => {
    for (const { sensor } of running.splice(0)) await sensor.stop();
    await door.remove();
    await collector.close();
  });

  const run = async (): Promise<Running> => {
    const one = await startSensor(door.url, files.path('state'));
    running.push(one);
    return one;
  };
  const sensor = async (): Promise<Heard | undefined> =>
    ((await collector.get('/api/v1/sensors')).body.sensors as Heard[])[0];
  const becomes = (what: string, is: (one: Heard) => boolean): Promise<unknown> =>
    until(async () => {
      const one = await sensor();
      return one && is(one);
    }, what);
  const open = async (): Promise<Incident[]> => (await collector.get('/api/v1/incidents?state=open')).body.incidents;

  it('comes back from gone when its state folder was removed, and is gone again by its next will', async () => {
    mkdirSync(files.path('state'), { recursive: true });
    writeFileSync(join(files.path('state'), 'sensor-berlin+tap.json'), JSON.stringify({ boot: BEFORE }));
    const first = await run();
    first.input.feed(3);
    await becomes(
      'the first run',
      ({ boot, state, lastSequence }) => boot === BEFORE + 1 && state === 'online' && lastSequence === 3,
    );
    const port = Number(new URL(collector.broker).port);
    door.shut();
    await becomes('its will', ({ state }) => state === 'gone');
    const passing = setInterval(() => (now += 1000), 10);
    await until(async () => (await open()).some(({ kind }) => kind === 'gone'), 'the incident').finally(() =>
      clearInterval(passing),
    );
    await first.sensor.stop();
    running.length = 0;
    rmSync(files.path('state'), { recursive: true });

    door.open(port);
    const second = await run();
    const { boot } = second.sensor.outbox;
    assert.ok(boot < BEFORE);
    second.input.feed(2);
    await becomes('the second run', (one) => one.boot === boot && one.state === 'online' && one.lastSequence === 2);
    await until(async () => (await open()).length === 0, 'the end of the incident');

    await collector.close();
    door.shut();
    await start();
    await becomes(
      'the second run, for a collector that starts anew',
      (one) => one.boot === boot && one.state === 'online',
    );
    // The store knew that before: only a new message shows a connection whose end can be reported.
    second.input.feed(1);
    await becomes('what the second run tells the new collector', (one) => one.lastSequence === 3);
    door.shut();
    await becomes('the will of the second run', (one) => one.boot === boot && one.state === 'gone');
  }).timeout(120_000);
}

describe('A sensor without its state, over the embedded broker', () => suite(() => ({})));

describeWith(['mosquitto'], 'A sensor without its state, over mosquitto', () => {
  const mosquitto = new Mosquitto();
  before(() => mosquitto.start());
  after(() => mosquitto.stop());
  suite(() => ({ broker: { url: mosquitto.url, clientId: 'collector' } }));
});
