/** The collector's clock: `3 s ago` must be right even if the viewer's clock is minutes off. */

import { absolute, ago, duration } from '../../../wording/format.js';
import { h, setText } from './dom.js';

let offset = 0;

/** Sets the clock from a time that the collector just sent. */
export function setServerTime(iso: string): void {
  const time = Date.parse(iso);
  if (!Number.isNaN(time)) offset = time - Date.now();
}

export const now = (): number => Date.now() + offset;

/** A ticking time: `how` is `ago` (3 s ago) or `since` (3 s). The title has the full time. */
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

/** Updates all ticking times on the page with one timer. */
export function startTicking(also: () => void): void {
  setInterval(() => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-how]')) tick(element);
    also();
  }, 1000);
}
