/** PostgreSQL clusters for the tests: in a temporary directory, on a Unix socket, removed afterwards. */

import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openStore } from '../../host/collector/store/open.js';
import { sharedCluster } from '../shared-cluster.js';
import { until } from '../support/collector.js';
import { postgresFolder } from '../support/requirement.js';

/**
 * A throw-away server: no durability, no compiled plans. Autovacuum stays on, because plans go wrong without its
 * statistics.
 */
const settings = ['listen_addresses=', 'fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'jit=off'];

let databases = 0;

/** One suite's own database in a cluster. */
export class SuiteDatabase {
  readonly #sockets: string;
  readonly #name: string;
  #schemas = 0;
  #emptied: { url: string; reset: string } | undefined;

  /** @param sockets the folder with the server's socket */
  constructor(sockets: string, name: string) {
    this.#sockets = sockets;
    this.#name = name;
  }

  /** A location for tables that no other test uses. */
  async fresh(): Promise<string> {
    const schema = `s${++this.#schemas}`;
    await this.query(`CREATE SCHEMA ${schema}`);
    return this.url(`options=${encodeURIComponent(`-c search_path=${schema}`)}`);
  }

  /**
   * A location with all tables as the migrations leave them. It is the same one each time, so only one test may have it
   * open: making the tables takes the server five times as long as emptying them.
   */
  async emptied(): Promise<string> {
    if (this.#emptied) {
      await this.query(this.#emptied.reset);
    } else {
      const model = await this.fresh();
      const from = `s${this.#schemas}`;
      const url = await this.fresh();
      const to = `s${this.#schemas}`;
      for (const one of [model, url]) await (await openStore(one)).close();
      const tables = await this.query<{ name: string }>(
        `SELECT tablename AS name FROM pg_tables WHERE schemaname = '${to}'`,
      );
      const reset = [
        `TRUNCATE ${tables.map(({ name }) => `${to}.${name}`).join(', ')} RESTART IDENTITY`,
        ...tables.map(({ name }) => `INSERT INTO ${to}.${name} SELECT * FROM ${from}.${name}`),
      ];
      this.#emptied = { url, reset: reset.join('; ') };
    }
    return this.#emptied.url;
  }

  url(parameters = ''): string {
    return `postgres://blockwatch@${encodeURIComponent(this.#sockets)}/${this.#name}?${parameters}`;
  }

  async query<T>(sql: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.url() });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows as T[];
    } finally {
      await client.end();
    }
  }
}

/** A whole cluster, for a test run or for a test that stops its server. */
export class Cluster extends SuiteDatabase {
  readonly directory: string;
  readonly #bin = postgresFolder() as string;
  // PostgreSQL refuses to run as root; Debian's package brings this user.
  readonly #user = process.getuid?.() === 0 ? userOf('postgres') : undefined;
  #server: ChildProcess | undefined;

  constructor(directory = mkdtempSync(join(tmpdir(), 'blockwatch-pg-'))) {
    super(directory, 'postgres');
    this.directory = directory;
  }

  async start(): Promise<void> {
    const data = join(this.directory, 'data');
    chmodSync(this.directory, 0o755);
    mkdirSync(data, { mode: 0o700 });
    if (this.#user) for (const path of [this.directory, data]) chownSync(path, this.#user.uid, this.#user.gid);
    execFileSync(
      join(this.#bin, 'initdb'),
      ['-D', data, '-U', 'blockwatch', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
      {
        ...this.#user,
        stdio: 'ignore',
        cwd: this.directory,
      },
    );
    await this.run();
  }

  /** Starts the server of a cluster that exists. */
  async run(): Promise<void> {
    const data = join(this.directory, 'data');
    this.#server = spawn(
      join(this.#bin, 'postgres'),
      ['-D', data, '-k', this.directory, ...settings.flatMap((setting) => ['-c', setting])],
      {
        ...this.#user,
        stdio: 'ignore',
        cwd: this.directory,
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

  /** Stops the server and cuts its connections, like an administrator's restart. */
  async halt(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    await ended;
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A database for the calling suite in the run's cluster, created before its tests and removed with the cluster. */
export function databaseOfSuite(): () => SuiteDatabase {
  let database: SuiteDatabase;
  before(async function () {
    this.timeout(60_000);
    const sockets = await sharedCluster();
    const name = `d${process.pid}_${++databases}`;
    await new SuiteDatabase(sockets, 'postgres').query(`CREATE DATABASE ${name}`);
    database = new SuiteDatabase(sockets, name);
  });
  return () => database;
}

function userOf(name: string): { uid: number; gid: number } {
  const ask = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: ask('-u'), gid: ask('-g') };
}
