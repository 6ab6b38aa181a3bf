/** Incidents of the sensors, above everything else: an unmonitored site looks quiet. */

import { plural } from '../../../wording/format.js';
import { timeElement } from '../lib/clock.js';
import { h, replaceWhen, setText } from '../lib/dom.js';
import { icon } from '../lib/marks.js';
import type { State } from '../lib/state.js';

const MAX_SHOWN = 3;

export function incidentsView(state: State): HTMLElement {
  const list = h('ul');
  const rest = h('a', { href: '#/sensors' });
  const element = h(
    'section',
    { class: 'incidents', 'aria-label': 'Sensor incidents', hidden: true },
    icon('warn', 18),
    h('div', null, list, rest),
  );
  state.view(['fleet'], () => {
    const open = (state.incidents ?? [])
      .filter((one) => one.until === null)
      .sort((a, b) => (a.since < b.since ? 1 : -1));
    element.hidden = !open.length;
    rest.hidden = open.length <= MAX_SHOWN;
    setText(rest, `and ${plural(open.length - MAX_SHOWN, 'more incident')}`);
    replaceWhen(list, JSON.stringify(open), () =>
      open
        .slice(0, MAX_SHOWN)
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
