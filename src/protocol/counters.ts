/** The engine's counters by name. A counter's number is its index in the engine's memory and its key on the wire. */
import * as codes from '../engine/constants/codes.js';

/** Counter name -> index, in the order of `COUNTER_*` in src/engine/constants/codes.ts, which documents each. */
export const counters = {
  frames: codes.COUNTER_FRAMES,
  decoded: codes.COUNTER_DECODED,
  ignoredNotData: codes.COUNTER_IGNORED_NOT_DATA,
  ignoredEncrypted: codes.COUNTER_IGNORED_ENCRYPTED,
  ignoredProtocol: codes.COUNTER_IGNORED_PROTOCOL,
  ignoredLink: codes.COUNTER_IGNORED_LINK,
  malformedLink: codes.COUNTER_MALFORMED_LINK,
  malformedArp: codes.COUNTER_MALFORMED_ARP,
  malformedIpv4: codes.COUNTER_MALFORMED_IPV4,
  malformedIpv6: codes.COUNTER_MALFORMED_IPV6,
  malformedTransport: codes.COUNTER_MALFORMED_TRANSPORT,
  fragments: codes.COUNTER_FRAGMENTS,
  contacts: codes.COUNTER_CONTACTS,
  retries: codes.COUNTER_RETRIES,
  answered: codes.COUNTER_ANSWERED,
  refused: codes.COUNTER_REFUSED,
  silent: codes.COUNTER_SILENT,
  dark: codes.COUNTER_DARK,
  repliesUnasked: codes.COUNTER_REPLIES_UNASKED,
  contactsUnjudged: codes.COUNTER_CONTACTS_UNJUDGED,
  contactsFlooded: codes.COUNTER_CONTACTS_FLOODED,
  sourcesUsed: codes.COUNTER_SOURCES_USED,
  sourcesPeak: codes.COUNTER_SOURCES_PEAK,
  sourcesEvicted: codes.COUNTER_SOURCES_EVICTED,
  probationUsed: codes.COUNTER_PROBATION_USED,
  probationEvicted: codes.COUNTER_PROBATION_EVICTED,
  promotions: codes.COUNTER_PROMOTIONS,
  presenceUsed: codes.COUNTER_PRESENCE_USED,
  presenceEvicted: codes.COUNTER_PRESENCE_EVICTED,
  episodesOpen: codes.COUNTER_EPISODES_OPEN,
  episodesPeak: codes.COUNTER_EPISODES_PEAK,
  episodes: codes.COUNTER_EPISODES,
  episodesCut: codes.COUNTER_EPISODES_CUT,
  records: codes.COUNTER_RECORDS,
  recordsLost: codes.COUNTER_RECORDS_LOST,
  heldBack: codes.COUNTER_HELD_BACK,
  clockBackwards: codes.COUNTER_CLOCK_BACKWARDS,
  unwrapped: codes.COUNTER_UNWRAPPED,
  unreadErspan: codes.COUNTER_UNREAD_ERSPAN,
  unreadGre: codes.COUNTER_UNREAD_GRE,
  unreadVxlan: codes.COUNTER_UNREAD_VXLAN,
  unreadGeneve: codes.COUNTER_UNREAD_GENEVE,
  unreadTzsp: codes.COUNTER_UNREAD_TZSP,
  unreadIpInIp: codes.COUNTER_UNREAD_IP_IN_IP,
  unreadMpls: codes.COUNTER_UNREAD_MPLS,
  unreadMacsec: codes.COUNTER_UNREAD_MACSEC,
} as const;

export type CounterName = keyof typeof counters;

/** All names, in index order. */
export const counterNames = Object.keys(counters) as CounterName[];

/**
 * A gauge is a table's fill level. It rises and falls, so the value before an engine restart is not added to the value
 * after it.
 */
export function isGauge(name: CounterName): boolean {
  return counters[name] < 32 && ((codes.GAUGE_COUNTERS >>> counters[name]) & 1) === 1;
}

/** The counters as an object, read from the engine's `COUNTER_COUNT` little-endian u32 at `offset`. */
export function readCounters(view: DataView, offset: number): Record<CounterName, number> {
  const out = {} as Record<CounterName, number>;
  for (const name of counterNames) out[name] = view.getUint32(offset + 4 * counters[name], true);
  return out;
}
