/** Rows as a table, as JSON lines or as CSV. */
import { Option } from 'commander';

export const rowFormats = ['table', 'json', 'csv'] as const;
export type RowFormat = (typeof rowFormats)[number];

export function formatOption(): Option {
  return new Option('--format <FORMAT>', 'output format: table, json (one object per line) or csv (RFC 4180)')
    .choices([...rowFormats])
    .default('table');
}

/** A column of a table: its heading and the text of its cells. CSV and JSON print the members of the row itself. */
export interface Column<Row> {
  title: string;
  cell(row: Row): string;
  /** Right-aligned, for numbers. */
  right?: boolean;
}

/**
 * Replaces control characters: an address or a name in an alert comes from outside, and a terminal would execute an escape
 * sequence in it.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '\u00b7');
}

/** Lines with aligned columns, the heading first; the line `empty` without rows. */
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

/** A CSV cell. Text that a spreadsheet would run as a formula gets an apostrophe (OWASP, CSV injection). */
export function csvCell(value: unknown): string {
  const text = Array.isArray(value)
    ? value.join(' ')
    : value === null || value === undefined
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/** RFC 4180: a heading with the member names, then a line per row. */
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
