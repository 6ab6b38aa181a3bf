/** OCSF 1.6.0, Detection Finding (class 2004): one finding per scan; created, updated and closed. */
import type { Severity } from '../../../../src/protocol/record.js';
import { productVersion } from '../../../common/paths.js';
import { techniqueLink, techniqueNames } from '../../../wording/words.js';
import type { Finding } from '../model/finding.js';
import { familyOf, parentNames, portsOf, tactics } from '../model/finding.js';
import { own } from './ecs.js';

export const OCSF_VERSION = '1.6.0';
const CLASS = 2004;

const severities: Record<Severity, { id: number; name: string }> = {
  low: { id: 2, name: 'Low' },
  medium: { id: 3, name: 'Medium' },
  high: { id: 4, name: 'High' },
  critical: { id: 5, name: 'Critical' },
};
const activities = {
  start: { id: 1, name: 'Create' },
  progress: { id: 2, name: 'Update' },
  end: { id: 3, name: 'Close' },
} as const;
const statuses = {
  start: { id: 1, name: 'New' },
  progress: { id: 2, name: 'In Progress' },
  end: { id: 4, name: 'Resolved' },
} as const;

const ms = (iso: string): number => Date.parse(iso);

export function ocsf(finding: Finding): object {
  const severity = severities[finding.severity];
  const activity = activities[finding.stage];
  const status = statuses[finding.stage];
  const evidence = evidenceOf(finding);
  return {
    activity_id: activity.id,
    activity_name: activity.name,
    category_uid: 2,
    category_name: 'Findings',
    class_uid: CLASS,
    class_name: 'Detection Finding',
    type_uid: CLASS * 100 + activity.id,
    type_name: `Detection Finding: ${activity.name}`,
    time: ms(finding.time),
    start_time: ms(finding.first),
    ...(finding.stage === 'end' ? { end_time: ms(finding.last) } : {}),
    severity_id: severity.id,
    severity: severity.name,
    status_id: status.id,
    status: status.name,
    is_alert: finding.what !== 'test',
    message: finding.text,
    count: 1,
    ...confidenceOf(finding),
    metadata: {
      version: OCSF_VERSION,
      uid: finding.key,
      log_name: 'blockwatch',
      event_code: String(finding.rule),
      original_time: finding.time,
      product: {
        name: 'Blockwatch',
        vendor_name: 'Blockwatch',
        version: productVersion(),
        feature: { name: finding.what },
      },
    },
    finding_info: {
      uid: finding.uid,
      title: finding.name,
      desc: finding.text,
      types: [finding.kind || finding.what],
      data_sources: finding.sites,
      created_time: ms(finding.first),
      modified_time: ms(finding.time),
      first_seen_time: ms(finding.first),
      last_seen_time: ms(finding.last),
      analytic: { uid: String(finding.rule), name: finding.name, type_id: 2, type: 'Behavioral' },
      ...attacksOf(finding),
      ...(finding.link ? { src_url: finding.link } : {}),
    },
    remediation: { desc: finding.advice },
    ...(evidence ? { evidences: [evidence] } : {}),
    ...observablesOf(finding),
    unmapped: own(finding),
  };
}

function confidenceOf({ confidence }: Finding): object {
  const [id, name] = confidence >= 80 ? [3, 'High'] : confidence >= 60 ? [2, 'Medium'] : [1, 'Low'];
  return { confidence_id: id, confidence: name, confidence_score: confidence };
}

function attacksOf({ technique }: Finding): object {
  if (technique === '') return {};
  const [parent, sub] = technique.split('.') as [string, string | undefined];
  const tactic = tactics[technique];
  return {
    attacks: [
      {
        version: '17',
        tactic: { uid: tactic.id, name: tactic.name, src_url: `https://attack.mitre.org/tactics/${tactic.id}/` },
        technique: {
          uid: parent,
          name: sub ? (parentNames[parent] ?? parent) : techniqueNames[technique],
          src_url: `https://attack.mitre.org/techniques/${parent}/`,
        },
        ...(sub
          ? { sub_technique: { uid: technique, name: techniqueNames[technique], src_url: techniqueLink(technique) } }
          : {}),
      },
    ],
  };
}

/** OCSF endpoints need an address or a name besides a port or MAC address. */
function evidenceOf(finding: Finding): object | undefined {
  const family = familyOf(finding.source);
  const ports = portsOf(finding);
  const parts = {
    ...(family === ''
      ? {}
      : { src_endpoint: family === 'mac' ? { uid: finding.source, mac: finding.source } : { ip: finding.source } }),
    ...(ports.length === 1 && finding.serviceCount === 1
      ? { dst_endpoint: { port: ports[0], svc_name: `${finding.protocol}/${ports[0]}` } }
      : {}),
  };
  return Object.keys(parts).length > 0 ? { name: finding.name, ...parts } : undefined;
}

/** Type 2 is an IP address, 3 a MAC address. */
function observablesOf({ source }: Finding): object {
  const family = familyOf(source);
  if (family === '') return {};
  const mac = family === 'mac';
  return {
    observables: [
      {
        name: `evidences[].src_endpoint.${mac ? 'mac' : 'ip'}`,
        type_id: mac ? 3 : 2,
        type: mac ? 'MAC Address' : 'IP Address',
        value: source,
      },
    ],
  };
}
