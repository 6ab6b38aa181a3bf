/**
 * Monitors the sensors: publishes state changes, whether caused by a message or by silence, and opens and ends
 * incidents.
 */

import type { BaseLogger } from 'pino';
import type { Incident, Scan, Sensor } from '../../api/types.js';
import { duration } from '../../wording/format.js';
import type { Events } from '../live/events.js';
import type { EvaluatedSensor } from '../query/sensors.js';
import { evaluateSensors } from '../query/sensors.js';
import { cutOff } from '../rules/event.js';
import { tapOf } from '../rules/tap.js';
import { CLOCK_OFF } from '../rules/thresholds.js';
import type { Changes } from '../store/commit.js';
import type { Database } from '../store/database.js';
import { endSilentScans } from '../store/ended-scans.js';
import type { IncidentRow } from '../store/incidents.js';
import { incidentOf, openIncidents, settleIncidents } from '../store/incidents.js';
import { noteListening, readListening, saveFleetState } from '../store/listening.js';
import { append, readOutputDemand } from '../store/outbox.js';
import { readWorld, saveVersions, skewOf } from '../store/world.js';

export interface SensorMonitorOptions {
  events: Events;
  clock: () => number;
  log: BaseLogger;
  /** Whether messages can arrive. While the broker is unreachable, sensors are not marked silent. */
  listening: () => boolean;
  /**
   * Called for each incident that this collector opened, changed or ended; each incident reaches one collector only.
   */
  onIncident?: ((incident: Incident) => void) | undefined;
  /** Milliseconds between checks for silent sensors. */
  every?: number | undefined;
  leastFirmware?: string | undefined;
}

const CHECK_INTERVAL = 2_000;
/** Milliseconds between looks for scans of which their sensors say no more. */
const SCANS_INTERVAL = 30_000;

export class SensorMonitor {
  readonly #database: Database;
  readonly #options: SensorMonitorOptions;
  readonly #states = new Map<string, string>();
  /** Incidents published to the page, including those that another collector opened. */
  #published: Map<number, IncidentRow> | undefined;
  readonly #timer: NodeJS.Timeout;
  #checking: Promise<void> = Promise.resolve();
  #waiting = false;
  #failed = false;
  #listenedBefore = false;
  #scansChecked = 0;
  #skewed = false;

  constructor(database: Database, options: SensorMonitorOptions) {
    this.#database = database;
    this.#options = options;
    this.#timer = setInterval(() => this.#scheduleCheck(), options.every ?? CHECK_INTERVAL);
  }

  /** Checks changed sensors immediately. */
  check(sensors: Changes['sensors']): void {
    for (const one of sensors) {
      this.#enqueue(async () => {
        const world = await readWorld(this.#database, this.#options.clock());
        for (const { sensor } of await evaluateSensors(this.#database, world, one)) this.#publishSensor(sensor);
      });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#checking;
  }

  #scheduleCheck(): void {
    // Do not queue another check before a slow store has answered.
    if (this.#waiting) return;
    this.#waiting = true;
    this.#enqueue(async () => {
      this.#waiting = false;
      await this.#checkAll();
    });
  }

  async #checkAll(): Promise<void> {
    const { clock, listening, leastFirmware, onIncident } = this.#options;
    const { all, changed, gap, skew } = await checkFleet(this.#database, clock(), listening(), leastFirmware);
    if (listening()) this.#reportClocks(gap, skew);
    for (const { sensor } of all) {
      const known = this.#states.get(`${sensor.site}/${sensor.sensor}`);
      if (known === undefined) this.#states.set(`${sensor.site}/${sensor.sensor}`, sensor.state);
      else if (known !== sensor.state) this.#publishSensor(sensor);
    }
    for (const row of changed) onIncident?.(incidentOf(row));
    await this.#publishIncidents();
    if (listening() && Math.abs(clock() - this.#scansChecked) >= SCANS_INTERVAL) {
      this.#scansChecked = clock();
      for (const scan of await endUnheardScans(this.#database, clock())) this.#options.events.publish('scan', scan);
    }
  }

  #reportClocks(gap: number, skew: number): void {
    const { log } = this.#options;
    if (gap !== 0 && this.#listenedBefore) {
      log.warn(
        { gap },
        gap > 0
          ? `No collector listened for ${duration(gap)}, or the clock was set. ` +
              'Sensors have a minute to report before one is marked silent.'
          : `The clock was set back by ${duration(-gap)}. Sensor states are evaluated afresh from now.`,
      );
    }
    this.#listenedBefore = true;
    const skewed = Math.abs(skew) > CLOCK_OFF;
    if (skewed && !this.#skewed) {
      log.warn(
        { skew },
        `Most sensors' clocks are ${duration(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} the collector's. ` +
          "Synchronize the collector's clock with NTP.",
      );
    }
    this.#skewed = skewed;
  }

  /** Publishes from the store, because another collector may have written there. */
  async #publishIncidents(): Promise<void> {
    const open = new Map((await openIncidents(this.#database)).map((row) => [row.id, row]));
    const shown = this.#published;
    this.#published = open;
    if (!shown) return;
    const publish = (row: IncidentRow): void => this.#options.events.publish('incident', incidentOf(row));
    for (const [id, row] of open) if (shown.get(id)?.kind !== row.kind) publish(row);
    for (const [id, row] of shown) if (!open.has(id)) publish({ ...row, until: row.until ?? this.#options.clock() });
  }

  #publishSensor(sensor: Sensor): void {
    this.#states.set(`${sensor.site}/${sensor.sensor}`, sensor.state);
    this.#options.events.publish('sensor', sensor);
  }

  #enqueue(work: () => Promise<void>): void {
    this.#checking = this.#checking.then(work).then(
      () => {
        this.#failed = false;
      },
      (error: Error) => {
        if (!this.#failed) this.#options.log.error({ err: error }, `Cannot read the sensor states: ${error.message}.`);
        this.#failed = true;
      },
    );
  }
}

/** Ends the scans of which their sensors say no more, and tells the outputs. */
export async function endUnheardScans(db: Database, now: number): Promise<Scan[]> {
  return db.transaction(async (tx) => {
    const scans = await endSilentScans(tx, now);
    const told = scans.filter(({ allowed }) => allowed === undefined);
    if (told.length > 0 && (await readOutputDemand(tx)).any)
      await append(
        tx,
        db.dialect,
        told.map((scan) => cutOff(scan, now)),
      );
    return scans;
  });
}

export interface FleetCheck {
  all: EvaluatedSensor[];
  /** Incidents that this check opened, changed or ended. */
  changed: IncidentRow[];
  /** Milliseconds before this check in which no collector listened; negative if the clock was set back. */
  gap: number;
  skew: number;
}

/** Checks all sensors; updates incidents only while messages can arrive. */
export async function checkFleet(
  db: Database,
  now: number,
  listening: boolean,
  leastFirmware?: string,
): Promise<FleetCheck> {
  const gap = listening ? await noteListening(db, now) : 0;
  const all = await evaluateSensors(db, await readWorld(db, now));
  const active = all.filter(({ revoked }) => !revoked);
  const skew = skewOf(
    active
      .filter(({ sensor }) => sensor.state === 'online')
      .map(({ tap }) => tapOf(tap).ahead)
      .filter((one) => one !== null),
  );
  const known = await readListening(db);
  const least = leastFirmware ?? null;
  const differs = known !== undefined && (Math.abs(skew - known.skew) > 1_000 || known.least_firmware !== least);
  if (differs) await saveFleetState(db, { skew, least_firmware: least });
  await saveVersions(
    db,
    active.map(({ board, sensor }) => ({ board, version: sensor.version })),
    now,
  );
  // Findings based on an outdated clock skew wait for the next check.
  const changed =
    listening && !differs
      ? await settleIncidents(
          db,
          all.map(({ sensor, findings }) => ({ site: sensor.site, sensor: sensor.sensor, findings })),
          now,
        )
      : [];
  return { all, changed, gap, skew };
}
