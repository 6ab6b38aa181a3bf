/**
 * Derives a sensor's state and incidents from its birth and will messages and its heartbeats. Pure, so that the API,
 * the sensor monitor and tests agree. thresholds.ts holds the thresholds.
 */
import type { Health } from '../../../src/protocol/health.js';
import type { Status } from '../../../src/protocol/status.js';
import type { IncidentKind, Sensor, SensorNote, SensorState } from '../../api/types.js';
import * as words from '../../wording/incidents.js';
import type { SensorRow } from './sensor-row.js';
import type { Tap } from './tap.js';
import { tapOf } from './tap.js';
import {
  BLIND_AFTER,
  CLOCK_ODD,
  CLOCK_OFF,
  CLOCK_UNSET_FOR,
  GONE_AFTER,
  LATE_AFTER,
  LISTENING_BREAK,
  LOST_FOR,
  NEVER_SEEN_FOR,
  NOTED_LOSS,
  OLD_FOR,
  RETURN_FOR,
  STOPPED_FOR,
  TRAP_QUIET,
  TWIN_QUIET,
  TWIN_RETURNS,
} from './thresholds.js';
import { compareVersions } from './versions.js';

/** A sensor has at most one open incident per subject; a late sensor that becomes gone stays the same incident. */
export type Subject = 'silence' | 'tap' | 'clock' | 'firmware' | 'engine' | 'name';

export interface Finding {
  subject: Subject;
  kind: IncidentKind;
  /** Milliseconds since 1970. */
  since: number;
  text: string;
}

export interface Facts {
  row: SensorRow;
  /**
   * The current boot's status. A farewell or will of another boot says nothing about this one, whose birth may be in
   * transit.
   */
  status: Status | undefined;
  health: Health | undefined;
  /** Empty if it is not a Blockwatch board. */
  board: string;
  /** Milliseconds since 1970; null if it was never enrolled. */
  enrolled: number | null;
  revoked: boolean;
  /** Its open silence incident. */
  held: { kind: IncidentKind; since: number } | undefined;
}

/** What the fleet and its collectors know. Milliseconds since 1970. */
export interface World {
  now: number;
  /** The current period without a break in which a collector listened; undefined if none ever ran. */
  listening: { since: number; until: number } | undefined;
  /** Milliseconds by which most sensors' clocks are ahead of the collector's. */
  skew: number;
  /** By board: the newest version in use, and since when. */
  newest: ReadonlyMap<string, { version: string; since: number }>;
  /** Older versions count as outdated immediately. */
  leastFirmware?: string | undefined;
}

export interface SensorEvaluation {
  state: SensorState;
  reason: NonNullable<Sensor['reason']>;
  notes: SensorNote[];
  /** Empty for a revoked sensor, of which nothing is expected. */
  findings: Finding[];
}

export function evaluateSensor(facts: Facts, world: World): SensorEvaluation {
  const tap = tapOf(facts.row.tap);
  const { state, reason, finding } = silenceOf(facts, world);
  const blind = blindnessOf(facts.row, tap);
  const clock = clockOf(facts, tap, world);
  const old = firmwareOf(facts, world);
  const trap = trapOf(tap, world);
  const twin = twinOf(tap, world);
  const notes: SensorNote[] = [
    ...(clock ? ['wrong-clock' as const] : []),
    ...(old ? ['old-firmware' as const] : []),
    ...(!blind && tap.loss > NOTED_LOSS && tap.leaky >= BLIND_AFTER * facts.row.interval_ms
      ? ['losing-frames' as const]
      : []),
  ];
  const findings = facts.revoked
    ? []
    : [finding, blind, clock, old?.finding, trap, twin].filter((one) => one !== undefined);
  return { state: blind && state === 'online' ? 'blind' : state, reason, notes, findings };
}

type Silence = Pick<SensorEvaluation, 'state' | 'reason'> & { finding?: Finding };

/**
 * The status decides if it can. Otherwise a sensor without a sign of life becomes late, then gone, but only while a
 * collector was listening.
 */
function silenceOf({ row, status, enrolled, held }: Facts, { now, listening }: World): Silence {
  const begin = (kind: IncidentKind, since: number, text: string): Finding => ({
    subject: 'silence',
    kind,
    since,
    text,
  });
  if (status?.state === 'offline') {
    const stopped = status.reason === 'stopped';
    const since = row.status_received ?? (row.last_seen || row.first_seen);
    const grace = stopped ? STOPPED_FOR : LOST_FOR;
    const waited = now - Math.max(since, stopped ? 0 : (listening?.since ?? 0));
    return {
      state: stopped ? 'offline' : 'gone',
      reason: stopped ? 'stopped' : 'lost',
      ...(waited >= grace || held?.kind === 'gone'
        ? { finding: begin('gone', since, stopped ? words.stopped() : words.lost()) }
        : {}),
    };
  }
  if (row.last_seen === 0) {
    const since = enrolled ?? row.first_seen;
    return {
      state: 'never-seen',
      reason: '',
      ...(now - since >= NEVER_SEEN_FOR
        ? { finding: begin('never-seen', since, words.neverSeen(enrolled !== null)) }
        : {}),
    };
  }
  const until = listening && now - listening.until > LISTENING_BREAK ? listening.until : now;
  // Sensors not heard since listening resumed get time to reconnect.
  const away = listening !== undefined && row.last_seen < listening.since;
  const silent = (until - (away ? listening.since + RETURN_FOR : row.last_seen)) / row.interval_ms;
  // Once silent, only a sign of life ends it: a collector that has just started has not heard the sensor either.
  const still = held !== undefined && row.last_seen <= held.since ? held.kind : undefined;
  if (silent > GONE_AFTER || still === 'gone')
    return { state: 'gone', reason: 'silent', finding: begin('gone', row.last_seen, words.silent()) };
  if (silent > LATE_AFTER || still === 'late')
    return { state: 'late', reason: '', finding: begin('late', row.last_seen, words.late()) };
  return { state: 'online', reason: '' };
}

function blindnessOf(row: SensorRow, tap: Tap): Finding | undefined {
  const enough = BLIND_AFTER * row.interval_ms;
  if (tap.thin < enough && tap.lossy < enough && tap.unreadable < enough) return undefined;
  const began = (row.health_received ?? row.last_seen) - Math.max(tap.thin, tap.lossy, tap.unreadable);
  const text =
    tap.lossy >= enough
      ? words.losing(tap.loss)
      : tap.unread && tap.unreadable >= enough
        ? words.unreadable(tap.unread)
        : tap.frames === 0
          ? words.noFrames()
          : words.thin((tap.frames * 1000) / tap.elapsed, tap.least ?? 0);
  return { subject: 'tap', kind: 'blind', since: Math.max(began, row.first_seen), text };
}

function clockOf({ row, health }: Facts, tap: Tap, { skew }: World): Finding | undefined {
  const begin = (since: number, text: string): Finding => ({ subject: 'clock', kind: 'wrong-clock', since, text });
  const received = row.health_received ?? row.last_seen;
  if (health?.clock === 'uptime' && health.figures.uptime >= CLOCK_UNSET_FOR)
    return begin(received - health.figures.uptime, words.clockUnset());
  if (tap.ahead === null || tap.odd < CLOCK_ODD || Math.abs(tap.ahead - skew) <= CLOCK_OFF) return undefined;
  return begin(received, words.clockOff(tap.ahead - skew));
}

function firmwareOf(facts: Facts, { now, newest, leastFirmware }: World): { finding?: Finding } | undefined {
  const version = versionOf(facts.status, facts.health);
  if (version === '') return undefined;
  const begin = (since: number, than: string, who: string): Finding => ({
    subject: 'firmware',
    kind: 'old-firmware',
    since,
    text: words.old(version, than, who),
  });
  if (leastFirmware !== undefined && compareVersions(version, leastFirmware) < 0) {
    return { finding: begin(facts.row.first_seen, leastFirmware, 'the collector asks for at least') };
  }
  const best = newest.get(facts.board);
  if (!best || compareVersions(version, best.version) >= 0) return undefined;
  return now - best.since >= OLD_FOR ? { finding: begin(best.since, best.version, 'others like it run') } : {};
}

function trapOf(tap: Tap, { now }: World): Finding | undefined {
  if (tap.trapped === null || now - tap.trapped >= TRAP_QUIET) return undefined;
  return { subject: 'engine', kind: 'trap', since: tap.trapped, text: words.trap(tap.traps) };
}

function twinOf(tap: Tap, { now }: World): Finding | undefined {
  if (tap.returned === null || tap.returns < TWIN_RETURNS || now - tap.returned >= TWIN_QUIET) return undefined;
  return { subject: 'name', kind: 'twin', since: tap.returned, text: words.twin() };
}

export const versionOf = (status: Status | undefined, health: Health | undefined): string =>
  status?.version || health?.version || '';
