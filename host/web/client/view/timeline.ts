/**
 * Scans over time, stacked by severity. The drawing is one widget for the keyboard and for screen readers: a slider
 * whose value is a bar's sentence; the same figures stand in a table.
 */

import type { Timeline, TimelineBucket } from '../../../api/types.js';
import { absolute, clockTime, count, day, plural } from '../../../wording/format.js';
import { severityNames } from '../../../wording/words.js';
import { now } from '../lib/clock.js';
import { h, replaceWhen, s, setText } from '../lib/dom.js';
import { severityShape } from '../lib/marks.js';
import type { Window } from '../lib/scale.js';
import { niceTop, SHORTEST, stack, stackOrder, timeTicks, total, windowOf } from '../lib/scale.js';
import type { State } from '../lib/state.js';
import type { ChoosePeriod } from './period.js';
import { periodSwitch } from './period.js';

const HEIGHT = 150;
const BOTTOM = 22;
const TOP = 10;
const LEFT = 30;
/** Pixels from which a drag counts as one. */
const BRUSH = 6;
/** The longest period that the collector returns. Milliseconds. */
const LONGEST = 400 * 86_400_000;

function barSentence(bucket: TimelineBucket, seconds: number): string {
  const until = new Date(Date.parse(bucket.time) + seconds * 1000).toISOString();
  const parts = [...stackOrder]
    .reverse()
    .filter((severity) => bucket.started[severity])
    .map((severity) => `${count(bucket.started[severity])} ${severity}`);
  const sum = total(bucket);
  return `${absolute(bucket.time).slice(0, 16)} to ${clockTime(until, false)}: ${
    sum ? `${plural(sum, 'scan')} started (${parts.join(', ')}), ${plural(bucket.probes, 'probe')}` : 'no scan started'
  }`;
}

export function timelineView(state: State, choosePeriod: ChoosePeriod): HTMLElement {
  const detail = h('p', { class: 'detail', 'aria-hidden': 'true' });
  const brush = h('span', { class: 'brush', hidden: true });
  const plot = h('div', {
    class: 'plot',
    tabindex: 0,
    'aria-description': 'Arrow keys move, plus and minus zoom, 0 returns to the present.',
    role: 'slider',
    'aria-label': 'Scans over time',
    'aria-orientation': 'horizontal',
  });
  const table = h('div', { class: 'scroll' });
  const more = h('details', { class: 'table' }, h('summary', null, 'As a table'), table);
  const legend = h(
    'ul',
    { class: 'legend', 'aria-hidden': 'true' },
    ...[...stackOrder].reverse().map((severity) => h('li', null, severityShape(severity, 11), severityNames[severity])),
  );
  const element = h(
    'section',
    { class: 'timeline', 'aria-labelledby': 'timeline-title' },
    h(
      'div',
      { class: 'bar' },
      h('h2', { id: 'timeline-title' }, 'Timeline'),
      legend,
      periodSwitch(state, 'hour', 'Period of the timeline', choosePeriod),
    ),
    plot,
    detail,
    more,
  );

  let width = 0;
  let chosen = -1;

  const choose = (index: number): void => {
    const timeline = state.timeline;
    if (!timeline) return;
    chosen = Math.min(timeline.buckets.length - 1, Math.max(-1, index));
    for (const bar of plot.querySelectorAll('.hit'))
      bar.classList.toggle('chosen', bar.getAttribute('data-index') === String(chosen));
    describe(timeline);
  };
  const describe = (timeline: Timeline): void => {
    const bucket = timeline.buckets[chosen];
    const sum = timeline.buckets.reduce((all, one) => all + total(one), 0);
    const { phrase } = windowOf(state.periodOr('hour'), now());
    const overall = sum ? `${plural(sum, 'scan')} started in ${phrase}.` : `No scan started in ${phrase}.`;
    const text = bucket ? `${barSentence(bucket, timeline.bucketSeconds)}.` : overall;
    setText(detail, text);
    plot.setAttribute('aria-valuemin', '0');
    plot.setAttribute('aria-valuemax', String(Math.max(0, timeline.buckets.length - 1)));
    plot.setAttribute('aria-valuenow', String(chosen < 0 ? timeline.buckets.length - 1 : chosen));
    plot.setAttribute('aria-valuetext', text);
  };
  /** Shows `factor` times the time around the chosen bar, or around the middle. */
  const zoom = (factor: number): void => {
    const { timeline } = state;
    if (!timeline) return;
    const [from, to] = [Date.parse(timeline.from), Date.parse(timeline.to)];
    const bar = timeline.buckets[chosen];
    const middle = bar ? Date.parse(bar.time) + timeline.bucketSeconds * 500 : (from + to) / 2;
    const half = Math.min(LONGEST, Math.max(SHORTEST, (to - from) * factor)) / 2;
    // The future has no data.
    const end = Math.min(Math.round(middle + half), Math.max(now(), to));
    chosen = -1;
    choosePeriod({ from: end - Math.round(2 * half), to: end });
  };
  const pan = (share: number): void => {
    const { timeline } = state;
    if (!timeline) return;
    const [from, to] = [Date.parse(timeline.from), Date.parse(timeline.to)];
    choosePeriod({ from: from + (to - from) * share, to: to + (to - from) * share });
  };
  plot.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action =
      { '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2), 0: () => choosePeriod(undefined) }[event.key] ??
      (event.shiftKey ? { ArrowLeft: () => pan(-0.5), ArrowRight: () => pan(0.5) }[event.key] : undefined);
    if (action) {
      event.preventDefault();
      return action();
    }
    const last = (state.timeline?.buckets.length ?? 0) - 1;
    const from = chosen < 0 ? last + 1 : chosen;
    const to = {
      ArrowLeft: from - 1,
      ArrowRight: Math.min(last, from + 1),
      Home: 0,
      End: last,
      PageUp: from - 10,
      PageDown: from + 10,
      Escape: -1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(event.key === 'Escape' ? -1 : Math.max(0, to));
  });
  let began = -1;
  const xOf = (event: PointerEvent): number =>
    Math.min(width, Math.max(LEFT, event.clientX - plot.getBoundingClientRect().left));
  plot.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !state.timeline) return;
    began = xOf(event);
    plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener('pointermove', (event) => {
    if (began < 0) return;
    const at = xOf(event);
    brush.hidden = Math.abs(at - began) < BRUSH;
    brush.style.left = `${Math.min(began, at)}px`;
    brush.style.width = `${Math.abs(at - began)}px`;
  });
  const drop = (event: PointerEvent, take: boolean): void => {
    const [low, high] = [Math.min(began, xOf(event)), Math.max(began, xOf(event))];
    const { timeline } = state;
    const drawn = began >= 0 && high - low >= BRUSH;
    began = -1;
    brush.hidden = true;
    if (!take || !drawn || !timeline) return;
    const from = Date.parse(timeline.from);
    const scale = (Date.parse(timeline.to) - from) / (width - LEFT);
    chosen = -1;
    choosePeriod({ from: Math.round(from + (low - LEFT) * scale), to: Math.round(from + (high - LEFT) * scale) });
  };
  plot.addEventListener('pointerup', (event) => drop(event, true));
  plot.addEventListener('pointercancel', (event) => drop(event, false));
  plot.addEventListener('blur', () => choose(-1));
  plot.addEventListener('pointermove', (event) => {
    const at = (event.target as Element).getAttribute('data-index');
    if (at !== null && Number(at) !== chosen) choose(Number(at));
  });
  plot.addEventListener('pointerleave', () => choose(-1));

  const drawPlot = (): void => {
    const { timeline } = state;
    if (!timeline || width < 50) return;
    plot.replaceChildren(drawing(timeline, windowOf(state.periodOr('hour'), now()), width), brush);
    choose(chosen);
    replaceWhen(table, more.open ? JSON.stringify(timeline) : '', () => [more.open && tableOf(timeline)]);
  };
  more.addEventListener('toggle', drawPlot);
  new ResizeObserver(([entry]) => {
    const next = Math.floor(entry?.contentRect.width ?? 0);
    if (next === width) return;
    width = next;
    drawPlot();
  }).observe(plot);
  state.view(['timeline'], drawPlot);
  return element;
}

function drawing(timeline: Timeline, { tick }: Window, width: number): SVGSVGElement {
  const { buckets, bucketSeconds } = timeline;
  const top = niceTop(Math.max(...buckets.map(total), 0));
  const plotHeight = HEIGHT - TOP - BOTTOM;
  const base = HEIGHT - BOTTOM;
  const step = (width - LEFT) / Math.max(1, buckets.length);
  const gap = step > 8 ? 2 : 1;
  const svg = s('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, 'aria-hidden': 'true' });
  for (const share of [0, 0.5, 1]) {
    const y = Math.round(base - share * plotHeight) + 0.5;
    svg.append(s('line', { class: share ? 'grid' : 'axis', x1: LEFT, x2: width, y1: y, y2: y }));
    svg.append(s('text', { class: 'tick', x: LEFT - 8, y: y + 4, 'text-anchor': 'end' }, count(top * share)));
  }
  const from = Date.parse(timeline.from);
  const to = Date.parse(timeline.to);
  const scale = (width - LEFT) / Math.max(1, to - from);
  const sparse = width < 520 ? 2 : 1;
  for (const at of timeTicks(from, to, tick * sparse, new Date(to).getTimezoneOffset())) {
    const x = LEFT + (at - from) * scale;
    if (x > width - 18 || x < LEFT + 16) continue;
    const iso = new Date(at).toISOString();
    svg.append(s('line', { class: 'grid', x1: x, x2: x, y1: base, y2: base + 4 }));
    svg.append(
      s(
        'text',
        { class: 'tick', x, y: HEIGHT - 5, 'text-anchor': 'middle' },
        tick >= 86_400_000 ? day(iso).slice(5) : clockTime(iso, tick < 60_000),
      ),
    );
  }
  buckets.forEach((bucket, i) => {
    const x = LEFT + (Date.parse(bucket.time) - from) * scale;
    const wide = bucketSeconds * 1000 * scale;
    svg.append(s('rect', { class: 'hit', 'data-index': i, x, y: TOP, width: wide, height: plotHeight + 6 }));
    for (const { severity, from: low, to: high } of stack(bucket, top)) {
      svg.append(
        s('rect', {
          class: `bar ${severity}`,
          x: x + gap / 2,
          y: base - high * plotHeight,
          width: Math.max(1, Math.min(wide, step) - gap),
          height: Math.max(1, (high - low) * plotHeight - (low > 0 ? 1 : 0)),
          rx: 1,
        }),
      );
    }
  });
  return svg;
}

function tableOf(timeline: Timeline): HTMLElement {
  const shown = timeline.buckets.filter((bucket) => total(bucket) > 0).reverse();
  if (!shown.length) return h('p', { class: 'none' }, 'No scan started in this period.');
  const columns = [...stackOrder].reverse();
  return h(
    'table',
    null,
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        h('th', { scope: 'col' }, 'From'),
        ...columns.map((severity) => h('th', { scope: 'col', class: 'number' }, severityNames[severity])),
        h('th', { scope: 'col', class: 'number' }, 'Probes'),
      ),
    ),
    h(
      'tbody',
      null,
      ...shown.map((bucket) =>
        h(
          'tr',
          null,
          h('th', { scope: 'row' }, absolute(bucket.time).slice(0, 16)),
          ...columns.map((severity) => h('td', { class: 'number' }, count(bucket.started[severity] ?? 0))),
          h('td', { class: 'number' }, count(bucket.probes)),
        ),
      ),
    ),
  );
}
