/** Sources by sites: a source that reached many sites is a long row at the top, however little it did at each. */
import type { Matrix, MatrixCell, MatrixRow } from '../../../api/types.js';
import { absolute, count, plural } from '../../../wording/format.js';
import { getMatrix } from '../lib/api.js';
import { now } from '../lib/clock.js';
import { csvButton } from '../lib/csv.js';
import { h, replaceWhen, s, setText } from '../lib/dom.js';
import { feed } from '../lib/feed.js';
import { severityMark } from '../lib/marks.js';
import { sourceHref } from '../lib/route.js';
import { windowOf } from '../lib/scale.js';
import type { State } from '../lib/state.js';
import { empty } from './header.js';
import type { ChoosePeriod } from './period.js';
import { periodKey, periodSwitch } from './period.js';

/** Sites from which a row counts as wide. */
const WIDE = 3;
const shades = [1, 4, 16, 64, 512];
const labels = ['1 to 3', '4 to 15', '16 to 63', '64 to 511', '512 and more'];

const shade = (probes: number): number => shades.reduce((found, least, i) => (probes >= least ? i + 1 : found), 0);

type Mark = 'foothold' | 'alert' | 'whisper';
const markOf = (cell: MatrixCell): Mark => (cell.foothold ? 'foothold' : cell.scans > 0 ? 'alert' : 'whisper');
const markNames: Record<Mark, string> = { foothold: 'foothold', alert: 'alert', whisper: 'suspicion only' };
const markShapes: Record<Mark, string> = {
  foothold: 'M3.4.8h5.2l2.6 2.6v5.2l-2.6 2.6h-5.2l-2.6-2.6v-5.2zM5.3 2.8v4h1.4v-4zM5.3 7.9v1.4h1.4v-1.4z',
  alert: 'M6 3a3 3 0 1 1 0 6a3 3 0 1 1 0-6z',
  whisper: 'M6 2.6a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 1 1 0-6.8zm0 1.4a2 2 0 1 0 0 4a2 2 0 1 0 0-4z',
};
const shape = (mark: Mark): SVGSVGElement =>
  s(
    'svg',
    { viewBox: '0 0 12 12', width: 12, height: 12, 'aria-hidden': 'true' },
    s('path', { d: markShapes[mark], 'fill-rule': 'evenodd' }),
  );

function cellSentence(cell: MatrixCell): string {
  return `${cell.site}: ${markNames[markOf(cell)]}, ${plural(cell.probes, 'probe')} to ${plural(cell.targets, 'target')}, ${cell.evidence.toFixed(1)} nats`;
}

export function matrixView(state: State, choosePeriod: ChoosePeriod): HTMLElement {
  let matrix: Matrix | undefined;
  let problem = '';
  const summary = h('p', { class: 'says' });
  const table = h('table', { class: 'matrix', 'aria-labelledby': 'matrix-title' });
  const box = h(
    'div',
    { class: 'scroll matrix-box', tabindex: 0, role: 'region', 'aria-label': 'Table of sources by sites' },
    table,
  );
  const nothing = h('div', { class: 'nothing' });
  const foot = h('p', { class: 'explain' });
  const legend = h(
    'ul',
    { class: 'legend shades' },
    h('li', null, 'Probes at a site'),
    ...labels.map((label, i) =>
      h('li', null, h('span', { class: 'swatch tile-key', 'data-shade': i + 1, 'aria-hidden': 'true' }), label),
    ),
    ...(['alert', 'whisper', 'foothold'] as const).map((mark) =>
      h('li', { class: 'mark-key' }, shape(mark), markNames[mark]),
    ),
  );
  const element = h(
    'section',
    { class: 'page', 'aria-labelledby': 'matrix-title' },
    h(
      'div',
      { class: 'bar' },
      h('h2', { id: 'matrix-title' }, 'Sources by sites'),
      csvButton('the matrix', () => csvRows(matrix)),
      periodSwitch(state, 'day', 'Period of the matrix', choosePeriod),
    ),
    summary,
    box,
    nothing,
    legend,
    foot,
  );
  const draw = (): void => {
    const rows = matrix?.rows ?? [];
    box.hidden = legend.hidden = summary.hidden = !rows.length;
    nothing.hidden = rows.length > 0;
    if (!rows.length)
      replaceWhen(nothing, `${problem} ${matrix !== undefined}`, () => [
        matrix
          ? empty(
              'No sources in this period',
              'Every source that scans a site, or is suspected at one, has a row here. A fleet-wide scan is a long row.',
            )
          : problem
            ? empty('The matrix cannot be drawn', problem)
            : h('p', { class: 'loading' }, 'Loading …'),
      ]);
    setText(
      foot,
      !matrix
        ? ''
        : [
            matrix.more
              ? `${plural(matrix.more, 'more source')} at fewer sites ${matrix.more === 1 ? 'is' : 'are'} not shown.`
              : '',
            'Suspicion is evidence below the alert threshold of a single sensor. A row with many such marks is a scan that only the fleet can detect.',
            matrix.complete ? '' : 'Only the newest data is counted.',
          ]
            .filter(Boolean)
            .join(' '),
    );
    foot.hidden = !rows.length;
    if (!matrix || !rows.length) return;
    setText(summary, summaryOf(rows));
    const { sites } = matrix;
    const detected = new Set((state.verdicts ?? []).filter((one) => one.convicted).map((one) => one.source));
    replaceWhen(table, JSON.stringify([sites, rows, [...detected]]), () => [
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          h('th', { scope: 'col', class: 'who' }, 'Source'),
          ...sites.map((site) => h('th', { scope: 'col', class: 'site', title: site }, h('span', null, site))),
          h('th', { scope: 'col', class: 'number' }, 'Sites'),
          h('th', { scope: 'col', class: 'number' }, 'Evidence'),
          h('th', { scope: 'col', class: 'number' }, 'Probes'),
          h('th', { scope: 'col', class: 'last' }, 'Last'),
        ),
      ),
      h('tbody', null, ...rows.map((row) => rowOf(row, sites, detected.has(row.source)))),
    ]);
  };
  feed(
    state,
    ['period'],
    () => (state.route.view === 'matrix' ? periodKey(state.periodOr('day')) : ''),
    () => {
      const { from, to } = windowOf(state.periodOr('day'), now());
      return getMatrix(from, to);
    },
    (answer) => {
      matrix = answer.value;
      problem = answer.missing ? 'This collector is older than the page and has no matrix.' : answer.problem;
      draw();
    },
  );
  state.view(['fleet'], draw);
  draw();
  return element;
}

/** The matrix in a sentence, for screen readers and everyone else. */
function summaryOf(rows: readonly MatrixRow[]): string {
  const [widest] = rows as [MatrixRow];
  const wide = rows.filter((row) => row.cells.length >= WIDE);
  if (!wide.length) return 'No source reached three or more sites.';
  const quiet = widest.cells.filter((cell) => cell.scans === 0).length;
  return `${widest.source} reached ${plural(widest.cells.length, 'site')}${
    quiet === widest.cells.length
      ? ', and no single sensor could detect it'
      : quiet
        ? `, at ${quiet} of them with too little evidence for an alert`
        : ''
  }.${wide.length > 1 ? ` ${plural(wide.length - 1, 'more source')} reached three or more.` : ''}`;
}

function rowOf(row: MatrixRow, sites: readonly string[], detected: boolean): HTMLElement {
  const cells = new Map(row.cells.map((cell) => [cell.site, cell]));
  return h(
    'tr',
    { 'data-wide': row.cells.length >= WIDE },
    h(
      'th',
      { scope: 'row', class: 'who' },
      h(
        'div',
        null,
        row.severity
          ? severityMark(row.severity, 14)
          : detected
            ? severityMark('medium', 14)
            : h('span', { class: 'no-mark', title: 'Suspicion reports only' }, shape('whisper')),
        h('a', { class: 'address', href: sourceHref(row.source) }, row.source),
        !row.severity && detected && h('span', { class: 'mark tool' }, 'seen only fleet-wide'),
      ),
    ),
    ...sites.map((site) => {
      const cell = cells.get(site);
      if (!cell) return h('td', { class: 'cell' });
      const sentence = cellSentence(cell);
      return h(
        'td',
        { class: 'cell', title: sentence },
        h(
          'span',
          { class: 'tile-key', 'data-shade': shade(cell.probes), 'data-mark': markOf(cell) },
          shape(markOf(cell)),
        ),
        h('span', { class: 'hidden' }, sentence),
      );
    }),
    h('td', { class: 'number' }, h('b', null, String(row.cells.length))),
    h('td', { class: 'number' }, count(row.evidence), h('span', { class: 'sub' }, ' nats')),
    h('td', { class: 'number' }, count(row.probes)),
    h('td', { class: 'sub last' }, absolute(row.last).slice(5, 16)),
  );
}

function csvRows(matrix: Matrix | undefined): (string | number)[][] {
  if (!matrix) return [];
  return [
    ['Source', 'Site', 'Mark', 'Scans', 'Probes', 'Targets', 'Evidence, nats'],
    ...matrix.rows.flatMap((row) =>
      row.cells.map((cell) => [
        row.source,
        cell.site,
        markNames[markOf(cell)],
        cell.scans,
        cell.probes,
        cell.targets,
        cell.evidence.toFixed(2),
      ]),
    ),
  ];
}
