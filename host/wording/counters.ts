/** Readable names of the health counters, in groups. Unknown counters are spelled out from their own name. */
import type { CounterName } from '../../src/protocol/counters.js';
import type { HealthFigure } from '../../src/protocol/health.js';
import { unopened } from '../../src/protocol/unread.js';
import { count, duration } from './format.js';

const names: Record<CounterName | HealthFigure, string> = {
  frames: 'Frames seen',
  decoded: 'Decoded',
  fragments: 'Later IP fragments',
  ignoredNotData: 'Ignored: WiFi management',
  ignoredEncrypted: 'Ignored: encrypted',
  ignoredProtocol: 'Ignored: neither ARP nor IP',
  ignoredLink: 'Ignored: unknown link type',
  malformedLink: 'Damaged link headers',
  malformedArp: 'Damaged ARP',
  malformedIpv4: 'Damaged IPv4',
  malformedIpv6: 'Damaged IPv6',
  malformedTransport: 'Damaged TCP, UDP, ICMP',
  clockBackwards: 'Timestamps out of order',
  unwrapped: 'Opened: mirrors and tunnels',
  unreadErspan: 'Not opened: ERSPAN',
  unreadGre: 'Not opened: GRE',
  unreadVxlan: 'Not opened: VXLAN',
  unreadGeneve: 'Not opened: GENEVE',
  unreadTzsp: 'Not opened: TZSP',
  unreadIpInIp: 'Not opened: IP in IP',
  unreadMpls: 'Not opened: MPLS',
  unreadMacsec: 'Not opened: MACsec',
  tapLost: 'Lost at the tap',
  trapLost: 'Lost to engine faults',
  contacts: 'First contacts',
  retries: 'Repeated',
  answered: 'Answered',
  refused: 'Refused',
  silent: 'Unanswered',
  dark: 'To unused addresses',
  repliesUnasked: 'Unsolicited replies',
  contactsUnjudged: 'Dropped before an outcome',
  contactsFlooded: 'To hot targets',
  sourcesUsed: 'Sources tracked',
  sourcesPeak: 'Sources tracked, peak',
  sourcesEvicted: 'Sources evicted',
  probationUsed: 'First-time sources',
  probationEvicted: 'First-time sources evicted',
  promotions: 'First-time sources promoted',
  presenceUsed: 'Home addresses known',
  presenceEvicted: 'Home addresses evicted',
  episodesOpen: 'Active scans',
  episodesPeak: 'Active scans, peak',
  episodes: 'Scans since start',
  episodesCut: 'Scans cut short for space',
  records: 'Records written',
  recordsLost: 'Records lost before sending',
  heldBack: 'Rate-limited alerts',
  sequence: 'Messages numbered',
  settled: 'Messages settled',
  outboxUsed: 'Waiting in the outbox',
  outboxCapacity: 'Outbox capacity',
  outboxPeak: 'Outbox, peak',
  droppedAlerts: 'Alerts dropped',
  droppedProgress: 'Progress reports dropped',
  droppedWhispers: 'Suspicion reports dropped',
  resent: 'Resent',
  connections: 'Connections to the broker',
  uptime: 'Uptime',
  traps: 'Engine restarts after a fault',
  configVersion: 'Config in force',
  configRefused: 'Configs refused',
  freeHeap: 'Free memory',
  signalLoss: 'Uplink signal',
  storageErrors: 'Storage errors',
  ringDropped: 'Of these, before the engine',
  restarts: 'Unexpected restarts',
  healthSeconds: 'Seconds between health reports',
  updateStep: 'Update',
  updateBytes: 'New image received',
  updatesRefused: 'Updates refused or abandoned',
  updateStrays: 'Unrequested image blocks',
  bytesSent: 'Bytes sent to the broker',
  quotaWaiting: 'Messages waiting for uplink quota',
};

/** Counters whose rise means that something was missed or not reported. */
const troubles: readonly (CounterName | HealthFigure)[] = [
  'tapLost',
  'trapLost',
  'recordsLost',
  'droppedAlerts',
  'droppedProgress',
  'droppedWhispers',
  'traps',
  'configRefused',
  'storageErrors',
  'restarts',
  'updatesRefused',
];

const groups: readonly [title: string, members: readonly (CounterName | HealthFigure)[]][] = [
  [
    'Frames',
    [
      'frames',
      'decoded',
      'fragments',
      'tapLost',
      'ringDropped',
      'ignoredNotData',
      'ignoredEncrypted',
      'ignoredProtocol',
      'ignoredLink',
      'malformedLink',
      'malformedArp',
      'malformedIpv4',
      'malformedIpv6',
      'malformedTransport',
      'clockBackwards',
      'trapLost',
      'unwrapped',
      ...unopened,
    ],
  ],
  [
    'Contacts',
    [
      'contacts',
      'retries',
      'answered',
      'refused',
      'silent',
      'dark',
      'repliesUnasked',
      'contactsUnjudged',
      'contactsFlooded',
    ],
  ],
  [
    'Memory',
    [
      'sourcesUsed',
      'sourcesPeak',
      'sourcesEvicted',
      'probationUsed',
      'probationEvicted',
      'promotions',
      'presenceUsed',
      'presenceEvicted',
    ],
  ],
  [
    'Scans and records',
    ['episodesOpen', 'episodesPeak', 'episodes', 'episodesCut', 'records', 'recordsLost', 'heldBack'],
  ],
  [
    'Messages',
    [
      'sequence',
      'settled',
      'outboxUsed',
      'outboxPeak',
      'outboxCapacity',
      'droppedAlerts',
      'droppedProgress',
      'droppedWhispers',
      'resent',
      'connections',
    ],
  ],
];

export interface Counter {
  key: string;
  name: string;
  value: string;
  /** Not zero, and should be. */
  trouble: boolean;
}

/** A readable name: from the table, or `fooBarBaz` and `foo-bar` as `Foo bar baz`. */
export function counterName(key: string): string {
  if (Object.hasOwn(names, key)) return names[key as keyof typeof names];
  const text = key
    .replace(/[-_.]+/g, ' ')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function valueText(key: string, value: number): string {
  if (key === 'uptime') return duration(value);
  if (key === 'freeHeap') return `${count(value / 1024)} KiB`;
  if (key === 'signalLoss') return value ? `−${value} dBm` : '–';
  if (key === 'updateStep') return updateWords[value] ?? count(value);
  if (key === 'updateBytes') return `${count(value / 1024)} KiB`;
  return count(value);
}

/** By the numbers of `updateSteps` in src/protocol/health.ts. */
const updateWords = ['–', 'waiting', 'fetching', 'verifying', 'on trial', 'failed'];

/**
 * The health message in groups, in a fixed order; counters without a group come last, as `Sensor`. Zeros are omitted,
 * except for trouble counters, where zero is good news.
 */
export function healthGroups(health: Record<string, number>): { title: string; counters: Counter[] }[] {
  const left = new Set(
    Object.keys(health).filter(
      (key) => typeof health[key] === 'number' && (health[key] !== 0 || (troubles as string[]).includes(key)),
    ),
  );
  const counter = (key: string): Counter => {
    const value = health[key] as number;
    return {
      key,
      name: counterName(key),
      value: valueText(key, value),
      trouble: value > 0 && (troubles as string[]).includes(key),
    };
  };
  const out = groups.map(([title, members]) => {
    const present = members.filter((key) => left.delete(key));
    return { title, counters: present.map(counter) };
  });
  out.push({ title: 'Sensor', counters: [...left].map(counter) });
  return out.filter((group) => group.counters.length > 0);
}

/** The trouble counters that are not zero, in the order of `troubles`. */
export function healthTroubles(health: Record<string, number>): Counter[] {
  return troubles
    .filter((key) => (health[key] ?? 0) > 0)
    .map((key) => ({ key, name: counterName(key), value: valueText(key, health[key] as number), trouble: true }));
}
