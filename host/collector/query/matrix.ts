/** Sources by sites: a scan that is thin at every branch is a full row here. */
import type { ScanRecord } from '../../../src/protocol/record.js';
import type { Executor } from '../store/database.js';
import { iso, severityOf } from '../store/rows.js';
import type { Matrix, MatrixCell, MatrixRow } from '../types.js';
import { readWhispers } from './whispers.js';

/** Scans, and whispers, that are looked at; the newest. */
const MOST_READ = 20_000;

interface ScanRow {
  site: string;
  sensor: string;
  source: string;
  kind: string;
  severity: number;
  targets: number;
  probes: number;
  first: number;
  last: number;
  body: string;
}

/** What one sensor has said of one source. */
interface Said {
  site: string;
  scans: number;
  probes: number;
  targets: number;
  evidence: number;
  foothold: boolean;
}

interface Row {
  sensors: Map<string, Said>;
  severity: number;
  first: number;
  last: number;
}

export async function readMatrix(db: Executor, from: number, to: number, limit: number): Promise<Matrix> {
  const scans = await db.all<ScanRow>(
    `SELECT site, sensor, source, kind, severity, targets, probes, first, last, body FROM scans
     WHERE last >= ? AND first < ? AND verdict = 'scan' AND source <> '' ORDER BY last DESC LIMIT ?`,
    [from, to, MOST_READ + 1],
  );
  const whispers = await readWhispers(db, from, to, MOST_READ + 1);
  const rows = new Map<string, Row>();
  for (const scan of scans.slice(0, MOST_READ)) {
    const row = rowOf(rows, scan.source, scan.first, scan.last);
    row.severity = Math.max(row.severity, scan.severity);
    const said = saidBy(row, scan.site, scan.sensor);
    said.scans += 1;
    said.probes += scan.probes;
    said.foothold ||= scan.kind === 'foothold';
    hear(said, { targets: scan.targets, evidence: (JSON.parse(scan.body) as Pick<ScanRecord, 'evidence'>).evidence });
  }
  for (const { site, sensor, received, record } of whispers.slice(0, MOST_READ)) {
    if (record.source === '') continue;
    const said = saidBy(rowOf(rows, record.source, received, received), site, sensor);
    // A whisper tells the same suspicion again with its sums so far.
    if (said.scans === 0) said.probes = Math.max(said.probes, record.probes);
    hear(said, record);
  }
  const all = [...rows].map(([source, row]) => matrixRow(source, row)).sort(widestFirst);
  const shown = all.slice(0, limit);
  const complete = scans.length <= MOST_READ && whispers.length <= MOST_READ;
  return { from: iso(from), to: iso(to), sites: busiestFirst(shown), rows: shown, more: all.length - shown.length, complete };
}

function rowOf(rows: Map<string, Row>, source: string, first: number, last: number): Row {
  const row = rows.get(source) ?? { sensors: new Map(), severity: 0, first, last };
  rows.set(source, row);
  row.first = Math.min(row.first, first);
  row.last = Math.max(row.last, last);
  return row;
}

function saidBy(row: Row, site: string, sensor: string): Said {
  const name = `${site}/${sensor}`;
  const said = row.sensors.get(name) ?? { site, scans: 0, probes: 0, targets: 0, evidence: 0, foothold: false };
  row.sensors.set(name, said);
  return said;
}

function hear(said: Said, { targets, evidence }: { targets: number; evidence: number }): void {
  said.targets = Math.max(said.targets, targets);
  said.evidence = Math.max(said.evidence, evidence);
}

function matrixRow(source: string, row: Row): MatrixRow {
  const cells = new Map<string, MatrixCell>();
  for (const { site, ...said } of row.sensors.values()) {
    const cell = cells.get(site);
    if (!cell) cells.set(site, { site, ...said });
    else {
      cell.scans += said.scans;
      cell.probes += said.probes;
      cell.targets += said.targets;
      // Sensors see different contacts: their log-likelihoods add.
      cell.evidence += said.evidence;
      cell.foothold ||= said.foothold;
    }
  }
  const sum = (read: (cell: MatrixCell) => number): number => [...cells.values()].reduce((all, cell) => all + read(cell), 0);
  return {
    source, severity: row.severity ? severityOf(row.severity) : '', evidence: sum((cell) => cell.evidence),
    sensors: row.sensors.size, probes: sum((cell) => cell.probes), first: iso(row.first), last: iso(row.last), cells: [...cells.values()],
  };
}

function widestFirst(a: MatrixRow, b: MatrixRow): number {
  return b.cells.length - a.cells.length || b.evidence - a.evidence || (a.last < b.last ? 1 : a.last > b.last ? -1 : a.source < b.source ? -1 : 1);
}

function busiestFirst(rows: readonly MatrixRow[]): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) for (const { site } of row.cells) counts.set(site, (counts.get(site) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([site]) => site);
}
