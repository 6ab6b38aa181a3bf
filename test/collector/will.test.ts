/** Births, wills and silence over real brokers, from which sensor states and incidents are derived. */
import assert from 'node:assert/strict';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect as connectSocket, createServer } from 'node:net';
import type { MqttClient } from 'mqtt';
import { connectAsync } from 'mqtt';
import type { Incident } from '../../host/api/types.js';
import type { TestCollector } from '../support/collector.js';
import { clientOf, health, scratch, status, testCollector, topicOf, until } from '../support/collector.js';
import { Mosquitto } from '../support/mosquitto.js';
import { describeWith } from '../support/requirement.js';

/** A connection to the broker that can be cut silently, like a pulled cable. */
class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(broker: string): Promise<Wire> {
    const port = Number(new URL(broker).port);
    const wire: Wire = new Wire(
      createServer((near) => {
        const far = connectSocket(port, '127.0.0.1');
        for (const [socket, other] of [
          [near, far],
          [far, near],
        ] as const) {
          wire.#sockets.add(socket);
          socket.on('error', () => {}).on('close', () => other.destroy());
          socket.pipe(other);
        }
      }),
    );
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

interface Life {
  boot: number;
  connection?: number;
  clientId?: string;
}

/** Connects as a sensor does: with its will, then its birth, both retained. */
async function born(url: string, { boot, connection = 1, clientId = clientOf() }: Life): Promise<MqttClient> {
  const will = status({ boot, connection, state: 'offline', reason: 'lost' });
  const client = await connectAsync(url, {
    clientId,
    clean: false,
    reconnectPeriod: 0,
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
  });
  client.on('error', () => {});
  await client.publishAsync(topicOf('status'), Buffer.from(status({ boot, connection }).payload), {
    qos: 1,
    retain: true,
  });
  return client;
}

const beat = (client: MqttClient, boot: number, uptime: number, time: number): Promise<unknown> =>
  client.publishAsync(
    topicOf('health'),
    Buffer.from(health({ boot, time, figures: { uptime }, counters: { frames: uptime } }).payload),
    { qos: 1 },
  );

function suite(
  start: () => Promise<{ collector: TestCollector; broker: string; stop: () => Promise<void> }>,
  now: { ms: number },
  incidents: Incident[],
): void {
  let collector: TestCollector;
  let stop: () => Promise<void>;
  let wire: Wire;
  const clients: MqttClient[] = [];
  let passing: NodeJS.Timeout | undefined;
  beforeEach(async () => {
    incidents.length = 0;
    now.ms = Date.now();
    const started = await start();
    ({ collector, stop } = started);
    wire = await Wire.to(started.broker);
  });
  afterEach(async () => {
    clearInterval(passing);
    for (const client of clients.splice(0)) await client.endAsync(true).catch(() => {});
    wire.close();
    await stop();
  });

  const sensor = async (life: Life, url = wire.url): Promise<MqttClient> => {
    const client = await born(url, life);
    clients.push(client);
    return client;
  };
  const state = async (): Promise<string> => {
    const [one] = (await collector.get('/api/v1/sensors')).body.sensors as {
      state: string;
      reason: string;
      boot: number;
    }[];
    return one ? `${one.state} ${one.reason}`.trim() : '';
  };
  const becomes = (wanted: string): Promise<unknown> =>
    until(async () => (await state()) === wanted, `the state ${wanted}`);
  /** One collector second every ten milliseconds, so that its clock never stands still. */
  const letTimePass = (): void => {
    passing = setInterval(() => (now.ms += 1000), 10);
  };
  const open = async (): Promise<Incident[]> => (await collector.get('/api/v1/incidents?state=open')).body.incidents;

  it('a killed sensor is gone by its will, an incident if it stays away, and online by its next birth', async () => {
    await sensor({ boot: 1 });
    await becomes('online');
    wire.cut();
    await becomes('gone lost');
    assert.deepEqual(await open(), []);
    letTimePass();
    const [one] = await until(async () => {
      const found = await open();
      return found.length > 0 && found;
    }, 'the incident');
    assert.deepEqual([one?.kind, one?.until], ['gone', null]);
    await sensor({ boot: 2 });
    await becomes('online');
    await until(async () => (await open()).length === 0, 'the end of the incident');
    assert.deepEqual(
      incidents.map(({ kind, until: end }) => [kind, end !== null]),
      [
        ['gone', false],
        ['gone', true],
      ],
    );
  });

  it('one that says farewell is offline, which is no incident', async () => {
    const client = await sensor({ boot: 1 });
    await client.publishAsync(topicOf('status'), Buffer.from(status({ state: 'offline', reason: 'stopped' }).payload), {
      qos: 1,
      retain: true,
    });
    await client.endAsync();
    await becomes('offline stopped');
    letTimePass();
    const before = now.ms;
    await until(() => now.ms > before + 300_000);
    assert.deepEqual(incidents, []);
  });

  it('a sensor whose connection stays open in silence is late, then gone, within one incident', async () => {
    const client = await sensor({ boot: 1 });
    await beat(client, 1, 30_000, now.ms);
    await becomes('online');
    letTimePass();
    await becomes('late');
    await becomes('gone silent');
    await until(() => incidents.length >= 2, 'both steps');
    assert.deepEqual(
      incidents.map(({ kind }) => kind),
      ['late', 'gone'],
    );
    assert.equal(incidents[0]?.id, incidents[1]?.id);
    clearInterval(passing);
    await beat(client, 1, 60_000, now.ms);
    await becomes('online');
    await until(() => incidents[2]?.until, 'the end');
  });

  it('one that takes its own session over leaves a will that does not override the new birth', async () => {
    for (let boot = 1; boot <= 5; boot++) {
      // The same client id: the broker ends the old connection and publishes its will.
      const client = await sensor({ boot });
      await beat(client, boot, 30_000, now.ms);
      await until(
        async () => ((await collector.get('/api/v1/sensors')).body.sensors as { boot: number }[])[0]?.boot === boot,
      );
      await becomes('online');
    }
    const client = clients.at(-1) as MqttClient;
    const before = now.ms;
    letTimePass();
    const beating = setInterval(() => void beat(client, 5, 30_000 + now.ms - before + 1, now.ms).catch(() => {}), 100);
    await until(() => now.ms > before + 200_000, 'some time').finally(() => clearInterval(beating));
    assert.deepEqual([incidents, await state()], [[], 'online']);
  });
}

describe('states over the embedded broker', function () {
  this.timeout(60_000);
  const files = scratch();
  after(files.remove);
  let n = 0;
  const now = { ms: Date.now() };
  const incidents: Incident[] = [];
  suite(
    async () => {
      const collector = await testCollector(files.path(`${++n}.db`), {
        clock: () => now.ms,
        checkInterval: 20,
        onIncident: (one) => incidents.push(one),
      });
      return { collector, broker: collector.broker, stop: () => collector.close() };
    },
    now,
    incidents,
  );
});

describeWith(['mosquitto'], 'states over mosquitto', function () {
  this.timeout(60_000);
  const files = scratch();
  after(files.remove);
  let n = 0;
  const now = { ms: Date.now() };
  /** How often the collector has asked for the time: once in each of its checks, and when a message arrives. */
  let looks = 0;
  const incidents: Incident[] = [];
  let broker: Mosquitto;
  beforeEach(async () => {
    broker = new Mosquitto();
    await broker.start();
  });
  afterEach(() => broker.stop());
  const start = (store: string, clientId = 'collector'): Promise<TestCollector> =>
    testCollector(files.path(store), {
      broker: { url: broker.url, clientId },
      clock: () => {
        looks++;
        return now.ms;
      },
      checkInterval: 20,
      onIncident: (one) => incidents.push(one),
    });
  const listening = (collector: TestCollector): Promise<unknown> =>
    until(() => collector.reports.some((text) => text.startsWith('Subscribed')), 'the subscription');
  // A suite of its own: its hooks start a collector, and another with the same name would compete with it at the
  // broker.
  describe('as over any broker:', () =>
    suite(
      async () => {
        const collector = await start(`${++n}.db`);
        await listening(collector);
        return { collector, broker: broker.url, stop: () => collector.close() };
      },
      now,
      incidents,
    ));

  it('a real will of an older boot after the newer birth changes nothing, for a later collector too', async () => {
    incidents.length = 0;
    const collector = await start('stale.db');
    await listening(collector);
    const wire = await Wire.to(broker.url);
    // Two client ids, so that the broker keeps the old connection while the new boot is born.
    const old = await born(wire.url, { boot: 7, clientId: 'old' });
    const young = await born(broker.url, { boot: 8, clientId: 'young' });
    await beat(young, 8, 30_000, now.ms);
    let wills = 0;
    const witness = await connectAsync(broker.url, { clientId: 'witness' });
    witness.on('message', (_, payload) => {
      if (payload.toString().includes('"lost"')) wills++;
    });
    await witness.subscribeAsync(topicOf('status'), { qos: 1 });
    wire.cut();
    await until(() => wills > 0, 'the will');
    // Sent after the will: once it has passed the collector, so has the will.
    await beat(young, 8, 31_000, now.ms);
    const sensors = async (
      from: TestCollector,
    ): Promise<{ state: string; boot: number; health: { uptime?: number } }[]> =>
      (await from.get('/api/v1/sensors')).body.sensors;
    await until(async () => (await sensors(collector))[0]?.health.uptime === 31_000, 'the message behind the will');
    assert.deepEqual(
      (await sensors(collector)).map(({ state, boot }) => [state, boot]),
      [['online', 8]],
    );
    await collector.close();
    const later = await start('stale.db');
    await listening(later);
    await beat(young, 8, 32_000, now.ms);
    await until(async () => (await sensors(later))[0]?.health.uptime === 32_000, 'a message to the later collector');
    assert.equal((await sensors(later))[0]?.state, 'online');
    assert.deepEqual(incidents, []);
    await later.close();
    wire.close();
    for (const client of [old, young, witness]) await client.endAsync(true);
  });

  it('an unreachable broker is reported once and marks no sensor gone; reconnecting ones are online', async () => {
    incidents.length = 0;
    const collector = await start('away.db');
    await listening(collector);
    const sensor = await born(broker.url, { boot: 1 });
    await beat(sensor, 1, 30_000, now.ms);
    await until(
      async () => ((await collector.get('/api/v1/sensors')).body.sensors as { state: string }[])[0]?.state === 'online',
    );
    await broker.halt();
    await until(() => collector.reports.some((text) => text.includes('Trying again')), 'the loss');
    for (let i = 0; i < 40; i++) {
      now.ms += 60_000;
      const before = looks;
      await until(() => looks > before, 'a check');
    }
    assert.deepEqual(incidents, []);
    await broker.run();
    await until(
      () => collector.reports.filter((text) => text.startsWith('Subscribed')).length > 1,
      'the next subscription',
    );
    const again = await born(broker.url, { boot: 1, connection: 2 });
    await beat(again, 1, 2_500_000, now.ms);
    // This clock runs fifty times as fast as messages do, so it must not start before the message has arrived.
    await until(
      async () =>
        ((await collector.get('/api/v1/sensors')).body.sensors as { health: { uptime?: number } }[])[0]?.health
          .uptime === 2_500_000,
      'the sensor that came back',
    );
    const passing = setInterval(() => (now.ms += 500), 10);
    const before = now.ms;
    await until(() => now.ms > before + 50_000).finally(() => clearInterval(passing));
    assert.deepEqual(incidents, []);
    assert.equal(((await collector.get('/api/v1/sensors')).body.sensors as { state: string }[])[0]?.state, 'online');
    await collector.close();
    for (const client of [sensor, again]) await client.endAsync(true);
  });
});
