/** ArcSight's Common Event Format, revision 25, behind an RFC 5424 header. */
import type { Direction, Severity } from '../../../../src/protocol/record.js';
import { productVersion } from '../../../common/paths.js';
import type { Finding } from '../model/finding.js';
import { familyOf, portsOf, printable, tactics } from '../model/finding.js';
import type { SyslogOptions } from './syslog.js';
import { syslogHeader } from './syslog.js';

/** 0..10 */
const severities: Record<Severity, number> = { low: 3, medium: 5, high: 8, critical: 10 };
/** 0 inbound, 1 outbound; internal scans have no direction. */
const directions: Partial<Record<Direction, number>> = { inbound: 0, outbound: 1 };

export function cef(finding: Finding): string {
  const head = [
    'Blockwatch',
    'Blockwatch',
    productVersion(),
    String(finding.rule),
    finding.name,
    String(severities[finding.severity]),
  ];
  return `CEF:0|${head.map(headerField).join('|')}|${extension(finding)}`;
}

/** Prefixes the header that syslog receivers expect. */
export const cefOverSyslog = (finding: Finding, options: SyslogOptions): string =>
  `${syslogHeader(finding, options)} - ${cef(finding)}`;

function extension(finding: Finding): string {
  const family = familyOf(finding.source);
  const ports = portsOf(finding);
  const ms = (iso: string): number => Date.parse(iso);
  const parts: [string, string | number][] = [
    ['rt', ms(finding.time)],
    ['start', ms(finding.first)],
    ['end', ms(finding.last)],
    ['externalId', finding.uid],
    ['cat', finding.what],
    ['act', finding.stage],
    ['msg', finding.text],
  ];
  if (finding.site) parts.push(['deviceExternalId', `${finding.site}/${finding.sensor}`]);
  // In revision 25 `src` is IPv4 only; IPv6 has custom fields.
  if (family === 'ipv4') parts.push(['src', finding.source]);
  if (family === 'ipv6') parts.push(['c6a2', finding.source], ['c6a2Label', 'Source IPv6 Address']);
  if (family === 'mac') parts.push(['smac', finding.source]);
  if (finding.protocol) parts.push(['proto', finding.protocol.toUpperCase()]);
  if (ports.length === 1 && finding.serviceCount === 1) parts.push(['dpt', ports[0] as number]);
  const direction = directions[finding.direction];
  if (direction !== undefined) parts.push(['deviceDirection', direction]);
  if (finding.probes > 0)
    parts.push(
      ['cnt', finding.probes],
      ['cn1', finding.targets],
      ['cn1Label', 'Targets'],
      ['cn2', finding.answered],
      ['cn2Label', 'Answered'],
    );
  parts.push(['cn3', finding.confidence], ['cn3Label', 'Confidence']);
  if (finding.technique)
    parts.push(
      ['cs1', finding.technique],
      ['cs1Label', 'ATT&CK technique'],
      ['cs2', tactics[finding.technique].id],
      ['cs2Label', 'ATT&CK tactic'],
    );
  if (finding.tool) parts.push(['cs3', finding.tool], ['cs3Label', 'Tool']);
  if (finding.sites.length > 0) parts.push(['cs4', finding.sites.join(',')], ['cs4Label', 'Sites']);
  if (ports.length > 0) parts.push(['cs5', ports.join(',')], ['cs5Label', 'Ports']);
  parts.push(['cs6', finding.key], ['cs6Label', 'Message key']);
  if (finding.evidence > 0) parts.push(['cfp1', finding.evidence.toFixed(2)], ['cfp1Label', 'Evidence in nats']);
  if (finding.link) parts.push(['requestUrl', finding.link]);
  return parts.map(([key, value]) => `${key}=${extensionValue(String(value))}`).join(' ');
}

/** Escapes pipes, which end a field, and removes line breaks, which end the message. */
export const headerField = (text: string): string => printable(text).replace(/[\\|]/g, '\\$&');

/** Escapes equals signs, which start a new field. Line breaks become `\n`. */
export const extensionValue = (text: string): string =>
  text
    .split(/\r\n|\r|\n/)
    .map((line) => printable(line).replace(/[\\=]/g, '\\$&'))
    .join('\\n');
