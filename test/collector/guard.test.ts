import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import type { IClientOptions, MqttClient } from 'mqtt';
import { connectAsync } from 'mqtt';
import type { Database } from '../../host/collector/store/database.js';
import type { Enrolment } from '../../host/collector/store/enrolments.js';
import { putEnrolment, revokeEnrolment, transactionWithRetry } from '../../host/collector/store/enrolments.js';
import { openStore } from '../../host/collector/store/open.js';
import { accountName, hashPassword } from '../../host/common/identity.js';
import { pemOf } from '../../host/enrolment/file.js';
import { Authority } from '../../scripts/authority.js';
import { buildTopic } from '../../src/protocol/topics.js';
import type { TestCollector } from '../support/collector.js';
import { alert, scratch, testCollector, topicOf, until } from '../support/collector.js';
import { describeWith } from '../support/requirement.js';

const enrolled = (sensor: string, password: string): Enrolment => ({
  site: 'berlin',
  sensor,
  board: '',
  broker: 'mqtts://b:8883',
  settings: '{}',
  account: hashPassword(password),
  salt: '00'.repeat(16),
  enrolled: 1,
  revoked: null,
  config: null,
  configured: null,
});

describeWith(['openssl'], 'the embedded broker with TLS', function () {
  this.timeout(120_000);
  const files = scratch();
  const clients: MqttClient[] = [];
  let collector: TestCollector;
  let db: Database;
  let ca = '';
  before(async () => {
    mkdirSync(files.path('a'));
    const authority = new Authority(files.path('a'), 'authority');
    ca = pemOf(authority.der);
    const { cert, key } = authority.issue('server', 'IP:127.0.0.1');
    collector = await testCollector(files.path('store.db'), {
      broker: {
        listen: { host: '127.0.0.1', port: 0, option: '--mqtt' },
        guard: {
          listen: { host: '127.0.0.1', port: 0, option: '--mqtt' },
          cert: readFileSync(cert),
          key: readFileSync(key),
        },
      },
    });
    db = await openStore(files.path('store.db'));
    for (const sensor of ['tap-1', 'tap-2'])
      await transactionWithRetry(db, (tx) => putEnrolment(tx, db, enrolled(sensor, `of ${sensor}`)));
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.end(true);
  });
  after(async () => {
    await db.close();
    await collector.close();
    files.remove();
  });

  const come = async (sensor: string, changes: IClientOptions = {}): Promise<MqttClient> => {
    const client = await connectAsync(collector.guarded, {
      ca,
      clientId: accountName('berlin', sensor),
      username: accountName('berlin', sensor),
      password: `of ${sensor}`,
      protocolVersion: 4,
      reconnectPeriod: 0,
      maxVersion: 'TLSv1.2',
      ...changes,
    } as IClientOptions);
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  const scans = async (): Promise<number> =>
    ((await collector.get('/api/v1/scans')).body as { scans: unknown[] }).scans.length;

  it('takes an enrolled sensor, over TLS 1.2, and stores what it says', async () => {
    const sensor = await come('tap-1');
    await sensor.publishAsync(topicOf('alert'), Buffer.from(alert(1).payload), { qos: 1 });
    assert.equal(await scans(), 1);
  });

  it("takes no message of one sensor for another's", async () => {
    const sensor = await come('tap-1');
    await sensor.publishAsync(
      topicOf('alert', { sensor: 'tap-2' }),
      Buffer.from(alert(1, { sensor: 'tap-2' }).payload),
      { qos: 1 },
    );
    assert.equal(await scans(), 1);
  });

  const strangers: [string, IClientOptions][] = [
    ['a wrong password', { password: 'x' }],
    ['no account', { username: undefined, password: undefined } as unknown as IClientOptions],
    ['no password', { password: undefined } as unknown as IClientOptions],
    ["another sensor's account", { username: accountName('berlin', 'tap-2'), password: 'of tap-2' }],
    ["its account and another's client id", { clientId: accountName('berlin', 'tap-2') }],
    [
      'a client id that nobody enrolled',
      { clientId: accountName('oslo', 'tap-1'), username: accountName('oslo', 'tap-1') },
    ],
    ["a tool's client id", { clientId: 'tool', username: 'tool', password: '' }],
  ];
  for (const [what, changes] of strangers)
    it(`the embedded broker refuses a client with ${what}`, () =>
      assert.rejects(come('tap-1', changes), /Bad username|Not authorized/i));

  it('does not let a sensor hear what is not its own', async () => {
    const sensor = await come('tap-1');
    const granted = await sensor
      .subscribeAsync(
        ['blockwatch/#', buildTopic('berlin', 'tap-2', 'config'), buildTopic('berlin', 'tap-1', 'config')],
        { qos: 1 },
      )
      .catch((error: unknown) => error);
    const received: string[] = [];
    sensor.on('message', (topic) => received.push(topic));
    assert.ok(granted);
    const tool = await connectAsync(collector.broker);
    clients.push(tool);
    await tool.publishAsync(buildTopic('berlin', 'tap-2', 'config'), '{}', { qos: 1 });
    await tool.publishAsync(buildTopic('berlin', 'tap-1', 'config'), '{}', { qos: 1 });
    await until(() => received.length > 0);
    assert.deepEqual(received, [buildTopic('berlin', 'tap-1', 'config')]);
  });

  it("stays open to this machine's own tools on loopback", async () => {
    const tool = await connectAsync(collector.broker, { clientId: 'tool' });
    await tool.endAsync();
  });

  it('speaks no plain MQTT at that door', () =>
    assert.rejects(
      connectAsync(collector.guarded.replace('mqtts', 'mqtt'), { reconnectPeriod: 0, connectTimeout: 3_000 }, false),
    ));

  it('lets a revoked sensor in no more, and ends the connection that it has', async () => {
    const sensor = await come('tap-2');
    let closed = false;
    sensor.on('close', () => {
      closed = true;
    });
    await transactionWithRetry(db, (tx) => revokeEnrolment(tx, 'berlin', 'tap-2', 5));
    await until(() => closed, 'the end of its connection');
    await assert.rejects(come('tap-2'), /Bad username|Not authorized/i);
    await (await come('tap-1')).endAsync();
  });
});
