/** Syslog, RFC 5424: header, structured data for programs, and a sentence for people. */

import type { Severity } from '../../../../src/protocol/record.js';
import type { Facility } from '../model/facility.js';
import { facilities } from '../model/facility.js';
import type { Finding } from '../model/finding.js';
import { portsOf, printable } from '../model/finding.js';

/** RFC 5424, table 2: critical, error, warning, notice. */
const severities: Record<Severity, number> = { critical: 2, high: 3, medium: 4, low: 5 };

/** RFC 5612 reserves this enterprise number for documentation; Blockwatch has none of its own. */
const SD_ID = 'blockwatch@32473';

export interface SyslogOptions {
  facility: Facility;
  /** Name of this machine. */
  hostname: string;
}

export function syslog(finding: Finding, options: SyslogOptions): string {
  return `${syslogHeader(finding, options)} ${structuredData(finding)} ${message(finding.text)}`;
}

/** The header up to and including MSGID (RFC 5424, section 6.2). */
export function syslogHeader(finding: Finding, { facility, hostname }: SyslogOptions): string {
  const priority = facilities.indexOf(facility) * 8 + severities[finding.severity];
  return `<${priority}>1 ${finding.time} ${name(hostname, 255)} blockwatch - ${name(finding.kind || finding.what, 32)}`;
}

/** PRINTUSASCII, truncated to `most` characters; `-` if empty. */
const name = (text: string, most: number): string => text.replace(/[^\x21-\x7e]/g, '').slice(0, most) || '-';

/** Non-ASCII text starts with a byte order mark (section 6.4). */
function message(text: string): string {
  const clean = printable(text);
  return /^[\x20-\x7e]*$/.test(clean) ? clean : `\ufeff${clean}`;
}

function structuredData(finding: Finding): string {
  const ports = portsOf(finding);
  const parameters: Record<string, string | number | boolean> = {
    key: finding.key,
    uid: finding.uid,
    stage: finding.stage,
    rule: finding.rule,
    severity: finding.severity,
    confidence: finding.confidence,
    first: finding.first,
    last: finding.last,
    ...(finding.site ? { site: finding.site, sensor: finding.sensor } : {}),
    ...(finding.sites.length > 1 ? { sites: finding.sites.join(',') } : {}),
    ...(finding.source ? { src: finding.aggregate ? `${finding.source}/64` : finding.source } : {}),
    ...(finding.direction ? { direction: finding.direction } : {}),
    ...(finding.protocol ? { proto: finding.protocol } : {}),
    ...(ports.length > 0 ? { ports: ports.join(',') } : {}),
    ...(finding.probes > 0
      ? {
          targets: finding.targets,
          probes: finding.probes,
          answered: finding.answered,
          evidence: finding.evidence.toFixed(2),
          spoofable: finding.spoofable,
        }
      : {}),
    ...(finding.tool ? { tool: finding.tool } : {}),
    ...(finding.technique ? { technique: finding.technique } : {}),
    ...(finding.link ? { link: finding.link } : {}),
  };
  return `[${SD_ID} ${Object.entries(parameters)
    .map(([key, value]) => `${key}="${parameterValue(String(value))}"`)
    .join(' ')}]`;
}

/** Escapes `"`, `\` and `]` (section 6.3.3). */
export const parameterValue = (text: string): string => printable(text).replace(/["\\\]]/g, '\\$&');
