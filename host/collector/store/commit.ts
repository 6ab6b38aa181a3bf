/**
 * Applies a batch of messages to the store in one transaction: afterwards all of them are stored and may be
 * acknowledged. Messages already stored have no effect.
 */

import type { TimedRecord } from '../../../src/protocol/record.js';
import { knocksOf } from '../../../src/protocol/record.js';
import type { Gap, Scan } from '../../api/types.js';
import { groupBy } from '../../common/group-by.js';
import { iso } from '../../common/iso.js';
import type { HealthMessage, Message, RecordMessage, Rejected } from '../rules/decode.js';
import type { EndReason, StoredAlert } from '../rules/event.js';
import { cutOff, scanEvent } from '../rules/event.js';
import type { ExceptionRule } from '../rules/exceptions.js';
import { matchingException } from '../rules/exceptions.js';
import { statusOf, takeHealth, takeStatus } from '../rules/sensor-row.js';
import { FIRST_CONTACT_FAILURES, FIRST_CONTACT_LEAF, SUSPICION_REPORT } from '../rules/wire-names.js';
import type { Boot } from './boots.js';
import { learnEpoch, loadBoot, saveBoot } from './boots.js';
import { followHealth, followStatus } from './current-boot.js';
import type { Database, Dialect, Executor } from './database.js';
import { insertRows } from './database.js';
import { endScans } from './ended-scans.js';
import { findEnrolment } from './enrolments.js';
import { countSuppressed, readExceptionRules } from './exceptions.js';
import { homeOf } from './homes.js';
import { findKnown } from './known.js';
import { append, readOutputDemand } from './outbox.js';
import type { ScanRow } from './rows.js';
import { SCAN_COLUMNS, SCAN_CONFLICT, SCAN_INSERT, scanOf, scanValues } from './rows.js';
import { recordTrafficHours } from './sensor-hours.js';
import { holdSensor, saveSensor } from './sensors.js';
import type { Hole } from './sequences.js';
import { arrivedBefore, fillHole, holesAfter, recordHoles } from './sequences.js';

/** What a commit changed, for subscribers. */
export interface Changes {
  alerts: StoredAlert[];
  scans: Scan[];
  /** Sensors of which more than the time of their last message changed. */
  sensors: { site: string; sensor: string }[];
  /** New gaps, and with `closed` those that were filled. */
  gaps: Gap[];
}

export interface Outcome extends Changes {
  stored: number;
  duplicates: number;
  rejected: number;
  /** Scans that ended without a record of their end. */
  cutOff: Scan[];
  suspicionReports: StoredAlert[];
}

/** Rejected messages retained, and milliseconds that health messages are retained. */
const MAX_REJECTED = 1000;
const HEALTH_RETENTION = 7 * 86_400_000;
/**
 * Milliseconds that first-contact failures are retained: slightly longer than the fleet looks back
 * (rules/thresholds.ts).
 */
const FIRST_CONTACT_RETENTION = 8 * 86_400_000;

type FromSensor = Exclude<Message, Rejected>;
/** A record stored for the first time. */
type Fresh = RecordMessage & { allowed: number | null };
type FindException = (record: TimedRecord) => number | null;

export async function commitBatch(
  database: Database,
  messages: readonly Message[],
  received: number,
): Promise<Outcome> {
  return database.transaction(async (tx) => {
    const outcome: Outcome = {
      stored: 0,
      duplicates: 0,
      rejected: 0,
      alerts: [],
      scans: [],
      sensors: [],
      gaps: [],
      cutOff: [],
      suspicionReports: [],
    };
    // Same order everywhere, so that two collectors locking the same sensors cannot deadlock.
    const groups = [...bySensor(messages)].sort(([a], [b]) => (a < b ? -1 : 1));
    const rules = messages.some(({ what }) => what === 'record') ? await readExceptionRules(tx, received) : [];
    const suppressed = new Map<number, number>();
    for (const [, group] of groups)
      await new SensorCommit(tx, database.dialect, received, outcome, rules, suppressed).apply(group);
    await countSuppressed(tx, suppressed, received);
    await nameKnown(tx, outcome, received);
    await reject(
      tx,
      messages.filter((message) => message.what === 'rejected'),
      received,
      outcome,
    );
    await count(tx, outcome);
    await appendEvents(tx, database.dialect, outcome, received);
    return outcome;
  });
}

/**
 * Appends output events in the same transaction: everything stored will be reported, except what an exception
 * suppresses.
 */
async function appendEvents(
  tx: Executor,
  dialect: Dialect,
  { alerts, suspicionReports, cutOff: ended }: Outcome,
  received: number,
): Promise<void> {
  if (alerts.length + suspicionReports.length + ended.length === 0) return;
  const demand = await readOutputDemand(tx);
  if (!demand.any) return;
  await append(tx, dialect, [
    ...ended.filter(({ allowed }) => allowed === undefined).map((scan) => cutOff(scan, received)),
    ...[...alerts, ...(demand.suspicionReports ? suspicionReports : [])]
      .filter(({ allowed }) => allowed === undefined)
      .map((alert) => scanEvent(alert, received)),
  ]);
}

function bySensor(messages: readonly Message[]): Map<string, FromSensor[]> {
  const readable = messages.filter((message): message is FromSensor => message.what !== 'rejected');
  return groupBy(readable, ({ site, sensor }) => `${site}/${sensor}`);
}

/** Commits one sensor's part of a batch. */
class SensorCommit {
  #site = '';
  #sensor = '';

  constructor(
    readonly tx: Executor,
    readonly dialect: Dialect,
    readonly received: number,
    readonly outcome: Outcome,
    readonly rules: readonly ExceptionRule[],
    /** Suppressed alerts by exception. */
    readonly suppressed: Map<number, number>,
  ) {}

  async apply(group: readonly FromSensor[]): Promise<void> {
    const { tx, received, outcome } = this;
    const { site, sensor } = group[0] as FromSensor;
    [this.#site, this.#sensor] = [site, sensor];
    const row = await holdSensor(tx, this.dialect, site, sensor, received);
    const healths = group.filter((message) => message.what === 'health');
    const statuses = group.filter((message) => message.what === 'status');
    const before = row.boot;
    let changed = before === 0;
    // In order of arrival, which shows what followed what; before the records, because a birth names the home blocks
    // that exceptions depend on.
    for (const message of group) {
      if (message.what === 'status') await followStatus(tx, row, message, received);
      if (message.what === 'health') await followHealth(tx, row, message, received);
      if (
        message.what === 'status'
          ? takeStatus(row, message, received)
          : message.what === 'health' && (await this.#takeHealth(row, message))
      )
        changed = true;
    }
    const recordMessages = group.filter((message) => message.what === 'record');
    const findException = recordMessages.length > 0 ? await this.#exceptionFinder(row.status) : () => null;
    const records = await this.#store(recordMessages, findException);
    await this.#storeFirstContactFailures(records, findException);

    // Without other information, the highest boot number is the best guess.
    if (row.boot === 0) row.boot = Math.max(0, ...records.map((record) => record.boot));
    // A restarted sensor cannot end its earlier episodes, and one that says farewell sends no more: they end as they
    // stand.
    if (row.boot !== before) {
      changed = true;
      await this.#endOpen('boot <> ?', row.boot, 'restarted');
    }
    const stopped = statusOf(row)?.reason === 'stopped';
    if (await this.#takeBoots(records, healths, row.boot, stopped)) changed = true;
    if (stopped && changed) await this.#endOpen('boot = ?', row.boot, 'stopped');
    // Not signs of life: a stale will (sent by the broker), a birth of an ended boot (from a queue), a retained
    // message.
    const alive =
      records.length + healths.length > 0 ||
      statuses.some((s) => !s.retained && s.status.state === 'online' && s.status.boot === row.boot);
    if (alive) row.last_seen = Math.max(row.last_seen, received);
    await saveSensor(tx, row);
    if (changed) outcome.sensors.push({ site, sensor });
  }

  /** Stores new records and returns them. */
  async #store(records: readonly RecordMessage[], findException: FindException): Promise<Fresh[]> {
    const { tx, received, outcome } = this;
    const fresh = new Map<string, Fresh>();
    for (const record of records) {
      const name = `${record.boot}/${record.sequence}`;
      if (!fresh.has(name)) fresh.set(name, { ...record, allowed: findException(record.record) });
    }
    for (const boot of new Set(records.map((record) => record.boot))) {
      const sequences = records.filter((record) => record.boot === boot).map(({ sequence }) => sequence);
      for (const sequence of await arrivedBefore(tx, { site: this.#site, sensor: this.#sensor, boot }, sequences))
        fresh.delete(`${boot}/${sequence}`);
    }
    const inserted = await insertRows<{ boot: number; sequence: number }>(
      tx,
      'INSERT INTO records (site, sensor, boot, sequence, leaf, episode, received, allowed, payload)',
      [...fresh.values()].map((r) => [
        r.site,
        r.sensor,
        r.boot,
        r.sequence,
        r.record.kind === FIRST_CONTACT_FAILURES ? FIRST_CONTACT_LEAF : r.messageType,
        r.record.episode,
        received,
        r.allowed,
        r.payload,
      ]),
      'ON CONFLICT DO NOTHING RETURNING boot, sequence',
    );
    outcome.stored += inserted.length;
    outcome.duplicates += records.length - inserted.length;
    const stored = inserted.map(({ boot, sequence }) => fresh.get(`${boot}/${sequence}`) as Fresh);
    for (const { messageType, allowed } of stored)
      if (messageType === 'alert' && allowed !== null)
        this.suppressed.set(allowed, (this.suppressed.get(allowed) ?? 0) + 1);
    return stored;
  }

  /** Returns a function that finds the exception that suppresses a record, or null. */
  async #exceptionFinder(status: string | null): Promise<FindException> {
    const { rules, received } = this;
    if (rules.length === 0) return () => null;
    const [site, sensor] = [this.#site, this.#sensor];
    const home = homeOf((await findEnrolment(this.tx, site, sensor)) ?? null, status);
    return (record) => matchingException(rules, record, { site, home }, received)?.id ?? null;
  }

  /**
   * Stores a list of first-time sources as rows that the fleet can compare. Dated by the collector, because a list has
   * one time and a sensor's clock may be wrong.
   */
  async #storeFirstContactFailures(records: readonly RecordMessage[], findException: FindException): Promise<void> {
    const { tx, received } = this;
    const sources = new Map<string, (string | number | null)[]>();
    for (const { record } of records.filter(({ messageType }) => messageType === SUSPICION_REPORT)) {
      for (const { source, refused } of knocksOf(record)) {
        // After an outage one batch may hold the lists of several hours: an unused address says more than a refusal.
        if (refused && sources.has(source)) continue;
        sources.set(source, [
          source,
          this.#site,
          this.#sensor,
          received,
          findException({ ...record, source }),
          Number(refused),
        ]);
      }
    }
    if (sources.size === 0) return;
    await insertRows(
      tx,
      'INSERT INTO knocks (source, site, sensor, heard, allowed, refused)',
      [...sources.values()],
      'ON CONFLICT DO NOTHING',
    );
    await tx.all('DELETE FROM knocks WHERE heard < ?', [received - FIRST_CONTACT_RETENTION]);
  }

  async #endOpen(which: 'boot = ?' | 'boot <> ?', boot: number, reason: EndReason): Promise<void> {
    const rows = await this.tx.all<ScanRow>(
      `SELECT ${SCAN_COLUMNS} FROM scans WHERE site = ? AND sensor = ? AND ${which} AND open = 1`,
      [this.#site, this.#sensor, boot],
    );
    const scans = await endScans(this.tx, rows, reason);
    this.outcome.scans.push(...scans);
    this.outcome.cutOff.push(...scans);
  }

  async #takeHealth(row: Parameters<typeof takeHealth>[0], message: HealthMessage): Promise<boolean> {
    const { tx, received } = this;
    const { boot, figures } = message.health;
    await tx.all(
      `INSERT INTO health (site, sensor, boot, uptime, received, body) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING`,
      [this.#site, this.#sensor, boot, figures.uptime, received, JSON.stringify(message.health)],
    );
    await tx.all('DELETE FROM health WHERE received < ?', [received - HEALTH_RETENTION]);
    if (!takeHealth(row, message, received)) return false;
    await recordTrafficHours(tx, row, received);
    return true;
  }

  /** Processes sequence numbers, times and scans per boot. Returns whether the number of missing messages changed. */
  async #takeBoots(
    records: readonly Fresh[],
    healths: readonly HealthMessage[],
    current: number,
    stopped: boolean,
  ): Promise<boolean> {
    let changed = false;
    const boots = new Set([...records.map((r) => r.boot), ...healths.map((h) => h.health.boot)]);
    for (const number of boots) {
      const mine = records.filter((record) => record.boot === number).sort((a, b) => a.sequence - b.sequence);
      const health = healths.filter((message) => message.health.boot === number);
      const boot = await loadBoot(this.tx, { site: this.#site, sensor: this.#sensor, boot: number });
      const moved = learnEpoch(boot, [...health, ...mine], this.received);
      const settled = Math.max(0, ...health.map((message) => message.health.figures.settled));
      if (await this.#takeSequences(boot, mine, settled)) changed = true;
      await saveBoot(this.tx, boot);
      if (moved !== 0) await this.#moveTimes(boot, moved);
      // An alert may overtake its birth message on the way to another collector. An unknown boot with a lower number
      // lay in flash.
      const runs = number === current || (boot.born === null && number > current);
      await this.#takeScans(boot, mine, !runs ? 'restarted' : stopped && number === current ? 'stopped' : undefined);
    }
    return changed;
  }

  async #takeSequences(boot: Boot, records: readonly RecordMessage[], settled: number): Promise<boolean> {
    const before = boot.highest;
    const sequences = records.map((record) => record.sequence);
    const { highest, holes } = holesAfter(
      before,
      sequences.filter((n) => n > before),
      settled,
    );
    boot.highest = highest;
    await recordHoles(this.tx, boot, holes, this.received);
    this.outcome.gaps.push(...holes.map((hole) => this.#gap(boot, hole, this.received, null)));
    let filled = false;
    for (const sequence of sequences.filter((n) => n <= before)) {
      const hole = await fillHole(this.tx, boot, sequence);
      if (!hole) continue;
      filled = true;
      this.outcome.gaps.push(this.#gap(boot, { low: sequence, high: sequence }, hole.found, this.received));
    }
    return filled || holes.length > 0;
  }

  #gap(boot: Boot, hole: Hole, found: number, closed: number | null): Gap {
    const { site, sensor } = boot;
    const gap: Gap = { site, sensor, boot: boot.boot, from: hole.low, to: hole.high, found: iso(found) };
    return closed === null ? gap : { ...gap, closed: iso(closed) };
  }

  async #moveTimes(boot: Boot, by: number): Promise<void> {
    const sql = `UPDATE scans SET first = first + ?, last = last + ? WHERE site = ? AND sensor = ? AND boot = ?
      AND uptime = 1
      RETURNING ${SCAN_COLUMNS}`;
    const moved = await this.tx.all<ScanRow>(sql, [by, by, boot.site, boot.sensor, boot.boot]);
    this.outcome.scans.push(...moved.map(scanOf));
  }

  /** @param over why no scan of this boot is open any more; absent while it runs */
  async #takeScans(boot: Boot, records: readonly Fresh[], over?: EndReason): Promise<void> {
    const { received } = this;
    // Sequence numbers ascend: an episode's last record is its newest.
    const newest = new Map<number, Fresh>();
    for (const message of records) {
      const { site, sensor, sequence, allowed } = message;
      const list = message.messageType === 'alert' ? this.outcome.alerts : this.outcome.suspicionReports;
      list.push({
        site,
        sensor,
        boot: boot.boot,
        sequence,
        record: timed(message, boot),
        ...(allowed === null ? {} : { allowed }),
      });
      if (isScan(message)) newest.set(message.record.episode, message);
    }
    const rows = [...newest.values()].map((message) => {
      const { site, sensor, sequence, allowed, record } = message;
      const open = !over && record.stage !== 'end';
      const uptime = message.clock === 'uptime';
      return scanValues({
        site,
        sensor,
        boot: boot.boot,
        sequence,
        open,
        uptime,
        received,
        allowed,
        ended: record.stage === 'end' ? undefined : over,
        record: timed(message, boot),
      });
    });
    const changed = await insertRows<ScanRow>(this.tx, SCAN_INSERT, rows, SCAN_CONFLICT);
    this.outcome.scans.push(...changed.map(scanOf));
  }
}

/** The record with its times on the collector's clock. */
function timed({ clock, record }: RecordMessage, boot: Boot): TimedRecord {
  const shift = clock === 'uptime' ? (boot.epoch ?? 0) : 0;
  return { ...record, time: record.time + shift, first: record.first + shift, last: record.last + shift };
}

/** Suspicion reports are stored for the fleet to add up; they are not scans. */
function isScan(message: RecordMessage): boolean {
  const { kind, stage } = message.record;
  return (
    message.messageType === 'alert' &&
    kind !== SUSPICION_REPORT &&
    kind !== FIRST_CONTACT_FAILURES &&
    stage !== SUSPICION_REPORT
  );
}

/** Marks changes whose source is on a known-scanner list. */
async function nameKnown(tx: Executor, { scans, alerts }: Outcome, received: number): Promise<void> {
  const found = await findKnown(
    tx,
    [...scans.map(({ source }) => source), ...alerts.map(({ record }) => record.source)],
    received,
  );
  if (found.size === 0) return;
  for (const [one, source] of [
    ...scans.map((scan) => [scan, scan.source] as const),
    ...alerts.map((alert) => [alert, alert.record.source] as const),
  ]) {
    const known = found.get(source);
    if (known) one.known = known;
  }
}

async function reject(tx: Executor, messages: readonly Rejected[], received: number, outcome: Outcome): Promise<void> {
  if (messages.length === 0) return;
  outcome.rejected = messages.length;
  const rows = messages.slice(-MAX_REJECTED).map(({ topic, reason, payload }) => [received, topic, reason, payload]);
  await insertRows(tx, 'INSERT INTO rejected (received, topic, reason, payload)', rows, '');
  await tx.all('DELETE FROM rejected WHERE id <= (SELECT MAX(id) FROM rejected) - ?', [MAX_REJECTED]);
}

async function count(tx: Executor, outcome: Outcome): Promise<void> {
  for (const name of ['duplicates', 'rejected', 'stored'] as const) {
    if (outcome[name] > 0) await tx.all('UPDATE counts SET value = value + ? WHERE name = ?', [outcome[name], name]);
  }
}
