/** All of it running: a mosquitto, one collector as a process of its own, and a Linux sensor for each branch. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Output, Sensor } from '../../host/api/types.js';
import { projectRoot } from '../../host/common/paths.js';
import { Engine } from '../../host/sensor/engine.js';
import { mqttConnector } from '../../host/sensor/mqtt.js';
import { LinuxSensor } from '../../host/sensor/sensor.js';
import { clientId } from '../../src/protocol/topics.js';
import { Mosquitto } from '../../test/support/mosquitto.js';
import { CollectorProcess } from '../collector-process.js';
import type { Labelled } from './plan.js';
import type { Hours } from './traffic.js';
import { BranchInput, readFrames, thinProbes } from './traffic.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Milliseconds that what was sent may take to be stored. */
const PATIENCE = 300_000;
/** Milliseconds that the collector may take to push what the fleet convicts: it looks every ten seconds. */
const CONVICTED = 60_000;
/** Seconds; more often than usual, so that all have reported their health by the end. */
const HEALTH = 5;

/** Pushed outputs, each into a file. */
export const pushed = ['eve', 'cef', 'json'] as const;

interface Running {
  branch: Labelled;
  sensor: LinuxSensor;
  input: BranchInput;
  /** Of the last message that it has put into its outbox. */
  sequence: number;
}

export class Scene {
  readonly #running: Running[] = [];
  readonly #folder: string;
  frames = 0;

  private constructor(
    readonly mosquitto: Mosquitto,
    readonly collector: CollectorProcess,
    folder: string,
  ) {
    this.#folder = folder;
  }

  /** @param options more options of `blockwatch collector` */
  static async open(options: readonly string[] = []): Promise<Scene> {
    const folder = mkdtempSync(join(tmpdir(), 'blockwatch-branches-'));
    const mosquitto = new Mosquitto();
    try {
      await mosquitto.start();
      const outputs = join(folder, 'outputs.json');
      writeFileSync(
        outputs,
        JSON.stringify({
          outputs: pushed.map((format) => ({ name: format, format, to: `file://${folder}/${format}.log` })),
        }),
      );
      const collector = await CollectorProcess.start([
        '--outputs',
        outputs,
        '--broker',
        mosquitto.url,
        '--client-id',
        'branches',
        '--store',
        join(folder, 'collector.db'),
        ...options,
      ]);
      return new Scene(mosquitto, collector, folder);
    } catch (error) {
      await mosquitto.stop();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Starts the branches' sensors. `speed`: times the capture's own pace, as if it happened now; absent: as fast as it goes. */
  async start(branches: readonly Labelled[], hours: Hours, speed?: number): Promise<void> {
    for (const [i, branch] of branches.entries()) {
      const { site, sensor: name, home } = branch;
      const input = new BranchInput(
        readFrames(branch.path),
        branch.thin.flatMap((thin) => thinProbes(thin, hours, i)),
        hours,
      );
      const one: Running = { branch, input, sequence: 0, sensor: undefined as never };
      one.sensor = await LinuxSensor.start({
        site,
        sensor: name,
        version: '0.1.0',
        input,
        home,
        state: this.#folder,
        atEnd: 'stay',
        healthSeconds: HEALTH,
        connector: mqttConnector({ url: this.mosquitto.url, clientId: clientId(site, name) }),
        loadEngine: (settings) => Engine.load(settings),
        enqueued: (_, sequence) => (one.sequence = Math.max(one.sequence, sequence)),
        ...(speed === undefined ? {} : { speed }),
      });
      this.#running.push(one);
    }
  }

  /** Until the sensors have read all, the broker has taken it over, and the collector has stored it. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.map(({ input }) => input.finished));
    this.frames = this.#running.reduce((sum, { input }) => sum + input.frameCount, 0);
    for (const deadline = Date.now() + PATIENCE; ; await pause(100)) {
      const { sensors } = await this.ask<{ sensors: Sensor[] }>('sensors');
      const last = new Map(sensors.map((one) => [`${one.site}/${one.sensor}`, one]));
      const waiting = this.#running.filter(({ branch, sensor, sequence }) => {
        const known = last.get(`${branch.site}/${branch.sensor}`);
        return (
          sensor.outbox.used > 0 ||
          !known ||
          known.lastSequence < sequence ||
          known.missing > 0 ||
          known.healthReceived === null
        );
      });
      if (waiting.length === 0) return;
      if (Date.now() > deadline)
        throw new Error(
          `not all is stored after ${PATIENCE / 1000} s: ${waiting.map(({ branch }) => branch.site).join(', ')}`,
        );
    }
  }

  /** The collector's API, below /api/v1. */
  async ask<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.collector.http}/api/v1/${path}`);
    if (!answer.ok) throw new Error(`the collector answers ${path} with HTTP ${answer.status}`);
    return (await answer.json()) as T;
  }

  /** Lines that an output has written, once nothing waits for it any more and one holds the word; without it in the end, what there is. */
  async output(name: (typeof pushed)[number], word: string): Promise<string[]> {
    const path = join(this.#folder, `${name}.log`);
    for (const deadline = Date.now() + CONVICTED; ; await pause(200)) {
      const { outputs } = await this.ask<{ outputs: Output[] }>('outputs');
      const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
      if (
        Date.now() > deadline ||
        (outputs.some((one) => one.name === name && one.lag === 0) && lines.some((line) => line.includes(word)))
      )
        return lines;
    }
  }

  /** What a command of `blockwatch` prints. */
  async command(...args: string[]): Promise<string> {
    const child = spawn(process.execPath, [join(projectRoot, 'scripts/blockwatch.mjs'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, BLOCKWATCH_COLLECTOR: this.collector.http },
    });
    let out = '';
    let error = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`blockwatch ${args.join(' ')} ends with ${code}: ${error.trim()}`);
    return out;
  }

  /** Ends the sensors in good order. */
  async rest(): Promise<void> {
    await Promise.all(this.#running.splice(0).map(({ sensor }) => sensor.stop()));
  }

  async close(): Promise<void> {
    await this.rest();
    await this.collector.stop();
    await this.mosquitto.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
