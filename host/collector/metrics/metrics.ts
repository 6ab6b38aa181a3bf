/**
 * What Prometheus scrapes, in its text format (version 0.0.4). Counters and the histogram are of this process and begin at 0 with it, which
 * Prometheus expects, and those of several collectors add up; gauges are the fleet's, the same at every collector. No label holds what a
 * stranger chooses: a source address as a label would let a scan fill the time series database.
 */
import { statSync } from 'node:fs';
import { readNow } from '../query/now.js';
import { listOutputs } from '../query/outputs.js';
import { listSensors } from '../query/sensors.js';
import type { Outcome } from '../store/commit.js';
import type { Database } from '../store/database.js';

/** Seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Sensors that have series of their own, and sites that alerts are counted by; the rest is one. */
const MOST_SENSORS = 1000;
const MOST_SITES = 500;
const OTHER = 'other';

type Labels = Record<string, string>;
type Sample = [value: number, labels?: Labels, suffix?: string];

const escapeLabel = (text: string): string => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');

function family(
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  samples: readonly Sample[],
): string {
  const lines = samples.map(([value, labels = {}, suffix = '']) => {
    const inside = Object.entries(labels)
      .map(([key, text]) => `${key}="${escapeLabel(text)}"`)
      .join(',');
    return `${name}${suffix}${inside ? `{${inside}}` : ''} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

export class Metrics {
  readonly #alerts = new Map<string, { labels: Labels; value: number }>();
  readonly #sites = new Set<string>();
  readonly #messages = { stored: 0, duplicate: 0, rejected: 0 };
  readonly #buckets = BUCKETS.map(() => 0);
  #heldBack = 0;
  #latencies = 0;
  #latencySum = 0;

  /** A transaction committed. */
  committed({
    stored,
    duplicates,
    rejected,
    alerts,
  }: Pick<Outcome, 'stored' | 'duplicates' | 'rejected' | 'alerts'>): void {
    this.#messages.stored += stored;
    this.#messages.duplicate += duplicates;
    this.#messages.rejected += rejected;
    for (const {
      site: given,
      record: { kind, severity },
      allowed,
    } of alerts) {
      if (allowed !== undefined) this.#heldBack++;
      if (this.#sites.size < MOST_SITES) this.#sites.add(given);
      const site = this.#sites.has(given) ? given : OTHER;
      const key = `${kind} ${severity} ${site}`;
      const one = this.#alerts.get(key) ?? { labels: { kind, severity, site }, value: 0 };
      one.value++;
      this.#alerts.set(key, one);
    }
  }

  /** @param seconds from a message's arrival to its commit */
  waited(seconds: number): void {
    this.#latencies++;
    this.#latencySum += seconds;
    const at = BUCKETS.findIndex((bound) => seconds <= bound);
    if (at >= 0) (this.#buckets[at] as number)++;
  }

  /**
   * @param now milliseconds since 1970
   * @param waiting messages that wait for the store
   */
  async write(db: Database, now: number, waiting: number): Promise<string> {
    const [current, sensors, outputs, bytes] = [
      await readNow(db, now),
      await listSensors(db, now),
      await listOutputs(db),
      await storeBytes(db),
    ];
    const shown = sensors.slice(0, MOST_SENSORS);
    const bySensor = (read: (health: Record<string, number>) => number): Sample[] =>
      shown.map(({ site, sensor, health }) => [read(health), { site, sensor }]);
    let sum = 0;
    const latency: Sample[] = [
      ...BUCKETS.map((bound, i): Sample => {
        sum += this.#buckets[i] as number;
        return [sum, { le: String(bound) }, '_bucket'];
      }),
      [this.#latencies, { le: '+Inf' }, '_bucket'],
      [this.#latencySum, undefined, '_sum'],
      [this.#latencies, undefined, '_count'],
    ];
    const { rss } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return [
      family(
        'blockwatch_alerts_total',
        'counter',
        'Alerts that this collector stored, by what they tell.',
        [...this.#alerts.values()].map(({ value, labels }) => [value, labels]),
      ),
      family(
        'blockwatch_held_back_alerts_total',
        'counter',
        'Alerts that this collector stored and the allow list held back.',
        [[this.#heldBack]],
      ),
      family(
        'blockwatch_messages_total',
        'counter',
        'Messages that this collector took in: stored, arrived again, refused.',
        Object.entries(this.#messages).map(([outcome, value]) => [value, { outcome }]),
      ),
      family('blockwatch_ingest_seconds', 'histogram', 'Time from the arrival of a message to its commit.', latency),
      family('blockwatch_ingest_queue_messages', 'gauge', 'Messages that wait for the store.', [[waiting]]),
      family('blockwatch_missing_messages', 'gauge', 'Messages of sensors that are known to be missing.', [
        [current.missing],
      ]),
      family(
        'blockwatch_sensors',
        'gauge',
        'Sensors by state.',
        Object.entries(current.sensors).map(([state, value]) => [value, { state }]),
      ),
      family('blockwatch_open_incidents', 'gauge', 'Open incidents of sensors.', [[current.incidents ?? 0]]),
      family(
        'blockwatch_open_scans',
        'gauge',
        'Scans that go on: those that alarm, and those that the allow list or a list of research scanners keeps quiet.',
        [
          [current.openScans, { standing: 'loud' }],
          [current.allowedScans ?? 0, { standing: 'allowed' }],
          [current.researchScans ?? 0, { standing: 'research' }],
        ],
      ),
      family(
        'blockwatch_output_waiting_messages',
        'gauge',
        'Messages that an output has yet to tell.',
        outputs.map(({ name, lag }) => [lag, { output: name }]),
      ),
      family(
        'blockwatch_output_dead_letters',
        'gauge',
        'Messages that an output gave up.',
        outputs.map(({ name, deadLetters }) => [deadLetters, { output: name }]),
      ),
      family(
        'blockwatch_output_up',
        'gauge',
        'Whether the last attempt of an output succeeded.',
        outputs.map(({ name, state }) => [state === 'up' ? 1 : 0, { output: name }]),
      ),
      family('blockwatch_store_bytes', 'gauge', 'Size of the store.', bytes === undefined ? [] : [[bytes]]),
      family(
        'blockwatch_sensor_frames_total',
        'counter',
        'Frames that a sensor saw; begins anew with its engine and at 2^32.',
        bySensor((health) => health['frames'] ?? 0),
      ),
      family(
        'blockwatch_sensor_lost_frames_total',
        'counter',
        'Frames that a sensor lost at its tap or in a trap of its engine.',
        bySensor((health) => (health['tapLost'] ?? 0) + (health['trapLost'] ?? 0)),
      ),
      family(
        'blockwatch_sensor_missing_messages',
        'gauge',
        'Messages of a sensor that are known to be missing.',
        shown.map(({ site, sensor, missing }) => [missing, { site, sensor }]),
      ),
      family('blockwatch_sensors_not_shown', 'gauge', 'Sensors beyond those that have series of their own.', [
        [sensors.length - shown.length],
      ]),
      family('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', [[rss]]),
      family('process_cpu_seconds_total', 'counter', 'Total user and system CPU time spent in seconds.', [
        [(user + system) / 1e6],
      ]),
      family('process_start_time_seconds', 'gauge', 'Start time of the process since unix epoch in seconds.', [
        [Math.round(now / 1000 - process.uptime())],
      ]),
    ].join('');
  }
}

/** Bytes of the SQLite file and its log, or of the PostgreSQL database. */
async function storeBytes(db: Database): Promise<number | undefined> {
  if (db.words.forUpdate)
    return (await db.all<{ n: number }>('SELECT pg_database_size(current_database()) AS n'))[0]?.n;
  const sizes = ['', '-wal'].map((suffix) => statSync(`${db.place}${suffix}`, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}
