/**
 * What a batch of messages does to the store, in one transaction: after it, all of them are stored and may be
 * acknowledged; before it, none is. A message that is there already has no effect.
 */

import type { TimedRecord } from '../../../src/protocol/record.js';
import { knocksOf } from '../../../src/protocol/record.js';
import type { Gap, Scan } from '../../api/types.js';
import { groupBy } from '../../common/group-by.js';
import { iso } from '../../common/iso.js';
import type { AllowRule } from '../rules/allow.js';
import { allowedBy } from '../rules/allow.js';
import type { HealthMessage, Message, RecordMessage, Rejected } from '../rules/decode.js';
import type { StoredAlert } from '../rules/event.js';
import { cutOff, scanEvent } from '../rules/event.js';
import { takeHealth, takeStatus } from '../rules/sensor-row.js';
import { countHeldBack, readAllowRules } from './allow.js';
import type { Boot } from './boots.js';
import { learnEpoch, loadBoot, saveBoot } from './boots.js';
import { turnByHealth, turnByStatus } from './current-boot.js';
import type { Database, Executor, Words } from './database.js';
import { insertRows } from './database.js';
import { findEnrolment } from './enrolments.js';
import { homeOf } from './homes.js';
import { findKnown } from './known.js';
import { append, wanted } from './outbox.js';
import type { ScanRow } from './rows.js';
import { SCAN_COLUMNS, SCAN_CONFLICT, SCAN_INSERT, scanOf, scanValues } from './rows.js';
import { keepHours } from './sensor-hours.js';
import { holdSensor, saveSensor } from './sensors.js';
import type { Hole } from './sequences.js';
import { arrivedBefore, fillHole, holesAfter, recordHoles } from './sequences.js';

/** What became different, for those who watch. */
export interface Changes {
  alerts: StoredAlert[];
  scans: Scan[];
  /** Sensors of which more than "it was heard" changed. */
  sensors: { site: string; sensor: string }[];
  /** New holes, and with `closed` those that were filled. */
  gaps: Gap[];
}

export interface Outcome extends Changes {
  stored: number;
  duplicates: number;
  rejected: number;
  /** Scans that ended because their sensor started anew. */
  cutOff: Scan[];
  whispers: StoredAlert[];
}

/** Rejected messages kept, and milliseconds that health messages are kept. */
const REJECTED_KEPT = 1000;
const HEALTH_KEPT = 7 * 86_400_000;
/** Milliseconds that knocks are kept: a little more than the fleet looks back (fleet/thresholds.ts). */
const KNOCKS_KEPT = 8 * 86_400_000;

type FromSensor = Exclude<Message, Rejected>;
/** A record that was stored for the first time. */
type Fresh = RecordMessage & { allowed: number | null };
type Judge = (record: TimedRecord) => number | null;

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
      whispers: [],
    };
    // Sensors in one order everywhere: two collectors that hold the same two sensors cannot wait for each other.
    const groups = [...bySensor(messages)].sort(([a], [b]) => (a < b ? -1 : 1));
    const rules = messages.some(({ what }) => what === 'record') ? await readAllowRules(tx, received) : [];
    const heldBack = new Map<number, number>();
    for (const [, group] of groups)
      await new SensorCommit(tx, database.words, received, outcome, rules, heldBack).apply(group);
    await countHeldBack(tx, heldBack, received);
    await nameKnown(tx, outcome, received);
    await reject(
      tx,
      messages.filter((message) => message.what === 'rejected'),
      received,
      outcome,
    );
    await count(tx, outcome);
    await tell(tx, database.words, outcome, received);
    return outcome;
  });
}

/** What outputs are to tell is written in the same transaction: what is stored will be told, apart from what the allow list holds back. */
async function tell(
  tx: Executor,
  words: Words,
  { alerts, whispers, cutOff: ended }: Outcome,
  received: number,
): Promise<void> {
  if (alerts.length + whispers.length + ended.length === 0) return;
  const want = await wanted(tx);
  if (!want.any) return;
  await append(tx, words, [
    ...ended.filter(({ allowed }) => allowed === undefined).map((scan) => cutOff(scan, received)),
    ...[...alerts, ...(want.whispers ? whispers : [])]
      .filter(({ allowed }) => allowed === undefined)
      .map((alert) => scanEvent(alert, received)),
  ]);
}

function bySensor(messages: readonly Message[]): Map<string, FromSensor[]> {
  const readable = messages.filter((message): message is FromSensor => message.what !== 'rejected');
  return groupBy(readable, ({ site, sensor }) => `${site}/${sensor}`);
}

/** The part of a batch that comes from one sensor. */
class SensorCommit {
  #site = '';
  #sensor = '';

  constructor(
    readonly tx: Executor,
    readonly words: Words,
    readonly received: number,
    readonly outcome: Outcome,
    readonly rules: readonly AllowRule[],
    /** Alerts by entry. */
    readonly heldBack: Map<number, number>,
  ) {}

  async apply(group: readonly FromSensor[]): Promise<void> {
    const { tx, received, outcome } = this;
    const { site, sensor } = group[0] as FromSensor;
    [this.#site, this.#sensor] = [site, sensor];
    const row = await holdSensor(tx, this.words, site, sensor, received);
    const healths = group.filter((message) => message.what === 'health');
    const statuses = group.filter((message) => message.what === 'status');
    const before = row.boot;
    let changed = before === 0;
    // In the order of their arrival, which says what followed what; before the records, because a birth names the home that they are judged by.
    for (const message of group) {
      if (message.what === 'status') await turnByStatus(tx, row, message, received);
      if (message.what === 'health') await turnByHealth(tx, row, message, received);
      if (
        message.what === 'status'
          ? takeStatus(row, message, received)
          : message.what === 'health' && (await this.#takeHealth(row, message))
      )
        changed = true;
    }
    const told = group.filter((message) => message.what === 'record');
    const judge = told.length > 0 ? await this.#judge(row.status) : () => null;
    const records = await this.#store(told, judge);
    await this.#takeKnocks(records, judge);

    // Of a sensor of which nothing else is known yet the highest number is the best guess.
    if (row.boot === 0) row.boot = Math.max(0, ...records.map((record) => record.boot));
    if (row.boot !== before) {
      changed = true;
      await this.#endOthers(row.boot);
    }
    if (await this.#takeBoots(records, healths, row.boot)) changed = true;
    // A stale will comes from the broker, a birth of a boot that is over from a queue, and a retained message from the past: none is a sign of life.
    const alive =
      records.length + healths.length > 0 ||
      statuses.some((s) => !s.retained && s.status.state === 'online' && s.status.boot === row.boot);
    if (alive) row.last_seen = Math.max(row.last_seen, received);
    await saveSensor(tx, row);
    if (changed) outcome.sensors.push({ site, sensor });
  }

  /** Stores what is not stored yet, and gives it. */
  async #store(records: readonly RecordMessage[], judge: Judge): Promise<Fresh[]> {
    const { tx, received, outcome } = this;
    const fresh = new Map<string, Fresh>();
    for (const record of records) {
      const name = `${record.boot}/${record.sequence}`;
      if (!fresh.has(name)) fresh.set(name, { ...record, allowed: judge(record.record) });
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
        r.record.kind === 'knocks' ? 'knock' : r.leaf,
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
    for (const { leaf, allowed } of stored)
      if (leaf === 'alert' && allowed !== null) this.heldBack.set(allowed, (this.heldBack.get(allowed) ?? 0) + 1);
    return stored;
  }

  /** Gives of a record the entry of the allow list that holds it back, or null. */
  async #judge(status: string | null): Promise<Judge> {
    const { rules, received } = this;
    if (rules.length === 0) return () => null;
    const [site, sensor] = [this.#site, this.#sensor];
    const home = homeOf((await findEnrolment(this.tx, site, sensor)) ?? null, status);
    return (record) => allowedBy(rules, record, { site, home }, received)?.id ?? null;
  }

  /** A list of strangers, in rows that the fleet can compare. Dated by us: one list is one time, and a sensor's clock may be wrong. */
  async #takeKnocks(records: readonly RecordMessage[], judge: Judge): Promise<void> {
    const { tx, received } = this;
    const sources = new Map<string, (string | number | null)[]>();
    for (const { record } of records.filter(({ leaf }) => leaf === 'whisper')) {
      for (const { source, refused } of knocksOf(record)) {
        // After a while without a broker one batch is the lists of hours: that it met nobody says more.
        if (refused && sources.has(source)) continue;
        sources.set(source, [
          source,
          this.#site,
          this.#sensor,
          received,
          judge({ ...record, source }),
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
    await tx.all('DELETE FROM knocks WHERE heard < ?', [received - KNOCKS_KEPT]);
  }

  /** A sensor that started anew cannot end what it had begun: the episodes of other boots end as they stand. */
  async #endOthers(boot: number): Promise<void> {
    const sql = `UPDATE scans SET open = 0 WHERE site = ? AND sensor = ? AND boot <> ? AND open = 1
      RETURNING ${SCAN_COLUMNS}`;
    const ended = await this.tx.all<ScanRow>(sql, [this.#site, this.#sensor, boot]);
    const scans = ended.map(scanOf);
    this.outcome.scans.push(...scans);
    this.outcome.cutOff.push(...scans);
  }

  async #takeHealth(row: Parameters<typeof takeHealth>[0], message: HealthMessage): Promise<boolean> {
    const { tx, received } = this;
    const { boot, figures } = message.health;
    await tx.all(
      'INSERT INTO health (site, sensor, boot, uptime, received, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      [this.#site, this.#sensor, boot, figures.uptime, received, JSON.stringify(message.health)],
    );
    await tx.all('DELETE FROM health WHERE received < ?', [received - HEALTH_KEPT]);
    if (!takeHealth(row, message, received)) return false;
    await keepHours(tx, row, received);
    return true;
  }

  /** Sequence numbers, times and scans, boot by boot. Gives whether the number of missing messages changed. */
  async #takeBoots(records: readonly Fresh[], healths: readonly HealthMessage[], current: number): Promise<boolean> {
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
      // An alert may overtake its birth on the way to another collector; that of a boot never heard of, but lower, lay in flash.
      await this.#takeScans(boot, mine, number === current || (boot.born === null && number > current));
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
    const sql = `UPDATE scans SET first = first + ?, last = last + ? WHERE site = ? AND sensor = ? AND boot = ? AND uptime = 1
      RETURNING ${SCAN_COLUMNS}`;
    const moved = await this.tx.all<ScanRow>(sql, [by, by, boot.site, boot.sensor, boot.boot]);
    this.outcome.scans.push(...moved.map(scanOf));
  }

  async #takeScans(boot: Boot, records: readonly Fresh[], current: boolean): Promise<void> {
    const { received } = this;
    // Ascending sequence numbers: the last one of an episode is the newest.
    const newest = new Map<number, Fresh>();
    for (const message of records) {
      const { site, sensor, sequence, allowed } = message;
      const told = message.leaf === 'alert' ? this.outcome.alerts : this.outcome.whispers;
      told.push({
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
      const open = current && record.stage !== 'end';
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
        record: timed(message, boot),
      });
    });
    const changed = await insertRows<ScanRow>(this.tx, SCAN_INSERT, rows, SCAN_CONFLICT);
    this.outcome.scans.push(...changed.map(scanOf));
  }
}

/** The record with its times on our clock. */
function timed({ clock, record }: RecordMessage, boot: Boot): TimedRecord {
  const shift = clock === 'uptime' ? (boot.epoch ?? 0) : 0;
  return { ...record, time: record.time + shift, first: record.first + shift, last: record.last + shift };
}

/** Whispers are kept for the fleet to add up; they are no scans of their own. */
function isScan(message: RecordMessage): boolean {
  const { kind, stage } = message.record;
  return message.leaf === 'alert' && kind !== 'whisper' && kind !== 'knocks' && stage !== 'whisper';
}

/** Says of what changed whose sources are on a list. */
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
  const rows = messages.slice(-REJECTED_KEPT).map(({ topic, reason, payload }) => [received, topic, reason, payload]);
  await insertRows(tx, 'INSERT INTO rejected (received, topic, reason, payload)', rows, '');
  await tx.all('DELETE FROM rejected WHERE id <= (SELECT MAX(id) FROM rejected) - ?', [REJECTED_KEPT]);
}

async function count(tx: Executor, outcome: Outcome): Promise<void> {
  for (const name of ['duplicates', 'rejected', 'stored'] as const) {
    if (outcome[name] > 0) await tx.all('UPDATE counts SET value = value + ? WHERE name = ?', [outcome[name], name]);
  }
}
