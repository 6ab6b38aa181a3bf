/**
 * The common model behind all formats: every kind of event as one structure. Sentences come from the page's wording, so
 * that a mail, a ticket and the page say the same.
 */

import type { Kind, ScanRecord, Severity, Technique } from '../../../../src/protocol/record.js';
import { kinds } from '../../../../src/protocol/record.js';
import type { IncidentKind, Scan } from '../../../api/types.js';
import { iso } from '../../../common/iso.js';
import { withoutControls } from '../../../common/printable.js';
import { nextStep } from '../../../wording/advice.js';
import { campaignHeadline, campaignStep, verdictSentence } from '../../../wording/fleet.js';
import { kindNames, plain, sentence } from '../../../wording/words.js';
import type { EventKind, OutputEvent } from '../../rules/event.js';
import { FLEET_DETECTION, SUSPICION_REPORT } from '../../rules/wire-names.js';

/** Members taken from the record. */
type FromRecord = Pick<
  ScanRecord,
  | 'aggregate'
  | 'sources'
  | 'direction'
  | 'protocol'
  | 'services'
  | 'serviceCount'
  | 'targets'
  | 'probes'
  | 'answered'
  | 'refused'
  | 'silent'
  | 'dark'
  | 'evidence'
  | 'confidence'
  | 'spoofable'
  | 'decoy'
  | 'tool'
  | 'technique'
  | 'severity'
>;

export interface Finding extends FromRecord {
  /** Permanent id of this message; receivers may drop repeats. */
  key: string;
  /** Permanent id of the subject: start, progress and end of a scan share it. */
  uid: string;
  what: EventKind;
  stage: 'start' | 'progress' | 'end';
  /** Stable number and name of the detection: rule id, class id, signature id. */
  rule: number;
  name: string;
  kind: Kind | '';
  /** One sentence, and the recommended action. */
  text: string;
  advice: string;
  /** ISO 8601 in UTC, with milliseconds. */
  time: string;
  first: string;
  last: string;
  /** Empty if several sensors report, or none. */
  site: string;
  sensor: string;
  sites: string[];
  sensors: number;
  /** IPv4, IPv6 or MAC address; empty if unknown or if there are several. */
  source: string;
  /** Link to the page; empty if its URL is not configured. */
  link: string;
}

/** Rule numbers: scans use their kind's wire number, which is stable; the others are fixed here. */
const RULE_BASE = 1_595_000;
const RULE_FLEET_DETECTION = RULE_BASE + 100;
const RULE_CAMPAIGN = RULE_BASE + 101;
const RULE_INCIDENT = RULE_BASE + 102;
const RULE_TEST = RULE_BASE + 999;

const nothing = {
  kind: '',
  site: '',
  sensor: '',
  sites: [] as string[],
  sensors: 0,
  source: '',
  aggregate: false,
  sources: 0,
  direction: '',
  protocol: '',
  services: [] as number[],
  serviceCount: 0,
  targets: 0,
  probes: 0,
  answered: 0,
  refused: 0,
  silent: 0,
  dark: 0,
  evidence: 0,
  spoofable: false,
  decoy: false,
  tool: '',
  technique: '',
} as const;

const troubles: Record<IncidentKind, { name: string; severity: Severity }> = {
  gone: { name: 'Sensor gone', severity: 'high' },
  blind: { name: 'Sensor blind', severity: 'high' },
  trap: { name: 'Sensor with an engine fault', severity: 'medium' },
  late: { name: 'Sensor late', severity: 'low' },
  'never-seen': { name: 'Sensor never seen', severity: 'medium' },
  'wrong-clock': { name: 'Sensor with a wrong clock', severity: 'low' },
  'old-firmware': { name: 'Sensor with old firmware', severity: 'low' },
  twin: { name: 'Two sensors of one name', severity: 'medium' },
};

/**
 * @param page the page's URL without a trailing slash, such as `https://blockwatch.example`; empty if not configured
 */
export function findingOf(event: OutputEvent, page = ''): Finding {
  const link = (hash: string): string => (page ? `${page}/${hash}` : '');
  const base = { key: event.key, what: event.what, time: iso(event.time) };
  switch (event.what) {
    case 'scan':
    case SUSPICION_REPORT:
      return {
        ...base,
        ...ofScan(event.scan),
        link: link(`#/scan/${event.scan.id.split('/').map(encodeURIComponent).join('/')}`),
      };
    case FLEET_DETECTION: {
      const { verdict } = event;
      return {
        ...nothing,
        ...base,
        uid: `conviction/${verdict.source}`,
        stage: 'start',
        rule: RULE_FLEET_DETECTION,
        name: 'Scanner that only the fleet sees',
        severity: 'high',
        text: `${verdict.source} scans: ${verdictSentence(verdict)}`,
        advice: 'Block it at the edge of every site: no single site would have detected it.',
        confidence: 99,
        first: verdict.first,
        last: verdict.last,
        sites: verdict.sites,
        sensors: verdict.sensors,
        source: verdict.source,
        sources: 1,
        direction: 'inbound',
        probes: verdict.probes,
        evidence: verdict.evidence,
        technique: 'T1595.001',
        link: link(`#/source/${encodeURIComponent(verdict.source)}`),
      };
    }
    case 'campaign': {
      const { campaign } = event;
      const [only] = campaign.sources;
      return {
        ...nothing,
        ...base,
        uid: `campaign/${campaign.id}`,
        stage: event.first ? 'start' : 'progress',
        rule: RULE_CAMPAIGN,
        name: campaign.foothold ? 'Campaign with a foothold' : 'Campaign',
        severity: campaign.severity,
        confidence: campaign.confidence,
        text: `${campaignHeadline({ ...campaign, timeline: [] })}. ${campaign.text}`,
        advice: campaignStep({ ...campaign, timeline: [] }),
        first: campaign.first,
        last: campaign.last,
        sites: campaign.sites,
        sensors: campaign.sensors,
        source: campaign.sourceCount === 1 ? (only ?? '') : '',
        sources: campaign.sourceCount,
        services: campaign.services.slice(0, 8),
        serviceCount: campaign.services.length,
        targets: campaign.targets,
        probes: campaign.probes,
        technique: 'T1595.001',
        link: link(`#/campaign/${encodeURIComponent(campaign.id)}`),
      };
    }
    case 'incident': {
      const { incident, stage } = event;
      return {
        ...nothing,
        ...base,
        uid: `incident/${incident.id}`,
        stage,
        rule: RULE_INCIDENT,
        name: troubles[incident.kind].name,
        severity: stage === 'end' ? 'low' : troubles[incident.kind].severity,
        confidence: 100,
        text: `${incident.site}/${incident.sensor} ${incident.text}`,
        advice: stage === 'end' ? 'Resolved.' : 'Scans there may go undetected while this lasts.',
        first: incident.since,
        last: incident.until ?? incident.since,
        site: incident.site,
        sensor: incident.sensor,
        sites: [incident.site],
        sensors: 1,
        link: link('#/sensors'),
      };
    }
    case 'test':
      return {
        ...nothing,
        ...base,
        uid: event.key,
        stage: 'start',
        rule: RULE_TEST,
        name: 'Test',
        severity: 'low',
        confidence: 0,
        first: base.time,
        last: base.time,
        text: 'This is a test message from Blockwatch; nothing has happened.',
        advice: 'No action is needed.',
        link: '',
      };
  }
}

function ofScan(scan: Scan): Omit<Finding, 'key' | 'what' | 'time' | 'link'> {
  const {
    site,
    sensor,
    stage,
    kind,
    severity,
    confidence,
    first,
    last,
    source,
    aggregate,
    sources,
    direction,
    protocol,
    services,
    serviceCount,
    targets,
    probes,
    answered,
    refused,
    silent,
    dark,
    evidence,
    spoofable,
    decoy,
    tool,
    technique,
  } = scan;
  return {
    uid: scan.id,
    stage: stage === SUSPICION_REPORT ? 'progress' : stage,
    rule: RULE_BASE + kinds.indexOf(kind),
    name: kindNames[kind],
    text: plain(sentence(scan)),
    advice: nextStep(scan),
    sites: [site],
    sensors: 1,
    site,
    sensor,
    kind,
    severity,
    confidence,
    first,
    last,
    source,
    aggregate,
    sources,
    direction,
    protocol,
    services,
    serviceCount,
    targets,
    probes,
    answered,
    refused,
    silent,
    dark,
    evidence,
    spoofable,
    decoy,
    tool,
    technique,
  };
}

/** ATT&CK Enterprise: the tactic of each technique. */
export const tactics: Record<Exclude<Technique, ''>, { id: string; name: string; slug: string }> = {
  'T1595.001': { id: 'TA0043', name: 'Reconnaissance', slug: 'reconnaissance' },
  'T1595.002': { id: 'TA0043', name: 'Reconnaissance', slug: 'reconnaissance' },
  T1046: { id: 'TA0007', name: 'Discovery', slug: 'discovery' },
  T1018: { id: 'TA0007', name: 'Discovery', slug: 'discovery' },
  T1110: { id: 'TA0006', name: 'Credential Access', slug: 'credential-access' },
  T1133: { id: 'TA0001', name: 'Initial Access', slug: 'initial-access' },
  T1190: { id: 'TA0001', name: 'Initial Access', slug: 'initial-access' },
  T1021: { id: 'TA0008', name: 'Lateral Movement', slug: 'lateral-movement' },
  T1498: { id: 'TA0040', name: 'Impact', slug: 'impact' },
};

/** Names of the parent techniques. */
export const parentNames: Record<string, string> = { T1595: 'Active Scanning' };

export type AddressFamily = 'ipv4' | 'ipv6' | 'mac' | '';

export function familyOf(source: string): AddressFamily {
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(source)) return 'mac';
  return source.includes(':') ? 'ipv6' : source.includes('.') ? 'ipv4' : '';
}

/** The ports among the services: only TCP, UDP and SCTP have ports; for others, such as ICMP, services are types. */
export const portsOf = ({ protocol, services }: Pick<Finding, 'protocol' | 'services'>): number[] =>
  protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp' ? services : [];

/** Replaces control characters, line separators and bidirectional controls with spaces. */
export const printable = (text: string): string => withoutControls(text, ' ');
