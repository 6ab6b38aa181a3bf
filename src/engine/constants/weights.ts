// Every weight and threshold of the detector, with its unit and its reason. docs/DETECTION.md derives them.
//
// Evidence is a log-likelihood ratio in the manner of Threshold Random Walk (Jung, Paxson, Berger, Balakrishnan,
// "Fast Portscan Detection Using Sequential Hypothesis Testing", 2004): a first contact moves its source by
// ln( P(outcome | scanner) / P(outcome | benign) ). Unit: 1/32 nat (EVIDENCE_PER_NAT in codes.ts), no floats.

// --- states of a contact: its outcome so far -----------------------------------------------------------------------
export const STATE_NEUTRAL: u32 = 0; // no evidence (an expired TTL, a tap that could not have seen the answer)
export const STATE_PENDING: u32 = 1; // no answer yet; the home address has never been seen alive
export const STATE_SILENT: u32 = 2; // no answer in time; the target exists, or its existence is unknown
export const STATE_DARK: u32 = 3; // no answer in time from a home address that has never been seen alive
export const STATE_ANSWERED: u32 = 4;
export const STATE_REFUSED: u32 = 5; // RST, port unreachable
export const STATE_WAITING: u32 = 6; // no answer yet; the target is known to exist, or lies outside
export const STATE_ACCEPTED: u32 = 7; // TCP: the connection was accepted, and its opener has said nothing yet

// --- situations: each selects a row of weights -----------------------------------------------------------------------
export const SITUATION_NONE: u32 = 0; // no evidence: a repeated contact, a router's ARP
export const SITUATION_TCP_INBOUND: u32 = 1;
export const SITUATION_TCP_INTERNAL: u32 = 2;
export const SITUATION_OUT_SCATTERED: u32 = 3; // outbound: scattered addresses, changing services (like file sharing)
export const SITUATION_OUT_REPEATED: u32 = 4; // outbound: a service tried elsewhere before (like mail, DNS)
export const SITUATION_OUT_NEAR: u32 = 5; // outbound: an address next to the last one, same service
export const SITUATION_UDP_INBOUND: u32 = 6;
export const SITUATION_UDP_INTERNAL: u32 = 7;
export const SITUATION_ICMP_INBOUND: u32 = 8;
export const SITUATION_ICMP_INTERNAL: u32 = 9;
export const SITUATION_LINK: u32 = 10; // ARP and neighbour discovery
export const SITUATION_STEALTH: u32 = 11; // NULL, FIN, XMAS and the like, tiny first fragments: never benign
export const SITUATION_ACK: u32 = 12; // a bare ACK to an absent address
export const SITUATION_OTHER: u32 = 13; // SCTP and other protocols towards home
export const SITUATION_MORE_INBOUND: u32 = 14; // another service of a host that this source has contacted before
export const SITUATION_MORE_INTERNAL: u32 = 15; // the same between internal hosts
export const SITUATION_LINK_ONE_WAY: u32 = 16; // ARP and neighbour discovery on a port where only broadcasts arrive
export const SITUATION_SHADOW: u32 = 17; // a router's requests: evidence of a source behind it, not against it
export const SITUATION_WIFI: u32 = 18; // encrypted broadcasts of ARP's size, in a row
export const SITUATIONS: u32 = 19;

/**
 * Weights by situation and state, 1/32 nat. Columns: neutral, pending, silent, dark, answered, refused, waiting,
 * accepted. The probabilities for inbound TCP (P scanner / P benign): dark 0.60/0.07 (a benign outside client contacts a
 * never-used address only through stale DNS), refused 0.30/0.045, silent 0.30/0.11, answered 0.30/0.81. At home the tap
 * knows which addresses exist, so a failure weighs much. Outside it does not, and benign mail servers, resolvers and
 * file sharing fail one time in five to one in two, so a failure weighs little and an answer takes back more than three
 * failures. `pending` is a down payment, returned by an answer. Outcomes on one host are correlated (a dead host is
 * dead on every port, a monitored host refuses what it does not run), so each service after the first weighs less.
 *
 * The rows of internal requests and of ARP and ND hold breadth instead, in eighths of a host (see BREADTH_LEAST).
 */
// biome-ignore format: a table
export const WEIGHTS = memory.data<i16>([
  //     pend  silent dark  answ  refus wait  accepted
  0,       0,    0,    0,    0,    0,    0,   0, // none
  0,      16,   32,   67,  -32,   61,    0,   0, // TCP inbound
  0,       8,   20,   24,   -8,   20,    8,   8, // TCP internal
  0,       0,    2,    3,  -51,    3,    0,   0, // outbound, scattered
  0,       0,    9,   12,  -51,   14,    0,   0, // outbound, repeated service
  0,       0,   38,   45,  -45,   45,   10,   0, // outbound, near
  0,      10,   13,   61,  -32,   58,    0,   0, // UDP inbound
  0,       8,    8,   16,   -8,   16,    8,   8, // UDP internal
  0,      16,   26,   67,  -16,   48,    0,   0, // ICMP inbound
  8,       8,   16,   24,    8,   16,    8,   8, // ICMP internal
  0,       0,    8,   24,    0,   24,    0,   0, // ARP, ND
  0,      80,   80,   96,  -32,   80,   80,   0, // stealth
  0,       0,    0,   58,  -10,   51,    0,   0, // bare ACK
  0,      16,   16,   64,  -32,   64,    0,   0, // other protocols
  0,       6,   12,   20,  -20,   26,    0,   0, // one more service, inbound
  0,       0,    0,    0,  -16,    0,    0,   0, // one more service, internal
  0,      16,   16,   24,    0,    0,    0,   0, // ARP, ND, broadcasts only
  0,       0,    9,   12,  -24,    0,    0,   0, // a router's
  0,       0,    0,    0,    0,    0,    0,   0, // WiFi: by rate, see WIFI_WEIGHT
]);

/**
 * Distinct suspect targets (or services) required for an alert, by situation. Evidence alone is never enough: polling
 * one dead server is monitoring. Failures are common outside, so more targets are required there.
 */
// biome-ignore format: a table
export const GATES = memory.data<u8>([0, 4, 5, 10, 10, 8, 4, 6, 4, 5, 6, 3, 4, 3, 4, 6, 12, 24, 10]);

/**
 * Failures to answers required for an alert: a source whose contacts mostly succeed gets none. Inbound: one to four (a
 * source has few benign reasons to contact absent hosts). Outbound: three to one (failures are known later than
 * answers, and those of a busy resolver come in bursts). Between internal hosts, breadth has the answers in it.
 */
export const ANSWERED_INBOUND: u32 = 4;
export const FAILED_OUTSIDE: u32 = 3;

/**
 * Bits set, of 64, up to which the bitmap of a source's targets tells old targets from new ones. An internal host with
 * more targets is a server or a monitor, which milder weights suit; no outside source needs half as many.
 */
export const KNOWN_INBOUND: u32 = 32;
export const KNOWN_INTERNAL: u32 = 64;
/** The same for requests on the link, of which none is counted for a host that is known. */
export const KNOWN_LINK: u32 = 32;

/** A bitmap of a source's 64 hosts, or of its 32 ports, with more bits set confuses too many. */
export const HOSTS_FULL: u32 = 48;
export const PORTS_FULL: u32 = 24;
/** An internal host with more targets or ports than this, half of which answered, has done benign work before. */
export const HONEST_PAST: u32 = 24;

/** A state whose weight is at most this (1/32 nat) is a success, for the ratio of failures to answers. */
export const SUCCESS_WEIGHT: i32 = -9;
/** A state whose weight is at least this (1/32 nat) makes its target suspect. */
export const SUSPECT_WEIGHT: i32 = 9;

/**
 * Confidence in percent by whole nats: the posterior for a prior of one scanner in a thousand sources,
 * 1 / (1 + e^(ln 1000 - L)).
 */
export const CONFIDENCE = memory.data<u8>([0, 0, 1, 2, 5, 13, 29, 52, 75, 89, 96, 98, 99]);
export const CONFIDENCES: u32 = 13;

/**
 * Breadth: evidence by how many hosts of ours, or how many services of one host, a source has touched without a
 * conversation, whatever the outcomes. Among honest sources that number has a heavy tail, Pareto's law:
 * P(at least n) = (n0 / n)^a, so that n touched weigh a ln(n / n0). Units: n0 in eighths of a host (sketch.ts counts in
 * those), a as 1/32 nat per doubling (32 a ln 2). docs/DETECTION.md has the populations they are fitted to.
 */
export const BREADTH_LEAST: u32 = 4 << 3;
export const BREADTH_DOUBLING: u32 = 70; // a = 3.2: 8 nats at 54
/** Good behaviour between hosts at home earns credit down to this and no further: hosts that it may meet dead. */
export const BREADTH_FLOOR: i32 = -32 << 3;
/** The same for sources outside, which have fewer honest reasons. */
export const BREADTH_LEAST_INBOUND: u32 = 3 << 3;
export const BREADTH_DOUBLING_INBOUND: u32 = 88; // a = 4: 8 nats at 23
/** The same for the services of one host. */
export const DEPTH_LEAST: u32 = 4;
export const DEPTH_DOUBLING: u32 = 70;
/** Another host takes the place of the one whose services are counted after so many contacts elsewhere for each. */
export const DEPTH_ELSEWHERE: u32 = 4;
/** More services of one host count no further. */
export const DEPTH_MAX: u32 = 63;
/**
 * As long as the tap has not learned who is here, or cannot see answers, a list that is polled looks like a sweep: only
 * pace tells. So much of the breadth goes in a second, in eighths, as a power of two of the ms: four hosts.
 */
export const BREADTH_PACE_SHIFT: u32 = 5;
/** A host touched within this time of the one before counts an eighth of a host more: no person and few programs do so. ms */
export const BREADTH_BURST_MS: u32 = 32;
export const BREADTH_BURST: i32 = 1;
/** Breadth fades by 2^-this every FADE_MS: half of it in a day. */
export const BREADTH_FADE_SHIFT: u32 = 7;
/** Credit for conversations with hosts at home fades by 2^-this every FADE_MS: half of it in five and a half hours. */
export const BREADTH_CREDIT_FADE_SHIFT: u32 = 5;
/** traceroute's ports (from 33434 on, one a probe): no service, so nothing is found by asking for them. */
export const TRACEROUTE_PORT: u32 = 33434;
export const TRACEROUTE_PORTS: u32 = 100;
/** A ping again after this time is watching, not looking. ms */
export const WATCH_MS: u32 = 20 * 1000;

/**
 * A question that was not answered is the same question again for so long: retransmissions, and a client that tries
 * again. Later it is a new one. ms
 */
export const REPEAT_MS: u32 = 30 * 60 * 1000;
/** So soon, nobody has been forgotten. ms */
export const RETRANSMISSION_MS: u32 = 20 * 1000;

/** Alert threshold: 8 nats, a likelihood ratio of 2,981 (Wald: at most one benign walk in 2,981 reaches it). */
export const ALERT_EVIDENCE: i32 = 8 * 32;
/**
 * The floor of credit by situation, in nats: otherwise a scanner could mix in benign contacts (Mell & Harang 2013). It
 * holds for the walk; between internal hosts BREADTH_FLOOR does. Browsing earns almost nothing.
 */
// biome-ignore format: a table
export const FLOORS = memory.data<u8>([0, 4, 24, 3, 3, 3, 4, 24, 4, 24, 12, 3, 3, 3, 4, 24, 12, 3, 0]);
/** Credit fades by an eighth every FADE_MS: by half within an hour and a half. */
export const CREDIT_FADE_SHIFT: i32 = 3;
/** The maximum of evidence, which keeps the sum within 16 bits. */
export const EVIDENCE_CEILING: i32 = 255 * 32;
/** Evidence fades by 1/32 nat in this time, 3 nats a day: a probe every half hour still adds up. ms */
export const FADE_MS: u32 = 15 * 60 * 1000;

/**
 * Evidence from a tool's fingerprint in a packet, and the most it can add up to. Hard: a formula that a benign packet
 * meets once in 65,536.
 */
export const FINGERPRINT_HARD: i32 = 4 * 32;
export const FINGERPRINT_HARD_CAP: i32 = 12 * 32;
/** Soft: a combination of window and options that is rare among benign packets. Never enough for an alert alone. */
export const FINGERPRINT_SOFT: i32 = 80;
export const FINGERPRINT_SOFT_CAP: i32 = 5 * 32;
/**
 * A SYN without a fingerprint, from a source that had one. A tool marks every packet, chance does not: a benign id
 * meets masscan's formula once in 65,536, so a busy NAT meets it every day. P scanner 0.02, P benign 1; ln 0.02 is
 * about -4.
 */
export const FINGERPRINT_MISSED: i32 = -4 * 32;
/** Distinct suspect targets required for an alert if the source has a hard fingerprint. */
export const GATE_FINGERPRINT: u32 = 3;

/**
 * Timeout for an answer from home: four times the learned mean latency plus the minimum, up to the maximum. A later
 * answer still takes the silence back. ms
 */
export const ANSWER_TIMEOUT_START: u32 = 60;
export const ANSWER_TIMEOUT_MIN: u32 = 10;
export const ANSWER_TIMEOUT_MAX: u32 = 1000;
/** The same for ARP and neighbour discovery, whose target is on the same link and answers at once. ms */
export const ANSWER_TIMEOUT_LINK_START: u32 = 30;
export const ANSWER_TIMEOUT_LINK_MIN: u32 = 3;
/** Timeout for an answer from outside. Covers TCP's first retransmissions (RFC 6298: after 1 s, then 2 s). ms */
export const ANSWER_TIMEOUT_OUTSIDE: u32 = 3000;

/** The same if new contacts overrun the table. ms */
export const ANSWER_TIMEOUT_OVERRUN: u32 = 500;

/** Listening time after which presence is trusted: a contact with an unknown home address is then dark at once. ms */
export const LEARNED_MS: u32 = 10 * 60 * 1000;
/** The same on a tap that has never seen an answer (a plain switch port: broadcasts only). ms */
export const LEARNED_ONE_WAY_MS: u32 = 6 * 3600 * 1000;

/**
 * Minimum number of known home addresses. With fewer, the tap does not see what home sends, and an unknown address may
 * well exist.
 */
export const PRESENCE_LEARNED: u32 = 4;
/** Silence after which a home address no longer counts as present, in units of 2^23 ms (2.3 hours). */
export const PRESENCE_FORGET: u32 = 72;
/** Silence after which a source is removed. ms */
/** A source at home is evicted as if it had so much more evidence against it, 1/32 nat. */
export const HOME_PRIORITY: i32 = 3 * 32;
export const SOURCE_FORGET_MS: u32 = 36 * 3600 * 1000;

/** A target is hot (popular, or flooded) with more contacts of first-time sources than this within HOT_TARGET_MS. */
export const HOT_TARGET_CONTACTS: u32 = 32;
export const HOT_TARGET_MS: u32 = 10 * 1000;
/** When first-time sources displace each other within seconds, one in so many is admitted, so that some stay longer. */
export const CHURN_ADMIT: u32 = 8;
/** In a flood or a distributed scan one first-time source in so many is admitted; of the scan also one in so many ms. */
export const SHARED_ADMIT: u32 = 64;
export const SHARED_ADMIT_MS: u32 = 250;

/**
 * Encrypted WiFi: a station's broadcasts of ARP's size. Answers cannot be recognized, so the rate is the evidence: each
 * frame weighs one nat, and each second takes four back (a station that misses its gateway and a few servers asks less
 * often). A gap counts for at most WIFI_PAUSE_MS, which takes everything back.
 */
export const WIFI_WEIGHT: i32 = 32;
export const WIFI_DRAIN_PER_SECOND: u32 = 4 * 32;
export const WIFI_PAUSE_MS: u32 = 60 * 1000;

/**
 * Distributed scans, by service: Page's CUSUM ("Continuous Inspection Schemes", 1954) for a Poisson rate four times the
 * learned one. Each first-time source weighs ln 4, and time takes 3 nats per expected arrival. The alert is at 12 nats:
 * at a stationary rate about one false alarm in e^12 = 160,000 arrivals.
 */
export const SHARED_WEIGHT: i32 = 44;
export const SHARED_DRAIN: u32 = 96;
/** A dark contact with another service takes this from the score: a scanned service has at least a seventh of them. */
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
/** The minimum of the learned rate, per FADE_MS. The rate moves by an eighth of the difference. */
export const SHARED_LEAST_RATE: u32 = 1;
export const SHARED_LEARN_SHIFT: u32 = 3;
/** The same while a scan is open: a time constant of sixteen hours. */
export const SHARED_LEARN_SHIFT_OPEN: u32 = 6;
/** A source with this many targets is reported by itself. */
export const SHARED_OWN_TARGETS: u32 = 16;

/**
 * Brute force: finished connections that look like a login that failed, which drain by one in 2^shift ms. The thresholds
 * are higher between internal hosts, where scripts log in often; for services that programs use without keeping a
 * connection (mail, databases, directories); and where only the shape tells that it is a login.
 */
export const LOGINS_OUTSIDE: u32 = 5;
export const LOGINS_DRAIN_SHIFT_OUTSIDE: u32 = 14; // 16 s
export const LOGINS_INSIDE: u32 = 16;
export const LOGINS_DRAIN_SHIFT_INSIDE: u32 = 13; // 8 s
export const LOGINS_SERVICE_OUTSIDE: u32 = 24;
export const LOGINS_SERVICE_INSIDE: u32 = 32;
export const LOGINS_DRAIN_SHIFT_SERVICE: u32 = 11; // 2 s
export const LOGINS_UNUSUAL_OUTSIDE: u32 = 12;
export const LOGINS_UNUSUAL_INSIDE: u32 = 32;
/** SIP over UDP: requests to register. A router may stand for an office of phones that all wake at once. */
export const LOGINS_SIP: u32 = 256;
export const LOGINS_DRAIN_SHIFT_SIP: u32 = 8; // 256 ms
/**
 * A login to a service that programs use, or on an unusual port, that failed: at most so many bytes sent and received.
 * With TLS the certificates are in it. LDAP tells the failure in less than any search returns.
 */
export const LOGIN_SENT: u32 = 1500;
export const LOGIN_RECEIVED: u32 = 6 * 1024;
export const LOGIN_RECEIVED_LDAP: u32 = 256;
/** SSH: the exchange of keys alone takes so many bytes; less is a look at the banner. */
export const LOGIN_LEAST_SSH: u32 = 400;
/** An internal client that receives more from SSH, though not much, probably got in: a quarter of a login. */
export const LOGIN_FAILED_SSH: u32 = 3000;
/** Logins of one source at several targets of one service, and of several sources at one: so many times more. */
export const LOGINS_SUM_OUTSIDE: u32 = 3;
export const LOGINS_SUM_INSIDE: u32 = 4;
export const LOGINS_SUM_SOURCES: u32 = 8;
export const LOGINS_SUM_DISTINCT: u32 = 3;
/** A source with an open episode needs so many times more for a second report, because nmap's scripts log in often. */
export const LOGINS_SCANNER: u32 = 16;
/**
 * Bytes received that prove a login, so that earlier connections were not failures: no server sends as much before a
 * login.
 */
export const LOGIN_WORKED: u32 = 8 * 1024;

/**
 * Foothold: bytes in one connection of a scanner to a service it probed. Reading banners and versions stays below (nmap
 * -A: 1.4 KB sent, 3.3 KB received).
 */
export const FOOTHOLD_RECEIVED: u32 = 12 * 1024;
export const FOOTHOLD_SENT: u32 = 6 * 1024;

/** Initial evidence of a source on the watchlist, and the pause between two of their records. */
export const WATCHLIST_EVIDENCE: i32 = 3 * 32;
export const WATCHLIST_PAUSE_MS: u32 = 5000;
/** Listening time before new hosts are reported, and the pause between two of their records. ms */
export const NEW_HOSTS_LEARNED_MS: u32 = 24 * 3600 * 1000;
export const NEW_HOST_PAUSE_MS: u32 = 60 * 1000;

/**
 * Contacts of first-time sources with hot targets within HOT_TARGET_MS that make a flood, and the silence that ends it.
 */
export const FLOOD_CONTACTS: u32 = 2048;
export const FLOOD_QUIET_MS: u32 = 30 * 1000;

/** More new sources a second, towards absent addresses, than a botnet's scan explains: a spoofed flood. */
export const FLOOD_SOURCES_PER_SECOND: u32 = 200;

/**
 * A router is known by so many of eight bits that name the pairs (a host at home, one outside) whose packets others
 * send to it. Before the tap has listened for LEARNED_MS two suffice, and all is new.
 */
export const ROUTER_SERVED: u32 = 6;
export const ROUTER_SERVED_COLD: u32 = 2;
/** Where such packets are never seen: by so many of eight that name outside sources, redirects or advertisements. */
export const ROUTER_FORWARDED: u32 = 3;
export const ROUTER_FORWARDED_COLD: u32 = 1;

/** If only broadcasts arrive, an address that so many neighbours ask for is a router's. */
export const GATEWAY_ASKERS: u32 = 4;

/** Decoys: sources with at least DECOY_TARGETS targets, whose bitmaps differ in so few bits, within DECOY_MS. */
export const DECOY_DIFFERENCE: u32 = 2;
export const DECOY_TARGETS: u32 = 4;
export const DECOY_MS: u32 = 1000;

/** Conversations after which a scanner counts as probing services. */
export const SERVICE_PROBES: u32 = 3;

/**
 * Silence that ends an episode: QUIET_MS or four times its longest pause, whichever is more, up to the limit. ms
 */
export const QUIET_MS: u32 = 5 * 60 * 1000;
export const QUIET_PAUSES: u32 = 4;
export const QUIET_LIMIT_MS: u32 = 12 * 3600 * 1000;
/** The longest episode, 20 days: the clock wraps after 49 days, and comparisons hold for half of that. ms */
export const EPISODE_LIMIT_MS: u32 = 20 * 24 * 3600 * 1000;
/** Progress is reported at 16 targets or services and at each doubling up to the limit, then at each fourfold. */
export const PROGRESS_FIRST_LOG: u32 = 4;
export const PROGRESS_DOUBLE_LOG: u32 = 8;

/**
 * And by time, while probes go on: 1, 5, 15 and 60 minutes after the start, then at fourfold pauses up to a day. A scan
 * in bursts is told at each, once so many probes have followed a pause of BURST_PAUSE_MS. ms
 */
export const PROGRESS_TIME_MS: u32 = 60 * 1000;
/** What looks like another kind of scan is told no more often than this: mixed sources swing between two. ms */
export const PROGRESS_KIND_MS: u32 = 30 * 60 * 1000;
export const PROGRESS_TIMES = memory.data<u8>([1, 4, 10, 45, 180]);
export const PROGRESS_STEPS: u32 = 5;
export const PROGRESS_LAST_MS: u32 = 12 * 3600 * 1000;
export const BURST_PAUSE_MS: u32 = 30 * 1000;
export const BURST_PROBES: u32 = 8;

/** Default and maximum of the config's alert budget: alert records in any minute. */
export const ALERTS_PER_MINUTE: u32 = 120;
export const MAX_ALERTS_PER_MINUTE: u32 = 10000;
/** Interval of digests of rate-limited records. ms */
export const DIGEST_MS: u32 = 60 * 1000;
/** Suspicion reports: interval in ms, minimum evidence, and maximum number each time. */
export const SUSPICION_REPORT_MS: u32 = 5 * 60 * 1000;
export const SUSPICION_REPORT_EVIDENCE: i32 = 2 * 32;
export const SUSPICION_REPORTS: u32 = 4;
/**
 * A filter of recently answered sources, of 2,048 bits, takes so many sources or lasts so many ms. With both filters
 * full, one first-time source in twenty is mistaken for a returning one.
 */
export const RECENTLY_ANSWERED_MAX: u32 = 256;
export const RECENTLY_ANSWERED_MS: u32 = 12 * 3600 * 1000;
/** Of the 36 slots for first-contact failures at most so many are for absent targets; the rest is for refusals. */
export const FIRST_CONTACT_FAILURES_DARK_MAX: u32 = 30;
/** A list that has overflowed goes out after so long, not with the next suspicion reports: 1.5 a second fit. ms */
export const FIRST_CONTACT_FAILURES_FULL_MS: u32 = 20 * 1000;
/** The clock is set back when so many frames in a row lie further back than a capture's jitter. */
export const CLOCK_FRAMES: u32 = 16;
export const CLOCK_JITTER_MS: u32 = 5000;
/** Minimum interval of periodic housekeeping. ms */
export const HOUSEKEEPING_MS: u32 = 250;

/** Frames within frames that are opened; deeper ones stay closed. */
export const MAX_DEPTH: u32 = 4;
/**
 * A tunnel that leads one way is a mirror after so many frames; where tunnels that lead both ways were seen, after so
 * many more that nothing answers.
 */
export const MIRROR_FRAMES: u32 = 3;
export const TUNNEL_FRAMES: u32 = 1024;
/** Windows, in frames of tunnels, over which their share of all frames is taken: the first, doubling up to the last. */
export const FED_FIRST_WINDOW: u32 = 8;
export const FED_LAST_WINDOW: u32 = 1024;
