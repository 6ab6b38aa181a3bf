/**
 * Prometheus metrics (text format 0.0.4). Counters and the histogram belong to this process and start at 0 with it, as
 * Prometheus expects; those of several collectors add up. Gauges describe the fleet and are the same at every
 * collector. No label holds a value that an outsider chooses: with source addresses as labels, a scan would flood the
 * database.
 */
import { statSync } from 'node:fs';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Output } from '../../api/types.js';
import { readNow } from '../query/now.js';
import { listOutputs } from '../query/outputs.js';
import { listSensors } from '../query/sensors.js';
import type { Outcome } from '../store/commit.js';
import type { Database } from '../store/database.js';

/** Seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Sensors with series of their own, and sites that alerts are counted by; the rest is summed as "other". */
const MAX_SENSORS = 1000;
const MAX_SITES = 500;
const OTHER = 'other';

type Sample = [value: number, labels?: Record<string, string>];

/** Process metrics: CPU, memory, open files, event loop lag, garbage collection. Registered once per process. */
const ofProcess = new Registry();
collectDefaultMetrics({ register: ofProcess });
// promtool rejects gauges named `_total`.
for (const what of ['resources', 'handles', 'requests']) ofProcess.removeSingleMetric(`nodejs_active_${what}_total`);

export class Metrics {
  readonly #own = new Registry();
  readonly #sites = new Set<string>();
  readonly #alerts = new Counter({
    name: 'blockwatch_alerts_total',
    help: 'Alerts stored by this collector, by kind, severity and site.',
    labelNames: ['kind', 'severity', 'site'],
    registers: [this.#own],
  });
  readonly #suppressed = new Counter({
    name: 'blockwatch_held_back_alerts_total',
    help: 'Alerts stored by this collector that an exception suppressed.',
    registers: [this.#own],
  });
  readonly #messages = new Counter({
    name: 'blockwatch_messages_total',
    help: 'Messages received by this collector: stored, duplicate or rejected.',
    labelNames: ['outcome'],
    registers: [this.#own],
  });
  readonly #latency = new Histogram({
    name: 'blockwatch_ingest_seconds',
    help: 'Time from the arrival of a message to its commit.',
    buckets: BUCKETS,
    registers: [this.#own],
  });

  constructor() {
    this.#count(0, 0, 0);
  }

  /** Counts a committed transaction. */
  committed({
    stored,
    duplicates,
    rejected,
    alerts,
  }: Pick<Outcome, 'stored' | 'duplicates' | 'rejected' | 'alerts'>): void {
    this.#count(stored, duplicates, rejected);
    for (const { site, record, allowed } of alerts) {
      if (allowed !== undefined) this.#suppressed.inc();
      if (this.#sites.size < MAX_SITES) this.#sites.add(site);
      const { kind, severity } = record;
      this.#alerts.inc({ kind, severity, site: this.#sites.has(site) ? site : OTHER });
    }
  }

  /** @param seconds from a message's arrival to its commit */
  waited(seconds: number): void {
    this.#latency.observe(seconds);
  }

  /**
   * @param now milliseconds since 1970
   * @param waiting messages waiting for the store
   */
  async write(db: Database, now: number, waiting: number): Promise<string> {
    const ofFleet = await fleetMetrics(db, now, waiting);
    return (await Promise.all([this.#own, ofFleet, ofProcess].map((one) => one.metrics()))).join('\n');
  }

  #count(stored: number, duplicate: number, rejected: number): void {
    for (const [outcome, n] of Object.entries({ stored, duplicate, rejected })) this.#messages.inc({ outcome }, n);
  }
}

/**
 * Fleet metrics from the store. A new registry per scrape: concurrent scrapes do not mix, and removed sensors leave no
 * series.
 */
async function fleetMetrics(db: Database, now: number, waiting: number): Promise<Registry> {
  const [current, sensors, outputs, bytes] = [
    await readNow(db, now),
    await listSensors(db, now),
    await listOutputs(db),
    await storeBytes(db),
  ];
  const shown = sensors.slice(0, MAX_SENSORS);
  const bySensor = (read: (health: Record<string, number>) => number): Sample[] =>
    shown.map(({ site, sensor, health }) => [read(health), { site, sensor }]);
  const registry = new Registry();
  const gauge = (name: string, help: string, samples: Sample[], labelNames: string[] = []): void => {
    const one = new Gauge({ name: `blockwatch_${name}`, help, labelNames, registers: [registry] });
    for (const [value, labels = {}] of samples) one.set(labels, value);
  };
  const counter = (name: string, help: string, samples: Sample[], labelNames: string[]): void => {
    const one = new Counter({ name: `blockwatch_${name}`, help, labelNames, registers: [registry] });
    for (const [value, labels = {}] of samples) one.inc(labels, value);
  };
  gauge('ingest_queue_messages', 'Messages waiting for the store.', [[waiting]]);
  gauge('missing_messages', 'Sensor messages known to be missing.', [[current.missing]]);
  gauge(
    'sensors',
    'Sensors by state.',
    Object.entries(current.sensors).map(([state, value]) => [value, { state }]),
    ['state'],
  );
  gauge('open_incidents', 'Open incidents of sensors.', [[current.incidents ?? 0]]);
  gauge(
    'open_scans',
    'Open scans: alerting, suppressed by an exception, or by known research scanners.',
    [
      [current.openScans, { standing: 'loud' }],
      [current.allowedScans ?? 0, { standing: 'allowed' }],
      [current.researchScans ?? 0, { standing: 'research' }],
    ],
    ['standing'],
  );
  const byOutput = (read: (output: Output) => number): Sample[] =>
    outputs.map((output) => [read(output), { output: output.name }]);
  gauge(
    'output_waiting_messages',
    'Messages waiting for an output.',
    byOutput(({ lag }) => lag),
    ['output'],
  );
  gauge(
    'output_dead_letters',
    'Messages that an output dropped.',
    byOutput(({ deadLetters }) => deadLetters),
    ['output'],
  );
  gauge(
    'output_up',
    'Whether the last attempt of an output succeeded.',
    byOutput(({ state }) => (state === 'up' ? 1 : 0)),
    ['output'],
  );
  if (bytes !== undefined) gauge('store_bytes', 'Size of the store.', [[bytes]]);
  counter(
    'sensor_frames_total',
    'Frames seen by a sensor; restarts with its engine and at 2^32.',
    bySensor((health) => health['frames'] ?? 0),
    ['site', 'sensor'],
  );
  counter(
    'sensor_lost_frames_total',
    'Frames lost by a sensor at its tap or in an engine trap.',
    bySensor((health) => (health['tapLost'] ?? 0) + (health['trapLost'] ?? 0)),
    ['site', 'sensor'],
  );
  gauge(
    'sensor_missing_messages',
    'Messages of a sensor known to be missing.',
    shown.map(({ site, sensor, missing }) => [missing, { site, sensor }]),
    ['site', 'sensor'],
  );
  gauge('sensors_not_shown', 'Sensors without series of their own.', [[sensors.length - shown.length]]);
  return registry;
}

/** Bytes of the SQLite file and its log, or of the PostgreSQL database. */
async function storeBytes(db: Database): Promise<number | undefined> {
  if (db.dialect.forUpdate)
    return (await db.all<{ n: number }>('SELECT pg_database_size(current_database()) AS n'))[0]?.n;
  const sizes = ['', '-wal'].map((suffix) => statSync(`${db.location}${suffix}`, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}
