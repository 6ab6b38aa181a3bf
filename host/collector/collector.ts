/** The collector: broker or subscription → ingest → store → API and page. */
import type { BaseLogger } from 'pino';
import { buildTopic, parseTopic } from '../../src/protocol/topics.js';
import type { Incident } from '../api/types.js';
import type { Listen } from '../common/listen.js';
import { listOffers } from './firmware/roll-out.js';
import { BlockServer } from './firmware/serve.js';
import type { BlockRules } from './fleet/block-feed.js';
import { blockDefaults } from './fleet/block-feed.js';
import { brokerAddresses } from './fleet/broker-addresses.js';
import { SensorMonitor } from './fleet/sensor-monitor.js';
import { pageIsBuilt, startHttp } from './http/server.js';
import type { Broker } from './intake/broker.js';
import { startBroker } from './intake/broker.js';
import type { GuardOptions } from './intake/guard.js';
import type { IngestOptions } from './intake/ingest.js';
import { Ingest } from './intake/ingest.js';
import type { SubscriptionOptions } from './intake/subscription.js';
import { subscribe } from './intake/subscription.js';
import { Events } from './live/events.js';
import { Metrics } from './metrics/metrics.js';
import type { OutputsConfig } from './outputs/model/config.js';
import type { OutputsOptions } from './outputs/outputs.js';
import { Outputs } from './outputs/outputs.js';
import type { RetentionLimits } from './retention.js';
import { Retention } from './retention.js';
import type { Arrival } from './rules/decode.js';
import type { StoredAlert } from './rules/event.js';
import type { Changes } from './store/commit.js';
import { findKnown } from './store/known.js';
import { openStore } from './store/open.js';

export interface CollectorOptions {
  /** Listen address of the embedded broker, or the URL of an external one. */
  broker: { listen: Listen; guard?: GuardOptions } | Omit<SubscriptionOptions, 'accept' | 'log'>;
  /** `postgres://...`, or the path of a SQLite file. */
  store: string;
  http: Listen;
  /** Directory of the built page. */
  page: string;
  /** Rules of the block feed that differ from the defaults. */
  block?: Partial<BlockRules>;
  /** Operator messages, one sentence each. */
  log: BaseLogger;
  /** Called with each stored alert, in order per sensor. */
  onAlert?: (alert: StoredAlert) => void;
  /** Called once for each incident that opened, changed kind or ended, by whichever collector noticed it. */
  onIncident?: (incident: Incident) => void;
  clock?: () => number;
  /** Milliseconds between checks for silent sensors. */
  checkInterval?: number;
  /** The oldest sensor version that does not open an incident. */
  leastFirmware?: string;
  /** Retention limits; without them everything is kept. */
  retention?: RetentionLimits;
  ingest?: Pick<IngestOptions, 'batch' | 'queue' | 'retry'>;
  /** Outputs and their destinations. */
  outputs?: OutputsConfig;
  delivery?: Pick<OutputsOptions, 'times' | 'random' | 'fleet'>;
}

export interface Collector {
  /** `http://HOST:PORT` of page and API. */
  url: string;
  /** URL of the broker that sensors connect to. */
  broker: string;
  /** URL of the TLS listener for remote sensors with accounts; empty if there is none. */
  guarded: string;
  store: string;
  close(): Promise<void>;
}

/** @throws UserError if the store, the broker or the HTTP address cannot be used */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const clock = options.clock ?? Date.now;
  const { log } = options;
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const database = await openStore(options.store, {
      waiting: (reason) => log.warn({ reason }, `The store is not available yet: ${reason}. Retrying.`),
    });
    closing.push(() => database.close());
    // Closed after ingest, so that events stored last are delivered if possible; the rest follow at the next start.
    const outputs =
      options.outputs &&
      (await Outputs.start(database, options.outputs, {
        log,
        clock,
        research: async (source) => (await findKnown(database, [source], clock())).get(source)?.kind === 'research',
        ...options.delivery,
      }));
    if (outputs) closing.push(() => outputs.close());
    const events = new Events();
    let listening = (): boolean => false;
    const sensors = new SensorMonitor(database, {
      events,
      clock,
      log,
      listening: () => listening(),
      onIncident: options.onIncident,
      every: options.checkInterval,
      leastFirmware: options.leastFirmware,
    });
    closing.push(() => sensors.close());
    const metrics = new Metrics();
    if (options.retention) {
      const retention = new Retention(database, { ...options.retention, clock, log });
      closing.push(() => retention.close());
    }
    const ingest = new Ingest(database, {
      ...options.ingest,
      metrics,
      now: clock,
      trouble: (problem) => (problem ? log.error(problem) : log.info('The store accepts messages again.')),
      changed: (changes) => {
        log.debug(...stored(changes));
        announce(events, changes);
        for (const alert of changes.alerts) options.onAlert?.(alert);
        sensors.check(changes.sensors);
        outputs?.wake();
      },
    });
    let send: Broker['send'] = () => {};
    const blocks = new BlockServer(database, { send: (topic, payload) => send(topic, payload, false), log });
    const accept = (arrival: Arrival): Promise<void> =>
      !arrival.refusal && parseTopic(arrival.topic)?.messageType === 'fetch'
        ? blocks.answer(arrival)
        : ingest.accept(arrival);
    if (!pageIsBuilt(options.page))
      log.warn('The page is not built; "npm run build" builds it. The API works without.');
    const http = await startHttp({
      listen: options.http,
      database,
      events,
      page: options.page,
      clock,
      log,
      metrics: () => metrics.write(database, clock(), ingest.waiting),
      block: {
        ...blockDefaults,
        ...options.block,
        alsoNever: brokerAddresses(database, 'url' in options.broker ? options.broker.url : undefined, clock),
      },
    });
    closing.push(() => http.close());
    let broker: { url: string; guarded?: string; close(): Promise<void> };
    let leave = async (): Promise<void> => {};
    if ('url' in options.broker) {
      const subscription = subscribe({ ...options.broker, accept, log });
      send = subscription.send;
      leave = () => subscription.leave();
      broker = subscription;
      listening = () => subscription.connected;
    } else {
      const { listen, guard } = options.broker;
      const own = await startBroker({ listen, accept, ...(guard ? { guard: { options: guard, db: database } } : {}) });
      broker = own;
      send = own.send;
      // The embedded broker lost its retained messages when it stopped; an external one keeps them.
      for (const { site, sensor, text } of await listOffers(database))
        send(buildTopic(site, sensor, 'update'), text, true);
      listening = () => true;
    }
    closing.push(() => broker.close());
    // Store and acknowledge accepted messages before the broker closes.
    closing.push(() => ingest.close());
    closing.push(leave);
    return { url: http.url, broker: broker.url, guarded: broker.guarded ?? '', store: database.location, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Log entry for a commit. */
function stored({ alerts, scans, sensors, gaps }: Changes): [Record<string, number>, string] {
  const counts = { alerts: alerts.length, scans: scans.length, sensors: sensors.length, gaps: gaps.length };
  return [counts, `Stored ${counts.alerts} alerts of ${counts.scans} scans, and changes of ${counts.sensors} sensors.`];
}

function announce(events: Events, changes: Changes): void {
  // A batch may change a scan twice; subscribers need only its latest state.
  const scans = new Map(changes.scans.map((scan) => [scan.id, scan]));
  for (const scan of scans.values()) events.publish('scan', scan);
  for (const gap of changes.gaps) events.publish('gap', gap);
}
