/** Rows for people (a table), for programs (JSON, a line each) and for spreadsheets (CSV). */
import { Option } from 'commander';
import { csvText } from '../../api/csv.js';
import { printable } from '../../common/printable.js';

export const rowFormats = ['table', 'json', 'csv'] as const;
export type RowFormat = (typeof rowFormats)[number];

export function formatOption(): Option {
  return new Option('--format <FORMAT>', 'table for people, json (one object a line), csv (RFC 4180)')
    .choices([...rowFormats])
    .default('table');
}

/** One column: its heading, and how a row's cell reads in a table. CSV and JSON give the row's own members. */
export interface Column<Row> {
  title: string;
  cell(row: Row): string;
  /** Numbers stand right. */
  right?: boolean;
}

/** Lines of equal columns, two spaces apart, the heading first; one line that says so where there is no row. */
export function tableLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty: string): string[] {
  if (rows.length === 0) return [empty];
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))));
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map((line) => (line[i] as string).length)),
  );
  const lay = (line: readonly string[]): string =>
    line
      .map((text, i) => (columns[i]?.right ? text.padStart(widths[i] as number) : text.padEnd(widths[i] as number)))
      .join('  ')
      .trimEnd();
  return [lay(columns.map((column) => column.title.toUpperCase())), ...cells.map(lay)];
}

/** A CSV cell of any member: a list with spaces between, an object as JSON, nothing where there is nothing. */
export function csvCell(value: unknown): string {
  const text = Array.isArray(value)
    ? value.join(' ')
    : value === null || value === undefined
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  return csvText(text, typeof value === 'string');
}

/** RFC 4180: a heading of the members' names, then a line a row. */
export function csvLines(rows: readonly object[], members: readonly string[]): string[] {
  return [
    members.join(','),
    ...rows.map((row) => members.map((name) => csvCell((row as Record<string, unknown>)[name])).join(',')),
  ];
}

export function printRows<Row extends object>(
  format: RowFormat,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  members: readonly (keyof Row & string)[],
  empty: string,
): void {
  const lines =
    format === 'json'
      ? rows.map((row) => JSON.stringify(row))
      : format === 'csv'
        ? csvLines(rows, members)
        : tableLines(rows, columns, empty);
  if (lines.length > 0)
    process.stdout.write(`${lines.join(format === 'csv' ? '\r\n' : '\n')}${format === 'csv' ? '\r\n' : '\n'}`);
}
