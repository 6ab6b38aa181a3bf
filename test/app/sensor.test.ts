import assert from 'node:assert/strict';
import { decode } from 'cborg';
import { Outbox } from '../../src/app/core/outbox.js';
import { SensorApp } from '../../src/app/core/sensor.js';
import { readAlert } from '../../src/protocol/alert.js';
import type { Config } from '../../src/protocol/config.js';
import { counterNames } from '../../src/protocol/counters.js';
import type { Health } from '../../src/protocol/health.js';
import { readHealth } from '../../src/protocol/health.js';
import { sampleRecord } from '../support/samples.js';
import { FakeBroker, FakeTime } from './world.js';

const configTopic = 'blockwatch/1/berlin/tap/config';

function setUp(config?: Config) {
  const time = new FakeTime();
  const broker = new FakeBroker(time);
  const outbox = new Outbox({ boot: 5 });
  const configured: Config[] = [];
  const said: string[] = [];
  const counters: Record<string, number> = {};
  for (const name of counterNames) counters[name] = counterNames.indexOf(name) + 1;
  const engine = { traps: 2, framesLost: 6, counters: () => counters };
  const app = new SensorApp({
    site: 'berlin',
    sensor: 'tap',
    version: '0.1.0',
    outbox,
    engine,
    connector: broker,
    clock: time,
    timers: time,
    random: () => 0.5,
    ...(config ? { config } : {}),
    vitals: () => ({ tapLost: 9 }),
    configure: (next) => configured.push(next),
    say: (sentence) => said.push(sentence),
  });
  const health = (): Health[] =>
    broker.on('health').map(({ payload }) => readHealth(decode(payload as Uint8Array, { useMaps: true })));
  return { time, broker, outbox, app, configured, said, health };
}

describe('The sensor app', () => {
  it('sends records as alerts and whispers that read back', () => {
    const { time, broker, app } = setUp();
    app.start();
    time.advance(100);
    app.take([sampleRecord(), sampleRecord({ stage: 'whisper', kind: 'whisper', verdict: 'notice' })]);
    time.advance(100);
    const read = (messageType: string) =>
      broker.on(messageType).map(({ payload }) => readAlert(decode(payload as Uint8Array, { useMaps: true })));
    assert.deepEqual(read('alert'), [{ boot: 5, sequence: 1, clock: 'synced', record: sampleRecord() }]);
    assert.deepEqual(
      read('whisper').map((message) => [message.sequence, message.record.stage]),
      [[2, 'whisper']],
    );
  });

  it('sends its first health message soon after it is online, then every 30 seconds', () => {
    const { time, app, health } = setUp();
    app.start();
    time.advance(3_000);
    assert.equal(health().length, 1);
    time.advance(90_000);
    assert.equal(health().length, 4);
  });

  it('reports every counter and figure in its health', () => {
    const { time, app, health } = setUp();
    app.start();
    time.advance(100);
    app.take([sampleRecord()]);
    time.advance(3000);
    const [first] = health() as [Health];
    for (const name of counterNames) assert.equal(first.counters[name], counterNames.indexOf(name) + 1, name);
    const { sequence, settled, tapLost, traps, connections, outboxPeak, outboxUsed } = first.figures;
    assert.deepEqual(
      { sequence, settled, tapLost, traps, connections, outboxPeak, outboxUsed },
      { sequence: 1, settled: 1, tapLost: 9, traps: 2, connections: 1, outboxPeak: 1, outboxUsed: 0 },
    );
    assert.deepEqual([first.boot, first.clock, first.version, first.configProblem], [5, 'synced', '0.1.0', '']);
  });

  it('sends no health while it is offline, and none that is stale afterwards', () => {
    const { time, broker, app, health } = setUp();
    broker.mode = 'down';
    app.start();
    time.advance(300_000);
    broker.mode = 'up';
    time.advance(70_000);
    const ages = health().map((message) => message.figures.uptime);
    assert.ok(ages.length > 0 && ages.every((uptime) => uptime > 300_000));
  });

  it('puts a valid config to work and reports its version', () => {
    const { time, broker, app, configured, health } = setUp();
    broker.retained.set(configTopic, '{"version":3,"home":["10.0.0.0/8"],"healthSeconds":5}');
    app.start();
    time.advance(8_000);
    assert.deepEqual(
      configured.map((config) => [config.version, config.home]),
      [[3, ['10.0.0.0/8']]],
    );
    assert.equal(health().at(-1)?.figures.configVersion, 3);
    assert.ok(health().length >= 2);
  });

  it('refuses a bad config, says why at once, and keeps the last good one', () => {
    const { time, broker, app, configured, health, said } = setUp();
    app.start();
    time.advance(100);
    broker.send(configTopic, '{"version":3}');
    broker.send(configTopic, '{"version":4,"home":["everything"]}');
    time.advance(100);
    assert.equal(configured.length, 1);
    assert.equal(app.config?.version, 3);
    const last = health().at(-1);
    assert.match(last?.configProblem ?? '', /"everything" is not a CIDR block/);
    assert.deepEqual([last?.figures.configVersion, last?.figures.configRefused], [3, 1]);
    assert.match(said.at(-1) ?? '', /refused, the last good one stays/);
  });

  it('forgets the complaint when a good config follows', () => {
    const { time, broker, app, health } = setUp();
    app.start();
    time.advance(100);
    broker.send(configTopic, 'nonsense');
    broker.send(configTopic, '{"version":1}');
    time.advance(100);
    assert.equal(health().at(-1)?.configProblem, '');
  });

  it('refuses a config older than that in force', () => {
    const { time, broker, app, configured } = setUp({
      version: 7,
      home: [],
      alertsPerMinute: 0,
      healthSeconds: 30,
      evidence: 0,
      bytesPerDay: 0,
      sampleKey: 0,
      watch: [],
    });
    app.start();
    time.advance(100);
    broker.send(configTopic, '{"version":6}');
    time.advance(0);
    assert.equal(configured.length, 0);
    assert.equal(app.refused, 1);
  });

  it('does not start anew for the config it already has, which every connection brings again', () => {
    const { time, broker, app, configured } = setUp();
    broker.retained.set(configTopic, '{"version":1}');
    app.start();
    time.advance(100);
    broker.cut();
    time.advance(5_000);
    assert.equal(broker.connections, 2);
    assert.equal(configured.length, 1);
  });

  it('keeps its config when the retained one is deleted', () => {
    const { time, broker, app } = setUp();
    app.start();
    time.advance(100);
    broker.send(configTopic, '{"version":1}');
    broker.send(configTopic, '');
    time.advance(0);
    assert.equal(app.config?.version, 1);
    assert.equal(app.refused, 0);
  });

  it('takes two configs that come at once one after the other, and counts the bad one of them', () => {
    const { time, broker, app, configured } = setUp();
    app.start();
    time.advance(100);
    for (const text of ['{"version":3}', '{"version":2}', '{"version":4}']) broker.send(configTopic, text);
    time.advance(0);
    assert.deepEqual(
      configured.map(({ version }) => version),
      [3, 4],
    );
    assert.equal(app.refused, 1);
  });

  it('gives up progress before onset and end when there is no room', () => {
    const { app, outbox } = setUp();
    for (let i = 0; i < 600; i++) {
      app.take([sampleRecord({ stage: 'start' }), sampleRecord({ stage: 'progress' })]);
    }
    app.take(Array.from({ length: 300 }, () => sampleRecord({ stage: 'end' })));
    assert.deepEqual(outbox.dropped, { whisper: 0, progress: 1500 - outbox.capacity, alert: 0 });
  });

  it('delivers and reports when it is stopped before it was ever online, and leaves no timer behind', () => {
    const { time, broker, app, health } = setUp();
    app.start();
    app.take([sampleRecord()]);
    let done = false;
    app.stop(5000, () => (done = true));
    time.advance(1000);
    assert.ok(done);
    assert.equal(broker.on('alert').length, 1);
    assert.equal(health().length, 1);
    assert.equal(time.pending, 0);
  });

  it('sends a last health message before it says farewell', () => {
    const { time, broker, app, health } = setUp();
    app.start();
    time.advance(100);
    let done = false;
    app.stop(5000, () => (done = true));
    time.advance(1000);
    assert.ok(done);
    assert.equal(health().length, 1);
    assert.ok(
      broker.arrived.findIndex(({ topic }) => topic.endsWith('health')) <
        broker.arrived.findLastIndex(({ topic }) => topic.endsWith('status')),
    );
    assert.equal(time.pending, 0);
  });
});
