/** Thresholds of the fleet verdict, of campaigns and visits (docs/DETECTION.md explains them), and of sensor states. */
const DAY = 86_400_000;

/**
 * Probability of a false fleet detection for one benign source that contacts every site within a day. At most a hundred
 * such sources a day (mail, crawlers, partners) make one false detection in nine years.
 */
export const FALSE_ALARM = 3e-6;
/** Minimum number of reporting sites: what a single site knows is that site's own alert. */
export const MIN_SITES = 3;
/**
 * P(the first conclusive contact of a benign first-time source goes to an unused address): by the weights, dark over
 * dark and answered, the larger of TCP's 0.074 / 0.894 and UDP's 0.089 / 0.909, which is 0.098. Slightly more, because
 * a tap remembers 256 to 512 of the sources it answered, and a forgotten one counts as first-time again: `npm run
 * simulate -- --part=fleet` measures 0.1 (at most 0.104) where 500 sources return repeatedly; the value holds for that
 * case.
 */
export const UNUSED_ADDRESS_CHANCE = 0.105;
/**
 * P(it goes to an unused address or, over TCP, is refused): by the weights (0.074 + 0.045) / (0.074 + 0.045 + 0.82),
 * which is 0.13; measured, for the same reason, 0.166 (at most 0.171).
 */
export const FAILED_CONTACT_CHANCE = 0.18;
/** Nats: minimum weight of a contact with an unused address (src/engine/constants/weights.ts, dark, UDP inbound). */
export const UNUSED_ADDRESS_NATS = 1.9;
/**
 * Milliseconds within which first-contact failures at several sites count together: a daily benign source gets one
 * chance a day.
 */
export const FIRST_CONTACT_WINDOW = DAY;
/**
 * Shares of the permitted false-alarm probability for the counts of unused addresses and of failed first contacts; the
 * sum of evidence has the rest.
 */
export const UNUSED_ADDRESS_SHARE = 0.35;
export const FAILED_CONTACT_SHARE = 0.4;
/** Milliseconds without activity that end a visit. */
export const VISIT_ENDS = DAY;
/** Milliseconds that verdicts and campaigns look back by default. */
export const LOOK_BACK = 7 * DAY;
/**
 * Milliseconds after the last suspicion report during which a fleet-only detection is open: sensors report every five
 * minutes.
 */
export const SUSPICION_OPEN_FOR = 15 * 60_000;
/**
 * Milliseconds without a record that an open scan is silent at least: a sensor ends an episode after five minutes of
 * quiet, or four times its longest pause, at most twelve hours (src/engine/constants/weights.ts, QUIET_*). Here with a
 * margin for what waits for the uplink.
 */
export const SCAN_QUIET = 10 * 60_000;
export const SCAN_CEILING = 13 * 3_600_000;
/** Sources in one /24 or /64 that form a campaign. */
export const NETWORK_SOURCES = 3;
/** Sources probing the same service ... */
export const PATTERN_SOURCES = 5;
/** ... each within this many milliseconds of the next ... */
export const PATTERN_GAP = 30 * 60_000;
/** ... at this many sites or more form a campaign. */
export const PATTERN_SITES = 2;

// --- sensors: docs/ARCHITECTURE.md, "Sensors that do not watch" ---

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Minimum interval assumed between health messages, milliseconds: a loaded machine or a slow uplink is not silence. */
export const MIN_HEARTBEAT_INTERVAL = 15_000;
/**
 * Minimum milliseconds between two health messages that prove a running sensor: less than the shortest configurable
 * interval (config.ts), more than between extra messages.
 */
export const MIN_HEARTBEAT_GAP = 4_000;
/** Missed heartbeats after which a sensor is late: one lost message is no incident, two are. */
export const LATE_AFTER = 2;
/** Missed heartbeats after which a sensor is gone: ten minutes at the default interval of 30 s. */
export const GONE_AFTER = 20;
/** Milliseconds before a will opens an incident: most lost connections are re-established within seconds. */
export const LOST_FOR = 20_000;
/** Milliseconds after which a deliberately stopped sensor was probably forgotten. */
export const STOPPED_FOR = HOUR;
/** Milliseconds after enrolment within which a sensor should report: a board travels by post and is then plugged in. */
export const NEVER_SEEN_FOR = 24 * HOUR;

/**
 * Heartbeats with (almost) no frames, or too many lost, after which a sensor is blind: two, less the slack of two extra
 * messages.
 */
export const BLIND_AFTER = 1.5;
/**
 * Fraction of frames lost before the engine: missing half of a scan's probes doubles what a scanner can do undetected.
 */
export const BLIND_LOSS = 0.5;
/** Fraction above which frame loss is noted. */
export const NOTED_LOSS = 0.01;
/** A tap below this fraction of its quietest hour has lost its mirror port, even though broadcasts still arrive. */
export const MIN_TRAFFIC_SHARE = 0.1;
/**
 * Hours with at least half an hour of reports, within the last week, that establish a quietest hour: they include
 * nights.
 */
export const HOURS_KNOWN = 24;
export const HOURS_RETAINED = 7 * 24;

/** Milliseconds that a sensor's clock may differ: more than an uplink delays messages. */
export const CLOCK_OFF = MINUTE;
/**
 * Milliseconds within which two clock differences count as equal. Messages that a broker queued arrive with shrinking
 * differences.
 */
export const CLOCK_SAME = 5_000;
/** Consecutive health messages with the same difference that show a wrong clock. */
export const CLOCK_ODD = 2;
/** Number of sensors from which their median, rather than the collector's clock, is the reference. */
export const CLOCK_VOTES = 3;
/** Milliseconds of uptime after which a clock that was never set is wrong. */
export const CLOCK_UNSET_FOR = HOUR;

/** Milliseconds that a newer version must run in the fleet before an older one is an incident: rollouts take time. */
export const OLD_FOR = 7 * DAY;
/** Milliseconds without a trap after which its incident ends. */
export const TRAP_QUIET = HOUR;

/**
 * Times that an ended boot returned within TWIN_QUIET, after which two sensors share a name: once may be a message out
 * of order.
 */
export const TWIN_RETURNS = 2;
/** Milliseconds without another return after which the incident ends. */
export const TWIN_QUIET = HOUR;

/** Milliseconds between updates of the stored listening time ... */
export const LISTENING_EVERY = 10_000;
/** ... and the gap above which no collector was listening, so that no sensor is marked silent for that time. */
export const LISTENING_BREAK = 30_000;
/** Milliseconds that sensors then get to reconnect: their longest backoff (src/app/core/uplink.ts). */
export const RETURN_FOR = MINUTE;
