/** The choice of a period, the same on every view. A zoomed period is shown beside the presets and can be reset. */

import { absolute, clockTime, day } from '../../../wording/format.js';
import { button, h, setAttribute, setText } from '../lib/dom.js';
import type { Period, Span } from '../lib/scale.js';
import { spans } from '../lib/scale.js';
import type { State } from '../lib/state.js';

export type ChoosePeriod = (period: Period | undefined) => void;

export const periodKey = (period: Period): string => ('span' in period ? period.span : `${period.from}-${period.to}`);

/** `2026-11-24 14:05 to 15:10`. */
function periodText({ from, to }: { from: number; to: number }): string {
  const [begin, end] = [new Date(from).toISOString(), new Date(to).toISOString()];
  const precise = to - from < 600_000;
  const first = `${day(begin)} ${clockTime(begin, precise)}`;
  return `${first} to ${day(begin) === day(end) ? clockTime(end, precise) : absolute(end).slice(0, 16)}`;
}

export function periodSwitch(state: State, usual: Span, label: string, choose: ChoosePeriod): HTMLElement {
  const names = Object.keys(spans) as Span[];
  const buttons = names.map((span) => button({ 'data-span': span }, spans[span].label, () => choose({ span })));
  const custom = h('span', { class: 'chosen-time' });
  const leave = button({ class: 'quiet leave', title: 'Back to the present' }, 'Reset', () => choose(undefined));
  const element = h(
    'div',
    { class: 'period' },
    custom,
    leave,
    h('div', { class: 'switch', role: 'group', 'aria-label': label }, ...buttons),
  );
  state.view(['period'], () => {
    const period = state.periodOr(usual);
    const span = 'span' in period ? period.span : '';
    names.forEach((name, i) => setAttribute(buttons[i] as HTMLElement, 'aria-pressed', String(name === span)));
    custom.hidden = leave.hidden = 'span' in period;
    if (!('span' in period)) setText(custom, periodText(period));
  });
  return element;
}
