/**
 * What a series of health messages shows: whether the tap sees traffic, how the clock runs, when the engine last
 * trapped.
 */
import type { Health } from '../../../src/protocol/health.js';
import { type Unread, unreadOf } from '../../../src/protocol/unread.js';
import { BLIND_LOSS, CLOCK_OFF, CLOCK_SAME, MIN_TRAFFIC_SHARE, NOTED_LOSS, TWIN_QUIET } from './thresholds.js';

export interface Tap {
  /** Milliseconds of sensor time without traffic, or with far less than usual; 0 while it sees traffic. */
  thin: number;
  /** Milliseconds with more than BLIND_LOSS of the frames lost. */
  lossy: number;
  /** Milliseconds in which next to nothing of what it saw could be read, and what that was. */
  unreadable: number;
  unread: Unread | null;
  /** Milliseconds with more than NOTED_LOSS lost. */
  leaky: number;
  /** Fraction lost between the last two health messages, 0..1. */
  loss: number;
  /** Frames and milliseconds between the last two health messages. */
  frames: number;
  elapsed: number;
  /** Frames per second in the quietest hour of the last week; null while too few hours are known. */
  least: number | null;
  /**
   * Milliseconds by which the sensor's clock was ahead of the collector's at the last message; null if it was not set.
   */
  ahead: number | null;
  /** Consecutive messages with the same, too large, clock difference. */
  odd: number;
  /** When the engine last trapped, and how often since the boot; milliseconds since 1970. */
  trapped: number | null;
  traps: number;
  /** When a boot that had ended was last seen running again, and how often that happened less than TWIN_QUIET apart. */
  returned: number | null;
  returns: number;
}

const none: Tap = {
  thin: 0,
  lossy: 0,
  unreadable: 0,
  unread: null,
  leaky: 0,
  loss: 0,
  frames: 0,
  elapsed: 0,
  least: null,
  ahead: null,
  odd: 0,
  trapped: null,
  traps: 0,
  returned: null,
  returns: 0,
};

export function tapOf(text: string | null): Tap {
  return text === null ? none : { ...none, ...(JSON.parse(text) as Partial<Tap>) };
}

export interface Observation {
  /** The previous message of the same boot. */
  before: Health | undefined;
  next: Health;
  /** Milliseconds of sensor time between the two. */
  elapsed: number;
  frames: number;
  /** Milliseconds since 1970. */
  received: number;
}

export function observe(tap: Tap, { before, next, elapsed, frames, received }: Observation): Tap {
  const rose = (name: 'tapLost' | 'trapLost' | 'traps'): number =>
    Math.max(0, next.figures[name] - (before?.figures[name] ?? 0));
  const lost = rose('tapLost') + rose('trapLost');
  const loss = lost > 0 ? lost / (lost + frames) : 0;
  const still = (so: boolean, ms: number): number => (so ? ms + elapsed : 0);
  // A tap that loses all its frames is lossy, not without traffic.
  const thin =
    (frames === 0 && lost === 0) ||
    (tap.least !== null && (frames + lost) * 1000 < tap.least * MIN_TRAFFIC_SHARE * elapsed);
  const unread = unreadOf(next.counters, elapsed / 1000, before?.counters) ?? null;
  const ahead = next.clock === 'synced' ? next.time - received : null;
  return {
    thin: still(thin, tap.thin),
    lossy: still(loss > BLIND_LOSS, tap.lossy),
    unreadable: still(unread !== null, tap.unreadable),
    unread,
    leaky: still(loss > NOTED_LOSS, tap.leaky),
    loss,
    frames,
    elapsed,
    least: tap.least,
    ahead,
    odd: oddAfter(tap, ahead),
    trapped: rose('traps') > 0 ? received : tap.trapped,
    traps: next.figures.traps,
    returned: tap.returned,
    returns: tap.returns,
  };
}

/** Records that a boot that had ended runs again. */
export function noteReturn(tap: Tap, received: number): Tap {
  const soon = tap.returned !== null && received - tap.returned < TWIN_QUIET;
  return { ...tap, returned: received, returns: soon ? tap.returns + 1 : 1 };
}

/**
 * Messages that a broker queued arrive at once and look late, each less than the one before: that is not a wrong clock.
 */
function oddAfter(tap: Tap, ahead: number | null): number {
  if (ahead === null || Math.abs(ahead) <= CLOCK_OFF) return 0;
  return tap.ahead !== null && Math.abs(ahead - tap.ahead) <= CLOCK_SAME ? tap.odd + 1 : 1;
}
