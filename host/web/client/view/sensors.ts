/** The sensors: their state, their losses, and missing messages. */
import type { Gap, Sensor, SensorState } from '../../../api/types.js';
import { healthGroups, healthTroubles } from '../../../wording/counters.js';
import { absolute, count, duration, plural, rate } from '../../../wording/format.js';
import {
  configWords,
  enrolledWords,
  noteReasons,
  sensorSummary,
  stateNames,
  stateReason,
} from '../../../wording/words.js';
import { setTime, timeElement } from '../lib/clock.js';
import { csvButton } from '../lib/csv.js';
import type { Row } from '../lib/dom.js';
import { h, keyed, replaceWhen, s, setText } from '../lib/dom.js';
import type { State } from '../lib/state.js';
import { commandLine, empty } from './header.js';

const ranks: Record<SensorState, number> = { gone: 0, offline: 1, blind: 2, late: 3, 'never-seen': 4, online: 5 };

export function worstSensorsFirst(a: Sensor, b: Sensor): number {
  return (
    ranks[a.state] - ranks[b.state] ||
    `${a.site}/${a.sensor}`.localeCompare(`${b.site}/${b.sensor}`, 'en', { numeric: true })
  );
}

/** The command that starts a sensor beside the browser. */
export function startCommand(): string {
  return `npx blockwatch sensor eth0 --broker mqtt://${location.hostname}:1883 --site office --sensor tap-1`;
}

/** The command that starts a sensor at another site, where this computer's loopback address means nothing. */
function siteCommand(): string {
  const local = /^(localhost|127\.|\[::1\]$)/.test(location.hostname);
  const host = local ? 'COLLECTOR' : location.hostname;
  return `npx blockwatch sensor eth0 --broker mqtts://${host}:8883 --site SITE --sensor tap-1`;
}

const shapes: Record<SensorState, string> = {
  gone: 'M2.2 1l3.8 3.8L9.8 1L11 2.2L7.2 6L11 9.8L9.8 11L6 7.2L2.2 11L1 9.8L4.8 6L1 2.2z',
  blind: 'M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM2.9 5.2v1.6h6.2V5.2z',
  online: 'M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10z',
  late: 'M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM6 2.6v6.8a3.4 3.4 0 0 0 0-6.8z',
  offline: 'M2.2 1l3.8 3.8L9.8 1L11 2.2L7.2 6L11 9.8L9.8 11L6 7.2L2.2 11L1 9.8L4.8 6L1 2.2z',
  'never-seen': 'M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10zm0 1.6a3.4 3.4 0 1 0 0 6.8a3.4 3.4 0 1 0 0-6.8z',
};

/** A disc, a half disc, a cross, a ring. */
export function stateMark(state: SensorState): SVGSVGElement {
  return s(
    'svg',
    {
      class: `state ${state}`,
      viewBox: '0 0 12 12',
      width: 12,
      height: 12,
      role: 'img',
      'aria-label': stateNames[state],
    },
    s('title', null, stateNames[state]),
    s('path', { d: shapes[state], 'fill-rule': 'evenodd' }),
  );
}

function card(): Row<Sensor> {
  const mark = h('span');
  const name = h('h3', { class: 'cut' });
  const word = h('span', { class: 'state-word' });
  const reason = h('p', { class: 'reason' });
  const pace = h('dd');
  const missing = h('dd');
  const lost = h('dd');
  const seen = timeElement('');
  const boot = h('dd');
  const version = h('dd', { class: 'cut' });
  const config = h('dd');
  const enrolled = h('dd', { class: 'cut' });
  const troubles = h('ul', { class: 'troubles' });
  const groups = h('div', { class: 'groups' });
  const details = h('details', null, h('summary', null, 'Health'), groups);
  const element = h(
    'li',
    { class: 'sensor' },
    h('div', { class: 'title' }, mark, name, word),
    reason,
    h(
      'dl',
      { class: 'figures' },
      h('div', null, h('dt', null, 'frames/s'), pace),
      h('div', null, h('dt', null, 'lost frames'), lost),
      h('div', null, h('dt', null, 'missing messages'), missing),
    ),
    troubles,
    h(
      'dl',
      { class: 'pairs' },
      h('dt', null, 'Last report'),
      h('dd', null, seen),
      h('dt', null, 'Boot'),
      boot,
      h('dt', null, 'Version'),
      version,
      h('dt', null, 'Config'),
      config,
      h('dt', null, 'Enrolled'),
      enrolled,
    ),
    details,
  );
  let current: Sensor | undefined;
  const drawHealth = (): void => {
    if (!current || !details.open) return;
    const { health, healthReceived } = current;
    replaceWhen(groups, `${healthReceived} ${JSON.stringify(health)}`, () => {
      const all = healthGroups(health);
      if (!all.length) return [h('p', { class: 'none' }, 'No health report yet.')];
      return [
        ...all.map((group) =>
          h(
            'div',
            null,
            h('h4', null, group.title),
            h(
              'dl',
              null,
              ...group.counters.map((counter) =>
                h(
                  'div',
                  { class: counter.trouble ? 'bad' : null },
                  h('dt', null, counter.name),
                  h('dd', null, counter.value),
                ),
              ),
            ),
          ),
        ),
        h(
          'p',
          { class: 'sub' },
          `Reported ${healthReceived ? absolute(healthReceived) : 'never'}, counted since the sensor started.`,
        ),
      ];
    });
  };
  details.addEventListener('toggle', drawHealth);
  return {
    element,
    update(sensor) {
      current = sensor;
      element.dataset['state'] = sensor.state;
      replaceWhen(mark, sensor.state, () => [stateMark(sensor.state)]);
      setText(name, `${sensor.site} / ${sensor.sensor}`);
      name.title = `${sensor.site} / ${sensor.sensor}`;
      setText(word, stateNames[sensor.state]);
      setText(
        reason,
        [stateReason(sensor), ...(sensor.notes ?? []).map((note) => noteReasons[note])].filter(Boolean).join(' '),
      );
      reason.hidden = reason.textContent === '';
      setText(pace, sensor.state === 'online' || sensor.state === 'late' ? rate(sensor.framesPerSecond) : '–');
      setText(missing, count(sensor.missing));
      missing.classList.toggle('bad', sensor.missing > 0);
      const lostFrames = sensor.health['tapLost'] ?? 0;
      setText(lost, sensor.healthReceived ? count(lostFrames) : '–');
      lost.classList.toggle('bad', lostFrames > 0);
      setTime(seen, sensor.lastSeen);
      // Boards count their boots, computers number them by the clock: either way it is an identifier, not a quantity.
      const uptime = sensor.health['uptime'] ?? 0;
      setText(boot, uptime > 0 ? `${sensor.boot}, up ${duration(uptime)}` : String(sensor.boot));
      setText(version, sensor.version || 'unknown');
      setText(config, configWords(sensor));
      config.classList.toggle('bad', sensor.enrolment?.configState === 'refused');
      setText(enrolled, enrolledWords(sensor));
      const bad = healthTroubles(sensor.health).filter((counter) => counter.key !== 'tapLost');
      const refused = sensor.configProblem ?? '';
      replaceWhen(troubles, `${JSON.stringify(bad)} ${refused}`, () => [
        ...bad.map((counter) => h('li', null, `${counter.name}: `, h('b', null, counter.value))),
        refused && h('li', null, `It refused its latest config and keeps the previous one: ${refused}`),
      ]);
      troubles.hidden = !bad.length && !refused;
      drawHealth();
    },
  };
}

function gapRow(): Row<Gap> {
  const element = h('tr');
  return {
    element,
    update(gap) {
      const lost = gap.to - gap.from + 1;
      element.replaceChildren(
        h('td', null, absolute(gap.found)),
        h('td', null, `${gap.site} / ${gap.sensor}`),
        h('td', { class: 'number' }, count(lost)),
        h('td', null, `boot ${gap.boot}, ${gap.from === gap.to ? gap.from : `${gap.from} to ${gap.to}`}`),
      );
    },
  };
}

const GAPS =
  'Every sensor message has a number; these never arrived. Their content is lost, so a scan may be missing from the ' +
  'list. The usual cause is an outbox that filled up while the uplink was down.';

export function sensorsView(state: State): HTMLElement {
  const grid = h('ul', { class: 'sensors' });
  const total = h('p', { class: 'total' });
  const fleet = h('ul', { class: 'fleet', 'aria-label': 'All sensors at a glance' });
  const nothing = h('div', { class: 'nothing' });
  const gapsBody = h('tbody');
  const gapsTable = h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          h('th', { scope: 'col' }, 'Found'),
          h('th', { scope: 'col' }, 'Sensor'),
          h('th', { scope: 'col', class: 'number' }, 'Messages'),
          h('th', { scope: 'col' }, 'Numbers'),
        ),
      ),
      gapsBody,
    ),
  );
  const gapsText = h('p', { class: 'explain' });
  const gaps = h(
    'section',
    { class: 'gaps', 'aria-labelledby': 'gaps-title' },
    h('h2', { id: 'gaps-title' }, 'Gaps'),
    gapsText,
    gapsTable,
  );
  const another = h(
    'section',
    { class: 'another', 'aria-labelledby': 'another-title' },
    h('h2', { id: 'another-title' }, 'Add a sensor'),
    h(
      'p',
      { class: 'explain' },
      'Run this on a machine at the site. Name the site and the interface that sees its traffic.',
    ),
    commandLine(siteCommand()),
  );
  const element = h(
    'section',
    { class: 'page', 'aria-labelledby': 'sensors-title' },
    h(
      'div',
      { class: 'bar' },
      h('h2', { id: 'sensors-title' }, 'Sensors'),
      total,
      csvButton('the sensors', () => csvRows([...state.sensors.values()])),
    ),
    fleet,
    grid,
    nothing,
    gaps,
    another,
  );
  state.view(['sensors'], () => {
    const all = [...state.sensors.values()].sort(worstSensorsFirst);
    keyed(grid, all, (sensor) => `${sensor.site}/${sensor.sensor}`, card);
    const states: Partial<Record<SensorState, number>> = {};
    for (const { state: one } of all) states[one] = (states[one] ?? 0) + 1;
    setText(total, all.length ? sensorSummary(states) : '');
    // One mark per sensor, in the order of the cards.
    fleet.hidden = all.length < 5;
    replaceWhen(fleet, all.map((one) => `${one.site}/${one.sensor} ${one.state}`).join(), () =>
      all.map((one) =>
        h(
          'li',
          { title: `${one.site} / ${one.sensor}: ${stateNames[one.state]}`, 'data-state': one.state },
          stateMark(one.state),
          h('span', { class: 'cut' }, one.site),
        ),
      ),
    );
    nothing.hidden = all.length > 0;
    another.hidden = all.length === 0;
    gaps.hidden = all.length === 0;
    if (!all.length) {
      nothing.replaceChildren(
        state.sensorsLoaded
          ? empty(
              'No sensor has reported yet',
              'Start one that reports to this collector. It needs a network interface or a capture file.',
              startCommand(),
            )
          : h('p', { class: 'loading' }, 'Loading …'),
      );
    }
  });
  state.view(['gaps'], () => {
    const found = state.gaps;
    gapsTable.hidden = !found.length;
    setText(
      gapsText,
      found.length
        ? `${plural(found.length, 'gap')}. ${GAPS}`
        : 'Every sensor message has a number, and none is missing.',
    );
    keyed(gapsBody, found, (gap) => `${gap.site}/${gap.sensor}/${gap.boot}/${gap.from}`, gapRow);
  });
  return element;
}

function csvRows(sensors: readonly Sensor[]): (string | number)[][] {
  return [
    ['Site', 'Sensor', 'State', 'Version', 'Boot', 'Last report', 'Frames a second', 'Lost frames', 'Missing messages'],
    ...sensors.map((one) => [
      one.site,
      one.sensor,
      one.state,
      one.version,
      one.boot,
      one.lastSeen,
      one.framesPerSecond,
      one.health['tapLost'] ?? '',
      one.missing,
    ]),
  ];
}
