/** Assembles the page: state, live connection, views, navigation. */

import type { Scan } from '../../api/types.js';
import { kindNames, sourceLabel } from '../../wording/words.js';
import { startTicking } from './lib/clock.js';
import { h, setText } from './lib/dom.js';
import { isSuppressed } from './lib/filter.js';
import { listenToKeys, stepRow } from './lib/keys.js';
import { Live } from './lib/live.js';
import { Loader } from './lib/loader.js';
import type { Filter } from './lib/route.js';
import { filterQuery, pageQuery, parseFilter, parsePeriod, parseRoute } from './lib/route.js';
import type { Period } from './lib/scale.js';
import { State } from './lib/state.js';
import { campaignView } from './view/campaigns.js';
import { banner, empty, header } from './view/header.js';
import { helpDialog } from './view/help.js';
import { incidentsView } from './view/incidents.js';
import { mapView } from './view/map.js';
import { matrixView } from './view/matrix.js';
import { nowView } from './view/now.js';
import { panel } from './view/panel.js';
import { rail } from './view/rail.js';
import { rulesView } from './view/rules.js';
import { scansView } from './view/scans.js';
import { sensorsView } from './view/sensors.js';
import { sourceView } from './view/source.js';
import { sourcesView } from './view/sources.js';
import { timelineView } from './view/timeline.js';

const state = new State();
const spoken = h('p', { class: 'hidden', role: 'status' });

/** Announces new scans to screen readers, one sentence at a time; sighted users have the list. */
function announce(scans: Scan[]): void {
  const scan = scans.find((one) => one.verdict === 'scan' && !isSuppressed(one));
  if (scan) setText(spoken, `New: ${kindNames[scan.kind]} from ${sourceLabel(scan)} at ${scan.site}`);
}

const loader = new Loader(state, announce);
const live = new Live({
  onEvent: (event) => loader.event(event),
  onLink(link) {
    state.link = link;
    state.touch('link');
    if (link.state === 'live') void loader.everything();
  },
});

/** Filters and period are part of the address, so that every state of the page has a permanent link. */
function keepAddress(): void {
  history.replaceState(
    history.state,
    '',
    `${location.pathname}${pageQuery(state.filter, state.period)}${location.hash}`,
  );
}

function choosePeriod(period: Period | undefined): void {
  state.period = period;
  state.touch('period');
  keepAddress();
  void loader.timeline();
}

let asking = 0;
function change(filter: Filter): void {
  const asked = filterQuery({ ...filter, text: '' }) !== filterQuery({ ...state.filter, text: '' });
  state.filter = filter;
  state.touch('filter');
  keepAddress();
  // The collector has older scans that match; the search text applies to the loaded scans only.
  if (!asked) return;
  clearTimeout(asking);
  asking = window.setTimeout(() => void loader.scans(), 150);
}

/** The element that opened the panel, so that closing the panel returns focus to it. */
let opener: HTMLElement | null = null;
function closePanel(): void {
  history.pushState(null, '', `${location.pathname}${location.search}#/`);
  navigate();
  const back = opener?.isConnected ? opener : document.querySelector<HTMLElement>('#scans .stretch');
  back?.focus({ preventScroll: true });
}

const overview = h('div', { class: 'watch' });
overview.append(
  incidentsView(state),
  h(
    'div',
    { class: 'front' },
    h(
      'div',
      { class: 'news' },
      nowView(state, () => {
        change({ ...state.filter, open: true });
        document.getElementById('scans')?.scrollIntoView({ block: 'start' });
      }),
      timelineView(state, choosePeriod),
    ),
    rail(state),
  ),
  scansView(state, loader, change),
);
const sources = sourcesView(state);
const source = sourceView(state);
const sensors = sensorsView(state);
const map = mapView(state, choosePeriod);
const rules = rulesView(state, choosePeriod);
const campaign = campaignView(state);
const matrix = matrixView(state, choosePeriod);
const unknown = h(
  'section',
  { class: 'page' },
  h(
    'div',
    { class: 'nothing' },
    empty('Page not found', 'This link may be incomplete.'),
    h('p', null, h('a', { href: '#/' }, 'Go to the overview')),
  ),
);
const main = h(
  'main',
  { id: 'main', tabindex: -1 },
  h('h1', { class: 'hidden' }, 'Blockwatch'),
  overview,
  sources,
  source,
  sensors,
  map,
  matrix,
  campaign,
  rules,
  unknown,
);
const skip = h('a', { class: 'skip', href: '#main' }, 'Skip to content');
skip.addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
document.body.append(
  skip,
  header(state, () => dialog.open()),
  banner(state, live),
  main,
  panel(state, closePanel),
  spoken,
);

const titles = {
  overview: 'Overview',
  scan: 'Scan',
  sources: 'Sources',
  source: 'Source',
  sensors: 'Sensors',
  map: 'Map',
  matrix: 'Matrix',
  rules: 'Rules',
  campaign: 'Campaign',
  unknown: 'Not found',
} as const;
const scrolls = new Map<string, number>();
let page = '';

function show(): void {
  const { view } = state.route;
  overview.hidden = view !== 'overview' && view !== 'scan';
  sources.hidden = view !== 'sources';
  source.hidden = view !== 'source';
  sensors.hidden = view !== 'sensors';
  rules.hidden = view !== 'rules';
  campaign.hidden = view !== 'campaign';
  map.hidden = view !== 'map';
  matrix.hidden = view !== 'matrix';
  unknown.hidden = view !== 'unknown';
  document.title = `${titles[view]} · Blockwatch`;
  // The panel covers the overview: opening and closing it does not move the list below.
  const next = view === 'scan' ? 'overview' : view === 'source' || view === 'campaign' ? location.hash : view;
  if (next === page) return;
  if (page) scrolls.set(page, scrollY);
  const first = page === '';
  page = next;
  if (!first) scrollTo(0, scrolls.get(next) ?? 0);
}

function navigate(): void {
  const before = state.route.view;
  state.route = parseRoute(location.hash);
  if (state.route.view === 'scan' && before !== 'scan') opener = document.activeElement as HTMLElement | null;
  state.touch('route');
  show();
}

addEventListener('hashchange', navigate);
addEventListener('popstate', () => {
  state.filter = parseFilter(location.search, Object.keys(kindNames));
  state.period = parsePeriod(location.search);
  state.touch('filter', 'period');
  if (location.hash !== '' || state.route.view !== 'overview') navigate();
});
const dialog = helpDialog();
document.body.append(dialog.element);
listenToKeys({
  help: () => dialog.open(),
  go: (hash) => (location.hash = hash),
  search() {
    const focus = (): void => document.getElementById('filter-text')?.focus();
    if (state.route.view === 'overview' || state.route.view === 'scan') return focus();
    addEventListener('hashchange', focus, { once: true });
    location.hash = '#/';
  },
  row: (by) => stepRow(by),
  escape: () => state.route.view === 'scan' && closePanel(),
});

show();
startTicking(() => state.touch('clock'));
live.start();
