/** One source: what it did, everywhere. */
import type { Scan, Source } from '../../../collector/types.js';
import { nextStep } from '../advice.js';
import { ApiError, getSource } from '../api.js';
import { timeElement } from '../clock.js';
import { h, keyed } from '../dom.js';
import { newestFirst, worstFirst } from '../filter.js';
import { absolute, count, listed, plural } from '../format.js';
import { confidenceMark, forgedMark, icon, serviceChips, severityMark } from '../marks.js';
import type { State } from '../state.js';
import { isMac, kindNames, severityNames, sureness, toolNames } from '../words.js';
import { empty } from './header.js';
import { columnNames, scanRow } from './scan-row.js';

/** What the source did, in one sentence. */
function summary(source: Source): string {
  const kinds = listed(source.kinds.map((kind) =>
    kindNames[kind].replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())));
  const where = source.sites.length === 1 ? `in ${source.sites[0]}`
    : `in ${count(source.sites.length)} sites (${listed(source.sites)})`;
  return `${plural(source.scans, 'scan')} ${where}, seen by ${plural(source.sensors, 'sensor')}: ${kinds}.`;
}

export function sourceView(state: State): HTMLElement {
  const head = h('div', { class: 'source-head' });
  const list = h('ol', { class: 'scans', 'aria-label': 'Scans of this source, newest first' });
  const lists = h('div', { class: 'list' }, h('h3', null, 'Its scans'), columnNames(), list);
  const element = h('section', { class: 'page', 'aria-label': 'Source' },
    h('p', { class: 'crumbs' }, h('a', { href: '#/sources' }, icon('back', 14), 'All sources')), head, lists);
  let shown = '';
  let wait = 0;

  const load = async (address: string): Promise<void> => {
    try {
      const { source, scans } = await getSource(address);
      if (shown !== address) return;
      drawHead(head, source, scans);
      keyed(list, [...scans].sort(newestFirst), (scan) => scan.id, scanRow);
      lists.hidden = false;
    } catch (error) {
      if (shown !== address) return;
      if (lists.hidden) {
        head.replaceChildren(h('h2', { class: 'address' }, address), empty('Nothing is known of this source',
          error instanceof ApiError && error.status === 404 ? 'No sensor has reported it. Check the address.'
            : (error as Error).message));
      }
    }
  };
  state.view(['route', 'sources'], (changed) => {
    const address = state.route.view === 'source' ? state.route.address : '';
    if (!address) {
      shown = '';
      return;
    }
    if (address !== shown) {
      shown = address;
      lists.hidden = true;
      head.replaceChildren(h('h2', { class: 'address' }, address),
        h('p', { class: 'loading' }, 'Asking the collector …'));
      keyed<Scan>(list, [], (scan) => scan.id, scanRow);
      void load(address);
    } else if (changed.has('sources')) {
      clearTimeout(wait);
      wait = window.setTimeout(() => void load(shown), 300);
    }
  });
  return element;
}

function drawHead(head: HTMLElement, source: Source, scans: Scan[]): void {
  const worst = [...scans].sort(worstFirst)[0];
  const figure = (label: string, value: string): HTMLElement =>
    h('div', null, h('dt', null, label), h('dd', null, value));
  const parts: Node[] = [
    h('div', { class: 'title' }, severityMark(source.severity, 26), h('h2', { class: 'address' }, source.source),
      ...source.tools.filter(Boolean).map((tool) => h('span', { class: 'mark tool' }, toolNames[tool])),
      source.spoofable ? forgedMark() : ''),
    h('p', { class: 'says' }, summary(source)),
  ];
  if (worst) parts.push(h('p', { class: 'next' }, icon('arrow'), nextStep(worst)));
  parts.push(h('dl', { class: 'figures' }, figure('severity', severityNames[source.severity]),
    figure(source.scans === 1 ? 'scan' : 'scans', count(source.scans)),
    figure('open now', count(source.openScans)),
    figure(source.targets === 1 ? 'target' : 'targets', count(source.targets)),
    figure(source.probes === 1 ? 'probe' : 'probes', count(source.probes)),
    figure(source.sites.length === 1 ? 'site' : 'sites', count(source.sites.length))));
  parts.push(h('dl', { class: 'pairs' },
    h('dt', null, 'How sure'), h('dd', null, confidenceMark(source.confidence), ` ${sureness(source.confidence)}`),
    h('dt', null, 'Kind of address'), h('dd', null,
      isMac(source.source) ? 'a device on your network' : source.source.includes(':') ? 'IPv6' : 'IPv4'),
    h('dt', null, 'First seen'), h('dd', null, absolute(source.first), ' ', timeElement(source.first)),
    h('dt', null, 'Last seen'), h('dd', null, absolute(source.last), ' ', timeElement(source.last)),
    ...(source.services.length ? [h('dt', null, 'Services asked for'),
      h('dd', { class: 'chips' }, ...serviceChips(source.services, source.services.length, '', 8))] : [])));
  head.replaceChildren(...parts);
}
