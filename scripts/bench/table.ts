/** One figure: what it is, its number, its unit, and what it is held against. */
export interface Figure {
  name: string;
  value: number | null;
  unit: string;
  /** What the project aims at, or why there is no number. */
  note?: string;
}

/** Plain aligned lines; numbers to the right, with thousands apart. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, note }) => [name, formatNumber(value), unit, note ?? '']);
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] as string).length));
  const [first, second, third] = [width(0), width(1), width(2)];
  return rows
    .map(([name, value, unit, note]) =>
      `${(name as string).padEnd(first)}  ${(value as string).padStart(second)} ${(unit as string).padEnd(third)}  ${note}`.trimEnd(),
    )
    .join('\n');
}

function formatNumber(value: number | null): string {
  if (value === null) return '-';
  const digits = Number.isInteger(value) || Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Middle of the sorted values; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
