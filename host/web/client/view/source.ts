/** The page of a source: what it is, its activity by visit, and the evidence. */
import type { Scan, Source, Whispered } from '../../../api/types.js';
import { facts, nextStep } from '../../../wording/advice.js';
import type { Visit } from '../../../wording/fleet.js';
import { isLocal, ratios, verdictSentence, visitPhrase, visitSentence, visitsOf } from '../../../wording/fleet.js';
import { absolute, count, duration, listed, plural } from '../../../wording/format.js';
import {
  confidenceLabel,
  isMac,
  kindNames,
  sentence,
  severityNames,
  techniqueLink,
  techniqueNames,
  toolNames,
  toolReasons,
} from '../../../wording/words.js';
import { ApiError, getSource, hasExport } from '../lib/api.js';
import { now, timeElement } from '../lib/clock.js';
import { csvButton } from '../lib/csv.js';
import type { Child, Row } from '../lib/dom.js';
import { h, keyed } from '../lib/dom.js';
import { newestFirst, worstFirst } from '../lib/filter.js';
import { confidenceMark, icon, prose, serviceChips, severityMark, spoofableMark } from '../lib/marks.js';
import type { State } from '../lib/state.js';
import { empty } from './header.js';
import { columnNames, csvOfScans, scanRow } from './scan-row.js';

/** What the source did, in one sentence. */
function summary(source: Source): string {
  if (source.scans === 0) {
    return `${plural(source.probes, 'probe')} at ${plural(source.targets, 'target')}, ${
      source.sites.length === 1
        ? `all at ${source.sites[0]}: too little for an alert.`
        : `spread over ${count(source.sites.length)} sites: too little at each site for an alert.`
    }`;
  }
  const kinds = listed(
    source.kinds.map((kind) => kindNames[kind].replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())),
  );
  const where =
    source.sites.length === 1
      ? `at ${source.sites[0]}`
      : `at ${count(source.sites.length)} sites (${listed(source.sites)})`;
  return `${plural(source.scans, 'scan')} ${where}, seen by ${plural(source.sensors, 'sensor')}: ${kinds}.`;
}

/** One visit: its sentence, the reasons of its worst scan, and its scans. */
function visitRow(): Row<Visit> {
  const title = h('h3');
  const when = h('p', { class: 'sub' });
  const says = h('p', { class: 'visit-says' });
  const why = h('dl', { class: 'facts' });
  const details = h('details', null, h('summary', null, 'Why we think so'), why);
  const list = h('ol', { class: 'scans' });
  const element = h(
    'li',
    { class: 'visit' },
    h('div', { class: 'visit-head' }, title, when),
    says,
    details,
    columnNames(),
    list,
  );
  return {
    element,
    update(visit) {
      title.textContent = `Visit ${visit.number}`;
      when.textContent = `${absolute(visit.first)} to ${absolute(visit.last)}, ${duration(Math.max(1000, Date.parse(visit.last) - Date.parse(visit.first)))}`;
      says.textContent = `${visitSentence(visit)}.`;
      list.setAttribute('aria-label', `Scans of visit ${visit.number}, newest first`);
      const worst = [...visit.scans].sort(worstFirst)[0];
      why.replaceChildren(
        ...(worst ? facts(worst) : []).flatMap((fact) => [
          h('dt', null, fact.term),
          h('dd', null, h('b', null, fact.value), h('span', null, fact.why)),
        ]),
      );
      keyed(list, [...visit.scans].sort(newestFirst), (scan) => scan.id, scanRow);
    },
  };
}

export function sourceView(state: State): HTMLElement {
  const head = h('div', { class: 'source-head' });
  const visits = h('ol', { class: 'visits' });
  let scans: Scan[] = [];
  let suspicions: Whispered[] = [];
  const suspicion = h('div', { class: 'list', hidden: true });
  const lists = h(
    'div',
    { class: 'list' },
    h(
      'div',
      { class: 'bar' },
      h('h3', null, 'Visits'),
      csvButton('its scans', () => csvOfScans(scans)),
    ),
    visits,
  );
  const element = h(
    'section',
    { class: 'page', 'aria-label': 'Source' },
    h('p', { class: 'crumbs' }, h('a', { href: '#/sources' }, icon('back', 14), 'All sources')),
    head,
    lists,
    suspicion,
  );
  let shown = '';
  let wait = 0;

  const load = async (address: string): Promise<void> => {
    try {
      const answer = await getSource(address);
      if (shown !== address) return;
      scans = answer.scans;
      suspicions = answer.whispers ?? [];
      drawHead(head, answer.source, scans, suspicions, state);
      keyed(visits, visitsOf(scans), (visit) => String(visit.number), visitRow);
      lists.hidden = !scans.length;
      suspicion.hidden = !suspicions.length;
      if (suspicions.length) suspicion.replaceChildren(...suspicionTable(suspicions));
    } catch (error) {
      if (shown !== address) return;
      if (lists.hidden && suspicion.hidden) {
        head.replaceChildren(
          h('h2', { class: 'address' }, address),
          empty(
            'Nothing is known about this source',
            error instanceof ApiError && error.status === 404
              ? 'No sensor has reported it. Check the address.'
              : (error as Error).message,
          ),
        );
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
      lists.hidden = suspicion.hidden = true;
      head.replaceChildren(h('h2', { class: 'address' }, address), h('p', { class: 'loading' }, 'Loading …'));
      keyed<Visit>(visits, [], (visit) => String(visit.number), visitRow);
      void load(address);
    } else if (changed.has('sources')) {
      clearTimeout(wait);
      wait = window.setTimeout(() => void load(shown), 300);
    }
  });
  return element;
}

function drawHead(
  head: HTMLElement,
  source: Source,
  scans: readonly Scan[],
  suspicions: readonly Whispered[],
  state: State,
): void {
  const worst = [...scans].sort(worstFirst)[0];
  const figure = (label: string, value: string): HTMLElement =>
    h('div', null, h('dt', null, label), h('dd', null, value));
  const again = visitPhrase(source.visits ?? visitsOf(scans).length, source.first, now());
  const verdict = source.verdict ?? state.verdicts?.find((one) => one.source === source.source);
  const { known } = source;
  const pair = (name: string, ...value: Child[]): Node[] => [h('dt', null, name), h('dd', null, ...value)];
  const techniques = [
    ...new Set(
      scans.length
        ? scans.map((scan) => scan.technique)
        : suspicions.map(({ direction }) => (direction === 'inbound' ? ('T1595.001' as const) : '')),
    ),
  ].filter((one) => one !== '');
  const parts: (Node | false | undefined)[] = [
    h(
      'div',
      { class: 'title' },
      severityMark(source.severity, 26),
      h('h2', { class: 'address' }, source.source),
      ...source.tools.filter(Boolean).map((tool) => h('span', { class: 'mark tool' }, toolNames[tool])),
      source.spoofable ? spoofableMark() : '',
      again && h('span', { class: 'mark again' }, again),
      known &&
        h(
          'span',
          { class: `mark known ${known.kind}`, title: `On the list ${known.list} since ${absolute(known.since)}` },
          known.kind === 'research' ? `Known research scanner: ${known.label}` : `Known adversary: ${known.label}`,
        ),
    ),
    h(
      'p',
      { class: 'says' },
      worst && source.scans === 1 ? null : summary(source),
      ...(worst && source.scans === 1 ? prose(sentence(worst)) : []),
    ),
    verdict && h('p', { class: 'verdict' }, verdictSentence(verdict)),
    !worst &&
      h(
        'p',
        { class: 'next' },
        icon('arrow'),
        verdict?.convicted
          ? source.spoofable
            ? 'Look for logins from it at every site, and do not block on this alone: the source address may be spoofed.'
            : 'Block it at the edge of every site, including those it has not reached yet.'
          : 'No action yet: it raises an alert if more of its contacts fail.',
      ),
    worst &&
      h(
        'p',
        { class: 'next' },
        icon('arrow'),
        known?.kind === 'research'
          ? 'No action needed unless it gets in: it is on a list of research scanners.'
          : nextStep(worst),
      ),
    h(
      'dl',
      { class: 'figures' },
      figure('severity', severityNames[source.severity]),
      ...(source.scans
        ? [
            figure(source.scans === 1 ? 'scan' : 'scans', count(source.scans)),
            figure('active now', count(source.openScans)),
          ]
        : [figure(source.sensors === 1 ? 'sensor with suspicion' : 'sensors with suspicion', count(source.sensors))]),
      figure(source.targets === 1 ? 'target' : 'targets', count(source.targets)),
      figure(source.probes === 1 ? 'probe' : 'probes', count(source.probes)),
      figure(source.sites.length === 1 ? 'site' : 'sites', count(source.sites.length)),
    ),
    ratioTable(scans),
    scans.length > 0 && exportsOf(source.source),
  ];
  const pairs = h(
    'dl',
    { class: 'pairs' },
    ...pair('Confidence', confidenceMark(source.confidence), ` ${confidenceLabel(source.confidence)}`),
    ...pair(
      'Address type',
      isMac(source.source) ? 'a device on your network' : source.source.includes(':') ? 'IPv6' : 'IPv4',
    ),
    ...pair('First seen', absolute(source.first), ' ', timeElement(source.first)),
    ...pair('Last seen', absolute(source.last), ' ', timeElement(source.last)),
    ...(source.services.length
      ? [
          h('dt', null, 'Services probed'),
          h('dd', { class: 'chips' }, ...serviceChips(source.services, source.services.length, '', 8)),
        ]
      : []),
    ...source.tools
      .filter(Boolean)
      .flatMap((tool) => pair('Tool', h('b', null, toolNames[tool]), ` ${toolReasons[tool]}`)),
    ...techniques.flatMap((technique) =>
      pair(
        'ATT&CK',
        h(
          'a',
          { href: techniqueLink(technique), rel: 'noreferrer noopener', target: '_blank' },
          `${technique} ${techniqueNames[technique]}`,
        ),
      ),
    ),
  );
  head.replaceChildren(
    h('div', { class: 'left' }, ...parts.filter((part): part is Node => part instanceof Node)),
    pairs,
  );
}

/** The evidence of each sensor, too weak for an alert by that sensor. */
function suspicionTable(suspicions: readonly Whispered[]): Node[] {
  const cell = (label: string, value: string, number = false): HTMLElement =>
    h('td', { role: 'cell', 'data-label': label, class: number ? 'number' : null }, value);
  const heads = [
    ['Site', false],
    ['Sensor', false],
    ['Services', false],
    ['Targets', true],
    ['Probes', true],
    ['Outcome', false],
    ['Evidence, nats', true],
    ['Last report', false],
  ] as const;
  return [
    h(
      'div',
      { class: 'bar' },
      h('h3', { id: 'whispers-title' }, 'What individual sensors saw'),
      csvButton('what individual sensors saw', () => [
        [
          'Site',
          'Sensor',
          'Services',
          'Targets',
          'Probes',
          'Answered',
          'Refused',
          'Silent',
          'Absent',
          'Evidence, nats',
          'Last report',
        ],
        ...suspicions.map((one) => [
          one.site,
          one.sensor,
          one.services.join(' '),
          one.targets,
          one.probes,
          one.answered,
          one.refused,
          one.silent,
          one.dark,
          one.evidence.toFixed(2),
          one.received,
        ]),
      ]),
    ),
    h(
      'p',
      { class: 'explain' },
      'No single sensor has enough evidence to alert. Sensors see different contacts, so their evidence adds up.',
    ),
    h(
      'table',
      { class: 'whispers', role: 'table', 'aria-labelledby': 'whispers-title' },
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          ...heads.map(([name, number]) =>
            h('th', { role: 'columnheader', scope: 'col', class: number ? 'number' : null }, name),
          ),
        ),
      ),
      h(
        'tbody',
        { role: 'rowgroup' },
        ...suspicions.map((one) =>
          h(
            'tr',
            { role: 'row' },
            h('th', { role: 'rowheader', scope: 'row' }, one.site),
            cell('Sensor', one.sensor),
            cell(
              'Services',
              one.services.map((port) => `${one.protocol.toUpperCase()} ${port}`).join(', ') ||
                one.protocol.toUpperCase(),
            ),
            cell('Targets', count(one.targets), true),
            cell('Probes', count(one.probes), true),
            cell('Outcome', outcomes(one)),
            cell('Evidence, nats', one.evidence.toFixed(1), true),
            h('td', { role: 'cell', 'data-label': 'Last report' }, timeElement(one.received)),
          ),
        ),
      ),
    ),
  ];
}

/** `2 to unused addresses`, `1 refused, 1 unanswered`. */
function outcomes({ answered, refused, silent, dark }: Whispered): string {
  return (
    (
      [
        [answered, 'answered'],
        [refused, 'refused'],
        [silent, 'unanswered'],
        [dark, dark === 1 ? 'to an unused address' : 'to unused addresses'],
      ] as const
    )
      .filter(([n]) => n > 0)
      .map(([n, what]) => `${count(n)} ${what}`)
      .join(', ') || 'unknown'
  );
}

/** The three ratios, separately for internal and external targets. */
function ratioTable(scans: readonly Scan[]): HTMLElement {
  const groups = [
    ['Scan profile', scans.filter(isLocal)],
    ['Scan profile, external targets', scans.filter((scan) => !isLocal(scan))],
  ] as const;
  return h(
    'div',
    { class: 'ratios' },
    ...groups.flatMap(([name, some]) => {
      const found = ratios(some);
      if (!found.length) return [];
      return [
        h('h3', null, name),
        h(
          'dl',
          null,
          ...found.map((one) =>
            h(
              'div',
              null,
              h('dt', null, one.name),
              h(
                'dd',
                null,
                h(
                  'b',
                  null,
                  one.value >= 100 ? count(one.value) : one.value.toFixed(one.value < 0.1 ? 3 : one.value < 10 ? 2 : 1),
                ),
                h('span', { class: 'sub' }, one.meaning),
              ),
            ),
          ),
        ),
      ];
    }),
  );
}

const formats = [
  ['csv', 'CSV'],
  ['ndjson', 'NDJSON'],
  ['stix', 'STIX 2.1'],
  ['eve', 'Suricata EVE'],
  ['ecs', 'ECS'],
  ['ocsf', 'OCSF'],
  ['cef', 'CEF'],
] as const;

/** Downloads in other tools' formats; hidden where the collector has no export. */
function exportsOf(source: string): HTMLElement {
  const element = h(
    'div',
    { class: 'exports', hidden: true },
    h('h3', null, 'Export'),
    h(
      'ul',
      { class: 'chips' },
      ...formats.map(([format, name]) =>
        h(
          'li',
          null,
          h(
            'a',
            {
              class: 'chip',
              href: `/api/v1/export?format=${format}&source=${encodeURIComponent(source)}`,
              download: '',
            },
            name,
          ),
        ),
      ),
    ),
  );
  void hasExport(source).then((there) => (element.hidden = !there));
  return element;
}
