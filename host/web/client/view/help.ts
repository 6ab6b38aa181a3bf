/** The help dialog: keyboard shortcuts and symbols. */

import { severityNames } from '../../../wording/words.js';
import { button, h } from '../lib/dom.js';
import { enableKeys, keysEnabled, places } from '../lib/keys.js';
import { icon, severityShape } from '../lib/marks.js';

const key = (...names: string[]): HTMLElement =>
  h('dt', null, ...names.flatMap((name, i) => [i > 0 && ' ', h('kbd', null, name)]));
const row = (names: string[], what: string): HTMLElement[] => [key(...names), h('dd', null, what)];

export function helpDialog(): { element: HTMLElement; open(): void } {
  const check = h('input', { type: 'checkbox', id: 'keys-on' });
  check.addEventListener('change', () => enableKeys(check.checked));
  const element = h(
    'dialog',
    { class: 'help', 'aria-labelledby': 'help-title' },
    h(
      'div',
      { class: 'bar' },
      h('h2', { id: 'help-title' }, 'Keyboard shortcuts and symbols'),
      button({ class: 'quiet', 'aria-label': 'Close', title: 'Close (Esc)' }, icon('close', 18), () => element.close()),
    ),
    h('h3', null, 'Anywhere'),
    h(
      'dl',
      null,
      ...row(['?'], 'show this help'),
      ...row(['/'], 'search the scans'),
      ...row(['j'], 'go to the next row'),
      ...row(['k'], 'go to the previous row'),
      ...row(['Enter'], 'open the row'),
      ...row(['Esc'], 'close the panel'),
      ...places.flatMap(([letter, , name]) => row(['g', letter], `go to ${name}`)),
    ),
    h('h3', null, 'On the timeline'),
    h(
      'dl',
      null,
      ...row(['←', '→'], 'move from bar to bar'),
      ...row(['+', '-'], 'zoom in and out; or drag to select a time range'),
      ...row(['Shift', '←'], 'move to an earlier time'),
      ...row(['0'], 'return to the present'),
    ),
    h('h3', null, 'On the map'),
    h('dl', null, ...row(['←', '↑', '→', '↓'], 'move from block to block')),
    h('h3', null, 'Severity'),
    h(
      'ul',
      { class: 'legend' },
      ...(['critical', 'high', 'medium', 'low'] as const).map((one) =>
        h('li', null, severityShape(one), severityNames[one]),
      ),
    ),
    h('p', { class: 'switch-keys' }, check, h('label', { for: 'keys-on' }, 'Enable keyboard shortcuts')),
  );
  return {
    element,
    open() {
      check.checked = keysEnabled();
      element.showModal();
    },
  };
}
