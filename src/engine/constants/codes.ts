// Codes and offsets that leave the engine. Plain constants, so that one file serves as AssemblyScript for the engine,
// TypeScript for `src/protocol` and, through scripts/engine-layout.mjs, C for the boards.
//
// Wire names keep their old words: whisper (suspicion report), knocks (first-contact failures), shape (histogram), new
// talker (new host), held back (rate-limited).

// --- link types a frame can arrive with (the capture reader maps pcap link types to these) ------------------
export const LINK_ETHERNET: u32 = 1;
export const LINK_IEEE80211: u32 = 2;
export const LINK_RADIOTAP: u32 = 3;
export const LINK_SLL: u32 = 4;
export const LINK_SLL2: u32 = 5;
export const LINK_RAW_IP: u32 = 6;
/** BSD loopback: a 4-byte address family in the capturing host's byte order, then IP. */
export const LINK_NULL: u32 = 7;

// --- one scan record (little endian; see docs/PROTOCOL.md) ---------------------------------------------------
export const RECORD_BYTES: u32 = 96;
export const RECORD_STAGE: u32 = 0; // u8
export const RECORD_KIND: u32 = 1; // u8
export const RECORD_FAMILY: u32 = 2; // u8
export const RECORD_FLAGS: u32 = 3; // u8
export const RECORD_SEVERITY: u32 = 4; // u8
export const RECORD_CONFIDENCE: u32 = 5; // u8, percent
export const RECORD_DIRECTION: u32 = 6; // u8
export const RECORD_PROTOCOL: u32 = 7; // u8
export const RECORD_TOOL: u32 = 8; // u8
export const RECORD_TECHNIQUE: u32 = 9; // u8
export const RECORD_SERVICE_COUNT: u32 = 10; // u8, entries used in RECORD_SERVICES
export const RECORD_SHAPE_SHIFT: u32 = 11; // u8, one bar of the shape lasts 2^shift ms
export const RECORD_EVIDENCE: u32 = 12; // u16, 1/32 nat
export const RECORD_PORTS: u32 = 14; // u16, distinct services (estimate, saturates)
export const RECORD_SOURCE: u32 = 16; // 16 bytes: IPv6; IPv4 in the first 4; MAC in the first 6
export const RECORD_SOURCES: u32 = 16; // u32 in the same place if the family is none: distinct sources (estimate)
export const RECORD_TIME: u32 = 32; // u32 ms, engine clock
export const RECORD_FIRST: u32 = 36; // u32 ms
export const RECORD_LAST: u32 = 40; // u32 ms
export const RECORD_TARGETS: u32 = 44; // u32, distinct targets (estimate)
export const RECORD_PROBES: u32 = 48; // u32
export const RECORD_ANSWERED: u32 = 52; // u32
export const RECORD_REFUSED: u32 = 56; // u32
export const RECORD_SILENT: u32 = 60; // u32, no answer; the target is known to exist, or its existence is unknown
export const RECORD_SERVICES: u32 = 64; // 8 x u16, most used first
export const RECORD_SHAPE: u32 = 80; // 8 x u8, probes over the episode's time, largest bar 255
export const RECORD_EPISODE: u32 = 88; // u32, number of the episode since start
export const RECORD_DARK: u32 = 92; // u32, no answer and the home address has never been seen alive

/**
 * KIND_KNOCKS replaces answered, refused, silent, services and shape by RECORD_TARGETS IPv4 addresses: first
 * RECORD_DARK sources whose target was absent, then those that were refused.
 */
export const KNOCKS_OFFSET: u32 = 52;
export const KNOCKS_MOST: u32 = 9;

export const RECORD_MAX_SERVICES: u32 = 8;
export const RECORD_SHAPE_BARS: u32 = 8;
export const EVIDENCE_PER_NAT: u32 = 32;

export const FLAG_SCAN: u32 = 1; // an alert against the source
export const FLAG_SPOOFABLE: u32 = 2; // nothing proves that the source received an answer
export const FLAG_AGGREGATE: u32 = 4; // counted by IPv6 /64; the address given is the first one seen
// 8 is reserved for the wire (src/protocol/alert.ts).
export const FLAG_DECOY: u32 = 16; // other sources probe the same targets in step: all but one are spoofed

// --- stages ---------------------------------------------------------------------------------------------------
export const STAGE_START: u32 = 1;
export const STAGE_PROGRESS: u32 = 2;
export const STAGE_END: u32 = 3;
export const STAGE_WHISPER: u32 = 4;

// --- kinds ------------------------------------------------------------------------------------------------------
export const KIND_HOST_SWEEP: u32 = 1;
export const KIND_PORT_SCAN: u32 = 2;
export const KIND_BLOCK_SCAN: u32 = 3;
export const KIND_ICMP_SWEEP: u32 = 4;
export const KIND_ARP_SWEEP: u32 = 5;
export const KIND_UDP_SCAN: u32 = 6;
export const KIND_ND_SWEEP: u32 = 7;
export const KIND_STEALTH_SCAN: u32 = 8;
export const KIND_SCTP_SCAN: u32 = 9;
export const KIND_PROTOCOL_SCAN: u32 = 10;
export const KIND_DIGEST: u32 = 11; // what the alert budget rate-limited
export const KIND_WHISPER: u32 = 12; // a suspicion report: evidence below the threshold, summed by the fleet
export const KIND_DISTRIBUTED_SCAN: u32 = 13; // many sources share a scan of one service; none does enough for an alert
export const KIND_SERVICE_PROBE: u32 = 14; // data exchanged with the services found: banners, versions
export const KIND_BRUTE_FORCE: u32 = 15; // repeated logins at one service of one target
export const KIND_FOOTHOLD: u32 = 16; // a scanner exchanges data with a service it probed
export const KIND_NEW_TALKER: u32 = 17; // a new host: a home address never seen before
export const KIND_WATCH_HIT: u32 = 18; // a contact of a source on the watchlist
export const KIND_ARP_SHADOW: u32 = 19; // a router's requests for many absent addresses: a sweep behind it
export const KIND_FLOOD: u32 = 20; // many new sources contact one target, most of them probably spoofed
export const KIND_ENCRYPTED_SWEEP: u32 = 21; // a WiFi station's encrypted broadcasts of ARP's size, in a row
export const KIND_KNOCKS: u32 = 22; // first-contact failures: the target was absent or refused

// --- address families of a record's source -------------------------------------------------------------------
export const FAMILY_NONE: u32 = 0;
export const FAMILY_MAC: u32 = 2;
export const FAMILY_IPV4: u32 = 4;
export const FAMILY_IPV6: u32 = 6;

// --- directions -----------------------------------------------------------------------------------------------
export const DIRECTION_INBOUND: u32 = 1; // outside -> home
export const DIRECTION_INTERNAL: u32 = 2; // home -> home
export const DIRECTION_OUTBOUND: u32 = 3; // home -> outside
export const DIRECTION_TRANSIT: u32 = 4; // outside -> outside: the home blocks are wrong, or the tap sees other traffic

// --- protocols ------------------------------------------------------------------------------------------------
export const PROTOCOL_TCP: u32 = 1;
export const PROTOCOL_UDP: u32 = 2;
export const PROTOCOL_ICMP: u32 = 3;
export const PROTOCOL_ARP: u32 = 4;
export const PROTOCOL_ND: u32 = 5;
export const PROTOCOL_SCTP: u32 = 6;
export const PROTOCOL_IP: u32 = 7;
export const PROTOCOL_WIFI: u32 = 8;

// --- severities -----------------------------------------------------------------------------------------------
export const SEVERITY_LOW: u32 = 1;
export const SEVERITY_MEDIUM: u32 = 2;
export const SEVERITY_HIGH: u32 = 3;
export const SEVERITY_CRITICAL: u32 = 4;

// --- tools that leave a fingerprint in their packets ----------------------------------------------------------
export const TOOL_NONE: u32 = 0;
export const TOOL_MASSCAN: u32 = 1;
export const TOOL_ZMAP: u32 = 2;
export const TOOL_NMAP: u32 = 3;
export const TOOL_MIRAI: u32 = 4;
/** A SYN without TCP options, which no operating system sends. */
export const TOOL_RAW_SYN: u32 = 5;
export const TOOL_NAABU: u32 = 6;
export const TOOL_HPING: u32 = 7;

// --- MITRE ATT&CK techniques ----------------------------------------------------------------------------------
export const TECHNIQUE_NONE: u32 = 0;
export const TECHNIQUE_T1595_001: u32 = 1; // Active Scanning: Scanning IP Blocks
export const TECHNIQUE_T1595_002: u32 = 2; // Active Scanning: Vulnerability Scanning
export const TECHNIQUE_T1046: u32 = 3; // Network Service Discovery
export const TECHNIQUE_T1018: u32 = 4; // Remote System Discovery
export const TECHNIQUE_T1110: u32 = 5; // Brute Force
export const TECHNIQUE_T1133: u32 = 6; // External Remote Services
export const TECHNIQUE_T1190: u32 = 7; // Exploit Public-Facing Application
export const TECHNIQUE_T1021: u32 = 8; // Remote Services (between internal hosts)
export const TECHNIQUE_T1498: u32 = 9; // Network Denial of Service

// --- counters: u32 each, in this order, from `countersAddress()` ---------------------------------------------
export const COUNTER_FRAMES: u32 = 0; // frames received: the sum of the ten counters that follow
export const COUNTER_DECODED: u32 = 1;
export const COUNTER_IGNORED_NOT_DATA: u32 = 2; // 802.11 management and control, null data
export const COUNTER_IGNORED_ENCRYPTED: u32 = 3; // 802.11 protected, MACsec encrypted
export const COUNTER_IGNORED_PROTOCOL: u32 = 4; // an EtherType that is neither ARP nor IP
export const COUNTER_IGNORED_LINK: u32 = 5; // a link type the engine does not know
export const COUNTER_MALFORMED_LINK: u32 = 6; // truncated or contradictory link header
export const COUNTER_MALFORMED_ARP: u32 = 7;
export const COUNTER_MALFORMED_IPV4: u32 = 8;
export const COUNTER_MALFORMED_IPV6: u32 = 9;
export const COUNTER_MALFORMED_TRANSPORT: u32 = 10;
export const COUNTER_FRAGMENTS: u32 = 11; // later IP fragments: decoded, but they carry no ports
export const COUNTER_CONTACTS: u32 = 12; // first contacts
export const COUNTER_RETRIES: u32 = 13;
export const COUNTER_ANSWERED: u32 = 14;
export const COUNTER_REFUSED: u32 = 15;
export const COUNTER_SILENT: u32 = 16;
export const COUNTER_DARK: u32 = 17;
export const COUNTER_REPLIES_UNASKED: u32 = 18; // SYN-ACK, RST, echo reply, ICMP error without a contact: backscatter
export const COUNTER_CONTACTS_UNJUDGED: u32 = 19; // replaced before an outcome was known
export const COUNTER_CONTACTS_FLOODED: u32 = 20; // first-time sources' contacts with a hot target
export const COUNTER_SOURCES_USED: u32 = 21;
export const COUNTER_SOURCES_PEAK: u32 = 22;
export const COUNTER_SOURCES_EVICTED: u32 = 23;
export const COUNTER_PROBATION_USED: u32 = 24;
export const COUNTER_PROBATION_EVICTED: u32 = 25;
export const COUNTER_PROMOTIONS: u32 = 26;
export const COUNTER_PRESENCE_USED: u32 = 27;
export const COUNTER_PRESENCE_EVICTED: u32 = 28;
export const COUNTER_EPISODES_OPEN: u32 = 29;
export const COUNTER_EPISODES_PEAK: u32 = 30;
export const COUNTER_EPISODES: u32 = 31; // opened since start
export const COUNTER_EPISODES_CUT: u32 = 32; // ended early because the table was full
export const COUNTER_RECORDS: u32 = 33;
export const COUNTER_RECORDS_LOST: u32 = 34; // the ring was full
export const COUNTER_HELD_BACK: u32 = 35; // rate-limited by the alert budget; the digests add up to this
export const COUNTER_CLOCK_BACKWARDS: u32 = 36; // frames whose time was before that of the previous one
export const COUNTER_UNWRAPPED: u32 = 37; // frames of a mirror or tunnel whose inside was judged
// Frames that carry another one which was not judged: unknown, encrypted, or not to be trusted (docs/DETECTION.md,
// "Mirrors and tunnels"). Of a tunnel over IP the outer packet was judged; it is among the decoded ones.
export const COUNTER_UNREAD_ERSPAN: u32 = 38;
export const COUNTER_UNREAD_GRE: u32 = 39;
export const COUNTER_UNREAD_VXLAN: u32 = 40;
export const COUNTER_UNREAD_GENEVE: u32 = 41;
export const COUNTER_UNREAD_TZSP: u32 = 42;
export const COUNTER_UNREAD_IP_IN_IP: u32 = 43;
export const COUNTER_UNREAD_MPLS: u32 = 44;
export const COUNTER_UNREAD_MACSEC: u32 = 45;
export const COUNTER_COUNT: u32 = 46;
/**
 * Gauges: counters that give the entries in use of a table, one bit each (all are below 32). After a restart of the
 * engine they start over, so they are not added up.
 */
export const GAUGE_COUNTERS: u32 =
  (1 << COUNTER_SOURCES_USED) |
  (1 << COUNTER_SOURCES_PEAK) |
  (1 << COUNTER_PROBATION_USED) |
  (1 << COUNTER_PRESENCE_USED) |
  (1 << COUNTER_EPISODES_OPEN) |
  (1 << COUNTER_EPISODES_PEAK);

// --- figures that a board's native code passes to its app: u32 each, the counters first ----------------------
export const FIGURE_TRAPS: u32 = COUNTER_COUNT;
export const FIGURE_LAST_TRAP: u32 = FIGURE_TRAPS + 1;
export const FIGURE_FRAMES_LOST: u32 = FIGURE_TRAPS + 2; // frames in batches on which the engine trapped
export const FIGURE_RECORDS_WAITING: u32 = FIGURE_TRAPS + 3;
export const FIGURE_RING_DROPPED: u32 = FIGURE_TRAPS + 4;
export const FIGURE_RING_PEAK: u32 = FIGURE_TRAPS + 5;
export const FIGURE_TAP_FRAMES: u32 = FIGURE_TRAPS + 6;
export const FIGURE_TAP_MISSED: u32 = FIGURE_TRAPS + 7;
export const FIGURE_TAP_LINK: u32 = FIGURE_TRAPS + 8; // 1: the Ethernet link is up, or the radio listens
export const FIGURE_COUNT: u32 = FIGURE_TRAPS + 9;

// --- the config block that the host writes (src/protocol/engine-config.ts): offsets and capacities
export const CONFIG_BLOCK_BYTES: u32 = 720;
export const CONFIG_IPV4_COUNT: u32 = 0; // u8
export const CONFIG_IPV6_COUNT: u32 = 1; // u8
export const CONFIG_ALERTS_PER_MINUTE: u32 = 2; // u16
export const CONFIG_EVIDENCE: u32 = 4; // u16, 1/32 nat
export const CONFIG_WATCH_COUNT: u32 = 6; // u8
export const CONFIG_IPV4_BLOCKS: u32 = 8; // 16 x (u32 network, u32 mask), as numbers
export const CONFIG_MAX_IPV4: u32 = 16;
export const CONFIG_IPV6_BLOCKS: u32 = 136; // 8 x (16 bytes network in network order, u8 prefix length, 7 bytes zero)
export const CONFIG_MAX_IPV6: u32 = 8;
export const CONFIG_SAMPLE_KEY: u32 = 328; // u32
export const CONFIG_WATCH_BLOCKS: u32 = 336; // 48 x (u32 network, u32 mask), as numbers
export const CONFIG_MAX_WATCH: u32 = 48;
