/**
 * What scripts/test.mjs has mocha load beside the tests: root hooks, which a parallel run calls once a file in the worker
 * that runs it, and fixtures of the whole run, which stay in mocha's own process.
 */

import { createHook } from 'node:async_hooks';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './collector/postgres.js';
import { ASK } from './shared-cluster.js';

/** Handles are gone this long after a file's last test, in ms: a socket's end takes a round of the event loop or two. */
const GRACE = 3_000;

let folder: string;
let server: Server;
let cluster: Promise<Cluster> | undefined;

async function startCluster(): Promise<Cluster> {
  const { Cluster } = await import('./collector/postgres.js');
  const made = new Cluster(folder);
  await made.start();
  // A run that is cut off leaves no server behind.
  process.once('exit', () => void made.halt());
  return made;
}

export async function mochaGlobalSetup(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'blockwatch-pg-'));
  const path = join(folder, 'ask');
  server = createServer((socket) => {
    socket.on('error', () => {});
    cluster ??= startCluster();
    cluster.then(
      ({ directory }) => socket.end(directory),
      () => socket.end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  process.env[ASK] = path;
}

export async function mochaGlobalTeardown(): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
  await (await cluster?.catch(() => undefined))?.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** CPU time of a process and of its children, those that have ended and those that go on, in seconds. */
function cpuSeconds(id: number): number {
  try {
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) / 100, 0);
    const children = readFileSync(`/proc/${id}/task/${id}/children`, 'utf8').split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + cpuSeconds(Number(child)), own);
  } catch {
    // It has just ended, or this system has no /proc.
    return 0;
  }
}

/** Handles that keep the process alive, by type; those that were there before the tests are left out. */
function handles(before: readonly string[] = []): string[] {
  const left = process.getActiveResourcesInfo().filter((type) => type !== 'Immediate');
  for (const type of before) {
    const at = left.indexOf(type);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

const traced = new Map<number, string>();
if (process.env['BLOCKWATCH_TRACE_HANDLES']) {
  createHook({
    init: (id, type) =>
      void traced.set(id, `${type}\n${(new Error('where it was made').stack ?? '').split('\n').slice(3).join('\n')}`),
    destroy: (id) => void traced.delete(id),
  }).enable();
}

let started = 0;
let cpu = 0;
let atStart: string[] = [];
let file = '';

export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    await sleep(1);
    this.test?.parent?.eachTest((test) => {
      file ||= test.file ?? '';
    });
    started = performance.now();
    cpu = cpuSeconds(process.pid);
    atStart = handles();
    traced.clear();
  },

  /** Fails the file that leaves a handle: a server, socket, timer or process that would keep a program from its end. */
  async afterAll(): Promise<void> {
    const log = process.env['BLOCKWATCH_TEST_TIMES'];
    const seconds = (performance.now() - started) / 1000;
    if (log) appendFileSync(log, `${JSON.stringify({ file, seconds, cpu: cpuSeconds(process.pid) - cpu })}\n`);
    let left: string[] = [];
    for (const end = performance.now() + GRACE; ; ) {
      await sleep(1);
      // Of a run that is not parallel the cluster is a child of this process, and stays for the next file.
      left = handles(cluster !== undefined ? [...atStart, 'ProcessWrap'] : atStart);
      if (left.length === 0 || performance.now() > end) break;
      await sleep(50);
    }
    const name = file;
    file = '';
    if (left.length === 0) return;
    const known = [...traced.values()].filter((text) => left.some((type) => text.startsWith(type.replace('Wrap', ''))));
    throw new Error(
      `${name} leaves ${left.join(', ')} open${known.length > 0 ? `:\n${known.join('\n')}` : ' (BLOCKWATCH_TRACE_HANDLES=1 shows where)'}`,
    );
  },
};
