/** The column beside the headline: key figures, sensors, and the most severe sources. */
import type { Output, Sensor, Source } from '../../../api/types.js';
import { count, plural, rate } from '../../../wording/format.js';
import { outputTrouble } from '../../../wording/words.js';
import { setTime, timeElement } from '../lib/clock.js';
import type { Row } from '../lib/dom.js';
import { h, keyed, replaceWhen, setText } from '../lib/dom.js';
import { sortSources } from '../lib/filter.js';
import { severityMark } from '../lib/marks.js';
import { sourceHref } from '../lib/route.js';
import type { State } from '../lib/state.js';
import { stateMark, worstSensorsFirst } from './sensors.js';

function sensorLine(): Row<Sensor> {
  const mark = h('span');
  const name = h('span', { class: 'grow cut' });
  const pace = h('span', { class: 'figure' });
  const seen = timeElement('');
  const element = h('li', null, mark, name, pace, seen);
  return {
    element,
    update(sensor) {
      replaceWhen(mark, sensor.state, () => [stateMark(sensor.state)]);
      setText(name, `${sensor.site} / ${sensor.sensor}`);
      name.title = `${sensor.site} / ${sensor.sensor}`;
      setText(pace, sensor.state === 'online' && sensor.framesPerSecond > 0 ? `${rate(sensor.framesPerSecond)}/s` : '');
      setTime(seen, sensor.lastSeen);
    },
  };
}

function sourceLine(): Row<Source> {
  const mark = h('span');
  const link = h('a', { class: 'address grow cut' });
  const reach = h('span', { class: 'figure' });
  const seen = timeElement('');
  const element = h('li', null, mark, link, reach, seen);
  return {
    element,
    update(source) {
      replaceWhen(mark, source.severity, () => [severityMark(source.severity, 14)]);
      link.setAttribute('href', sourceHref(source.source));
      setText(link, source.source);
      link.title = source.source;
      setText(reach, plural(source.sites.length, 'site'));
      setTime(seen, source.last);
    },
  };
}

function outputLine(): Row<Output> {
  const name = h('span', { class: 'grow cut' });
  const lag = h('span', { class: 'figure' });
  const trouble = h('span', { class: 'figure bad' });
  const why = h('p', { class: 'why' });
  const element = h('li', null, name, trouble, lag, why);
  return {
    element,
    update(output) {
      setText(name, output.name === output.kind ? output.name : `${output.name}, ${output.kind}`);
      setText(lag, output.lag ? `${plural(output.lag, 'message')} behind` : 'up to date');
      setText(
        trouble,
        [
          output.deadLetters ? `${count(output.deadLetters)} given up` : '',
          output.lost ? `${count(output.lost)} lost` : '',
        ]
          .filter(Boolean)
          .join(', '),
      );
      setText(why, outputTrouble(output));
      why.hidden = output.state === 'up';
    },
  };
}

/** Sensors listed, worst first; the others are counted. */
const MAX_SENSORS = 6;

/** Sources listed, most severe first. */
const MAX_SOURCES = 5;

export function rail(state: State): HTMLElement {
  const figure = (label: string): { element: HTMLElement; value: HTMLElement } => {
    const value = h('dd');
    return { element: h('div', null, h('dt', null, label), value), value };
  };
  const hour = figure('active in the last hour');
  const open = figure('active now');
  const sources = figure('sources');
  const trouble = h('p', { class: 'trouble' });
  const sensors = h('ul', { class: 'lines' });
  const worst = h('ul', { class: 'lines' });
  const noSensors = h('p', { class: 'none' }, 'None yet.');
  const moreSensors = h('a', { class: 'more', href: '#/sensors', hidden: true });
  const outputs = h('ul', { class: 'lines' });
  const outputsGroup = h('div', { class: 'group' }, h('h3', null, 'Outputs'), outputs);
  const noSources = h('p', { class: 'none' }, 'None yet.');
  const element = h(
    'section',
    { class: 'rail', 'aria-label': 'Summary' },
    h('dl', { class: 'figures' }, open.element, hour.element, sources.element),
    trouble,
    h(
      'div',
      { class: 'group' },
      h('h3', null, h('a', { href: '#/sensors' }, 'Sensors')),
      sensors,
      moreSensors,
      noSensors,
    ),
    h('div', { class: 'group' }, h('h3', null, h('a', { href: '#/sources' }, 'Sources')), worst, noSources),
    outputsGroup,
  );
  state.view(['now'], () => {
    setText(hour.value, state.now ? count(state.now.scansLastHour) : '–');
    setText(open.value, state.now ? count(state.now.openScans) : '–');
    const parts: string[] = [];
    if (state.now?.missing) parts.push(`${plural(state.now.missing, 'message')} missing`);
    if (state.now?.messages?.rejected) parts.push(`${plural(state.now.messages.rejected, 'message')} unreadable`);
    if (state.now?.heldBack) parts.push(`${plural(state.now.heldBack, 'alert')} rate-limited`);
    trouble.hidden = !parts.length;
    replaceWhen(trouble, parts.join(), () => [
      `${parts.join(', ')}. `,
      h('a', { href: '#/sensors' }, 'What this means'),
    ]);
  });
  state.view(['fleet'], () => {
    const all = [...(state.outputs ?? [])].sort((a, b) => b.lag - a.lag || (a.name < b.name ? -1 : 1));
    outputsGroup.hidden = !all.length;
    keyed(outputs, all, (output) => output.name, outputLine);
  });
  state.view(['sensors'], () => {
    const all = [...state.sensors.values()].sort(worstSensorsFirst);
    keyed(sensors, all.slice(0, MAX_SENSORS), (sensor) => `${sensor.site}/${sensor.sensor}`, sensorLine);
    const more = all.slice(MAX_SENSORS);
    moreSensors.hidden = !more.length;
    setText(
      moreSensors,
      `and ${count(more.length)} more, ${more.every((one) => one.state === 'online') ? 'all online' : 'not all of them online'}`,
    );
    noSensors.hidden = all.length > 0;
    setText(noSensors, state.sensorsLoaded ? 'None yet.' : '–');
  });
  state.view(['now', 'sources'], () => {
    const all = sortSources(state.sources ?? [], 'severity', false);
    // Sources detected only fleet-wide are in the list, but not in the count of scanning sources.
    setText(sources.value, state.now && state.sources ? count(Math.max(state.now.sources, all.length)) : '–');
    keyed(worst, all.slice(0, MAX_SOURCES), (source) => source.source, sourceLine);
    noSources.hidden = all.length > 0;
    setText(noSources, state.sources ? 'None yet.' : '–');
  });
  return element;
}
