/** All sources, merged across sites, in a sortable table. */
import type { Source } from '../../../api/types.js';
import { count, listed, plural } from '../../../wording/format.js';
import { kindNames, toolNames } from '../../../wording/words.js';
import { setTime, timeElement } from '../lib/clock.js';
import { csvButton } from '../lib/csv.js';
import type { Row } from '../lib/dom.js';
import { button, h, keyed, replaceWhen, setAttribute, setText } from '../lib/dom.js';
import type { SourceColumn } from '../lib/filter.js';
import { sortSources } from '../lib/filter.js';
import { confidenceMark, knownMark, serviceChips, severityMark, spoofableMark } from '../lib/marks.js';
import { sourceHref } from '../lib/route.js';
import type { State } from '../lib/state.js';
import { empty } from './header.js';

const columns: readonly { key: SourceColumn | ''; label: string; number?: boolean }[] = [
  { key: 'severity', label: 'Severity' },
  { key: 'source', label: 'Source' },
  { key: '', label: 'Activity' },
  { key: '', label: 'Services' },
  { key: 'sites', label: 'Sites' },
  { key: 'scans', label: 'Scans', number: true },
  { key: 'targets', label: 'Targets', number: true },
  { key: 'probes', label: 'Probes', number: true },
  { key: 'confidence', label: 'Confidence' },
  { key: 'last', label: 'Last seen' },
];

function sourceRow(): Row<Source> {
  // Explicit roles: on a narrow screen the table is laid out as cards, which would lose them.
  const cell = (label: string, number = false): HTMLElement =>
    h('td', { role: 'cell', 'data-label': label, class: number ? 'number' : null });
  const sign = cell('Severity');
  const link = h('a', { class: 'address' });
  const marks = h('span', { class: 'marks' });
  const did = cell('Activity');
  const services = cell('Services');
  const sites = cell('Sites');
  const scans = cell('Scans', true);
  const targets = cell('Targets', true);
  const probes = cell('Probes', true);
  const sure = cell('Confidence');
  const last = timeElement('');
  const lastCell = cell('Last seen');
  lastCell.append(last);
  const element = h(
    'tr',
    { role: 'row' },
    sign,
    h('th', { role: 'rowheader', scope: 'row' }, link, ' ', marks),
    did,
    services,
    sites,
    scans,
    targets,
    probes,
    sure,
    lastCell,
  );
  return {
    element,
    update(source) {
      replaceWhen(sign, source.severity, () => [severityMark(source.severity, 18)]);
      link.setAttribute('href', sourceHref(source.source));
      setText(link, source.source);
      const { visits = 1, known, verdict } = source as Source;
      replaceWhen(marks, JSON.stringify([source.tools, source.spoofable, visits, known, verdict?.convicted]), () => [
        known && knownMark(known),
        visits > 1 && h('span', { class: 'mark' }, plural(visits, 'visit')),
        verdict?.convicted &&
          !verdict.alone &&
          h('span', { class: 'mark tool', title: 'No single sensor could have detected it' }, 'seen only fleet-wide'),
        ...source.tools.filter(Boolean).map((tool) => h('span', { class: 'mark tool' }, toolNames[tool])),
        source.spoofable && spoofableMark(),
      ]);
      setText(did, source.kinds.map((kind) => kindNames[kind]).join(', ') || 'A few probes at each site');
      replaceWhen(services, source.services.join(), () => [
        h('div', { class: 'chips' }, ...serviceChips(source.services, source.services.length, '', 3)),
      ]);
      setText(
        sites,
        source.sites.length > 2
          ? `${source.sites.slice(0, 2).join(', ')} +${source.sites.length - 2}`
          : source.sites.join(', '),
      );
      sites.title = listed(source.sites);
      replaceWhen(scans, `${source.scans} ${source.openScans}`, () => [
        source.openScans
          ? h(
              'span',
              { class: 'going' },
              h('span', { class: 'dot', 'aria-hidden': 'true' }),
              `${source.openScans} active`,
            )
          : null,
        ` ${count(source.scans)}`,
      ]);
      setText(targets, count(source.targets));
      setText(probes, count(source.probes));
      replaceWhen(sure, String(source.confidence), () => [confidenceMark(source.confidence)]);
      setTime(last, source.last);
    },
  };
}

export function sourcesView(state: State): HTMLElement {
  let column: SourceColumn = 'severity';
  let reverse = false;
  const heads = columns.map(({ key, label, number }) => {
    const cell = h('th', { scope: 'col', role: 'columnheader', class: number ? 'number' : null });
    cell.append(
      key
        ? button({ class: 'sort' }, label, () => {
            reverse = column === key ? !reverse : false;
            column = key;
            draw();
          })
        : label,
    );
    return cell;
  });
  const body = h('tbody', { role: 'rowgroup' });
  const table = h(
    'table',
    { class: 'sources', role: 'table', 'aria-labelledby': 'sources-title' },
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...heads)),
    body,
  );
  const total = h('p', { class: 'total' });
  const nothing = h('div', { class: 'nothing' });
  const element = h(
    'section',
    { class: 'page', 'aria-labelledby': 'sources-title' },
    h(
      'div',
      { class: 'bar' },
      h('h2', { id: 'sources-title' }, 'Sources'),
      total,
      csvButton('the sources', () => csvRows(state.sources ?? [])),
    ),
    table,
    nothing,
  );
  const draw = (): void => {
    const { sources } = state;
    columns.forEach(({ key }, i) =>
      setAttribute(
        heads[i] as HTMLElement,
        'aria-sort',
        key !== column ? null : (key === 'source') === reverse ? 'descending' : 'ascending',
      ),
    );
    keyed(body, sortSources(sources ?? [], column, reverse), (source) => source.source, sourceRow);
    setText(total, sources ? count(sources.length) : '');
    table.hidden = !sources?.length;
    nothing.hidden = !table.hidden;
    if (!nothing.hidden) {
      nothing.replaceChildren(
        sources
          ? empty('No sources yet', 'Every source that scans one of your sites is listed here once, across all sites.')
          : h('p', { class: 'loading' }, 'Loading …'),
      );
    }
  };
  state.view(['sources'], draw);
  return element;
}

function csvRows(sources: readonly Source[]): (string | number)[][] {
  return [
    [
      'Source',
      'Severity',
      'Sites',
      'Scans',
      'Targets',
      'Probes',
      'Confidence',
      'May be spoofed',
      'Kinds',
      'Tools',
      'Services',
      'First',
      'Last',
    ],
    ...sources.map((one) => [
      one.source,
      one.severity,
      one.sites.join(' '),
      one.scans,
      one.targets,
      one.probes,
      one.confidence,
      one.spoofable ? 'yes' : 'no',
      one.kinds.join(' '),
      one.tools.join(' '),
      one.services.join(' '),
      one.first,
      one.last,
    ]),
  ];
}
