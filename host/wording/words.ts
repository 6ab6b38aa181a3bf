/** Scans as plain language. Pure: the same words serve the page's sections, its live announcements and the tests. */

import type { Direction, Kind, Severity, Stage, Technique, Tool } from '../../src/protocol/record.js';
import type { AllowEntry, Output, Scan, Sensor, SensorNote, SensorState } from '../api/types.js';
import { count, day, listed, plural, shortTime } from './format.js';
import { serviceName } from './services.js';

/** A piece of a sentence; `mark` says how to set it. */
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
  whisper: 'Whisper',
  'distributed-scan': 'Distributed scan',
  'service-probe': 'Service probing',
  'brute-force': 'Brute force',
  foothold: 'Foothold',
  'new-talker': 'New talker',
  'watch-hit': 'Watch-list hit',
  'arp-shadow': 'ARP shadow',
  flood: 'Flood',
  'encrypted-sweep': 'WiFi sweep',
  knocks: 'Knocks',
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
  inbound: 'from outside',
  internal: 'inside',
  outbound: 'to outside',
  transit: 'passing through',
};

export const stageNames: Record<Stage, string> = {
  start: 'Noticed',
  progress: 'Goes on',
  end: 'Ended',
  whisper: 'Whisper',
};

export const toolNames: Record<Tool, string> = {
  '': '',
  masscan: 'masscan',
  zmap: 'ZMap',
  nmap: 'Nmap',
  mirai: 'Mirai',
  'raw-syn': 'hand-made packets',
};

export const toolReasons: Record<Tool, string> = {
  '': '',
  masscan: 'masscan computes the IP identification from the target and the port; these packets fit its formula.',
  zmap: 'ZMap sends headers that no operating system sends; these packets carry them.',
  nmap: 'The window and the options of these packets are the ones Nmap uses for its SYN scan.',
  mirai: 'The Mirai family sets the TCP sequence number to the address of the target; these packets do.',
  'raw-syn': 'These packets open a connection without a single TCP option; no operating system does that.',
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
  'wrong-clock': 'Its clock is wrong: the times of its scans are the collector’s. Check its time server.',
  'old-firmware': 'Its firmware is older than the fleet’s. Update it.',
  'losing-frames':
    'It loses frames: what it sees is not all there is. Its port or its computer is too slow for this traffic.',
};

const stateReasons: Record<SensorState, string> = {
  gone: 'The broker has lost it. Nobody watches this branch, as far as we can tell. Check its power and uplink.',
  blind: 'It reports, but its tap sees nothing, or loses most of it. Check the mirror port and the cable.',
  online: '',
  late: 'Its health report is overdue. It may be cut off; what it sees meanwhile is kept and sent later.',
  offline: 'It was stopped on purpose. This branch is not being watched until it is started again.',
  'never-seen': 'It is expected but has never reported. Check its broker address and its site and sensor names.',
};

const SILENT =
  'The broker still holds its line, but nothing has come from it for long. Restart it and look at its uplink.';

/** Why a sensor is in its state and what to do; empty while all is well. */
export function stateReason({ state, reason }: { state: SensorState; reason?: Sensor['reason'] }): string {
  return state === 'gone' && reason === 'silent' ? SILENT : stateReasons[state];
}

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;
/** RFC 1918, loopback, link-local; RFC 6598; RFC 4193 and RFC 4291 link-local. */
const PRIVATE_V4 = /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/;
const SHARED_V4 = /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./;
const PRIVATE_V6 = /^(f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i;

/** Does it come from a machine of ours? Sweeps of the own link always do. */
export const isInside = ({ direction, kind }: Pick<Scan, 'direction' | 'kind'>): boolean =>
  direction === 'internal' ||
  direction === 'outbound' ||
  kind === 'arp-sweep' ||
  kind === 'nd-sweep' ||
  kind === 'encrypted-sweep';

export const isMac = (address: string): boolean => MAC.test(address);
const isPrivate = (address: string): boolean =>
  [PRIVATE_V4, SHARED_V4, PRIVATE_V6].some((block) => block.test(address));

/** The source as a heading shows it: an IPv6 aggregate is a whole /64. */
export function sourceLabel(scan: Pick<Scan, 'source' | 'aggregate' | 'sources'>): string {
  if (!scan.source) return scan.sources > 1 ? plural(scan.sources, 'source') : 'unknown source';
  return scan.aggregate ? `${scan.source}/64` : scan.source;
}

/** `TCP 445 (SMB)`, `TCP 22 (SSH), 80 (HTTP) and 3 more`; empty where services say nothing. */
export function servicesPhrase(scan: Pick<Scan, 'services' | 'serviceCount' | 'protocol'>, most = 3): string {
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
  if (!scan.source) return [{ text: 'Someone whose address this sensor cannot see' }];
  if (isMac(scan.source)) return [{ text: 'The device ' }, source, { text: ' on your network' }];
  if (scan.direction === 'internal' || scan.direction === 'outbound') return [{ text: 'Your host ' }, source];
  const place =
    scan.direction !== 'inbound' ? '' : isPrivate(scan.source) ? ' outside your blocks' : ' on the internet';
  return [{ text: scan.aggregate ? 'A host in ' : 'The host ' }, source, { text: place }];
}

function addresses(scan: Scan): string {
  if (scan.direction === 'outbound') return `${plural(scan.targets, 'address', 'addresses')} outside`;
  if (scan.direction === 'transit') return `${plural(scan.targets, 'address', 'addresses')} that are not yours`;
  return scan.targets === 1 ? 'one of your addresses' : `${count(scan.targets)} of your addresses`;
}

function hosts(scan: Scan): string {
  if (scan.direction === 'outbound')
    return scan.targets <= 1 ? 'one host outside' : `${count(scan.targets)} hosts outside`;
  if (scan.direction === 'transit') return scan.targets <= 1 ? 'one host' : `${count(scan.targets)} hosts`;
  return scan.targets <= 1 ? 'one of your hosts' : `${count(scan.targets)} of your hosts`;
}

/** What it did, past tense; the numbers are set strong by `emphasise`. */
function deed(scan: Scan): string {
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
      return `asked by ARP for ${plural(scan.targets, 'address', 'addresses')} of its network`;
    case 'nd-sweep':
      return `asked by neighbour discovery for ${plural(scan.targets, 'IPv6 address', 'IPv6 addresses')}`;
    case 'udp-scan':
      return many > 3 && scan.targets <= 1
        ? `tried ${plural(many, 'UDP port')} on ${hosts(scan)}`
        : `probed ${addresses(scan)}${what}`;
    case 'stealth-scan':
      return `sent packets that belong to no connection to ${addresses(scan)}${what}`;
    case 'sctp-scan':
      return `probed ${addresses(scan)}${what || ' for SCTP'}`;
    case 'protocol-scan':
      return `tried ${plural(Math.max(1, many), 'IP protocol')} on ${hosts(scan)}`;
    case 'distributed-scan':
      return `shared a scan: together they probed ${addresses(scan)}${what}, each too few to be noticed alone`;
    case 'service-probe':
      return `talked with services on ${addresses(scan)}${what} to learn what runs there`;
    case 'brute-force':
      return `logged in again and again: ${plural(scan.probes, 'connection')}${services ? ` to ${services}` : ''} of ${hosts(scan)}`;
    case 'foothold':
      return `had scanned you, and ${scan.open ? 'is now moving' : 'then moved'} data with ${services || 'a service'} of ${hosts(scan)}`;
    case 'new-talker':
      return 'spoke for the first time since this sensor has listened';
    case 'watch-hit':
      return `is on the watch list and has come${services ? ` to ${services}` : ''}`;
    case 'arp-shadow':
      return `swept your network: the router asked for ${plural(scan.targets, 'address', 'addresses')} that ${scan.targets === 1 ? 'does' : 'do'} not exist`;
    case 'flood':
      return `sent ${plural(scan.probes, 'packet')}${what} all at once; most of the senders are probably forged`;
    case 'encrypted-sweep':
      return `asked for ${plural(scan.targets, 'address', 'addresses')} of the wireless network in a row, behind encryption`;
    case 'whisper':
      return `drew suspicion at ${addresses(scan)}, too little for this sensor alone to accuse it`;
    case 'knocks':
      return 'knocked once each, at addresses that do not exist or closed ports; told for other branches to compare';
    case 'digest':
      return '';
  }
}

/** What came of it, as a half-sentence; empty where nothing is known yet. */
export function outcome(scan: Pick<Scan, 'answered' | 'refused' | 'silent' | 'dark'>): string {
  const judged = scan.answered + scan.refused + scan.silent + scan.dark;
  if (!judged) return '';
  if (scan.answered) return `${count(scan.answered)} answered`;
  return scan.refused ? `none answered, ${count(scan.refused)} refused` : 'nothing answered';
}

/** One plain sentence of a scan, in pieces. */
export function sentence(scan: Scan): Piece[] {
  if (scan.kind === 'digest') {
    return [
      {
        text: `The sensor held back alerts to stay within its budget; this digest stands for them${
          scan.probes ? ` (${plural(scan.probes, 'probe')})` : ''
        }.`,
      },
    ];
  }
  const text = deed(scan);
  const result = outcome(scan);
  const pieces = subject(scan);
  pieces.push({ text: scan.open && scan.kind !== 'whisper' && scan.kind !== 'foothold' ? ' has ' : ' ' });
  // Only the first number is set strong: it is the one that says how big this is.
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

/** The headline while scans are open: one is told by its direction, several by their number. */
export function headline(open: readonly Scan[]): string {
  const [only] = open;
  if (open.length !== 1 || !only) {
    const sources = new Set(open.map((scan) => scan.source)).size;
    return `${plural(open.length, 'scan')} going on, from ${plural(sources, 'source')}`;
  }
  if (only.kind === 'foothold') return 'A scanner has got in';
  if (only.kind === 'brute-force') return 'Somebody is guessing passwords';
  if (only.kind === 'flood') return 'You are being flooded';
  if (only.direction === 'outbound') return 'A machine of yours is scanning others';
  if (only.direction === 'internal') return 'A scan from inside your network';
  return only.direction === 'transit' ? 'A scan is passing through' : 'You are being scanned';
}

/** The sentence as one string. */
export const plain = (pieces: readonly Piece[]): string => pieces.map((piece) => piece.text).join('');

/** How sure the sensor is, in two words. */
export function sureness(confidence: number): string {
  if (confidence >= 95) return 'almost certain';
  if (confidence >= 80) return 'very likely';
  if (confidence >= 60) return 'likely';
  return 'uncertain';
}

/** `3 sensors watching, 1 offline`: only the states that occur. */
export function watching(sensors: Partial<Record<SensorState, number>>): string {
  const parts: string[] = [];
  for (const [state, name] of [
    ['online', ''],
    ['late', 'late'],
    ['blind', 'blind'],
    ['gone', 'gone'],
    ['offline', 'offline'],
    ['never-seen', 'never seen'],
  ] as const) {
    const number = sensors[state] ?? 0;
    if (number) parts.push(name ? `${count(number)} ${name}` : `${plural(number, 'sensor')} watching`);
  }
  return parts.join(', ') || 'no sensor yet';
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** What an allow entry did: `held back 312 alerts since Monday`. */
export function effect(entry: Pick<AllowEntry, 'heldBack' | 'heldBackSince'>, at: number): string {
  if (!entry.heldBack || !entry.heldBackSince) return 'has held back nothing yet';
  const since = Date.parse(entry.heldBackSince);
  const word =
    at - since < 6 * 86_400_000 && day(entry.heldBackSince) !== day(new Date(at).toISOString())
      ? weekdays[new Date(since).getDay()]
      : shortTime(entry.heldBackSince, at);
  return `held back ${plural(entry.heldBack, 'alert')} since ${word}`;
}

/** The config in force, and the one that it is to have where that is another. */
export function configWords({ health, enrolment }: Sensor): string {
  const reported = health['configVersion'] ?? 0;
  const inForce = reported > 0 ? `version ${reported}` : 'none';
  if (!enrolment || enrolment.configState === 'none' || enrolment.configState === 'taken') return inForce;
  return `${inForce}, to be ${enrolment.configDesired}: ${enrolment.configState === 'refused' ? 'refused' : 'not taken yet'}`;
}

export function enrolledWords({ enrolment }: Sensor): string {
  if (!enrolment) return 'no';
  if (enrolment.renamed) return `goes on as ${enrolment.renamed}`;
  if (enrolment.revoked) return `revoked on ${enrolment.revoked.slice(0, 10)}`;
  return `since ${enrolment.since.slice(0, 10)}${enrolment.board ? `, ${enrolment.board}` : ''}`;
}

/** Why an output delivers nothing; empty where it does. */
export function outputTrouble({ state, lastError }: Pick<Output, 'state' | 'lastError'>): string {
  if (state === 'failing') return `It fails and is tried again${lastError ? `: ${lastError.replace(/\.$/, '')}` : ''}.`;
  return state === 'unattended' ? 'No collector that runs has it in its config.' : '';
}
