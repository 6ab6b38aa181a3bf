// Every weight and threshold of the detector, with its unit and its reason. docs/DETECTION.md derives them.
//
// Evidence is a log-likelihood ratio in the manner of Threshold Random Walk (Jung, Paxson, Berger, Balakrishnan,
// "Fast Portscan Detection Using Sequential Hypothesis Testing", 2004): a first contact moves its source by
// ln( P(outcome | scanner) / P(outcome | benign) ). Unit: 1/32 nat (EVIDENCE_PER_NAT in codes.ts), no floats.

// --- states of a contact: what is known of its outcome -------------------------------------------------------------
export const STATE_NEUTRAL: u32 = 0; // says nothing (an expired TTL, a tap that could not have seen the answer)
export const STATE_PENDING: u32 = 1; // no answer yet; the home address has never been seen alive
export const STATE_SILENT: u32 = 2; // no answer in time; the target exists, or nothing is known of it
export const STATE_DARK: u32 = 3; // no answer in time from a home address that has never been seen alive
export const STATE_ANSWERED: u32 = 4;
export const STATE_REFUSED: u32 = 5; // RST, port unreachable
export const STATE_WAITING: u32 = 6; // no answer yet; the target is known to exist, or lies outside

// --- situations: which weights a contact is judged by ----------------------------------------------------------------
export const SITUATION_NONE: u32 = 0; // moves nothing: a repeated contact, a router's ARP
export const SITUATION_TCP_INBOUND: u32 = 1;
export const SITUATION_TCP_INTERNAL: u32 = 2;
export const SITUATION_OUT_SCATTERED: u32 = 3; // outbound: scattered addresses, ever new services (like file sharing)
export const SITUATION_OUT_REPEATED: u32 = 4; // outbound: a service that this source has tried elsewhere (like mail, DNS)
export const SITUATION_OUT_NEAR: u32 = 5; // outbound: an address next to the last one, same service
export const SITUATION_UDP_INBOUND: u32 = 6;
export const SITUATION_UDP_INTERNAL: u32 = 7;
export const SITUATION_ICMP_INBOUND: u32 = 8;
export const SITUATION_ICMP_INTERNAL: u32 = 9;
export const SITUATION_LINK: u32 = 10; // ARP and neighbour discovery
export const SITUATION_STEALTH: u32 = 11; // NULL, FIN, XMAS and the like, tiny first fragments: never honest
export const SITUATION_ACK: u32 = 12; // a bare ACK to nothing
export const SITUATION_OTHER: u32 = 13; // SCTP and other protocols towards home
export const SITUATION_MORE_INBOUND: u32 = 14; // one more service of a host this source has been at before
export const SITUATION_MORE_INTERNAL: u32 = 15; // the same between hosts at home
export const SITUATION_LINK_ONE_WAY: u32 = 16; // ARP and neighbour discovery on a port where only broadcasts arrive
export const SITUATION_SHADOW: u32 = 17; // a router's own questions: no evidence against it, but of somebody behind it
export const SITUATION_WIFI: u32 = 18; // encrypted broadcasts of ARP's size, in a row
export const SITUATIONS: u32 = 19;

/**
 * Weight by situation and state. Columns: neutral, pending, silent, dark, answered, refused, waiting, (spare). The
 * pairs behind the figures (P scanner / P benign), inbound TCP: dark 0.60/0.07 (an outside client contacts an address
 * that was never in use: stale DNS at most), refused 0.30/0.045, silent 0.30/0.11, answered 0.30/0.81. Towards home the
 * tap knows what exists, so failures weigh much. Towards the outside it does not: mail servers, resolvers and file
 * sharing fail for honest reasons one time in five, or in two, so there a failure weighs little and a success takes
 * back more than three of them. `pending` is a down payment, returned when the answer comes. Outcomes on one host
 * correlate (a dead host is dead on every port, a monitored host refuses what it does not run), so each service after
 * the first weighs less.
 */
// biome-ignore format: a table
export const WEIGHTS = memory.data<i16>([
  //     pend  silent dark  answ  refus wait  -
  0,       0,    0,    0,    0,    0,    0,   0, // none
  0,      16,   32,   67,  -32,   61,    0,   0, // TCP inbound
  0,       6,   29,   48,  -45,   42,    0,   0, // TCP internal
  0,       0,    2,    3,  -51,    3,    0,   0, // outbound, scattered
  0,       0,    9,   12,  -51,   14,    0,   0, // outbound, repeated service
  0,       0,   38,   45,  -45,   45,   10,   0, // outbound, near
  0,      10,   13,   61,  -32,   58,    0,   0, // UDP inbound
  0,       6,   10,   38,  -45,   38,    0,   0, // UDP internal
  0,      16,   26,   67,  -16,   48,    0,   0, // ICMP inbound
  0,       6,   26,   45,  -38,   38,    0,   0, // ICMP internal
  0,       4,    6,   40,  -24,   40,    0,   0, // ARP, ND
  0,      80,   80,   96,  -32,   80,   80,   0, // stealth
  0,       0,    0,   58,  -10,   51,    0,   0, // bare ACK
  0,      16,   16,   64,  -32,   64,    0,   0, // other protocols
  0,       6,   12,   20,  -20,   40,    0,   0, // one more service, inbound
  0,       3,    6,   10,  -16,   26,    0,   0, // one more service, internal
  0,       0,   14,   40,  -24,    0,    0,   0, // ARP, ND, broadcasts only: most that are not known yet do exist
  0,       0,    9,   12,  -24,    0,    0,   0, // a router's
  0,       0,    0,    0,    0,    0,    0,   0, // WiFi: by pace, see below
]);

/**
 * Distinct suspect targets (or services) required for an alert, by situation. Evidence alone is never enough: polling
 * one dead server is monitoring. Towards the outside failures are common, so more targets are required.
 */
// biome-ignore format: a table
export const GATES = memory.data<u8>([0, 4, 5, 10, 10, 8, 4, 6, 4, 5, 6, 3, 4, 3, 4, 6, 12, 24, 10]);

/**
 * A source whose contacts mostly succeed gets no alert. Between hosts at home: at least one failure to two answers (a
 * monitoring server with a fifth of its hosts dead has one to four). From outside one to four: a source has few honest
 * reasons to contact four hosts that do not exist. Towards the outside three to one: failures are known later than
 * answers, and those of a busy resolver come in bursts.
 */
export const ANSWERED_INTERNAL: u32 = 2;
export const ANSWERED_INBOUND: u32 = 4;
export const FAILED_OUTSIDE: u32 = 3;

/**
 * How full (of 64) the bitmap of a source's targets may be and still tell old targets from new ones. A host at home
 * with so many targets is a server or a monitor, and milder weights suit it; no outside source needs half as many.
 */
export const KNOWN_INBOUND: u32 = 32;
export const KNOWN_INTERNAL: u32 = 64;

/** A state whose weight is at least this (1/32 nat) makes its target suspect. */
export const SUSPECT_WEIGHT: i32 = 9;

/**
 * Confidence in percent by whole nats: the posterior for a prior of one scanner in a thousand sources,
 * 1 / (1 + e^(ln 1000 - L)).
 */
export const CONFIDENCE = memory.data<u8>([0, 0, 1, 2, 5, 13, 29, 52, 75, 89, 96, 98, 99]);
export const CONFIDENCES: u32 = 13;

/** Evidence that alerts: 8 nats, a likelihood ratio of 2,981 (Wald: at most one benign walk in 2,981 gets there). */
export const ALERT_EVIDENCE: i32 = 8 * 32;
/**
 * Good behaviour earns credit down to this floor and no further, by situation, in nats: otherwise a scanner would mix
 * in good contacts (Mell & Harang 2013). Deep only between hosts at home, where a monitoring server meets twenty dead
 * hosts in a row after eighty live ones; there, good contacts are few and each counts once. Browsing earns almost
 * nothing.
 */
// biome-ignore format: a table
export const FLOORS = memory.data<u8>([0, 4, 24, 3, 3, 3, 4, 24, 4, 24, 12, 3, 3, 3, 4, 24, 12, 3, 0]);
/** Credit fades by an eighth every FADE_MS: half of it is gone after an hour and a half. */
export const CREDIT_FADE_SHIFT: i32 = 3;
/** More evidence adds nothing; keeps the sum within 16 bits. */
export const EVIDENCE_CEILING: i32 = 255 * 32;
/** Evidence fades by one unit (1/32 nat) in this time, 3 nats a day: a probe every half hour still adds up. ms */
export const FADE_MS: u32 = 15 * 60 * 1000;

/**
 * Evidence by a tool's fingerprint in a packet. A formula that an honest packet meets once in 65,536 is nearly proof
 * ...
 */
export const FINGERPRINT_HARD: i32 = 4 * 32;
export const FINGERPRINT_HARD_CAP: i32 = 12 * 32;
/** ... a rare but honest combination of window and options is not: it is never enough alone. */
export const FINGERPRINT_SOFT: i32 = 80;
export const FINGERPRINT_SOFT_CAP: i32 = 5 * 32;
/**
 * A SYN without a fingerprint, from a source that had one: a tool leaves it in every packet, chance does not (an honest
 * id fits masscan's formula once in 65,536, and a busy NAT does so every day). Scanner 0.02, benign 1: ln 0.02 is about
 * -4.
 */
export const FINGERPRINT_MISSED: i32 = -4 * 32;
/** Distinct suspect targets that an alert needs where the source has a hard fingerprint. */
export const GATE_FINGERPRINT: u32 = 3;

/**
 * How long to wait for an answer from home before silence counts: four times the learned mean latency and a little
 * more, within these bounds. A later answer still takes the silence back. ms
 */
export const ANSWER_TIMEOUT_START: u32 = 60;
export const ANSWER_TIMEOUT_MIN: u32 = 10;
export const ANSWER_TIMEOUT_MAX: u32 = 1000;
/** The same for ARP and neighbour discovery: the target is on the same link, its kernel answers at once. ms */
export const ANSWER_TIMEOUT_LINK_START: u32 = 30;
export const ANSWER_TIMEOUT_LINK_MIN: u32 = 3;
/** The internet is farther away: TCP's first retransmissions (RFC 6298: 1 s, then 2 s) fall within this. ms */
export const ANSWER_TIMEOUT_OUTSIDE: u32 = 3000;

/** The same where new contacts overrun the table. ms */
export const ANSWER_TIMEOUT_OVERRUN: u32 = 500;

/** After this time the set of known home addresses is trusted: an unknown address is dark at first sight. ms */
export const LEARNED_MS: u32 = 10 * 60 * 1000;
/** The same on a tap that has never seen an answer (a plain switch port: broadcasts only). ms */
export const LEARNED_ONE_WAY_MS: u32 = 6 * 3600 * 1000;

/**
 * With fewer home addresses known than this, the tap does not see what home sends: an unknown address may well exist.
 */
export const PRESENCE_LEARNED: u32 = 4;
/** A home address that has not spoken for so long no longer exists. In units of 2^23 ms (2.3 hours). */
export const PRESENCE_FORGET: u32 = 72;
/** A source silent for so long is forgotten. ms */
export const SOURCE_FORGET_MS: u32 = 36 * 3600 * 1000;

/** A target that first-time sources contact more often than this within HOT_TARGET_MS is popular, or flooded: hot. */
export const HOT_TARGET_CONTACTS: u32 = 32;
export const HOT_TARGET_MS: u32 = 10 * 1000;
/** When first-time sources displace each other within seconds, only one in CHURN_ADMIT gets in: some stay longer. */
export const CHURN_ADMIT: u32 = 8;
/** Of sources in a flood or a scan that many share, one in so many gets in. */
export const SHARED_ADMIT: u32 = 64;

/**
 * Encrypted WiFi: frames of ARP's size from a station to everybody. Answers cannot be recognised, so the pace is the
 * evidence: each frame weighs a nat, and each second takes four back (a station that misses its gateway and a few
 * servers asks less often). Time that counts is at most WIFI_PAUSE_MS a gap, which is enough to take everything back.
 */
export const WIFI_WEIGHT: i32 = 32;
export const WIFI_DRAIN_PER_SECOND: u32 = 4 * 32;
export const WIFI_PAUSE_MS: u32 = 60 * 1000;

/**
 * A scan shared by many sources, by service: Page's CUSUM ("Continuous Inspection Schemes", 1954) for a Poisson rate
 * that has grown fourfold over the learned one. Each source new to the service weighs ln 4 and time takes 3 nats per
 * expected one; the alert is at 12 nats (against a stationary rate: about one false alarm in e^12 = 160,000 arrivals).
 */
export const SHARED_WEIGHT: i32 = 44;
export const SHARED_DRAIN: u32 = 96;
/** A dark contact of another service takes this from the score: a service under scan has a seventh of them at least. */
export const SHARED_ELSEWHERE: i32 = 8;
export const SHARED_ALERT: i32 = 12 * 32;
export const SHARED_CEILING: i32 = 40 * 32;
/**
 * The same over all services together, for scans with a port for each probe. Its rate is that of all background
 * radiation, so that more arrivals try their luck: 20 nats, one false alarm in 485 million arrivals. It counts the
 * services that no score of their own points to, of which there must be several. Until it is learned, the rate is
 * believed to be high (contacts per FADE_MS).
 */
export const SHARED_ALL_ALERT: i32 = 20 * 32;
export const SHARED_ALL_SERVICES: u32 = 6;
export const SHARED_ALL_START_RATE: u32 = 32;
/** A score of more than two arrivals is the service's own. */
export const SHARED_OWN_SCORE: i32 = 2 * SHARED_WEIGHT;
/** Distinct sources, and distinct absent targets, of such a scan. */
export const SHARED_GATE: u32 = 12;
/** The learned rate (per FADE_MS) is never believed to be less than this, and moves by an eighth of the difference. */
export const SHARED_LEAST_RATE: u32 = 1;
export const SHARED_LEARN_SHIFT: u32 = 3;
/** The same while a scan is open: sixteen hours. */
export const SHARED_LEARN_SHIFT_OPEN: u32 = 6;
/** A source with this many targets of its own is reported by itself. */
export const SHARED_OWN_TARGETS: u32 = 16;

/**
 * One login tried again and again: connections to a login service of one target, from outside at home; between hosts at
 * home, where scripts log in often, more of them and faster. They drain by one in 2^shift ms.
 */
export const LOGINS_OUTSIDE: u32 = 5;
export const LOGINS_DRAIN_SHIFT_OUTSIDE: u32 = 14; // 16 s
export const LOGINS_INSIDE: u32 = 24;
export const LOGINS_DRAIN_SHIFT_INSIDE: u32 = 10; // 1 s
/** nmap's scripts log in often too: a source with an open episode needs so many times more for a second report. */
export const LOGINS_SCANNER: u32 = 16;
/**
 * A client that received so many bytes has logged in, and its earlier connections were no failures: before a login no
 * server sends as much.
 */
export const LOGIN_WORKED: u32 = 8 * 1024;

/**
 * Foothold: a scanner's connection to a service it had probed moves this much, in bytes. Reading banners and trying
 * versions stays below (nmap -A: 1.4 KB out, 3.3 KB in).
 */
export const FOOTHOLD_RECEIVED: u32 = 12 * 1024;
export const FOOTHOLD_SENT: u32 = 6 * 1024;

/** Evidence that a source of the watchlist starts with. */
export const WATCHLIST_EVIDENCE: i32 = 3 * 32;
export const WATCHLIST_PAUSE_MS: u32 = 5000;
/** A home address is new only after the tap has listened for so long; at most one in NEW_HOST_PAUSE_MS is reported. */
export const NEW_HOSTS_LEARNED_MS: u32 = 24 * 3600 * 1000;
export const NEW_HOST_PAUSE_MS: u32 = 60 * 1000;

/**
 * First-time sources' contacts with hot targets within HOT_TARGET_MS that make a flood; FLOOD_QUIET_MS without end it.
 */
export const FLOOD_CONTACTS: u32 = 2048;
export const FLOOD_QUIET_MS: u32 = 30 * 1000;

/** New sources a second, towards absent addresses, that no botnet's scan explains: forged, a flood. */
export const FLOOD_SOURCES_PER_SECOND: u32 = 200;

/** Where only broadcasts arrive, an address that so many neighbours ask for is a router's. */
export const GATEWAY_ASKERS: u32 = 4;
/** A router's questions are a shadow only where the tap did not see the scan itself within this time. ms */
export const SHADOW_SEEN_MS: u32 = 5000;

/** Sources whose targets differ by no more than this, within this time of each other, probe in step. */
export const DECOY_DIFFERENCE: u32 = 2;
export const DECOY_TARGETS: u32 = 4;
export const DECOY_MS: u32 = 1000;

/** Full handshakes with hosts before a scanner counts as probing services. */
export const SERVICE_PROBES: u32 = 3;

/**
 * An episode ends after this silence, or four times its longest pause so far, whichever is more, up to the limit. ms
 */
export const QUIET_MS: u32 = 5 * 60 * 1000;
export const QUIET_PAUSES: u32 = 4;
export const QUIET_LIMIT_MS: u32 = 12 * 3600 * 1000;
/** The clock wraps after 49 days and times are compared by half of that: a longer scan is a new episode after 20. */
export const EPISODE_LIMIT_MS: u32 = 20 * 24 * 3600 * 1000;
/** Progress is reported at 16 targets or services and at each doubling up to the limit, then at each fourfold. */
export const PROGRESS_FIRST: u32 = 16;
export const PROGRESS_DOUBLE_TO: u32 = 256;

/** Alert records in any minute, unless the config says otherwise. */
export const ALERTS_PER_MINUTE: u32 = 120;
export const MAX_ALERTS_PER_MINUTE: u32 = 10000;
/** A digest of what the budget rate-limited is sent this often. ms */
export const DIGEST_MS: u32 = 60 * 1000;
/** Suspicion reports, of evidence below the threshold, go to the collector this often, for at least this much. */
export const SUSPICION_REPORT_MS: u32 = 5 * 60 * 1000;
export const SUSPICION_REPORT_EVIDENCE: i32 = 2 * 32;
export const SUSPICION_REPORTS: u32 = 4;
/**
 * Sources that were answered are remembered, this many to a filter of 2,048 bits, or for so long. With both filters
 * full, one first-time source in twenty is taken for a returning one. ms
 */
export const RECENTLY_ANSWERED_MAX: u32 = 256;
export const RECENTLY_ANSWERED_MS: u32 = 12 * 3600 * 1000;
/** Of the 36 slots for first-contact failures, those that met nobody take at most so many; the rest is for refusals. */
export const FIRST_CONTACT_FAILURES_DARK_MAX: u32 = 30;
/** A list that has overflowed goes out after so long, not with the next suspicion reports: 1.5 a second fit. ms */
export const FIRST_CONTACT_FAILURES_FULL_MS: u32 = 20 * 1000;
/** The clock is set back when this many frames in a row lie further back than a capture's jitter. */
export const CLOCK_FRAMES: u32 = 16;
export const CLOCK_JITTER_MS: u32 = 5000;
/** Housekeeping that is due by time runs at most this often. ms */
export const HOUSEKEEPING_MS: u32 = 250;
