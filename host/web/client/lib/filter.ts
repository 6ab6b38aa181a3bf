/** Which scans the list shows, and in what order. Pure. */
import { severityRank } from '../../../../src/protocol/record.js';
import type { Scan, Source } from '../../../api/types.js';
import { serviceName } from '../../../wording/services.js';
import { kindNames, toolNames } from '../../../wording/words.js';
import type { Filter, Standing } from './route.js';

/** The text that search words are matched against, in lower case. */
function haystack(scan: Scan): string {
  const services = scan.services.map((port) => `${port} ${serviceName(port, scan.protocol)}`);
  return [
    scan.source,
    scan.site,
    scan.sensor,
    `${scan.site}/${scan.sensor}`,
    kindNames[scan.kind],
    scan.kind,
    scan.protocol,
    toolNames[scan.tool],
    scan.technique,
    scan.allowed === undefined ? '' : 'allowed suppressed',
    scan.known?.label ?? '',
    scan.known?.list ?? '',
    ...services,
  ]
    .join(' ')
    .toLowerCase();
}

/** Stored and listed without an alert: an exception covers it, or it is a research scanner that did not get in. */
export const isSuppressed = (scan: Scan): boolean =>
  scan.allowed !== undefined || (scan.known?.kind === 'research' && scan.kind !== 'foothold');

const standings: Record<Standing, (scan: Scan) => boolean> = {
  research: (scan) => scan.known?.kind === 'research',
  indicator: (scan) => scan.known?.kind === 'indicator',
  allowed: (scan) => scan.allowed !== undefined,
  loud: (scan) => !isSuppressed(scan),
};

/** Whether every search word occurs and all other filters match. */
export function matches(scan: Scan, filter: Filter): boolean {
  if (filter.site && scan.site !== filter.site) return false;
  if (filter.kind && scan.kind !== filter.kind) return false;
  if (filter.severities.length && !filter.severities.includes(scan.severity)) return false;
  if (filter.open && !scan.open) return false;
  if (filter.who && !standings[filter.who](scan)) return false;
  if (!filter.text) return true;
  const hay = haystack(scan);
  return filter.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}

/**
 * Newest first by start: a scan keeps its place while it grows, so that its row does not move under the pointer. The id
 * breaks ties.
 */
export function newestFirst(a: Scan, b: Scan): number {
  return b.first < a.first ? -1 : b.first > a.first ? 1 : b.id < a.id ? -1 : b.id > a.id ? 1 : 0;
}

/** By severity, then confidence, then recency. */
export function worstFirst(a: Scan, b: Scan): number {
  return severityRank(b.severity) - severityRank(a.severity) || b.confidence - a.confidence || newestFirst(a, b);
}

export type SourceColumn = 'source' | 'severity' | 'sites' | 'scans' | 'targets' | 'probes' | 'confidence' | 'last';

/** Sources by a column; ties by the newest. Text ascends, figures descend unless `reverse`. */
export function sortSources(sources: readonly Source[], column: SourceColumn, reverse: boolean): Source[] {
  const figure = (source: Source): number => {
    switch (column) {
      case 'severity':
        return severityRank(source.severity) * 1000 + source.confidence;
      case 'sites':
        return source.sites.length * 1000 + source.sensors;
      case 'last':
        return Date.parse(source.last);
      case 'source':
        return 0;
      default:
        return source[column];
    }
  };
  const compare = (a: Source, b: Source): number => {
    const order =
      column === 'source' ? a.source.localeCompare(b.source, 'en', { numeric: true }) : figure(b) - figure(a);
    return (reverse ? -order : order) || Date.parse(b.last) - Date.parse(a.last) || (a.source < b.source ? -1 : 1);
  };
  return [...sources].sort(compare);
}
