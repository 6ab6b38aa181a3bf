/**
 * The list of scans, newest first. While the reader is further down the list, new rows wait for a click, so that rows
 * do not move under the pointer.
 */
import type { Scan } from '../../../api/types.js';
import { count, plural } from '../../../wording/format.js';
import { csvButton } from '../lib/csv.js';
import { button, h, setText } from '../lib/dom.js';
import { matches, newestFirst } from '../lib/filter.js';
import type { Loader } from '../lib/loader.js';
import type { Filter } from '../lib/route.js';
import type { State } from '../lib/state.js';
import { virtualList } from '../lib/virtual.js';
import { filtersView } from './filters.js';
import { empty } from './header.js';
import { columnNames, csvOfScans, scanRow } from './scan-row.js';

export function scansView(state: State, loader: Loader, change: (filter: Filter) => void): HTMLElement {
  const list = h('ol', { class: 'scans', 'aria-label': 'Scans, newest first' });
  const total = h('p', { class: 'total' });
  const nothing = h('div', { class: 'nothing' });
  const fresh = button({ class: 'solid fresh' }, null, () => {
    held = false;
    draw(new Set());
    element.scrollIntoView({ block: 'start' });
    (list.querySelector('a') as HTMLElement | null)?.focus({ preventScroll: true });
  });
  const more = button({ class: 'plain' }, 'Show older scans', () => {
    void older();
  });
  const element = h(
    'section',
    { class: 'list', id: 'scans', 'aria-labelledby': 'scans-title' },
    h(
      'div',
      { class: 'bar' },
      h('h2', { id: 'scans-title' }, 'Scans'),
      total,
      csvButton('the scans', () => csvOfScans(matching)),
      filtersView(state, change),
    ),
    fresh,
    columnNames(),
    list,
    nothing,
    h('p', { class: 'foot' }, more),
  );

  let loading = false;
  const older = async (): Promise<void> => {
    if (loading || !state.next) return;
    loading = true;
    await loader.older();
    loading = false;
    state.touch('scans');
  };
  const rowsOf = virtualList<Scan>(
    list,
    (scan) => scan.id,
    scanRow,
    (end, scrolled) => {
      markCurrent();
      // Scrolling to the end loads more.
      if (scrolled && end === inList) void older();
    },
  );
  let inList = 0;
  const markCurrent = (): void => {
    const id = state.route.view === 'scan' ? state.route.id : '';
    const link = id ? list.querySelector(`[data-id="${CSS.escape(id)}"] .stretch`) : null;
    for (const other of list.querySelectorAll('[aria-current]')) {
      if (other !== link) other.removeAttribute('aria-current');
    }
    link?.setAttribute('aria-current', 'true');
  };
  let matching: Scan[] = [];
  let visible = new Set<string>();
  let held = true;
  let first = true;

  /** Whether the reader is below the top of the list: rows inserted above would move what is being read. */
  const reading = (): boolean => held && !first && list.getBoundingClientRect().top < 0 && list.offsetParent !== null;

  const draw = (changed: ReadonlySet<string>): void => {
    if (changed.has('filter')) first = true;
    matching = [...state.scans.values()].filter((scan) => matches(scan, state.filter)).sort(newestFirst);
    let waiting = 0;
    let rows = matching;
    if (reading()) {
      const oldest = [...visible].length ? matching.findIndex((scan) => visible.has(scan.id)) : 0;
      waiting = Math.max(0, oldest);
      rows = matching.slice(waiting);
    }
    const quiet = first;
    inList = rows.length;
    const added = rowsOf.show(rows);
    visible = new Set(rows.map((scan) => scan.id));
    if (!quiet && changed.has('scans') && added.length < 20) for (const row of added) row.classList.add('new');
    if (state.scansLoaded) first = false;
    held = true;
    fresh.hidden = waiting === 0;
    setText(fresh, `${plural(waiting, 'new scan')} above`);
    more.hidden = !state.next;
    const all = state.scans.size;
    setText(
      total,
      !state.scansLoaded ? '' : matching.length === all ? count(all) : `${count(matching.length)} of ${count(all)}`,
    );
    nothing.hidden = matching.length > 0;
    if (!matching.length) nothing.replaceChildren(nothingToShow(state, change));
  };
  state.view(['scans', 'filter', 'sensors'], draw);
  state.view(['route', 'scans'], markCurrent);
  return element;
}

function nothingToShow(state: State, change: (filter: Filter) => void): Node {
  if (!state.scansLoaded) return h('p', { class: 'loading' }, 'Loading …');
  if (state.scans.size) {
    const box = empty(
      'No scan matches these filters',
      `None of the ${plural(state.scans.size, 'loaded scan')} matches.`,
    );
    box.append(
      button({ class: 'solid' }, 'Clear filters', () =>
        change({ site: '', kind: '', severities: [], text: '', open: false, who: '' }),
      ),
    );
    return box;
  }
  if (!state.sensors.size)
    return empty('No scans and no sensors', 'Scans appear here once a sensor is running. See above how to start one.');
  return empty('No scans yet', 'That is good news. To see what a scan looks like, replay a capture through a sensor.');
}
