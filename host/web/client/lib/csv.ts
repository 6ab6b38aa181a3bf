/** Tables as CSV, for the clipboard. */
import { csv } from '../../../api/csv.js';
import { button, h } from './dom.js';
import { icon } from './marks.js';

/** A button that copies `rows`, the heading first. Empty without a clipboard (on an insecure origin). */
export function csvButton(what: string, rows: () => readonly (readonly (string | number)[])[]): HTMLElement {
  if (!isSecureContext || !('clipboard' in navigator)) return h('span');
  const label = h('span', null, 'Copy CSV');
  const element = button({ class: 'quiet csv' }, icon('copy', 14), () => {
    void navigator.clipboard
      .writeText(csv(rows()))
      .then(
        () => (label.textContent = 'Copied'),
        () => (label.textContent = 'Copying failed'),
      )
      .then(() => setTimeout(() => (label.textContent = 'Copy CSV'), 1800));
  });
  element.append(label, h('span', { class: 'hidden' }, ` of ${what}`));
  return element;
}
