/** A sensor's row and how messages change it. */

import { configSettings } from '../../../src/protocol/config.js';
import type { Health } from '../../../src/protocol/health.js';
import type { Status } from '../../../src/protocol/status.js';
import { supersedes } from '../../../src/protocol/status.js';
import type { HealthMessage, StatusMessage } from './decode.js';
import { observe, tapOf } from './tap.js';
import { MIN_HEARTBEAT_INTERVAL } from './thresholds.js';

export interface SensorRow {
  site: string;
  sensor: string;
  /** The current boot (store/current-boot.ts); 0 before the first. */
  boot: number;
  /** When that boot became current; null if it was before this was recorded. */
  boot_since: number | null;
  first_seen: number;
  /** 0 while only a retained message is known. */
  last_seen: number;
  status: string | null;
  /** When the status was received; the sensor's own time in it is that of its connection. */
  status_received: number | null;
  health: string | null;
  health_received: number | null;
  interval_ms: number;
  frames_per_second: number;
  /** JSON of a Tap (rules/tap.ts); null before the first health message. */
  tap: string | null;
}

/** Returns whether the status was applied: one of another boot or an old connection is not. */
export function takeStatus(row: SensorRow, message: StatusMessage, received: number): boolean {
  if (message.status.boot !== row.boot) return false;
  const text = JSON.stringify(message.status);
  if (!supersedes(message.status, statusOf(row)) || row.status === text) return false;
  row.status = text;
  row.status_received = received;
  return true;
}

/** Returns whether the health message was the newest of the sensor's current boot. */
export function takeHealth(row: SensorRow, message: HealthMessage, received: number): boolean {
  const next = message.health;
  const current = row.health ? (JSON.parse(row.health) as Health) : undefined;
  if (next.boot !== row.boot) return false;
  if (next.boot === current?.boot && next.figures.uptime <= current.figures.uptime) return false;
  const same = current?.boot === next.boot;
  const before = same ? current : undefined;
  const elapsed = same ? next.figures.uptime - current.figures.uptime : next.figures.uptime;
  const frames = framesBetween(before, next);
  row.frames_per_second = elapsed > 0 ? (frames * 1000) / elapsed : 0;
  // The interval that the sensor announces. Without an announcement, the observed one, but never below the default: an
  // extra message after a reconnect does not shorten the interval.
  const usual = configSettings.healthSeconds.absent * 1000;
  const promised = (next.figures.healthSeconds ?? 0) * 1000;
  if (promised > 0)
    row.interval_ms = Math.max(MIN_HEARTBEAT_INTERVAL, Math.min(configSettings.healthSeconds.highest * 1000, promised));
  else if (same) row.interval_ms = Math.min(configSettings.healthSeconds.highest * 1000, Math.max(usual, elapsed));
  row.tap = JSON.stringify(observe(tapOf(row.tap), { before, next, elapsed, frames, received }));
  row.health = JSON.stringify(next);
  row.health_received = received;
  return true;
}

/** Frames that the tap saw between two health messages. The counter wraps at 2^32 and restarts after an engine trap. */
function framesBetween(before: Health | undefined, after: Health): number {
  const since = before?.counters.frames ?? 0;
  if (before && after.figures.traps !== before.figures.traps) return after.counters.frames;
  const difference = after.counters.frames - since;
  return difference >= 0 ? difference : difference + 2 ** 32;
}

/** The last applied status, if it belongs to the current boot. */
export function statusOf({ status, boot }: Pick<SensorRow, 'status' | 'boot'>): Status | undefined {
  const known = status === null ? undefined : (JSON.parse(status) as Status);
  return known?.boot === boot ? known : undefined;
}
