/** What a sensor's health messages show together: whether its tap sees, how its clock runs, when its engine last trapped. */
import type { Health } from '../../../src/protocol/health.js';
import { BLIND_LOSS, CLOCK_OFF, CLOCK_SAME, MIN_TRAFFIC_SHARE, NOTED_LOSS, TWIN_QUIET } from './thresholds.js';

export interface Tap {
  /** Milliseconds of the sensor's time in which it saw nothing, or next to nothing of what it usually sees; 0 while it sees. */
  thin: number;
  /** Milliseconds in which it lost more than BLIND_LOSS of the frames. */
  lossy: number;
  /** Milliseconds in which it lost more than NOTED_LOSS. */
  leaky: number;
  /** Share lost between the last two health messages, 0..1. */
  loss: number;
  /** Frames and milliseconds between the last two health messages. */
  frames: number;
  elapsed: number;
  /** Frames a second in the quietest hour of the last week; null while too few hours are known. */
  least: number | null;
  /** Milliseconds by which the sensor's clock was ahead of ours at the last message; null where it was not set. */
  ahead: number | null;
  /** Messages in a row whose difference was the same and too large. */
  odd: number;
  /** When the engine last trapped, and how often since the boot; milliseconds since 1970. */
  trapped: number | null;
  traps: number;
  /** When a boot that was over was last heard to run again, and how often it did with less than TWIN_QUIET between. */
  returned: number | null;
  returns: number;
}

const none: Tap = {
  thin: 0,
  lossy: 0,
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
  /** The message before, of the same boot. */
  before: Health | undefined;
  next: Health;
  /** Milliseconds of the sensor's time between both. */
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
  // A tap that loses all it is given is not one that sees nothing.
  const thin =
    (frames === 0 && lost === 0) ||
    (tap.least !== null && (frames + lost) * 1000 < tap.least * MIN_TRAFFIC_SHARE * elapsed);
  const ahead = next.clock === 'synced' ? next.time - received : null;
  return {
    thin: still(thin, tap.thin),
    lossy: still(loss > BLIND_LOSS, tap.lossy),
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

/** Notes that a boot that was over runs again. */
export function noteReturn(tap: Tap, received: number): Tap {
  const soon = tap.returned !== null && received - tap.returned < TWIN_QUIET;
  return { ...tap, returned: received, returns: soon ? tap.returns + 1 : 1 };
}

/** What a broker kept for us while we were away arrives at once and looks late, each message less than the one before: that is no wrong clock. */
function oddAfter(tap: Tap, ahead: number | null): number {
  if (ahead === null || Math.abs(ahead) <= CLOCK_OFF) return 0;
  return tap.ahead !== null && Math.abs(ahead - tap.ahead) <= CLOCK_SAME ? tap.odd + 1 : 1;
}
