/**
 * Which boot of a sensor is its current one. The number does not say it: a board whose flash was erased draws one, a board that replaces
 * another counts from its own, and whoever stole an account writes any. So boots follow each other as they were first heard to begin:
 *
 * - a birth, a status that the broker kept, or a health message of a boot never heard of begins it, whatever its number;
 * - a boot that another one followed is over: what still comes of it (its will, its birth again, alerts out of its flash) turns nothing back;
 * - but two heartbeats, as far apart as they were sent, come from a sensor that runs. They bring its boot back, and take back a farewell
 *   or a will that was not true. So what was forged, or came in the wrong order, lasts two heartbeats.
 *
 * Alerts and whispers begin nothing: they may have waited in flash through a boot that was never heard.
 */

import type { Health } from '../../../src/protocol/health.js';
import type { Status } from '../../../src/protocol/status.js';
import type { HealthMessage, StatusMessage } from '../rules/decode.js';
import type { SensorRow } from '../rules/sensor-row.js';
import { statusOf } from '../rules/sensor-row.js';
import { noteReturn, tapOf } from '../rules/tap.js';
import { MIN_HEARTBEAT_GAP } from '../rules/thresholds.js';
import type { Executor } from './database.js';

/** To be called before the status is taken; one that is not of `row.boot` afterwards says nothing of the sensor. */
export async function followStatus(
  tx: Executor,
  row: SensorRow,
  { status, retained }: StatusMessage,
  received: number,
): Promise<void> {
  if (status.boot === row.boot) return;
  // The will of a boot never heard of may come after the birth of the one that followed it; what a broker keeps is the last word of all.
  const begins = row.boot === 0 || ((status.state === 'online' || retained) && !(await hasBegun(tx, row, status.boot)));
  if (begins) await follow(tx, row, status.boot, received);
}

/** To be called before the health message is stored. */
export async function followHealth(
  tx: Executor,
  row: SensorRow,
  { health }: HealthMessage,
  received: number,
): Promise<void> {
  const { boot } = health;
  const mine = boot === row.boot;
  if (mine && statusOf(row)?.state !== 'offline') return;
  if (!mine && (row.boot === 0 || !(await hasBegun(tx, row, boot)))) {
    await follow(tx, row, boot, received);
    return;
  }
  const before = await heartbeatBefore(tx, row, health, (mine ? row.status_received : row.boot_since) ?? 0, received);
  if (before === undefined) return;
  if (!mine) {
    row.status = (await follow(tx, row, boot, received)) ?? null;
    row.health = before;
    row.tap = JSON.stringify(noteReturn(tapOf(row.tap), received));
  }
  const status = statusOf(row);
  if (status?.state !== 'offline') return;
  // Connection 0: any status that the sensor, or the broker for it, says from now on follows this one.
  row.status = JSON.stringify({ ...status, state: 'online', reason: '', connection: 0 } satisfies Status);
  row.status_received = received;
}

/** The health message (as JSON) before `health`, where both came after `since` and as far apart as they were sent: a queue brings them at once. */
async function heartbeatBefore(
  tx: Executor,
  { site, sensor }: SensorRow,
  { boot, figures }: Health,
  since: number,
  received: number,
): Promise<string | undefined> {
  const [before] = await tx.all<{ uptime: number; received: number; body: string }>(
    'SELECT uptime, received, body FROM health WHERE site = ? AND sensor = ? AND boot = ? ORDER BY uptime DESC LIMIT 1',
    [site, sensor, boot],
  );
  if (before === undefined || before.received <= since) return undefined;
  const sent = figures.uptime - before.uptime;
  const came = received - before.received;
  return sent >= MIN_HEARTBEAT_GAP && came >= sent / 2 && came <= sent * 2 ? before.body : undefined;
}

/** Whether it is, or once was, the sensor's current boot. */
async function hasBegun(tx: Executor, { site, sensor }: SensorRow, boot: number): Promise<boolean> {
  const known = await tx.all('SELECT born FROM boots WHERE site = ? AND sensor = ? AND boot = ? AND born IS NOT NULL', [
    site,
    sensor,
    boot,
  ]);
  return known.length > 0;
}

/** Makes `boot` the current one. Gives the status that was its last when it was that before. */
async function follow(tx: Executor, row: SensorRow, boot: number, received: number): Promise<string | undefined> {
  const { site, sensor } = row;
  const note = (number: number, born: number, status: string | null): Promise<{ status: string | null }[]> =>
    tx.all(
      `INSERT INTO boots (site, sensor, boot, highest, exact, born, status) VALUES (?, ?, ?, 0, 0, ?, ?)
     ON CONFLICT (site, sensor, boot) DO UPDATE SET born = COALESCE(boots.born, excluded.born), status = COALESCE(excluded.status, boots.status)
     RETURNING status`,
      [site, sensor, number, born, status],
    );
  if (row.boot !== 0) await note(row.boot, row.first_seen, statusOf(row) ? row.status : null);
  row.boot = boot;
  row.boot_since = received;
  return (await note(boot, received, null))[0]?.status ?? undefined;
}
