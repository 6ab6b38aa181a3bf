/** A record as one line of text in aligned columns. */

import type { TimedRecord } from '../../../src/protocol/record.js';
import { knocksOf } from '../../../src/protocol/record.js';

const stages = { start: 'STARTED', progress: 'ONGOING', end: 'ENDED', whisper: 'SUSPICION' } as const;

/** `tcp/22,80`, `icmp`, `tcp/22,80,443,... (1000)`. */
function service(record: TimedRecord): string {
  if (record.services.length === 0) return record.protocol;
  const shown = record.services.slice(0, 4).join(',');
  return `${record.protocol}/${shown}${record.serviceCount > 4 ? `,... (${record.serviceCount})` : ''}`;
}

function result(record: TimedRecord): string {
  const parts: [number, string][] = [
    [record.answered, 'answered'],
    [record.refused, 'refused'],
    [record.silent, 'silent'],
    [record.dark, 'dark'],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}`)
    .join(', ');
}

function who(record: TimedRecord): string {
  if (record.source) return record.mac ? `${record.source} (${record.mac})` : record.source;
  return record.sources > 1 ? `${record.sources} sources` : 'unknown';
}

/** @param place site and sensor, printed before the kind where several sensors report */
export function recordLine(record: TimedRecord, place = ''): string {
  const time = new Date(record.time).toISOString().replace('T', ' ').replace('Z', '');
  if (record.kind === 'digest') {
    return `${time}  DIGEST     low     ${place}${record.probes} records rate-limited, ${record.targets} of them new scans`;
  }
  if (record.kind === 'knocks') {
    const knocks = knocksOf(record);
    const listed = knocks.map(({ source, refused }) => `${source}${refused ? ' (refused)' : ''}`).join(', ');
    return `${time}  SUSPICION  low     ${place}knocks            ${record.probes} first contacts with unused addresses or refused: ${listed}${record.probes > knocks.length ? ', ...' : ''}`;
  }
  const columns = [
    stages[record.stage].padEnd(9),
    record.severity.padEnd(6),
    place + record.kind.padEnd(16),
    who(record).padEnd(15),
    `${service(record)} on ${record.targets} ${record.targets === 1 ? 'address' : 'addresses'}, ${record.probes} probes`,
  ];
  const outcome = result(record);
  const marks = [
    outcome,
    record.direction,
    `evidence ${record.evidence.toFixed(1)}`,
    record.tool,
    record.technique,
    record.spoofable ? 'spoofable' : '',
    record.decoy ? 'one of a decoy group' : '',
  ];
  return `${time}  ${columns.join('  ')}; ${marks.filter(Boolean).join('; ')}`;
}
