/** Text from strangers, for a terminal, a log and a page. */

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Each control character, line separator and mark of the direction of writing becomes `instead`. */
export const withoutControls = (text: string, instead: string): string => text.replace(CONTROL, instead);

/**
 * A text that shows control characters instead of obeying them: an address or a name in an alert comes from strangers,
 * and a terminal would take an escape sequence in it for a command.
 */
export const printable = (text: string): string => withoutControls(text, '\u00b7');

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that cannot break out of HTML or SVG, or of an attribute there. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (mark) => escapes[mark] as string);
