/** The broker's files in a real Mosquitto: who may connect, read and write. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { IClientOptions, MqttClient } from 'mqtt';
import { connectAsync } from 'mqtt';
import { projectRoot } from '../../host/common/paths.js';
import { pemOf, readProvisioningFile } from '../../host/enrolment/file.js';
import { Authority } from '../../scripts/authority.js';
import type { MessageType } from '../../src/protocol/topics.js';
import { buildTopic, clientId } from '../../src/protocol/topics.js';
import type { TestCollector } from '../support/collector.js';
import { scratch, testCollector, until } from '../support/collector.js';
import type { Run } from '../support/command.js';
import { runBlockwatch } from '../support/command.js';
import { freePort } from '../support/mosquitto.js';
import { describeWith, findProgram } from '../support/requirement.js';

describeWith(['mosquitto', 'openssl'], 'Mosquitto with the files of "blockwatch enroll"', function () {
  this.timeout(120_000);
  const files = scratch();
  const clients: MqttClient[] = [];
  let broker: ChildProcess;
  let port = 0;
  let said = '';
  let ca = '';
  const run = (...args: string[]): Promise<Run> => runBlockwatch(args, { folder: files.path('') });
  const names = [
    ['berlin', 'tap-1'],
    ['berlin', 'tap-2'],
    ['lyon', 'tap-1'],
  ] as const;
  const fileOf = (site: string, sensor: string): string =>
    files.path(`blockwatch-data/provisioning/${site}/${sensor}.json`);

  /** Connects like the firmware: TLS 1.2, and the provisioning's CA, account and client id. */
  const come = async (site: string, sensor: string, changes: IClientOptions = {}): Promise<MqttClient> => {
    const {
      broker: { user, password, ca: der },
    } = readProvisioningFile(fileOf(site, sensor));
    return enter({ username: user, password, ca: pemOf(der), clientId: clientId(site, sensor), ...changes });
  };
  const account = (name: string): IClientOptions => {
    const [username, password] = readFileSync(files.path(`blockwatch-data/broker/${name}.account`), 'utf8')
      .trim()
      .split(':') as [string, string];
    return { username, password };
  };
  const enter = async (options: IClientOptions): Promise<MqttClient> => {
    const client = await connectAsync(`mqtts://127.0.0.1:${port}`, {
      reconnectPeriod: 0,
      maxVersion: 'TLSv1.2',
      ca,
      ...options,
    } as IClientOptions);
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  const hears = (client: MqttClient): string[] => {
    const received: string[] = [];
    client.on('message', (topic) => received.push(topic));
    return received;
  };
  const reload = async (): Promise<void> => {
    const before = said.length;
    broker.kill('SIGHUP');
    await until(() => said.slice(before).includes('Reloading config'), 'the reload');
    // It announces the reload before doing it; a client answered afterwards is served with the new files.
    await (await enter(account('blockwatch-operator'))).endAsync();
  };
  const start = async (): Promise<void> => {
    broker = spawn(
      findProgram('mosquitto') as string,
      ['-c', files.path('blockwatch-data/broker/mosquitto.conf'), '-v'],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [broker.stdout, broker.stderr])
      stream?.on('data', (text: Buffer) => {
        said += text.toString();
      });
    await until(() => /mosquitto version .* running/.test(said) || broker.exitCode !== null, 'the start of mosquitto');
    assert.equal(broker.exitCode, null, said);
  };

  before(async () => {
    chmodSync(files.path(''), 0o755);
    const authority = new Authority(files.path(''), 'authority');
    ca = pemOf(authority.der);
    port = await freePort();
    for (const [site, sensor] of names) {
      const { status, err } = await run(
        'enroll',
        '--site',
        site,
        '--sensor',
        sensor,
        '--broker',
        `mqtts://127.0.0.1:${port}`,
        '--ca',
        files.path('authority.pem'),
      );
      assert.equal(status, 0, err);
    }
    assert.equal((await run('broker-files', '--collector', 'collector-a', 'collector-b')).status, 0);
    // Changes only what this machine requires: the port, the certificate's path, and Mosquitto's user.
    const { cert, key } = authority.issue('server', 'IP:127.0.0.1');
    const folder = files.path('blockwatch-data/broker');
    copyFileSync(cert, join(folder, 'chain.pem'));
    copyFileSync(key, join(folder, 'server.key'));
    const settings = join(folder, 'mosquitto.conf');
    writeFileSync(settings, readFileSync(settings, 'utf8').replace('listener 8883', `listener ${port} 127.0.0.1`));
    appendFileSync(
      settings,
      `persistence_location ${folder}/\nuser ${process.getuid?.() === 0 ? 'root' : ''}\n`.replace(/user \n/, ''),
    );
    await start();
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(said.split('\n').slice(-40).join('\n'));
    for (const client of clients.splice(0)) client.end(true);
  });
  after(async () => {
    if (broker?.exitCode === null) {
      const ended = new Promise((resolve) => broker.once('exit', resolve));
      broker.kill('SIGTERM');
      await ended;
    }
    files.remove();
  });

  const received = async (from: MqttClient, topic: string): Promise<boolean> => {
    const listener = await enter({ ...account('collector-a'), protocolVersion: 5 });
    const all = hears(listener);
    await listener.subscribeAsync(
      ['alert', 'whisper', 'health', 'status'].map((messageType) => `blockwatch/1/+/+/${messageType}`),
      { qos: 1 },
    );
    await from.publishAsync(topic, 'x', { qos: 1 });
    // The broker preserves a client's order: once the second message has arrived, the first was refused.
    const own = buildTopic(...((from.options.clientId as string).split('/').slice(1) as [string, string]), 'whisper');
    await from.publishAsync(own, 'after', { qos: 1 });
    await until(() => all.includes(own), 'what the sensor said last');
    return all.filter((one) => one !== own || topic === own).includes(topic);
  };

  for (const messageType of ['alert', 'health', 'status'] as const) {
    it(`lets a sensor publish its own ${messageType}, and a collector hear it`, async () => {
      assert.ok(await received(await come('berlin', 'tap-1'), buildTopic('berlin', 'tap-1', messageType)));
    });
  }

  const foreign: [string, string, string, MessageType][] = [
    ['an alert of another of its site', 'berlin', 'tap-2', 'alert'],
    ['an alert of another site', 'lyon', 'tap-1', 'alert'],
    ['the status of another', 'berlin', 'tap-2', 'status'],
    ['the health of a sensor that nobody enrolled', 'oslo', 'tap-9', 'health'],
  ];
  for (const [what, site, sensor, messageType] of foreign) {
    it(`lets no sensor publish ${what}`, async () =>
      assert.equal(await received(await come('berlin', 'tap-1'), buildTopic(site, sensor, messageType)), false));
  }

  it("lets a sensor read its own config and no other's, and write neither", async () => {
    const [one, other] = [await come('berlin', 'tap-1'), await come('berlin', 'tap-2')];
    const [heardByOne, heardByOther] = [hears(one), hears(other)];
    for (const client of [one, other]) await client.subscribeAsync('blockwatch/#', { qos: 1 });
    const operator = await enter(account('blockwatch-operator'));
    const config = buildTopic('berlin', 'tap-1', 'config');
    await other.publishAsync(config, 'forged', { qos: 1 });
    await one.publishAsync(config, 'forged', { qos: 1 });
    await operator.publishAsync(config, 'good', { qos: 1 });
    await operator.publishAsync(buildTopic('berlin', 'tap-2', 'command'), 'last', { qos: 1 });
    await until(() => heardByOne.length > 0 && heardByOther.length > 0, 'both messages');
    assert.deepEqual([heardByOne, heardByOther], [[config], [buildTopic('berlin', 'tap-2', 'command')]]);
  });

  it('lets a sensor hear its own status, which a late will may have replaced', async () => {
    const one = await come('berlin', 'tap-1');
    const all = hears(one);
    await one.subscribeAsync(buildTopic('berlin', 'tap-1', 'status'), { qos: 1 });
    await one.publishAsync(buildTopic('berlin', 'tap-1', 'status'), '{}', { qos: 1, retain: true });
    await until(() => all.length > 0);
    await one.publishAsync(buildTopic('berlin', 'tap-1', 'status'), '', { qos: 1, retain: true });
  });

  it('lets a collector publish no config', async () => {
    const one = await come('berlin', 'tap-1');
    const all = hears(one);
    await one.subscribeAsync([buildTopic('berlin', 'tap-1', 'config'), buildTopic('berlin', 'tap-1', 'command')], {
      qos: 1,
    });
    await (await enter(account('collector-a'))).publishAsync(buildTopic('berlin', 'tap-1', 'config'), 'forged', {
      qos: 1,
    });
    await (await enter(account('blockwatch-operator'))).publishAsync(buildTopic('berlin', 'tap-1', 'command'), 'last', {
      qos: 1,
    });
    await until(() => all.length > 0);
    assert.deepEqual(all, [buildTopic('berlin', 'tap-1', 'command')]);
  });

  const refused: [string, () => Promise<MqttClient>][] = [
    ['a wrong password', () => come('berlin', 'tap-1', { password: 'x' })],
    ['no account', () => enter({ clientId: clientId('berlin', 'tap-1') })],
    ["another sensor's password", () => come('berlin', 'tap-1', { username: 'blockwatch/berlin/tap-2' })],
    [
      'the hash for a password',
      () =>
        come('berlin', 'tap-1', {
          password:
            readFileSync(files.path('blockwatch-data/broker/password_file'), 'utf8')
              .split('\n')
              .find((line) => line.includes('tap-1:'))
              ?.split(':')[1] ?? '',
        }),
    ],
  ];
  for (const [what, attempt] of refused)
    it(`refuses a client with ${what}`, () => assert.rejects(attempt(), /Not authorized|Bad User Name/i));

  it('does not let one sensor throw out another by taking its client id', async () => {
    const one = await come('berlin', 'tap-1');
    let closed = false;
    one.on('close', () => {
      closed = true;
    });
    const thief = await come('lyon', 'tap-1', { clientId: clientId('berlin', 'tap-1') });
    await thief.publishAsync(buildTopic('lyon', 'tap-1', 'whisper'), 'x', { qos: 1 });
    await one.publishAsync(buildTopic('berlin', 'tap-1', 'whisper'), 'x', { qos: 1 });
    assert.equal(closed, false);
  });

  it('speaks TLS 1.2 like the boards, and nothing older, with an RSA certificate and its CA', async () => {
    await assert.rejects(
      enter({
        ...account('collector-a'),
        minVersion: 'TLSv1.1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      } as IClientOptions),
    );
    const socket = connect({ host: '127.0.0.1', port, ca, maxVersion: 'TLSv1.2' });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    const certificate = socket.getPeerCertificate(true);
    assert.deepEqual(
      [socket.getProtocol(), socket.authorized, certificate.issuerCertificate.subject.CN],
      ['TLSv1.2', true, 'authority'],
    );
    assert.ok((certificate.bits ?? 0) >= 2048 && certificate.modulus);
    socket.destroy();
  });

  it('accepts the Linux sensor with its provisioning file and a collector with its account', async () => {
    let collector: TestCollector | undefined;
    const { username, password } = account('collector-b') as { username: string; password: string };
    try {
      collector = await testCollector(files.path('collector.db'), {
        broker: {
          url: `mqtts://${username}:${password}@127.0.0.1:${port}`,
          clientId: 'collector-b',
          ca: Buffer.from(ca),
        },
      });
      await until(() => collector?.reports.some((text) => text.startsWith('Subscribed at')), 'the subscription');
      const capture = join(projectRoot, 'test/captures/arp-scan-lan.pcap');
      const sensor = await run(
        'sensor',
        capture,
        '--provisioning',
        fileOf('lyon', 'tap-1'),
        '--home',
        '10.20.0.0/16',
        '--quiet',
        '--state',
        files.path('state'),
      );
      assert.equal(sensor.status, 0, sensor.err);
      await until(async () => ((await collector?.get('/api/v1/scans'))?.body.scans.length ?? 0) > 0, 'the scan');
    } finally {
      await collector?.close();
    }
  });

  it('lets a revoked sensor in no more once it has reread its files, and the others still', async () => {
    await (await come('berlin', 'tap-2')).endAsync();
    assert.equal((await run('revoke', 'berlin/tap-2')).status, 0);
    await reload();
    await assert.rejects(come('berlin', 'tap-2'), /Not authorized|Bad User Name/i);
    await (await come('berlin', 'tap-1')).endAsync();
  });

  it('takes a renewed sensor with its new password only', async () => {
    const {
      broker: { password },
    } = readProvisioningFile(fileOf('berlin', 'tap-1'));
    assert.equal(
      (
        await run(
          'enroll',
          '--site',
          'berlin',
          '--sensor',
          'tap-1',
          '--broker',
          `mqtts://127.0.0.1:${port}`,
          '--ca',
          files.path('authority.pem'),
          '--renew',
        )
      ).status,
      0,
    );
    await reload();
    await assert.rejects(come('berlin', 'tap-1', { password }), /Not authorized|Bad User Name/i);
    await (await come('berlin', 'tap-1')).endAsync();
  });

  it('left no secret behind in the files that it reads', () => {
    const folder = files.path('blockwatch-data/broker');
    const text = readdirSync(folder)
      .filter((name) => !name.endsWith('.account') && name !== 'server.key')
      .map((name) => readFileSync(join(folder, name), 'latin1'))
      .join('\n');
    for (const [site, sensor] of names)
      assert.ok(!text.includes(readProvisioningFile(fileOf(site, sensor)).broker.password));
  });
});
