import assert from 'node:assert/strict';
import { decode } from 'cborg';
import type { MessageClass } from '../../src/app/core/outbox.js';
import { Outbox } from '../../src/app/core/outbox.js';
import { HEALTH_STRETCH, Quota } from '../../src/app/core/quota.js';
import { SensorApp } from '../../src/app/core/sensor.js';
import { Uplink } from '../../src/app/core/uplink.js';
import { readHealth } from '../../src/protocol/health.js';
import { seededRandom } from '../support/samples.js';
import { FakeBroker, FakeTime } from './world.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** What a message of 34 bytes costs with all around it. */
const SMALL = 34;
const COST = 100;

const quota = (perDay: number): { time: FakeTime; quota: Quota } => {
  const time = new FakeTime();
  const one = new Quota(() => time.uptime());
  one.set(perDay);
  return { time, quota: one };
};
const allowed = (one: Quota): MessageClass[] =>
  (['alert', 'progress', 'whisper'] as const).filter((name) => one.may(name));
const spend = (one: Quota, bytes: number): void => {
  for (let left = bytes; left > 0; left -= COST) one.spend(SMALL);
};

describe('The quota', () => {
  it('is none until it is set, and counts all the same', () => {
    const { quota: one } = quota(0);
    spend(one, 1_000_000);
    assert.deepEqual(allowed(one), ['alert', 'progress', 'whisper']);
    assert.deepEqual([one.sent, one.low], [1_000_000, false]);
  });

  it('lets whispers wait in the lower half, progress in the lower quarter, alerts when nothing is left', () => {
    const { time, quota: one } = quota(100_000);
    time.advance(DAY);
    assert.deepEqual(allowed(one), ['alert', 'progress', 'whisper']);
    spend(one, 50_000);
    assert.deepEqual([allowed(one), one.low], [['alert', 'progress'], true]);
    spend(one, 25_000);
    assert.deepEqual(allowed(one), ['alert']);
    spend(one, 25_000);
    assert.deepEqual(allowed(one), []);
  });

  it('is filled by time, and holds no more than a day', () => {
    const { time, quota: one } = quota(100_000);
    time.advance(40 * DAY);
    spend(one, 100_000);
    assert.deepEqual(allowed(one), []);
    time.advance(HOUR);
    assert.deepEqual(allowed(one), ['alert']);
    time.advance(6 * HOUR);
    assert.deepEqual(allowed(one), ['alert', 'progress']);
    time.advance(6 * HOUR);
    assert.deepEqual(allowed(one), ['alert', 'progress', 'whisper']);
  });

  it("spends in a month no more than a month's days and the day it may save up, whoever asks for whatever", () => {
    const { time, quota: one } = quota(100_000);
    const random = seededRandom(3);
    for (let hour = 0; hour < 30 * 24; hour++) {
      for (let i = Math.floor(random() * 200); i > 0 && one.may('alert'); i--) one.spend(SMALL);
      time.advance(HOUR);
    }
    assert.ok(one.sent <= 31 * 100_000, `${one.sent}`);
    assert.ok(one.sent >= 29 * 100_000, `${one.sent}`);
  });

  it('is three quarters full at the start, so that starting over and over gains little', () => {
    const { quota: one } = quota(100_000);
    spend(one, 25_000);
    assert.deepEqual(allowed(one), ['alert', 'progress']);
  });

  it('keeps the share of the day that is left when it is changed', () => {
    const { time, quota: one } = quota(100_000);
    time.advance(DAY);
    spend(one, 60_000);
    one.set(1_000_000);
    assert.deepEqual(allowed(one), ['alert', 'progress']);
    spend(one, 150_000);
    assert.deepEqual(allowed(one), ['alert']);
    one.set(0);
    assert.deepEqual(allowed(one), ['alert', 'progress', 'whisper']);
  });

  it('owes at most a day for what had to be sent', () => {
    const { time, quota: one } = quota(10_000);
    spend(one, 10_000_000);
    time.advance(DAY + HOUR);
    assert.deepEqual(allowed(one), ['alert']);
  });
});

function online(bytesPerDay: number) {
  const time = new FakeTime();
  const broker = new FakeBroker(time, seededRandom(1));
  const outbox = new Outbox({ boot: 5, capacity: 100 });
  const uplink = new Uplink({
    site: 'berlin',
    sensor: 'tap',
    version: '0.1.0',
    outbox,
    connector: broker,
    clock: time,
    timers: time,
    random: () => 0.5,
    received: () => {},
  });
  uplink.quota.set(bytesPerDay);
  uplink.start();
  time.advance(100);
  const put = (name: MessageClass): void => {
    outbox.enqueue(name, () => new Uint8Array(70));
    uplink.pump();
    time.advance(20);
  };
  return { time, broker, outbox, uplink, put };
}

describe('The uplink under a quota', () => {
  it('sends alerts while whispers wait, and the whispers when there is room again, without anybody asking', () => {
    const { time, broker, outbox, put } = online(40_000);
    for (let i = 0; i < 120; i++) put('whisper');
    const before = broker.on('whisper').length;
    assert.ok(before > 20 && before < 120, `${before} whispers`);
    put('alert');
    assert.deepEqual([broker.on('alert').length, outbox.waiting], [1, 119 - before + 1 - 0 - outbox.dropped.whisper]);
    time.advance(2 * HOUR);
    assert.ok(broker.on('whisper').length > before);
    time.advance(2 * DAY);
    assert.equal(outbox.used, 0);
  });

  it('sends all of it where there is none', () => {
    const { broker, outbox, put } = online(0);
    for (let i = 0; i < 120; i++) put('whisper');
    assert.deepEqual([broker.on('whisper').length, outbox.used], [120, 0]);
  });

  it('is heard of however little is left: a birth is always sent', () => {
    const { time, broker, uplink } = online(1_000);
    for (let i = 0; i < 20; i++) {
      broker.cut();
      time.advance(70_000);
    }
    assert.equal(uplink.state, 'online');
    assert.equal(uplink.connections, 21);
  });

  it('leaves no timer behind when it stops', () => {
    const { time, outbox, uplink, put } = online(4_000);
    for (let i = 0; i < 50; i++) put('whisper');
    assert.ok(outbox.waiting > 0);
    uplink.stop(1_000, () => {});
    time.advance(2_000);
    assert.equal(time.pending, 0);
  });
});

describe('The sensor app under a quota', () => {
  it('takes it from its config, sends health a tenth as often when it is low, and says so', () => {
    const time = new FakeTime();
    const broker = new FakeBroker(time, seededRandom(1));
    const outbox = new Outbox({ boot: 5, capacity: 100 });
    const app = new SensorApp({
      site: 'berlin',
      sensor: 'tap',
      version: '0.1.0',
      outbox,
      connector: broker,
      clock: time,
      timers: time,
      random: () => 0.5,
      engine: { counters: () => ({}), traps: 0, framesLost: 0 },
      configure: () => {},
      config: {
        version: 1,
        home: [],
        alertsPerMinute: 0,
        healthSeconds: 30,
        evidence: 0,
        bytesPerDay: 50_000,
        sampleKey: 0,
        watch: [],
      },
    });
    app.start();
    time.advance(2 * DAY);
    const all = broker.on('health').map(({ payload }) => readHealth(decode(payload as Uint8Array, { useMaps: true })));
    // A message each 30 s would be 5,760.
    assert.ok(all.length > 300 && all.length < 1_500, `${all.length} health messages`);
    assert.ok(all.some(({ figures }) => figures.healthSeconds === 30 * HEALTH_STRETCH));
    const last = all.at(-1);
    assert.ok(
      (last?.figures.bytesSent ?? 0) > 10_000 && (last?.figures.bytesSent ?? 0) < 3 * 50_000 + 100 * 300,
      String(last?.figures.bytesSent),
    );
    for (let i = 1; i < all.length; i++) {
      const [one, next] = [all[i - 1], all[i]];
      assert.ok(
        (next?.time ?? 0) - (one?.time ?? 0) <= (one?.figures.healthSeconds ?? 0) * 1000 * 1.2 + 2_500,
        'a message came later than the one before it said',
      );
    }
  });
});
