/** Shared by the outputs' tests: events of every kind, and hostile ones. */
import { decode as decodeCbor } from 'cborg';
import type { Finding } from '../../../host/collector/outputs/model/finding.js';
import { findingOf } from '../../../host/collector/outputs/model/finding.js';
import type { OutputEvent } from '../../../host/collector/rules/event.js';
import { scanEvent } from '../../../host/collector/rules/event.js';
import { encodeAlert, readAlert } from '../../../src/protocol/alert.js';
import type { TimedRecord } from '../../../src/protocol/record.js';
import { T0 } from '../../support/collector.js';
import { sampleRecord } from '../../support/samples.js';

export function scan(
  changes: Partial<TimedRecord> = {},
  from: { site?: string; sensor?: string; boot?: number; sequence?: number } = {},
): OutputEvent {
  const { site = 'berlin', sensor = 'tap-1', boot = 1, sequence = 1 } = from;
  // Encoded through the wire format, as in production.
  const { record } = readAlert(
    decodeCbor(encodeAlert(sampleRecord(changes), { boot, sequence, clock: 'synced' }), { useMaps: true }),
  );
  return scanEvent({ site, sensor, boot, sequence, record }, T0 + 20_000);
}

export const finding = (changes: Partial<TimedRecord> = {}, page = ''): Finding => findingOf(scan(changes), page);

const time = (ms: number): string => new Date(T0 + ms).toISOString();

export const conviction: OutputEvent = {
  what: 'conviction',
  key: 'conviction/198.51.100.4#1',
  time: T0,
  verdict: {
    source: '198.51.100.4',
    sites: ['berlin', 'lyon', 'oslo'],
    sensors: 4,
    evidence: 21.5,
    threshold: 19.25,
    knocks: 0,
    knocksNeeded: 7,
    failed: 0,
    failedNeeded: 8,
    spoofable: true,
    falseAlarm: 3e-7,
    convicted: true,
    alone: false,
    probes: 9,
    first: time(-9e6),
    last: time(0),
  },
};

export const campaign: OutputEvent = {
  what: 'campaign',
  first: true,
  key: 'campaign/network-203.0.113.0_24#14',
  time: T0,
  campaign: {
    id: 'network-203.0.113.0_24',
    kind: 'network',
    key: '203.0.113.0/24',
    sources: ['203.0.113.7', '203.0.113.8', '203.0.113.9'],
    sourceCount: 3,
    sites: ['berlin', 'lyon'],
    sensors: 2,
    scans: 4,
    probes: 800,
    targets: 210,
    services: [22, 23],
    kinds: ['host-sweep'],
    severity: 'critical',
    confidence: 99,
    foothold: true,
    inside: false,
    spoofable: false,
    first: time(-9e6),
    last: time(0),
    open: true,
    visits: 2,
    firstSeen: time(-9e8),
    text: '3 hosts of 203.0.113.0/24 are scanning at 2 branches.',
  },
};

export const incident: OutputEvent = {
  what: 'incident',
  key: 'incident/7#start',
  time: T0,
  stage: 'start',
  incident: {
    id: '7',
    site: 'berlin',
    sensor: 'tap-1',
    kind: 'blind',
    since: time(0),
    until: null,
    text: "sees no frames. Check the tap's cable.",
  },
};

export const test: OutputEvent = { what: 'test', key: 'test#1', time: T0 };

/** One of each kind that formats treat differently. */
export const manyEvents = (): OutputEvent[] => [
  scan(),
  scan({ stage: 'progress', targets: 64, probes: 99 }),
  scan({ stage: 'end' }),
  scan({
    source: '2001:db8::7',
    aggregate: true,
    protocol: 'tcp',
    services: [22, 23, 80],
    serviceCount: 900,
    kind: 'port-scan',
    severity: 'high',
  }),
  scan({ source: '2001:db8::7', protocol: 'icmp', services: [], serviceCount: 0, kind: 'icmp-sweep', tool: '' }),
  scan({
    source: '02:00:5e:10:00:07',
    protocol: 'arp',
    services: [],
    serviceCount: 0,
    kind: 'arp-sweep',
    direction: 'internal',
    technique: 'T1018',
    tool: '',
  }),
  scan({ source: '', sources: 40, kind: 'distributed-scan', technique: 'T1595.001' }),
  scan({ source: '', kind: 'arp-shadow', protocol: 'arp', services: [], serviceCount: 0, technique: '', tool: '' }),
  scan({ kind: 'foothold', severity: 'critical', technique: 'T1190', answered: 3 }),
  scan({ kind: 'brute-force', severity: 'high', technique: 'T1110' }),
  scan({ kind: 'flood', technique: 'T1498', verdict: 'notice', source: '' }),
  scan({
    kind: 'digest',
    verdict: 'notice',
    source: '',
    protocol: '',
    direction: '',
    technique: '',
    tool: '',
    services: [],
    serviceCount: 0,
  }),
  scan({ kind: 'sctp-scan', protocol: 'sctp', direction: 'outbound', technique: 'T1046' }),
  scan({ protocol: 'wifi', kind: 'encrypted-sweep', source: '02:00:5e:10:00:07', services: [] }),
  scan({ kind: 'whisper', stage: 'whisper', severity: 'low', verdict: 'notice' }),
  conviction,
  campaign,
  incident,
  test,
];

export const manyFindings = (page = 'https://blockwatch.example'): Finding[] =>
  manyEvents().map((event) => findingOf(event, page));

/** Texts that an attacker could get into a finding. */
export const hostileTexts = [
  'a|b',
  'a\\b',
  'a=b',
  'a"b',
  'a]b',
  '[x y="z"]',
  'line\nbreak',
  'line\r\nbreak',
  '\u0000\u001b[2J\u0007',
  '\u2028\u202e',
  '<img src=x>',
  '<165>1 - - - - - -',
  '=1+1',
  'ünïcödé 字 \u{1f600}',
];

export const hostile = (text: string): Finding => ({
  ...finding(),
  uid: text,
  key: text,
  name: text,
  text,
  advice: text,
  site: text,
  sensor: text,
  sites: [text],
  source: text,
  link: text,
});
