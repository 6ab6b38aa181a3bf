/** The matrix of sources by sites: a low-rate distributed scan fills a row here. */

import type { Matrix, MatrixCell, MatrixRow } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { Executor } from '../store/database.js';
import { severityOf } from '../store/rows.js';
import type { SourceReports } from './source-reports.js';
import { readSourceReports } from './source-reports.js';

export async function readMatrix(db: Executor, from: number, to: number, limit: number): Promise<Matrix> {
  const { sources, complete } = await readSourceReports(db, from, to);
  const all = [...sources].map(([source, reports]) => matrixRow(source, reports)).sort(widestFirst);
  const shown = all.slice(0, limit);
  return {
    from: iso(from),
    to: iso(to),
    sites: busiestFirst(shown),
    rows: shown,
    more: all.length - shown.length,
    complete,
  };
}

function matrixRow(source: string, row: SourceReports): MatrixRow {
  const cells = new Map<string, MatrixCell>();
  for (const { site, scans, probes, targets, evidence, foothold } of row.sensors.values()) {
    const cell = cells.get(site);
    if (!cell) cells.set(site, { site, scans, probes, targets, evidence, foothold });
    else {
      cell.scans += scans;
      cell.probes += probes;
      cell.targets += targets;
      // Two taps at a site may see the same packets.
      cell.evidence = Math.max(cell.evidence, evidence);
      cell.foothold ||= foothold;
    }
  }
  const sum = (read: (cell: MatrixCell) => number): number =>
    [...cells.values()].reduce((all, cell) => all + read(cell), 0);
  return {
    source,
    severity: row.severity ? severityOf(row.severity) : '',
    evidence: sum((cell) => cell.evidence),
    sensors: row.sensors.size,
    probes: sum((cell) => cell.probes),
    first: iso(row.first),
    last: iso(row.last),
    cells: [...cells.values()],
  };
}

function widestFirst(a: MatrixRow, b: MatrixRow): number {
  return (
    b.cells.length - a.cells.length ||
    b.evidence - a.evidence ||
    (a.last < b.last ? 1 : a.last > b.last ? -1 : a.source < b.source ? -1 : 1)
  );
}

function busiestFirst(rows: readonly MatrixRow[]): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) for (const { site } of row.cells) counts.set(site, (counts.get(site) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([site]) => site);
}
