/**
 * A long list in which only the rows near the viewport are elements. Heights may differ: shown rows are measured, the
 * others are assumed to be average, and padding stands in for missing rows.
 */

import type { Row } from './dom.js';
import { keyed } from './dom.js';

/** Rendered pixels above and below the viewport. */
const MARGIN = 800;
/** Rows that are always rendered, so that a short list is complete. */
const MIN_ROWS = 40;
/** Height of a row before any was measured. Pixels. */
const DEFAULT_HEIGHT = 57;

export interface VirtualList<T> {
  /** Shows these items; returns the new elements. */
  show(items: readonly T[]): HTMLElement[];
}

/**
 * @param drawn called after rendering; `end` is the index after the last row, `scrolled` whether scrolling caused it
 */
export function virtualList<T>(
  list: HTMLElement,
  key: (item: T) => string,
  create: () => Row<T>,
  drawn: (end: number, scrolled: boolean) => void,
): VirtualList<T> {
  let items: readonly T[] = [];
  const heights = new Map<string, number>();
  let width = 0;
  let average = DEFAULT_HEIGHT;
  /** The top of each item, and finally the bottom of the last. */
  let tops = new Float64Array(1);
  let range = '';

  const lay = (): void => {
    tops = new Float64Array(items.length + 1);
    for (let i = 0; i < items.length; i++)
      tops[i + 1] = (tops[i] as number) + (heights.get(key(items[i] as T)) ?? average);
  };
  const at = (y: number): number => {
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle + 1] as number) <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const measure = (): void => {
    let sum = 0;
    let count = 0;
    for (const element of list.children as HTMLCollectionOf<HTMLElement>) {
      const height = element.offsetHeight;
      const name = element.dataset['key'];
      if (!height || !name) continue;
      heights.set(name, height);
      sum += height;
      count += 1;
    }
    if (count) average = sum / count;
  };
  const draw = (scrolled: boolean): HTMLElement[] => {
    const y = -list.getBoundingClientRect().top;
    let start = Math.max(0, Math.min(at(y - MARGIN), items.length - MIN_ROWS));
    let end = Math.min(items.length, Math.max(at(y + innerHeight + MARGIN) + 1, start + MIN_ROWS));
    if (list.offsetParent === null) [start, end] = [0, Math.min(items.length, MIN_ROWS)];
    range = `${start} ${end}`;
    const added = keyed(list, items.slice(start, end), key, create);
    [...list.children].forEach((element, i) => {
      (element as HTMLElement).dataset['key'] = key(items[start + i] as T);
      // Screen readers need the length of the list and the position in it.
      element.setAttribute('aria-setsize', String(items.length));
      element.setAttribute('aria-posinset', String(start + i + 1));
    });
    list.style.paddingTop = `${tops[start] ?? 0}px`;
    list.style.paddingBottom = `${(tops[items.length] as number) - (tops[end] as number)}px`;
    drawn(end, scrolled);
    return added;
  };
  let waiting = false;
  const look = (): void => {
    if (waiting || list.offsetParent === null) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const y = -list.getBoundingClientRect().top;
      const [start = 0, end = 0] = range.split(' ').map(Number);
      // Render again only when half of the margin is used up.
      const above = start === 0 || (tops[start] as number) < y - MARGIN / 2;
      const below = end === items.length || (tops[end] as number) > y + innerHeight + MARGIN / 2;
      if (above && below) return;
      measure();
      lay();
      draw(true);
    });
  };
  addEventListener('scroll', look, { passive: true });
  new ResizeObserver(([entry]) => {
    const next = Math.round(entry?.contentRect.width ?? 0);
    if (!next || next === width) return;
    width = next;
    heights.clear();
    measure();
    lay();
    draw(false);
  }).observe(list);

  return {
    show(next) {
      items = next;
      lay();
      return draw(false);
    },
  };
}
