// The memory map as a list, for the build to print and for the tests to add up. Not part of the engine's module.
import * as m from './memory.js';

/** Name, first byte, bytes. */
export const memoryMap: ReadonlyArray<readonly [string, number, number]> = [
  ['compiler tables', m.COMPILER_AT, m.COMPILER_BYTES],
  ['config', m.CONFIG_AT, m.CONFIG_BYTES],
  ['counters', m.COUNTERS_AT, m.COUNTERS_BYTES],
  ['batch', m.BATCH_AT, m.BATCH_BYTES],
  ['records', m.RECORDS_AT, m.RECORDS_BYTES],
  ['presence', m.PRESENCE_AT, m.PRESENCE_BYTES],
  ['contacts', m.CONTACTS_AT, m.CONTACTS_BYTES],
  ['contact buckets', m.BUCKETS_AT, m.BUCKETS_BYTES],
  ['probation', m.PROBATION_AT, m.PROBATION_BYTES],
  ['sources', m.SOURCES_AT, m.SOURCES_BYTES],
  ['episodes', m.EPISODES_AT, m.EPISODES_BYTES],
  ['hot targets', m.HOT_TARGETS_AT, m.HOT_TARGETS_BYTES],
  ['routers', m.ROUTERS_AT, m.ROUTERS_BYTES],
  ['gateways', m.GATEWAYS_AT, m.GATEWAYS_BYTES],
  ['services', m.SERVICES_AT, m.SERVICES_BYTES],
  ['sessions', m.SESSIONS_AT, m.SESSIONS_BYTES],
  ['connections', m.CONNECTIONS_AT, m.CONNECTIONS_BYTES],
  ['logins', m.LOGINS_AT, m.LOGINS_BYTES],
  ['first-contact failures', m.FIRST_CONTACT_FAILURES_AT, m.FIRST_CONTACT_FAILURES_BYTES],
  ['recently answered', m.RECENTLY_ANSWERED_AT, 2 * m.RECENTLY_ANSWERED_BYTES],
  ['group requests', m.GROUP_REQUESTS_AT, m.GROUP_REQUESTS_BYTES],
  ['networks', m.NETWORKS_AT, m.NETWORKS_BYTES],
];

export const pageBytes = m.PAGE_BYTES;
