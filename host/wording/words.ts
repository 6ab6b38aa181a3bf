/** Scans in plain language. Pure: page, command line and outputs share these sentences. */

import type { Direction, Kind, Severity, Stage, Technique, Tool } from '../../src/protocol/record.js';
import type { AllowEntry, Output, Scan, Sensor, SensorNote, SensorState } from '../api/types.js';
import { count, day, listed, plural, shortTime } from './format.js';
import { serviceName } from './services.js';

/** A piece of a sentence; `mark` says how to style it. */
export interface Piece {
  text: string;
  mark?: 'address' | 'strong';
}

export const kindNames: Record<Kind, string> = {
  'host-sweep': 'Host sweep',
  'port-scan': 'Port scan',
  'block-scan': 'Block scan',
  'icmp-sweep': 'Ping sweep',
  'arp-sweep': 'ARP sweep',
  'udp-scan': 'UDP scan',
  'nd-sweep': 'IPv6 neighbour sweep',
  'stealth-scan': 'Stealth scan',
  'sctp-scan': 'SCTP scan',
  'protocol-scan': 'Protocol scan',
  digest: 'Digest',
  whisper: 'Suspicion report',
  'distributed-scan': 'Distributed scan',
  'service-probe': 'Service probing',
  'brute-force': 'Brute force',
  foothold: 'Foothold',
  'new-talker': 'New host',
  'watch-hit': 'Watch-list hit',
  'arp-shadow': 'ARP shadow',
  flood: 'Flood',
  'encrypted-sweep': 'WiFi sweep',
  knocks: 'First-contact failures',
};

export const severityNames: Record<Severity, string> = {
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
};
export const gravestFirst: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

export const directionNames: Record<Direction, string> = {
  '': 'direction unknown',
  inbound: 'inbound',
  internal: 'internal',
  outbound: 'outbound',
  transit: 'transit',
};

export const stageNames: Record<Stage, string> = {
  start: 'Started',
  progress: 'Ongoing',
  end: 'Ended',
  whisper: 'Suspicion',
};

export const toolNames: Record<Tool, string> = {
  '': '',
  masscan: 'masscan',
  zmap: 'ZMap',
  nmap: 'Nmap',
  mirai: 'Mirai',
  'raw-syn': 'raw packets',
  naabu: 'naabu',
  hping: 'hping',
};

export const toolReasons: Record<Tool, string> = {
  '': '',
  masscan: 'masscan derives the IP identification from target and port; these packets match its formula.',
  zmap: 'ZMap sends headers that no operating system sends; these packets have them.',
  nmap: 'These packets have the window size and TCP options of an Nmap SYN scan.',
  mirai: 'Mirai malware sets the TCP sequence number to the target address; so do these packets.',
  'raw-syn': 'These packets open a connection without TCP options, which no operating system does.',
  naabu: 'naabu counts its TCP sequence numbers from zero, and sends the options of an Nmap SYN scan.',
  hping: 'hping sends packets without TCP options and a window of 512 bytes, which no operating system does.',
};

export const techniqueNames: Record<Technique, string> = {
  '': '',
  'T1595.001': 'Scanning IP Blocks',
  'T1595.002': 'Vulnerability Scanning',
  T1046: 'Network Service Discovery',
  T1018: 'Remote System Discovery',
  T1110: 'Brute Force',
  T1133: 'External Remote Services',
  T1190: 'Exploit Public-Facing Application',
  T1021: 'Remote Services',
  T1498: 'Network Denial of Service',
};

/** Where MITRE explains the technique; empty for none. */
export function techniqueLink(technique: Technique): string {
  return technique ? `https://attack.mitre.org/techniques/${technique.replace('.', '/')}/` : '';
}

export const stateNames: Record<SensorState, string> = {
  online: 'Online',
  late: 'Late',
  gone: 'Gone',
  blind: 'Blind',
  offline: 'Offline',
  'never-seen': 'Never seen',
};

export const noteReasons: Record<SensorNote, string> = {
  'wrong-clock': 'Its clock is wrong, so the times of its scans are the collector’s. Check its time server.',
  'old-firmware': 'Its firmware is older than the rest of the fleet. Update it.',
  'losing-frames': 'It loses frames, so it may miss scans. Its port or its computer is too slow for this traffic.',
};

const stateReasons: Record<SensorState, string> = {
  gone: 'The broker has lost it, so this site is probably not monitored. Check its power and uplink.',
  blind:
    'It reports, but its tap sees no traffic, loses most of it, or cannot read it. Check the mirror port and the cable.',
  online: '',
  late: 'Its health report is overdue. It may be cut off; it stores what it sees and sends it later.',
  offline: 'It was stopped on purpose. This site is not monitored until it is started again.',
  'never-seen': 'It is expected but has never reported. Check its broker address and its site and sensor names.',
};

const SILENT =
  'It is still connected to the broker, but has sent nothing for a long time. Restart it and check its uplink.';

/** Why a sensor is in its state and what to do; empty while online. */
export function stateReason({ state, reason }: { state: SensorState; reason?: Sensor['reason'] }): string {
  return state === 'gone' && reason === 'silent' ? SILENT : stateReasons[state];
}

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;
/** RFC 1918, loopback, link-local; RFC 6598; RFC 4193 and RFC 4291 link-local. */
const PRIVATE_V4 = /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/;
const SHARED_V4 = /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./;
const PRIVATE_V6 = /^(f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i;

/** Whether an internal host is the source. Sweeps of the local link always are. */
export const isInside = ({ direction, kind }: Pick<Scan, 'direction' | 'kind'>): boolean =>
  direction === 'internal' ||
  direction === 'outbound' ||
  kind === 'arp-sweep' ||
  kind === 'nd-sweep' ||
  kind === 'encrypted-sweep';

export const isMac = (address: string): boolean => MAC.test(address);
const isPrivate = (address: string): boolean =>
  [PRIVATE_V4, SHARED_V4, PRIVATE_V6].some((block) => block.test(address));

/** The source as headings show it; an IPv6 aggregate is a whole /64. */
export function sourceLabel(scan: Pick<Scan, 'source' | 'aggregate' | 'sources'>): string {
  if (!scan.source) return scan.sources > 1 ? plural(scan.sources, 'source') : 'unknown source';
  return scan.aggregate ? `${scan.source}/64` : scan.source;
}

/** `TCP 445 (SMB)`, `TCP 22 (SSH), 80 (HTTP) and 3 more`; empty where the protocol has no services. */
export function servicesPhrase(scan: Pick<Scan, 'services' | 'serviceCount' | 'protocol'>, most = 3): string {
  // A scan that many sources share, each with services of its own.
  if (!scan.protocol && !scan.services.length && scan.serviceCount > 1) return `${count(scan.serviceCount)} services`;
  if (!scan.services.length || !['tcp', 'udp', 'sctp'].includes(scan.protocol)) return '';
  const shown = scan.services.slice(0, most).map((port) => {
    const name = serviceName(port, scan.protocol);
    return name ? `${port} (${name})` : String(port);
  });
  const rest = Math.max(scan.serviceCount, scan.services.length) - shown.length;
  if (rest > 0) shown.push(`${count(rest)} more`);
  return `${scan.protocol.toUpperCase()} ${listed(shown)}`;
}

function subject(scan: Scan): Piece[] {
  const source: Piece = { text: sourceLabel(scan), mark: 'address' };
  if (!scan.source && scan.sources > 1)
    return [{ text: `${count(scan.sources)} hosts`, mark: 'strong' }, { text: ' on the internet' }];
  if (!scan.source) return [{ text: 'An unknown source' }];
  if (isMac(scan.source)) return [{ text: 'The device ' }, source, { text: ' on your network' }];
  if (scan.direction === 'internal' || scan.direction === 'outbound') return [{ text: 'Your host ' }, source];
  const place =
    scan.direction !== 'inbound' ? '' : isPrivate(scan.source) ? ' outside your blocks' : ' on the internet';
  return [{ text: scan.aggregate ? 'A host in ' : 'The host ' }, source, { text: place }];
}

function addresses(scan: Scan): string {
  if (scan.direction === 'outbound') return plural(scan.targets, 'external address', 'external addresses');
  if (scan.direction === 'transit') return `${plural(scan.targets, 'address', 'addresses')} that are not yours`;
  return scan.targets === 1 ? 'one of your addresses' : `${count(scan.targets)} of your addresses`;
}

function hosts(scan: Scan): string {
  if (scan.direction === 'outbound')
    return scan.targets <= 1 ? 'one external host' : `${count(scan.targets)} external hosts`;
  if (scan.direction === 'transit') return scan.targets <= 1 ? 'one host' : `${count(scan.targets)} hosts`;
  return scan.targets <= 1 ? 'one of your hosts' : `${count(scan.targets)} of your hosts`;
}

/** What the source did, in the past tense. */
function actionPhrase(scan: Scan): string {
  const protocol = scan.protocol.toUpperCase();
  const many = Math.max(scan.serviceCount, scan.services.length);
  const services = servicesPhrase(scan);
  const what = services ? ` for ${services}` : '';
  switch (scan.kind) {
    case 'host-sweep':
      return `probed ${addresses(scan)}${what}`;
    case 'port-scan':
      return `tried ${plural(many, `${protocol} port`.trim())} on ${hosts(scan)}`;
    case 'block-scan':
      return `tried ${plural(many, `${protocol} port`.trim())} on ${addresses(scan)}`;
    case 'icmp-sweep':
      return `pinged ${addresses(scan)}`;
    case 'arp-sweep':
      return `sent ARP requests for ${plural(scan.targets, 'address', 'addresses')} on its subnet`;
    case 'nd-sweep':
      return `sent neighbour solicitations for ${plural(scan.targets, 'IPv6 address', 'IPv6 addresses')}`;
    case 'udp-scan':
      return many > 3 && scan.targets <= 1
        ? `tried ${plural(many, 'UDP port')} on ${hosts(scan)}`
        : `probed ${addresses(scan)}${what}`;
    case 'stealth-scan':
      return `probed ${addresses(scan)}${what} with packets that belong to no connection`;
    case 'sctp-scan':
      return `probed ${addresses(scan)}${what || ' for SCTP'}`;
    case 'protocol-scan':
      return `tried ${plural(Math.max(1, many), 'IP protocol')} on ${hosts(scan)}`;
    case 'distributed-scan':
      return `shared one scan: together they probed ${addresses(scan)}${what}, each too few to be detected alone`;
    case 'service-probe':
      return `connected to ${services || 'services'} on ${addresses(scan)} to learn what runs there`;
    case 'brute-force':
      return `tried to log in repeatedly: ${plural(scan.probes, 'connection')} to ${services ? `${services} on ` : ''}${hosts(scan)}`;
    case 'foothold':
      return `scanned you and ${scan.open ? 'is now exchanging' : 'then exchanged'} data ${services ? `over ${services} with` : 'with a service on'} ${hosts(scan)}`;
    case 'new-talker':
      return 'sent traffic for the first time since this sensor started';
    case 'watch-hit':
      return `is on the watch list and made contact${services ? ` with ${services}` : ''}`;
    case 'arp-shadow':
      return `swept your network: the router sent ARP requests for ${plural(scan.targets, 'unused address', 'unused addresses')}`;
    case 'flood':
      return `sent ${plural(scan.probes, 'packet')}${services ? ` to ${services}` : ''} at once; most source addresses are probably spoofed`;
    case 'encrypted-sweep':
      return `swept ${plural(scan.targets, 'address', 'addresses')} of the wireless network in encrypted frames`;
    case 'whisper':
      return `raised suspicion at ${addresses(scan)}, too little evidence for an alert by this sensor alone`;
    case 'knocks':
      return 'each sent one probe to an unused address or closed port; reported so that sites can be compared';
    case 'digest':
      return '';
  }
}

/** The outcome as a half-sentence; empty while nothing is known. */
export function outcome(scan: Pick<Scan, 'answered' | 'refused' | 'silent' | 'dark'>): string {
  const judged = scan.answered + scan.refused + scan.silent + scan.dark;
  if (!judged) return '';
  if (scan.answered) return `${count(scan.answered)} answered`;
  return scan.refused ? `none answered, ${count(scan.refused)} refused` : 'nothing answered';
}

/** Kinds whose sentence stays in the past tense while the scan is active. */
const inPast: ReadonlySet<Kind> = new Set(['whisper', 'foothold', 'watch-hit']);

/** A scan in one plain sentence, in pieces. */
export function sentence(scan: Scan): Piece[] {
  if (scan.kind === 'digest') {
    return [
      {
        text: `The sensor reached its alert limit; this digest stands for the alerts it did not send${
          scan.probes ? ` (${count(scan.probes)})` : ''
        }.`,
      },
    ];
  }
  const text = actionPhrase(scan);
  // A foothold exchanged data: that no probe was answered would contradict it.
  const result = scan.kind === 'foothold' && !scan.answered ? '' : outcome(scan);
  const pieces = subject(scan);
  const has = !scan.source && scan.sources > 1 ? ' have ' : ' has ';
  pieces.push({ text: scan.open && !inPast.has(scan.kind) ? has : ' ' });
  // Only the first number is set strong: it says how big the scan is.
  const match = /^(.*?)((?:[\d,.]+(?: [kMG](?= ))?|one)(?= ))(.*)$/.exec(text);
  if (match)
    pieces.push(
      { text: match[1] as string },
      { text: match[2] as string, mark: 'strong' },
      { text: match[3] as string },
    );
  else pieces.push({ text });
  pieces.push({ text: result ? `; ${result}.` : '.' });
  return pieces.filter((piece) => piece.text !== '');
}

/** The headline while scans are active: one scan by its direction, several by their number. */
export function headline(open: readonly Scan[]): string {
  const [only] = open;
  if (open.length !== 1 || !only) {
    const sources = new Set(open.map((scan) => scan.source)).size;
    return `${plural(open.length, 'active scan')} from ${plural(sources, 'source')}`;
  }
  if (only.kind === 'foothold') return 'A scanner has got in';
  if (only.kind === 'brute-force') return 'Somebody is guessing passwords';
  if (only.kind === 'flood') return 'You are being flooded';
  if (only.direction === 'outbound') return 'One of your hosts is scanning others';
  if (only.direction === 'internal') return 'A scan from inside your network';
  return only.direction === 'transit' ? 'A scan is passing through' : 'You are being scanned';
}

/** The sentence as one string. */
export const plain = (pieces: readonly Piece[]): string => pieces.map((piece) => piece.text).join('');

/** The confidence in words. @param confidence in percent */
export function confidenceLabel(confidence: number): string {
  if (confidence >= 95) return 'almost certain';
  if (confidence >= 80) return 'very likely';
  if (confidence >= 60) return 'likely';
  return 'uncertain';
}

/** `3 sensors online, 1 late`: only the states that occur. */
export function sensorSummary(sensors: Partial<Record<SensorState, number>>): string {
  const parts: string[] = [];
  for (const [state, name] of [
    ['online', 'online'],
    ['late', 'late'],
    ['blind', 'without traffic'],
    ['gone', 'gone'],
    ['offline', 'offline'],
    ['never-seen', 'never seen'],
  ] as const) {
    const number = sensors[state] ?? 0;
    if (number) parts.push(`${parts.length ? count(number) : plural(number, 'sensor')} ${name}`);
  }
  return parts.join(', ') || 'no sensor yet';
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** What an exception did: `suppressed 312 alerts since Monday`. */
export function exceptionEffect(entry: Pick<AllowEntry, 'heldBack' | 'heldBackSince'>, at: number): string {
  if (!entry.heldBack || !entry.heldBackSince) return 'no alerts suppressed yet';
  const since = Date.parse(entry.heldBackSince);
  const word =
    at - since < 6 * 86_400_000 && day(entry.heldBackSince) !== day(new Date(at).toISOString())
      ? weekdays[new Date(since).getDay()]
      : shortTime(entry.heldBackSince, at);
  return `suppressed ${plural(entry.heldBack, 'alert')} since ${word}`;
}

/** The config in force, and the desired version where it differs. */
export function configWords({ health, enrolment }: Sensor): string {
  const reported = health['configVersion'] ?? 0;
  const inForce = reported > 0 ? `version ${reported}` : 'none';
  if (!enrolment || enrolment.configState === 'none' || enrolment.configState === 'taken') return inForce;
  return `${inForce} (${enrolment.configDesired} ${enrolment.configState === 'refused' ? 'refused' : 'pending'})`;
}

export function enrolledWords({ enrolment }: Sensor): string {
  if (!enrolment) return 'no';
  if (enrolment.renamed) return `renamed to ${enrolment.renamed}`;
  if (enrolment.revoked) return `revoked on ${enrolment.revoked.slice(0, 10)}`;
  return `since ${enrolment.since.slice(0, 10)}${enrolment.board ? `, ${enrolment.board}` : ''}`;
}

/** Why an output delivers nothing; empty while it does. */
export function outputTrouble({ state, lastError }: Pick<Output, 'state' | 'lastError'>): string {
  if (state === 'failing')
    return `Delivery fails and is retried${lastError ? `: ${lastError.replace(/\.$/, '')}` : ''}.`;
  return state === 'unattended' ? 'No running collector has this output in its config.' : '';
}
