import assert from 'node:assert/strict';
import { decode } from 'cborg';
import { Outbox } from '../../src/app/core/outbox.js';
import type { ConnectionEvents, Connector } from '../../src/app/core/ports.js';
import type { UplinkState } from '../../src/app/core/uplink.js';
import { Uplink, uplinkDefaults } from '../../src/app/core/uplink.js';
import { encodeAlert, readAlert } from '../../src/protocol/alert.js';
import { birth, encodeStatus, readStatus, will } from '../../src/protocol/status.js';
import { sampleRecord, seededRandom } from '../support/samples.js';
import { FakeBroker, FakeTime } from './world.js';

const status = 'blockwatch/1/berlin/tap/status';

function setUp(options: { seed?: number; random?: () => number; capacity?: number; boot?: number } = {}) {
  const time = new FakeTime();
  const broker = new FakeBroker(time, seededRandom(options.seed ?? 1));
  const outbox = new Outbox({ boot: options.boot ?? 5, capacity: options.capacity ?? 5000 });
  const states: UplinkState[] = [];
  const details: string[] = [];
  const received: [string, string][] = [];
  const uplink = new Uplink({
    site: 'berlin',
    sensor: 'tap',
    version: '0.1.0',
    outbox,
    connector: broker,
    clock: time,
    timers: time,
    random: options.random ?? (() => 0.5),
    received: (messageType, text) => received.push([messageType, text]),
    changed: (state, detail) => {
      states.push(state);
      if (detail) details.push(detail);
    },
  });
  const alert = (): void => {
    const record = sampleRecord();
    outbox.enqueue('alert', (sequence) => encodeAlert(record, { boot: outbox.boot, sequence, clock: 'synced' }));
    uplink.pump();
  };
  const arrived = (): number[] =>
    broker.on('alert').map(({ payload }) => readAlert(decode(payload as Uint8Array, { useMaps: true })).sequence);
  return { time, broker, outbox, uplink, states, details, received, alert, arrived };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const distinct = (numbers: number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);

describe('The uplink', () => {
  it('connects, says its birth, subscribes, and only then sends alerts', () => {
    const { time, broker, uplink, states, alert } = setUp();
    alert();
    uplink.start();
    time.advance(100);
    assert.deepEqual(states, ['connecting', 'introducing', 'online']);
    assert.deepEqual(
      broker.arrived.map(({ topic, retain }) => [topic, retain]),
      [
        [status, true],
        ['blockwatch/1/berlin/tap/alert', false],
      ],
    );
    assert.deepEqual(
      broker.subscribed.map((topic) => topic.split('/').pop()),
      ['config', 'command', 'status'],
    );
    const { state, boot, connection } = readStatus(broker.retained.get(status) as string);
    assert.deepEqual({ state, boot, connection }, { state: 'online', boot: 5, connection: 1 });
  });

  it('sends whispers on their own topic', () => {
    const { time, broker, outbox, uplink } = setUp();
    uplink.start();
    time.advance(100);
    outbox.enqueue('whisper', () => new Uint8Array(1));
    uplink.pump();
    time.advance(100);
    assert.equal(broker.on('whisper').length, 1);
    assert.equal(broker.on('alert').length, 0);
  });

  it('leaves a will that names boot and connection', () => {
    const { time, broker, uplink } = setUp();
    uplink.start();
    time.advance(100);
    broker.cut();
    time.advance(2000);
    broker.cut();
    const wills = broker.wills.map((text) => readStatus(text));
    assert.deepEqual(
      wills.map((w) => [w.state, w.reason, w.boot, w.connection]),
      [
        ['offline', 'lost', 5, 1],
        ['offline', 'lost', 5, 2],
      ],
    );
  });

  it('sends again what was not acknowledged when the connection broke, under the same number', () => {
    const { time, broker, outbox, uplink, alert, arrived } = setUp();
    uplink.start();
    time.advance(100);
    broker.faults.dropAcknowledgement = 1;
    for (let i = 0; i < 5; i++) alert();
    time.advance(10);
    assert.deepEqual(arrived(), upTo(5));
    broker.faults.dropAcknowledgement = 0;
    broker.cut();
    time.advance(2000);
    assert.deepEqual(arrived(), [...upTo(5), ...upTo(5)]);
    assert.deepEqual([outbox.used, outbox.resent], [0, 5]);
  });

  it('takes a connection for dead when one acknowledgement stays out, though others come', () => {
    const { time, broker, uplink, alert, details, arrived } = setUp();
    uplink.start();
    time.advance(100);
    broker.faults.dropAcknowledgement = 1;
    alert();
    time.advance(10);
    broker.faults.dropAcknowledgement = 0;
    for (let i = 0; i < 100; i++) {
      alert();
      time.advance(uplinkDefaults.acknowledgeTimeout / 50);
    }
    assert.match(details[0] ?? '', /does not acknowledge/);
    assert.deepEqual(distinct(arrived()), upTo(101));
    assert.equal(arrived().filter((sequence) => sequence === 1).length, 2);
  });

  it('gives up on a broker that accepts the socket and never answers', () => {
    const { time, broker, uplink, states, details } = setUp();
    broker.mode = 'mute';
    uplink.start();
    time.advance(uplinkDefaults.connectTimeout);
    assert.deepEqual(states, ['connecting', 'waiting']);
    assert.match(details[0] ?? '', /did not answer/);
  });

  it('waits longer after each failure, with full jitter, up to the cap', () => {
    const { time, broker, uplink, details } = setUp({ random: () => 0.999 });
    broker.mode = 'down';
    uplink.start();
    time.advance(600_000);
    const waits = details.map((detail) => Number(/in ([\d.]+) s/.exec(detail)?.[1]));
    assert.deepEqual(waits.slice(0, 8), [1, 2, 4, 8, 16, 32, 59.9, 59.9]);
  });

  it('may come back at once, by the luck of the jitter', () => {
    const { time, broker, uplink, details } = setUp({ random: () => 0 });
    broker.mode = 'down';
    uplink.start();
    time.advance(11);
    assert.match(details[0] ?? '', /in 0\.0 s/);
  });

  it('starts the backoff anew after a connection that lasted', () => {
    const { time, broker, uplink, details } = setUp({ random: () => 0.999 });
    broker.mode = 'down';
    uplink.start();
    time.advance(40_000);
    broker.mode = 'up';
    time.advance(100_000);
    assert.equal(uplink.state, 'online');
    broker.cut();
    assert.match(details.at(-1) ?? '', /in 1\.0 s/);
  });

  it('does not start the backoff anew for a broker that accepts and throws out', () => {
    const { time, broker, uplink } = setUp({ random: () => 0.999 });
    broker.faults.cut = 1;
    uplink.start();
    time.advance(60_000);
    assert.ok(broker.connections < 8, `${broker.connections} connections in a minute`);
  });

  it('loses nothing while the broker is away for a day', () => {
    const { time, broker, outbox, uplink, alert, arrived } = setUp();
    uplink.start();
    time.advance(100);
    broker.mode = 'down';
    broker.cut();
    for (let hour = 0; hour < 24; hour++) {
      for (let i = 0; i < 20; i++) alert();
      time.advance(3_600_000);
    }
    assert.deepEqual(arrived(), []);
    broker.mode = 'up';
    time.advance(120_000);
    assert.deepEqual(arrived(), upTo(480));
    assert.equal(outbox.used, 0);
  });

  it('leaves visible holes, and only of the lesser classes, when the broker is away too long for its room', () => {
    const { time, broker, outbox, uplink, arrived } = setUp({ capacity: 100 });
    broker.mode = 'down';
    uplink.start();
    const add = (name: 'alert' | 'progress' | 'whisper'): void => {
      const record = sampleRecord();
      outbox.enqueue(name, (sequence) => encodeAlert(record, { boot: 5, sequence, clock: 'synced' }));
      uplink.pump();
    };
    for (let i = 0; i < 90; i++) {
      add('alert');
      add('progress');
      add('whisper');
    }
    broker.mode = 'up';
    time.advance(120_000);
    assert.deepEqual(outbox.dropped, { whisper: 90, progress: 80, alert: 0 });
    const alerts = arrived().filter((sequence) => sequence % 3 === 1);
    assert.equal(alerts.length, 90);
    assert.equal(outbox.settled, 270);
  });

  for (const seed of upTo(40)) {
    it(`delivers everything at least once, in whatever weather (seed ${seed})`, () => {
      const { time, broker, outbox, uplink, alert, arrived } = setUp({ seed, random: seededRandom(seed + 1000) });
      broker.faults = {
        dropMessage: 0.02,
        dropAcknowledgement: 0.05,
        repeatAcknowledgement: 0.1,
        repeatMessage: 0.1,
        cut: 0.05,
      };
      const weather = seededRandom(seed + 2000);
      uplink.start();
      for (let i = 0; i < 150; i++) {
        alert();
        broker.mode = weather() < 0.8 ? 'up' : weather() < 0.5 ? 'down' : 'mute';
        if (weather() < 0.1) broker.cut();
        time.advance(Math.floor(weather() * 3000));
      }
      broker.mode = 'up';
      broker.faults = { dropMessage: 0, dropAcknowledgement: 0, repeatAcknowledgement: 0, repeatMessage: 0, cut: 0 };
      time.advance(600_000);
      assert.deepEqual(distinct(arrived()), upTo(150));
      assert.equal(outbox.used, 0);
      const sum = outbox.dropped.alert + outbox.dropped.progress + outbox.dropped.whisper;
      assert.equal(sum, 0);
    });
  }

  it('hands on config and command, retained ones on every connection', () => {
    const { time, broker, uplink, received } = setUp();
    broker.retained.set('blockwatch/1/berlin/tap/config', '{"version":1}');
    uplink.start();
    time.advance(100);
    broker.send('blockwatch/1/berlin/tap/command', 'hello');
    assert.deepEqual(received, [
      ['config', '{"version":1}'],
      ['command', 'hello'],
    ]);
  });

  it('mends the retained status when the will of an older connection came after the birth', () => {
    const { time, broker, uplink } = setUp();
    uplink.start();
    time.advance(100);
    const old = will({ boot: 4, connection: 8, version: '0.1.0', clock: 'synced', time: 1 });
    broker.send(status, encodeStatus(old));
    time.advance(100);
    assert.equal(readStatus(broker.retained.get(status) as string).state, 'online');
  });

  it('mends it after the will of another boot too, whatever its number', () => {
    for (const boot of [4, 6]) {
      const { time, broker, uplink } = setUp();
      uplink.start();
      time.advance(100);
      broker.send(status, encodeStatus(will({ boot, connection: 8, version: '0.1.0', clock: 'synced', time: 1 })));
      time.advance(100);
      const { state, boot: mended } = readStatus(broker.retained.get(status) as string);
      assert.deepEqual([state, mended], ['online', 5]);
    }
  });

  it('does not fight over the status with another sensor of its name', () => {
    const { time, broker, uplink } = setUp();
    uplink.start();
    time.advance(100);
    const later = birth({ boot: 6, connection: 1, version: '0.1.0', clock: 'synced', time: 1 });
    broker.send(status, encodeStatus(later));
    time.advance(100);
    assert.equal(readStatus(broker.retained.get(status) as string).boot, 6);
  });

  it('passes over a status that makes no sense', () => {
    const { time, broker, uplink } = setUp();
    uplink.start();
    time.advance(100);
    broker.send(status, 'nonsense');
    time.advance(100);
    assert.equal(broker.retained.get(status), 'nonsense');
    assert.equal(uplink.state, 'online');
  });

  it('sends a health message only while it is online', () => {
    const { time, broker, uplink } = setUp();
    assert.equal(uplink.publish('health', new Uint8Array(1)), false);
    uplink.start();
    time.advance(100);
    assert.equal(uplink.publish('health', new Uint8Array(1)), true);
    time.advance(100);
    assert.equal(broker.on('health').length, 1);
  });
});

describe('A connection that was given up', () => {
  /** Keeps all connections and their events at hand, so that one can speak after its time. */
  function setUpByHand() {
    const time = new FakeTime();
    const outbox = new Outbox({ boot: 5 });
    const made: { events: ConnectionEvents; acknowledgements: (() => void)[]; topics: string[] }[] = [];
    const connector: Connector = {
      connect: (_will, events) => {
        const connection = { events, acknowledgements: [] as (() => void)[], topics: [] as string[] };
        made.push(connection);
        return {
          publish: (topic, _payload, _retain, acknowledged) => {
            connection.topics.push(topic);
            connection.acknowledgements.push(acknowledged);
          },
          subscribe: () => {},
          end: (done) => done(),
          abort: () => {},
        };
      },
    };
    const received: string[] = [];
    const uplink = new Uplink({
      site: 'berlin',
      sensor: 'tap',
      version: '0.1.0',
      outbox,
      connector,
      clock: time,
      timers: time,
      random: () => 0.5,
      received: (_leaf, text) => received.push(text),
    });
    uplink.start();
    time.advance(uplinkDefaults.connectTimeout + uplinkDefaults.backoffFirst);
    assert.equal(made.length, 2);
    const [first, second] = made as [(typeof made)[0], (typeof made)[0]];
    return { time, outbox, uplink, first, second, received };
  }

  it('is not taken for the present one when it opens late', () => {
    const { uplink, first, second } = setUpByHand();
    first.events.opened();
    assert.deepEqual([uplink.state, uplink.connections, second.topics.length], ['connecting', 0, 0]);
  });

  it('does not end the present one when it closes late', () => {
    const { uplink, first, second } = setUpByHand();
    second.events.opened();
    second.acknowledgements[0]?.();
    first.events.closed('late');
    assert.equal(uplink.state, 'online');
  });

  it('a connection that was given up delivers no config', () => {
    const { first, second, received } = setUpByHand();
    second.events.opened();
    first.events.message('blockwatch/1/berlin/tap/config', 'late');
    assert.deepEqual(received, []);
  });

  it('a connection that was given up acknowledges nothing', () => {
    const { time, outbox, uplink, second } = setUpByHand();
    second.events.opened();
    second.acknowledgements[0]?.();
    outbox.enqueue('alert', () => new Uint8Array(1));
    uplink.pump();
    const late = second.acknowledgements[1] as () => void;
    second.events.closed('reset');
    const before = outbox.take();
    late();
    assert.deepEqual([before?.sequence, outbox.used], [1, 1]);
    assert.ok(time.pending > 0);
  });
});

describe('Stopping the uplink', () => {
  it('sends what is left, says farewell, and leaves no will behind', () => {
    const { time, broker, uplink, alert, arrived, states } = setUp();
    uplink.start();
    time.advance(100);
    for (let i = 0; i < 40; i++) alert();
    let done = 0;
    uplink.stop(5000, () => done++);
    time.advance(1000);
    assert.equal(done, 1);
    assert.deepEqual(arrived(), upTo(40));
    const last = readStatus(broker.retained.get(status) as string);
    assert.deepEqual([last.state, last.reason], ['offline', 'stopped']);
    assert.deepEqual([broker.wills.length, broker.farewells], [0, 1]);
    assert.deepEqual(states.slice(-2), ['leaving', 'stopped']);
    assert.equal(time.pending, 0);
  });

  it('still connects to deliver what it holds', () => {
    const { time, uplink, alert, arrived } = setUp();
    alert();
    uplink.start();
    let done = 0;
    uplink.stop(5000, () => done++);
    time.advance(1000);
    assert.equal(done, 1);
    assert.deepEqual(arrived(), [1]);
  });

  it('goes at once when there is nothing to deliver and no connection', () => {
    const { time, broker, uplink } = setUp();
    broker.mode = 'down';
    uplink.start();
    time.advance(10);
    let done = 0;
    uplink.stop(5000, () => done++);
    assert.equal(done, 1);
    assert.equal(time.pending, 0);
  });

  it('says farewell even when it is stopped between birth and its acknowledgement', () => {
    const { time, broker, uplink } = setUp();
    uplink.start();
    time.advance(6);
    assert.equal(uplink.state, 'introducing');
    let done = 0;
    uplink.stop(5000, () => done++);
    time.advance(1000);
    assert.equal(done, 1);
    assert.equal(readStatus(broker.retained.get(status) as string).reason, 'stopped');
  });

  it('gives up when its patience is over, and keeps what was not acknowledged', () => {
    const { time, broker, outbox, uplink, alert } = setUp();
    uplink.start();
    time.advance(100);
    broker.faults.dropAcknowledgement = 1;
    alert();
    let done = 0;
    uplink.stop(5000, () => done++);
    time.advance(4999);
    assert.equal(done, 0);
    time.advance(100);
    assert.deepEqual([done, outbox.used, uplink.state], [1, 1, 'stopped']);
    assert.equal(time.pending, 0);
  });

  it('goes when the connection breaks during the farewell', () => {
    const { time, broker, uplink } = setUp();
    uplink.start();
    time.advance(100);
    let done = 0;
    uplink.stop(5000, () => done++);
    broker.cut();
    assert.equal(done, 1);
    assert.equal(uplink.state, 'stopped');
  });

  it('calls back once, before it was ever started too', () => {
    const { time, uplink } = setUp();
    let done = 0;
    uplink.stop(5000, () => done++);
    time.advance(10_000);
    assert.equal(done, 1);
  });
});
