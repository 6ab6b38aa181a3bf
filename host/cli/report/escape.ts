/** Text that cannot break out of HTML or SVG. */
import { escapeHtml as escapeMarkup, printable } from '../../common/printable.js';

export const escapeHtml = (text: string): string => escapeMarkup(printable(text));
