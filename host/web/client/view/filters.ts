/** The filters of the list: text, site, kind, severity, active only. They are part of the page's address. */

import type { Kind } from '../../../../src/protocol/record.js';
import { gravestFirst, kindNames, severityNames } from '../../../wording/words.js';
import { button, h } from '../lib/dom.js';
import { icon, severityShape } from '../lib/marks.js';
import type { Filter, Standing } from '../lib/route.js';
import type { State } from '../lib/state.js';

const standingNames: Record<Standing, string> = {
  research: 'Research scanners',
  indicator: 'Known adversaries',
  allowed: 'Suppressed',
  loud: 'Raising alerts',
};

export function filtersView(state: State, change: (filter: Filter) => void): HTMLElement {
  const text = h('input', {
    type: 'search',
    id: 'filter-text',
    placeholder: 'Address, port, service, tool …',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const site = h('select', { id: 'filter-site' }, h('option', { value: '' }, 'All sites'));
  const kind = h('select', { id: 'filter-kind' }, h('option', { value: '' }, 'All kinds'));
  for (const [value, name] of Object.entries(kindNames)) kind.append(h('option', { value }, name));
  const who = h('select', { id: 'filter-who' }, h('option', { value: '' }, 'Any reputation'));
  for (const [value, name] of Object.entries(standingNames)) who.append(h('option', { value }, name));
  const levels = gravestFirst.map((severity) => {
    const element = button(
      { 'aria-pressed': 'false', class: 'level', 'data-severity': severity },
      severityShape(severity, 12),
      () => {
        const { severities } = state.filter;
        change({
          ...state.filter,
          severities: gravestFirst.filter((one) => (one === severity) !== severities.includes(one)),
        });
      },
    );
    element.append(severityNames[severity]);
    return element;
  });
  const open = button(
    { 'aria-pressed': 'false', class: 'level open' },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    () => change({ ...state.filter, open: !state.filter.open }),
  );
  open.append('Active now');
  const clear = button({ class: 'quiet' }, 'Clear', () =>
    change({ site: '', kind: '', severities: [], text: '', open: false, who: '' }),
  );
  text.addEventListener('input', () => change({ ...state.filter, text: text.value.trim() }));
  site.addEventListener('change', () => change({ ...state.filter, site: site.value }));
  kind.addEventListener('change', () => change({ ...state.filter, kind: kind.value as Kind | '' }));
  who.addEventListener('change', () => change({ ...state.filter, who: who.value as Standing | '' }));
  const element = h(
    'form',
    { class: 'filters', role: 'search', 'aria-label': 'Filter scans' },
    h(
      'div',
      { class: 'field find' },
      icon('search'),
      h('label', { for: 'filter-text', class: 'hidden' }, 'Search'),
      text,
    ),
    h('div', { class: 'field' }, h('label', { for: 'filter-site', class: 'hidden' }, 'Site'), site),
    h('div', { class: 'field' }, h('label', { for: 'filter-kind', class: 'hidden' }, 'Kind'), kind),
    h('div', { class: 'field' }, h('label', { for: 'filter-who', class: 'hidden' }, 'Reputation'), who),
    h('div', { class: 'switch levels', role: 'group', 'aria-label': 'Severity' }, ...levels),
    open,
    clear,
  );
  element.addEventListener('submit', (event) => event.preventDefault());

  state.view(['filter', 'scans', 'sensors'], () => {
    const { filter } = state;
    const sites = [
      ...new Set([
        ...[...state.scans.values()].map((scan) => scan.site),
        ...[...state.sensors.values()].map((sensor) => sensor.site),
        ...(filter.site ? [filter.site] : []),
      ]),
    ].sort();
    const known = [...site.options].slice(1).map((option) => option.value);
    if (known.join('\n') !== sites.join('\n')) {
      while (site.options.length > 1) site.remove(1);
      for (const name of sites) site.append(h('option', { value: name }, name));
    }
    if (site.value !== filter.site) site.value = filter.site;
    if (kind.value !== filter.kind) kind.value = filter.kind;
    if (who.value !== filter.who) who.value = filter.who;
    // Writing to the field while somebody types would move the caret.
    if (document.activeElement !== text && text.value !== filter.text) text.value = filter.text;
    gravestFirst.forEach((severity, i) =>
      levels[i]?.setAttribute('aria-pressed', String(filter.severities.includes(severity))),
    );
    open.setAttribute('aria-pressed', String(filter.open));
    clear.hidden = !(
      filter.site ||
      filter.kind ||
      filter.severities.length ||
      filter.text ||
      filter.open ||
      filter.who
    );
  });
  return element;
}
