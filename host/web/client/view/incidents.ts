/** What is wrong with the sensors themselves, above everything else: a branch that nobody watches looks quiet. */

import { plural } from '../../../wording/format.js';
import { timeElement } from '../lib/clock.js';
import { h, replaceWhen, setText } from '../lib/dom.js';
import { icon } from '../lib/marks.js';
import type { State } from '../lib/state.js';

const MOST = 3;

export function incidentsView(state: State): HTMLElement {
  const list = h('ul');
  const rest = h('a', { href: '#/sensors' });
  const element = h(
    'section',
    { class: 'incidents', 'aria-label': 'Incidents of sensors', hidden: true },
    icon('warn', 18),
    h('div', null, list, rest),
  );
  state.view(['fleet'], () => {
    const open = (state.incidents ?? [])
      .filter((one) => one.until === null)
      .sort((a, b) => (a.since < b.since ? 1 : -1));
    element.hidden = !open.length;
    rest.hidden = open.length <= MOST;
    setText(rest, `and ${plural(open.length - MOST, 'more incident')}`);
    replaceWhen(list, JSON.stringify(open), () =>
      open
        .slice(0, MOST)
        .map((one) =>
          h(
            'li',
            null,
            h('b', null, `${one.site} / ${one.sensor}`),
            ' ',
            h('span', null, one.text),
            ' ',
            timeElement(one.since),
          ),
        ),
    );
  });
  return element;
}
