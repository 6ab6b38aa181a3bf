/**
 * Elastic Common Schema 9.3, one document per message. Fields specific to Blockwatch are under `blockwatch`, as ECS
 * recommends for custom fields.
 */
import type { Direction, Severity } from '../../../../src/protocol/record.js';
import { productVersion } from '../../../common/paths.js';
import { techniqueLink, techniqueNames } from '../../../wording/words.js';
import type { Finding } from '../model/finding.js';
import { familyOf, parentNames, portsOf, tactics } from '../model/finding.js';

export const ECS_VERSION = '9.3.0';

/** The risk scores of Elastic's own rules. */
const scores: Record<Severity, number> = { low: 21, medium: 47, high: 73, critical: 99 };
const directions: Record<Direction, string> = {
  '': 'unknown',
  inbound: 'inbound',
  outbound: 'outbound',
  internal: 'internal',
  transit: 'external',
};
const rank: Record<Severity, number> = { low: 1, medium: 2, high: 3, critical: 4 };

export function ecs(finding: Finding): object {
  const trouble = finding.what === 'incident' || finding.what === 'test';
  return {
    '@timestamp': finding.time,
    message: finding.text,
    ecs: { version: ECS_VERSION },
    tags: ['blockwatch'],
    event: {
      id: finding.key,
      kind: 'alert',
      category: trouble ? ['host'] : ['intrusion_detection', 'network'],
      type: finding.stage === 'progress' ? ['info'] : ['info', finding.stage],
      action: `${finding.what}-${finding.stage}`,
      code: String(finding.rule),
      module: 'blockwatch',
      dataset: 'blockwatch.alert',
      provider: 'blockwatch',
      reason: finding.text,
      severity: rank[finding.severity],
      risk_score: scores[finding.severity],
      start: finding.first,
      ...(finding.stage === 'end' ? { end: finding.last } : {}),
      ...(finding.link ? { url: finding.link } : {}),
    },
    rule: { id: String(finding.rule), name: finding.name, category: finding.what, ruleset: 'blockwatch', version: '1' },
    ...(trouble ? {} : { network: network(finding), ...threat(finding) }),
    ...endpoints(finding),
    observer: {
      vendor: 'Blockwatch',
      product: 'Blockwatch',
      type: 'sensor',
      version: productVersion(),
      ...(finding.sensor ? { name: `${finding.site}/${finding.sensor}`, geo: { name: finding.site } } : {}),
    },
    blockwatch: own(finding),
  };
}

function network(finding: Finding): object {
  const family = familyOf(finding.source);
  const { protocol } = finding;
  const transport =
    protocol === 'icmp'
      ? family === 'ipv6'
        ? 'ipv6-icmp'
        : 'icmp'
      : protocol === 'nd'
        ? 'ipv6-icmp'
        : protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp'
          ? protocol
          : '';
  return {
    direction: directions[finding.direction],
    ...(transport ? { transport } : {}),
    ...(protocol === 'arp' ? { type: 'arp' } : family === 'ipv4' || family === 'ipv6' ? { type: family } : {}),
  };
}

function endpoints(finding: Finding): object {
  const family = familyOf(finding.source);
  const ports = portsOf(finding);
  const ip = family === 'ipv4' || family === 'ipv6';
  return {
    ...(family === ''
      ? {}
      : {
          source: {
            address: finding.source,
            ...(ip ? { ip: finding.source } : { mac: finding.source.toUpperCase().replace(/:/g, '-') }),
          },
        }),
    ...(ports.length === 1 && finding.serviceCount === 1 ? { destination: { port: ports[0] } } : {}),
    ...(ip ? { related: { ip: [finding.source] } } : {}),
  };
}

/** ECS separates technique and sub-technique. */
function threat({ technique }: Finding): object {
  if (technique === '') return {};
  const [parent, sub] = technique.split('.') as [string, string | undefined];
  const tactic = tactics[technique];
  return {
    threat: {
      framework: 'MITRE ATT&CK',
      tactic: { id: [tactic.id], name: [tactic.name], reference: [`https://attack.mitre.org/tactics/${tactic.id}/`] },
      technique: {
        id: [parent],
        name: [sub ? (parentNames[parent] ?? parent) : techniqueNames[technique]],
        reference: [`https://attack.mitre.org/techniques/${parent}/`],
        ...(sub
          ? {
              subtechnique: {
                id: [technique],
                name: [techniqueNames[technique]],
                reference: [techniqueLink(technique)],
              },
            }
          : {}),
      },
    },
  };
}

/** Fields without an ECS name; docs/OUTPUTS.md describes them. */
export function own(finding: Finding): Record<string, unknown> {
  const { uid, stage, kind, advice, confidence, first, last, sites, sensors, tool } = finding;
  const counts = Object.fromEntries(
    (
      [
        'targets',
        'probes',
        'sources',
        'answered',
        'refused',
        'silent',
        'dark',
        'evidence',
        'spoofable',
        'decoy',
        'aggregate',
      ] as const
    ).map((name) => [name, finding[name]]),
  );
  return {
    uid,
    stage,
    ...(kind ? { kind } : {}),
    severity: finding.severity,
    advice,
    confidence,
    first,
    last,
    sites,
    sensors,
    ...(tool ? { tool } : {}),
    ...(portsOf(finding).length > 0 ? { ports: portsOf(finding), port_count: finding.serviceCount } : {}),
    ...(finding.probes > 0 ? counts : {}),
  };
}
