/** The home address blocks on a Hilbert curve: which were probed, by how many sources, and when. */

import { parseNet } from '../../../api/hilbert.js';
import type { AddressMap, MapBlock } from '../../../api/types.js';
import { absolute, clockTime, count, listed, plural } from '../../../wording/format.js';
import type { Measure } from '../../../wording/map-words.js';
import { keyOf, scales, shade, share, sizeOf, unplacedText } from '../../../wording/map-words.js';
import { getMap } from '../lib/api.js';
import { now } from '../lib/clock.js';
import { csvButton } from '../lib/csv.js';
import { button, h, replaceWhen, setAttribute, setText } from '../lib/dom.js';
import { feed } from '../lib/feed.js';
import { severityMark } from '../lib/marks.js';
import { windowOf } from '../lib/scale.js';
import type { State } from '../lib/state.js';
import { empty } from './header.js';
import { drawPlane, nearest } from './map-plane.js';
import type { ChoosePeriod } from './period.js';
import { periodKey, periodSwitch } from './period.js';
import { startCommand } from './sensors.js';

const STEPS = 24;
export function mapView(state: State, choosePeriod: ChoosePeriod): HTMLElement {
  let map: AddressMap | undefined;
  let problem = '';
  let measure: Measure = 'sources';
  /** A step of the map's period; -1 is the whole period. */
  let step = -1;
  let chosen = '';

  const measures = (['sources', 'extent'] as const).map((one) =>
    button({ 'aria-pressed': String(one === measure) }, one === 'sources' ? 'Sources' : 'Extent', () => {
      measure = one;
      draw();
    }),
  );
  const plane = h('div', { class: 'plane' });
  const detail = h('div', { class: 'block-detail', role: 'status' });
  const legend = h('ul', { class: 'legend shades', 'aria-hidden': 'true' });
  const bars = h('div', { class: 'when-bars', 'aria-hidden': 'true' });
  const slider = h('input', {
    type: 'range',
    min: -1,
    max: STEPS - 1,
    step: 1,
    value: -1,
    'aria-label': 'Time shown on the map',
  });
  const when = h('output', { class: 'when-text' });
  const table = h('table', null);
  const copy = csvButton('the address map', () => tableRows(map?.blocks ?? []));
  const more = h(
    'details',
    { class: 'table' },
    h('summary', null, 'All blocks in a table'),
    h('div', { class: 'bar' }, copy),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Address map as a table' }, table),
  );
  const unplaced = h('p', { class: 'explain' });
  const card = h('div', { class: 'map-card' }, plane, h('div', { class: 'side' }, detail, legend));
  const time = h('div', { class: 'when' }, bars, slider, when);
  const nothing = h('div', { class: 'nothing' });
  const about = h(
    'p',
    { class: 'explain' },
    'Blocks follow a Hilbert curve, so blocks with neighbouring addresses are close together. ' +
      'Sensors report how many addresses were probed, not which, so the whole block is shaded. ' +
      'Extent is the share of the block’s addresses that the largest scan probed.',
  );
  const element = h(
    'section',
    { class: 'page', 'aria-labelledby': 'map-title' },
    h(
      'div',
      { class: 'bar' },
      h('h2', { id: 'map-title' }, 'Address map'),
      h('div', { class: 'switch', role: 'group', 'aria-label': 'Shade by' }, ...measures),
      periodSwitch(state, 'day', 'Period of the map', choosePeriod),
    ),
    card,
    time,
    nothing,
    unplaced,
    about,
    more,
  );

  const figuresOf = (block: MapBlock): { sources: number; touched: number } =>
    step < 0 ? block : { sources: block.sourcesBy[step] ?? 0, touched: block.touchedBy[step] ?? 0 };
  const span = (): { from: number; to: number } => {
    const from = Date.parse(map?.from ?? '');
    const length = (map?.stepSeconds ?? 0) * 1000;
    return step < 0
      ? { from, to: Date.parse(map?.to ?? '') }
      : { from: from + step * length, to: from + (step + 1) * length };
  };
  const spanText = (): string => {
    const { from, to } = span();
    const [begin, end] = [new Date(from).toISOString(), new Date(to).toISOString()];
    return `${absolute(begin).slice(0, 16)} to ${
      absolute(begin).slice(0, 10) === absolute(end).slice(0, 10) ? clockTime(end, false) : absolute(end).slice(0, 16)
    }`;
  };
  const sentenceOf = (block: MapBlock): string => {
    const { sources, touched } = figuresOf(block);
    const who = `${block.block}, ${block.site}`;
    return sources
      ? `${who}: ${plural(sources, 'source')}, up to ${plural(touched, 'address', 'addresses')} probed (${share(block, touched)})`
      : `${who}: not probed`;
  };

  const choose = (name: string, focus: boolean): void => {
    chosen = name;
    for (const tile of plane.querySelectorAll<HTMLElement>('.tile')) {
      const mine = tile.dataset['block'] === name;
      tile.tabIndex = mine ? 0 : -1;
      tile.classList.toggle('chosen', mine);
      if (mine && focus) tile.focus();
    }
    showDetail();
  };
  const showDetail = (): void => {
    const block = map?.blocks.find((one) => keyOf(one) === chosen);
    if (!block)
      return replaceWhen(detail, 'none', () => [
        h('p', { class: 'sub' }, 'Point at a block, or move with the arrow keys.'),
      ]);
    const { sources, touched } = figuresOf(block);
    replaceWhen(detail, JSON.stringify([block, step]), () => [
      h('h3', null, h('span', { class: 'address' }, block.block)),
      h('p', { class: 'sub' }, `${block.site} · ${plural(sizeOf(block.block), 'address', 'addresses')}`),
      h(
        'dl',
        { class: 'figures' },
        h('div', null, h('dt', null, sources === 1 ? 'source' : 'sources'), h('dd', null, count(sources))),
        h('div', null, h('dt', null, 'probed, at most'), h('dd', null, sources ? share(block, touched) : '0 %')),
      ),
      h(
        'dl',
        { class: 'pairs' },
        h('dt', null, 'Total'),
        h('dd', null, `${plural(block.scans, 'scan')}, ${plural(block.probes, 'probe')}`),
        h('dt', null, 'Answered'),
        h('dd', null, count(block.answered)),
        block.severity && h('dt', null, 'Severity'),
        block.severity && h('dd', { class: 'with-mark' }, severityMark(block.severity, 14), ` ${block.severity}`),
        block.last && h('dt', null, 'Last seen'),
        block.last && h('dd', null, absolute(block.last)),
        h('dt', null, block.sensors.length === 1 ? 'Sensor' : 'Sensors'),
        h('dd', null, listed(block.sensors)),
      ),
      block.shared &&
        h(
          'p',
          { class: 'sub' },
          'Its sensor covers several blocks and does not report which one a scan probed, so the scan counts for each.',
        ),
      h('p', null, h('a', { href: `?site=${encodeURIComponent(block.site)}#/` }, `Scans at ${block.site}`)),
    ]);
  };

  plane.addEventListener('keydown', (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const from = event.target as HTMLElement;
    if (!way || !from.dataset['block']) return;
    event.preventDefault();
    const next = nearest(from, [...plane.querySelectorAll<HTMLElement>('.tile')], way as [number, number]);
    if (next) choose(next.dataset['block'] as string, true);
  });
  const point = (event: Event): void => {
    const name = (event.target as HTMLElement).closest<HTMLElement>('.tile')?.dataset['block'];
    if (name && name !== chosen) choose(name, false);
  };
  for (const type of ['pointerover', 'focusin', 'click']) plane.addEventListener(type, point);
  slider.addEventListener('input', () => {
    step = Number(slider.value);
    draw();
  });
  more.addEventListener('toggle', () => draw());

  let drawn = '';
  const draw = (): void => {
    const blocks = map?.blocks ?? [];
    const shown = blocks.map(keyOf).join();
    if (shown !== drawn) {
      drawn = shown;
      drawPlane(plane, blocks);
    }
    const some = blocks.length > 0;
    card.hidden = time.hidden = about.hidden = more.hidden = !some;
    nothing.hidden = some;
    if (!some)
      replaceWhen(nothing, `${problem} ${map !== undefined}`, () => [
        map
          ? noBlocks()
          : problem
            ? empty('The map cannot be drawn', problem)
            : h('p', { class: 'loading' }, 'Loading …'),
      ]);
    measures.forEach((one, i) => one.setAttribute('aria-pressed', String((i === 0) === (measure === 'sources'))));
    for (const tile of plane.querySelectorAll<HTMLElement>('.tile')) {
      const block = blocks.find((one) => keyOf(one) === tile.dataset['block']);
      if (!block) continue;
      const { sources, touched } = figuresOf(block);
      tile.dataset['shade'] = String(shade(measure, measure === 'sources' ? sources : touched / sizeOf(block.block)));
      setText(
        tile.querySelector('.tile-figure') as HTMLElement,
        !sources ? '' : measure === 'sources' ? count(sources) : share(block, touched),
      );
      setText(tile.querySelector('.hidden') as HTMLElement, sentenceOf(block));
    }
    if (some && !blocks.some((one) => keyOf(one) === chosen)) {
      const [most] = blocks.filter(({ block }) => parseNet(block)).sort((a, b) => b.sources - a.sources);
      choose(most ? keyOf(most) : '', false);
    } else choose(chosen, false);
    replaceWhen(legend, measure, () => [
      h('li', null, measure === 'sources' ? 'Sources' : 'Share probed'),
      ...scales[measure].map(([, label], i) =>
        h('li', null, h('span', { class: 'swatch tile-key', 'data-shade': i }), label),
      ),
    ]);
    if (!map) return;
    const sums = Array.from({ length: map.blocks[0]?.sourcesBy.length ?? 0 }, (_, i) =>
      blocks.reduce((sum, one) => sum + (one.sourcesBy[i] ?? 0), 0),
    );
    const top = Math.max(1, ...sums);
    slider.max = String(sums.length - 1);
    replaceWhen(bars, `${sums.join()} ${step}`, () =>
      sums.map((sum, i) => {
        const bar = h('span', { class: i === step ? 'on' : '' });
        bar.style.height = `${sum ? Math.max(8, (sum / top) * 100) : 0}%`;
        return bar;
      }),
    );
    const text = `${step < 0 ? 'All: ' : ''}${some ? spanText() : ''}`;
    setText(when, text);
    setAttribute(slider, 'aria-valuetext', text);
    setText(unplaced, unplacedText(map));
    unplaced.hidden = unplaced.textContent === '';
    replaceWhen(table, more.open ? JSON.stringify(blocks) : '', () => (more.open ? tableOf(blocks) : []));
  };
  feed(
    state,
    ['period'],
    () => (state.route.view === 'map' ? periodKey(state.periodOr('day')) : ''),
    () => {
      const { from, to } = windowOf(state.periodOr('day'), now());
      return getMap(from, to, STEPS);
    },
    (answer) => {
      map = answer.value;
      problem = answer.missing ? 'This collector is older than the page and has no map.' : answer.problem;
      if (step >= (map?.blocks[0]?.sourcesBy.length ?? 0)) step = -1;
      draw();
    },
  );
  draw();
  return element;
}

function noBlocks(): HTMLElement {
  return empty(
    'No address blocks yet',
    'The map shows the home blocks of the sensors. Set the blocks of a site in the config of its sensor, or when you start it, and its scans appear here.',
    `${startCommand()} --home 10.1.0.0/16`,
  );
}

const columns = ['Block', 'Site', 'Sources', 'Scans', 'Probes', 'Probed, at most', 'Answered', 'Severity', 'Last seen'];

function tableRows(blocks: readonly MapBlock[]): (string | number)[][] {
  return [
    columns,
    ...blocks.map((one) => [
      one.block,
      one.site,
      one.sources,
      one.scans,
      one.probes,
      one.touched,
      one.answered,
      one.severity,
      one.last ?? '',
    ]),
  ];
}

function tableOf(blocks: readonly MapBlock[]): Node[] {
  const figure = (value: number): HTMLElement => h('td', { class: 'number' }, count(value));
  return [
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        ...columns.map((name, i) => h('th', { scope: 'col', class: i > 1 && i < 7 ? 'number' : null }, name)),
      ),
    ),
    h(
      'tbody',
      null,
      ...[...blocks]
        .sort((a, b) => b.sources - a.sources)
        .map((one) =>
          h(
            'tr',
            null,
            h('th', { scope: 'row', class: 'address' }, one.block),
            h('td', null, one.site),
            figure(one.sources),
            figure(one.scans),
            figure(one.probes),
            h('td', { class: 'number' }, `${count(one.touched)}${one.sources ? ` (${share(one, one.touched)})` : ''}`),
            figure(one.answered),
            h('td', null, one.severity),
            h('td', null, one.last ? absolute(one.last) : ''),
          ),
        ),
    ),
  ];
}
