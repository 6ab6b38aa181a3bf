/**
 * Suricata EVE JSON, `alert` events (etc/schema.json of Suricata 8.0). The schema allows no extra members, so fields
 * specific to Blockwatch are in `alert.metadata`, a map of string lists like rule metadata.
 */
import { createHash } from 'node:crypto';
import type { Protocol, Severity } from '../../../../src/protocol/record.js';
import { techniqueNames } from '../../../wording/words.js';
import type { Finding } from '../model/finding.js';
import { familyOf, portsOf, tactics } from '../model/finding.js';

/** Suricata priority: 1 is the most severe. */
const priority: Record<Severity, number> = { critical: 1, high: 1, medium: 2, low: 3 };
/** The terms of the Emerging Threats rules. */
const signatureSeverity: Record<Severity, string> = {
  critical: 'Critical',
  high: 'Major',
  medium: 'Minor',
  low: 'Informational',
};
const protocolNames: Partial<Record<Protocol, string>> = {
  tcp: 'TCP',
  udp: 'UDP',
  sctp: 'SCTP',
  icmp: 'ICMP',
  nd: 'IPv6-ICMP',
};

export function eve(finding: Finding): object {
  const family = familyOf(finding.source);
  const ports = portsOf(finding);
  const proto = finding.protocol === 'icmp' && family === 'ipv6' ? 'IPv6-ICMP' : protocolNames[finding.protocol];
  return {
    timestamp: finding.time.replace('Z', '000+0000'),
    flow_id: flowId(finding.uid),
    event_type: 'alert',
    ...(finding.site ? { host: `${finding.site}/${finding.sensor}` } : {}),
    ...(family === 'ipv4' || family === 'ipv6' ? { src_ip: finding.source, ip_v: family === 'ipv4' ? 4 : 6 } : {}),
    ...(family === 'mac' ? { ether: { src_mac: finding.source } } : {}),
    // The target address is one of many; the port is known if the scan probes one service.
    ...(ports.length === 1 && finding.serviceCount === 1 ? { dest_port: ports[0] } : {}),
    ...(proto === undefined ? {} : { proto }),
    alert: {
      action: 'allowed',
      gid: 1,
      signature_id: finding.rule,
      rev: 1,
      signature: `BLOCKWATCH ${finding.name}`,
      category:
        finding.what === 'incident' || finding.what === 'test' ? 'Misc activity' : 'Detection of a Network Scan',
      severity: priority[finding.severity],
      metadata: metadata(finding, ports),
      ...(finding.link ? { references: [finding.link] } : {}),
    },
  };
}

/** The same id for all messages of an incident: 53 bits, so that JSON parsers with doubles preserve it. */
function flowId(uid: string): number {
  return Number(createHash('sha256').update(uid).digest().readBigUInt64BE() >> 11n);
}

function metadata(finding: Finding, ports: number[]): Record<string, string[]> {
  const { technique } = finding;
  const parts: Record<string, (string | number)[]> = {
    signature_severity: [signatureSeverity[finding.severity]],
    tag: [finding.what, finding.stage],
    confidence: [finding.confidence >= 80 ? 'High' : finding.confidence >= 60 ? 'Medium' : 'Low'],
    blockwatch_key: [finding.key],
    blockwatch_uid: [finding.uid],
    blockwatch_text: [finding.text],
    blockwatch_first: [finding.first],
    blockwatch_last: [finding.last],
    blockwatch_sites: finding.sites,
    blockwatch_confidence: [finding.confidence],
  };
  if (technique) {
    Object.assign(parts, {
      mitre_technique_id: [technique],
      mitre_technique_name: [techniqueNames[technique].replace(/ /g, '_')],
      mitre_tactic_id: [tactics[technique].id],
      mitre_tactic_name: [tactics[technique].name.replace(/ /g, '_')],
    });
  }
  if (finding.kind) parts['blockwatch_kind'] = [finding.kind];
  if (finding.direction) parts['blockwatch_direction'] = [finding.direction];
  if (finding.tool) parts['blockwatch_tool'] = [finding.tool];
  if (ports.length > 0) parts['blockwatch_ports'] = ports;
  if (finding.probes > 0) {
    for (const name of ['targets', 'probes', 'sources', 'answered', 'refused', 'silent', 'dark'] as const)
      parts[`blockwatch_${name}`] = [finding[name]];
    parts['blockwatch_evidence'] = [finding.evidence.toFixed(2)];
    parts['blockwatch_spoofable'] = [String(finding.spoofable)];
  }
  return Object.fromEntries(
    Object.entries(parts)
      .filter(([, list]) => list.length > 0)
      .map(([name, list]) => [name, list.map(String)]),
  );
}
