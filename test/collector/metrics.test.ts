import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ingest } from '../../host/collector/intake/ingest.js';
import { Metrics } from '../../host/collector/metrics/metrics.js';
import { openStore } from '../../host/collector/store/open.js';
import { register } from '../../host/collector/store/outbox.js';
import { projectRoot } from '../../host/common/paths.js';
import { alert, health, scratch, status, T0 } from '../support/collector.js';
import { sampleRecord } from '../support/samples.js';

/** One family of an exposition: its help and type, then its samples. */
function families(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let name = '';
  for (const line of text.split('\n').filter(Boolean)) {
    name = /^# HELP (\S+)/.exec(line)?.[1] ?? name;
    found.set(name, [...(found.get(name) ?? []), line]);
  }
  return found;
}

/** Process metrics and file sizes vary between runs. */
const varies = /^(process_|blockwatch_store_bytes$)/;

describe('the exposition for Prometheus', () => {
  const files = scratch();
  after(files.remove);

  /** A fleet of two sensors with alerts, a duplicate, a refused message, lost messages and an output that is behind. */
  async function exposition(): Promise<string> {
    const db = await openStore(files.path('fleet.db'));
    const metrics = new Metrics();
    const committed = metrics.committed.bind(metrics);
    const ingest = new Ingest(db, { now: () => T0 + 10_000, metrics: { committed, waited: () => {} } });
    await register(db, 'siem', 'webhook', false);
    const messages = [
      status({ time: T0 + 9_000 }),
      status({ site: 'oslo', sensor: 'tap-2', time: T0 + 9_000 }),
      health({ time: T0 + 9_000, counters: { frames: 1234 }, figures: { tapLost: 5, trapLost: 2 } }),
      alert(1, { record: { time: T0, source: '203.0.113.7' } }),
      alert(2, { record: { time: T0, source: '203.0.113.8', severity: 'high' } }),
      alert(2, { record: { time: T0, source: '203.0.113.8', severity: 'high' } }),
      alert(9, { record: { time: T0, source: '203.0.113.9', kind: 'port-scan' } }),
      { topic: 'blockwatch/1/berlin/tap-1/alert', payload: new Uint8Array([1, 2, 3]), retained: false },
    ];
    for (const message of messages) await ingest.accept(message);
    await ingest.close();
    // No sensor can have this name, but labels are escaped all the same.
    const odd = { site: 'a"b\\c\nd', sensor: 's', boot: 1, sequence: 1, record: sampleRecord(), allowed: 1 };
    metrics.committed({ stored: 0, duplicates: 0, rejected: 0, alerts: [odd as never] });
    for (const seconds of [0.001, 0.005, 0.02, 0.3, 0.3, 40]) metrics.waited(seconds);
    const text = await metrics.write(db, T0 + 10_000, 7);
    await db.close();
    return text;
  }

  it('has the families, labels and figures that dashboards were made for', async () => {
    const written = families(await exposition());
    const expected = families(readFileSync(join(projectRoot, 'test/collector/exposition.txt'), 'utf8'));
    for (const [name, lines] of expected) {
      const found = written.get(name) ?? [];
      if (varies.test(name)) {
        assert.deepEqual(found.slice(0, 2), lines.slice(0, 2));
        assert.match(found[2] ?? '', new RegExp(`^${name} [0-9.e+]+$`));
      } else assert.deepEqual(found, lines);
    }
  });

  it('has figures of the process beside them: how far the event loop lags, garbage collection, the heap', async () => {
    const written = families(await exposition());
    for (const name of [
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_gc_duration_seconds',
      'nodejs_heap_size_used_bytes',
    ])
      assert.ok(written.has(name), name);
  });

  it('keeps two scrapes at once apart', async () => {
    const db = await openStore(files.path('fleet.db'));
    const metrics = new Metrics();
    const texts = await Promise.all([1, 2].map((waiting) => metrics.write(db, T0 + 10_000, waiting)));
    await db.close();
    const waiting = texts.map((text) => families(text).get('blockwatch_ingest_queue_messages')?.[2]);
    assert.deepEqual(waiting, ['blockwatch_ingest_queue_messages 1', 'blockwatch_ingest_queue_messages 2']);
  });
});
