/** One line for people: what a record says, in columns that line up. */

import type { TimedRecord } from '../../../src/protocol/record.js';
import { knocksOf } from '../../../src/protocol/record.js';

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
  if (record.source) return record.source;
  return record.sources > 1 ? `${record.sources} sources` : 'unknown';
}

/** `place` goes in front of the source: a site and sensor, where several report. */
export function recordLine(record: TimedRecord, place = ''): string {
  const time = new Date(record.time).toISOString().replace('T', ' ').replace('Z', '');
  if (record.kind === 'digest') {
    return `${time}  DIGEST    low     ${place}${record.probes} records held back by the alert budget, ${record.targets} of them new scans`;
  }
  if (record.kind === 'knocks') {
    const knocks = knocksOf(record);
    const listed = knocks.map(({ source, refused }) => `${source}${refused ? ' (refused)' : ''}`).join(', ');
    return `${time}  WHISPER   low     ${place}knocks            ${record.probes} strangers at addresses that do not exist, or refused: ${listed}${record.probes > knocks.length ? ', ...' : ''}`;
  }
  const columns = [
    record.stage.toUpperCase().padEnd(8),
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
    record.decoy ? 'one of a group in step, the others are decoys' : '',
  ];
  return `${time}  ${columns.join('  ')}; ${marks.filter(Boolean).join('; ')}`;
}
