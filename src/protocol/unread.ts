/** How much of what a tap sees the engine understood, by its counters. */
import type { CounterName } from './counters.js';

/** Encapsulations by the counter of their frames that were not opened; their names as people know them. */
export const encapsulations = {
  unreadErspan: 'ERSPAN',
  unreadGre: 'GRE',
  unreadVxlan: 'VXLAN',
  unreadGeneve: 'GENEVE',
  unreadTzsp: 'TZSP',
  unreadIpInIp: 'IP in IP',
  unreadMpls: 'MPLS',
  unreadMacsec: 'MACsec',
} as const satisfies Partial<Record<CounterName, string>>;

type Unopened = keyof typeof encapsulations;
export type Encapsulation = (typeof encapsulations)[Unopened];
/** The counters of frames that were not opened. */
export const unopened = Object.keys(encapsulations) as Unopened[];

/** Fates of frames that say nothing, whatever they were. */
const unknown = [
  'ignoredProtocol',
  'ignoredLink',
  'malformedLink',
  'malformedArp',
  'malformedIpv4',
  'malformedIpv6',
  'malformedTransport',
] as const satisfies CounterName[];

/** Above this fraction the tap understands nothing: what is left is a collector's own ARP and the like. */
const UNREAD_SHARE = 0.98;
/** Fewer frames are no mirror: spanning tree and discovery come in ones and twos. */
const LEAST_FRAMES = 20;
/** Where no encapsulation is known, a port without a mirror may look so; a mirror has more frames a second than this. */
const LEAST_UNKNOWN = 5;

export interface Unread {
  /** Frames that could have said something: all but WiFi's management and encryption. */
  frames: number;
  /** Those that said nothing. */
  unread: number;
  /** What most of them are; undefined: of no kind that is known here. */
  encapsulation: Encapsulation | undefined;
}

/**
 * What the tap could not read, if that is next to everything.
 *
 * @param counters of a sensor
 * @param seconds in which they were counted
 * @param before its counters at the beginning
 */
export function unreadOf(
  counters: Readonly<Record<string, number>>,
  seconds: number,
  before: Readonly<Record<string, number>> = {},
): Unread | undefined {
  const rose = (name: CounterName): number => Math.max(0, (counters[name] ?? 0) - (before[name] ?? 0));
  const wifi = rose('ignoredNotData') + Math.max(0, rose('ignoredEncrypted') - rose('unreadMacsec'));
  const frames = rose('frames') - wifi;
  const known = unopened.reduce((sum, name) => sum + rose(name), 0);
  // An MPLS frame that was not opened is an ignored protocol too.
  const others = unknown.reduce((sum, name) => sum + rose(name), 0) - rose('unreadMpls');
  const unread = Math.min(frames, known + Math.max(0, others));
  if (unread < LEAST_FRAMES || unread < UNREAD_SHARE * frames) return undefined;
  if (known * 2 < unread) {
    return unread < LEAST_UNKNOWN * seconds ? undefined : { frames, unread, encapsulation: undefined };
  }
  const most = unopened.reduce((best, name) => (rose(name) > rose(best) ? name : best));
  return { frames, unread, encapsulation: encapsulations[most] };
}
