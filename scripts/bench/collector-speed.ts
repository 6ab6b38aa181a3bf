/**
 * Alerts a second from MQTT to the store: a collector as a process of its own with its embedded broker, or with one that is named, and a
 * fresh SQLite file, and one client that publishes with QoS 1 over TCP on loopback. The clock stops when the collector's API
 * says that every alert is stored.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import type { Sensor } from '../../host/api/types.js';
import { encodeAlert } from '../../src/protocol/alert.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { buildTopic } from '../../src/protocol/topics.js';
import { CollectorProcess } from '../collector-process.js';

const patience = 120_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Publishes `count` alerts, one record after another from `records`, and waits until all are stored. `broker`: an outside one's URL. */
export async function collectorAlertsPerSecond(
  records: readonly TimedRecord[],
  count: number,
  broker?: string,
): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'blockwatch-bench-'));
  let collector: CollectorProcess | undefined;
  try {
    collector = await CollectorProcess.start([
      '--store',
      join(directory, 'bench.db'),
      ...(broker === undefined ? ['--mqtt', '127.0.0.1:0'] : ['--broker', broker, '--client-id', 'blockwatch-bench']),
    ]);
    const client = await mqtt.connectAsync(collector.broker, { clientId: 'blockwatch/bench/bench' });
    const topic = buildTopic('bench', 'bench', 'alert');
    const payloads = Array.from({ length: count }, (_, i) =>
      Buffer.from(
        encodeAlert(
          { ...(records[i % records.length] as TimedRecord), episode: i },
          { boot: 1, sequence: i + 1, clock: 'synced' },
        ),
      ),
    );
    const begin = performance.now();
    await Promise.all(payloads.map((payload) => client.publishAsync(topic, payload, { qos: 1 })));
    for (;;) {
      const reply = await fetch(`${collector.http}/api/v1/sensors`);
      const { sensors } = (await reply.json()) as { sensors: Sensor[] };
      if (sensors.some((sensor) => sensor.sensor === 'bench' && sensor.lastSequence >= count && sensor.missing === 0))
        break;
      if (performance.now() - begin > patience)
        throw new Error(`not all of ${count} alerts were stored in ${patience / 1000} s`);
      await pause(10);
    }
    const seconds = (performance.now() - begin) / 1000;
    await client.endAsync(true);
    return count / seconds;
  } finally {
    await collector?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
