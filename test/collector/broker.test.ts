import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { connect as connectSocket, createServer } from 'node:net';
import type { IClientOptions, MqttClient } from 'mqtt';
import { connect, connectAsync } from 'mqtt';
import type { Broker } from '../../host/collector/intake/broker.js';
import { checkLoopback, startBroker } from '../../host/collector/intake/broker.js';
import type { Arrival } from '../../host/collector/rules/decode.js';
import { UserError } from '../../host/common/errors.js';
import { listen, parseAddress } from '../../host/common/listen.js';
import type { TestCollector } from '../support/collector.js';
import { alert, clientOf, health, scratch, status, testCollector, topicOf, until } from '../support/collector.js';

const loopback = { host: '127.0.0.1', port: 0, option: '--mqtt' };

describe('the embedded broker', () => {
  let broker: Broker;
  let accept: (arrival: Arrival) => Promise<void>;
  const clients: MqttClient[] = [];
  const client = async (options: IClientOptions = {}): Promise<MqttClient> => {
    const one = await connectAsync(broker.url, { clientId: clientOf(), reconnectPeriod: 0, ...options });
    one.on('error', () => {});
    clients.push(one);
    return one;
  };

  beforeEach(async () => {
    accept = async () => {};
    broker = await startBroker({ listen: loopback, accept: (arrival) => accept(arrival) });
  });
  afterEach(async () => {
    for (const one of clients.splice(0)) one.end(true);
    await broker.close();
  });

  it('acknowledges a message only after it is stored', async () => {
    let store!: () => void;
    accept = () => new Promise((resolve) => (store = resolve));
    const sensor = await client();
    let acknowledged = false;
    const publishing = sensor.publishAsync(topicOf('alert'), 'x', { qos: 1 }).then(() => (acknowledged = true));
    await until(() => store);
    // An answered ping would prove nothing; another client's message shows that the broker is working.
    accept = async () => {};
    const other = await client({ clientId: clientOf({ sensor: 'tap-2' }) });
    await other.publishAsync(topicOf('alert', { sensor: 'tap-2' }), 'y', { qos: 1 });
    assert.equal(acknowledged, false);
    store();
    await publishing;
    assert.equal(acknowledged, true);
  });

  it('does not acknowledge an unstored message, but ends the connection so that the sensor resends it', async () => {
    accept = () => Promise.reject(new Error('the store is away'));
    const sensor = await client();
    let acknowledged = false;
    sensor.publish(topicOf('alert'), 'x', { qos: 1 }, (error) => (acknowledged = !error));
    await new Promise<void>((resolve) => sensor.once('close', () => resolve()));
    assert.equal(acknowledged, false);
  });

  it('does so for QoS 2 and for QoS 0 as well', async () => {
    const seen: string[] = [];
    accept = async ({ payload }) => void seen.push(Buffer.from(payload).toString());
    const sensor = await client();
    await sensor.publishAsync(topicOf('alert'), 'two', { qos: 2 });
    await sensor.publishAsync(topicOf('alert'), 'zero', { qos: 0 });
    await until(() => seen.length === 2);
    assert.deepEqual(seen.sort(), ['two', 'zero']);
  });

  it('hands over the will of a sensor that vanishes', async () => {
    const seen: Arrival[] = [];
    accept = async (arrival) => void seen.push(arrival);
    const sensor = await client({
      will: { topic: topicOf('status'), payload: Buffer.from('gone'), qos: 1, retain: true },
    });
    sensor.stream.destroy();
    await until(() => seen.length === 1);
    assert.equal(Buffer.from((seen[0] as Arrival).payload).toString(), 'gone');
  });

  it('keeps a session while a sensor is away: a config waits for it', async () => {
    const options = { clean: false };
    const sensor = await client(options);
    await sensor.subscribeAsync(topicOf('config'), { qos: 1 });
    await sensor.endAsync();
    const operator = await client({ clientId: 'operator' });
    await operator.publishAsync(topicOf('config'), '{"version":1}', { qos: 1, retain: true });
    const again = connect(broker.url, { clientId: clientOf(), ...options });
    clients.push(again);
    const topic = await new Promise((resolve) => again.once('message', resolve));
    assert.equal(topic, topicOf('config'));
  });

  const refusals: [string, IClientOptions, string, RegExp][] = [
    ['a sensor that speaks for another', {}, topicOf('alert', { sensor: 'tap-2' }), /is not the sensor berlin\/tap-2/],
    ['a sensor that speaks for another site', {}, topicOf('status', { site: 'lyon' }), /is not the sensor lyon\/tap-1/],
    ['a client that is no sensor', { clientId: 'someone' }, topicOf('alert'), /"someone" is not the sensor/],
    ['a sensor that writes a config', {}, topicOf('config'), /does not send on "config"/],
    ['a topic that is not ours', {}, 'home/kitchen/light', /not defined in docs/],
  ];
  for (const [what, options, topic, reason] of refusals) {
    it(`refuses ${what}: counted, acknowledged, and not forwarded`, async () => {
      const seen: Arrival[] = [];
      accept = async (arrival) => void seen.push(arrival);
      const listener = await client({ clientId: 'listener' });
      const received: string[] = [];
      listener.on('message', (name) => received.push(name));
      await listener.subscribeAsync('#', { qos: 1 });
      const sender = await client(options);
      await sender.publishAsync(topic, 'x', { qos: 1, retain: true });
      assert.match(seen[0]?.refusal ?? '', reason);
      await (await client({ clientId: 'operator' })).publishAsync(topicOf('command'), 'last', { qos: 1 });
      await until(() => received.length > 0);
      assert.deepEqual(received, [topicOf('command')]);
    });
  }

  it('lets a sensor listen to its own topics only', async () => {
    const sensor = await client();
    const granted = await sensor.subscribeAsync([topicOf('config'), topicOf('status')], { qos: 1 });
    assert.deepEqual(
      granted.map(({ qos }) => qos),
      [1, 1],
    );
    await assert.rejects(sensor.subscribeAsync('blockwatch/1/lyon/+/alert', { qos: 1 }));
  });

  it('outlives a client that sends nonsense instead of MQTT', async () => {
    const { port } = new URL(broker.url);
    const socket = connectSocket(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    await (await client()).publishAsync(topicOf('alert'), 'x', { qos: 1 });
  });
});

describe('a port that is taken', () => {
  const occupied = async (work: (port: number) => Promise<void>): Promise<void> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await work((server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  };

  it('is an error where the user asked for it', () =>
    occupied(async (port) => {
      const where = { host: '127.0.0.1', port, option: '--http' };
      await assert.rejects(
        listen(createServer(), where),
        (error: unknown) =>
          error instanceof UserError &&
          error.message ===
            `Cannot listen on 127.0.0.1:${port}: another program listens there. Choose another address with --http.`,
      );
    }));

  it('is left out unless requested', () =>
    occupied(async (port) => {
      const server = createServer();
      await listen(server, { host: '127.0.0.1', port, option: '--http', otherwise: 'next' });
      assert.notEqual((server.address() as AddressInfo).port, port);
      server.close();
    }));

  it('is read from HOST:PORT, IPv6 in brackets', () => {
    assert.deepEqual(parseAddress('[::1]:80', '--http'), { host: '::1', port: 80 });
    assert.deepEqual(parseAddress('localhost:0', '--http'), { host: 'localhost', port: 0 });
    for (const text of ['', '8080', 'localhost', '::1:80', 'a b:1', '127.0.0.1:65536', 'x:-1']) {
      assert.throws(() => parseAddress(text, '--http'), UserError, text);
    }
  });

  it('has to be on loopback for the embedded broker, which has no passwords', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) checkLoopback(host);
    for (const host of ['0.0.0.0', '192.168.1.1', '::', 'broker.example'])
      assert.throws(() => checkLoopback(host), /loopback only/);
  });
});

describe('a sensor that talks to the collector', () => {
  const files = scratch();
  let collector: TestCollector;
  let sensor: MqttClient;
  before(async () => {
    collector = await testCollector(files.path('store.db'));
    sensor = await connectAsync(collector.broker, { clientId: clientOf() });
  });
  after(async () => {
    await sensor.endAsync(true);
    await collector.close();
    files.remove();
  });

  it('finds its acknowledged alerts in the API, with their gaps and its state', async () => {
    const messages = [status(), alert(1), alert(1), alert(4), health({ figures: { settled: 4 } })];
    await Promise.all(
      messages.map(({ topic, payload }) => sensor.publishAsync(topic, Buffer.from(payload), { qos: 1 })),
    );
    const { body } = await collector.get('/api/v1/scans');
    assert.deepEqual(
      body.scans.map((scan: { id: string }) => scan.id),
      ['berlin/tap-1/1/3'],
    );
    assert.deepEqual(
      (await collector.get('/api/v1/gaps')).body.gaps.map(({ from, to }: { from: number; to: number }) => [from, to]),
      [[2, 3]],
    );
    const [one] = (await collector.get('/api/v1/sensors')).body.sensors;
    assert.deepEqual([one.state, one.missing, one.lastSequence], ['online', 2, 4]);
    assert.equal((await collector.get('/api/v1/now')).body.messages.duplicates, 1);
  });

  it('is not hurt by bad messages before and after a good one', async () => {
    const bad = { topic: topicOf('alert'), payload: Buffer.from('not cbor at all') };
    const good = alert(5, { record: { episode: 77 } });
    await Promise.all(
      [bad, good, bad].map(({ topic, payload }) => sensor.publishAsync(topic, Buffer.from(payload), { qos: 1 })),
    );
    assert.equal((await collector.get('/api/v1/scans/berlin/tap-1/1/77')).status, 200);
    assert.equal((await collector.get('/api/v1/rejected')).body.rejected.length, 2);
  });
});

describe('a collector that dies between storing and acknowledging', () => {
  it('stores the alert once, though the sensor sends it again to its successor', async () => {
    const files = scratch();
    const store = files.path('store.db');
    let sensor: MqttClient | undefined;
    // The connection is cut once the alert is stored, before its acknowledgement can leave.
    const first = await testCollector(store, { onAlert: () => sensor?.stream.destroy() });
    sensor = await connectAsync(first.broker, { clientId: clientOf(), reconnectPeriod: 0 });
    let acknowledged = false;
    sensor.publish(topicOf('alert'), Buffer.from(alert(1).payload), { qos: 1 }, (error) => (acknowledged = !error));
    await new Promise<void>((resolve) => sensor?.once('close', () => resolve()));
    sensor.end(true);
    await first.close();
    assert.equal(acknowledged, false);

    const second = await testCollector(store);
    const again = await connectAsync(second.broker, { clientId: clientOf() });
    await again.publishAsync(topicOf('alert'), Buffer.from(alert(1).payload), { qos: 1 });
    const { messages } = (await second.get('/api/v1/now')).body;
    assert.deepEqual([messages.stored, messages.duplicates], [1, 1]);
    await again.endAsync();
    await second.close();
    files.remove();
  });
});
