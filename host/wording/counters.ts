/** The names of the health counters for people, in groups. Unknown ones are spelled out from their own name. */
import type { CounterName } from '../../src/protocol/counters.js';
import type { HealthFigure } from '../../src/protocol/health.js';
import { count, duration } from './format.js';

const names: Record<CounterName | HealthFigure, string> = {
  frames: 'Frames seen',
  decoded: 'Decoded',
  fragments: 'Later IP fragments',
  ignoredNotData: 'Ignored: WiFi management',
  ignoredEncrypted: 'Ignored: encrypted WiFi',
  ignoredProtocol: 'Ignored: neither ARP nor IP',
  ignoredLink: 'Ignored: unknown link type',
  malformedLink: 'Damaged link headers',
  malformedArp: 'Damaged ARP',
  malformedIpv4: 'Damaged IPv4',
  malformedIpv6: 'Damaged IPv6',
  malformedTransport: 'Damaged TCP, UDP, ICMP',
  clockBackwards: 'Out of order in time',
  tapLost: 'Lost at the tap',
  trapLost: 'Lost to faults of the engine',
  contacts: 'First contacts',
  retries: 'Repeated',
  answered: 'Answered',
  refused: 'Refused',
  silent: 'Without answer',
  dark: 'With dark addresses',
  repliesUnasked: 'Replies nobody asked for',
  contactsUnjudged: 'Left before an outcome',
  contactsFlooded: 'With what everybody contacts',
  sourcesUsed: 'Sources remembered',
  sourcesPeak: 'Sources, at most',
  sourcesEvicted: 'Sources forgotten for room',
  probationUsed: 'Newcomers remembered',
  probationEvicted: 'Newcomers forgotten for room',
  promotions: 'Newcomers taken seriously',
  presenceUsed: 'Own addresses known',
  presenceEvicted: 'Own addresses forgotten',
  episodesOpen: 'Scans open',
  episodesPeak: 'Scans open, at most',
  episodes: 'Scans since start',
  episodesCut: 'Scans cut for room',
  records: 'Records written',
  recordsLost: 'Records lost before sending',
  heldBack: 'Held back by the alert budget',
  sequence: 'Messages numbered',
  settled: 'Messages settled',
  outboxUsed: 'Waiting in the outbox',
  outboxCapacity: 'Room in the outbox',
  outboxPeak: 'Outbox, at most',
  droppedAlerts: 'Alerts dropped',
  droppedProgress: 'Progress reports dropped',
  droppedWhispers: 'Whispers dropped',
  resent: 'Sent again',
  connections: 'Connections to the broker',
  uptime: 'Uptime',
  traps: 'Engine restarts after a fault',
  configVersion: 'Config in force',
  configRefused: 'Configs refused',
  freeHeap: 'Free memory',
  signalLoss: 'Uplink signal',
  storageErrors: 'Storage errors',
  ringDropped: 'Of them, before the engine',
  restarts: 'Restarts nobody asked for',
  healthSeconds: 'Seconds between health reports',
  updateStep: 'Update',
  updateBytes: 'Of the new image, here',
  updatesRefused: 'Updates refused or given up',
  updateStrays: 'Blocks nobody asked for',
  bytesSent: 'Bytes sent to the broker',
  quotaWaiting: "Messages that wait for the uplink's quota",
};

/** Counters whose rise means that something was not seen or not said. */
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
const updateWords = ['–', 'waits for its turn', 'is fetched', 'is checked', 'is on trial', 'failed'];

/**
 * The health message in groups, in a fixed order; what belongs to no group comes last, as `Sensor`. Zeros are left out,
 * except where zero is the good news.
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

/** What of `troubles` is not zero, worst first as listed there. */
export function healthTroubles(health: Record<string, number>): Counter[] {
  return troubles
    .filter((key) => (health[key] ?? 0) > 0)
    .map((key) => ({ key, name: counterName(key), value: valueText(key, health[key] as number), trouble: true }));
}
