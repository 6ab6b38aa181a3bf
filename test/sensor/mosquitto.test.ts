import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import { connectAsync } from 'mqtt';
import { readStatus } from '../../src/protocol/status.js';
import { freePort } from '../support/mosquitto.js';
import { describeWith, findProgram } from '../support/requirement.js';
import { Door, Shelf, startSensor, stateDirectory, until } from './world.js';

/** Mosquitto with persistence on disk: what it acknowledged survives its end. */
class Mosquitto {
  port = 0;
  readonly #directory = mkdtempSync(join(tmpdir(), 'blockwatch-'));
  #child: ChildProcess | undefined;

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    const config = join(this.#directory, 'mosquitto.conf');
    writeFileSync(
      config,
      [
        `listener ${this.port} 127.0.0.1`,
        'allow_anonymous true',
        'persistence true',
        `persistence_location ${this.#directory}/`,
        'user root',
        'max_queued_messages 0',
        '',
      ].join('\n'),
    );
    this.#child = spawn(findProgram('mosquitto') as string, ['-c', config], { stdio: 'ignore' });
    for (let i = 0; i < 500 && !(await answers(this.port)); i++) await sleep(10);
  }

  async stop(): Promise<void> {
    const child = this.#child as ChildProcess;
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket
      .on('connect', () => resolve(true))
      .on('error', () => resolve(false))
      .on('connect', () => socket.destroy());
  });
}

describeWith(['mosquitto'], 'The Linux sensor and mosquitto', function () {
  this.timeout(60_000);
  let broker: Mosquitto;
  let door: Door;
  let shelf: Shelf;
  let collector: MqttClient;
  let state: ReturnType<typeof stateDirectory>;

  beforeEach(async () => {
    shelf = new Shelf();
    broker = new Mosquitto();
    await broker.start();
    door = await Door.build();
    door.open(broker.port);
    state = stateDirectory();
    collector = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
      clientId: 'collector',
      clean: false,
      reconnectPeriod: 50,
      protocolVersion: 4,
    });
    collector.on('error', () => {});
    collector.on('message', (topic, payload) => shelf.add(topic, payload));
    await collector.subscribeAsync('blockwatch/1/#', { qos: 1 });
  });
  afterEach(async () => {
    await collector.endAsync(true);
    await door.remove();
    await broker.stop();
    broker.remove();
    state.remove();
  });

  it('loses nothing when the broker restarts and connections break, and names nothing twice', async () => {
    const { sensor, input } = await startSensor(door.url, state.path);
    for (let round = 1; round <= 3; round++) {
      input.feed(50);
      await until('some alerts', () => shelf.names.size > (round - 1) * 100 + 5);
      door.cut();
      input.feed(25);
      door.shut();
      await broker.stop();
      input.feed(25);
      await broker.start();
      door.open(broker.port);
      await until(`round ${round}`, () => shelf.names.size === round * 100);
    }
    const { boot } = sensor.outbox;
    const expected = Array.from({ length: 300 }, (_, i) => `${boot}/${i + 1}`);
    assert.deepEqual([...shelf.names].sort(), expected.sort());
    for (const { name, record } of shelf.copies) assert.equal(name, `${boot}/${record.targets}`);
    await sensor.stop();
    assert.equal(sensor.outbox.used, 0);
  });

  it('leaves a correct retained status after a broken connection', async () => {
    const { sensor } = await startSensor(door.url, state.path);
    const statuses = () => shelf.on('status').map((payload) => readStatus(payload.toString()));
    await until('a birth', () => statuses().length === 1);
    door.cut();
    await until('the second birth', () => statuses().some((status) => status.connection === 2));
    const late = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { protocolVersion: 4 });
    let retained = '';
    late.on('message', (_topic, payload) => (retained = payload.toString()));
    await late.subscribeAsync('blockwatch/1/berlin/tap/status');
    await until('a retained status', () => retained !== '');
    const { state: now, connection } = readStatus(retained);
    assert.deepEqual([now, connection], ['online', 2]);
    await late.endAsync(true);
    await sensor.stop();
  });
});
