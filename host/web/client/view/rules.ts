/** The thresholds, what-if analysis, exceptions and known scanners. */
import type { WhatIf, WhatIfScan } from '../../../api/types.js';
import { absolute, count, plural } from '../../../wording/format.js';
import { getKnown, getWhatIf } from '../lib/api.js';
import { now } from '../lib/clock.js';
import { h, replaceWhen, setText } from '../lib/dom.js';
import { feed } from '../lib/feed.js';
import { scanHref, sourceHref } from '../lib/route.js';
import { rules, whatIfCaveats, whatIfText } from '../lib/rules.js';
import { windowOf } from '../lib/scale.js';
import type { State } from '../lib/state.js';
import { allowView } from './allow.js';
import { commandLine } from './header.js';
import type { ChoosePeriod } from './period.js';
import { periodKey, periodSwitch } from './period.js';

function slider(
  id: string,
  label: string,
  max: number,
  value: number,
  text: (value: number) => string,
): { element: HTMLElement; input: HTMLInputElement; show: () => void } {
  const input = h('input', { type: 'range', id, min: 0, max, step: 1, value });
  const output = h('output', { for: id });
  const show = (): void => {
    setText(output, text(Number(input.value)));
    input.setAttribute('aria-valuetext', text(Number(input.value)));
  };
  show();
  return { element: h('div', { class: 'knob' }, h('label', { for: id }, label), output, input), input, show };
}

export function rulesView(state: State, choosePeriod: ChoosePeriod): HTMLElement {
  let answer: WhatIf | undefined;
  let problem = '';
  const evidence = slider(
    'what-if-evidence',
    'Alert threshold',
    30,
    8,
    (value) => `${value} nats${value === 8 ? ' (default)' : ''}`,
  );
  const targets = slider('what-if-targets', 'Minimum distinct targets', 50, 0, (value) =>
    value ? plural(value, 'target') : 'default',
  );
  const result = h('p', { class: 'result', role: 'status' });
  const lists = h('div', { class: 'what-if-lists' });
  const caution = h('p', { class: 'explain' });
  const command = h('p', { class: 'set' });
  const whatIf = h(
    'section',
    { class: 'what-if', 'aria-labelledby': 'what-if-title' },
    h(
      'div',
      { class: 'bar' },
      h('h3', { id: 'what-if-title' }, 'What if'),
      periodSwitch(state, 'week', 'Period of the analysis', choosePeriod),
    ),
    h('div', { class: 'knobs' }, evidence.element, targets.element),
    result,
    lists,
    caution,
    command,
  );
  const table = h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of thresholds' },
    h(
      'table',
      { class: 'rule-table', role: 'table' },
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          h('th', { scope: 'col', role: 'columnheader' }, 'Rule'),
          h('th', { scope: 'col', role: 'columnheader', class: 'number' }, 'Value'),
          h('th', { scope: 'col', role: 'columnheader' }, 'Why'),
          h('th', { scope: 'col', role: 'columnheader' }, 'Set by'),
        ),
      ),
      h(
        'tbody',
        { role: 'rowgroup' },
        ...rules.map((rule) =>
          h(
            'tr',
            { role: 'row' },
            h('th', { scope: 'row', role: 'rowheader' }, rule.title),
            h('td', { role: 'cell', class: 'number' }, h('b', null, count(rule.value)), ` ${rule.unit}`),
            h('td', { role: 'cell' }, rule.why),
            h('td', { role: 'cell', class: 'sub' }, rule.setting ? `config "${rule.setting}"` : 'built in'),
          ),
        ),
      ),
    ),
  );
  const known = h('section', { class: 'known', 'aria-labelledby': 'known-title', hidden: true });
  const element = h(
    'section',
    { class: 'page', 'aria-labelledby': 'rules-title' },
    h('div', { class: 'bar' }, h('h2', { id: 'rules-title' }, 'Rules and thresholds')),
    whatIf,
    allowView(state),
    known,
    h('section', { 'aria-labelledby': 'thresholds-title' }, h('h3', { id: 'thresholds-title' }, 'Thresholds'), table),
  );

  const draw = (): void => {
    if (!answer) {
      setText(result, problem || 'Loading …');
      return;
    }
    setText(result, whatIfText(answer));
    setText(caution, whatIfCaveats(answer));
    const { more, fewer, moreOf, fewerOf } = answer;
    replaceWhen(lists, JSON.stringify([moreOf, fewerOf]), () => [
      listOf(`${count(more)} more`, moreOf, more),
      listOf(`${count(fewer)} fewer`, fewerOf, fewer),
    ]);
    const value = answer.asked.evidence;
    command.hidden = value === answer.base.evidence || value < 1;
    replaceWhen(command, String(value), () => [
      'To apply this, set ',
      h('code', null, `"evidence": ${value}`),
      ' in the sensors’ config.',
    ]);
  };
  const question = (): string =>
    state.route.view === 'rules'
      ? `${periodKey(state.periodOr('week'))} ${evidence.input.value} ${targets.input.value}`
      : '';
  feed(
    state,
    ['period', 'clock'],
    question,
    () => {
      const { from, to } = windowOf(state.periodOr('week'), now());
      return getWhatIf(from, to, Number(evidence.input.value), Number(targets.input.value));
    },
    (given) => {
      answer = given.value;
      problem = given.missing ? 'This collector is older than the page and has no what-if analysis.' : given.problem;
      draw();
    },
  );
  let wait = 0;
  for (const { input, show } of [evidence, targets]) {
    input.addEventListener('input', () => {
      show();
      clearTimeout(wait);
      wait = window.setTimeout(() => state.touch('period'), 150);
    });
  }
  feed(
    state,
    [],
    () => (state.route.view === 'rules' ? 'known' : ''),
    getKnown,
    ({ value }) => {
      known.hidden = !value;
      if (value) replaceWhen(known, JSON.stringify(value), () => knownOf(value));
    },
  );
  draw();
  return element;
}

function listOf(title: string, scans: readonly WhatIfScan[], all: number): HTMLElement | null {
  if (!scans.length) return null;
  return h(
    'div',
    null,
    h('h4', null, title),
    h(
      'ul',
      { class: 'lines' },
      ...scans.map((one) =>
        h(
          'li',
          null,
          one.source
            ? h(
                'a',
                { class: 'address grow cut', href: one.id ? scanHref(one.id) : sourceHref(one.source) },
                one.source,
              )
            : h('span', { class: 'grow none' }, 'unknown source'),
          h('span', { class: 'sub' }, one.site),
          h('span', { class: 'figure' }, `${one.evidence.toFixed(1)} nats`),
          h('span', { class: 'figure' }, plural(one.targets, 'target')),
        ),
      ),
    ),
    all > scans.length && h('p', { class: 'sub' }, `and ${count(all - scans.length)} more`),
  );
}

const kindWords = { research: 'research, benign', indicator: 'known adversaries' } as const;

function knownOf({ lists }: Awaited<ReturnType<typeof getKnown>>): Node[] {
  return [
    h('h3', { id: 'known-title' }, 'Known scanners'),
    lists.length
      ? h(
          'div',
          { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Lists of known scanners' },
          h(
            'table',
            null,
            h(
              'thead',
              null,
              h(
                'tr',
                null,
                ...['List', 'Kind', 'Entries', 'Imported', 'Expires'].map((name) =>
                  h('th', { scope: 'col', class: name === 'Entries' ? 'number' : null }, name),
                ),
              ),
            ),
            h(
              'tbody',
              null,
              ...lists.map((one) =>
                h(
                  'tr',
                  null,
                  h('th', { scope: 'row' }, one.name),
                  h('td', null, kindWords[one.kind]),
                  h('td', { class: 'number' }, count(one.entries)),
                  h('td', null, absolute(one.imported).slice(0, 16)),
                  h(
                    'td',
                    null,
                    one.expires === null
                      ? 'never'
                      : `${absolute(one.expires).slice(0, 16)}${Date.parse(one.expires) <= now() ? ', expired' : ''}`,
                  ),
                ),
              ),
            ),
          ),
        )
      : h('p', { class: 'explain' }, 'No lists imported. Sources on a list are shown with its label.'),
    commandLine('npx blockwatch known import FILE --name research-scanners --kind research'),
  ];
}
