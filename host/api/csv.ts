/** Tables as CSV (RFC 4180). Pure. */

/**
 * One cell.
 *
 * @param chosen the text may be a stranger's choice: what a spreadsheet would take for a formula gets an apostrophe
 *   (OWASP, CSV injection)
 */
export function csvText(text: string, chosen: boolean): string {
  const safe = chosen && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csv = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.map((value) => csvText(String(value), typeof value === 'string')).join(',')}\r\n`).join('');
