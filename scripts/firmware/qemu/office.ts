/**
 * What an emulated board reports to, all of it real: an authority, a mosquitto with TLS and accounts, a collector, an
 * enrolment by the command line.
 */

import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scan, Sensor } from '../../../host/api/types.js';
import { projectRoot } from '../../../host/common/paths.js';
import { Authority } from '../../authority.js';
import { CollectorProcess } from '../../collector-process.js';
import { BROKER_NAME, HERE, TIME_NAME } from './network.js';

const SITE = 'lab';
const SENSOR = 'chip';
const PORT = 8883;

export class Office {
  readonly authority: Authority;
  readonly #folder: string;
  #broker: ChildProcess | undefined;
  #collector: CollectorProcess | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.authority = new Authority(folder, 'ours');
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** `blockwatch` with these words; its output. */
  cli(...words: string[]): string {
    return execFileSync(process.execPath, [join(projectRoot, 'scripts/blockwatch.mjs'), ...words], {
      encoding: 'utf8',
      stdio: 'pipe',
      cwd: this.#folder,
    });
  }

  get store(): string {
    return this.#path('collector.db');
  }

  get brokerUrl(): string {
    return `mqtts://${BROKER_NAME}:${PORT}`;
  }

  /** Words for a command that talks to the broker as its operator. */
  get operator(): string[] {
    return [
      '--broker',
      `mqtts://${HERE}:${PORT}`,
      '--ca',
      this.#path('ours.pem'),
      '--account',
      this.#path('broker/blockwatch-operator.account'),
      '--store',
      this.store,
    ];
  }

  get fleetKey(): string[] {
    return ['--fleet-key', this.#path('fleet.key')];
  }

  /** @returns the board's provisioning, one line of JSON */
  async open(board: string, home: readonly string[]): Promise<string> {
    const { cert, key } = this.authority.issue('broker', `DNS:${BROKER_NAME},IP:${HERE}`);
    const files = this.#path('broker');
    this.cli(
      'enroll',
      '--site',
      SITE,
      '--sensor',
      SENSOR,
      '--board',
      board,
      '--broker',
      this.brokerUrl,
      '--ca',
      this.#path('ours.pem'),
      '--time-server',
      TIME_NAME,
      '--out',
      this.#path('provisioning.json'),
      '--broker-files',
      files,
      '--fleet-key',
      this.#path('fleet.key'),
      '--store',
      this.store,
      ...(home.length > 0 ? ['--home', ...home] : []),
    );
    const settings = readFileSync(join(files, 'mosquitto.conf'), 'utf8')
      .replace(/^certfile .*$/m, `certfile ${cert}`)
      .replace(/^keyfile .*$/m, `keyfile ${key}`);
    writeFileSync(this.#path('mosquitto.conf'), `user root\npersistence_location ${this.#folder}/\n${settings}`);
    await this.startBroker();
    this.#collector = await CollectorProcess.start([
      '--broker',
      `mqtts://${HERE}:${PORT}`,
      '--ca',
      this.#path('ours.pem'),
      '--account',
      join(files, 'blockwatch-collector.account'),
      '--store',
      this.store,
    ]);
    return readFileSync(this.#path('provisioning.json'), 'utf8').trim();
  }

  /** A second broker on the wire, with these settings of its own for TLS; returns how to end it. */
  async otherBroker(port: number, settings: readonly string[]): Promise<() => void> {
    writeFileSync(
      this.#path('other.conf'),
      [`listener ${port} ${HERE}`, 'allow_anonymous true', 'user root', ...settings, ''].join('\n'),
    );
    const broker = spawn('mosquitto', ['-c', this.#path('other.conf')], { stdio: 'ignore' });
    await sleep(500);
    if (broker.exitCode !== null) throw new Error(`the other mosquitto does not run with ${settings.join(', ')}`);
    return () => broker.kill('SIGKILL');
  }

  async startBroker(): Promise<void> {
    const broker = spawn('mosquitto', ['-c', this.#path('mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    broker.stderr.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-2048)));
    this.#broker = broker;
    const failed = await Promise.race([
      sleep(700),
      new Promise<string>((resolve) =>
        broker
          .once('error', () => resolve('it is not installed: apt-get install mosquitto'))
          .once('exit', () => resolve(said.trim())),
      ),
    ]);
    if (failed !== undefined) throw new Error(`mosquitto does not run: ${failed}`);
  }

  async stopBroker(): Promise<void> {
    const broker = this.#broker;
    if (!broker || broker.exitCode !== null) return;
    const ended = new Promise((resolve) => broker.once('exit', resolve));
    broker.kill('SIGTERM');
    await ended;
  }

  async close(): Promise<void> {
    await this.#collector?.stop();
    await this.stopBroker();
  }

  async get<T>(path: string): Promise<T> {
    return (await fetch(`${this.#collector?.http ?? ''}${path}`)).json() as Promise<T>;
  }

  scans = async (): Promise<Scan[]> => (await this.get<{ scans: Scan[] }>('/api/v1/scans?limit=500')).scans;
  gaps = async (): Promise<unknown[]> => (await this.get<{ gaps: unknown[] }>('/api/v1/gaps')).gaps;
  sensor = async (): Promise<Sensor | undefined> =>
    (await this.get<{ sensors: Sensor[] }>('/api/v1/sensors')).sensors[0];

  /** What `probe` finds, asked again and again. @throws Error that names `what` where it finds nothing in time */
  async until<T>(
    probe: () => Promise<T | undefined | false> | T | undefined | false,
    what: string,
    seconds = 120,
  ): Promise<T> {
    for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(200)) {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    }
    throw new Error(`${what} did not come within ${seconds} s`);
  }
}
