/** The panel with all details of a scan, beside the list, under a permanent link. */
import type { Scan, ScanHistory } from '../../../api/types.js';
import { facts, nextStep } from '../../../wording/advice.js';
import { absolute, count, duration, plural } from '../../../wording/format.js';
import {
  kindNames,
  sentence,
  severityNames,
  sourceLabel,
  stageNames,
  techniqueLink,
  techniqueNames,
} from '../../../wording/words.js';
import { ApiError, getScan } from '../lib/api.js';
import { now, timeElement } from '../lib/clock.js';
import type { Child } from '../lib/dom.js';
import { button, h } from '../lib/dom.js';
import { icon, outcomeBar, outcomes, prose, serviceChips, severityMark, sparkline } from '../lib/marks.js';
import { sourceHref } from '../lib/route.js';
import type { State } from '../lib/state.js';
import { empty } from './header.js';

const UNKNOWN = 'The collector does not know this scan. The link may be incomplete, or another collector has the scan.';

export function panel(state: State, close: () => void): HTMLElement {
  const title = h('h2', { id: 'panel-title', tabindex: -1 });
  const sub = h('p', { class: 'sub' });
  const sign = h('span', { class: 'sign' });
  const body = h('div', { class: 'body' });
  const element = h(
    'aside',
    { class: 'panel', 'aria-labelledby': 'panel-title', hidden: true },
    h(
      'div',
      { class: 'head' },
      sign,
      h('div', { class: 'grow' }, title, sub),
      button({ class: 'quiet', 'aria-label': 'Close', title: 'Close (Esc)' }, icon('close', 18), close),
    ),
    body,
  );
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
  });

  let shown = '';
  let drawn: Scan | undefined;
  let history: ScanHistory[] | undefined;
  let problem = '';

  const load = async (id: string): Promise<void> => {
    try {
      const answer = await getScan(id);
      if (shown !== id) return;
      history = answer.history;
      problem = '';
      state.takeScans([answer.scan]);
    } catch (error) {
      if (shown !== id) return;
      problem = error instanceof ApiError ? error.message : String(error);
      if (error instanceof ApiError && error.status === 404) problem = UNKNOWN;
    }
    draw(true);
  };

  const draw = (force: boolean): void => {
    const scan = state.scans.get(shown);
    if (!force && scan === drawn) return;
    // A reader who is copying evidence must not lose the selection to the next record.
    const selection = getSelection();
    if (scan && drawn && selection?.type === 'Range' && body.contains(selection.anchorNode)) return;
    drawn = scan;
    if (!scan) {
      title.textContent = 'Scan';
      sub.textContent = shown;
      sign.replaceChildren();
      body.replaceChildren(problem ? empty('Nothing to show', problem) : h('p', { class: 'loading' }, 'Loading …'));
      return;
    }
    title.textContent = kindNames[scan.kind];
    sub.textContent = `${severityNames[scan.severity]} · ${scan.site} / ${scan.sensor} · ${
      scan.open ? 'active' : 'ended'
    }`;
    sign.replaceChildren(severityMark(scan.severity, 26));
    // Redrawing must not scroll the panel.
    const { scrollTop } = element;
    const at = [...body.querySelectorAll('a, [tabindex]')].indexOf(document.activeElement as Element);
    body.replaceChildren(...content(scan, history, problem));
    if (at >= 0) body.querySelectorAll<HTMLElement>('a, [tabindex]')[at]?.focus({ preventScroll: true });
    element.scrollTop = scrollTop;
  };

  state.view(['route', 'scans'], (changed) => {
    const id = state.route.view === 'scan' ? state.route.id : '';
    if (id === shown) {
      const scan = state.scans.get(id);
      if (id && changed.has('scans') && scan !== drawn) {
        const grew = drawn && scan && drawn.received !== scan.received;
        draw(false);
        if (grew) void load(id);
      }
      return;
    }
    shown = id;
    element.hidden = !id;
    document.body.classList.toggle('with-panel', id !== '');
    if (!id) return;
    drawn = undefined;
    history = undefined;
    problem = '';
    draw(true);
    element.scrollTop = 0;
    title.focus({ preventScroll: true });
    void load(id);
  });
  return element;
}

function content(scan: Scan, history: ScanHistory[] | undefined, problem: string): Node[] {
  const part = (name: string, ...children: Child[]): HTMLElement =>
    h('section', null, h('h3', null, name), ...children);
  const length = Math.max(0, Date.parse(scan.last) - Date.parse(scan.first));
  const services = Math.max(scan.serviceCount, scan.services.length);
  const judged = scan.answered + scan.refused + scan.silent + scan.dark;
  const out: Node[] = [
    h('p', { class: 'says' }, ...prose(sentence(scan))),
    h('p', { class: 'next' }, icon('arrow'), nextStep(scan)),
    h(
      'dl',
      { class: 'figures' },
      h('div', null, h('dt', null, scan.targets === 1 ? 'target' : 'targets'), h('dd', null, count(scan.targets))),
      services > 0 &&
        h('div', null, h('dt', null, services === 1 ? 'service' : 'services'), h('dd', null, count(services))),
      h('div', null, h('dt', null, scan.probes === 1 ? 'probe' : 'probes'), h('dd', null, count(scan.probes))),
      h('div', null, h('dt', null, 'confidence'), h('dd', null, `${scan.confidence} %`)),
    ),
  ];
  if (scan.services.length)
    out.push(
      part(
        'Services probed',
        h('div', { class: 'chips' }, ...serviceChips(scan.services, scan.serviceCount, scan.protocol, 8)),
      ),
    );
  if (judged) {
    out.push(
      part(
        'Outcome',
        outcomeBar(scan),
        h(
          'ul',
          { class: 'legend outcomes' },
          ...outcomes.map(([key, name]) =>
            h(
              'li',
              null,
              h('span', { class: `swatch ${key}`, 'aria-hidden': 'true' }),
              h('b', null, count(scan[key])),
              ` ${name}`,
            ),
          ),
        ),
      ),
    );
  }
  out.push(
    part(
      'Why we think so',
      h(
        'dl',
        { class: 'facts' },
        ...facts(scan).flatMap((fact) => [
          h('dt', null, fact.term),
          h('dd', null, h('b', null, fact.value), h('span', null, fact.why)),
        ]),
      ),
    ),
  );
  const link = techniqueLink(scan.technique);
  out.push(
    part(
      'Timing',
      h(
        'div',
        { class: 'pace' },
        sparkline(scan.shape, 220, 44),
        h('p', { class: 'sub' }, `Probes over time; one bar is ${duration(scan.shapeStep)}.`),
      ),
      h(
        'dl',
        { class: 'pairs' },
        h('dt', null, 'First probe'),
        h('dd', null, absolute(scan.first), ' ', timeElement(scan.first)),
        h('dt', null, scan.open ? 'Latest probe' : 'Last probe'),
        h('dd', null, absolute(scan.last), ' ', timeElement(scan.last)),
        h('dt', null, 'Duration'),
        h('dd', null, duration(length)),
        h('dt', null, 'Reported'),
        h('dd', null, absolute(scan.received)),
      ),
    ),
  );
  out.push(part('History', history ? historyTable(history) : h('p', { class: 'loading' }, problem || 'Loading …')));
  out.push(
    part(
      'More',
      h(
        'ul',
        { class: 'links' },
        scan.source
          ? h(
              'li',
              null,
              h(
                'a',
                { href: sourceHref(scan.source) },
                'All activity from ',
                h('span', { class: 'address' }, sourceLabel(scan)),
              ),
            )
          : null,
        link
          ? h(
              'li',
              null,
              h(
                'a',
                { href: link, rel: 'noreferrer noopener', target: '_blank' },
                `ATT&CK ${scan.technique}: ${techniqueNames[scan.technique]}`,
              ),
            )
          : null,
      ),
      h('p', { class: 'sub id' }, `Scan ${scan.id}`),
    ),
  );
  return out;
}

function historyTable(history: ScanHistory[]): Node {
  if (!history.length) return h('p', { class: 'none' }, 'Its records are no longer stored.');
  const rows = [...history].sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : b.sequence - a.sequence));
  const late = rows.some(
    (row) => Date.parse(row.received) - Date.parse(row.time) > 60_000 && Date.parse(row.received) <= now(),
  );
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'History of the scan' },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          ...['Time', 'Stage'].map((name) => h('th', { scope: 'col' }, name)),
          ...['Targets', 'Services', 'Probes', 'Evidence'].map((name) =>
            h('th', { scope: 'col', class: 'number' }, name),
          ),
        ),
      ),
      h(
        'tbody',
        null,
        ...rows.map((row) =>
          h(
            'tr',
            null,
            h('td', { title: `Reported ${absolute(row.received)}, message ${row.sequence}` }, absolute(row.time)),
            h('td', null, stageNames[row.stage]),
            h('td', { class: 'number' }, count(row.targets)),
            h('td', { class: 'number' }, count(row.serviceCount)),
            h('td', { class: 'number' }, count(row.probes)),
            h('td', { class: 'number' }, row.evidence.toFixed(1)),
          ),
        ),
      ),
    ),
    late &&
      h('p', { class: 'sub' }, `${plural(rows.length, 'record')}; some arrived late, from a capture or an outbox.`),
  );
}
