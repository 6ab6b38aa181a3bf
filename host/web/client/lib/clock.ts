/** The collector's clock. A viewer's computer may be minutes off; `3 s ago` must be right all the same. */

import { absolute, ago, duration } from '../../../wording/format.js';
import { h, setText } from './dom.js';

let offset = 0;

/** Takes the collector's time from something it just sent. */
export function setServerTime(iso: string): void {
  const time = Date.parse(iso);
  if (!Number.isNaN(time)) offset = time - Date.now();
}

export const now = (): number => Date.now() + offset;

/** A time that ticks: `how` is `ago` (3 s ago) or `since` (3 s). The full time stands in its title. */
export function timeElement(iso: string, how: 'ago' | 'since' = 'ago'): HTMLTimeElement {
  const element = h('time', { 'data-how': how });
  setTime(element, iso);
  return element;
}

export function setTime(element: HTMLTimeElement, iso: string): void {
  if (element.dateTime !== iso) {
    element.dateTime = iso;
    element.title = absolute(iso);
  }
  tick(element);
}

function tick(element: HTMLTimeElement): void {
  const age = now() - Date.parse(element.dateTime);
  setText(element, element.dataset['how'] === 'since' ? duration(Math.max(1000, age)) : ago(age));
}

/** Keeps every ticking time on the page right; one timer for all of them. */
export function startTicking(also: () => void): void {
  setInterval(() => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-how]')) tick(element);
    also();
  }, 1000);
}
