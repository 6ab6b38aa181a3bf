/** A scan as a row of a list. Cells stay; only changed content is written. */
import type { Scan } from '../../../api/types.js';
import { count, shortTime } from '../../../wording/format.js';
import { directionNames, kindNames, outcome, sourceLabel, toolNames } from '../../../wording/words.js';
import { now, setTime, timeElement } from '../lib/clock.js';
import type { Row } from '../lib/dom.js';
import { h, replaceWhen, setAttribute, setText } from '../lib/dom.js';
import {
  confidenceMark,
  knownMark,
  outcomeBar,
  outcomeWords,
  serviceChips,
  severityMark,
  sparkline,
  spoofableMark,
} from '../lib/marks.js';
import { scanHref, sourceHref } from '../lib/route.js';

export function scanRow(): Row<Scan> {
  const sign = h('div', { class: 'c-sign' });
  const kind = h('a', { class: 'stretch' });
  const manner = h('p', { class: 'sub cut' });
  const source = h('div', { class: 'address cut' });
  const marks = h('p', { class: 'sub marks' });
  const site = h('p', { class: 'cut' });
  const sensor = h('p', { class: 'sub cut' });
  const targets = h('b');
  const targetsWord = h('p', { class: 'sub' });
  const services = h('div', { class: 'c-services' });
  const shape = h('div', { class: 'c-shape' });
  const bar = h('div');
  const result = h('p', { class: 'sub cut' });
  const sure = h('div', { class: 'c-sure' });
  const when = timeElement('');
  const state = h('p', { class: 'sub' });
  const element = h(
    'li',
    { class: 'scan' },
    sign,
    h('div', { class: 'c-what' }, kind, manner),
    h('div', { class: 'c-source' }, source, marks),
    h('div', { class: 'c-where' }, site, sensor),
    h('div', { class: 'c-targets' }, targets, targetsWord),
    services,
    shape,
    h('div', { class: 'c-outcome' }, bar, result),
    sure,
    h('div', { class: 'c-time' }, when, state),
  );
  return {
    element,
    update(scan) {
      element.dataset['open'] = String(scan.open);
      element.dataset['severity'] = scan.severity;
      element.dataset['verdict'] = scan.verdict;
      element.dataset['id'] = scan.id;
      replaceWhen(sign, scan.severity, () => [severityMark(scan.severity, 18)]);
      setText(kind, kindNames[scan.kind]);
      setAttribute(kind, 'href', scanHref(scan.id));
      setAttribute(kind, 'aria-label', `${kindNames[scan.kind]} from ${sourceLabel(scan)} at ${scan.site}`);
      setText(
        manner,
        [scan.protocol.toUpperCase(), directionNames[scan.direction], scan.technique].filter(Boolean).join(' · '),
      );
      replaceWhen(source, sourceLabel(scan), () => [
        scan.source
          ? h('a', { href: sourceHref(scan.source), title: sourceLabel(scan) }, sourceLabel(scan))
          : h('span', { class: 'unknown' }, scan.sources > 1 ? sourceLabel(scan) : 'unknown'),
      ]);
      replaceWhen(marks, `${scan.tool} ${scan.spoofable} ${scan.decoy} ${scan.allowed} ${scan.known?.label}`, () => [
        scan.known && knownMark(scan.known),
        scan.allowed !== undefined &&
          h(
            'a',
            { class: 'mark', href: '#/rules', title: `Exception ${scan.allowed} suppresses its alerts` },
            'suppressed',
          ),
        scan.decoy &&
          h(
            'span',
            { class: 'mark tool', title: 'Several sources probe in step: one scans, the others are spoofed' },
            'decoy group',
          ),
        scan.tool
          ? h('span', { class: 'mark tool', title: 'The tool, identified by its packets' }, toolNames[scan.tool])
          : null,
        scan.spoofable && spoofableMark(),
      ]);
      setText(site, scan.site);
      setText(sensor, scan.sensor);
      setText(targets, count(scan.targets));
      setText(targetsWord, scan.targets === 1 ? 'target' : 'targets');
      replaceWhen(services, `${scan.services.join()} ${scan.serviceCount} ${scan.protocol}`, () =>
        serviceChips(scan.services, scan.serviceCount, scan.protocol, 3),
      );
      replaceWhen(shape, scan.shape.join(), () => [sparkline(scan.shape)]);
      replaceWhen(bar, outcomeWords(scan), () => [outcomeBar(scan)]);
      setText(result, outcome(scan).split(', ')[0] || 'no outcome yet');
      result.classList.toggle('found', scan.answered > 0);
      replaceWhen(sure, String(scan.confidence), () => [confidenceMark(scan.confidence)]);
      setTime(when, scan.first);
      replaceWhen(state, `${scan.open} ${scan.last}`, () =>
        scan.open
          ? [h('span', { class: 'going' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), 'active')]
          : [`ended ${shortTime(scan.last, now())}`],
      );
    },
  };
}

/** The column heads, hidden from screen readers: every cell of a row says what it is. */
export function columnNames(): HTMLElement {
  const names = [
    ['sign', ''],
    ['what', 'Kind'],
    ['source', 'Source'],
    ['where', 'Site'],
    ['targets', 'Targets'],
    ['services', 'Services'],
    ['shape', 'Pace'],
    ['outcome', 'Outcome'],
    ['sure', 'Confidence'],
    ['time', 'Started'],
  ] as const;
  return h(
    'div',
    { class: 'columns', 'aria-hidden': 'true' },
    ...names.map(([name, label]) => h('span', { class: `c-${name}` }, label)),
  );
}

/** Scans as CSV rows, the heading first. */
export function csvOfScans(scans: readonly Scan[]): (string | number)[][] {
  return [
    [
      'Id',
      'Kind',
      'Severity',
      'Source',
      'Site',
      'Sensor',
      'First',
      'Last',
      'Targets',
      'Probes',
      'Services',
      'Answered',
      'Refused',
      'Silent',
      'Dark',
      'Evidence',
      'Confidence',
      'Technique',
    ],
    ...scans.map((one) => [
      one.id,
      one.kind,
      one.severity,
      one.source,
      one.site,
      one.sensor,
      one.first,
      one.last,
      one.targets,
      one.probes,
      one.services.join(' '),
      one.answered,
      one.refused,
      one.silent,
      one.dark,
      one.evidence,
      one.confidence,
      one.technique,
    ]),
  ];
}
