/** A PostgreSQL cluster of the tests' own: in a temporary directory, on a Unix socket, gone afterwards. */

import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { until } from '../support/collector.js';
import { postgresFolder } from '../support/requirement.js';

export class Cluster {
  readonly #directory = mkdtempSync(join(tmpdir(), 'blockwatch-pg-'));
  readonly #bin = postgresFolder() as string;
  // PostgreSQL refuses to run as root; Debian's package brings this user.
  readonly #user = process.getuid?.() === 0 ? userOf('postgres') : undefined;
  #server: ChildProcess | undefined;
  #schemas = 0;

  async start(): Promise<void> {
    const data = join(this.#directory, 'data');
    chmodSync(this.#directory, 0o755);
    mkdirSync(data, { mode: 0o700 });
    if (this.#user) for (const path of [this.#directory, data]) chownSync(path, this.#user.uid, this.#user.gid);
    execFileSync(
      join(this.#bin, 'initdb'),
      ['-D', data, '-U', 'blockwatch', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
      {
        ...this.#user,
        stdio: 'ignore',
        cwd: this.#directory,
      },
    );
    await this.run();
  }

  /** Starts the server of a cluster that exists. */
  async run(): Promise<void> {
    const data = join(this.#directory, 'data');
    this.#server = spawn(
      join(this.#bin, 'postgres'),
      ['-D', data, '-k', this.#directory, '-c', 'listen_addresses=', '-c', 'fsync=off'],
      {
        ...this.#user,
        stdio: 'ignore',
        cwd: this.#directory,
      },
    );
    await until(
      () =>
        this.query('SELECT 1').then(
          () => true,
          () => false,
        ),
      'the start of PostgreSQL',
    );
  }

  /** Ends the server and cuts its connections, as an administrator's restart does. */
  async halt(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    await ended;
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** A place for tables that nobody else uses. */
  async fresh(): Promise<string> {
    const schema = `s${++this.#schemas}`;
    await this.query(`CREATE SCHEMA ${schema}`);
    return this.url(`options=${encodeURIComponent(`-c search_path=${schema}`)}`);
  }

  url(parameters = ''): string {
    return `postgres://blockwatch@${encodeURIComponent(this.#directory)}/postgres?${parameters}`;
  }

  async query(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url() });
    client.on('error', () => {});
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
}

/** A cluster for the suite that calls this: there before its tests, gone after them. */
export function clusterOfSuite(): () => Cluster {
  let cluster: Cluster;
  before(async function () {
    this.timeout(60_000);
    cluster = new Cluster();
    await cluster.start();
  });
  after(() => cluster.stop());
  return () => cluster;
}

function userOf(name: string): { uid: number; gid: number } {
  const ask = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: ask('-u'), gid: ask('-g') };
}
