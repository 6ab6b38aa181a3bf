/**
 * Alerts a second from MQTT to the store: a collector as a process of its own with its embedded broker and a fresh
 * SQLite file, and one client that publishes with QoS 1 over TCP on loopback. The clock stops when the collector's API
 * says that every alert is stored.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import mqtt from 'mqtt';
import type { Sensor } from '../../host/collector/types.js';
import { projectRoot } from '../../host/paths.js';
import { encodeAlert } from '../../src/protocol/alert.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { buildTopic } from '../../src/protocol/topics.js';

const patience = 120_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Publishes `count` alerts, one record after another from `records`, and waits until all are stored. */
export async function collectorAlertsPerSecond(records: readonly TimedRecord[], count: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'blockwatch-bench-'));
  const collector = spawn(process.execPath, [join(projectRoot, 'scripts/blockwatch.mjs'), 'collector', '--http', '127.0.0.1:0',
    '--mqtt', '127.0.0.1:0', '--store', join(directory, 'bench.db')], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(collector, 'exit');
  try {
    const [broker, http] = await addresses(collector);
    const client = await mqtt.connectAsync(broker, { clientId: 'blockwatch/bench/bench' });
    const topic = buildTopic('bench', 'bench', 'alert');
    const payloads = Array.from({ length: count }, (_, i) => Buffer.from(encodeAlert(
      { ...(records[i % records.length] as TimedRecord), episode: i }, { boot: 1, sequence: i + 1, clock: 'synced' })));
    const begin = performance.now();
    await Promise.all(payloads.map((payload) => client.publishAsync(topic, payload, { qos: 1 })));
    for (;;) {
      const reply = await fetch(`${http}/api/v1/sensors`);
      const { sensors } = await reply.json() as { sensors: Sensor[] };
      if (sensors.some((sensor) => sensor.sensor === 'bench' && sensor.lastSequence >= count && sensor.missing === 0)) break;
      if (performance.now() - begin > patience) throw new Error(`not all of ${count} alerts were stored in ${patience / 1000} s`);
      await pause(10);
    }
    const seconds = (performance.now() - begin) / 1000;
    await client.endAsync(true);
    return count / seconds;
  } finally {
    collector.kill('SIGINT');
    // One that does not stop must not keep the bench from its end.
    const late = setTimeout(() => collector.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The broker's and the API's address, from what the collector prints as it starts. */
async function addresses(collector: ChildProcessByStdio<null, Readable, Readable>): Promise<[string, string]> {
  let text = '';
  for (const stream of [collector.stdout, collector.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  for (const deadline = Date.now() + 20_000; Date.now() < deadline && collector.exitCode === null; await pause(20)) {
    const broker = /mqtt:\/\/[\w.[\]:]+:\d+/.exec(text)?.[0];
    const http = /http:\/\/[\w.[\]:]+:\d+/.exec(text)?.[0];
    if (broker && http) return [broker, http];
  }
  throw new Error(`the collector did not start: ${text.trim()}`);
}
