// The engine's memory map: one WebAssembly page, 65,536 bytes, which never grows. This file has the address and size of
// every table, tables/ the layouts; nothing else in `src/engine` names an address. Plain constants, so that the build
// can read and print the map.

export const PAGE_BYTES: u32 = 65536;

/** Static data that the compiler places: the tables of weights.ts. The build checks that they fit. */
export const COMPILER_AT: u32 = 16;
export const COMPILER_BYTES: u32 = 496;

/** The config block, which the host writes before `start()` and `configure()`: home, watchlist, threshold, budget. */
export const CONFIG_AT: u32 = COMPILER_AT + COMPILER_BYTES;
export const HOME_IPV4_SLOTS: u32 = 16;
export const HOME_IPV6_SLOTS: u32 = 8;
export const WATCHLIST_SLOTS: u32 = 48;
export const HOME_IPV4_AT: u32 = CONFIG_AT + 8;
export const HOME_IPV6_AT: u32 = HOME_IPV4_AT + HOME_IPV4_SLOTS * 8;
/** The fleet's key; four bytes behind it are free, and zero. */
export const SAMPLE_KEY_AT: u32 = HOME_IPV6_AT + HOME_IPV6_SLOTS * 24;
export const WATCHLIST_AT: u32 = SAMPLE_KEY_AT + 8;
export const CONFIG_BYTES: u32 = WATCHLIST_AT + WATCHLIST_SLOTS * 8 - CONFIG_AT;

/** Counters: u32 each, numbered in codes.ts. */
export const COUNTERS_AT: u32 = CONFIG_AT + CONFIG_BYTES;
export const COUNTERS_BYTES: u32 = 240;

/** Incoming frames: 8 bytes of header and up to 192 bytes of head each. */
export const BATCH_AT: u32 = COUNTERS_AT + COUNTERS_BYTES;
export const BATCH_BYTES: u32 = 2016;
export const HEAD_BYTES: u32 = 192;
export const FRAME_TIME: u32 = 0;
export const FRAME_CAPTURED: u32 = 4;
export const FRAME_LINK: u32 = 5;
export const FRAME_WIRE_LENGTH: u32 = 6;
export const FRAME_HEAD: u32 = 8;

/** Outgoing scan records: a ring that the app empties. */
export const RECORDS_AT: u32 = BATCH_AT + BATCH_BYTES;
export const RECORD_SLOTS: u32 = 24;
export const RECORDS_BYTES: u32 = RECORD_SLOTS * 96;

/** Home addresses known to exist: sets of four 4-byte entries. */
export const PRESENCE_AT: u32 = RECORDS_AT + RECORDS_BYTES;
export const PRESENCE_SETS: u32 = 256;
export const PRESENCE_WAYS: u32 = 4;
export const PRESENCE_BYTES: u32 = PRESENCE_SETS * PRESENCE_WAYS * 4;

/** First contacts, ordered by time: a ring of 16-byte entries, with hash chains that start in the buckets. */
export const CONTACTS_AT: u32 = PRESENCE_AT + PRESENCE_BYTES;
export const CONTACT_SLOTS: u32 = 1024;
export const CONTACT_BYTES: u32 = 16;
export const CONTACTS_BYTES: u32 = CONTACT_SLOTS * CONTACT_BYTES;
export const BUCKETS_AT: u32 = CONTACTS_AT + CONTACTS_BYTES;
export const BUCKETS_BYTES: u32 = CONTACT_SLOTS * 2;

/** Probation, for sources with a single contact so far: sets of four 16-byte entries. */
export const PROBATION_AT: u32 = BUCKETS_AT + BUCKETS_BYTES;
export const PROBATION_SETS: u32 = 96;
export const PROBATION_WAYS: u32 = 4;
export const PROBATION_ENTRY_BYTES: u32 = 16;
export const PROBATION_BYTES: u32 = PROBATION_SETS * PROBATION_WAYS * PROBATION_ENTRY_BYTES;

/** Sources with two contacts or more: sets of five 144-byte entries. */
export const SOURCES_AT: u32 = PROBATION_AT + PROBATION_BYTES;
export const SOURCE_SETS: u32 = 32;
export const SOURCE_WAYS: u32 = 5;
export const SOURCE_SLOTS: u32 = SOURCE_SETS * SOURCE_WAYS;
export const SOURCE_BYTES: u32 = 144;
export const SOURCES_BYTES: u32 = SOURCE_SLOTS * SOURCE_BYTES;

/** Open episodes: totals and two distinct-count sketches of 256 registers each. */
export const EPISODES_AT: u32 = SOURCES_AT + SOURCES_BYTES;
export const EPISODE_SLOTS: u32 = 12;
export const EPISODE_BYTES: u32 = 352;
export const EPISODES_BYTES: u32 = EPISODE_SLOTS * EPISODE_BYTES;

/** Hot targets, services that many first-time sources contact: 8-byte entries. */
export const HOT_TARGETS_AT: u32 = EPISODES_AT + EPISODES_BYTES;
export const HOT_TARGET_SLOTS: u32 = 64;
export const HOT_TARGETS_BYTES: u32 = HOT_TARGET_SLOTS * 8;

/** Routers, link addresses that forward for others: 8-byte entries. */
export const ROUTERS_AT: u32 = HOT_TARGETS_AT + HOT_TARGETS_BYTES;
export const ROUTER_SLOTS: u32 = 8;
export const ROUTERS_BYTES: u32 = ROUTER_SLOTS * 8;

/** Gateways, neighbours that many others ask for: 8-byte entries. */
export const GATEWAYS_AT: u32 = ROUTERS_AT + ROUTERS_BYTES;
export const GATEWAY_SLOTS: u32 = 8;
export const GATEWAYS_BYTES: u32 = GATEWAY_SLOTS * 8;

/** Services that many sources look for at absent addresses: 48-byte entries, and one more for all services together. */
export const SERVICES_AT: u32 = GATEWAYS_AT + GATEWAYS_BYTES;
export const SERVICE_SLOTS: u32 = 15;
export const SERVICE_BYTES: u32 = 48;
export const SERVICES_BYTES: u32 = (SERVICE_SLOTS + 1) * SERVICE_BYTES;

/** Sessions with an open report (repeated logins, scanners that got in): 40-byte entries. */
export const SESSIONS_AT: u32 = SERVICES_AT + SERVICES_BYTES;
export const SESSION_SLOTS: u32 = 10;
export const SESSION_BYTES: u32 = 40;
export const SESSIONS_BYTES: u32 = SESSION_SLOTS * SESSION_BYTES;

/** Connections whose bytes are counted: sets of four 12-byte entries. */
export const CONNECTIONS_AT: u32 = SESSIONS_AT + SESSIONS_BYTES;
export const CONNECTION_SETS: u32 = 12;
export const CONNECTION_WAYS: u32 = 4;
export const CONNECTION_BYTES: u32 = 12;
export const CONNECTIONS_BYTES: u32 = CONNECTION_SETS * CONNECTION_WAYS * CONNECTION_BYTES;

/** Counted logins, by pair, by source and by target: sets of three 12-byte entries. */
export const LOGINS_AT: u32 = CONNECTIONS_AT + CONNECTIONS_BYTES;
export const LOGIN_SETS: u32 = 16;
export const LOGIN_WAYS: u32 = 3;
export const LOGIN_BYTES: u32 = 12;
export const LOGINS_BYTES: u32 = LOGIN_SETS * LOGIN_WAYS * LOGIN_BYTES;

/** First-contact failures since the last suspicion report: IPv4 addresses of their sources. */
export const FIRST_CONTACT_FAILURES_AT: u32 = LOGINS_AT + LOGINS_BYTES;
export const FIRST_CONTACT_FAILURE_SLOTS: u32 = 36;
export const FIRST_CONTACT_FAILURES_BYTES: u32 = FIRST_CONTACT_FAILURE_SLOTS * 4;

/** Sources that were answered recently: two Bloom filters. */
export const RECENTLY_ANSWERED_AT: u32 = FIRST_CONTACT_FAILURES_AT + FIRST_CONTACT_FAILURES_BYTES;
export const RECENTLY_ANSWERED_BYTES: u32 = 256;

/** Requests sent to groups, whose answers come from anywhere: 4-byte entries. */
export const GROUP_REQUESTS_AT: u32 = RECENTLY_ANSWERED_AT + 2 * RECENTLY_ANSWERED_BYTES;
export const GROUP_REQUEST_SLOTS: u32 = 32;
export const GROUP_REQUESTS_BYTES: u32 = GROUP_REQUEST_SLOTS * 4;

/** Networks in which a home address has spoken: a bitmap. */
export const NETWORKS_AT: u32 = GROUP_REQUESTS_AT + GROUP_REQUESTS_BYTES;
export const NETWORKS_BYTES: u32 = 64;

export const END: u32 = NETWORKS_AT + NETWORKS_BYTES;
