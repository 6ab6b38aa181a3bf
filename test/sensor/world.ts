/** Fakes for the Linux sensor: a manually fed input, an engine that makes a record of every frame, brokers. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { decode } from 'cborg';
import type { EngineRunner, Frame } from '../../host/sensor/engine-runner.js';
import { mqttConnector } from '../../host/sensor/mqtt.js';
import type { FrameInput, SensorOptions } from '../../host/sensor/sensor.js';
import { LinuxSensor } from '../../host/sensor/sensor.js';
import { readAlert } from '../../src/protocol/alert.js';
import type { EngineSettings } from '../../src/protocol/engine-config.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { clientId } from '../../src/protocol/topics.js';
import { sampleRecord } from '../support/samples.js';

const START = 1_760_000_000_000;

const frameAt = (timeMs: number): Frame => ({
  timeMs,
  link: 1,
  bytes: new Uint8Array(60),
  offset: 0,
  captured: 60,
  original: 60,
});

class FedInput implements FrameInput {
  live = true;
  lostFrames = 0;
  failure: Error | undefined;
  readonly #batches: Frame[][] = [];
  #closed = false;
  #wake: () => void = () => {};

  /** Feeds frames, one millisecond apart. */
  feed(count: number, from = START): void {
    this.#batches.push(Array.from({ length: count }, (_, i) => frameAt(from + i)));
    this.#wake();
  }

  async *frames(): AsyncIterable<Frame[]> {
    for (;;) {
      const batch = this.#batches.shift();
      if (batch) yield batch;
      else if (this.failure) throw this.failure;
      else if (this.#closed) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  lost(): number {
    return this.lostFrames;
  }

  /** Also ends the input if the test says so. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  fail(error: Error): void {
    this.failure = error;
    this.#wake();
  }
}

/** Makes one record per frame; remembers its settings. */
class FindingEngine implements EngineRunner {
  traps = 0;
  framesLost = 0;
  frames = 0;
  ticks: number[] = [];
  flushed = 0;
  configs: EngineSettings[] = [];
  readonly #records: TimedRecord[] = [];

  push(timeMs: number): void {
    this.frames++;
    const times = { time: timeMs, first: timeMs, last: timeMs };
    this.#records.push(sampleRecord({ ...times, episode: this.frames, targets: this.frames }));
  }

  run(): void {}

  tick(timeMs: number): void {
    this.ticks.push(timeMs);
  }

  flush(): void {
    this.flushed++;
  }

  configure(settings: EngineSettings): void {
    this.configs.push(settings);
  }

  takeRecords(): TimedRecord[] {
    return this.#records.splice(0);
  }

  counters(): Record<string, number> {
    return { frames: this.frames, sourcesUsed: 5 };
  }
}

export interface Stored {
  name: string;
  record: TimedRecord;
}

/** What a collector would receive: every message that the broker accepted, copies included. */
export class Shelf {
  readonly copies: Stored[] = [];
  readonly others: { topic: string; payload: Buffer }[] = [];

  add(topic: string, payload: Buffer): void {
    if (!topic.startsWith('blockwatch/1/')) return;
    if (!topic.endsWith('/alert')) return void this.others.push({ topic, payload });
    const { boot, sequence, record } = readAlert(decode(payload, { useMaps: true }));
    this.copies.push({ name: `${boot}/${sequence}`, record });
  }

  get names(): Set<string> {
    return new Set(this.copies.map((copy) => copy.name));
  }

  on(messageType: string): Buffer[] {
    return this.others.filter(({ topic }) => topic.endsWith(`/${messageType}`)).map(({ payload }) => payload);
  }
}

/** A TCP proxy in front of a broker, which may have another address each time it is opened. */
export class Door {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #to: number | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async build(): Promise<Door> {
    const server = createServer();
    const door = new Door(server);
    server.on('connection', (socket) => door.#pass(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return door;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  open(port: number): void {
    this.#to = port;
  }

  /** Breaks open connections and accepts no new ones until it is opened. */
  shut(): void {
    this.#to = undefined;
    this.cut();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async remove(): Promise<void> {
    this.shut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(outer: Socket): void {
    if (this.#to === undefined) return void outer.destroy();
    const inner = connect(this.#to, '127.0.0.1');
    for (const [socket, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}

/** aedes in this process. */
export class AedesBroker {
  port = 0;
  readonly aedes: Aedes;
  readonly #server: Server;

  private constructor(aedes: Aedes, server: Server) {
    this.aedes = aedes;
    this.#server = server;
  }

  static async start(shelf: Shelf): Promise<AedesBroker> {
    const aedes = await Aedes.createBroker();
    aedes.on('publish', (packet) => shelf.add(packet.topic, packet.payload as Buffer));
    const server = createServer(aedes.handle);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const broker = new AedesBroker(aedes, server);
    broker.port = (server.address() as AddressInfo).port;
    return broker;
  }

  publish(topic: string, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const packet = { cmd: 'publish', topic, payload: text, qos: 1, retain: true, dup: false } as const;
      this.aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Stops it and discards its state. */
  async kill(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    await new Promise<void>((resolve) => this.aedes.close(() => resolve()));
    await closed;
  }
}

/** Waits for a condition; after too long, fails with a message about what it waited for. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000; i++) {
    if (holds()) return;
    await sleep(5);
  }
  throw new Error(`In vain: ${what}`);
}

export function stateDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'blockwatch-'));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

export interface Running {
  sensor: LinuxSensor;
  input: FedInput;
  engines: FindingEngine[];
  loads: EngineSettings[];
  said: string[];
}

export async function startSensor(url: string, state: string, changes: Partial<SensorOptions> = {}): Promise<Running> {
  const input = new FedInput();
  const engines: FindingEngine[] = [];
  const loads: Running['loads'] = [];
  const said: string[] = [];
  const sensor = await LinuxSensor.start({
    site: 'berlin',
    sensor: 'tap',
    version: '0.1.0',
    input,
    state,
    connector: mqttConnector({ url, clientId: clientId('berlin', 'tap') }),
    loadEngine: async (settings) => {
      loads.push(settings);
      const engine = new FindingEngine();
      engines.push(engine);
      return engine;
    },
    times: { backoffFirst: 20, backoffMost: 100, acknowledgeTimeout: 2_000, connectTimeout: 2_000 },
    say: (sentence) => said.push(sentence),
    ...changes,
  });
  return { sensor, input, engines, loads, said };
}
