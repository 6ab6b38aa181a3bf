/**
 * Determines a sensor's current boot. The boot number does not decide it: a board whose flash was erased draws a random
 * one, a replacement board counts from its own, and a stolen account can send any. Boots therefore follow each other in
 * the order in which they were first seen to begin:
 *
 * - A birth, a retained status or a health message of an unknown boot starts it, whatever its number.
 * - A boot that another one followed has ended: its late messages (its will, its birth again, alerts from flash) change
 *   nothing.
 * - Two heartbeats that arrive as far apart as they were sent prove a running sensor. They restore its boot and revoke
 *   a
 *   false farewell or will. A forged or misordered message therefore lasts at most two heartbeats.
 *
 * Alerts and suspicion reports start nothing: they may have waited in flash through a boot that was never seen.
 */

import type { Health } from '../../../src/protocol/health.js';
import type { Status } from '../../../src/protocol/status.js';
import type { HealthMessage, StatusMessage } from '../rules/decode.js';
import type { SensorRow } from '../rules/sensor-row.js';
import { statusOf } from '../rules/sensor-row.js';
import { noteReturn, tapOf } from '../rules/tap.js';
import { MIN_HEARTBEAT_GAP } from '../rules/thresholds.js';
import type { Executor } from './database.js';

/**
 * Call before applying the status. A status that does not match `row.boot` afterwards says nothing about the sensor.
 */
export async function followStatus(
  tx: Executor,
  row: SensorRow,
  { status, retained }: StatusMessage,
  received: number,
): Promise<void> {
  if (status.boot === row.boot) return;
  // The will of an unknown boot may arrive after its successor's birth; a retained message is always the latest.
  const begins = row.boot === 0 || ((status.state === 'online' || retained) && !(await hasBegun(tx, row, status.boot)));
  if (begins) await follow(tx, row, status.boot, received);
}

/** Call before storing the health message. */
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
  // Connection 0: any later status from the sensor, or from the broker on its behalf, supersedes this one.
  row.status = JSON.stringify({ ...status, state: 'online', reason: '', connection: 0 } satisfies Status);
  row.status_received = received;
}

/**
 * The preceding health message (as JSON) if both arrived after `since` and as far apart as they were sent; queued
 * messages arrive at once.
 */
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

/** Whether it is or once was the sensor's current boot. */
async function hasBegun(tx: Executor, { site, sensor }: SensorRow, boot: number): Promise<boolean> {
  const known = await tx.all('SELECT born FROM boots WHERE site = ? AND sensor = ? AND boot = ? AND born IS NOT NULL', [
    site,
    sensor,
    boot,
  ]);
  return known.length > 0;
}

/** Makes `boot` current. Returns its last status from when it was current before. */
async function follow(tx: Executor, row: SensorRow, boot: number, received: number): Promise<string | undefined> {
  const { site, sensor } = row;
  const note = (number: number, born: number, status: string | null): Promise<{ status: string | null }[]> =>
    tx.all(
      `INSERT INTO boots (site, sensor, boot, highest, exact, born, status) VALUES (?, ?, ?, 0, 0, ?, ?)
     ON CONFLICT (site, sensor, boot) DO UPDATE SET born = COALESCE(boots.born, excluded.born),
     status = COALESCE(excluded.status, boots.status)
     RETURNING status`,
      [site, sensor, number, born, status],
    );
  if (row.boot !== 0) await note(row.boot, row.first_seen, statusOf(row) ? row.status : null);
  row.boot = boot;
  row.boot_since = received;
  return (await note(boot, received, null))[0]?.status ?? undefined;
}
