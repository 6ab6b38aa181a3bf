/**
 * The whole firmware under real XS on this machine: built by the SDK for platform lin, heap limits and all, against a real
 * mosquitto and a collector. `npm run firmware:linux` runs this file and nothing else.
 */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode } from 'cborg';
import { connectAsync } from 'mqtt';
import type { Scan, Sensor } from '../../host/api/types.js';
import { projectRoot } from '../../host/common/paths.js';
import { Authority } from '../../scripts/authority.js';
import type { LinuxFirmware } from '../../scripts/firmware/linux-build.js';
import { buildForLinux, sizeOf } from '../../scripts/firmware/linux-build.js';
import type { Given } from '../../scripts/firmware/linux-sensor.js';
import { XsSensor } from '../../scripts/firmware/linux-sensor.js';
import { findSdk } from '../../scripts/firmware/sdk.js';
import { Stranger } from '../../scripts/firmware/stranger.js';
import { readHealth } from '../../src/protocol/health.js';
import { alive, Branch, home as officeHome, said, scanner } from '../scan/namespaces.js';
import type { TestCollector } from '../support/collector.js';
import { scratch, testCollector, until } from '../support/collector.js';
import { Mosquitto } from '../support/mosquitto.js';
import { chromiumPath, describeWith } from '../support/requirement.js';

const capture = (name: string, options = ''): string =>
  `file:${join(projectRoot, 'test/captures', `${name}.pcap`)}${options}`;
const home = ['10.20.0.0/16', 'fd20:20::/48'];
const knownHeap = JSON.parse(readFileSync(join(projectRoot, 'test/firmware/heap.json'), 'utf8')) as Record<
  'rest' | 'handshake',
  { slots: number; chunks: number }
>;
const say = (text: string): void => console.log(`      ${text}`);

describeWith(['moddable', 'mosquitto'], 'the firmware under XS on Linux', function (this: Mocha.Suite) {
  // The SDK's build takes a minute, and ten where others build beside it.
  this.timeout(1_200_000);
  let firmware: LinuxFirmware;
  let folder: ReturnType<typeof scratch>;
  let broker: Mosquitto;
  let collector: TestCollector;
  let sensors: XsSensor[];
  let states = 0;

  const portOf = (mosquitto: Mosquitto): number => Number(new URL(mosquitto.url).port);

  function start(given: Omit<Given, 'broker'> & { broker?: Given['broker'] }): XsSensor {
    const sensor = new XsSensor(firmware, folder.path(`state-${++states}`), {
      home,
      broker: { port: portOf(broker) },
      ...given,
    });
    sensors.push(sensor);
    sensor.start();
    return sensor;
  }

  const scans = async (): Promise<Scan[]> => ((await collector.get('/api/v1/scans')).body as { scans: Scan[] }).scans;
  const sensorOf = async (): Promise<Sensor | undefined> =>
    ((await collector.get('/api/v1/sensors')).body as { sensors: Sensor[] }).sensors[0];
  /** Until the newest health says so; asked for again and again. */
  const health = async (
    sensor: XsSensor,
    enough: (health: Record<string, number>) => boolean,
    what: string,
    tries = 50,
  ): Promise<Record<string, number>> => {
    for (let i = 0; i < tries; i++) {
      sensor.command('report');
      await sleep(400);
      const found = (await sensorOf())?.health;
      if (found && enough(found)) return found;
    }
    throw new Error(`${what} did not come`);
  };

  /** Holds what is in use to what was known (test/firmware/heap.json, which the memory plan prints): a fifth more is a regression, less is chance. */
  const compareHeap = (sensor: XsSensor, when: keyof typeof knownHeap): void => {
    const [slots, chunks] = inUse(heapOf(sensor));
    const known = knownHeap[when];
    assert.ok(
      slots <= 1.2 * known.slots && chunks <= 1.2 * known.chunks,
      `${heapOf(sensor)}; known ${when}: ${JSON.stringify(known)}`,
    );
  };
  const inUse = (line: string): [number, number] => {
    const [, slots, chunks] = /use: (\d+) of \d+ slots, (\d+) of/.exec(line) ?? [];
    return [Number(slots), Number(chunks)];
  };
  /** A message that is under way takes a fifth by itself, and nobody knows when one is: at rest is the least of what is told. */
  const untilRest = async (sensor: XsSensor): Promise<void> => {
    for (let i = 0; i < 25 && inUse(heapOf(sensor))[0] > knownHeap.rest.slots; i++) {
      sensor.command('report');
      await sleep(400);
    }
  };
  const heapOf = (sensor: XsSensor): string =>
    sensor.lines.filter((line) => line.startsWith('heap in use')).at(-1) ?? '';

  before(() => {
    const sdk = findSdk();
    if (!sdk) throw new Error('no SDK');
    firmware = buildForLinux(sdk);
    say(`built for lin with ${sdk.version}: mc.so ${sizeOf(firmware)} bytes`);
  });

  beforeEach(async () => {
    folder = scratch();
    sensors = [];
    broker = new Mosquitto();
    await broker.start();
    collector = await testCollector(folder.path('store.db'), { broker: { url: broker.url } });
  });

  afterEach(async function () {
    for (const sensor of sensors) {
      await sensor.stop();
      if (this.currentTest?.state === 'failed')
        say(`the collector: ${JSON.stringify(await sensorOf())} ${collector.reports.join(' | ')}`);
      if (this.currentTest?.state === 'failed')
        say(`the sensor: ${JSON.stringify(sensor.exits)} ${sensor.lines.join('\n      ')}`);
    }
    await collector.close();
    await broker.stop();
    folder.remove();
  });

  it('finds the scan in a capture and reports it, with a birth, an end and a health message', async () => {
    const sensor = start({ tap: capture('nmap-ss-block', ',speed=4') });
    const found = await until(async () => (await scans()).find((scan) => scan.source === '203.0.113.138'), 'the scan');
    assert.equal(found.site, 'berlin');
    assert.equal((await sensorOf())?.state, 'online');
    const figures = await health(sensor, ({ frames = 0 }) => frames > 0, 'a health message');
    assert.equal(figures['traps'], 0);
    assert.equal(figures['tapLost'], 0);
    assert.deepEqual(sensor.exits, []);
    say(
      `${found.kind} by ${found.source}: ${found.probes} probes at ${found.targets} addresses, ${found.services.length} services; free heap ${figures['freeHeap']} bytes`,
    );
    await untilRest(sensor);
    say(heapOf(sensor));
    compareHeap(sensor, 'rest');
  });

  it('has nothing to say of a quiet branch', async () => {
    const sensor = start({ tap: capture('benign-monitoring', ',speed=20') });
    const figures = await health(sensor, ({ frames = 0 }) => frames > 300, 'frames');
    assert.ok((figures['frames'] ?? 0) > 300);
    assert.deepEqual(await scans(), []);
  });

  it('takes a config from the broker, keeps the last good one, and refuses an unsigned one where it has a key', async () => {
    const { signConfig } = await import('../../src/protocol/signed-config.js');
    const { nodeHmac } = await import('../../host/common/hmac.js');
    const key = 'ab'.repeat(32);
    const topic = 'blockwatch/1/berlin/xs-1/config';
    const sensor = start({ tap: capture('benign-monitoring'), configKey: key });
    await until(async () => (await sensorOf())?.state === 'online', 'the birth');
    const client = await connectAsync(broker.url);
    await client.publishAsync(topic, JSON.stringify({ version: 7, home: ['0.0.0.0/0'] }), { qos: 1, retain: true });
    await until(async () => (await sensorOf())?.configProblem?.includes('not signed'), 'the refusal');
    await client.publishAsync(
      topic,
      signConfig(JSON.stringify({ version: 8, home: ['10.20.0.0/16'], healthSeconds: 5 }), topic, key, nodeHmac),
      { qos: 1, retain: true },
    );
    await until(async () => (await sensorOf())?.health['configVersion'] === 8, 'the config');
    await client.publishAsync(
      topic,
      signConfig(JSON.stringify({ version: 9 }), topic.replace('xs-1', 'xs-2'), key, nodeHmac),
      { qos: 1, retain: true },
    );
    await until(async () => (await sensorOf())?.configProblem?.includes('signature is wrong'), 'the second refusal');
    await client.endAsync();
    assert.equal((await sensorOf())?.health['configVersion'], 8);
    assert.deepEqual(sensor.exits, []);
  });

  it('loses nothing while the broker is away, and says so itself when it is back', async () => {
    const sensor = start({ tap: capture('nmap-ss-block', ',speed=2') });
    await until(async () => (await scans()).length > 0, 'the first alert');
    await broker.halt();
    await until(() => sensor.said(/No connection to the broker/), 'the loss');
    await sleep(6_000);
    await broker.run();
    const figures = await health(sensor, ({ connections = 0 }) => connections >= 2, 'a second connection', 120);
    const gaps = ((await collector.get('/api/v1/gaps')).body as { gaps: unknown[] }).gaps;
    assert.deepEqual(gaps, []);
    assert.deepEqual(sensor.exits, []);
    say(`connections ${figures['connections']}, sent again ${figures['resent']}, gaps ${gaps.length}`);
  });

  it('keeps alerts over a power cut while there is no broker', async () => {
    // The collector has its session with the broker before that goes away.
    await sleep(1_000);
    await broker.halt();
    const sensor = start({ tap: capture('nmap-ss-block', ',speed=8') });
    await until(() => sensor.said(/No connection to the broker/), 'the missing broker');
    await sleep(3_000);
    process.kill(sensor.pid, 'SIGKILL');
    await until(() => sensor.exits.length === 1, 'the cut');
    sensor.provision({ broker: { port: portOf(broker) }, tap: capture('benign-monitoring'), home });
    await broker.run();
    const found = await until(
      async () => (await scans()).find((scan) => scan.source === '203.0.113.138'),
      'the alert from before the cut',
    );
    const figures = await health(sensor, ({ restarts = 0 }) => restarts > 0, 'the count of restarts');
    say(`after the cut: ${found.kind} of the boot before, restarts ${figures['restarts']}`);
  });

  it('goes on after its engine has trapped, and counts it', async () => {
    const sensor = start({ tap: capture('nmap-ss-block', ',loop,speed=1') });
    await until(async () => (await sensorOf())?.state === 'online', 'the birth');
    sensor.command('trap');
    await sleep(600);
    const figures = await health(sensor, ({ traps = 0 }) => traps === 1, 'the trap');
    await until(async () => (await scans()).length > 0, 'an alert after it');
    assert.deepEqual(sensor.exits, []);
    say(`traps ${figures['traps']}, frames counted before and after it ${figures['frames']}`);
  });

  it("starts anew when XS's memory is full, says so, and has kept its alerts", async () => {
    const sensor = start({ tap: capture('nmap-ss-block', ',speed=4') });
    await until(async () => (await scans()).length > 0, 'an alert');
    sensor.command('fill');
    await sleep(600);
    await until(() => sensor.exits.length > 0, 'the end');
    say(`XS: ${sensor.lines.find((line) => /full|abort/i.test(line)) ?? ''}; exit ${sensor.exits[0]}`);
    const figures = await health(sensor, ({ restarts = 0 }) => restarts === 1, 'the restart in its health');
    assert.equal((await sensorOf())?.state, 'online');
    say(`restarts ${figures['restarts']}, free heap ${figures['freeHeap']} bytes`);
  });

  it('runs a day of frames, and its memory at the end is that of the first hour', async () => {
    // Twenty-four hours of the engine's clock in 48 s: a capture again and again, 1,800 times as fast.
    const sensor = start({ tap: capture('nmap-ss-block', ',loop,speed=1800') });
    const first = await health(
      sensor,
      ({ frames = 0, outboxPeak = 0 }) => frames > 2_000 && outboxPeak >= 32,
      'the first frames',
    );
    await sleep(48_000);
    const last = await health(sensor, ({ frames = 0 }) => frames > (first['frames'] ?? 0), 'the last frames');
    assert.deepEqual(sensor.exits, []);
    assert.equal(last['traps'], 0);
    assert.ok(
      (last['freeHeap'] ?? 0) > 0.5 * (first['freeHeap'] ?? 0),
      `free heap ${first['freeHeap']} then ${last['freeHeap']}`,
    );
    say(
      `frames ${first['frames']} then ${last['frames']}, records ${last['records']}, free heap ${first['freeHeap']} then ${last['freeHeap']} bytes, dropped alerts ${last['droppedAlerts']}`,
    );
    say(heapOf(sensor));
  });

  describe('with TLS', () => {
    let ours: Authority;
    let others: Authority;
    const certs = (issued: { cert: string; key: string }): string[] => [
      `certfile ${issued.cert}`,
      `keyfile ${issued.key}`,
    ];
    let secure: Mosquitto;

    /** A second broker with TLS that shares its port's life with the test. */
    async function tlsBroker(settings: string[]): Promise<number> {
      const { port } = await freeListener();
      secure = new Mosquitto();
      await secure.start([`listener ${port} 127.0.0.1`, ...settings]);
      return port;
    }

    beforeEach(() => {
      // mosquitto gives root up before it reads its key.
      chmodSync(folder.path(''), 0o755);
      ours = new Authority(folder.path(''), 'ours');
      others = new Authority(folder.path(''), 'others');
    });
    afterEach(async () => {
      await secure?.stop();
    });

    it('reports over a connection whose certificate it has checked', async () => {
      const issued = ours.issue('good', 'IP:127.0.0.1,DNS:localhost');
      const port = await tlsBroker([...certs(issued), 'tls_version tlsv1.2']);
      const sensor = start({ tap: capture('nmap-ss-block', ',speed=4'), broker: { port, tls: true, ca: ours.der } });
      const client = await connectAsync(secure.url);
      const topics: string[] = [];
      client.on('message', (topic) => topics.push(topic));
      await client.subscribeAsync('blockwatch/#', { qos: 1 });
      await until(() => topics.some((topic) => topic.endsWith('/alert')), 'an alert over TLS');
      await client.endAsync();
      assert.deepEqual(sensor.exits, []);
      say(`over TLS 1.2: ${topics.map((topic) => topic.split('/').at(-1)).join(', ')}`);
    });

    it('shakes hands with its outbox full, in the memory that a chip gives it', async () => {
      const { port } = await freeListener();
      const sensor = start({
        tap: capture('nmap-ss-block', ',loop,speed=1800'),
        broker: { port, tls: true, ca: ours.der },
      });
      // 160 messages a second at most go into an outbox of 64.
      await until(() => sensor.said(/No connection to the broker/), 'the missing broker');
      await sleep(4_000);
      secure = new Mosquitto();
      await secure.start([`listener ${port} 127.0.0.1`, ...certs(ours.issue('good', 'IP:127.0.0.1,DNS:localhost'))]);
      const client = await connectAsync(secure.url);
      const used: number[] = [];
      client.on(
        'message',
        (topic, payload) =>
          topic.endsWith('/health') && used.push(readHealth(decode(payload, { useMaps: true })).figures.outboxPeak),
      );
      await client.subscribeAsync('blockwatch/#', { qos: 1 });
      for (let i = 0; i < 100 && used.length === 0; i++) {
        await sleep(400);
        sensor.command('report');
      }
      await client.endAsync();
      assert.deepEqual(sensor.exits, []);
      assert.equal(used[0], 64);
      say(heapOf(sensor));
      compareHeap(sensor, 'handshake');
    }).timeout(90_000);

    const failures: [title: string, meet: () => Promise<{ port: number; end: () => void }>, reason: RegExp][] = [
      [
        'an authority it does not know',
        async () => ({ port: await tlsBroker(certs(others.issue('x', 'IP:127.0.0.1'))), end: () => {} }),
        /not of the authority we know/,
      ],
      [
        'a certificate for another name',
        async () => ({ port: await tlsBroker(certs(ours.issue('x', 'DNS:elsewhere.example'))), end: () => {} }),
        /for another name/,
      ],
      [
        'a certificate that has ended',
        async () => ({ port: await tlsBroker(certs(ours.issue('x', 'IP:127.0.0.1', -1))), end: () => {} }),
        /not valid today/,
      ],
      [
        'a server that speaks TLS 1.3 only',
        async () => ({
          port: await tlsBroker([...certs(ours.issue('x', 'IP:127.0.0.1')), 'tls_version tlsv1.3']),
          end: () => {},
        }),
        /no TLS 1.2/,
      ],
      [
        'a server that speaks something else',
        () => stranger((socket) => socket.write('220 mail.example ESMTP ready\r\n')),
        /did not answer/,
      ],
      [
        'a server that sends garbage in a TLS record',
        () =>
          stranger((socket) =>
            socket.once('data', () =>
              socket.write(Buffer.concat([Buffer.from([22, 3, 3, 0, 64]), Buffer.alloc(64, 0xee)])),
            ),
          ),
        /not TLS/,
      ],
      [
        'a server that hangs up in the middle of the handshake',
        () => stranger((socket) => socket.once('data', () => socket.resetAndDestroy())),
        /refused or broke/,
      ],
      [
        'a server that sends an alert',
        () => stranger((socket) => socket.once('data', () => socket.write(Buffer.from([21, 3, 3, 0, 2, 2, 40])))),
        /alert 40/,
      ],
      ['a server that says nothing at all', () => stranger(() => {}), /did not answer/],
    ];

    async function stranger(
      act: ConstructorParameters<typeof Stranger>[0],
    ): Promise<{ port: number; end: () => void }> {
      const server = new Stranger(act);
      return { port: await server.listen(), end: () => server.close() };
    }

    for (const [title, meet, reason] of failures) {
      it(`outlives ${title}, says why, and tries again`, async () => {
        const { port, end } = await meet();
        const sensor = start({
          tap: capture('nmap-ss-block', ',speed=4'),
          broker: { port, tls: true, ca: ours.der, user: 'secret-user', password: 'secret-password' },
        });
        const silent = reason.source === 'did not answer';
        const told = (): string[] => sensor.lines.filter((line) => line.startsWith('No connection to the broker'));
        const enough = (): boolean => told().length >= (silent ? 1 : 3) || sensor.exits.length > 0;
        // A broker has 30 s to answer, which is more than `until` waits.
        await until(enough)
          .catch(() => until(enough))
          .catch(() => until(enough, 'the failures'));
        assert.deepEqual(sensor.exits, []);
        assert.equal(sensor.said(/Connected to the broker/), false);
        say(`${told()[0]}`);
        assert.match(told()[0] ?? '', reason);
        end();
      }).timeout(90_000);
    }

    it('never sends its password to a server that broke the handshake off', async () => {
      const heard: Buffer[] = [];
      const { port, end } = await stranger((socket) => {
        socket.on('data', (bytes: Buffer) => {
          if (heard.length === 0) socket.write(Buffer.from([21, 3, 3, 0, 2, 2, 40]));
          heard.push(bytes);
        });
      });
      const sensor = start({
        tap: capture('benign-monitoring'),
        broker: { port, tls: true, ca: ours.der, user: 'secret-user', password: 'secret-password' },
      });
      await until(() => sensor.said(/No connection to the broker/), 'the failure');
      await sleep(1_000);
      end();
      assert.equal(Buffer.concat(heard).includes('secret'), false);
    });
  });
});

describeWith(
  ['moddable', 'nmap-netns', 'chromium'],
  'the firmware under XS at a live interface',
  function (this: Mocha.Suite) {
    this.timeout(1_200_000);

    it("tells of a real nmap, and a browser shows it on the collector's page", async () => {
      const sdk = findSdk();
      if (!sdk) throw new Error('no SDK');
      const firmware = buildForLinux(sdk);
      const folder = scratch();
      const branch = new Branch();
      try {
        const collector = branch.inOffice(
          process.execPath,
          join(projectRoot, 'scripts/blockwatch.mjs'),
          'collector',
          '--http',
          '127.0.0.1:0',
          '--mqtt',
          '127.0.0.1:0',
          '--store',
          folder.path('live.db'),
        );
        const [, api = '', mqtt = ''] = await said(collector, /(http:\S+)[\s\S]*?(mqtt:\S+)/);
        const state = folder.path('state');
        new XsSensor(firmware, state, {
          site: 'office',
          sensor: 'xs',
          broker: { port: Number(new URL(mqtt).port) },
          tap: branch.tap,
          home: [officeHome],
        });
        const sensor = branch.inOffice('env', `BLOCKWATCH_STATE=${state}`, firmware.host, firmware.application);
        await said(sensor, /Connected to the broker/);
        await branch.scan(
          'nmap',
          '-sS',
          '-Pn',
          '-n',
          '-p',
          '23',
          '--max-retries',
          '0',
          '--min-rate',
          '100',
          '10.77.1.0/25',
        );
        const found = await until(
          async () => ((await branch.fetch(`${api}/api/v1/scans`)) as { scans: Scan[] }).scans[0],
          'the scan',
        );
        assert.equal(found.source, scanner);
        assert.equal(found.site, 'office');
        say(
          `${found.kind} by ${found.source}: ${found.probes} probes at ${found.targets} of ${alive.length} living and many absent addresses, evidence ${found.evidence}`,
        );
        const picture = join(projectRoot, 'build/firmware/page.png');
        const [, look = ''] = await said(
          branch.inOffice(
            process.execPath,
            join(projectRoot, 'test/firmware/look.mjs'),
            chromiumPath() ?? '',
            api,
            scanner,
            picture,
          ),
          /^(\{.*\})$/m,
        );
        const seen = JSON.parse(look) as { found: string; complaints: string[] };
        assert.match(seen.found, new RegExp(scanner.replaceAll('.', '\\.')));
        assert.deepEqual(seen.complaints, []);
        assert.deepEqual([...readFileSync(picture).subarray(1, 4)], [0x50, 0x4e, 0x47]);
        say(`on the page: "${seen.found}" (build/firmware/page.png)`);
      } finally {
        await branch.close();
        folder.remove();
      }
    });
  },
);

/** A port that is free a moment before. */
async function freeListener(): Promise<{ port: number }> {
  const server = new Stranger(() => {});
  const port = await server.listen();
  server.close();
  return { port };
}
