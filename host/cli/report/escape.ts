/** Escapes text for HTML and SVG. */
import { escapeHtml as escapeMarkup, printable } from '../../common/printable.js';

export const escapeHtml = (text: string): string => escapeMarkup(printable(text));
