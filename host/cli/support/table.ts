/** Rows as a table, as JSON lines or as CSV. */
import { Option } from 'commander';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { csvText } from '../../api/csv.js';
import { printable } from '../../common/printable.js';
import type { Paint, Tone } from './colour.js';
import { painter } from './colour.js';

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
  /** Its colour on a terminal. */
  tone?(row: Row): Tone | undefined;
}

/** How a terminal wants its table. */
export interface Screen {
  /** Characters that a line holds. Without a limit each row is one line, as a program wants it. */
  width?: number | undefined;
  paint?: Paint;
}

const GAP = '  ';
/** Characters that a column keeps, however narrow the terminal. */
const LEAST = 8;

/**
 * Lines of equal columns, two spaces apart, the heading first; one line that says so where there is no row. Where the terminal is too
 * narrow, the widest columns are wrapped.
 */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  empty: string,
  { width, paint = (text) => text }: Screen = {},
): string[] {
  if (rows.length === 0) return [empty];
  const titles = columns.map((column) => column.title.toUpperCase());
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))));
  const widths = columns.map((_, i) =>
    cells.reduce((most, line) => Math.max(most, stringWidth(line[i] as string)), (titles[i] as string).length),
  );
  if (width !== undefined) narrow(widths, width - GAP.length * (columns.length - 1));
  const pad = (text: string, i: number): string => {
    const space = ' '.repeat(Math.max(0, (widths[i] as number) - stringWidth(text)));
    return columns[i]?.right ? space + text : text + space;
  };
  const lay = (line: readonly string[], toneOf: (i: number) => Tone | undefined): string[] => {
    const wrapped = line.map((text, i) =>
      width === undefined ? [text] : wrapAnsi(text, widths[i] as number, { hard: true }).split('\n'),
    );
    const height = Math.max(...wrapped.map((parts) => parts.length));
    return Array.from({ length: height }, (_, n) => {
      const parts = wrapped.map((all, i) => pad(all[n] ?? '', i));
      const last = parts.findLastIndex((part) => part.trim() !== '');
      return parts
        .slice(0, last + 1)
        .map((part, i) => paint(i === last ? part.trimEnd() : part, toneOf(i)))
        .join(GAP);
    });
  };
  return [
    ...lay(titles, () => 'faint'),
    ...cells.flatMap((line, n) => lay(line, (i) => columns[i]?.tone?.(rows[n] as Row))),
  ];
}

/** Takes from the widest columns what all together have too much. */
function narrow(widths: number[], room: number): void {
  for (let over = widths.reduce((sum, one) => sum + one, 0) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] as number) <= LEAST) return;
    widths[widest] = (widths[widest] as number) - 1;
  }
}

/** A CSV cell: a list is joined with spaces, an object becomes JSON, undefined an empty cell. */
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
        : tableLines(rows, columns, empty, { width: process.stdout.columns, paint: painter(process.stdout) });
  if (lines.length > 0)
    process.stdout.write(`${lines.join(format === 'csv' ? '\r\n' : '\n')}${format === 'csv' ? '\r\n' : '\n'}`);
}
