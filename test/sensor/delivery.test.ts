import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { decode } from 'cborg';
import { readHealth } from '../../src/protocol/health.js';
import type { Status } from '../../src/protocol/status.js';
import { readStatus } from '../../src/protocol/status.js';
import type { Running } from './world.js';
import { AedesBroker, Door, Shelf, startSensor, stateDirectory, until } from './world.js';

const names = (boot: number, count: number): string[] => Array.from({ length: count }, (_, i) => `${boot}/${i + 1}`);

describe('The Linux sensor and a real broker', function () {
  this.timeout(20_000);
  let shelf: Shelf;
  let door: Door;
  let broker: AedesBroker;
  let state: ReturnType<typeof stateDirectory>;
  const running: Running[] = [];

  beforeEach(async () => {
    shelf = new Shelf();
    door = await Door.build();
    broker = await AedesBroker.start(shelf);
    door.open(broker.port);
    state = stateDirectory();
  });
  afterEach(async () => {
    for (const { sensor } of running.splice(0)) await sensor.stop();
    await door.remove();
    await broker.kill();
    state.remove();
  });
  const start = async (...changes: Parameters<typeof startSensor> extends [string, string, ...infer R] ? R : never) => {
    const started = await startSensor(door.url, state.path, ...changes);
    running.push(started);
    return started;
  };
  const statuses = (): Status[] => shelf.on('status').map((payload) => readStatus(payload.toString()));

  it('delivers a record as an alert that reads back', async () => {
    const { input, sensor } = await start();
    input.feed(1);
    await until('an alert', () => shelf.copies.length === 1);
    assert.equal(shelf.copies[0]?.name, `${sensor.outbox.boot}/1`);
    assert.equal(shelf.copies[0]?.record.source, '203.0.113.7');
  });

  it('delivers many records once each, in their order, when nothing goes wrong', async () => {
    const { input, sensor } = await start();
    for (let i = 0; i < 20; i++) input.feed(25);
    await until('500 alerts', () => shelf.copies.length >= 500 && sensor.outbox.used === 0);
    assert.deepEqual(
      shelf.copies.map((copy) => copy.name),
      names(sensor.outbox.boot, 500),
    );
  });

  it('loses nothing when the broker is killed and started again, and again', async () => {
    const { input, sensor } = await start();
    for (let round = 1; round <= 5; round++) {
      input.feed(60);
      await until('some alerts', () => shelf.names.size > (round - 1) * 60 + 10);
      door.shut();
      await broker.kill();
      input.feed(40);
      broker = await AedesBroker.start(shelf);
      door.open(broker.port);
      await until(`round ${round}`, () => shelf.names.size === round * 100);
    }
    await until('an empty outbox', () => sensor.outbox.used === 0);
    assert.deepEqual([...shelf.names].sort(), names(sensor.outbox.boot, 500).sort());
    assert.equal(sensor.app.uplink.connections, 6);
  });

  it('names every message once: copies that share a name are the same message', async () => {
    const { input, sensor } = await start();
    for (let i = 0; i < 30; i++) {
      input.feed(20);
      await until('progress', () => shelf.names.size >= i * 20);
      door.cut();
    }
    await until('all alerts', () => shelf.names.size === 600 && sensor.outbox.used === 0);
    const byName = new Map<string, unknown>();
    for (const { name, record } of shelf.copies) {
      if (byName.has(name)) assert.deepEqual(record, byName.get(name));
      byName.set(name, record);
    }
    assert.deepEqual([...shelf.names].sort(), names(sensor.outbox.boot, 600).sort());
    const targets = shelf.copies.map(({ name, record }) => `${name.split('/')[1]}=${record.targets}`);
    for (const pair of targets) assert.match(pair, /^(\d+)=\1$/);
  });

  it('delivers after a restart what the run before could not, under its old boot', async () => {
    door.shut();
    const first = await start();
    first.input.feed(30);
    await until('30 messages held', () => first.sensor.outbox.used === 30);
    // The process dies: nothing is shut down properly, only the lock is released.
    const copy = stateDirectory();
    cpSync(state.path, copy.path, { recursive: true });
    door.open(broker.port);
    const second = await startSensor(door.url, copy.path);
    running.push(second);
    second.input.feed(5);
    await until('35 alerts', () => shelf.names.size >= 35);
    const { boot } = first.sensor.outbox;
    const next = second.sensor.outbox.boot;
    assert.ok(next > boot);
    for (const name of [...names(boot, 30), ...names(next, 5)]) assert.ok(shelf.names.has(name), name);
    assert.match(second.said[0] ?? '', /30 messages are left from an earlier run/);
    await second.sensor.stop();
    copy.remove();
  });

  it('is born online, says farewell when stopped, and leaves no will', async () => {
    const { sensor } = await start();
    await until('a birth', () => statuses().length === 1);
    await sensor.stop();
    const [birth, farewell, ...more] = statuses();
    assert.deepEqual(
      [birth?.state, birth?.connection, farewell?.state, farewell?.reason],
      ['online', 1, 'offline', 'stopped'],
    );
    assert.equal(birth?.boot, sensor.outbox.boot);
    assert.deepEqual(more, []);
  });

  it('has the broker say its will, with boot and connection, when the connection breaks', async () => {
    const { sensor } = await start();
    await until('a birth', () => statuses().length === 1);
    door.cut();
    await until('a will and the next birth', () => statuses().length >= 3);
    const will = statuses().find((status) => status.state === 'offline');
    assert.deepEqual([will?.reason, will?.boot, will?.connection], ['lost', sensor.outbox.boot, 1]);
    await until('the retained status of the second connection', () => statuses().at(-1)?.state === 'online');
    assert.equal(statuses().at(-1)?.connection, 2);
  });

  it('reports its health soon after it is online', async () => {
    const { input } = await start();
    input.lostFrames = 4;
    input.feed(3);
    await until('a health message', () => shelf.on('health').length > 0);
    const health = readHealth(decode(shelf.on('health')[0] as Buffer, { useMaps: true }));
    assert.equal(health.counters.frames, 3);
    assert.deepEqual([health.figures.tapLost, health.figures.sequence, health.figures.settled], [4, 3, 3]);
    assert.ok(health.figures.uptime > 0);
  });

  it('takes a retained config: the engine it has goes on with its blocks, its episodes and its counters', async () => {
    const { input, engines, loads, sensor } = await start({ home: ['10.0.0.0/8'] });
    input.feed(3);
    await until('3 alerts', () => shelf.names.size === 3);
    await broker.publish('blockwatch/1/berlin/tap/config', '{"version":1,"home":["192.0.2.0/24"],"alertsPerMinute":7}');
    await until('the engine to be told', () => engines[0]?.configs.length === 1);
    input.feed(2);
    await until('5 alerts', () => shelf.names.size === 5);
    assert.deepEqual(loads, [{ home: ['10.0.0.0/8'] }]);
    assert.deepEqual(engines[0]?.configs, [{ home: ['192.0.2.0/24'], alertsPerMinute: 7 }]);
    assert.deepEqual(
      shelf.copies.map((copy) => copy.record.episode),
      [1, 2, 3, 4, 5],
    );
    assert.equal(sensor.app.config?.version, 1);
    await sensor.stop();
    const last = readHealth(decode(shelf.on('health').at(-1) as Buffer, { useMaps: true }));
    assert.deepEqual([last.counters.frames, last.counters.sourcesUsed], [5, 5]);
  });

  it('refuses a config that does not validate, says why in its health, and goes on', async () => {
    const { input, loads } = await start();
    await until('a birth', () => statuses().length === 1);
    await broker.publish('blockwatch/1/berlin/tap/config', '{"version":1,"home":["10.0.0.1/8"]}');
    await until('a health message', () => shelf.on('health').length > 0);
    const health = readHealth(decode(shelf.on('health')[0] as Buffer, { useMaps: true }));
    assert.match(health.configProblem, /10\.0\.0\.1\/8/);
    assert.equal(loads.length, 1);
    input.feed(1);
    await until('an alert', () => shelf.copies.length === 1);
  });

  it('starts the next run with the config it had', async () => {
    const first = await start();
    await until('a birth', () => statuses().length === 1);
    await broker.publish('blockwatch/1/berlin/tap/config', '{"version":4,"home":["192.0.2.0/24"]}');
    await until('the engine to be told', () => first.engines[0]?.configs.length === 1);
    await first.sensor.stop();
    door.shut();
    const second = await start();
    assert.deepEqual(second.loads, [{ home: ['192.0.2.0/24'] }]);
  });

  it('explains in plain words why it has no connection', async () => {
    broker.aedes.authenticate = (_client, _user, _password, callback) => {
      callback(Object.assign(new Error('no'), { returnCode: 4 }) as never, false);
    };
    const refused = await start();
    await until('a refusal', () => refused.said.some((sentence) => /refuses the user or the password/.test(sentence)));
    await refused.sensor.stop();
    const { url } = door;
    await door.remove();
    const alone = await startSensor(url, state.path);
    running.push(alone);
    await until('a failure', () => alone.said.some((sentence) => /nothing listens there/.test(sentence)));
    door = await Door.build();
  });

  it('sends what a file holds, then stops by itself', async () => {
    const { input, sensor, engines } = await start();
    input.live = false;
    input.feed(700);
    input.close();
    await sensor.ended;
    assert.deepEqual([...shelf.names].sort(), names(sensor.outbox.boot, 700).sort());
    assert.equal(engines[0]?.flushed, 1);
    assert.equal(statuses().at(-1)?.reason, 'stopped');
  });

  it('waits with a file that holds more than the outbox until the broker is there', async () => {
    door.shut();
    const { input, sensor } = await start({ capacity: 64 });
    input.live = false;
    for (let i = 0; i < 50; i++) input.feed(10);
    input.close();
    await until('a half full outbox', () => sensor.outbox.used > 32);
    door.open(broker.port);
    await sensor.ended;
    assert.equal(shelf.names.size, 500);
    assert.deepEqual(sensor.outbox.dropped, { whisper: 0, progress: 0, alert: 0 });
  });

  it('sends what it found before its input failed, and then says what failed', async () => {
    const { input, sensor } = await start();
    input.feed(3);
    input.fail(new Error('the tap is gone'));
    await assert.rejects(sensor.ended, /the tap is gone/);
    assert.equal(shelf.names.size, 3);
    assert.equal(statuses().at(-1)?.reason, 'stopped');
  });

  it('stays connected after the end of its input where that is asked for', async () => {
    const { input, sensor } = await start({ atEnd: 'stay' });
    input.feed(2);
    input.close();
    await until('2 alerts', () => shelf.names.size === 2 && sensor.outbox.used === 0);
    assert.equal(sensor.app.uplink.state, 'online');
    await sensor.stop();
    assert.equal(statuses().at(-1)?.reason, 'stopped');
  });
});
