/** Tables as CSV (RFC 4180), for the clipboard. */
import { button, h } from './dom.js';
import { icon } from './marks.js';

/** A cell that a spreadsheet would take for a formula gets an apostrophe: some of the words are a scanner's choice. */
function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csv = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');

/** Copies what `rows` gives, the head first. Where there is no clipboard (an origin that is not secure), it is not there. */
export function csvButton(what: string, rows: () => readonly (readonly (string | number)[])[]): HTMLElement {
  if (!isSecureContext || !('clipboard' in navigator)) return h('span');
  const label = h('span', null, 'Copy CSV');
  const element = button({ class: 'quiet csv' }, icon('copy', 14), () => {
    void navigator.clipboard.writeText(csv(rows())).then(() => (label.textContent = 'Copied'),
      () => (label.textContent = 'The browser refused')).then(() =>
      setTimeout(() => (label.textContent = 'Copy CSV'), 1800));
  });
  element.append(label, h('span', { class: 'hidden' }, ` of ${what}`));
  return element;
}
