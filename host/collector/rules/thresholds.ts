/** What the fleet's verdict, its campaigns and visits are decided by (docs/DETECTION.md tells why), and the states of its sensors. */
const DAY = 86_400_000;

/**
 * Chance of a false conviction, for one honest source that came to every site within a day. Those are a hundred a day at most (mail, crawlers, partners):
 * one in nine years.
 */
export const FALSE_ALARM = 3e-6;
/** Sites that must have spoken: what one site alone knows is that site's alert. */
export const LEAST_SITES = 3;
/**
 * P(the first conclusive contact of an honest stranger is with an address that does not exist): by the weights dark over dark and answered, the larger of
 * TCP's 0.074 / 0.894 and UDP's 0.089 / 0.909, 0.098. A little more, because a tap remembers 256 to 512 of those it answered, and whoever is forgotten comes
 * for the first time again: `npm run simulate -- --part=fleet` measures 0.1 (at most 0.104) where 500 return to it again and again, for which this holds.
 */
export const KNOCK_CHANCE = 0.105;
/**
 * P(it is such a one or, by TCP, is refused): by the weights (0.074 + 0.045) / (0.074 + 0.045 + 0.82), 0.13; measured, for the same reason, 0.166 (at most
 * 0.171).
 */
export const FAILED_CHANCE = 0.18;
/** Nats: the least that a contact with an address that does not exist weighs (src/engine/constants/weights.ts, dark, UDP inbound). */
export const KNOCK_NATS = 1.9;
/** Milliseconds within which knocks at several sites belong together: an honest stranger who comes daily has a chance a day. */
export const KNOCK_WINDOW = DAY;
/** Of the permitted chance of a false conviction, the shares that the counts of knocks and of failed first contacts may use; the sum of evidence has the rest. */
export const KNOCK_SHARE = 0.35;
export const FAILED_SHARE = 0.4;
/** Milliseconds of quiet that end a visit. */
export const VISIT_ENDS = DAY;
/** Milliseconds that a verdict and a campaign look back without being told a time. */
export const LOOK_BACK = 7 * DAY;
/** Milliseconds since the last whisper that a scan which only the fleet sees goes on: sensors whisper every five minutes. */
export const STILL_WHISPERED = 15 * 60_000;
/** Sources of one /24 or /64 that make it one campaign. */
export const NETWORK_SOURCES = 3;
/** Sources that ask for the same service ... */
export const PATTERN_SOURCES = 5;
/** ... and came within this many milliseconds of each other, one to the next ... */
export const PATTERN_GAP = 30 * 60_000;
/** ... to at least so many sites, make one campaign. */
export const PATTERN_SITES = 2;

// --- sensors: docs/ARCHITECTURE.md, "Sensors that do not watch" ---

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Milliseconds between two health messages count as this at least: a loaded machine or a slow uplink is not silence. */
export const LEAST_HEARTBEAT = 15_000;
/** Milliseconds between two health messages that show a sensor that runs: less than the shortest that one can be told (config.ts), more than those out of turn. */
export const LEAST_BEAT = 4_000;
/** Heartbeats without a sign of life after which a sensor is late; one lost message is no incident, two are. */
export const LATE_AFTER = 2;
/** Heartbeats without a sign of life after which it is gone: ten minutes of the usual thirty seconds. */
export const GONE_AFTER = 20;
/** Milliseconds that a will may stand before it is an incident: most lost connections are made anew within seconds. */
export const LOST_FOR = 20_000;
/** Milliseconds after which a sensor that was stopped on purpose was probably forgotten. */
export const STOPPED_FOR = HOUR;
/** Milliseconds after its enrolment in which a sensor is to report: a board travels by post, but then it is plugged in. */
export const NEVER_SEEN_FOR = 24 * HOUR;

/** Heartbeats with (almost) no frames, or with too many lost, after which a sensor is blind: two, less what two messages out of turn may lack. */
export const BLIND_AFTER = 1.5;
/** Share of the frames lost before the engine: half a scan's probes unseen doubles what a scanner may do unnoticed. */
export const BLIND_LOSS = 0.5;
/** Share above which losing frames is worth a note. */
export const NOTED_LOSS = 0.01;
/** A tap that sees less than this share of its quietest hour has lost its mirror port, though broadcasts still arrive. */
export const LEAST_SHARE = 0.1;
/** Hours of at least half an hour's reports, of the last week, that make a quietest hour known: nights are among them. */
export const HOURS_KNOWN = 24;
export const HOURS_KEPT = 7 * 24;

/** Milliseconds that a sensor's clock may differ: above what an uplink delays a message. */
export const CLOCK_OFF = MINUTE;
/** Milliseconds in which two differences are the same one. What a broker kept for us arrives with differences that shrink. */
export const CLOCK_SAME = 5_000;
/** Health messages with the same difference, one after the other, that show a wrong clock. */
export const CLOCK_ODD = 2;
/** Sensors from which on their median, and not the collector's clock, is what a clock is measured by. */
export const CLOCK_VOTES = 3;
/** Milliseconds of uptime after which a clock that is still not set is wrong. */
export const CLOCK_UNSET_FOR = HOUR;

/** Milliseconds that a newer version is in the fleet before the older one is an incident: a roll-out takes its time. */
export const OLD_FOR = 7 * DAY;
/** Milliseconds without a trap that end its incident. */
export const TRAP_QUIET = HOUR;

/** Times that a boot which was over came back within TWIN_QUIET, after which two share a name: once, a message may have come out of order. */
export const TWIN_RETURNS = 2;
/** Milliseconds without another return that end the incident. */
export const TWIN_QUIET = HOUR;

/** Milliseconds between two notes in the store that somebody listens ... */
export const LISTENING_EVERY = 10_000;
/** ... and above which nobody did, so that no sensor can be called silent for that time. */
export const LISTENING_BREAK = 30_000;
/** Milliseconds that sensors then have to come back: their longest wait between two attempts (src/app/core/uplink.ts). */
export const RETURN_FOR = MINUTE;
