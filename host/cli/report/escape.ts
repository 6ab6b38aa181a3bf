/** Escapes text for HTML and SVG. */
import { printable } from '../support/table.js';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (mark) => escapes[mark] as string);
