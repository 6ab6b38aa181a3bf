/**
 * The exceptions: whom they cover, why, until when, and how many alerts they suppressed. The command line edits them.
 */

import type { AllowEntry } from '../../../api/types.js';
import { absolute, day } from '../../../wording/format.js';
import { serviceName } from '../../../wording/services.js';
import { exceptionEffect } from '../../../wording/words.js';
import { getAllow } from '../lib/api.js';
import { now } from '../lib/clock.js';
import { csvButton } from '../lib/csv.js';
import type { Child } from '../lib/dom.js';
import { h, replaceWhen } from '../lib/dom.js';
import { feed } from '../lib/feed.js';
import type { State } from '../lib/state.js';
import { commandLine } from './header.js';

/** Explicit roles and labels: on a narrow screen the rows are laid out as cards. */
const cell = (label: string, attributes: { class: string } | null, ...children: Child[]): HTMLElement =>
  h('td', { role: 'cell', 'data-label': label, ...attributes }, ...children);

const expired = (entry: AllowEntry): boolean => entry.until !== null && Date.parse(entry.until) <= now();

export function allowView(state: State): HTMLElement {
  let entries: AllowEntry[] = [];
  const list = h('tbody', { role: 'rowgroup' });
  const none = h(
    'p',
    { class: 'explain' },
    'No exceptions. An exception names a source and, optionally, a target, a service and an expiry date.',
  );
  const table = h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of exceptions' },
    h(
      'table',
      { class: 'allow-table', role: 'table' },
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          ...['Source', 'Target', 'Service', 'Expires', 'Reason', 'Effect'].map((name) =>
            h('th', { scope: 'col', role: 'columnheader' }, name),
          ),
        ),
      ),
      list,
    ),
  );
  const element = h(
    'section',
    { class: 'allow', 'aria-labelledby': 'allow-title', hidden: true },
    h(
      'div',
      { class: 'bar' },
      h('h3', { id: 'allow-title' }, 'Exceptions'),
      csvButton('the exceptions', () => csvRows(entries)),
    ),
    table,
    none,
    commandLine(
      'npx blockwatch exceptions add --source 192.0.2.200 --target 10.0.0.0/8 --until 30d --reason "Our vulnerability scanner"',
    ),
  );
  const row = (entry: AllowEntry): HTMLElement => {
    const name = entry.service === null ? '' : serviceName(entry.service, 'tcp');
    return h(
      'tr',
      { class: expired(entry) ? 'over' : null, role: 'row' },
      h('th', { scope: 'row', role: 'rowheader', class: 'address' }, entry.source || 'any'),
      cell('Target', { class: 'address' }, [entry.target, entry.site].filter((text) => text).join(' at ') || 'any'),
      cell('Service', null, entry.service === null ? 'any' : `${entry.service}${name ? ` (${name})` : ''}`),
      cell(
        'Expires',
        null,
        entry.until ? `${absolute(entry.until).slice(0, 16)}${expired(entry) ? ', expired' : ''}` : 'never',
      ),
      cell(
        'Reason',
        null,
        entry.reason,
        h('span', { class: 'sub' }, ` ${entry.by}, ${day(entry.created)}, exception ${entry.id}`),
      ),
      cell('Effect', null, h('b', { class: entry.heldBack ? null : 'none' }, exceptionEffect(entry, now()))),
    );
  };
  feed(
    state,
    [],
    () => (state.route.view === 'rules' ? 'allow' : ''),
    getAllow,
    ({ value }) => {
      element.hidden = !value;
      entries = value?.allow ?? [];
      table.hidden = !entries.length;
      none.hidden = entries.length > 0;
      replaceWhen(list, JSON.stringify(entries), () => entries.map(row));
    },
  );
  return element;
}

function csvRows(entries: readonly AllowEntry[]): (string | number)[][] {
  return [
    ['Id', 'Source', 'Target', 'Site', 'Service', 'Expires', 'Reason', 'By', 'Created', 'Suppressed', 'Since'],
    ...entries.map((one) => [
      one.id,
      one.source || 'any',
      one.target || 'any',
      one.site || 'any',
      one.service ?? 'any',
      one.until ?? '',
      one.reason,
      one.by,
      one.created,
      one.heldBack,
      one.heldBackSince ?? '',
    ]),
  ];
}
